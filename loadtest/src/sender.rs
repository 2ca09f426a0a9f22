//! One delivery, from its slot to its entry: sign ahead of time, wait for the moment, send, read the whole answer,
//! record. Every provider's scenario sends through here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goose::prelude::{GooseMethod, GooseRequest, GooseUser, TransactionResult};
use ledger::entry::What;
use ledger::entry::{Entry, Kind, Times};
use provider_sim::{Delivery, Provider, Tampering};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::unix_ms;
use crate::load::Load;
use crate::source::Slot;

/// A request is signed so long before it leaves: early enough to be off the critical path, late enough for its
/// timestamp to be true.
const AHEAD: Duration = Duration::from_millis(60);
/// A user without work looks again after this time.
const REST: Duration = Duration::from_millis(20);

/// What differs between the providers' scenarios.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Whose.
    pub provider: Provider,
    /// Path behind the API's base URL.
    pub path: &'static str,
}

/// Takes the provider's next slot and carries it out.
pub async fn deliver(user: &mut GooseUser, load: Arc<Load>, endpoint: Endpoint) -> TransactionResult {
    let number = user.weighted_users_index;
    let Some(slot) = load.take(endpoint.provider, number) else {
        tokio::time::sleep(REST).await;
        return Ok(());
    };
    let due = load.start().instant + slot.intended;
    let taken = Instant::now();
    if !load.wait_for(due.checked_sub(AHEAD).unwrap_or(due)).await {
        load.give_up();
        return Ok(());
    }
    let (what, delivery) = prepare(&load, &slot);
    let headers = match headers(&delivery, load.headers.get(&endpoint.provider)) {
        Ok(headers) => headers,
        Err(reason) => {
            load.mistake(format!("a {} delivery could not be made: {reason}", endpoint.provider));
            load.give_up();
            return Ok(());
        }
    };
    let url = format!("{}{}", load.base_url, endpoint.path);
    let builder = user.client.post(url).headers(headers).body(delivery.body.clone());
    let request = GooseRequest::builder()
        .method(GooseMethod::Post)
        .name(goose_name(what))
        .expect_status_code(expected_status(what))
        .set_request_builder(builder)
        .build();
    if !load.wait_for(due).await {
        load.give_up();
        return Ok(());
    }
    let sent = Instant::now();
    let refusal = matches!(what, What::Forged(_) | What::Malformed(_));
    let status = exchange(user, request, refusal).await;
    let entry = Entry::new(
        slot.provider,
        what,
        delivery.id_in_body.as_deref().unwrap_or(&delivery.event_id),
        Times {
            measured: slot.measured,
            intended: slot.intended,
            lag: sent.saturating_duration_since(due),
            service: sent.elapsed(),
        },
        status,
    );
    if entry.kind == Kind::Valid && entry.accepted() {
        load.remember(delivery);
    }
    load.record(number, &slot, entry, sent.saturating_duration_since(due.max(taken)));
    Ok(())
}

/// Sends and reads the whole answer; the status, if an answer came complete.
async fn exchange(user: &mut GooseUser, request: GooseRequest<'_>, refusal: bool) -> Option<u16> {
    let mut answer = user.request(request).await.ok()?;
    let response = answer.response.ok()?;
    let status = response.status().as_u16();
    response.bytes().await.ok()?;
    // Another refusal than the expected one is a success all the same: goose's table counts what is wrong.
    if refusal && !answer.request.success && (400..500).contains(&status) {
        user.set_success(&mut answer.request).ok()?;
    }
    Some(status)
}

/// Makes the request's content. A forgery that needs a captured delivery becomes one with a wrong key while none was
/// accepted yet; what is said of it in the ledger is what was sent.
fn prepare(load: &Load, slot: &Slot) -> (What, Delivery) {
    let now_ms = unix_ms();
    let event = &slot.event;
    let keys = load.keys.current();
    let delivery = match slot.what {
        What::Valid | What::Poison => provider_sim::sign(keys, event, now_ms),
        What::Duplicate => {
            let keys = load.keys.of_repetition(event.provider, event.created_ms);
            provider_sim::retry(keys, &provider_sim::sign(keys, event, now_ms), 1, now_ms)
        }
        What::Retry => {
            let keys = load.keys.of_repetition(event.provider, event.created_ms);
            let first = provider_sim::sign(keys, event, event.created_ms);
            provider_sim::retry(keys, &first, slot.attempt, now_ms)
        }
        What::Malformed(way) => provider_sim::malformed(keys, event, way, now_ms),
        What::Forged(way) => {
            let mut rng = StdRng::seed_from_u64(slot.number);
            return match load.captured(slot.provider).filter(|_| way.needs_captured()) {
                Some(captured) => {
                    (slot.what, provider_sim::forge_from(keys, &captured, way, now_ms, &mut rng))
                }
                None => {
                    let way = if way.needs_captured() { Tampering::WrongKey } else { way };
                    (What::Forged(way), provider_sim::forge(keys, event, way, now_ms, &mut rng))
                }
            };
        }
    };
    (slot.what, delivery)
}

fn headers(
    delivery: &Delivery,
    beside: Option<&HeaderMap>,
) -> Result<HeaderMap, reqwest::header::InvalidHeaderValue> {
    let mut headers = beside.cloned().unwrap_or_default();
    headers.reserve(delivery.headers.len());
    for (name, value) in &delivery.headers {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes())?);
    }
    Ok(headers)
}

/// The line of goose's table that a delivery counts in.
const fn goose_name(what: What) -> &'static str {
    match what {
        What::Valid => "valid",
        What::Duplicate => "duplicate",
        What::Poison => "poison",
        What::Retry => "retry",
        What::Forged(_) => "forged",
        What::Malformed(_) => "malformed",
    }
}

/// What goose's own table counts as a success.
const fn expected_status(what: What) -> u16 {
    match what {
        What::Valid | What::Duplicate | What::Poison | What::Retry => 200,
        What::Forged(way) => way.expected_status(),
        What::Malformed(way) => way.expected_status(),
    }
}

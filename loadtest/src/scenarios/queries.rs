//! Reads beside the webhooks: a payment by its id, and a provider's last minutes, in turn.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use goose::prelude::{GooseMethod, GooseRequest, GooseUser, TransactionResult};
use provider_sim::Provider;

use crate::clock::unix_ms;
use crate::load::{Load, lock};

/// An acknowledged event is asked for once the processor has had this time.
const AGE: Duration = Duration::from_secs(2);
/// A user without work looks again after this time.
const REST: Duration = Duration::from_millis(50);
/// How far back a query for a time range reaches, seconds.
const RANGE_S: i64 = 120;

/// Makes the next query when it is due.
pub async fn query(user: &mut GooseUser, load: &Arc<Load>) -> TransactionResult {
    let start = load.start();
    let due = match load.next_query() {
        Some(after) if !load.stopping() => start.instant + after,
        _ => {
            tokio::time::sleep(REST).await;
            return Ok(());
        }
    };
    if !load.wait_for(due).await {
        return Ok(());
    }
    let number = load.queries.sent.load(Ordering::Relaxed);
    let by_id = number.is_multiple_of(2).then(|| load.known_payment(AGE, number / 2)).flatten();
    let (name, path) = match by_id {
        Some(id) => ("by id", format!("/api/v1/transactions/{id}")),
        None => ("by time", range(number)),
    };
    let url = format!("{}{path}", load.base_url);
    let mut builder = user.client.get(&url);
    if let Some(signer) = &load.query_signer {
        match signer.headers(&url, unix_ms()) {
            Ok(headers) => builder = builder.headers(headers),
            Err(error) => {
                load.mistake(error.to_string());
                return Ok(());
            }
        }
    }
    let request =
        GooseRequest::builder().method(GooseMethod::Get).name(name).set_request_builder(builder).build();
    load.queries.sent.fetch_add(1, Ordering::Relaxed);
    let ok = match user.request(request).await {
        Ok(answer) => match answer.response {
            Ok(response) => response.status().as_u16() == 200 && response.bytes().await.is_ok(),
            Err(_) => false,
        },
        Err(_) => false,
    };
    load.queries.ok.fetch_add(u64::from(ok), Ordering::Relaxed);
    lock(&load.queries.latency).record(Instant::now().saturating_duration_since(due));
    Ok(())
}

/// The path of a query for the last minutes of one provider after another.
fn range(number: u64) -> String {
    let provider = Provider::ALL[usize::try_from(number % 3).unwrap_or(0)];
    let now = unix_ms() / 1000;
    format!("/api/v1/transactions?provider={provider}&start={}&end={}&limit=20", now - RANGE_S, now + 1)
}

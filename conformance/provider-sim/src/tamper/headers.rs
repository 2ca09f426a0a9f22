//! Attacks on what vouches for a body: keys, times, schemes, and the signature's own text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;

use crate::delivery::{Delivery, Headers};
use crate::dice::Dice;
use crate::ids;
use crate::keys::Keys;
use crate::provider::Provider;
use crate::rfc3339::{self, Precision};
use crate::sign::mac::MacKey;
use crate::sign::paypal::{self, Transmission};
use crate::sign::{square, stripe};
use crate::tamper::{Tampering, certificate_url};

const DAY_S: i64 = 86_400;

/// Puts forged headers over the body.
pub(super) fn attack(
    keys: &Keys,
    body: Delivery,
    tampering: Tampering,
    now_ms: i64,
    rng: &mut impl Rng,
) -> Delivery {
    let headers = match body.provider {
        Provider::Stripe => of_stripe(keys, &body, tampering, now_ms.div_euclid(1000), rng),
        Provider::Paypal => of_paypal(keys, &body, tampering, now_ms, rng),
        Provider::Square => of_square(keys, &body, tampering, now_ms, rng),
    };
    Delivery { headers, ..body }
}

fn of_stripe(
    keys: &Keys,
    delivery: &Delivery,
    tampering: Tampering,
    now_s: i64,
    rng: &mut impl Rng,
) -> Headers {
    let (key, body) = (&keys.stripe.mac, &delivery.body);
    // 300 s are allowed either way; a request may also wait a while before anybody looks at it.
    let stale = now_s - rng.random_range(310..DAY_S);
    let future = now_s + rng.random_range(360..DAY_S);
    let genuine = stripe::signature(key, now_s, body);
    let value = match tampering {
        Tampering::StaleTimestamp => stripe::header(stale, &stripe::signature(key, stale, body)),
        Tampering::FutureTimestamp => stripe::header(future, &stripe::signature(key, future, body)),
        Tampering::V0Downgrade if rng.random() => format!("t={now_s},v0={genuine}"),
        Tampering::V0Downgrade => {
            let wrong = stripe::signature(&other_key("whsec_", rng), now_s, body);
            format!("t={now_s},v1={wrong},v0={genuine}")
        }
        Tampering::TruncatedSignature => {
            stripe::header(now_s, &genuine[..rng.random_range(1..genuine.len())])
        }
        Tampering::EmptySignature => match rng.random_range(0..3) {
            0 => stripe::header(now_s, ""),
            1 => String::new(),
            _ => return without(stripe::with_signature(genuine), stripe::SIGNATURE),
        },
        Tampering::DuplicatedSignature => match rng.random_range(0..3) {
            0 => stripe::header(now_s, &(genuine.clone() + &genuine)),
            // A capture from long ago: one `t` fits the signature, the other the clock.
            1 => format!("t={stale},t={now_s},v1={}", stripe::signature(key, stale, body)),
            _ => format!("t={now_s},t={stale},v1={}", stripe::signature(key, stale, body)),
        },
        Tampering::OtherProvidersSecret => {
            stripe::header(now_s, &stripe::signature(&keys.square.mac, now_s, body))
        }
        _ => stripe::header(now_s, &stripe::signature(&other_key("whsec_", rng), now_s, body)),
    };
    stripe::with_signature(value)
}

fn of_square(
    keys: &Keys,
    delivery: &Delivery,
    tampering: Tampering,
    now_ms: i64,
    rng: &mut impl Rng,
) -> Headers {
    let (key, url, body) = (&keys.square.mac, keys.square.notification_url.as_str(), &delivery.body);
    let genuine = square::signature(key, url, body);
    let value = match tampering {
        Tampering::V0Downgrade => {
            let headers = without(square::headers(genuine, now_ms), square::SIGNATURE);
            return with(headers, square::OLD_SIGNATURE, square::old_signature(&keys.square.key, url, body));
        }
        Tampering::TruncatedSignature => cut(&genuine, rng),
        Tampering::EmptySignature if rng.random() => String::new(),
        Tampering::EmptySignature => return without(square::headers(genuine, now_ms), square::SIGNATURE),
        Tampering::DuplicatedSignature => doubled(&genuine, rng),
        Tampering::HostSwap => {
            const HOST: &str = "hooks.attacker.invalid";
            let headers = square::headers(square::signature(key, &on_host(url, HOST), body), now_ms);
            return with(headers, "host", HOST.to_owned());
        }
        Tampering::OtherProvidersSecret => square::signature(&keys.stripe.mac, url, body),
        _ => square::signature(&other_key("", rng), url, body),
    };
    square::headers(value, now_ms)
}

fn of_paypal(
    keys: &Keys,
    delivery: &Delivery,
    tampering: Tampering,
    now_ms: i64,
    rng: &mut impl Rng,
) -> Headers {
    let id = paypal::transmission_id(delivery.id_in_body.as_deref().unwrap_or(&delivery.event_id));
    let time_ms = match tampering {
        // Ids and times are the same on every repetition, for three days; a receiver adds some slack.
        Tampering::StaleTimestamp => now_ms - rng.random_range(8 * DAY_S..60 * DAY_S) * 1000,
        Tampering::FutureTimestamp => now_ms + rng.random_range(8 * DAY_S..60 * DAY_S) * 1000,
        _ => now_ms,
    };
    let time = rfc3339::text(time_ms, Precision::Seconds);
    let message = paypal::message(&id, &time, &keys.paypal.webhook_id, &delivery.body);
    let genuine = || paypal::signature(&keys.paypal.leaf, &message);
    let signature = match tampering {
        Tampering::TruncatedSignature => cut(&genuine(), rng),
        Tampering::EmptySignature => String::new(),
        Tampering::DuplicatedSignature => doubled(&genuine(), rng),
        Tampering::OtherProvidersSecret => STANDARD.encode(keys.stripe.mac.sign(&[message.as_bytes()])),
        Tampering::StaleTimestamp
        | Tampering::FutureTimestamp
        | Tampering::V0Downgrade
        | Tampering::CertificateUrlSwap => genuine(),
        _ => keys.paypal.forger().map(|key| paypal::signature(key, &message)).unwrap_or_default(),
    };
    let cert_url = match tampering {
        Tampering::CertificateUrlSwap => certificate_url::evil(&keys.paypal.cert_name, rng),
        _ => keys.paypal.cert_url.clone(),
    };
    let algorithm =
        if tampering == Tampering::V0Downgrade { "SHA1withRSA" } else { paypal::ALGORITHM }.to_owned();
    let headers = paypal::headers(Transmission { id, time, signature, cert_url, algorithm });
    if tampering == Tampering::EmptySignature && rng.random() {
        return without(headers, paypal::SIGNATURE);
    }
    headers
}

/// A key nobody uses.
fn other_key(prefix: &str, rng: &mut impl Rng) -> MacKey {
    MacKey::new(ids::base62(&mut Dice::new(rng.random()), prefix, 32).as_bytes())
}

/// A base64 text cut short by at least one whole group: cutting only the padding would leave every bit there.
fn cut(signature: &str, rng: &mut impl Rng) -> String {
    signature[..rng.random_range(1..signature.len().max(6) - 4).min(signature.len())].to_owned()
}

/// The signature twice in one value, in a row or as a proxy folds two header lines into one.
fn doubled(signature: &str, rng: &mut impl Rng) -> String {
    let between = if rng.random() { "" } else { "," };
    format!("{signature}{between}{signature}")
}

/// The URL with another host, everything else as it was.
pub(super) fn on_host(url: &str, host: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    format!("{scheme}://{host}{path}")
}

fn without(mut headers: Headers, name: &str) -> Headers {
    headers.retain(|(n, _)| *n != name);
    headers
}

fn with(mut headers: Headers, name: &'static str, value: String) -> Headers {
    headers.push((name, value));
    headers
}

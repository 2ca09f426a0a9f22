//! Headers: whatever is sent, a claim is either refused with 401 or unambiguous, no stranger's claim is proven, and a
//! genuine one is, whatever stands beside it.
//!
//! Input: the provider's byte, header lines `name:value`, an empty line, the body.

use std::sync::Arc;

use bytes::Bytes;
use webhook_core::headers::Headers;
use webhook_core::provider::Provider;
use webhook_core::providers::verified::RawBody;
use webhook_core::providers::{self, Endpoint, KeyRef, paypal};
use webhook_core::reject::Reject;
use webhook_core::unix_time::UnixTime;

use crate::{certificates, input, signing};

const STRIPE: &[&str] = &["stripe-signature"];
const SQUARE: &[&str] = &["x-square-hmacsha256-signature"];
const PAYPAL: &[&str] = &[
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo",
];
const PAYPAL_HOSTS: [&str; 4] =
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];

/// A key that no input can have signed with.
const SECRET: &str = "whsec_9pR2vK7mXq4TzB1nWc8Jd5Lf0HsYgA3u";

type Pairs<'a> = [(&'a str, &'a [u8])];

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((provider, rest)) = input::provider(input) else { return };
    let (head, body) = input::halves(rest);
    let pairs = input::pairs(head, b':');
    let body = Bytes::copy_from_slice(body);
    let decided = decide(provider, &pairs, &body);
    order_and_case_do_not_matter(provider, &pairs, &body, decided);
    if decided.is_ok() {
        every_proof_stands_once(provider, &pairs);
        none_may_stand_twice(provider, &pairs, &body);
    }
    match provider {
        Provider::Stripe => stripe_takes_its_own(&pairs, &body),
        Provider::Square => square_takes_its_own(&pairs, &body),
        // Needs a private key, which no file of a repository may hold: the core's own tests sign.
        Provider::Paypal => {}
    }
}

const fn proofs(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Stripe => STRIPE,
        Provider::Paypal => PAYPAL,
        Provider::Square => SQUARE,
    }
}

fn named<'a>(pairs: &Pairs<'a>, name: &str) -> Vec<&'a [u8]> {
    pairs.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect()
}

/// Reads the claim; if it can be read, checks that it leads nowhere but to the provider and proves nothing.
fn decide(provider: Provider, pairs: &Pairs<'_>, body: &Bytes) -> Result<(), Reject> {
    let headers = Headers::new(pairs.iter().copied());
    let refused = |reject: Reject| {
        assert_eq!(reject.status(), 401, "a header is never more than a missing proof: {reject}");
        reject
    };
    let claim = providers::claim(provider, &headers).map_err(refused)?;
    match (providers::key_wanted(&claim).map_err(refused)?, provider) {
        (KeyRef::SecretAndCertificate(reference), Provider::Paypal) => {
            leads_to_paypal(reference, &named(pairs, "paypal-cert-url"));
        }
        (KeyRef::Secret, Provider::Stripe | Provider::Square) => {}
        (wanted, _) => panic!("{provider} wants {wanted:?}"),
    }
    let endpoint = match provider {
        Provider::Stripe => signing::stripe_endpoint(SECRET),
        Provider::Square => signing::square_endpoint(SECRET),
        Provider::Paypal => Endpoint::Paypal(paypal::Endpoint {
            secrets: Arc::new(paypal::Secrets::new(["1JE4291016473214C"])),
            certificate: certificates::trusted(),
        }),
    };
    for now in times(pairs) {
        let Ok(body) = RawBody::new(body.clone()) else { return Ok(()) };
        let proven = providers::verify(&claim, body, &endpoint, now);
        assert!(proven.is_err(), "a stranger's delivery was taken for {provider}'s");
    }
    Ok(())
}

fn leads_to_paypal(reference: paypal::CertificateRef<'_>, urls: &[&[u8]]) {
    let paypal::CertificateRef { host, path } = reference;
    assert!(PAYPAL_HOSTS.contains(&host), "{host}");
    assert_eq!(urls, [format!("https://{host}{path}").as_bytes()], "the address is the one in the header");
    let name = path.strip_prefix("/v1/notifications/certs/CERT-").unwrap_or_default();
    assert!(!name.is_empty() && name.len() < 128, "{path}");
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{path}");
}

/// Any time, and the one that the header itself names.
fn times(pairs: &Pairs<'_>) -> Vec<UnixTime> {
    let header = named(pairs, "stripe-signature").first().copied().unwrap_or_default();
    let own = header
        .split(|byte| *byte == b',')
        .filter_map(|part| std::str::from_utf8(part).ok()?.trim().strip_prefix("t=")?.parse::<i64>().ok());
    let mut times: Vec<_> = own.take(1).map(UnixTime::from_secs).collect();
    times.push(certificates::NOW);
    times
}

fn order_and_case_do_not_matter(
    provider: Provider,
    pairs: &Pairs<'_>,
    body: &Bytes,
    decided: Result<(), Reject>,
) {
    let shouted: Vec<String> = pairs.iter().map(|(name, _)| name.to_ascii_uppercase()).collect();
    let mut other: Vec<(&str, &[u8])> =
        shouted.iter().zip(pairs).map(|(name, (_, value))| (name.as_str(), *value)).collect();
    other.reverse();
    other.push(("x-unrelated", b"\xff\x00"));
    // A repeated header may be told from a missing one in another order; the decision must be the same.
    assert_eq!(decide(provider, &other, body).is_ok(), decided.is_ok());
}

fn every_proof_stands_once(provider: Provider, pairs: &Pairs<'_>) {
    for name in proofs(provider) {
        let values = named(pairs, name);
        assert_eq!(values.len(), 1, "{name} must be there once");
        assert!(values[0].iter().all(|byte| (b' '..=b'~').contains(byte)), "{name} must be printable");
    }
}

fn none_may_stand_twice(provider: Provider, pairs: &Pairs<'_>, body: &Bytes) {
    for name in proofs(provider) {
        let mut doubled = pairs.to_vec();
        let value = named(pairs, name)[0];
        doubled.push((name, value));
        assert!(decide(provider, &doubled, body).is_err(), "two readers of {name} could disagree");
    }
}

fn stripe_takes_its_own(pairs: &Pairs<'_>, body: &Bytes) {
    let time = certificates::NOW.secs().to_string();
    let mut others: Vec<_> = pairs.to_vec();
    others.retain(|(name, _)| !name.eq_ignore_ascii_case(STRIPE[0]));
    // Other schemes and further v1 beside the genuine one, as while a secret is rolled.
    let beside = named(pairs, STRIPE[0]).first().copied().and_then(|value| std::str::from_utf8(value).ok());
    let beside = beside.filter(|text| {
        let has_time = text.split(',').any(|part| part.trim_start_matches(' ').starts_with("t="));
        text.len() <= 3000 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !has_time
    });
    let signature = signing::stripe(SECRET, &time, body);
    let value = match beside {
        Some(beside) => format!("{beside},t={time},v1={signature}"),
        None => format!("t={time},v1={signature}"),
    };
    others.push((STRIPE[0], value.as_bytes()));
    takes_its_own(Provider::Stripe, &others, body, &signing::stripe_endpoint(SECRET));
}

fn square_takes_its_own(pairs: &Pairs<'_>, body: &Bytes) {
    let mut others: Vec<_> = pairs.to_vec();
    others.retain(|(name, _)| !name.eq_ignore_ascii_case(SQUARE[0]));
    let signature = signing::square(SECRET, body);
    others.push((SQUARE[0], signature.as_bytes()));
    takes_its_own(Provider::Square, &others, body, &signing::square_endpoint(SECRET));
}

/// The genuine body is proven, byte for byte; the same with one byte more is not.
fn takes_its_own(provider: Provider, pairs: &Pairs<'_>, body: &Bytes, endpoint: &Endpoint) {
    let headers = Headers::new(pairs.iter().copied());
    let claim = match providers::claim(provider, &headers) {
        Ok(claim) => claim,
        Err(reject) => panic!("a genuine claim of {provider} is refused: {reject}"),
    };
    let Ok(raw) = RawBody::new(body.clone()) else { return };
    match providers::verify(&claim, raw, endpoint, certificates::NOW) {
        Ok(verified) => assert!(verified.provider() == provider && verified.bytes() == body),
        Err(reject) => panic!("a genuine delivery of {provider} is refused: {reject}"),
    }
    let Ok(longer) = RawBody::new([&body[..], b" "].concat().into()) else { return };
    let refused = providers::verify(&claim, longer, endpoint, certificates::NOW).err();
    assert_eq!(refused, Some(Reject::SignatureMismatch), "one byte more");
}

//! One suite a port: what every implementation must do, the twin here and the adapter for AWS alike. A suite panics with the rule
//! that was broken. `run` names this run, so that a suite can work beside what a shared store already holds.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite tells a broken rule by panicking")]

mod compact;
mod events;
mod ipn;
pub mod ops;
mod payments;
mod signature_api;

pub use compact::{PART_BYTES_MIN, day_log, handover};
pub use events::bounded_work;
pub use ipn::{ipn_postback, ipn_postback_without_an_answer, quarantine};
pub use payments::payment_store;
pub use signature_api::{question_about, signature_api};

use bytes::Bytes;
use rust_decimal::Decimal;

use crate::envelope::{Content, Envelope};
use crate::ports::{
    Binding, CertificateSource, Dispatch, PortError, ProcessedLog, Put, RawStore, SecretSource,
    TransactionStore, TransmissionLog,
};
use crate::provider::Provider;
use crate::record::{Status, Transaction};
use crate::unix_time::UnixTime;

/// A full record for tests: every optional field is there.
#[must_use]
pub fn sample(transaction_id: &str, event_id: &str, timestamp: Decimal) -> Transaction {
    Transaction {
        transaction_id: transaction_id.to_owned(),
        timestamp,
        provider: Provider::Stripe,
        event_type: "payment.success".to_owned(),
        provider_event_type: "payment_intent.succeeded".to_owned(),
        event_id: event_id.to_owned(),
        amount: Some(Decimal::new(1_099, 2)),
        currency: Some("USD".to_owned()),
        customer_id: Some("cus_contract".to_owned()),
        status: Status::Processed,
        raw_payload_s3_key: format!("stripe/2025/11/21/{transaction_id}.{event_id}.json"),
        received_at: UnixTime::from_millis(1_763_750_000_123),
        processed_at: UnixTime::from_millis(1_763_750_000_456),
        metadata: [("object_id".to_owned(), transaction_id.to_owned())].into(),
    }
}

/// Every rule of [`TransactionStore`] but the bound on its work, which [`bounded_work`] checks. The suite's events lie in seconds from `base_secs` on (100 of them), which must hold no
/// other event of the sampled provider (Stripe); `base_secs` must be positive.
pub async fn transaction_store(store: &impl TransactionStore, run: &str, base_secs: i64) {
    inserts_once(store, run, base_secs).await;
    keeps_every_field(store, run, base_secs).await;
    keeps_history_in_order(store, run, base_secs).await;
    events::pages(store, run, base_secs).await;
    events::filters(store, run, base_secs).await;
}

fn at(base_secs: i64, second: i64, micros: i64) -> Decimal {
    Decimal::new((base_secs + second) * 1_000_000 + micros, 6)
}

async fn inserts_once(store: &impl TransactionStore, run: &str, base_secs: i64) {
    let id = format!("pi_once_{run}");
    let first = sample(&id, &format!("evt_1_{run}"), at(base_secs, 0, 1));
    assert_eq!(put(store, &first).await, Put::Stored, "a free key takes the record");

    let mut again = first.clone();
    again.processed_at = UnixTime::from_millis(1_763_750_999_000);
    assert_eq!(put(store, &again).await, Put::AlreadyStored, "the same event at its key is a duplicate");
    assert_eq!(history(store, &id).await, std::slice::from_ref(&first), "a duplicate changes nothing");

    let other = sample(&id, &format!("evt_2_{run}"), first.timestamp);
    assert_eq!(put(store, &other).await, Put::Occupied, "another event must not take the key");
    assert_eq!(history(store, &id).await, std::slice::from_ref(&first), "an occupied key keeps its record");

    let elsewhere = sample(&format!("pi_else_{run}"), &other.event_id, first.timestamp);
    assert_eq!(put(store, &elsewhere).await, Put::Stored, "another payment has keys of its own");
}

async fn keeps_every_field(store: &impl TransactionStore, run: &str, base_secs: i64) {
    let id = format!("pi_fields_{run}");
    let mut bare = sample(&id, &format!("evt_bare_{run}"), at(base_secs, 1, 999_999));
    bare.provider = Provider::Square;
    bare.amount = None;
    bare.currency = None;
    bare.customer_id = None;
    bare.metadata.clear();
    bare.status = Status::Pending;
    let mut exact = sample(&id, &format!("evt_exact_{run}"), at(base_secs, 2, 0));
    exact.provider = Provider::Paypal;
    exact.amount = Some(Decimal::new(-12_345_678_901_234_567, 3));
    exact.currency = Some("KWD".to_owned());
    exact.status = Status::Failed;
    for record in [&bare, &exact] {
        assert_eq!(put(store, record).await, Put::Stored);
    }
    assert_eq!(history(store, &id).await, [bare, exact], "every field comes back as it was stored");
}

async fn keeps_history_in_order(store: &impl TransactionStore, run: &str, base_secs: i64) {
    let id = format!("pi_order_{run}");
    let record =
        |name: &str, second, micros| sample(&id, &format!("{name}_{run}"), at(base_secs, second, micros));
    let (old, middle, new) =
        (record("evt_old", 10, 500_000), record("evt_mid", 10, 500_001), record("evt_new", 11, 0));
    for late_or_not in [&new, &old, &middle] {
        assert_eq!(put(store, late_or_not).await, Put::Stored);
    }
    assert_eq!(history(store, &id).await, [old, middle.clone(), new.clone()], "oldest first");
    let two = store.history(&id, 2).await.expect("history with a limit");
    assert_eq!(two, [middle, new], "a limit keeps the newest, oldest first");
    assert_eq!(history(store, &format!("pi_nobody_{run}")).await, [], "an unknown payment has no history");
}

async fn put(store: &impl TransactionStore, record: &Transaction) -> Put {
    store.put_once(record).await.expect("put_once answers")
}

async fn history(store: &impl TransactionStore, id: &str) -> Vec<Transaction> {
    store.history(id, 100).await.expect("history answers")
}

/// Every rule of [`RawStore`]. `read` gives what is stored under a key.
pub async fn raw_store<R>(store: &impl RawStore, run: &str, read: impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("stripe/2025/11/21/pi_!2F_{run}.evt_{run}.json");
    // No UTF-8, no trailing newline, bytes that text handling would change.
    let body = Bytes::from_static(b"\xEF\xBB\xBF{\"a\":\r\n\"\xFF\x00\"} ");
    assert_eq!(read(key.clone()).await, None, "nothing is there before");
    store.put_raw(&key, body.clone()).await.expect("put_raw answers");
    assert_eq!(read(key.clone()).await, Some(body.clone()), "the body is stored byte for byte");
    store.put_raw(&key, body.clone()).await.expect("the same key may be written again");
    assert_eq!(read(key).await, Some(body), "writing again leaves the same bytes");

    let large = Bytes::from(vec![b'x'; 256 * 1024]);
    let key = format!("stripe/2025/11/21/large_{run}.json");
    store.put_raw(&key, large.clone()).await.expect("the largest body is taken");
    assert_eq!(read(key).await, Some(large));
}

/// Every rule of [`ProcessedLog`]. `read` gives what is stored under a key.
pub async fn processed_log<R>(log: &impl ProcessedLog, run: &str, read: impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("square/2025/11/21/pay_{run}.evt_{run}.json");
    let first = Bytes::from_static(b"{\"status\":\"pending\"}");
    let second = Bytes::from_static(b"{\"status\":\"processed\"}");
    log.put_processed(&key, first.clone()).await.expect("put_processed answers");
    assert_eq!(read(key.clone()).await, Some(first));
    log.put_processed(&key, second.clone()).await.expect("a second try may write again");
    assert_eq!(read(key).await, Some(second), "the last write stands");
}

/// Every rule of [`Dispatch`]. `next` takes the next envelope from the other end.
pub async fn dispatch<R>(queue: &impl Dispatch, run: &str, next: impl Fn() -> R)
where
    R: Future<Output = Envelope>,
{
    for body in ["{}".to_owned(), format!("{{\"pad\":\"{}\"}}", "ü\\n\\\"".repeat(20_000))] {
        let sent = Envelope {
            provider: Provider::Paypal,
            event_id: format!("WH-{run}"),
            received_at: UnixTime::from_millis(1_763_750_000_123),
            raw_key: format!("paypal/2025/11/21/cap_{run}.WH-{run}.json"),
            body,
            content: Content::Json,
        };
        queue.dispatch(&sent).await.expect("dispatch answers");
        assert!(next().await == sent, "the envelope arrives as it was sent, body included");
    }
}

/// Every rule of [`TransmissionLog`].
pub async fn transmission_log(log: &impl TransmissionLog, run: &str) {
    let (id, other_id) = (format!("transmission-a-{run}"), format!("transmission-b-{run}"));
    let (body, other_body) = ([1; 32], [2; 32]);
    let bind = async |id: &str, hash: &[u8; 32]| log.bind(id, hash).await.expect("bind answers");
    assert_eq!(bind(&id, &body).await, Binding::Holds, "an unknown id takes the body");
    assert_eq!(bind(&id, &body).await, Binding::Holds, "a retry has the same body");
    assert_eq!(bind(&id, &other_body).await, Binding::Conflicts, "another body is an attack");
    assert_eq!(bind(&id, &body).await, Binding::Holds, "an attack does not move the binding");
    assert_eq!(bind(&other_id, &other_body).await, Binding::Holds, "another id is free");
}

/// Every rule of [`SecretSource`], on one that holds `expected` for `provider` (newest first) and nothing for `missing`.
pub async fn secret_source(
    source: &impl SecretSource,
    provider: Provider,
    expected: &[&str],
    missing: Option<Provider>,
) {
    let found = source.fetch_secrets(provider).await.expect("fetch_secrets answers");
    let found: Vec<_> = found.iter().map(|secret| secret.expose().to_owned()).collect();
    assert!(found == expected, "current and previous secret, newest first ({} found)", found.len());
    if let Some(missing) = missing {
        let error = source.fetch_secrets(missing).await.expect_err("a missing secret is an error");
        assert!(
            matches!(error, PortError::Refused { .. }),
            "waiting does not bring a missing secret: {error}"
        );
    }
}

/// Every rule of [`CertificateSource`], on one that serves `pem` at `host` and `path`, and nothing at `missing_path`.
pub async fn certificate_source(
    source: &impl CertificateSource,
    host: &str,
    path: &str,
    pem: &[u8],
    missing_path: &str,
) {
    let found = source.fetch_certificate(host, path).await.expect("fetch_certificate answers");
    assert_eq!(found, pem, "the chain comes back byte for byte");
    let error =
        source.fetch_certificate(host, missing_path).await.expect_err("a missing certificate is an error");
    assert!(
        matches!(error, PortError::Refused { .. }),
        "waiting does not bring a missing certificate: {error}"
    );
}

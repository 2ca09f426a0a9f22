//! PayPal's form-encoded notifications: what PayPal does not confirm leaves no trace; what it confirms is recorded once, however
//! often it comes; and the same fields mean the same, however they are escaped.
//!
//! Input: a byte that says when it was received, the form.

use bytes::Bytes;
use futures::executor::block_on;
use webhook_core::envelope::{Content, Envelope};
use webhook_core::event::PaymentEvent;
use webhook_core::normalize::quarantine_key;
use webhook_core::process::ipn::{Confirmed, IpnDesk, IpnPorts};
use webhook_core::process::{Outcome, ProcessError, process};
use webhook_core::provider::Provider;
use webhook_core::providers;
use webhook_core::providers::paypal::ipn::Receivers;
use webhook_core::providers::verified::MAX_BODY_BYTES;
use webhook_core::replay;
use webhook_core::twins::{
    MemoryPostback, MemoryProcessedLog, MemoryQuarantine, MemoryRawStore, MemoryTransactions,
};
use webhook_core::unix_time::UnixTime;

use crate::certificates::NOW;
use crate::{events, input};

/// Whom the messages of the corpus are meant for.
const RECEIVERS: &str = "merchant@example.com,S8XGHLYDW9T3S";

struct Twins;

impl IpnPorts for Twins {
    type Postback = MemoryPostback;
    type Raw = MemoryRawStore;
    type Quarantine = MemoryQuarantine;
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((when, body)) = input::choice(input) else { return };
    let received_at = UnixTime::from_secs(NOW.secs() + i64::from(when) * 3600);
    let Ok(text) = std::str::from_utf8(body) else { return };
    if body.len() > MAX_BODY_BYTES {
        return;
    }
    let Some(verified) =
        envelope(text, received_at, Content::Ipn, String::new(), String::new()).into_verified()
    else {
        panic!("a confirmed notification is no proven body")
    };
    let event = match providers::event(&verified) {
        Ok(event) => event,
        Err(reject) => {
            assert_eq!(reject.status(), 400, "{reject:?}");
            return refused(text, received_at);
        }
    };
    events::sensible(&event);
    events::recorded(&event);
    names_its_payment(&event, text);
    means_the_same_escaped_otherwise(&event, text, received_at);
    recorded_once(&event, text, received_at);
}

fn envelope(
    body: &str,
    received_at: UnixTime,
    content: Content,
    event_id: String,
    raw_key: String,
) -> Envelope {
    Envelope { provider: Provider::Paypal, event_id, received_at, raw_key, body: body.to_owned(), content }
}

fn unproven(body: &str, received_at: UnixTime, event_id: &str) -> Envelope {
    let quarantined_at = quarantine_key(body.as_bytes(), received_at);
    envelope(body, received_at, Content::IpnUnproven, event_id.to_owned(), quarantined_at)
}

#[derive(Default)]
struct World {
    table: MemoryTransactions,
    log: MemoryProcessedLog,
}

impl World {
    fn traces(&self, desk: &IpnDesk<Twins>) -> (usize, usize, usize) {
        (self.table.records().len(), self.log.objects().len(), desk.raw.objects().len())
    }
}

fn desk() -> IpnDesk<Twins> {
    let receivers = match Receivers::parse(RECEIVERS) {
        Ok(receivers) => receivers,
        Err(error) => panic!("{error}"),
    };
    IpnDesk {
        receivers,
        postback: MemoryPostback::default(),
        raw: MemoryRawStore::default(),
        quarantine: MemoryQuarantine::default(),
    }
}

/// A form that cannot be read makes nothing, even if PayPal says that it sent it.
fn refused(body: &str, received_at: UnixTime) {
    let (world, desk) = (World::default(), desk());
    desk.postback.sent(body.as_bytes());
    let given = unproven(body, received_at, "ipn_1");
    let outcome = block_on(desk.process(&world.table, &world.log, given, received_at));
    assert!(outcome.is_err(), "what cannot be read is processed");
    assert_eq!(world.traces(&desk), (0, 0, 0));
}

/// Deduplication goes by transaction and status, read here in another way.
fn names_its_payment(event: &PaymentEvent<'_>, body: &str) {
    let plain = |name: &str| {
        let pair = |pair: &&str| pair.split('=').next() == Some(name);
        let value = body.split('&').find(pair)?.split_once('=')?.1;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (!value.is_empty() && value.bytes().all(safe)).then_some(value)
    };
    // A name that is escaped would be missed here.
    if body.contains('%') || body.contains('+') {
        return;
    }
    if let (Some(id), Some(status)) = (plain("txn_id"), plain("payment_status")) {
        assert_eq!(event.event_id, format!("ipn_{id}_{status}"));
    }
    // An id with other characters is an id too, only not one that is read here.
    let named = |name: &str| body.split('&').any(|pair| pair.split_once('=').is_some_and(|it| it.0 == name));
    let payment = if named("parent_txn_id") { plain("parent_txn_id") } else { plain("txn_id") };
    if let Some(payment) = payment {
        assert_eq!(event.transaction_id, payment);
    }
}

/// Every byte of names and values as `%xx`. Only an id that is made of the bytes themselves is another one then.
fn means_the_same_escaped_otherwise(event: &PaymentEvent<'_>, body: &str, received_at: UnixTime) {
    let hashed =
        |id: &str| id.strip_prefix("ipn_").is_some_and(|hash| hash.len() == 32 && !hash.contains('_'));
    if hashed(&event.event_id) {
        return;
    }
    let mut escaped = String::with_capacity(3 * body.len());
    let mut bytes = body.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'&' | b'=' => escaped.push(char::from(byte)),
            b'%' => escaped.extend(['%'].into_iter().chain(bytes.by_ref().take(2).map(char::from))),
            b'+' => escaped.push_str("%20"),
            other => escaped.push_str(&format!("%{other:02x}")),
        }
    }
    // A second `=` of a pair belongs to the value as it stands.
    let Some(verified) =
        envelope(&escaped, received_at, Content::Ipn, String::new(), String::new()).into_verified()
    else {
        return;
    };
    match providers::event(&verified) {
        Ok(again) => assert!(again == *event, "the same fields mean something else"),
        Err(reject) => panic!("the same fields are refused: {reject:?}"),
    }
}

fn recorded_once(event: &PaymentEvent<'_>, body: &str, received_at: UnixTime) {
    let (world, desk) = (World::default(), desk());
    let given = || unproven(body, received_at, &event.event_id);
    let handle = |envelope| block_on(desk.process(&world.table, &world.log, envelope, received_at));

    match handle(given()) {
        Ok(Confirmed::Invalid) | Err(ProcessError::IpnReceiver) => {}
        other => panic!("what PayPal never sent ends as {other:?}"),
    }
    assert_eq!(world.traces(&desk), (0, 0, 0), "a forgery left a trace");

    desk.postback.sent(body.as_bytes());
    let first = match handle(given()) {
        Ok(Confirmed::Processed(first)) => first,
        Ok(Confirmed::Invalid) => panic!("what PayPal sent is called a forgery"),
        Err(_) => {
            let (records, logged, _) = world.traces(&desk);
            assert_eq!((records, logged), (0, 0), "a failure left half a record");
            return;
        }
    };
    assert_eq!((first.outcome, first.event_id.as_str()), (Outcome::Stored, &*event.event_id));
    let objects = desk.raw.objects();
    let Some((key, bytes)) = objects.iter().next() else { panic!("the raw bytes are not kept") };
    assert_eq!(bytes, body.as_bytes(), "what is kept is what was received");
    assert!(!key.starts_with("ipn-unproven/") && key.ends_with(".form"), "{key}");

    // A later delivery of the same bytes, and a replay of what was kept, find the record.
    let later = UnixTime::from_secs(received_at.secs() + 26 * 3600);
    let again = unproven(body, later, &event.event_id);
    let second = block_on(desk.process(&world.table, &world.log, again, later));
    assert!(
        matches!(&second, Ok(Confirmed::Processed(second)) if second.outcome == Outcome::Duplicate),
        "{second:?}"
    );
    let replayed =
        match replay::envelope(Provider::Paypal, key, Bytes::copy_from_slice(body.as_bytes()), later) {
            Ok(envelope) => envelope,
            Err(reject) => panic!("what was kept cannot be replayed: {reject:?}"),
        };
    let third = block_on(process(&world.table, &world.log, replayed, later));
    assert!(third.is_ok_and(|third| third.outcome == Outcome::Duplicate), "a replay makes another record");
    assert_eq!(world.traces(&desk), (1, 1, 1));
}

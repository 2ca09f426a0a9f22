//! Bodies: what any proven body becomes is a record that the stores can hold, under a key that cannot leave its folder,
//! with money in the currency's own digits; or it is refused as a bad request.
//!
//! Input: the provider's byte, the body.

use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::Value;
use webhook_core::Verified;
use webhook_core::envelope::{Content, Envelope};
use webhook_core::event::PaymentEvent;
use webhook_core::headers::Headers;
use webhook_core::normalize::{currency, normalize, object_key};
use webhook_core::provider::Provider;
use webhook_core::providers::{self, verified::RawBody};
use webhook_core::record::Transaction;
use webhook_core::reject::Reject;
use webhook_core::unix_time::UnixTime;
use webhook_core::{render, replay};

use crate::certificates::NOW;
use crate::{input, signing};

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// A record of ids as providers write them: one write unit.
const RECORD_BYTES: usize = 1024;

/// A record of the longest and oddest ids that are taken.
const RECORD_BYTES_MAX: usize = 2048;

/// Longest id of which the first of the two sizes is promised.
const USUAL_ID_BYTES: usize = 64;

/// Stripe's currencies whose number of digits is not ISO 4217's.
const STRIPE_DIGITS: [(&str, u32); 3] = [("MGA", 0), ("ISK", 2), ("IQD", 2)];

/// PayPal's currencies whose number of digits is not ISO 4217's.
const PAYPAL_DIGITS: [(&str, u32); 2] = [("HUF", 0), ("TWD", 0)];

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((provider, body)) = input::provider(input) else { return };
    let Ok(text) = std::str::from_utf8(body) else { return not_text(body) };
    let verified = proven(provider, text);
    match providers::event(&verified) {
        Ok(event) => {
            sensible(&event);
            says_the_same_written_otherwise(&event, text);
            recorded(&event);
            replays(&event, text);
        }
        Err(reject) => {
            assert_eq!(reject.status(), 400, "a proven body is a bad request at worst: {reject:?}");
            if reject == Reject::NotJson {
                assert!(serde_json::from_str::<Value>(text).is_err(), "it is JSON");
            }
        }
    }
}

/// The processor's way to a proven body.
fn proven(provider: Provider, text: &str) -> Verified {
    let envelope = Envelope {
        provider,
        event_id: String::new(),
        received_at: NOW,
        raw_key: String::new(),
        body: text.to_owned(),
        content: Content::Json,
    };
    match envelope.into_verified() {
        Some(verified) => verified,
        None => panic!("a JSON webhook is proven where an envelope is made of it"),
    }
}

/// What lies under the event's key gives the processor the same event, whenever that is.
fn replays(event: &PaymentEvent<'_>, text: &str) {
    let (key, body) = (object_key(event), Bytes::copy_from_slice(text.as_bytes()));
    let Ok(envelope) = replay::envelope(event.provider, &key, body.clone(), UnixTime::from_secs(0)) else {
        panic!("an event of ours cannot be replayed")
    };
    assert!(envelope.event_id == event.event_id && envelope.raw_key == key && envelope.body == text);
    let elsewhere = format!("x{key}");
    assert!(replay::envelope(event.provider, &elsewhere, body, NOW).is_err(), "under another key");
}

/// Only a validator meets bytes that are no text, and only behind a signature.
fn not_text(body: &[u8]) {
    const KEY: &str = "a key of this target";
    let signature = signing::square(KEY, body);
    let headers = Headers::new([("x-square-hmacsha256-signature", signature.as_str())]);
    let verified = RawBody::new(Bytes::copy_from_slice(body)).and_then(|raw| {
        let claim = providers::claim(Provider::Square, &headers)?;
        providers::verify(&claim, raw, &signing::square_endpoint(KEY), NOW)
    });
    if let Ok(verified) = verified {
        assert_eq!(providers::event(&verified).map(drop), Err(Reject::NotUtf8));
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
}

pub(crate) fn sensible(event: &PaymentEvent<'_>) {
    assert!(is_id(&event.event_id), "event id");
    assert!(is_id(&event.transaction_id), "transaction id");
    assert!(is_id(&event.provider_event_type), "type");
    assert!((0..=LAST_SECOND).contains(&event.occurred_at.secs()), "{:?}", event.occurred_at);
}

/// Another writer of the same JSON value (other spaces, other escapes, other order) says the same.
fn says_the_same_written_otherwise(event: &PaymentEvent<'_>, text: &str) {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let pretty = format!("{value:#}");
    let verified = proven(event.provider, &pretty);
    match providers::event(&verified) {
        Ok(again) => assert!(again == *event, "the same value means something else"),
        Err(reject) => panic!("the same value is refused: {reject:?}"),
    }
}

pub(crate) fn recorded(event: &PaymentEvent<'_>) {
    let key = object_key(event);
    key_is_safe(&key, event);
    let later = UnixTime::from_millis(NOW.millis() + 1234);
    let Ok(record) = normalize(event, key.clone(), NOW, later) else {
        assert!(event.money.is_some(), "only money can make no sense");
        return;
    };
    assert_eq!(record.raw_payload_s3_key, key);
    assert_eq!(record.timestamp.floor(), Decimal::from(event.occurred_at.secs()));
    assert_eq!(record.timestamp.scale(), 6);
    for id in record.metadata.values().chain(&record.customer_id) {
        assert!(is_id(id), "what is kept of an event is an id or a word");
    }
    money_is_exact(&record);
    fits(&record, event);
    renders(&record);
}

/// `{provider}/{yyyy}/{mm}/{dd}/{id}.{id}.json` of safe characters, whatever the ids are.
fn key_is_safe(key: &str, event: &PaymentEvent<'_>) {
    assert!(key.len() <= 1024, "S3 takes no longer key: {}", key.len());
    let parts: Vec<&str> = key.split('/').collect();
    let [provider, year, month, day, name] = parts[..] else { panic!("{key}") };
    assert_eq!(provider, event.provider.as_str());
    for (part, digits) in [(year, 4), (month, 2), (day, 2)] {
        assert!(part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()), "{key}");
    }
    let names: Vec<&str> = name.split('.').collect();
    assert!(names.len() == 3 && names[2] == "json", "{key}");
    for id in &names[..2] {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'!');
        assert!(!id.is_empty() && id.bytes().all(safe), "{key}");
    }
}

fn money_is_exact(record: &Transaction) {
    assert_eq!(record.amount.is_some(), record.currency.is_some());
    let (Some(amount), Some(code)) = (record.amount, record.currency.as_deref()) else { return };
    let Some(currency) = currency::find(code) else { panic!("{code} does not exist") };
    assert_eq!(currency.code, code, "in upper case");
    let exceptions: &[(&str, u32)] = match record.provider {
        Provider::Stripe => &STRIPE_DIGITS,
        Provider::Paypal => &PAYPAL_DIGITS,
        Provider::Square => &[],
    };
    let own = exceptions.iter().find(|(known, _)| *known == code).map(|(_, digits)| *digits);
    if record.provider == Provider::Stripe && own.is_none() && currency.digits == 3 {
        // Stripe counts Libya's currency in hundredths, having no rule of its own for it.
        assert!(amount.scale() == if code == "LYD" { 2 } else { 3 }, "{code} {}", amount.scale());
    } else {
        assert_eq!(amount.scale(), own.unwrap_or(currency.digits), "{code}");
    }
}

fn fits(record: &Transaction, event: &PaymentEvent<'_>) {
    let bytes = item_bytes(record);
    assert!(bytes <= RECORD_BYTES_MAX, "{bytes} bytes");
    if !record.metadata.is_empty() {
        assert!(bytes <= RECORD_BYTES, "metadata makes the record cost two writes: {bytes} bytes");
    }
    let usual = |id: &str| {
        id.len() <= USUAL_ID_BYTES && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let ids = [&event.event_id, &event.transaction_id];
    let customer = event.customer_id.as_deref().is_none_or(|id| id.len() <= USUAL_ID_BYTES);
    if ids.into_iter().all(|id| usual(id)) && event.provider_event_type.len() <= USUAL_ID_BYTES && customer {
        assert!(bytes <= RECORD_BYTES, "{bytes} bytes of usual ids");
    }
}

/// By DynamoDB's rules: names and texts in UTF-8, a Number a byte for every two digits and one more, 3 for a map and one
/// for each of its entries; with the attributes that the table adds.
fn item_bytes(record: &Transaction) -> usize {
    const ALWAYS: &str = "transaction_idtimestampproviderevent_typeprovider_event_typeevent_idstatus\
                          raw_payload_s3_keyreceived_atprocessed_atexpires_at";
    const NUMBERS: usize = 10 + 8 + 8 + 6;
    const LONGEST_STATUS: usize = "processed".len();
    let texts = [
        record.transaction_id.as_str(),
        record.provider.as_str(),
        &record.event_type,
        &record.provider_event_type,
        &record.event_id,
        &record.raw_payload_s3_key,
    ];
    let mut bytes =
        ALWAYS.len() + NUMBERS + LONGEST_STATUS + texts.iter().map(|text| text.len()).sum::<usize>();
    bytes += record.amount.map_or(0, |amount| "amount".len() + amount.to_string().len() / 2 + 2);
    bytes += record.currency.as_ref().map_or(0, |code| "currency".len() + code.len());
    bytes += record.customer_id.as_ref().map_or(0, |id| "customer_id".len() + id.len());
    bytes += if record.metadata.is_empty() { 0 } else { "metadata".len() + 3 };
    bytes + record.metadata.iter().map(|(name, value)| name.len() + value.len() + 1).sum::<usize>()
}

/// One line of JSON that says exactly what the record says.
fn renders(record: &Transaction) {
    let text = render::transaction(record);
    assert!(!text.contains('\n') && text.is_ascii(), "a line of ids, numbers and words");
    let Ok(value) = serde_json::from_str::<Value>(&text) else { panic!("no JSON: {text}") };
    for (name, own) in [
        ("transaction_id", record.transaction_id.as_str()),
        ("event_id", &record.event_id),
        ("provider_event_type", &record.provider_event_type),
        ("raw_payload_s3_key", &record.raw_payload_s3_key),
    ] {
        assert_eq!(value[name], own, "{name}");
    }
    assert!(text.contains(&format!("\"timestamp\":{},", record.timestamp)), "exact, not through a float");
    let amount = value["amount"].as_str().map(Decimal::from_str_exact);
    assert_eq!(amount, record.amount.map(Ok));
    if let (Some(Ok(shown)), Some(own)) = (amount, record.amount) {
        assert_eq!(shown.scale(), own.scale(), "every digit of the currency is shown");
    }
}

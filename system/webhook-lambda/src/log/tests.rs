//! The form of lines, which alarms and people rely on.

use super::*;

const AT: UnixTime = UnixTime::from_millis(1_763_750_000_007);

fn json(line: &Line<'_>) -> String {
    let written = line.to_json();
    assert_eq!(
        written.iter().filter(|byte| **byte == b'\n').count(),
        1,
        "one line, whatever the values hold"
    );
    String::from_utf8(written).unwrap().trim_end().to_owned()
}

#[test]
fn a_bare_line_has_the_three_fields_of_every_line() {
    let line = Line::new(Level::Info, Message::Started, AT);
    assert_eq!(
        json(&line),
        r#"{"level":"INFO","timestamp":"2025-11-21T18:33:20.007Z","message":"Function started"}"#
    );
}

#[test]
fn a_full_line() {
    let line = Line {
        function: Some(Function::Validator(Provider::Stripe)),
        request_id: Some("r-1"),
        api_request_id: Some("a-1"),
        provider: Some(Provider::Stripe),
        event_id: Some("evt_1"),
        transaction_id: Some("pi_1"),
        event_type: Some("payment.success"),
        status: Some(200),
        payment_status: Some(Status::Processed),
        date: "2025-11-20".parse().ok(),
        records: Some(2),
        bytes: Some(1024),
        outcome: Some("accepted"),
        reason: Some(Reason::masked("line one\nline two")),
        duration_ms: Some(1.5),
        ..Line::new(Level::Info, Message::Accepted, AT)
    };
    let expected = concat!(
        r#"{"level":"INFO","timestamp":"2025-11-21T18:33:20.007Z","message":"Webhook accepted","#,
        r#""function":"stripe-webhook-validator","request_id":"r-1","api_request_id":"a-1","provider":"stripe","#,
        r#""event_id":"evt_1","transaction_id":"pi_1","event_type":"payment.success","status":200,"#,
        r#""payment_status":"processed","date":"2025-11-20","records":2,"bytes":1024,"outcome":"accepted","reason":"line one\nline two","duration_ms":1.5}"#,
    );
    assert_eq!(json(&line), expected);
}

#[test]
fn the_words_that_metric_filters_search_for() {
    let refused = json(&Line::new(Level::Warn, Message::InvalidSignature, AT));
    assert!(refused.contains(r#""message":"Invalid signature""#), "{refused}");
    let failed = json(&Line::new(Level::Error, Message::ProcessingFailed, AT));
    assert!(failed.contains(r#""level":"ERROR""#), "{failed}");
    let measured = json(&Line { duration_ms: Some(12.0), ..Line::new(Level::Info, Message::Processed, AT) });
    assert!(measured.contains(r#""duration_ms":12.0"#), "a number, not text: {measured}");
}

#[test]
fn reasons_are_bounded_without_breaking_a_character() {
    let long = format!("{}é and more", "x".repeat(REASON_BYTES_MAX - 1));
    assert_eq!(Reason::masked(&long).as_str(), "x".repeat(REASON_BYTES_MAX - 1));
}

#[test]
fn reasons_are_masked() {
    let reason = Reason::masked("card 4242424242424242 was refused");
    assert!(!reason.as_str().contains("4242424242424242"), "{reason:?}");
}

#[test]
fn ids_are_masked_because_a_sender_chooses_them() {
    let line = Line {
        event_id: Some("evt_4242424242424242"),
        transaction_id: Some("somebody@example.com"),
        ..Line::new(Level::Info, Message::Accepted, AT)
    };
    let shown = json(&line);
    assert!(shown.contains(r#""event_id":"evt_[card]","transaction_id":"[email]""#), "{shown}");
}

#[test]
fn levels_order_from_harmless_to_alarming() {
    assert!(Level::Info < Level::Warn && Level::Warn < Level::Error);
    assert_eq!(Level::named("error"), Some(Level::Error));
    assert_eq!(Level::named("debug"), None);
}

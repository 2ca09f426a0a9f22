use super::*;

fn envelope(content: Content) -> Envelope {
    Envelope {
        provider: Provider::Paypal,
        event_id: "WH-1".to_owned(),
        received_at: UnixTime::from_millis(1_763_750_000_123),
        raw_key: "paypal/2025/11/21/CAP1.WH-1.json".to_owned(),
        body: "{}".to_owned(),
        content,
    }
}

/// The envelope as it travels, and back.
#[track_caller]
fn check(content: Content, expected: &str) {
    let text = serde_json::to_string(&envelope(content)).unwrap();
    let head = r#"{"provider":"paypal","event_id":"WH-1","received_at":1763750000123,"raw_key":"paypal/2025/11/21/CAP1.WH-1.json","body":"{}""#;
    assert_eq!(text, format!("{head}{expected}}}"));
    assert!(serde_json::from_str::<Envelope>(&text).unwrap() == envelope(content));
}

#[test]
fn an_envelope_of_a_json_webhook_reads_as_it_always_did() {
    check(Content::Json, "");
    check(Content::IpnUnproven, r#","content":"ipn-unproven""#);
    check(Content::Ipn, r#","content":"ipn""#);
}

#[test]
fn what_is_not_known_is_refused() {
    let text = serde_json::to_string(&envelope(Content::Ipn)).unwrap();
    for (known, other) in [("\"ipn\"", "\"form\""), ("\"content\"", "\"contents\""), ("\"ipn\"", "null")] {
        assert!(serde_json::from_str::<Envelope>(&text.replace(known, other)).is_err(), "{other}");
    }
}

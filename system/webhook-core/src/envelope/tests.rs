use proptest::prelude::*;

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

proptest! {
    /// Whatever the body holds (line ends, quotes, control characters, any script), the processor gets the same bytes.
    #[test]
    fn an_envelope_survives_its_way(body in any::<String>(), event_id in "[!-~]{1,40}", millis in any::<i64>(), kind in 0_usize..3) {
        let content = [Content::Json, Content::IpnUnproven, Content::Ipn][kind];
        let sent = Envelope { event_id, received_at: UnixTime::from_millis(millis), body, ..envelope(content) };
        let text = serde_json::to_string(&sent).unwrap();
        prop_assert!(serde_json::from_str::<Envelope>(&text).unwrap() == sent);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = serde_json::from_str::<Envelope>(&text).map(drop);
    }
}

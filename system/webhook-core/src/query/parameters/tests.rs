use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(parameters: &[(&str, &str)], expected: Result<(&str, &str, u32), QueryError>) {
    let found = event_query(parameters.iter().copied())
        .map(|range| (range.start.to_string(), range.end.to_string(), range.limit));
    let expected = expected.map(|(start, end, limit)| (start.to_owned(), end.to_owned(), limit));
    assert_eq!(found, expected, "{parameters:?}");
}

const STRIPE: (&str, &str) = ("provider", "stripe");

#[test]
fn a_range_is_read_in_seconds_or_dates() {
    check(&[STRIPE], Ok(("0", "253402300799.999999", 100)));
    check(&[STRIPE, ("start", "5"), ("end", "7")], Ok(("5", "7.999999", 100)));
    check(&[("end", "5"), ("start", "5"), STRIPE], Ok(("5", "5.999999", 100)));
    check(
        &[STRIPE, ("start", "2025-11-21T18:33:20Z"), ("end", "2025-11-21T19:33:20.5+01:00")],
        Ok(("1763750000", "1763750000.999999", 100)),
    );
    for (text, limit) in [("1", 1), ("1000", 1000), ("007", 7)] {
        check(&[STRIPE, ("limit", text)], Ok(("0", "253402300799.999999", limit)));
    }
}

#[test]
fn anything_else_is_an_error() {
    check(&[], Err(QueryError::ScopeMissing));
    check(&[("start", "5"), ("status", "failed")], Err(QueryError::ScopeMissing));
    for provider in ["Stripe", "adyen", "stripe,square", " stripe"] {
        check(&[("provider", provider)], Err(QueryError::UnknownProvider));
    }
    check(&[STRIPE, STRIPE], Err(QueryError::Repeated("provider")));
    check(&[STRIPE, ("limit", "1"), ("limit", "1")], Err(QueryError::Repeated("limit")));
    for name in ["provider", "customer_id", "start", "end", "status", "limit", "next_token"] {
        check(&[(name, "")], Err(QueryError::Empty(name)));
    }
    for status in ["Pending", "processed,failed", "done", "failed "] {
        check(&[STRIPE, ("status", status)], Err(QueryError::UnknownStatus));
    }
    for id in ["two words", "caf\u{e9}", "tab\t", &"x".repeat(129)] {
        check(&[("customer_id", id)], Err(QueryError::MalformedCustomer));
        check(&[STRIPE, ("customer_id", id)], Err(QueryError::MalformedCustomer));
    }
    check(&[STRIPE, ("Start", "5")], Err(QueryError::UnknownParameter));
    check(&[STRIPE, ("", "")], Err(QueryError::UnknownParameter));
    for name in ["start", "end"] {
        for text in
            ["-1", "1.5", "1e9", "yesterday", "253402300800", "99999999999999999999", "1969-01-01T00:00:00Z"]
        {
            check(&[STRIPE, (name, text)], Err(QueryError::MalformedTime(name)));
        }
    }
    check(&[STRIPE, ("start", "6"), ("end", "5")], Err(QueryError::Backwards));
    for text in ["0", "00001", "1001", "-5", "+5", "5.0", "all", "99999999999"] {
        check(&[STRIPE, ("limit", text)], Err(QueryError::Limit));
    }
    let long = "A".repeat(1_000_000);
    for text in [&*long, "x", "AQ", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        check(&[STRIPE, ("next_token", text)], Err(QueryError::Token));
    }
}

fn query(parameters: &[(&str, &str)]) -> EventQuery {
    event_query(parameters.iter().copied()).unwrap()
}

#[test]
fn whose_events_is_a_provider_a_customer_or_both() {
    let scope = |parameters: &[(&str, &str)]| query(parameters).scope;
    let customer = |provider| Scope::Customer { id: "cus_1|!".to_owned(), provider };
    assert_eq!(scope(&[STRIPE]), Scope::Provider(Provider::Stripe));
    assert_eq!(scope(&[("customer_id", "cus_1|!")]), customer(None));
    assert_eq!(scope(&[("customer_id", "cus_1|!"), STRIPE]), customer(Some(Provider::Stripe)));
}

#[test]
fn a_status_filters() {
    for status in Status::ALL {
        assert_eq!(query(&[STRIPE, ("status", status.as_str())]).status, Some(status));
    }
    assert_eq!(query(&[STRIPE]).status, None);
}

#[test]
fn a_query_is_printed_without_its_customer() {
    let text = format!("{:?}", query(&[("customer_id", "cus_secret")]));
    assert!(!text.contains("cus_secret"), "{text}");
}

fn cursor_at(timestamp: Decimal) -> Cursor {
    Cursor { timestamp, transaction_id: "pi_1".to_owned() }
}

const ASKED: [(&str, &str); 5] =
    [STRIPE, ("customer_id", "cus_1"), ("start", "5"), ("end", "700"), ("status", "failed")];

/// The query of `ASKED` with a token of its own, after parameters were replaced or taken away.
fn continued(changes: &[(&str, Option<&str>)]) -> Result<Option<Cursor>, QueryError> {
    let token = next_token(&query(&ASKED), &cursor_at(Decimal::new(600_123_456, 6)));
    let mut parameters = ASKED.to_vec();
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.extend(value.map(|value| (*name, value)));
    }
    parameters.push(("next_token", &token));
    event_query(parameters).map(|query| query.after)
}

#[test]
fn a_token_continues_its_own_query_only() {
    let after = cursor_at(Decimal::new(600_123_456, 6));
    assert_eq!(continued(&[]), Ok(Some(after.clone())));
    assert_eq!(continued(&[("limit", Some("7"))]), Ok(Some(after)), "the page may change its size");
    for (name, value) in [
        ("provider", Some("square")),
        ("provider", None),
        ("customer_id", Some("cus_2")),
        ("customer_id", None),
        ("start", Some("6")),
        ("start", None),
        ("end", Some("701")),
        ("status", Some("pending")),
        ("status", None),
    ] {
        assert_eq!(continued(&[(name, value)]), Err(QueryError::Token), "{name} {value:?}");
    }
}

#[test]
fn a_token_stays_within_its_range() {
    let asked = [STRIPE, ("start", "5"), ("end", "6")];
    for timestamp in [Decimal::from(4), Decimal::from(7)] {
        let token = next_token(&query(&asked), &cursor_at(timestamp));
        let found = event_query(asked.into_iter().chain([("next_token", &*token)]));
        assert_eq!(found, Err(QueryError::Token));
    }
}

#[test]
fn a_token_of_another_version_is_refused() {
    let token = next_token(&query(&[STRIPE]), &cursor_at(Decimal::from(5)));
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    bytes[0] -= 1;
    check(&[STRIPE, ("next_token", &URL_SAFE_NO_PAD.encode(bytes))], Err(QueryError::Token));
}

#[test]
fn errors_are_400_with_their_code() {
    let answer = Answer::from(QueryError::MalformedTime("start"));
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        r#"{"error":"malformed_time","message":"start must be Unix seconds or an RFC 3339 time, from 1970 to 9999"}"#
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(name in "(provider|customer_id|start|end|status|limit|next_token|x)", value in "\\PC{0,40}") {
        let _ = event_query([STRIPE, (name.as_str(), value.as_str())]);
        let _ = event_query([(name.as_str(), value.as_str())]);
    }

    #[test]
    fn no_message_repeats_what_was_sent(name in "(provider|customer_id|start|end|status|limit|next_token|x)", value in "[A-Z]{9,12}é") {
        if let Err(error) = event_query([STRIPE, (name.as_str(), value.as_str())]) {
            prop_assert!(!error.to_string().contains(&value), "{}", error);
        }
    }

    #[test]
    fn every_token_is_read_back(micros in 0_i64..=253_402_300_799_999_999, id in "[!-~]{1,128}") {
        let whole = query(&[STRIPE]);
        let after = Cursor { timestamp: Decimal::new(micros, 6), transaction_id: id };
        let token = next_token(&whole, &after);
        prop_assert_eq!(cursor(&whole, &token), Ok(after));
    }

    #[test]
    fn a_changed_token_is_refused_or_harmless(token in "[A-Za-z0-9_-]{0,60}") {
        if let Ok(cursor) = cursor(&query(&[STRIPE]), &token) {
            prop_assert!(is_identifier(&cursor.transaction_id));
        }
    }
}

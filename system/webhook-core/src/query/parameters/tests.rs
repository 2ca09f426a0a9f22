use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(parameters: &[(&str, &str)], expected: Result<(&str, &str, u32), QueryError>) {
    let found = provider_range(parameters.iter().copied())
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
    check(&[], Err(QueryError::ProviderMissing));
    check(&[("start", "5")], Err(QueryError::ProviderMissing));
    for provider in ["", "Stripe", "adyen"] {
        check(&[("provider", provider)], Err(QueryError::UnknownProvider));
    }
    check(&[STRIPE, STRIPE], Err(QueryError::Repeated("provider")));
    check(&[STRIPE, ("limit", "1"), ("limit", "1")], Err(QueryError::Repeated("limit")));
    check(&[STRIPE, ("Start", "5")], Err(QueryError::UnknownParameter));
    check(&[STRIPE, ("", "")], Err(QueryError::UnknownParameter));
    for name in ["start", "end"] {
        for text in [
            "",
            "-1",
            "1.5",
            "1e9",
            "yesterday",
            "253402300800",
            "99999999999999999999",
            "1969-01-01T00:00:00Z",
        ] {
            check(&[STRIPE, (name, text)], Err(QueryError::MalformedTime(name)));
        }
    }
    check(&[STRIPE, ("start", "6"), ("end", "5")], Err(QueryError::Backwards));
    for text in ["", "0", "1001", "-5", "+5", "5.0", "all", "99999999999"] {
        check(&[STRIPE, ("limit", text)], Err(QueryError::Limit));
    }
    for text in ["", "x", "AQ", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        check(&[STRIPE, ("next_token", text)], Err(QueryError::Token));
    }
}

fn range(parameters: &[(&str, &str)]) -> ProviderRange {
    provider_range(parameters.iter().copied()).unwrap()
}

fn cursor_at(timestamp: Decimal) -> Cursor {
    Cursor { timestamp, transaction_id: "pi_1".to_owned() }
}

#[test]
fn a_token_continues_its_own_query_only() {
    let asked = [STRIPE, ("start", "5"), ("end", "700")];
    let after = cursor_at(Decimal::new(600_123_456, 6));
    let token = next_token(&range(&asked), &after);
    let continued = |changes: &[(&str, &str)]| {
        let mut parameters: Vec<_> = asked.to_vec();
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, value));
        }
        parameters.push(("next_token", &token));
        provider_range(parameters).map(|range| range.after)
    };
    assert_eq!(continued(&[]), Ok(Some(after.clone())));
    assert_eq!(continued(&[("limit", "7")]), Ok(Some(after)), "the page may change its size");
    for change in [("provider", "square"), ("start", "6"), ("end", "701")] {
        assert_eq!(continued(&[change]), Err(QueryError::Token), "{change:?}");
    }
}

#[test]
fn a_token_stays_within_its_range() {
    let asked = [STRIPE, ("start", "5"), ("end", "6")];
    for timestamp in [Decimal::from(4), Decimal::from(7)] {
        let token = next_token(&range(&asked), &cursor_at(timestamp));
        let found = provider_range(asked.into_iter().chain([("next_token", &*token)]));
        assert_eq!(found, Err(QueryError::Token));
    }
}

#[test]
fn errors_are_400_with_their_code() {
    let answer = Answer::from(QueryError::MalformedTime("start"));
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        r#"{"error":"malformed_time","message":"start must be Unix seconds or an RFC 3339 time"}"#
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(name in "(provider|start|end|limit|next_token|x)", value in "\\PC{0,40}") {
        let _ = provider_range([STRIPE, (name.as_str(), value.as_str())]);
        let _ = provider_range([(name.as_str(), value.as_str())]);
    }

    #[test]
    fn every_token_is_read_back(micros in 0_i64..=253_402_300_799_999_999, id in "[!-~]{1,128}") {
        let whole = range(&[STRIPE]);
        let after = Cursor { timestamp: Decimal::new(micros, 6), transaction_id: id };
        let token = next_token(&whole, &after);
        prop_assert_eq!(cursor(&whole, &token), Ok(after));
    }

    #[test]
    fn a_changed_token_is_refused_or_harmless(token in "[A-Za-z0-9_-]{0,60}") {
        if let Ok(cursor) = cursor(&range(&[STRIPE]), &token) {
            prop_assert!(is_identifier(&cursor.transaction_id));
        }
    }
}

//! `system/openapi.yaml` against the code: the document says neither less than there is nor more.

mod answers;
mod codes;
mod document;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use webhook_core::normalize::EventType;
use webhook_core::ports::Cursor;
use webhook_core::provider::Provider;
use webhook_core::query::parameters::{DEFAULT_LIMIT, MAX_LIMIT, QueryError, event_query, next_token};
use webhook_core::record::Status;

use document::Document;

fn names<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    values.into_iter().map(str::to_owned).collect()
}

#[test]
fn names_are_those_of_the_code() {
    let document = Document::read();
    let listed = |schema: &str| {
        names(document.schema(schema)["enum"].as_array().unwrap().iter().filter_map(Value::as_str))
    };
    assert_eq!(listed("Provider"), names(Provider::ALL.map(Provider::as_str)));
    assert_eq!(listed("Status"), names(Status::ALL.map(Status::as_str)));
    assert_eq!(listed("EventType"), names(EventType::ALL.map(EventType::as_str)));
}

#[test]
fn every_parameter_is_known_and_no_other() {
    let document = Document::read();
    let described: Vec<_> = document.parameters("/api/v1/transactions").collect();
    assert_eq!(described.len(), 7, "{described:?}");
    let error = |name: &str| event_query([(name, "\u{e9}")]);
    for parameter in &described {
        let name = parameter["name"].as_str().unwrap();
        assert!(
            !matches!(error(name), Err(QueryError::UnknownParameter) | Ok(_)),
            "{name} is described, but the code does not know it"
        );
        assert!(QueryError::UnknownParameter.to_string().contains(name), "the message names {name}");
    }
    assert_eq!(error("anything"), Err(QueryError::UnknownParameter));
}

#[test]
fn limits_are_those_of_the_code() {
    let document = Document::read();
    let limit = document.parameter("/api/v1/transactions", "limit");
    assert_eq!(
        limit["schema"],
        json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})
    );
    let evaluated = format!(
        "{},{:03}",
        webhook_core::ports::EVALUATED_MAX / 1000,
        webhook_core::ports::EVALUATED_MAX % 1000
    );
    let listing = document.operation("/api/v1/transactions", "get")["description"].as_str().unwrap();
    assert!(listing.contains(&format!("at most {evaluated} events are looked at")), "{listing}");
    let shown = document.resolve(&document.schema("Payment")["properties"]["events"])["maxItems"].clone();
    assert_eq!(shown, json!(webhook_core::query::HISTORY_LIMIT));
}

/// A text is taken by the code exactly if the document's schema of the parameter takes it, but for rules that no pattern tells.
fn check_agreement(parameter: &str, texts: &[&str], beyond_a_pattern: &[&str]) {
    let document = Document::read();
    let described = document.parameter("/api/v1/transactions", parameter);
    let validator = document.validator(&described["schema"]);
    for text in texts.iter().chain(beyond_a_pattern) {
        // Whose events must be said; with the parameter that says it, nothing more.
        let beside = (parameter != "provider").then_some(("provider", "stripe"));
        let taken = event_query(beside.into_iter().chain([(parameter, *text)])).is_ok();
        let described = validator.is_valid(&json!(text));
        let expected = described && !beyond_a_pattern.contains(text);
        assert_eq!(taken, expected, "{parameter}={text}: described as valid: {described}");
    }
}

#[test]
fn patterns_agree_with_the_code() {
    let times = [
        "0",
        "5",
        "007",
        "253402300799",
        "0000000000000",
        "",
        "-1",
        "+1",
        "1.5",
        "1e9",
        " 1",
        "1 ",
        "now",
        "2025-11-21",
        "2025-11-21T18:33:20Z",
        "2025-11-21t18:33:20z",
        "2025-11-21 18:33:20Z",
        "2025-11-21_18:33:20Z",
        "2025-11-21T18:33:20.5+01:00",
        "2025-11-21T18:33:20-23:59",
        "2025-11-21T18:33:20.123456789Z",
        "2025-11-21T18:33:20.1234567890123456789Z",
        "2025-11-21T18:33Z",
        "2025-11-21T18:33:20",
        "2025-11-21T18:33:20.Z",
        "20251121T183320Z",
        "2025-11-21T18:33:20+0100",
    ];
    let impossible = [
        "253402300800",
        "999999999999",
        "2025-02-30T00:00:00Z",
        "2025-11-21T25:00:00Z",
        "1969-12-31T23:59:59Z",
        "2025-11-21T18:33:20+99:00",
    ];
    check_agreement("start", &times, &impossible);
    check_agreement("end", &times, &impossible);
    check_agreement("provider", &["stripe", "paypal", "square", "Stripe", "", "adyen", "stripe "], &[]);
    check_agreement("status", &["pending", "processed", "failed", "Failed", "", "other"], &[]);
    let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
    check_agreement(
        "customer_id",
        &["c", "!~", &longest, &too_long, "", "a b", "caf\u{e9}", "\u{7f}", "a\n"],
        &[],
    );
}

#[test]
fn tokens_look_as_described() {
    let document = Document::read();
    let described = document.parameter("/api/v1/transactions", "next_token")["schema"].clone();
    let query = event_query([("provider", "stripe")]).unwrap();
    for length in [1, 2, 3, 127, 128] {
        let cursor =
            Cursor { timestamp: "1763750000.5".parse().unwrap(), transaction_id: "x".repeat(length) };
        let token = next_token(&query, &cursor);
        for schema in [&described, &document.schema("TransactionPage")["properties"]["next_token"]] {
            assert!(document.validator(schema).is_valid(&json!(token)), "{} characters", token.len());
        }
        let bound = if length == 1 { "minLength" } else { "maxLength" };
        assert!(length % 127 != 1 || described[bound] == json!(token.len()), "{bound} is {}", token.len());
    }
}

#[test]
fn webhooks_have_the_schemas_that_the_gateway_checks() {
    let document = Document::read();
    for (schema, file) in [
        ("StripeEvent", include_str!("../../../schemas/stripe-webhook.json")),
        ("PaypalEvent", include_str!("../../../schemas/paypal-webhook.json")),
        ("SquareEvent", include_str!("../../../schemas/square-webhook.json")),
    ] {
        let checked: Value = serde_json::from_str(file).unwrap();
        assert_eq!(
            document::plain(document.schema(schema)),
            document::plain(&checked),
            "{schema} and its file in system/schemas differ"
        );
        // The form of an IPN, where the file has it.
        if let Some(ipn) = checked.pointer("/definitions/ipn") {
            assert_eq!(document::plain(document.schema("PaypalIpn")), document::plain(ipn), "PaypalIpn");
        }
    }
}

#[test]
fn examples_are_what_their_schemas_describe() {
    let document = Document::read();
    let mut checked = 0;
    document.for_each_example(&mut |place, schema, example| {
        let errors: Vec<_> =
            document.validator(schema).iter_errors(example).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{place}: {errors:?}");
        checked += 1;
    });
    assert!(checked >= 40, "only {checked} examples were found");
}

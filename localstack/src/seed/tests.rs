use super::*;

static_assertions::assert_not_impl_any!(StripeSecret: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(SquareSecret: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(PaypalSecret: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(CompleteSecrets: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(SeedSecrets: std::fmt::Display, serde::Serialize);

fn check(text: &str, expected: Result<[bool; 3], &str>) {
    match (SeedSecrets::parse(text, Path::new("s.json")), expected) {
        (Ok(secrets), Ok(given)) => {
            assert_eq!(
                [secrets.stripe.is_some(), secrets.square.is_some(), secrets.paypal.is_some()],
                given,
                "{text}"
            );
        }
        (Err(error), Err(part)) => {
            let told = error.to_string();
            assert!(told.contains(part), "{text}: {told}");
            assert!(!told.contains("SENSITIVE"), "{text} leaks: {told}");
        }
        (got, expected) => panic!("{text}: got {got:?}, expected {expected:?}"),
    }
}

#[test]
fn shapes() {
    check("{}", Ok([false, false, false]));
    check(r#"{"stripe": {"secret": "whsec_SENSITIVE"}}"#, Ok([true, false, false]));
    check(
        r#"{"stripe": {"secret": "a"}, "square": {"key": "b", "notification_url": "https://x/"}, "paypal": {"webhook_id": "c"}}"#,
        Ok([true, true, true]),
    );
    check(r#"{"square": {"key": "b"}}"#, Ok([false, true, false]));
    check("", Err("line 1"));
    check("not json SENSITIVE", Err("expected: {\"stripe\""));
    check(r#"{"stripe": "whsec_SENSITIVE"}"#, Err("line 1, column"));
    check(r#"{"stripe": {"key": "SENSITIVE"}}"#, Err("expected: {\"stripe\""));
    check(r#"{"strype": {"secret": "SENSITIVE"}}"#, Err("expected: {\"stripe\""));
    check(r#"{"stripe": {"secret": ""}}"#, Err("stripe.secret must not be empty"));
    check(r#"{"square": {"key": ""}}"#, Err("square.key must not be empty"));
    check(r#"{"square": {"key": "SENSITIVE", "notification_url": ""}}"#, Err("square.notification_url"));
    check(r#"{"paypal": {"webhook_id": "WEBHOOK_ID"}}"#, Err("simulator"));
    check(
        r#"{"paypal": {"webhook_id": "c", "client_id": "d", "client_secret": "e"}}"#,
        Ok([false, false, true]),
    );
    check(r#"{"paypal": {"webhook_id": "c", "client_id": "SENSITIVE"}}"#, Err("goes together"));
    check(r#"{"paypal": {"webhook_id": "c", "client_secret": "SENSITIVE"}}"#, Err("goes together"));
    check(
        r#"{"paypal": {"webhook_id": "c", "client_id": "SENSITIVE", "client_secret": ""}}"#,
        Err("paypal.client_secret must not be empty"),
    );
}

#[test]
fn debug_shows_no_value() {
    let secrets = SeedSecrets::parse(r#"{"stripe": {"secret": "SENSITIVE"}}"#, Path::new("s")).unwrap();
    assert_eq!(
        format!("{secrets:?}"),
        r#"SeedSecrets { stripe: "given", square: "generated", paypal: "generated" }"#
    );
}

#[test]
fn missing_secrets_are_made_up_and_differ() {
    let first = SeedSecrets::default().complete("http://api/square");
    let second = SeedSecrets::default().complete("http://api/square");
    assert_eq!(first.square_notification_url, "http://api/square");
    for (one, other) in first.values.iter().zip(&second.values) {
        assert_eq!(one.0, other.0);
        assert_ne!(one.1, other.1);
    }
    let stripe: serde_json::Value = serde_json::from_str(&first.values[0].1).unwrap();
    assert!(stripe["secret"].as_str().unwrap().starts_with("whsec_"));
    let paypal: serde_json::Value = serde_json::from_str(&first.values[1].1).unwrap();
    assert_eq!(paypal["webhook_id"].as_str().unwrap().len(), 17);
    assert!(["client_id", "client_secret"].iter().all(|field| paypal[field].as_str().unwrap().len() > 16));
    let square: serde_json::Value = serde_json::from_str(&first.values[2].1).unwrap();
    assert_eq!(square["notification_url"], "http://api/square");
}

#[test]
fn a_webhook_id_is_kept_and_its_client_made_up() {
    let secrets = SeedSecrets::parse(r#"{"paypal": {"webhook_id": "8PT5"}}"#, Path::new("s")).unwrap();
    let paypal: serde_json::Value =
        serde_json::from_str(&secrets.complete("http://api").values[1].1).unwrap();
    assert_eq!(paypal["webhook_id"], "8PT5");
    assert!(paypal["client_secret"].is_string());
}

#[test]
fn a_given_url_wins() {
    let text = r#"{"square": {"key": "k", "notification_url": "https://shop.example/hook"}}"#;
    let secrets = SeedSecrets::parse(text, Path::new("s")).unwrap().complete("http://api/square");
    assert_eq!(secrets.square_notification_url, "https://shop.example/hook");
}

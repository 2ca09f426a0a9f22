use super::*;

fn parse(provider: Provider, texts: &[&str], url: Option<&str>) -> Result<(), &'static str> {
    let secrets: Vec<_> = texts.iter().map(|text| SecretString::new(*text)).collect();
    ProviderSecrets::parse(provider, &secrets, url).map(drop).map_err(|error| error.reason)
}

#[test]
fn values_are_taken_from_json_or_as_they_are() {
    assert_eq!(stripe_key(r#"{"secret":"whsec_a"}"#), Ok("whsec_a".to_owned()));
    assert_eq!(stripe_key(r#"{"secret":"whsec_a","note":1}"#), Ok("whsec_a".to_owned()));
    assert_eq!(stripe_key("whsec_a"), Ok("whsec_a".to_owned()));
    assert_eq!(paypal_id(r#"{"webhook_id":"1JE"}"#), Ok("1JE".to_owned()));
    assert_eq!(paypal_id("1JE"), Ok("1JE".to_owned()));
    let json = r#"{"key":"k","notification_url":"https://a.example/x"}"#;
    let own = Ok(("k".to_owned(), "https://a.example/x".to_owned()));
    assert_eq!(square_key(json, Some("https://b.example")), own, "the secret's own URL wins");
    let configured = Ok(("k".to_owned(), "https://b.example".to_owned()));
    assert_eq!(square_key("k", Some("https://b.example")), configured);
    assert_eq!(square_key(r#"{"key":"k"}"#, Some("https://b.example")), configured);
}

#[test]
fn unusable_secrets_are_named_without_being_shown() {
    let url = Some("https://a.example");
    let cases = [
        (Provider::Stripe, "", "it is empty"),
        (Provider::Stripe, "  ", "it is empty"),
        (Provider::Stripe, r#"{"secret":""}"#, "it is empty"),
        (Provider::Stripe, r#"{"key":"whsec_hidden"}"#, "no `secret` in it"),
        (Provider::Stripe, r#"{"secret":"whsec_hidden""#, "no `secret` in it"),
        (Provider::Paypal, "WEBHOOK_ID", "it is the simulator's webhook id"),
        (Provider::Paypal, r#"{"webhook_id":"WEBHOOK_ID"}"#, "it is the simulator's webhook id"),
        (Provider::Paypal, "a|b", "a webhook id has no `|`"),
        (Provider::Paypal, "{}", "no `webhook_id` in it"),
        (Provider::Square, r#"{"notification_url":"x"}"#, "no `key` in it"),
        (Provider::Square, r#"{"key":""}"#, "it is empty"),
    ];
    for (provider, text, reason) in cases {
        assert_eq!(parse(provider, &[text], url), Err(reason), "{provider}");
    }
    assert_eq!(parse(Provider::Square, &["k"], None), Err("there is no notification URL"));
    assert_eq!(parse(Provider::Stripe, &[], None), Err("there is none"));
    let shown =
        ProviderSecrets::parse(Provider::Stripe, &[SecretString::new("{\"x\":\"whsec_hidden\"}")], None)
            .err()
            .map(|error| format!("{error} {error:?}"))
            .unwrap();
    assert!(!shown.contains("hidden"));
}

#[test]
fn one_bad_version_does_not_spoil_a_rotation() {
    assert_eq!(parse(Provider::Stripe, &["{}", "whsec_old"], None), Ok(()));
    assert_eq!(parse(Provider::Stripe, &["whsec_new", ""], None), Ok(()));
}

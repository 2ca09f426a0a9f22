//! The form of a provider's secret, as the validators read it, and texts that look like one but are none.

use serde_json::{Map, Value};
use webhook_core::keys::secrets::ProviderSecrets;
use webhook_core::ports::SecretString;
use webhook_core::provider::Provider;

/// Shortest signing secret in use is far longer; a shorter text is a slip.
const KEY_CHARS_MIN: usize = 12;

/// Texts that people and templates write where a secret is to come, in lower case.
const PLACEHOLDERS: [&str; 12] = [
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "todo",
    "dummy",
    "your-",
    "your_",
    "example",
];

/// The value in the JSON form in which it is stored, if validators would take it.
///
/// # Errors
/// What is wrong with it, without quoting it.
pub(crate) fn validate(
    provider: Provider,
    given: &SecretString,
    square_url: Option<&str>,
) -> Result<SecretString, String> {
    let text = given.expose().trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    // The validators' own reader decides; what comes after is about slips that it cannot know.
    ProviderSecrets::parse(provider, std::slice::from_ref(given), square_url)
        .map_err(|error| error.reason.to_owned())?;
    let fields = fields(provider, text)?;
    let main = fields.get(main_field(provider)).and_then(Value::as_str).unwrap_or_default();
    if is_placeholder_text(main) {
        return Err("it is a placeholder".to_owned());
    }
    if main.len() < KEY_CHARS_MIN {
        return Err(format!("it has fewer than {KEY_CHARS_MIN} characters"));
    }
    if main.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("there is a blank or a line break inside; was more than one thing pasted?".to_owned());
    }
    if provider == Provider::Stripe && !main.starts_with("whsec_") {
        return Err(
            "a signing secret of Stripe begins with whsec_; an API key (sk_…, rk_…) is another thing"
                .to_owned(),
        );
    }
    if let Some(url) = fields.get("notification_url").and_then(Value::as_str)
        && !url.starts_with("https://")
        && !url.starts_with("http://127.0.0.1")
    {
        return Err("its notification_url is not an https:// URL".to_owned());
    }
    Ok(SecretString::new(Value::Object(fields).to_string()))
}

/// The stored fields, known ones only: a misspelt field would be ignored silently.
fn fields(provider: Provider, text: &str) -> Result<Map<String, Value>, String> {
    let Some(json) = text.strip_prefix('{').map(|_| text) else {
        return Ok(Map::from_iter([(main_field(provider).to_owned(), Value::from(text))]));
    };
    let fields: Map<String, Value> = serde_json::from_str(json).map_err(|_| "it is not JSON".to_owned())?;
    for (name, value) in &fields {
        if !known(provider).contains(&name.as_str()) {
            // A field's name could be the secret itself, by a slip; it is not quoted.
            return Err(format!("it has a field that is not among {}", known(provider).join(", ")));
        }
        if !value.is_string() && !value.is_null() {
            return Err(format!("its {name} is not a text"));
        }
    }
    Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

const fn main_field(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => "secret",
        Provider::Paypal => "webhook_id",
        Provider::Square => "key",
    }
}

const fn known(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Stripe => &["secret"],
        // The last two are for the verification by PayPal's API.
        Provider::Paypal => &["webhook_id", "client_id", "client_secret"],
        Provider::Square => &["key", "notification_url"],
    }
}

/// Whether a stored value stands where a secret is to come. Anybody may know it, so it must not be accepted as one.
pub(crate) fn is_placeholder(stored: &SecretString) -> bool {
    let text = stored.expose().trim();
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(fields) => {
            let mut texts = fields.values().filter_map(Value::as_str).peekable();
            texts.peek().is_none() || texts.any(is_placeholder_text)
        }
        Err(_) => is_placeholder_text(text),
    }
}

fn is_placeholder_text(text: &str) -> bool {
    // An address is no secret, and `example.com` is as good as any other.
    if text.starts_with("https://") || text.starts_with("http://") {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let bare = lower.trim_start_matches("whsec_");
    let repeated = bare.chars().next().is_some_and(|first| bare.chars().all(|c| c == first));
    bare.is_empty()
        || repeated
        || text == "WEBHOOK_ID"
        || (bare.starts_with('<') && bare.ends_with('>'))
        || PLACEHOLDERS.iter().any(|word| bare.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: Provider, given: &str, expected: Result<&str, &str>) {
        let validated = validate(provider, &SecretString::new(given), Some("https://shop.test/square"));
        match (validated, expected) {
            (Ok(stored), Ok(expected)) => assert_eq!(stored.expose(), expected),
            (Err(reason), Err(part)) => {
                assert!(reason.contains(part), "{given}: {reason}");
                assert!(given.len() < 8 || !reason.contains(given), "{given} is quoted: {reason}");
            }
            (got, _) => panic!("{given}: {:?}", got.map(|_| "taken")),
        }
    }

    #[test]
    fn what_is_stored() {
        let stripe = r#"{"secret":"whsec_0123456789abcdef"}"#;
        check(Provider::Stripe, "whsec_0123456789abcdef", Ok(stripe));
        check(Provider::Stripe, "  {\"secret\": \"whsec_0123456789abcdef\"}\n", Ok(stripe));
        check(
            Provider::Paypal,
            "8PT597110X687430LKGECATA",
            Ok(r#"{"webhook_id":"8PT597110X687430LKGECATA"}"#),
        );
        let api = r#"{"client_id":"id","client_secret":"cs","webhook_id":"8PT597110X687430L"}"#;
        check(Provider::Paypal, api, Ok(api));
        check(Provider::Square, "sq-0123456789abcdef", Ok(r#"{"key":"sq-0123456789abcdef"}"#));
        let square = r#"{"key":"sq-0123456789abcdef","notification_url":"https://shop.test/hook"}"#;
        check(Provider::Square, square, Ok(square));
    }

    #[test]
    fn what_is_refused() {
        check(Provider::Stripe, "", Err("empty"));
        check(Provider::Stripe, "sk_live_0123456789abcdef", Err("whsec_"));
        check(Provider::Stripe, r#"{"key":"whsec_0123456789abcdef"}"#, Err("no `secret`"));
        check(
            Provider::Stripe,
            r#"{"secret":"whsec_0123456789abcdef","Secret":"x"}"#,
            Err("not among secret"),
        );
        check(Provider::Stripe, "whsec_REPLACE_ME_WITH_IT", Err("placeholder"));
        check(Provider::Stripe, "whsec_0123456789 abcdef", Err("blank"));
        check(Provider::Stripe, "whsec_1a2b", Err("fewer than"));
        check(Provider::Paypal, "WEBHOOK_ID", Err("simulator"));
        check(Provider::Paypal, r#"{"webhook_id":"WEBHOOK_ID"}"#, Err("simulator"));
        check(Provider::Paypal, r#"{"webhook_id":7}"#, Err("no `webhook_id`"));
        check(
            Provider::Square,
            r#"{"key":"sq-0123456789abcdef","notification_url":"shop.test"}"#,
            Err("https://"),
        );
        assert!(validate(Provider::Square, &SecretString::new("sq-0123456789abcdef"), None).is_err());
    }

    #[test]
    fn placeholders() {
        for text in [
            "",
            "placeholder",
            "CHANGEME",
            "{\"secret\":\"REPLACE_ME\"}",
            "{}",
            "<your secret>",
            "xxxxxxxx",
            "WEBHOOK_ID",
            "whsec_placeholder",
            "{\"webhook_id\":\"WEBHOOK_ID\"}",
            "{\"secret\":\"\"}",
        ] {
            assert!(is_placeholder(&SecretString::new(text)), "{text}");
        }
        for text in [
            "whsec_0123456789abcdef",
            "{\"key\":\"0123456789abcdef\",\"notification_url\":\"https://example.com/x\"}",
        ] {
            assert!(!is_placeholder(&SecretString::new(text)), "{text}");
        }
    }
}

//! Secrets as they are stored, and the mask over free text: every form of a secret opens exactly its own signatures, and no card
//! number, address or secret gets through the mask, wherever it stands.
//!
//! Input: the provider's byte, a byte that says where to plant, a text, an empty line, another text.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Value, json};
use webhook_core::headers::Headers;
use webhook_core::keys::secrets::ProviderSecrets;
use webhook_core::masking::mask;
use webhook_core::ports::SecretString;
use webhook_core::provider::Provider;
use webhook_core::providers::verified::RawBody;
use webhook_core::providers::{self, Endpoint};

use crate::certificates::NOW;
use crate::{input, signing};

/// Numbers from the providers' own test cards, in one run and in groups.
const CARDS: [&str; 4] =
    ["4242424242424242", "3782 822463 10005", "5555-5555-5555-4444", "6011 1111 1111 1117"];
const ADDRESS: &str = "jane.doe+1@mail.example.com";
const SECRETS: [&str; 3] =
    ["whsec_9pR2vK7mXq4TzB1nWc8J", "sk_live_51HxYzAbCdEfGhIjK", "rk_test_51HxYzAbCdEf"];

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((provider, rest)) = input::provider(input) else { return };
    let Some((place, rest)) = input::choice(rest) else { return };
    let (first, second) = input::halves(rest);
    let (Ok(first), Ok(second)) = (std::str::from_utf8(first), std::str::from_utf8(second)) else { return };
    opens_its_own(provider, first, second);
    for text in [first, second] {
        masked_for_good(text);
        hides_what_is_planted(text, place);
    }
}

fn opens_its_own(provider: Provider, current: &str, previous: &str) {
    let stored = [current, previous].map(SecretString::new);
    assert_eq!(format!("{:?}", stored[0]), "SecretString(…)");
    let read = ProviderSecrets::parse(provider, &stored, Some(signing::SQUARE_URL));
    let keys: Vec<String> = [current, previous].iter().filter_map(|text| key_in(provider, text)).collect();
    let secrets = match read {
        Ok(secrets) => secrets,
        Err(unusable) => {
            assert!(unusable.to_string().len() < 120, "the error repeats the secret");
            assert!(keys.is_empty(), "a good secret is refused: {unusable}");
            return;
        }
    };
    let form = |text: &&str| text.trim().starts_with('{');
    assert!(!keys.is_empty() || [current, previous].iter().any(form), "there is no secret in it");
    let endpoint = match secrets {
        ProviderSecrets::Stripe(secrets) => Endpoint::Stripe(secrets),
        ProviderSecrets::Square(secrets) => Endpoint::Square(secrets),
        ProviderSecrets::Paypal(_) => return,
    };
    for key in &keys {
        assert!(opens(&endpoint, key), "a stored secret does not open its own signature");
        assert!(
            !opens(&endpoint, &format!("{key}x")) || keys.contains(&format!("{key}x")),
            "another one does"
        );
        let form = match provider {
            Provider::Stripe => json!({"secret": key}),
            _ => json!({"key": key}),
        };
        let form = [SecretString::new(form.to_string())];
        assert!(
            ProviderSecrets::parse(provider, &form, Some(signing::SQUARE_URL)).is_ok(),
            "as JSON it is refused"
        );
    }
}

/// The secret in a stored text: all of it, or the member of an object; `None` if it holds none that may be used.
fn key_in(provider: Provider, text: &str) -> Option<String> {
    let text = text.trim();
    let key = if text.starts_with('{') {
        let value: Value = serde_json::from_str(text).ok()?;
        let member = match provider {
            Provider::Stripe => "secret",
            Provider::Paypal => "webhook_id",
            Provider::Square => "key",
        };
        // Two of a kind are refused, and any URL but ours opens other signatures.
        let repeated = text.matches(member).count() != 1 || text.contains('\\');
        let others = value.as_object().is_some_and(|object| object.len() > 1);
        value[member].as_str().filter(|_| !repeated && !others)?.to_owned()
    } else {
        text.to_owned()
    };
    let usable = provider != Provider::Paypal || (key != "WEBHOOK_ID" && !key.contains('|'));
    (usable && !key.is_empty()).then_some(key)
}

fn opens(endpoint: &Endpoint, key: &str) -> bool {
    const BODY: &[u8] = b"{}";
    let time = NOW.secs().to_string();
    let (provider, name, value) = match endpoint {
        Endpoint::Stripe(_) => {
            let value = format!("t={time},v1={}", signing::stripe(key, &time, BODY));
            (Provider::Stripe, "stripe-signature", value)
        }
        _ => (Provider::Square, "x-square-hmacsha256-signature", signing::square(key, BODY)),
    };
    let headers = Headers::new([(name, value.as_str())]);
    let verified = providers::claim(provider, &headers)
        .and_then(|claim| providers::verify(&claim, RawBody::new(Bytes::from_static(BODY))?, endpoint, NOW));
    verified.is_ok()
}

/// Masking twice is masking once, costs no more room than the marks, and says by its type whether anything was hidden.
fn masked_for_good(text: &str) {
    let once = mask(text);
    assert!(once.len() <= 3 * text.len() + 8, "{} bytes of {}", once.len(), text.len());
    assert_eq!(matches!(once, Cow::Borrowed(_)), once == text, "borrowed if there is nothing to hide");
    assert_eq!(mask(&once), once, "masked twice");
}

fn hides_what_is_planted(text: &str, place: u8) {
    let at = text.len() * usize::from(place) / 255;
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(at);
    let with = |planted: &str| format!("{before}{planted}{after}");
    // Digits beside it would make it another number.
    let beside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if !beside(before.chars().next_back()) && !beside(after.chars().next()) {
        // What the text holds already may be a part of a longer number, and is none then.
        for card in CARDS.into_iter().filter(|card| !text.contains(card)) {
            assert!(!mask(&with(card)).contains(card), "a card number");
            let last_group = &card[card.len() - 4..];
            if !text.contains(last_group) {
                assert!(!mask(&with(card)).contains(last_group), "a part of a card number");
            }
        }
    }
    assert!(!mask(&with(ADDRESS)).contains(ADDRESS), "an address");
    let within_a_word = before.ends_with(|last: char| last.is_ascii_alphanumeric());
    for secret in SECRETS {
        // Only the first beginning is like no part of a word.
        if secret.starts_with("whsec_") || !(within_a_word || text.contains(secret)) {
            assert!(!mask(&with(secret)).contains(secret), "a secret");
        }
    }
}

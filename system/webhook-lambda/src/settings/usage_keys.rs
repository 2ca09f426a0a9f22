//! `USAGE_KEYS`: each provider's API key, as a JSON object.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use webhook_core::provider::Provider;

/// How long API Gateway lets a key's value be.
const LENGTH: std::ops::RangeInclusive<usize> = 20..=128;

/// The value of an API key. It can be handed on and not be printed.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UsageKey(String);

/// The providers' keys.
#[derive(Clone, PartialEq, Eq)]
pub struct UsageKeys(BTreeMap<Provider, UsageKey>);

impl fmt::Debug for UsageKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UsageKeys").field(&self.0.keys()).finish()
    }
}

impl UsageKeys {
    /// No keys at all.
    #[must_use]
    pub(super) const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Reads `{"stripe": "…", "paypal": "…", "square": "…"}`. A provider may be missing; then it gets no key.
    ///
    /// # Errors
    /// What is wrong, in words that hold nothing of a value.
    pub fn parse(json: &str) -> Result<Self, String> {
        let named: BTreeMap<String, String> = serde_json::from_str(json)
            .map_err(|_| "USAGE_KEYS must be a JSON object of provider and API key value".to_owned())?;
        if named.is_empty() {
            return Err("USAGE_KEYS names no provider".to_owned());
        }
        let mut keys: BTreeMap<Provider, UsageKey> = BTreeMap::new();
        for (name, value) in named {
            let provider: Provider =
                name.parse().map_err(|_| "USAGE_KEYS may name stripe, paypal and square".to_owned())?;
            if !LENGTH.contains(&value.len()) || !value.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(format!(
                    "USAGE_KEYS: the key of {provider} must be {} to {} printable ASCII characters",
                    LENGTH.start(),
                    LENGTH.end()
                ));
            }
            let key = UsageKey(value);
            if let Some((other, _)) = keys.iter().find(|(_, known)| **known == key) {
                return Err(format!("USAGE_KEYS: {other} and {provider} must not have the same key"));
            }
            keys.insert(provider, key);
        }
        Ok(Self(keys))
    }

    /// A provider's key.
    #[must_use]
    pub fn of(&self, provider: Provider) -> Option<&UsageKey> {
        self.0.get(&provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, problem: &str) {
        let told = UsageKeys::parse(json).unwrap_err();
        assert!(told.contains(problem), "{told}");
        assert!(!told.contains("hidden"), "{told}");
    }

    #[test]
    fn keys_are_checked_without_being_told() {
        let keys = UsageKeys::parse(r#"{"stripe": "hidden-0123456789-stripe"}"#).unwrap();
        assert!(keys.of(Provider::Stripe).is_some() && keys.of(Provider::Square).is_none());
        let shown = format!("{keys:?}");
        assert!(shown.contains("Stripe") && !shown.contains("hidden"), "{shown}");
        check("hidden", "must be a JSON object");
        check(r#"["hidden"]"#, "must be a JSON object");
        check(r#"{"stripe": {"hidden": 1}}"#, "must be a JSON object");
        check("{}", "names no provider");
        check(r#"{"hidden": "hidden-0123456789-hidden"}"#, "may name stripe, paypal and square");
        check(r#"{"stripe": "hidden"}"#, "the key of stripe must be 20 to 128");
        check(r#"{"square": "hidden with blanks, 30 characters"}"#, "the key of square");
        let both = r#"{"stripe": "hidden-0123456789-same", "square": "hidden-0123456789-same"}"#;
        check(both, "square and stripe must not have the same key");
    }
}

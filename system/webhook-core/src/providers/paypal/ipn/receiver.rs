//! Whom notifications must be meant for: this merchant's own e-mail addresses and merchant ids. Without this check anybody
//! could pay themselves and have PayPal confirm the message.

use std::fmt;

/// Longest list of receivers, and longest receiver in bytes: a configuration, not data.
const MAX_RECEIVERS: usize = 64;
const MAX_RECEIVER_BYTES: usize = 254;

/// The merchant's e-mail addresses and merchant ids; at least one. `Debug` tells how many, not which.
#[derive(Clone, PartialEq, Eq)]
pub struct Receivers(Vec<String>);

/// A text names no receiver, or something that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a comma-separated list of e-mail addresses and merchant ids")]
pub struct NoReceiver;

impl Receivers {
    /// From a comma-separated list, e.g. `merchant@example.com,S8XGHLYDW9T3S`.
    ///
    /// # Errors
    /// The list is empty, or an entry is neither an address nor an id.
    pub fn parse(list: &str) -> Result<Self, NoReceiver> {
        let receivers: Vec<String> =
            list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_lowercase).collect();
        let known = |entry: &String| {
            let id = entry.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let address = entry.contains('@') && !entry.contains(char::is_whitespace);
            (id || address) && entry.len() <= MAX_RECEIVER_BYTES
        };
        if (1..=MAX_RECEIVERS).contains(&receivers.len()) && receivers.iter().all(known) {
            Ok(Self(receivers))
        } else {
            Err(NoReceiver)
        }
    }

    /// Whether `text` is one of them. PayPal does not keep the case of addresses.
    #[must_use]
    pub fn include(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.0.contains(&text)
    }
}

impl fmt::Debug for Receivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receivers({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, text: &str, expected: Result<bool, NoReceiver>) {
        assert_eq!(Receivers::parse(list).map(|receivers| receivers.include(text)), expected, "{list}");
    }

    #[test]
    fn receivers_are_compared_without_case() {
        check("merchant@example.com", "merchant@example.com", Ok(true));
        check("Merchant@Example.com", "mErchant@example.COM", Ok(true));
        check(" a@example.com , S8XGHLYDW9T3S ,", "S8XGHLYDW9T3S", Ok(true));
        check("ünal@example.com", "Ünal@example.com", Ok(true));
        check("merchant@example.com", "merchant@example.com.evil.example", Ok(false));
        check("merchant@example.com", "xmerchant@example.com", Ok(false));
        check("a@example.com,b@example.com", "a@example.com,b@example.com", Ok(false));
        check("merchant@example.com", "", Ok(false));
    }

    #[test]
    fn a_list_without_receivers_is_none() {
        for list in ["", ",", " , ", "merchant example", "a@b c@d", "S8X-1"] {
            check(list, "", Err(NoReceiver));
        }
        check(&"a".repeat(255), "", Err(NoReceiver));
        check(&"a,".repeat(65), "", Err(NoReceiver));
    }

    #[test]
    fn debug_tells_no_address() {
        let shown = format!("{:?}", Receivers::parse("merchant@example.com,S8X").unwrap());
        assert_eq!(shown, "Receivers(2)");
    }
}

//! Permanent names of cases: words in capitals and a number of three digits, `STRIPE-SIG-004`. Rules of the infrastructure stand
//! in records too; their names are capitals and a number, `AG4`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CaseId(String);

/// A text that is no ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no case ID; IDs are words in capitals and three digits, such as STRIPE-SIG-004")]
pub struct BadId(String);

impl CaseId {
    /// Everything before the number: `STRIPE-SIG`.
    #[must_use]
    pub fn series(&self) -> &str {
        self.0.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-')
    }

    /// Whether it is the name of a rule of the infrastructure.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        is_rule(&self.0)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One to four capitals, then one or two digits.
fn is_rule(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = &text.as_bytes()[letters..];
    (1..=4).contains(&letters) && (1..=2).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

impl FromStr for CaseId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.to_owned());
        if is_rule(text) {
            return Ok(Self(text.to_owned()));
        }
        let (series, number) = text.rsplit_once('-').ok_or_else(bad)?;
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        let digits = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
        if !digits || !series.split('-').all(word) || !series.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Err(bad());
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for CaseId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> Self {
        id.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words_and_three_digits() {
        for good in ["STRIPE-SIG-004", "DLQ-001", "GATE-999", "API2-000", "AG4", "L1", "PU5"] {
            assert_eq!(good.parse::<CaseId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "", "DLQ", "4", "AG", "AG123", "AGATE1", "ag4", "A4G", "DLQ-1", "DLQ-0001", "dlq-001", "-001",
            "DLQ--001", "1A-001", "DLQ-00A", "DLQ 001",
        ] {
            assert!(bad.parse::<CaseId>().is_err(), "{bad}");
        }
        let id: CaseId = "STRIPE-SIG-004".parse().expect("an ID");
        assert_eq!((id.series(), id.is_rule()), ("STRIPE-SIG", false));
        let id: CaseId = "AG4".parse().expect("an ID");
        assert_eq!((id.series(), id.is_rule()), ("AG", true));
    }
}

//! Permanent names of cases: words in capitals and a number of three digits, `STRIPE-SIG-004`.

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
        &self.0[..self.0.len() - 4]
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaseId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.to_owned());
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
        for good in ["STRIPE-SIG-004", "DLQ-001", "GATE-999", "API2-000"] {
            assert_eq!(good.parse::<CaseId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in
            ["", "DLQ", "DLQ-1", "DLQ-0001", "dlq-001", "-001", "DLQ--001", "1A-001", "DLQ-00A", "DLQ 001"]
        {
            assert!(bad.parse::<CaseId>().is_err(), "{bad}");
        }
        let id: CaseId = "STRIPE-SIG-004".parse().expect("an ID");
        assert_eq!(id.series(), "STRIPE-SIG");
    }
}

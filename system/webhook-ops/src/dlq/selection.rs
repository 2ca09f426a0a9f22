//! Which letters are meant: each kind of condition must hold, any of its values will do.

use std::collections::BTreeSet;

use webhook_core::provider::Provider;

use super::letter::Summary;

/// Conditions; none at all means every letter.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    message_ids: BTreeSet<String>,
    providers: Vec<Provider>,
    causes: Vec<String>,
}

impl Selection {
    pub(super) fn new(message_ids: &[String], providers: &[Provider], causes: &[String]) -> Self {
        Self {
            message_ids: message_ids.iter().cloned().collect(),
            providers: providers.to_vec(),
            causes: causes.to_vec(),
        }
    }

    /// Whether the letter is meant. An error code is the cause's word or Lambda's number.
    pub(super) fn takes(&self, letter: &Summary) -> bool {
        let id = self.message_ids.is_empty() || self.message_ids.contains(&letter.message_id);
        let provider = self.providers.is_empty()
            || letter.provider().is_some_and(|provider| self.providers.contains(&provider));
        let cause = self.causes.is_empty()
            || self
                .causes
                .iter()
                .any(|code| code == letter.cause || Some(code) == letter.error_code.as_ref());
        id && provider && cause
    }

    /// Ids that were asked for and are not among `seen`.
    pub(super) fn missing<'a>(&'a self, seen: &BTreeSet<String>) -> Vec<&'a str> {
        self.message_ids.iter().filter(|id| !seen.contains(*id)).map(String::as_str).collect()
    }

    /// Whether looking further is no use: every letter that was named is among `seen`.
    pub(super) fn is_complete(&self, seen: &BTreeSet<String>) -> bool {
        !self.message_ids.is_empty() && self.missing(seen).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::EventSummary;
    use super::*;

    fn letter(id: &str, provider: Option<Provider>, cause: &'static str) -> Summary {
        Summary {
            message_id: id.to_owned(),
            cause,
            error_code: Some("200".to_owned()),
            error_message: None,
            request_id: None,
            dead_since: None,
            receive_count: None,
            event: provider.map(|provider| EventSummary {
                provider,
                event_id: "evt_1".to_owned(),
                received_at: String::new(),
                raw_key: String::new(),
                body_bytes: 0,
            }),
            sent_at: None,
        }
    }

    /// Which of four letters are taken, by id.
    #[track_caller]
    fn check(ids: &[&str], providers: &[Provider], causes: &[&str], expected: &[&str]) {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(&owned(ids), providers, &owned(causes));
        let letters = [
            letter("a", Some(Provider::Stripe), "timeout"),
            letter("b", Some(Provider::Stripe), "store_refused"),
            letter("c", Some(Provider::Square), "timeout"),
            letter("d", None, "unknown"),
        ];
        let taken: Vec<_> =
            letters.iter().filter(|l| selection.takes(l)).map(|l| l.message_id.as_str()).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn conditions() {
        check(&[], &[], &[], &["a", "b", "c", "d"]);
        check(&["a", "d"], &[], &[], &["a", "d"]);
        check(&[], &[Provider::Stripe], &[], &["a", "b"]);
        check(&[], &[Provider::Stripe, Provider::Square], &["timeout"], &["a", "c"]);
        check(&["b"], &[Provider::Stripe], &["timeout"], &[]);
        check(&[], &[], &["200"], &["a", "b", "c", "d"]);
        check(&[], &[], &["403"], &[]);
    }

    #[test]
    fn named_letters_that_are_not_there_are_missed() {
        let selection = Selection::new(&["a".to_owned(), "z".to_owned()], &[], &[]);
        let seen = ["a".to_owned(), "b".to_owned()].into();
        assert_eq!(selection.missing(&seen), ["z"]);
        assert!(!selection.is_complete(&seen));
        assert!(!Selection::default().is_complete(&seen), "who names none wants all");
    }
}

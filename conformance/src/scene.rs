//! What one run of a case remembers from step to step: the deliveries it made, by name, and what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use provider_sim::{Delivery, ipn};
use sha2::{Digest as _, Sha256};

use crate::stores::Snapshot;
use crate::template::{self, Names};

/// From when on cases have their pasts: spring of 2014.
const PAST_S: i64 = 1_400_000_000;

/// A delivery, or a question to the API, with its answers.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What was sent; nothing for a question.
    pub delivery: Option<Delivery>,
    /// Id of the event by which it is looked for; empty for a question.
    pub event_id: String,
    /// Id of its payment.
    pub transaction_id: String,
    /// When the event happened, Unix milliseconds.
    pub created_ms: i64,
    /// When it was first sent, Unix milliseconds.
    pub sent_ms: i64,
    /// The message it was made from, of an IPN.
    pub notification: Option<ipn::Notification>,
    /// The trace it was sent in.
    pub trace_id: String,
    /// One for each time it was sent.
    pub answers: Vec<Answered>,
}

/// An answer of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status; 0 if no answer came.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, or why there is no answer.
    pub body: String,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Answered {
    /// The gateway's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        ["x-amzn-requestid", "x-amz-apigw-id"]
            .iter()
            .find_map(|name| self.headers.get(*name))
            .map(String::as_str)
    }
}

/// See the module.
pub struct Scene {
    /// A word of the case's own.
    pub nonce: String,
    /// The time that `now` is, Unix milliseconds: when the step began.
    pub now_ms: i64,
    /// Deliveries and questions, by name; a question that was not named is `it` too.
    pub sent: BTreeMap<String, Sent>,
    /// Members of answers that a step kept.
    pub kept: BTreeMap<String, String>,
    /// Places of one step only, such as `{mac}`.
    pub local: BTreeMap<String, String>,
    /// How many events were made; each has a factory of its own.
    pub events_made: u16,
    /// How many steps did something; each is a trace of its own.
    pub steps_begun: u32,
    /// Makes the case's IPN messages; one factory knows their payments.
    pub ipn: Option<ipn::Factory>,
    /// What the stores held when nothing was under way any more after the last thing that was done.
    pub settled: Option<Arc<Snapshot>>,
}

impl Scene {
    /// The beginning of a case.
    #[must_use]
    pub const fn new(nonce: String) -> Self {
        Self {
            nonce,
            now_ms: 0,
            sent: BTreeMap::new(),
            kept: BTreeMap::new(),
            local: BTreeMap::new(),
            events_made: 0,
            steps_begun: 0,
            ipn: None,
            settled: None,
        }
    }
}

impl Scene {
    /// Id of the step's own trace, so that it can be asked for: every step has another one.
    #[must_use]
    pub fn trace_id(&self) -> String {
        let seconds = self.now_ms.div_euclid(1000);
        let hash = Sha256::digest(format!("{} {} {}", self.nonce, self.now_ms, self.steps_begun));
        let random: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("1-{seconds:08x}-{random}")
    }
}

impl Scene {
    /// A moment long ago, in whole Unix seconds, that is the case's own: neither other cases nor earlier runs against a target that
    /// remembers them have events within a quarter of an hour after it, but for a coincidence of one in a hundred thousand.
    fn past_s(&self) -> i64 {
        let hash = Sha256::digest(&self.nonce);
        let number = hash.iter().take(4).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
        PAST_S + number % 100_000 * 1_000
    }
}

impl Names for Scene {
    fn value(&self, name: &str) -> Option<String> {
        if let Some(local) = self.local_value(name) {
            return Some(local);
        }
        if name == "nonce" {
            return Some(self.nonce.clone());
        }
        if let Some(after) = name.strip_prefix("past") {
            let (after, form) =
                after.split_once(':').map_or((after, None), |(after, form)| (after, Some(form)));
            let after_s: i64 = if after.is_empty() { 0 } else { after.strip_prefix('+')?.parse().ok()? };
            let past_s = self.past_s() + after_s;
            return match form {
                None => Some(past_s.to_string()),
                Some("rfc3339") => template::rfc3339(past_s * 1000),
                Some(_) => None,
            };
        }
        if name == "trace" {
            return Some(self.trace_id());
        }
        if let Some(kept) = self.kept.get(name) {
            return Some(kept.clone());
        }
        let (of, field) = name.split_once('.')?;
        let sent = self.sent.get(of)?;
        Some(match field {
            "event_id" => sent.event_id.clone(),
            "transaction_id" => sent.transaction_id.clone(),
            "date" => template::date(sent.created_ms),
            "created" => sent.created_ms.div_euclid(1000).to_string(),
            "sent" => sent.sent_ms.div_euclid(1000).to_string(),
            "request_id" => sent.answers.last()?.request_id()?.to_owned(),
            "trace_id" => sent.trace_id.clone(),
            header => sent.delivery.as_ref()?.header(header.strip_prefix("header-")?)?.to_owned(),
        })
    }

    fn now_ms(&self) -> i64 {
        self.now_ms
    }
}

impl Scene {
    /// A signature, or a piece of one: `mac`, `mac:upper`, `mac:head`, `mac:tail`, `mac:first-8`, `sig:unpadded`.
    fn local_value(&self, name: &str) -> Option<String> {
        let (name, piece) = name.split_once(':').map_or((name, None), |(name, piece)| (name, Some(piece)));
        let whole = self.local.get(name)?;
        let half = whole.len() / 2;
        Some(match piece {
            None => whole.clone(),
            Some("unpadded") => whole.trim_end_matches('=').to_owned(),
            Some("upper") => whole.to_ascii_uppercase(),
            Some("head") => whole.get(..half)?.to_owned(),
            Some("tail") => whole.get(half..)?.to_owned(),
            Some(piece) => {
                let kept = piece.strip_prefix("first-")?.parse().ok()?;
                let head = whole.get(..kept)?;
                format!("{head}{}", "0".repeat(whole.len() - kept))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_past_of_its_own() {
        let (one, other) = (Scene::new("n1".to_owned()), Scene::new("n2".to_owned()));
        let past = |scene: &Scene, name: &str| scene.value(name).and_then(|text| text.parse::<i64>().ok());
        let base = past(&one, "past").unwrap();
        assert!((PAST_S..PAST_S + 100_000_000).contains(&base) && base % 1000 == 0, "{base}");
        assert_eq!(past(&one, "past+12"), Some(base + 12));
        let text = one.value("past+1:rfc3339").unwrap();
        assert!(text.starts_with("201") && text.ends_with('Z'), "{text}");
        assert_ne!(past(&other, "past"), Some(base));
        assert_eq!((one.value("past-1"), one.value("past+x")), (None, None));
    }

    #[test]
    fn signatures_come_in_pieces() {
        let mut scene = Scene::new("n".to_owned());
        scene.local.insert("mac".to_owned(), "0123abcd".to_owned());
        for (name, expected) in [
            ("mac", Some("0123abcd")),
            ("mac:upper", Some("0123ABCD")),
            ("mac:head", Some("0123")),
            ("mac:tail", Some("abcd")),
            ("mac:first-6", Some("0123ab00")),
            ("mac:first-99", None),
            ("mac:middle", None),
            ("wrong", None),
            ("nonce", Some("n")),
            ("it.event_id", None),
        ] {
            assert_eq!(scene.value(name).as_deref(), expected, "{name}");
        }
    }
}

//! `dlq show`: one letter, with what helps to find out more.

use serde::Serialize;
use webhook_core::ports::ops::{DeadLetter, DeadLetterQueue};
use webhook_core::unix_time::UnixTime;

use super::cause::advice;
use super::letter::{Summary, envelope};
use super::sweep::Sweep;
use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::text::age;

/// The letter of this id.
pub(super) async fn find<Q: DeadLetterQueue>(
    sweep: &mut Sweep<'_, Q>,
    message_id: &str,
    interrupt: &Interrupt,
) -> Result<DeadLetter, Failure> {
    while !interrupt.asked() {
        let Some(letters) = sweep.next().await? else { break };
        if let Some(letter) = letters.into_iter().find(|letter| letter.message_id == message_id) {
            return Ok(letter);
        }
    }
    Err(Failure::Declined(format!(
        "no letter {message_id} among the {} that can be received now.\nNext: `webhookctl dlq list`; a letter that somebody else \
         holds, or has redriven, is not to be seen.",
        sweep.met()
    )))
}

/// The letter, and what to do about it. Without `Debug`: there may be a body in it.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    letter: Summary,
    advice: &'static str,
    /// The event's body, if it was asked for in so many words.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip)]
    now: UnixTime,
}

impl Shown {
    pub(super) fn new(letter: &DeadLetter, with_body: bool, now: UnixTime) -> Self {
        let body = || match envelope(letter) {
            Some(envelope) => envelope.body,
            None => String::from_utf8_lossy(&letter.body).into_owned(),
        };
        let summary = Summary::of(letter);
        Self { advice: advice(summary.cause), letter: summary, body: with_body.then(body), now }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let letter = &self.letter;
        let mut lines: Vec<(&str, String)> = vec![("message id", letter.message_id.clone())];
        if let Some(at) = letter.sent_at {
            let since = letter.dead_since.clone().unwrap_or_default();
            lines.push(("dead since", format!("{since} ({} ago)", age(at, self.now))));
        }
        lines.push(("cause", letter.cause.to_owned()));
        let optional = [
            ("error", &letter.error_message),
            ("error code", &letter.error_code),
            ("invocation", &letter.request_id),
        ];
        lines.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        match &letter.event {
            Some(event) => lines.extend([
                ("provider", event.provider.to_string()),
                ("event id", event.event_id.clone()),
                ("received", event.received_at.clone()),
                ("raw key", event.raw_key.clone()),
                ("body", format!("{} bytes, not shown", event.body_bytes)),
            ]),
            None => lines.push(("event", letter.what())),
        }
        if let Some(count) = letter.receive_count {
            lines.push(("looked at", format!("{count} times, this one included")));
        }
        let mut text: String = lines.iter().map(|(name, value)| format!("{name:<11} {value}\n")).collect();
        text += &format!("\n{}\n", self.advice);
        if letter.event.is_some() {
            text += &format!(
                "To send it back: webhookctl dlq redrive --message-id {} --wait\n",
                letter.message_id
            );
        }
        if let Some(body) = &self.body {
            // As it is but for what could steer the terminal: it was asked for.
            let safe: String =
                body.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
            text += &format!("\n{safe}\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use webhook_core::twins::ops::MemoryDeadLetterQueue;

    use super::*;

    const ENVELOPE: &str = r#"{"provider":"square","event_id":"ev-1","received_at":1763749990000,"raw_key":"square/2025/11/21/p.ev-1.json","body":"{\"note\":\"secret wish\"}"}"#;

    async fn shown(with_body: bool) -> Shown {
        let queue = MemoryDeadLetterQueue::default();
        queue.send(ENVELOPE, "r-1", "the event cannot be normalized: the currency does not exist");
        let mut sweep = Sweep::new(&queue, Duration::from_secs(30));
        let letter = find(&mut sweep, "message-1", &Interrupt::default()).await.unwrap();
        Shown::new(&letter, with_body, UnixTime::from_secs(1_763_753_601))
    }

    #[tokio::test]
    async fn a_letter_as_people_see_it() {
        let expected = "\
message id  message-1
dead since  2025-11-21T18:33:21Z (1 h 0 min ago)
cause       cannot_normalize
error       the event cannot be normalized: the currency does not exist
error code  200
invocation  r-1
provider    square
event id    ev-1
received    2025-11-21T18:33:10Z
raw key     square/2025/11/21/p.ev-1.json
body        22 bytes, not shown
looked at   1 times, this one included

The event is genuine, but the system cannot make sense of it; redriving it brings it back. Take it to the developers: its body lies under the raw key. Redrive once a version that understands it is deployed.
To send it back: webhookctl dlq redrive --message-id message-1 --wait
";
        assert_eq!(shown(false).await.text(), expected);
    }

    #[tokio::test]
    async fn a_body_comes_only_when_asked_for() {
        let (without, with) = (shown(false).await, shown(true).await);
        assert!(!without.text().contains("secret wish") && with.text().contains("secret wish"));
        let json = |shown: &Shown| serde_json::to_string(shown).unwrap();
        assert!(!json(&without).contains("secret wish") && json(&with).contains("secret wish"));
    }

    #[tokio::test]
    async fn a_letter_that_is_not_there_is_said() {
        let queue = MemoryDeadLetterQueue::default();
        let mut sweep = Sweep::new(&queue, Duration::from_secs(30));
        let failure = find(&mut sweep, "message-9", &Interrupt::default()).await.err().unwrap();
        assert!(failure.to_string().contains("no letter message-9 among the 0"), "{failure}");
    }
}

//! `dlq list`: what lies in the queue, and why, grouped by cause first: that is what decides what to do.

use std::collections::BTreeMap;

use serde::Serialize;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{DeadLetterQueue, QueueDepth};
use webhook_core::unix_time::UnixTime;

use super::cause::advice;
use super::letter::Summary;
use super::sweep::Sweep;
use crate::console::Progress;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::text::{age, count, table};

/// Everything found.
#[derive(Debug, Serialize)]
pub(super) struct Listing {
    /// Letters as the queue counts them: those that could be received, and those that somebody held, when this began.
    visible: u64,
    in_flight: u64,
    /// Whether every letter that could be received is listed.
    complete: bool,
    /// Letters by cause.
    causes: BTreeMap<&'static str, usize>,
    /// The letters, oldest first.
    letters: Vec<Summary>,
    #[serde(skip)]
    now: UnixTime,
}

/// Up to `limit` letters, and whether these are all.
pub(super) async fn read<Q: DeadLetterQueue>(
    sweep: &mut Sweep<'_, Q>,
    limit: usize,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<(Vec<Summary>, bool), PortError> {
    let mut letters = Vec::new();
    while letters.len() < limit && !interrupt.asked() {
        let Some(found) = sweep.next().await? else {
            progress.clear();
            return Ok((letters, true));
        };
        letters.extend(found.iter().map(Summary::of));
        progress.at(|| format!("{} seen", count(letters.len(), "dead letter")));
    }
    progress.clear();
    letters.truncate(limit);
    Ok((letters, false))
}

impl Listing {
    pub(super) fn new(
        depth: QueueDepth,
        (mut letters, complete): (Vec<Summary>, bool),
        interrupted: bool,
        now: UnixTime,
    ) -> Self {
        letters.sort_by(|a, b| (a.sent_at, &a.message_id).cmp(&(b.sent_at, &b.message_id)));
        let mut causes = BTreeMap::new();
        for letter in &letters {
            *causes.entry(letter.cause).or_insert(0) += 1;
        }
        let all_counted = letters.len() as u64 >= depth.visible;
        Self {
            visible: depth.visible,
            in_flight: depth.in_flight,
            complete: !interrupted && (complete || (all_counted && depth.in_flight == 0)),
            causes,
            letters,
            now,
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        if self.letters.is_empty() && self.in_flight == 0 && self.complete {
            return "The dead-letter queue is empty.\n".to_owned();
        }
        let mut text = String::new();
        if !self.letters.is_empty() {
            let rows: Vec<[String; 6]> = self.letters.iter().map(|letter| self.row(letter)).collect();
            text += &table(["MESSAGE ID", "AGE", "PROVIDER", "EVENT ID", "CAUSE", "ERROR"], &rows);
            text.push('\n');
        }
        text += &format!("{} listed", count(self.letters.len(), "dead letter"));
        if !self.complete {
            text += &format!(" of about {}; --limit lists more", self.visible);
        }
        text.push_str(".\n");
        if self.in_flight > 0 {
            text += &format!(
                "{} in flight: somebody else looks at them or redrives them; they are removed, or visible again within minutes.\n",
                self.in_flight
            );
        }
        for (cause, number) in &self.causes {
            text += &format!("{cause} ({number}): {}\n", advice(cause));
        }
        text
    }

    fn row(&self, letter: &Summary) -> [String; 6] {
        let event = letter.event.as_ref();
        [
            letter.message_id.clone(),
            letter.sent_at.map_or_else(|| "?".to_owned(), |at| age(at, self.now)),
            event.map_or_else(|| "-".to_owned(), |event| event.provider.to_string()),
            event.map_or_else(|| "not ours".to_owned(), |event| event.event_id.clone()),
            letter.cause.to_owned(),
            letter.error_message.clone().unwrap_or_else(|| "(none told)".to_owned()),
        ]
    }

    /// Letters are what was asked for, not a finding; but those that could not be seen are unknown.
    pub(super) const fn exit(&self) -> Exit {
        if self.complete && self.in_flight == 0 { Exit::Done } else { Exit::Unclear }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use webhook_core::twins::ops::MemoryDeadLetterQueue;

    use super::*;
    use crate::console::Console;

    const ENVELOPE: &str = r#"{"provider":"stripe","event_id":"evt_1","received_at":1763749990000,"raw_key":"stripe/2025/11/21/pi_1.evt_1.json","body":"{\"email\":\"jane@example.com\"}"}"#;

    async fn listing(queue: &MemoryDeadLetterQueue, limit: usize) -> Listing {
        let mut sweep = Sweep::new(queue, Duration::from_secs(30));
        let depth = queue.depth().await.unwrap();
        let progress = Console::new(true).progress();
        let read = read(&mut sweep, limit, &Interrupt::default(), &progress).await.unwrap();
        sweep.give_back().await;
        Listing::new(depth, read, false, UnixTime::from_secs(1_763_750_125))
    }

    #[tokio::test]
    async fn the_list_as_people_and_programs_see_it() {
        let queue = MemoryDeadLetterQueue::default();
        queue.send(ENVELOPE, "r-1", "dynamodb:PutItem was refused: AccessDeniedException");
        queue.send("{\"foreign\": \"jane@example.com\"}", "r-2", "boom \u{1b}[2J for jane@example.com");
        let listing = listing(&queue, 100).await;
        let expected = "\
MESSAGE ID  AGE         PROVIDER  EVENT ID  CAUSE          ERROR
message-1   2 min 4 s   stripe    evt_1     store_refused  dynamodb:PutItem was refused: AccessDeniedException
message-2   2 min 3 s   -         not ours  unknown        boom \u{fffd}[2J for [email]

2 dead letters listed.
store_refused (1): A store refused the processor: a missing permission, table or bucket. `webhookctl doctor` says which; redrive once it is mended.
unknown (1): An unknown cause. Look for the invocation's id in the processor's log.
";
        // Column widths follow the widest cell.
        assert_eq!(
            listing.text(),
            expected
                .replace("AGE         ", "AGE        ")
                .replace("min 4 s   ", "min 4 s  ")
                .replace("min 3 s   ", "min 3 s  ")
        );
        let json = serde_json::to_value(&listing).unwrap();
        let expected = serde_json::json!({
            "visible": 2, "in_flight": 0, "complete": true, "causes": {"store_refused": 1, "unknown": 1},
            "letters": [
                {"message_id": "message-1", "cause": "store_refused", "error_code": "200",
                 "error_message": "dynamodb:PutItem was refused: AccessDeniedException", "request_id": "r-1",
                 "dead_since": "2025-11-21T18:33:21Z", "receive_count": 1,
                 "event": {"provider": "stripe", "event_id": "evt_1", "received_at": "2025-11-21T18:33:10Z",
                           "raw_key": "stripe/2025/11/21/pi_1.evt_1.json", "body_bytes": 28}},
                {"message_id": "message-2", "cause": "unknown", "error_code": "200",
                 "error_message": "boom \u{fffd}[2J for [email]", "request_id": "r-2",
                 "dead_since": "2025-11-21T18:33:22Z", "receive_count": 1},
            ],
        });
        assert_eq!(json, expected);
        assert_eq!((listing.exit(), queue.hidden()), (Exit::Done, 0));
    }

    #[tokio::test]
    async fn an_empty_queue_is_one_sentence() {
        let listing = listing(&MemoryDeadLetterQueue::default(), 100).await;
        assert_eq!(
            (listing.text().as_str(), listing.exit()),
            ("The dead-letter queue is empty.\n", Exit::Done)
        );
    }

    #[tokio::test]
    async fn what_is_not_seen_is_said() {
        let queue = MemoryDeadLetterQueue::default();
        (0..30).for_each(|_| queue.send(ENVELOPE, "r", "e"));
        let short = listing(&queue, 5).await;
        assert!(
            short.text().contains("5 dead letters listed of about 30; --limit lists more."),
            "{}",
            short.text()
        );
        assert_eq!(short.exit(), Exit::Unclear);
        // Somebody else holds ten of them.
        queue.receive(Duration::from_secs(60)).await.unwrap();
        let rest = listing(&queue, 100).await;
        assert_eq!((rest.letters.len(), rest.exit()), (20, Exit::Unclear));
        assert!(rest.text().contains("10 in flight"), "{}", rest.text());
    }
}

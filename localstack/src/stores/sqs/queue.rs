//! One standard queue: at-least-once delivery with visibility time-outs.
//!
//! Invariant: a message leaves the queue only by being deleted with its latest receipt, or by a purge. Every call
//! costs the logarithm of the queue's length.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Notify;

use super::messages::{Outgoing, Received};

/// A queue's own settings, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) visibility_timeout_s: u32,
    pub(super) delay_s: u32,
    pub(super) receive_wait_s: u32,
    pub(super) retention_s: u32,
    pub(super) message_bytes_max: u32,
}

impl Default for Settings {
    // SQS's own defaults.
    fn default() -> Self {
        Self {
            visibility_timeout_s: 30,
            delay_s: 0,
            receive_wait_s: 0,
            retention_s: 345_600,
            message_bytes_max: 1_048_576,
        }
    }
}

/// How many messages a queue holds, by what they wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Depth {
    /// Can be received now.
    pub(super) visible: usize,
    /// Received and not deleted yet.
    pub(super) in_flight: usize,
    /// Sent with a delay that is not over.
    pub(super) delayed: usize,
}

/// What a successful send tells.
pub(super) struct Sent {
    pub(super) id: String,
}

/// Why a receipt handle was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiptProblem {
    /// Not a handle of this queue.
    Invalid,
    /// The message is not in flight (its time-out ran off, or it is gone).
    NotInFlight,
}

struct Message {
    id: String,
    content: Outgoing,
    sent_ms: u64,
    first_received_ms: Option<u64>,
    receive_count: u32,
    /// When it can be received (again).
    due_ms: u64,
}

#[derive(Default)]
struct State {
    settings: Settings,
    messages: BTreeMap<u64, Message>,
    /// (when due, sequence number) of every message, so that the next one is found at the front.
    due: BTreeSet<(u64, u64)>,
    last_sequence: u64,
}

/// A queue.
pub(super) struct Queue {
    /// When it was made, milliseconds since the epoch.
    pub(super) created_ms: u64,
    state: Mutex<State>,
    arrivals: Notify,
}

impl Queue {
    pub(super) fn new(created_ms: u64) -> Self {
        Self { created_ms, state: Mutex::default(), arrivals: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn settings(&self) -> Settings {
        self.lock().settings
    }

    pub(super) fn change_settings(&self, settings: Settings) {
        self.lock().settings = settings;
    }

    /// Puts a message in; `delay_s` overrides the queue's own.
    pub(super) fn send(&self, content: Outgoing, delay_s: Option<u32>, now_ms: u64) -> Sent {
        let id = uuid::Uuid::new_v4().to_string();
        let mut state = self.lock();
        state.last_sequence += 1;
        let sequence = state.last_sequence;
        let due_ms = now_ms + seconds(delay_s.unwrap_or(state.settings.delay_s));
        let message = Message {
            id: id.clone(),
            content,
            sent_ms: now_ms,
            first_received_ms: None,
            receive_count: 0,
            due_ms,
        };
        state.due.insert((due_ms, sequence));
        state.messages.insert(sequence, message);
        drop(state);
        self.arrivals.notify_waiters();
        Sent { id }
    }

    /// Hands out up to `count` messages and hides them for `visibility_s`.
    pub(super) fn receive(&self, count: usize, visibility_s: Option<u32>, now_ms: u64) -> Vec<Received> {
        let mut state = self.lock();
        let state = &mut *state;
        let hidden_until = now_ms + seconds(visibility_s.unwrap_or(state.settings.visibility_timeout_s));
        let ready: Vec<(u64, u64)> = state.due.range(..=(now_ms, u64::MAX)).take(count).copied().collect();
        let mut received = Vec::with_capacity(ready.len());
        for entry in ready {
            let sequence = entry.1;
            let Some(message) = state.messages.get_mut(&sequence) else { continue };
            state.due.remove(&entry);
            state.due.insert((hidden_until, sequence));
            message.due_ms = hidden_until;
            message.receive_count += 1;
            received.push(Received {
                id: message.id.clone(),
                receipt: write_receipt(sequence, message.receive_count, &message.id),
                body: message.content.body.clone(),
                body_md5: message.content.body_md5.clone(),
                attributes: message.content.attributes.clone(),
                system_attributes: message.content.system_attributes.clone(),
                sent_ms: message.sent_ms,
                first_received_ms: *message.first_received_ms.get_or_insert(now_ms),
                receive_count: message.receive_count,
            });
        }
        received
    }

    /// Deletes the message a receipt stands for. A receipt that a later receive has replaced deletes nothing, and
    /// succeeds, as does one whose message is gone.
    pub(super) fn delete(&self, receipt: &str) -> Result<(), ReceiptProblem> {
        let (sequence, receive_count) = read_receipt(receipt)?;
        let mut state = self.lock();
        let latest =
            state.messages.get(&sequence).is_some_and(|message| message.receive_count == receive_count);
        if latest && let Some(message) = state.messages.remove(&sequence) {
            state.due.remove(&(message.due_ms, sequence));
        }
        Ok(())
    }

    /// Hides a message in flight for `visibility_s` from now; 0 gives it back at once.
    pub(super) fn change_visibility(
        &self,
        receipt: &str,
        visibility_s: u32,
        now_ms: u64,
    ) -> Result<(), ReceiptProblem> {
        let (sequence, receive_count) = read_receipt(receipt)?;
        let mut state = self.lock();
        let state = &mut *state;
        let message = state
            .messages
            .get_mut(&sequence)
            .filter(|message| message.receive_count == receive_count && message.due_ms > now_ms)
            .ok_or(ReceiptProblem::NotInFlight)?;
        state.due.remove(&(message.due_ms, sequence));
        message.due_ms = now_ms + seconds(visibility_s);
        state.due.insert((message.due_ms, sequence));
        self.arrivals.notify_waiters();
        Ok(())
    }

    /// Removes every message.
    pub(super) fn purge(&self) {
        let mut state = self.lock();
        state.messages.clear();
        state.due.clear();
    }

    pub(super) fn depth(&self, now_ms: u64) -> Depth {
        let state = self.lock();
        let mut depth = Depth { visible: state.due.range(..=(now_ms, u64::MAX)).count(), ..Depth::default() };
        for (_, sequence) in state.due.range((now_ms + 1, 0)..) {
            match state.messages.get(sequence) {
                Some(message) if message.receive_count == 0 => depth.delayed += 1,
                _ => depth.in_flight += 1,
            }
        }
        depth
    }

    /// When the first message that is hidden now can be received.
    pub(super) fn next_due_ms(&self) -> Option<u64> {
        self.lock().due.first().map(|(due_ms, _)| *due_ms)
    }

    /// Resolves at the next send; to be made before looking, so that nothing is missed.
    pub(super) fn arrival(&self) -> tokio::sync::futures::Notified<'_> {
        self.arrivals.notified()
    }
}

/// Milliseconds.
fn seconds(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}

fn write_receipt(sequence: u64, receive_count: u32, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{sequence} {receive_count} {id}"))
}

fn read_receipt(receipt: &str) -> Result<(u64, u32), ReceiptProblem> {
    let bytes = URL_SAFE_NO_PAD.decode(receipt).map_err(|_| ReceiptProblem::Invalid)?;
    let text = String::from_utf8(bytes).map_err(|_| ReceiptProblem::Invalid)?;
    let mut parts = text.split(' ');
    let sequence = parts.next().and_then(|part| part.parse().ok());
    let receive_count = parts.next().and_then(|part| part.parse().ok());
    sequence.zip(receive_count).ok_or(ReceiptProblem::Invalid)
}

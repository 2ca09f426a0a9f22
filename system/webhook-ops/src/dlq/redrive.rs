//! `dlq redrive`: invokes the processor with the events of dead letters and removes each letter once its event was taken.
//!
//! Why it is safe to break off anywhere: a letter is removed only after the invocation was acknowledged. Broken off between the two, the
//! event is there twice, in the processor's queue and in the dead-letter queue; the processor keeps one record an event. Why it ends:
//! an event that fails again comes back as a letter that names this run's invocation, and is not sent a second time.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use serde::Serialize;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{DeadLetter, DeadLetterQueue, ProcessorQueue};

use super::letter::{Summary, envelope};
use super::selection::Selection;
use super::sweep::Sweep;
use super::watch;
use crate::console::{Console, Progress};
use crate::exit::{Exit, Failure, next_step};
use crate::interrupt::Interrupt;
use crate::pace::Pace;
use crate::text::count;

/// Invocations at the same time.
const CONCURRENCY: usize = 4;
/// Failures in a row after which going on is no use.
const FAILURES_MAX: usize = 5;

/// A redrive that is about to run.
pub(super) struct Redrive<'a, Q, P> {
    pub(super) queue: &'a Q,
    pub(super) processor: &'a P,
    pub(super) selection: Selection,
    pub(super) dry_run: bool,
    pub(super) pace: Pace,
    pub(super) hold: Duration,
    pub(super) interrupt: &'a Interrupt,
    pub(super) console: Console,
}

/// What became of one letter: a line of the result.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Redriven { letter: &'a Summary, request_id: &'a str },
    WouldRedrive { letter: &'a Summary },
    Left { letter: &'a Summary, why: &'static str },
    Failed { letter: &'a Summary, error: String },
    NotRemoved { letter: &'a Summary, request_id: &'a str, error: String },
    CameBack { letter: &'a Summary },
    Summary(&'a Totals),
}

/// How it went.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Totals {
    /// Letters looked at.
    pub(super) seen: usize,
    /// Events the processor took, their letters removed; in a dry run: that would be sent.
    pub(super) redriven: usize,
    /// Letters that nobody asked for.
    pub(super) not_selected: usize,
    /// Letters that hold no event of this system.
    pub(super) foreign: usize,
    /// Events that failed once more while this ran.
    pub(super) came_back: usize,
    /// Events the processor did not take.
    pub(super) failed: usize,
    /// Events the processor took whose letter is still there: the next redrive sends them again, which is harmless.
    pub(super) not_removed: usize,
    /// Letters that somebody else held when this began.
    pub(super) in_flight: u64,
    /// Letters that were asked for by id and not found.
    pub(super) not_found: Vec<String>,
    /// Somebody broke it off.
    pub(super) interrupted: bool,
    /// Nothing was changed.
    pub(super) dry_run: bool,
    /// Why it stopped early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<String>,
}

/// What happened to a letter that was to be sent.
enum Sent {
    Removed(String),
    Kept(String, PortError),
    Refused(PortError),
    NotTried,
}

impl<Q: DeadLetterQueue, P: ProcessorQueue> Redrive<'_, Q, P> {
    /// Runs it, and watches the queue for `wait` afterwards.
    pub(super) async fn run(&self, wait: Option<Duration>) -> Result<Exit, Failure> {
        if self.hold < Duration::from_secs(1) {
            return Err(Failure::Usage("--hold must be at least 1s".to_owned()));
        }
        let progress = self.console.progress();
        let mut totals = Totals { dry_run: self.dry_run, ..Totals::default() };
        totals.in_flight = self.queue.depth().await?.in_flight;
        let mut ours = BTreeSet::new();
        let mut sweep = Sweep::new(self.queue, self.hold);
        let swept = self.sweep(&mut sweep, &mut totals, &mut ours, &progress).await;
        sweep.give_back().await;
        progress.clear();
        if let Err(error) = swept {
            // Nothing at all was done: the command failed. Otherwise what was done is told.
            if totals.seen == 0 {
                return Err(error.into());
            }
            totals.stopped = Some(format!("{error}; {}", next_step(&error)));
        }
        totals.interrupted = self.interrupt.asked();
        if let Some(patience) = wait.filter(|_| !ours.is_empty() && !totals.interrupted) {
            // The whole queue is looked at again, so those met on the way are found once more.
            totals.came_back = 0;
            for letter in watch::watch(self.queue, &ours, patience, self.interrupt, &progress).await? {
                self.say(&Line::CameBack { letter: &letter });
                totals.came_back += 1;
            }
            totals.interrupted = self.interrupt.asked();
        }
        self.console.object(&Line::Summary(&totals));
        self.console.note(&totals.text());
        Ok(totals.exit())
    }

    async fn sweep(
        &self,
        sweep: &mut Sweep<'_, Q>,
        totals: &mut Totals,
        ours: &mut BTreeSet<String>,
        progress: &Progress,
    ) -> Result<(), PortError> {
        let mut seen = BTreeSet::new();
        let mut failures = 0;
        while !self.interrupt.asked() && totals.stopped.is_none() {
            let Some(letters) = sweep.next().await? else { break };
            let mut wanted = Vec::new();
            for letter in letters {
                totals.seen += 1;
                let summary = Summary::of(&letter);
                seen.insert(summary.message_id.clone());
                match self.why_left(&letter, &summary, ours) {
                    None => wanted.push((letter, summary)),
                    Some("not selected") => totals.not_selected += 1,
                    Some(why) => {
                        totals.foreign += usize::from(why != CAME_BACK);
                        totals.came_back += usize::from(why == CAME_BACK);
                        self.say(&Line::Left { letter: &summary, why });
                    }
                }
            }
            self.send_all(wanted, sweep, totals, ours, &mut failures).await;
            progress
                .at(|| format!("{} seen, {} redriven", count(totals.seen, "dead letter"), totals.redriven));
            if self.selection.is_complete(&seen) {
                break;
            }
        }
        totals.not_found = self.selection.missing(&seen).into_iter().map(str::to_owned).collect();
        Ok(())
    }

    /// Why a letter stays where it is; `None`: it is to be sent.
    fn why_left(
        &self,
        letter: &DeadLetter,
        summary: &Summary,
        ours: &BTreeSet<String>,
    ) -> Option<&'static str> {
        if letter.request_id.as_ref().is_some_and(|id| ours.contains(id)) {
            Some(CAME_BACK)
        } else if !self.selection.takes(summary) {
            Some("not selected")
        } else if envelope(letter).is_none() {
            Some("not an event of this system; it stays in the queue")
        } else {
            None
        }
    }

    async fn send_all(
        &self,
        wanted: Vec<(DeadLetter, Summary)>,
        sweep: &mut Sweep<'_, Q>,
        totals: &mut Totals,
        ours: &mut BTreeSet<String>,
        failures: &mut usize,
    ) {
        if self.dry_run {
            for (_, letter) in &wanted {
                totals.redriven += 1;
                self.say(&Line::WouldRedrive { letter });
            }
            return;
        }
        let mut sending = stream::iter(wanted)
            .map(|(letter, summary)| async move { (self.send(&letter).await, letter.message_id, summary) })
            .buffer_unordered(CONCURRENCY);
        while let Some((sent, message_id, letter)) = sending.next().await {
            match sent {
                Sent::Removed(id) => {
                    *failures = 0;
                    totals.redriven += 1;
                    sweep.forget(&message_id);
                    self.say(&Line::Redriven { letter: &letter, request_id: &id });
                    ours.insert(id);
                }
                Sent::Kept(id, error) => {
                    totals.not_removed += 1;
                    self.say(&Line::NotRemoved {
                        letter: &letter,
                        request_id: &id,
                        error: error.to_string(),
                    });
                    ours.insert(id);
                }
                Sent::Refused(error) => {
                    *failures += 1;
                    totals.failed += 1;
                    self.say(&Line::Failed { letter: &letter, error: error.to_string() });
                    if *failures >= FAILURES_MAX || matches!(error, PortError::Refused { .. }) {
                        totals.stopped = Some(format!("{error}; {}", next_step(&error)));
                    }
                }
                Sent::NotTried => {}
            }
        }
    }

    async fn send(&self, letter: &DeadLetter) -> Sent {
        self.pace.turn().await;
        if self.interrupt.asked() {
            return Sent::NotTried;
        }
        match self.processor.invoke(letter.body.clone()).await {
            Err(error) => Sent::Refused(error),
            Ok(id) => match self.queue.delete(&letter.receipt).await {
                Ok(()) => Sent::Removed(id),
                Err(error) => Sent::Kept(id, error),
            },
        }
    }

    fn say(&self, line: &Line<'_>) {
        self.console.object(line);
        if !self.console.is_json() {
            self.console.result(&line.text());
        }
    }
}

const CAME_BACK: &str = "it failed again while this ran";

impl Line<'_> {
    fn text(&self) -> String {
        match self {
            Self::Redriven { letter, .. } => {
                format!("redriven       {}  {}\n", letter.message_id, letter.what())
            }
            Self::WouldRedrive { letter } => {
                format!("would redrive  {}  {} ({})\n", letter.message_id, letter.what(), letter.cause)
            }
            Self::Left { letter, why } => {
                format!("left           {}  {}: {why}\n", letter.message_id, letter.what())
            }
            Self::Failed { letter, error } => {
                format!("FAILED         {}  {}: {error}\n", letter.message_id, letter.what())
            }
            Self::NotRemoved { letter, error, .. } => {
                format!("NOT REMOVED    {}  {}: sent, but {error}\n", letter.message_id, letter.what())
            }
            Self::CameBack { letter } => {
                format!("CAME BACK      {}  {} ({})\n", letter.message_id, letter.what(), letter.cause)
            }
            Self::Summary(_) => String::new(),
        }
    }
}

impl Totals {
    /// For people.
    fn text(&self) -> String {
        let verb = if self.dry_run { "would be redriven" } else { "redriven" };
        let mut text = format!("{} seen, {} {verb}", count(self.seen, "dead letter"), self.redriven);
        let parts = [
            (self.not_selected, "not selected"),
            (self.foreign, "not of this system and left in the queue"),
            (self.failed, "not taken by the processor and left in the queue"),
            (self.not_removed, "sent but still in the queue (sending them again is harmless)"),
            (self.came_back, "came back"),
        ];
        for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
            text += &format!(", {number} {what}");
        }
        text.push('.');
        if !self.not_found.is_empty() {
            text += &format!("\nNot found: {}.", self.not_found.join(", "));
        }
        if self.in_flight > 0 {
            text += &format!(
                "\n{} more were in flight: somebody else held them. Run this again in a few minutes to be sure of them.",
                self.in_flight
            );
        }
        if self.interrupted {
            text += "\nBroken off; every other letter was given back. Run the same command again to go on.";
        }
        if let Some(why) = &self.stopped {
            text += &format!("\nStopped: {why}");
        }
        if self.dry_run {
            text +=
                "\nNothing was changed (letters were received and given back, which counts as a receive).";
        }
        text
    }

    pub(super) fn exit(&self) -> Exit {
        let findings = self.foreign + self.failed + self.not_removed + self.came_back + self.not_found.len();
        if self.stopped.is_some() && self.redriven == 0 {
            Exit::Unavailable
        } else if findings > 0 || self.stopped.is_some() {
            Exit::Findings
        } else if self.interrupted || self.in_flight > 0 {
            Exit::Unclear
        } else {
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests;

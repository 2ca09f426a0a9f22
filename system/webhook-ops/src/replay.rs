//! `replay`: processes raw bodies once more, of a provider and a span of time. For records that were lost or never made: the processor
//! keeps what is there, so a replay adds what is missing and changes nothing else.
//!
//! Invariant: only what lies under the provider's own prefix is replayed, and only if its body is the event that its key says; what PayPal has
//! not confirmed lies under another prefix and is never touched.

mod span;
mod stream;

use std::num::NonZeroUsize;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use serde::Serialize;
use webhook_aws::ops::Ops;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{ObjectHead, ProcessorQueue, RawArchive, RawObject};
use webhook_core::provider::Provider;
use webhook_core::replay::envelope;

use crate::cli::Common;
use crate::console::Console;
use crate::exit::{Exit, Failure, next_step};
use crate::interrupt::Interrupt;
use crate::pace::{Pace, Rate};
use crate::target::Deployment;
use crate::text::{count, shown};
use span::Span;

/// Largest object read: a webhook's body has at most 256 KiB.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Failures in a row after which going on is no use.
const FAILURES_MAX: usize = 5;

/// Which time is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The event's own date, in UTC: whole days, as the keys have it
    Event,
    /// When it was received
    Received,
}

/// Flags of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Whose events
    #[arg(long)]
    provider: Provider,

    /// First day (2025-11-20), or with --by received also a time (2025-11-20T18:00:00Z)
    #[arg(long, value_name = "TIME")]
    from: String,

    /// Last day, included; or with --by received the time before which
    #[arg(long, value_name = "TIME")]
    to: String,

    /// What --from and --to mean
    #[arg(long, value_enum, default_value_t = By::Event)]
    by: By,

    /// With --by received: events may be so many days older than their delivery
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=400))]
    lookback_days: u16,

    /// Events a second
    #[arg(long, value_name = "N/s", default_value = "50/s")]
    rate: Rate,

    /// Objects under way at the same time
    #[arg(long, value_name = "N", default_value = "8", value_parser = concurrency)]
    concurrency: NonZeroUsize,

    /// Go on after this key, the last one done as an earlier run told it
    #[arg(long, value_name = "KEY")]
    resume_from: Option<String>,
}

fn concurrency(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= 64);
    number.ok_or_else(|| "expected a number from 1 to 64".to_owned())
}

/// Runs it.
pub(crate) async fn run(
    args: &ReplayArgs,
    common: &Common,
    deployment: &Deployment,
    ops: &Ops,
    console: Console,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let span = Span::new(args.provider, &args.from, &args.to, args.by, args.lookback_days)
        .map_err(Failure::Usage)?;
    if let Some(key) = args.resume_from.as_deref().filter(|key| !span.may_hold(key)) {
        return Err(Failure::Usage(format!(
            "--resume-from {}: no key of this replay; keys look like {}…",
            shown(key, 200),
            span.prefixes().first().map_or("", String::as_str)
        )));
    }
    let (archive, processor) = (ops.archive(&deployment.raw_bucket), ops.processor(&deployment.processor()));
    let replay = Replay {
        archive: &archive,
        processor: &processor,
        span,
        after: args.resume_from.clone(),
        dry_run: common.dry_run,
        pace: Pace::new(args.rate),
        concurrency: args.concurrency.get(),
        interrupt,
        console,
    };
    let totals = replay.run().await?;
    console.object(&Line::Summary(&totals));
    console.note(&totals.text());
    Ok(totals.exit())
}

/// A replay that is about to run.
struct Replay<'a, A, P> {
    archive: &'a A,
    processor: &'a P,
    span: Span,
    after: Option<String>,
    dry_run: bool,
    pace: Pace,
    concurrency: usize,
    interrupt: &'a Interrupt,
    console: Console,
}

/// What became of one object: a line of the result.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Replayed { key: &'a str, event_id: &'a str, request_id: &'a str },
    WouldReplay { key: &'a str, event_id: &'a str },
    Skipped { key: &'a str, why: &'a str },
    Failed { key: &'a str, error: String },
    Summary(&'a Totals),
}

/// How it went.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Totals {
    /// Objects in the span.
    seen: usize,
    /// Events the processor took; in a dry run: that would be sent.
    replayed: usize,
    /// Objects that are no event, or not the one their key says.
    skipped: usize,
    /// Objects that could not be read, or that the processor did not take.
    failed: usize,
    /// Last key up to which everything was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_key: Option<String>,
    /// Somebody broke it off.
    interrupted: bool,
    /// Nothing was changed.
    dry_run: bool,
    /// Why it stopped early.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

/// What happened to an object.
enum Done {
    Replayed { event_id: String, request_id: String },
    WouldReplay { event_id: String },
    Skipped(String),
    Failed(PortError),
    NotTried,
}

impl<A: RawArchive, P: ProcessorQueue> Replay<'_, A, P> {
    async fn run(&self) -> Result<Totals, Failure> {
        let progress = self.console.progress();
        let mut totals = Totals { dry_run: self.dry_run, ..Totals::default() };
        let heads = stream::heads(self.archive, self.span.prefixes().to_vec(), self.after.clone());
        // In the order of keys, so that everything up to the last key told is done.
        let mut objects = Box::pin(
            heads
                .filter(|head| {
                    let wanted = head.as_ref().map_or(true, |head| self.span.takes(head));
                    std::future::ready(wanted)
                })
                .take_until(self.interrupt.wait())
                .map(|head| async move {
                    match head {
                        Ok(head) => Ok((self.object(&head).await, head.key)),
                        Err(error) => Err(error),
                    }
                })
                .buffered(self.concurrency),
        );
        let (mut gap, mut failures) = (false, 0);
        while let Some(object) = objects.next().await {
            let (done, key) = match object {
                Ok(object) => object,
                Err(error) if totals.seen == 0 => return Err(error.into()),
                Err(error) => {
                    totals.stopped = Some(format!("{error}; {}", next_step(&error)));
                    break;
                }
            };
            self.count(&mut totals, &done, &key);
            failures = if matches!(done, Done::Failed(_)) { failures + 1 } else { 0 };
            gap |= matches!(done, Done::Failed(_) | Done::NotTried);
            if !gap {
                totals.last_key = Some(key);
            }
            if let Done::Failed(error) = done
                && (failures >= FAILURES_MAX || matches!(error, PortError::Refused { .. }))
            {
                totals.stopped = Some(format!("{error}; {}", next_step(&error)));
                break;
            }
            progress.at(|| {
                let last = totals.last_key.as_deref().unwrap_or_default();
                format!("{} replayed, {last}", count(totals.replayed, "event"))
            });
        }
        progress.clear();
        totals.interrupted = self.interrupt.asked();
        Ok(totals)
    }

    async fn object(&self, head: &ObjectHead) -> Done {
        if self.interrupt.asked() {
            return Done::NotTried;
        }
        let body = match self.archive.read(&head.key, BODY_BYTES_MAX).await {
            Ok(RawObject::Body(body)) => body,
            Ok(RawObject::Missing) => return Done::Skipped("it is gone since it was listed".to_owned()),
            Ok(RawObject::TooLarge) => return Done::Skipped("it is larger than any webhook".to_owned()),
            Ok(RawObject::Archived) => {
                return Done::Skipped(
                    "it is archived; restore it (aws s3api restore-object) and replay again".to_owned(),
                );
            }
            Err(error) => return Done::Failed(error),
        };
        // Bound to its key: what is not the event that the key says was not written by this system, or was changed.
        let envelope = match envelope(self.span.provider(), &head.key, body, head.written_at) {
            Ok(envelope) => envelope,
            Err(reject) => {
                return Done::Skipped(shown(&format!("it is no event of this key: {reject}"), 200));
            }
        };
        let event_id = shown(&envelope.event_id, 128);
        let Ok(event) = serde_json::to_vec(&envelope).map(Bytes::from) else {
            return Done::Skipped("its envelope cannot be written".to_owned());
        };
        if self.dry_run {
            return Done::WouldReplay { event_id };
        }
        self.pace.turn().await;
        if self.interrupt.asked() {
            return Done::NotTried;
        }
        match self.processor.invoke(event).await {
            Ok(request_id) => Done::Replayed { event_id, request_id },
            Err(error) => Done::Failed(error),
        }
    }

    fn count(&self, totals: &mut Totals, done: &Done, key: &str) {
        let key = &shown(key, 1024);
        totals.seen += usize::from(!matches!(done, Done::NotTried));
        let line = match done {
            Done::Replayed { event_id, request_id } => {
                totals.replayed += 1;
                Line::Replayed { key, event_id, request_id }
            }
            Done::WouldReplay { event_id } => {
                totals.replayed += 1;
                Line::WouldReplay { key, event_id }
            }
            Done::Skipped(why) => {
                totals.skipped += 1;
                Line::Skipped { key, why }
            }
            Done::Failed(error) => {
                totals.failed += 1;
                Line::Failed { key, error: error.to_string() }
            }
            Done::NotTried => return,
        };
        self.console.object(&line);
        self.console.result(&line.text());
    }
}

impl Line<'_> {
    fn text(&self) -> String {
        match self {
            // Of a million events only what is not as it should be is worth a line.
            Self::Replayed { .. } | Self::Summary(_) => String::new(),
            Self::WouldReplay { key, .. } => format!("would replay  {key}\n"),
            Self::Skipped { key, why } => format!("skipped       {key}: {why}\n"),
            Self::Failed { key, error } => format!("FAILED        {key}: {error}\n"),
        }
    }
}

impl Totals {
    /// For people.
    fn text(&self) -> String {
        let verb = if self.dry_run { "would be replayed" } else { "replayed" };
        let mut text = format!("{} seen, {} {verb}", count(self.seen, "object"), self.replayed);
        for (number, what) in [(self.skipped, "skipped"), (self.failed, "failed")] {
            if number > 0 {
                text += &format!(", {number} {what}");
            }
        }
        text.push('.');
        if let Some(why) = &self.stopped {
            text += &format!("\nStopped: {why}");
        }
        if (self.interrupted || self.stopped.is_some() || self.failed > 0)
            && let Some(key) = &self.last_key
        {
            text += &format!(
                "\nEverything is done up to and including {key}\nTo go on: the same command with --resume-from '{key}'"
            );
        } else if self.interrupted {
            text += "\nBroken off before anything was done up to the end; run the same command again.";
        }
        if self.dry_run {
            text += "\nNothing was changed.";
        } else if self.replayed > 0 {
            text += "\nThe processor works on them now; `webhookctl dlq list` shows any it cannot process.";
        }
        text
    }

    const fn exit(&self) -> Exit {
        if self.stopped.is_some() && self.replayed == 0 {
            Exit::Unavailable
        } else if self.failed > 0 || self.skipped > 0 || self.stopped.is_some() {
            Exit::Findings
        } else if self.interrupted {
            Exit::Unclear
        } else {
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests;

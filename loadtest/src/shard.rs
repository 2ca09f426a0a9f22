//! One run on many machines: which part of the common schedule is this one's, and when all begin.
//!
//! Every machine draws the whole schedule from plan, seed and group, and carries out its share of it. So the shards together are
//! the run that one machine would have made: the same events at the same moments, none of them twice. A repetition goes to the
//! machine that sends the original.

use std::str::FromStr;

use clap::Args;
use ledger::entry::digest;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::unix_ms;
use crate::exit::Failure;
use crate::plan::{Arrival, Plan};

/// Most machines that share a run.
const SHARDS_MAX: u32 = 10_000;
/// Longest name of a group.
const GROUP_MAX: usize = 64;

/// The flags of a run that many machines share.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "On many machines")]
pub struct ShardFlags {
    /// This machine's part of the run: the I-th of N, from 1; every machine gets all other flags alike
    #[arg(long, value_name = "I/N", requires = "shard_group", requires = "start_at")]
    pub shard: Option<Shard>,

    /// Name of the run that the machines share: event ids depend on it, so that each run needs another one
    #[arg(long, value_name = "NAME", value_parser = group, requires = "shard")]
    pub shard_group: Option<String>,

    /// When all begin: RFC 3339 or Unix seconds, late enough for every machine to be ready
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "shard")]
    pub start_at: Option<i64>,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether the thing of this number, from 0, is this shard's.
    #[must_use]
    pub const fn owns(self, number: u64) -> bool {
        number % self.of as u64 == (self.number - 1) as u64
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if (1..=SHARDS_MAX).contains(&of) && (1..=of).contains(&number) => {
                Ok(Self { number, of })
            }
            Some((number, of)) if (1..=SHARDS_MAX).contains(&of) => {
                Err(format!("there is no shard {number} of {of}: they are numbered from 1 to {of}"))
            }
            Some((_, of)) => Err(format!("a run is shared by 1 to {SHARDS_MAX} machines, not by {of}")),
            None => Err("expected I/N, e.g. 1/4 for the first of four machines".to_owned()),
        }
    }
}

/// A shard with all that makes it one: its run's name, and when that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing<'a> {
    /// Which part.
    pub shard: Shard,
    /// Of which run.
    pub group: &'a str,
    /// When all begin, Unix milliseconds.
    pub start_ms: i64,
}

impl ShardFlags {
    /// What is shared, if anything is.
    #[must_use]
    pub fn sharing(&self) -> Option<Sharing<'_>> {
        let (shard, group, start_ms) = (self.shard?, self.shard_group.as_deref()?, self.start_at?);
        Some(Sharing { shard, group, start_ms })
    }

    /// Refuses what machines cannot do together.
    pub fn check(&self, plan: &Plan, started_for_the_run: bool) -> Result<(), Failure> {
        let Some(sharing) = self.sharing() else { return Ok(()) };
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        if started_for_the_run {
            return usage(
                "--shard needs a target that runs already and that all machines reach: --target aws, --target url, or --ready-file; one \
                 that is started for the run would be another one on each machine",
            );
        }
        if plan.arrival == Arrival::Max {
            return usage("--shard goes with a rate: --rate max has no schedule that machines could share");
        }
        if plan.rotate_secrets_at_s.is_some() {
            return usage(
                "a rotation makes new secrets that only one machine would know: leave --rotate-secrets out of a run with --shard",
            );
        }
        // Faults and a redrive go with a target that is started for the run, and so are refused already.
        if plan.retries.is_some() {
            return usage(
                "a plan's [retries] cannot be shared yet: how the system came back is judged over the events of all machines, and \
                 `reports merge` does not",
            );
        }
        if !plan.floods().is_empty() {
            return usage(
                "a plan with a flood (a phase with its own share of forgeries) cannot be shared yet: its latency is judged over all \
                 machines, and `reports merge` does not",
            );
        }
        if sharing.start_ms <= unix_ms() {
            return Err(late(sharing.start_ms));
        }
        Ok(())
    }
}

/// What to say if the common start has passed.
#[must_use]
pub fn late(start_ms: i64) -> Failure {
    #[expect(clippy::cast_precision_loss, reason = "a time within this century")]
    let ago_s = (unix_ms() - start_ms) as f64 / 1000.0;
    Failure::Usage(format!(
        "this machine is not ready for the common start, which was {ago_s:.1} s ago: the others have begun without it\nNext: start all of them \
         again with a later --start-at and another --shard-group."
    ))
}

/// Digest of everything that the schedule follows from, but for the seed: equal on all machines of one run.
#[must_use]
pub fn schedule(plan: &Plan) -> String {
    format!("{:016x}", digest(format!("{plan:?}").as_bytes()))
}

fn group(text: &str) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if text.is_empty() || text.len() > GROUP_MAX || !plain {
        return Err(format!("expected 1 to {GROUP_MAX} letters, digits, `-`, `_` or `.`"));
    }
    Ok(text.to_owned())
}

/// RFC 3339 or Unix seconds, as Unix milliseconds.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(i64::from(seconds) * 1000);
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "expected a time as 2026-11-30T12:00:00Z, or Unix seconds".to_owned())?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map_err(|_| "no such time".to_owned())
}

#[cfg(test)]
mod tests;

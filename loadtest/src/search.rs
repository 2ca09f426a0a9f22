//! `loadtest search`: the highest rate that holds the objective, found by trials on one target.
//!
//! [`strategy`] says which rate to try next, a trial is a run like any other with its record in the search's folder, and
//! [`record`] draws the conclusions: the [`limit`] with its interval, the scalability [`law`], the [`knee`].
//!
//! Invariants: the target comes to rest between two trials; event ids differ from trial to trial; a hole in the ledger at any rate
//! fails the search; where the generator was the limit, no verdict is given.

pub mod flags;
pub mod knee;
pub mod law;
pub mod limit;
pub mod record;
pub mod strategy;
mod verdict;

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

pub use flags::Flags;
use reports::figures::count;
use reports::record::Run;
use reports::search::{FORMAT, Search, Trial};

use self::record::{End, conclude, objective, observations};
use self::strategy::{Bounds, Step, next};
use crate::cli::{Args, command, enough_users};
use crate::clock::Start;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::preflight::total;
use crate::record::{Asked, plan_summary};
use crate::run::{plan_for_target, run_dir, run_on, target_name};
use crate::target::Target;
use crate::terminal::{Ink, Terminal};
use crate::{host, interrupt};

/// How long a target may work off a trial's backlog.
const REST: Duration = Duration::from_secs(180);
/// What draining and writing take beside a trial's own time, as far as it can be told beforehand.
const BESIDE: Duration = Duration::from_secs(3);
/// Trials without a word at one rate, after which the search ends.
const SILENT: usize = 2;

/// Searches, writes the record, says what was found.
///
/// # Errors
/// The flags, the plan, the target, or this program; also when the target cannot be closed after a search.
pub async fn run(flags: &Flags, terminal: Terminal) -> Result<Exit, Failure> {
    let args = &flags.args;
    let bounds = flags.bounds()?;
    let plan = plan_for_target(args, terminal)?;
    enough_users(args.users, &plan)?;
    // A plan that does not work at either end is told before anything is started.
    let first = flags::trial(&plan, rate_of(bounds.from), args.duration)?;
    flags::trial(&plan, rate_of(bounds.to), args.duration)?;
    let (id, dir) = run_dir(&args.out, &target_name(args), "search")?;
    let began = format!(
        "search from {} to {} a minute, {} plan, seed {}",
        bounds.from, bounds.to, plan.name, args.seed
    );
    terminal.note(&format!("{}  {began}, {} users", terminal.ink(Ink::Strong, "loadtest"), args.users));
    let told = match flags.budget() {
        None => first.clone(),
        Some(budget) => {
            terminal.note(&format!(
                "a search on AWS ends before it has sent more than {} webhooks; what is told now is the most that it may come to",
                count(budget)
            ));
            flags::whole(&first, budget, flags.at_most)?
        }
    };
    let opened = tokio::select! {
        opened = Target::open(args, &told, &dir, terminal) => opened,
        () = interrupt::wait() => Err(Failure::Interrupted),
    };
    // Leaves the folder alone if there is a log in it.
    let mut target = opened.inspect_err(|_| drop(std::fs::remove_dir(&dir)))?;
    // What an alarm says of one trial is of no use, and waiting for it would take longer than the trial.
    target.alarms = None;
    terminal.note(&format!("target up at {}", target.base_url));
    let start = Start::after(Duration::ZERO);
    let course = Course { flags, bounds, plan, id: &id, dir: &dir, target: &target, terminal };
    let followed = Box::pin(course.follow()).await;
    let name = target.name.clone();
    let closed = target.close().await;
    let (trials, end) = followed?;
    let search = search(args, &first, (&id, &name), start, trials, &end);
    let files =
        reports::search::write_all(&dir, &search).map_err(|error| Failure::Report(error.to_string()))?;
    if args.json {
        terminal.result(&reports::search::summary(&search));
    }
    terminal.note(&verdict::text(&search, &files, terminal));
    closed.inspect_err(|error| terminal.note(&format!("{} {error}", terminal.ink(Ink::Bad, "error:")))).ok();
    Ok(Exit::from(search.verdict))
}

/// What a search goes by.
struct Course<'a> {
    flags: &'a Flags,
    bounds: Bounds,
    plan: Plan,
    id: &'a str,
    dir: &'a Path,
    target: &'a Target,
    terminal: Terminal,
}

impl Course<'_> {
    /// Runs trials until nothing more would be learnt, or it must end.
    async fn follow(&self) -> Result<(Vec<Trial>, End), Failure> {
        let began = Instant::now();
        let mut trials: Vec<Trial> = Vec::new();
        let mut left = self.flags.budget();
        loop {
            let rate = match next(&self.bounds, &observations(&trials)) {
                Step::Done(_) => return Ok((trials, End::Complete)),
                Step::Try(rate) => rate,
            };
            if interrupt::asked() {
                return Ok((trials, End::Interrupted));
            }
            let plan = flags::trial(&self.plan, rate_of(rate), self.flags.args.duration)?;
            if began.elapsed() + plan.length() + BESIDE > self.flags.at_most {
                return Ok((trials, End::OutOfTime));
            }
            if let Some(left) = &mut left {
                match left.checked_sub(total(&plan)) {
                    Some(rest) => *left = rest,
                    None => return Ok((trials, End::OutOfBudget)),
                }
            }
            let number = u32::try_from(trials.len() + 1).unwrap_or(u32::MAX);
            let (run, rested) = self.run_trial(number, rate, &plan).await?;
            let trial = record::trial(number, &run, rested);
            self.terminal.note(&verdict::line(&trial, self.terminal));
            trials.push(trial);
            if let Some(end) = end_after(&trials, rate, rested) {
                return Ok((trials, end));
            }
        }
    }

    /// One run at one rate, and whether the target came to rest after it.
    async fn run_trial(&self, number: u32, rate: u64, plan: &Plan) -> Result<(Run, bool), Failure> {
        let mut args = self.flags.args.clone();
        args.seed = args.seed.wrapping_add(u64::from(number - 1));
        args.json = false;
        let (id, dir) = run_dir(self.dir, &self.target.name, &plan.name)?;
        self.terminal.note(&format!("trial {number}: {rate} a minute for {:.0} s", plan.duration_s()));
        let patience = self.target.patience().at_most;
        let at_most = if self.target.idle().is_some() { patience.max(REST) } else { patience };
        let asked = Asked {
            args: &args,
            plan,
            id: &id,
            events: Some(&format!("{}-{number}", self.id)),
            command: Some(&trial_command(std::env::args_os(), rate, plan.duration_s(), args.seed)),
            quiet_at_most: Some(at_most),
        };
        let run = Box::pin(run_on(asked, &dir, self.target, self.terminal)).await?;
        let rested = run.drain_s < at_most.as_secs_f64();
        Ok((run, rested))
    }
}

/// Why the search must end after its last trial, if it must.
fn end_after(trials: &[Trial], rate: u64, rested: bool) -> Option<End> {
    let last = trials.last()?;
    if !last.hole.is_empty() {
        return Some(End::Hole);
    }
    if interrupt::asked() {
        return Some(End::Interrupted);
    }
    if !rested {
        return Some(End::Restless);
    }
    let here = trials.iter().filter(|trial| (trial.offered_per_min - rate_of(rate)).abs() < 0.5);
    let silent = here.filter(|trial| trial.held.is_none()).count() >= SILENT;
    (last.held.is_none() && silent).then_some(if last.generator.saturated {
        End::Saturated(rate)
    } else {
        End::Silent(rate)
    })
}

/// The record.
fn search(
    args: &Args,
    first: &Plan,
    (id, target): (&str, &str),
    start: Start,
    trials: Vec<Trial>,
    end: &End,
) -> Search {
    let host = host::host();
    let bracket = strategy::bracket(&observations(&trials));
    let found = conclude(&trials, bracket, end, host.cpus);
    Search {
        format: FORMAT.to_owned(),
        id: id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build_profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
        started_at: start.text(Duration::ZERO),
        finished_at: start.text(start.elapsed()),
        target: target.to_owned(),
        plan: plan_summary(first),
        seed: args.seed,
        users: args.users,
        command: command(std::env::args_os(), args.seed),
        host,
        interrupted: *end == End::Interrupted,
        objective: objective(),
        trials,
        limit: found.limit,
        law: found.law,
        knee: found.knee,
        findings: found.findings,
        exit_code: Exit::from(found.verdict).code(),
        verdict: found.verdict,
    }
}

/// The command that repeats one trial: the search's, without what only a search has, at the trial's rate.
fn trial_command(words: impl Iterator<Item = OsString>, rate: u64, duration_s: f64, seed: u64) -> String {
    const DROPPED: [&str; 8] =
        ["--from", "--to", "--precision", "--repeats", "--at-most", "--duration", "--seed", "--out"];
    let mut kept = Vec::new();
    let mut words = words.enumerate();
    while let Some((number, word)) = words.next() {
        let text = word.to_string_lossy();
        let name = text.split('=').next().unwrap_or_default();
        if DROPPED.contains(&name) {
            if !text.contains('=') {
                words.next();
            }
        } else if number == 0 || (text != "search" && text != "--json") {
            kept.push(word);
        }
    }
    let own = [format!("--rate={rate}"), format!("--duration={duration_s}s"), format!("--seed={seed}")];
    command(kept.into_iter().chain(own.map(OsString::from)), seed)
}

#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
const fn rate_of(rate: u64) -> f64 {
    rate as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_can_be_repeated_alone() {
        let words = "/somewhere/loadtest search --from 3000 --to=9000 --users 50 --duration 9s --json --seed 4 --out o";
        let command = trial_command(words.split(' ').map(OsString::from), 6_000, 11.0, 5);
        assert_eq!(command, "cargo run -p loadtest -- --users 50 --rate=6000 --duration=11s --seed=5");
    }
}

//! Runs of many machines as one: the shards' ledgers joined, their histograms added, and the whole judged anew.
//!
//! Invariant: the record that comes out is the one that a single machine would have written, had it sent everything. What every
//! shard's ledger holds is computed again from all entries together; only what no ledger holds (the generators' own lateness, queries,
//! CPU) is added up from the shards' own records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::ledger::file::{LEDGER_BIN, Part};
use ::ledger::index::Index;
use ::ledger::judge::{Facts, Judgement, judge};
use ::ledger::measure::Measured;
use ::ledger::reconcile::{Reconciled, reconcile};
use ::ledger::shards::{ShardError, Shards};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::latency::{HlogError, QUERIES, Recorder, SEND_LAG, Series, read_hlog};
use crate::read::{RUN_JSON, ReadError, read_run};
use crate::record::{FunctionUse, Generator, Host, Latency, Merged, Queries, Run};
use crate::verdict::Exit;
use crate::write::{Files, WriteError, write_all};

const LATENCY_HLOG: &str = "latency.hlog";

/// Why runs cannot be merged. Every one of these is for the person who named the folders.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A record cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ledgers are not those of one run.
    #[error(transparent)]
    Shards(#[from] ShardError),
    /// A run that is all of it.
    #[error("{path} is no shard of a run: merge what `loadtest --shard` wrote")]
    NoShard {
        /// Its folder.
        path: PathBuf,
    },
    /// A record beside another run's ledger.
    #[error("{path}: record and ledger are not of the same shard; copy the folder again")]
    Mixed {
        /// Their folder.
        path: PathBuf,
    },
    /// The machines did not do the same.
    #[error("{one} and {other} are not of one run: their {what} differ")]
    Strangers {
        /// The first folder.
        one: PathBuf,
        /// Another one.
        other: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// Not all are there.
    #[error("{} of {of} shards are missing: {}\nNext: fetch their folders, or merge the others with --partial for a report without a pass.",
        .numbers.len(), list(.numbers))]
    Missing {
        /// Numbers of those that are not.
        numbers: Vec<u32>,
        /// How many there should be.
        of: u32,
    },
    /// Histograms cannot be read.
    #[error("{path}: {source}")]
    Histograms {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: HlogError,
    },
    /// The result would take a shard's place.
    #[error("--out {path} is the folder of a shard: choose another one, or its record is lost")]
    OutIsShard {
        /// That folder.
        path: PathBuf,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// One machine's folder.
struct ShardRun {
    dir: PathBuf,
    run: Run,
}

/// Merges the shards in these folders, and writes the whole run's folder. A folder without a record stands for the folders in it.
/// Missing shards are an error, unless a part is enough: then there is no pass.
///
/// # Errors
/// See [`MergeError`].
pub fn merge(dirs: &[PathBuf], out: &Path, partial: bool) -> Result<(Run, Files), MergeError> {
    let mut runs = read_all(dirs)?;
    runs.sort_by_key(|one| one.run.shard.as_ref().map(|shard| shard.number));
    let ledgers: Vec<PathBuf> = runs.iter().map(|one| one.dir.join(LEDGER_BIN)).collect();
    let mut shards = Shards::open(&ledgers)?;
    let parts = shards.parts().to_vec();
    belong_together(&runs, &parts)?;
    let missing = shards.missing();
    if let (false, Some(part), false) = (missing.is_empty(), parts.first(), partial) {
        return Err(MergeError::Missing { numbers: missing, of: part.of });
    }
    if let Some(shard) = runs.iter().find(|one| same_folder(&one.dir, out)) {
        return Err(MergeError::OutIsShard { path: shard.dir.clone() });
    }
    let [send_lag, queries] = added(&runs)?;
    let entries = shards.take_entries();
    let index = Index::new(&entries);
    let observed = shards.observe(&index)?;
    let (first, part) = match (runs.first(), parts.first()) {
        (Some(first), Some(part)) => (&first.run, part),
        _ => return Err(ShardError::None.into()),
    };
    let warmup = Duration::from_secs_f64(first.plan.warmup_s);
    let duration_s = runs.iter().map(|one| one.run.duration_s).fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run lasts at most a day")]
    let measured = Measured::of(&entries, warmup, duration_s.ceil() as u32);
    let whole = Whole {
        first,
        part,
        runs: &runs,
        parts: &parts,
        missing,
        duration_s,
        measured: &measured,
        send_lag: &send_lag,
        queries: &queries,
    };
    let facts = whole.facts(reconcile(&observed, part.started_ms), observed.trouble.clone());
    let judgement = judge(&facts);
    let run = whole.record(&facts, judgement);
    let files = write_all(out, &run, &whole.series())?;
    Ok((run, files))
}

fn read_all(dirs: &[PathBuf]) -> Result<Vec<ShardRun>, MergeError> {
    let mut all = Vec::new();
    for dir in dirs {
        for dir in folders(dir) {
            let run = read_run(&dir)?;
            if run.shard.is_none() {
                return Err(MergeError::NoShard { path: dir });
            }
            all.push(ShardRun { dir, run });
        }
    }
    Ok(all)
}

/// The folder itself, or those in it that hold a record.
fn folders(dir: &Path) -> Vec<PathBuf> {
    let holds_record = |dir: &Path| dir.join(RUN_JSON).is_file();
    if holds_record(dir) {
        return vec![dir.to_owned()];
    }
    let inside = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut inside: Vec<_> = inside.filter(|path| holds_record(path)).collect();
    inside.sort();
    // Without any, reading the folder's own record says what is wrong.
    if inside.is_empty() { vec![dir.to_owned()] } else { inside }
}

/// Records and ledgers are in the order of the shards' numbers.
fn belong_together(runs: &[ShardRun], parts: &[Part]) -> Result<(), MergeError> {
    for (one, part) in runs.iter().zip(parts) {
        let same = one.run.shard.as_ref().is_some_and(|shard| {
            (&shard.group, shard.number, shard.of) == (&part.group, part.shard, part.of)
        });
        if !same || one.run.seed != part.seed {
            return Err(MergeError::Mixed { path: one.dir.clone() });
        }
    }
    let Some((first, others)) = runs.split_first() else { return Ok(()) };
    for other in others {
        let what = if first.run.target != other.run.target {
            "targets"
        } else if first.run.plan != other.run.plan {
            "plans"
        } else {
            continue;
        };
        let (one, other) = (first.dir.clone(), other.dir.clone());
        return Err(MergeError::Strangers { one, other, what });
    }
    Ok(())
}

fn same_folder(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// The generators' lateness and the queries' latency, added over all shards.
fn added(runs: &[ShardRun]) -> Result<[Recorder; 2], MergeError> {
    let mut all = [Recorder::new(), Recorder::new()];
    for one in runs {
        let path = one.dir.join(LATENCY_HLOG);
        let read = fs::read(&path).map_err(HlogError::Io).and_then(|log| read_hlog(&log));
        let log = read.map_err(|source| MergeError::Histograms { path, source })?;
        for (whole, tag) in all.iter_mut().zip([SEND_LAG, QUERIES]) {
            if let Some(recorder) = log.get(tag) {
                whole.merge(recorder);
            }
        }
    }
    Ok(all)
}

/// Everything there is of a run, from all of its machines.
struct Whole<'a> {
    /// What all machines have in common stands in each record, and so in the first one's.
    first: &'a Run,
    part: &'a Part,
    runs: &'a [ShardRun],
    parts: &'a [Part],
    missing: Vec<u32>,
    duration_s: f64,
    measured: &'a Measured,
    send_lag: &'a Recorder,
    queries: &'a Recorder,
}

impl Whole<'_> {
    fn records(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().map(|one| &one.run)
    }

    fn facts(&self, reconciled: Reconciled, trouble: Vec<String>) -> Facts {
        let warmup = Duration::from_secs_f64(self.first.plan.warmup_s);
        let queries = self.queries();
        let fullest = self.fullest();
        let (open_sockets, open_files_limit) = self.sockets().unzip();
        let mistakes = self
            .parts
            .iter()
            .flat_map(|part| part.mistakes.iter().map(|mistake| format!("shard {}: {mistake}", part.shard)));
        Facts {
            send_lag: self.send_lag.to_latency(),
            // Parts of the plan's rate, where not all of it is here.
            offered_per_min: if self.missing.is_empty() {
                self.first.plan.rate_per_min
            } else {
                self.records().map(|run| run.offered_per_min).sum()
            },
            achieved_per_min: self.measured.achieved_per_min(warmup, self.duration_s),
            unsent: self.parts.iter().map(|part| part.unsent).sum(),
            queries_failed: (queries.failed, queries.sent),
            // A machine that was full is so beside any number of idle ones.
            cpu_cores: fullest.generator.cpu_cores,
            own_cpu_cores: fullest.generator.own_cpu_cores,
            other_cpu_cores: fullest.generator.other_cpu_cores,
            cpus: fullest.host.cpus,
            scheduling_lag: self.scheduling_lag().unwrap_or_default(),
            open_sockets,
            open_files_limit,
            users: self.records().map(|run| run.users).fold(0, u32::saturating_add),
            interrupted: self.records().any(|run| run.interrupted),
            drained: self.parts.iter().all(|part| part.quiet),
            trouble,
            generator_errors: mistakes.collect(),
            is_shard: !self.missing.is_empty(),
            shards: self.part.of,
            missing_shards: self.missing.clone(),
            ..Facts::of(self.measured, reconciled)
        }
    }

    fn queries(&self) -> Queries {
        let mut all = Queries { latency_ms: self.queries.to_latency(), ..Queries::default() };
        for run in self.records() {
            all.sent += run.queries.sent;
            all.ok += run.queries.ok;
            all.failed += run.queries.failed;
        }
        all
    }

    fn record(&self, facts: &Facts, judgement: Judgement) -> Run {
        let Self { first, part, duration_s, .. } = *self;
        let reconciled = &facts.reconciled;
        Run {
            id: format!("{}-merged", first.id.rsplit_once("-shard").map_or(first.id.as_str(), |(id, _)| id)),
            build_profile: self.build_profile(),
            finished_at: moment(part.started_ms, first.plan.warmup_s + duration_s),
            users: facts.users,
            host: self.host(),
            interrupted: facts.interrupted,
            duration_s,
            drain_s: self.records().map(|run| run.drain_s).fold(0.0, f64::max),
            offered_per_min: facts.offered_per_min,
            achieved_per_min: facts.achieved_per_min,
            sent: self.measured.sent.clone(),
            outcome: reconciled.outcome.clone(),
            breakdown: reconciled.breakdown.clone(),
            ack_latency_ms: facts.ack.clone(),
            service_time_ms: facts.service.clone(),
            durable_latency_ms: reconciled.durable.to_latency(),
            ack_latency_by_provider_ms: self.measured.by_provider(),
            queries: self.queries(),
            timeline: self.measured.timeline.clone(),
            generator: Generator {
                send_lag_ms: facts.send_lag.clone(),
                cpu_cores: self.records().map(|run| run.generator.cpu_cores).sum(),
                own_cpu_cores: self.records().map(|run| run.generator.own_cpu_cores).sum(),
                other_cpu_cores: self.records().map(|run| run.generator.other_cpu_cores).sum(),
                scheduling_lag_ms: self.scheduling_lag(),
                open_sockets: facts.open_sockets,
                open_files_limit: facts.open_files_limit,
                // Every machine has its own; the shards' records tell them.
                rss_mb: Vec::new(),
                saturated: judgement.saturated,
            },
            functions: self.functions(),
            dead_letters: reconciled.dead_letters.clone(),
            alarms: self.records().find_map(|run| run.alarms.clone()),
            shard: None,
            merged_from: Some(Merged {
                group: part.group.clone(),
                of: part.of,
                runs: self.records().map(|run| run.id.clone()).collect(),
                missing: self.missing.clone(),
            }),
            exit_code: Exit::from(judgement.verdict).code(),
            verdict: judgement.verdict,
            slo: judgement.slo,
            findings: judgement.findings,
            ..first.clone()
        }
    }

    /// Figures of one debug build among others are a debug build's.
    fn build_profile(&self) -> String {
        let all_release = self.records().all(|run| run.build_profile == "release");
        if all_release { "release" } else { "debug" }.to_owned()
    }

    /// What the functions did, by the shard that looked last: all look at the same ones, from the same moment on.
    fn functions(&self) -> Option<BTreeMap<String, FunctionUse>> {
        let invocations =
            |all: &&BTreeMap<String, FunctionUse>| all.values().map(|used| used.invocations).sum::<u64>();
        self.records().filter_map(|run| run.functions.as_ref()).max_by_key(invocations).cloned()
    }

    /// The machine that had the smallest part of its cores left.
    fn fullest(&self) -> &Run {
        let used = |run: &Run| {
            let Generator { cpu_cores, other_cpu_cores, .. } = run.generator;
            (cpu_cores.unwrap_or(0.0) + other_cpu_cores.unwrap_or(0.0)) / f64::from(run.host.cpus.max(1))
        };
        self.records().max_by(|one, other| used(one).total_cmp(&used(other))).unwrap_or(self.first)
    }

    /// Sockets open and allowed, of the machine that came closest to its limit.
    fn sockets(&self) -> Option<(u64, u64)> {
        let both = |run: &Run| run.generator.open_sockets.zip(run.generator.open_files_limit);
        // A part of one is more than a part of the other if it is after both are brought to one denominator.
        let part = |(open, _): &(u64, u64), other: u64| u128::from(*open) * u128::from(other.max(1));
        self.records().filter_map(both).max_by(|one, other| part(one, other.1).cmp(&part(other, one.1)))
    }

    /// How late threads were woken, on the machine where that was worst.
    fn scheduling_lag(&self) -> Option<Latency> {
        let worst = |lag: &Latency| lag.p99.or(lag.max).unwrap_or(0.0);
        let all = self.records().filter_map(|run| run.generator.scheduling_lag_ms.as_ref());
        all.max_by(|one, other| worst(one).total_cmp(&worst(other))).cloned()
    }

    fn host(&self) -> Host {
        let cpus = self.records().map(|run| run.host.cpus).fold(0, u32::saturating_add);
        let mut systems: Vec<&str> = self.records().map(|run| run.host.os.as_str()).collect();
        systems.sort_unstable();
        systems.dedup();
        Host { cpus, os: format!("{} generators, {}", self.runs.len(), systems.join(", ")) }
    }

    fn series(&self) -> Vec<Series<'_>> {
        let length = Duration::from_secs_f64(self.duration_s);
        let one = |tag, recorder| Series { tag, start: Duration::ZERO, length, recorder };
        let mut all = vec![
            one("ack", &self.measured.ack),
            one("service", &self.measured.service),
            one(SEND_LAG, self.send_lag),
            one(QUERIES, self.queries),
        ];
        let tags = [("stripe", "ack-stripe"), ("paypal", "ack-paypal"), ("square", "ack-square")];
        for (provider, tag) in tags {
            all.extend(self.measured.ack_by_provider.get(provider).map(|recorder| one(tag, recorder)));
        }
        all
    }
}

/// So many seconds after a start (Unix milliseconds), as RFC 3339 in UTC.
fn moment(started_ms: i64, after_s: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a run lasts at most a day")]
    let ms = started_ms.saturating_add((after_s * 1_000.0) as i64);
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

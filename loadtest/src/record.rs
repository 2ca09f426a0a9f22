//! The record of a run, put together from what was asked, what happened, and what the judge makes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ledger::judge::{Facts, judge};
use ledger::measure::Measured;
use provider_sim::Provider;
use reports::latency::Recorder;
use reports::record::{Alarms, FORMAT, FunctionUse, Generator, PlanSummary, Queries, Rotation, Run, Shard};

use crate::cli::{Args, command};
use crate::clock::Start;
use crate::disturbed::Disturbed;
use crate::drain::Drained;
use crate::drive::Driven;
use crate::exit::{Exit, NotStarted};
use crate::host;
use crate::plan::{Arrival, Plan};
use crate::{chaos, redrive, rotation};

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command line.
    pub args: &'a Args,
    /// The plan with the flags applied.
    pub plan: &'a Plan,
    /// The run's id.
    pub id: &'a str,
    /// Makes event ids differ from those of every other run on the target; absent: nothing else ran on it, or the time does.
    pub events: Option<&'a str>,
    /// The command that repeats the run; absent: the process's own.
    pub command: Option<&'a str>,
    /// How long to wait for the target to become quiet; absent: as the target asks for.
    pub quiet_at_most: Option<Duration>,
}

/// What happened.
#[derive(Debug)]
pub struct Course {
    /// Name of the target.
    pub target: String,
    /// Where the functions' logs are.
    pub log_dir: Option<PathBuf>,
    /// When the run started.
    pub start: Start,
    /// What only shows while the load runs.
    pub driven: Driven,
    /// What the stores said.
    pub drained: Drained,
    /// What the ledger said.
    pub measured: Measured,
    /// How the queries went.
    pub queries: Queries,
    /// How long they took.
    pub query_latency: Recorder,
    /// The generator's own lateness.
    pub send_lag: Recorder,
    /// Due deliveries that were not sent.
    pub unsent: u64,
    /// Mistakes of the generator.
    pub mistakes: Vec<String>,
    /// What was made to fail, and what came of it.
    pub disturbed: Disturbed,
    /// What the functions did, where their logs can be read.
    pub functions: Option<BTreeMap<String, FunctionUse>>,
    /// The rotation of the secrets, if there was one.
    pub rotation: Option<Rotation>,
    /// What the target's alarms said, if it has any.
    pub alarms: Option<Alarms>,
    /// Why there was no load at all.
    pub not_started: Option<NotStarted>,
}

/// Judges the run and writes it down.
#[must_use]
pub fn record(asked: Asked<'_>, course: &Course) -> Run {
    let Asked { args, plan, id, .. } = asked;
    let Course { start, driven, drained, measured, .. } = course;
    let warmup = Duration::from_secs_f64(plan.warmup_s);
    let facts = facts(asked, course, warmup);
    let judgement = judge(&facts);
    Run {
        format: FORMAT.to_owned(),
        id: id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build_profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
        started_at: start.text(warmup),
        finished_at: start.text(warmup + Duration::from_secs_f64(driven.measured_s)),
        target: course.target.clone(),
        plan: plan_summary(plan),
        seed: args.seed,
        users: args.users,
        command: asked.command.map_or_else(|| command(std::env::args_os(), args.seed), str::to_owned),
        host: host::host(),
        interrupted: driven.interrupted,
        duration_s: driven.measured_s,
        drain_s: drained.took_s,
        offered_per_min: facts.offered_per_min,
        achieved_per_min: facts.achieved_per_min,
        sent: measured.sent.clone(),
        outcome: drained.reconciled.outcome.clone(),
        breakdown: drained.reconciled.breakdown.clone(),
        durable_latency_ms: drained.reconciled.durable.to_latency(),
        ack_latency_by_provider_ms: measured.by_provider(),
        queries: course.queries.clone(),
        timeline: measured.timeline.clone(),
        generator: Generator {
            send_lag_ms: facts.send_lag.clone(),
            cpu_cores: driven.cpu_cores,
            own_cpu_cores: driven.watched.own_cpu_cores,
            other_cpu_cores: driven.other_cpu_cores,
            scheduling_lag_ms: Some(driven.watched.scheduling_lag.clone()).filter(|lag| lag.samples > 0),
            open_sockets: driven.watched.open_sockets,
            open_files_limit: driven.watched.open_files_limit,
            rss_mb: driven.watched.rss_mb.clone(),
            saturated: judgement.saturated,
        },
        dead_letters: drained.reconciled.dead_letters.clone(),
        functions: course.functions.clone(),
        rotation: course.rotation.clone(),
        faults: course.disturbed.faults.clone(),
        recovery: course.disturbed.recovery.clone(),
        redrive: drained.redrive.clone(),
        flood: course.disturbed.flood.clone(),
        alarms: course.alarms.clone(),
        shard: args.sharding.sharing().map(|sharing| Shard {
            group: sharing.group.to_owned(),
            number: sharing.shard.number(),
            of: sharing.shard.of(),
        }),
        merged_from: None,
        ack_latency_ms: facts.ack,
        service_time_ms: facts.service,
        exit_code: Exit::from(judgement.verdict).code(),
        verdict: judgement.verdict,
        slo: judgement.slo,
        findings: judgement.findings,
    }
}

fn facts(asked: Asked<'_>, course: &Course, warmup: Duration) -> Facts {
    let Course { driven, drained, measured, queries, .. } = course;
    Facts {
        send_lag: course.send_lag.to_latency(),
        offered_per_min: offered_per_min(asked, course),
        achieved_per_min: measured.achieved_per_min(warmup, driven.measured_s),
        unsent: course.unsent,
        queries_failed: (queries.failed, queries.sent),
        cpu_cores: driven.cpu_cores,
        own_cpu_cores: driven.watched.own_cpu_cores,
        other_cpu_cores: driven.other_cpu_cores,
        scheduling_lag: driven.watched.scheduling_lag.clone(),
        open_sockets: driven.watched.open_sockets,
        open_files_limit: driven.watched.open_files_limit,
        cpus: host::cpus(),
        users: asked.args.users,
        interrupted: driven.interrupted,
        drained: drained.quiet,
        trouble: drained.trouble.clone(),
        log_dir: course.log_dir.as_ref().map(|dir| dir.display().to_string()),
        generator_errors: course.mistakes.clone(),
        undone: undone(asked.plan, course),
        undisturbed: course.disturbed.calm.clone(),
        retried: course.disturbed.recovery.is_some(),
        flood: course.disturbed.flood.as_ref().map(|flood| flood.during.clone()),
        not_started: course.not_started.clone(),
        is_shard: asked.args.sharding.shard.is_some(),
        ..Facts::of(measured, drained.reconciled.clone())
    }
}

/// What was asked for and did not happen. A run that did not start is told by that alone.
fn undone(plan: &Plan, course: &Course) -> Vec<String> {
    if course.not_started.is_some() {
        return Vec::new();
    }
    let rotation = rotation::undone(plan.rotate_secrets_at_s.is_some(), course.rotation.as_ref());
    let redrive = redrive::undone(plan.redrive.is_some(), course.drained.redrive.as_ref());
    rotation
        .map(str::to_owned)
        .into_iter()
        .chain(redrive)
        .chain(chaos::unfelt(&course.disturbed.faults))
        .collect()
}

/// The rate that was asked for. A shard's is the one of its own slots: which those are follows from the schedule, and is not exactly
/// one in so many.
fn offered_per_min(asked: Asked<'_>, course: &Course) -> f64 {
    let rate = asked.plan.rate_per_min();
    match asked.args.sharding.shard {
        None => rate,
        Some(shard) if course.driven.interrupted => rate / f64::from(shard.of()),
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        Some(_) => (course.measured.sent.total + course.unsent) as f64 * 60.0 / asked.plan.duration_s(),
    }
}

pub(crate) fn plan_summary(plan: &Plan) -> PlanSummary {
    let parts = plan.mix.parts().map(|part| part * 100.0);
    let mix: BTreeMap<_, _> =
        Provider::ALL.iter().zip(parts).map(|(p, part)| (p.as_str().to_owned(), part)).collect();
    PlanSummary {
        name: plan.name.clone(),
        arrival: plan.arrival.to_string(),
        rate_per_min: if plan.arrival == Arrival::Max { 0.0 } else { plan.rate_per_min() },
        duration_s: plan.duration_s(),
        warmup_s: plan.warmup_s,
        mix,
        forged: plan.forged_share(),
        duplicates: plan.shares.duplicates,
        malformed: plan.shares.malformed,
        poison: plan.poison,
        queries_per_s: plan.queries_per_s,
    }
}

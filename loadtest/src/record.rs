//! The record of a run, put together from what was asked, what happened, and what the judge makes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use provider_sim::Provider;
use reports::latency::Recorder;
use reports::record::{FORMAT, Generator, Latency, PlanSummary, Queries, Rotation, Run};

use crate::cli::{Args, command};
use crate::clock::Start;
use crate::drain::Drained;
use crate::drive::Driven;
use crate::exit::{Exit, NotStarted};
use crate::host;
use crate::judge::{Facts, judge};
use crate::measure::Measured;
use crate::plan::{Arrival, Plan};
use crate::rotation;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command line.
    pub args: &'a Args,
    /// The plan with the flags applied.
    pub plan: &'a Plan,
    /// The run's id.
    pub id: &'a str,
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
    /// The generator's own lateness.
    pub send_lag: Latency,
    /// Due deliveries that were not sent.
    pub unsent: u64,
    /// Mistakes of the generator.
    pub mistakes: Vec<String>,
    /// The rotation of the secrets, if there was one.
    pub rotation: Option<Rotation>,
    /// Why there was no load at all.
    pub not_started: Option<NotStarted>,
}

/// Judges the run and writes it down.
#[must_use]
pub fn record(asked: Asked<'_>, course: &Course) -> Run {
    let Asked { args, plan, id } = asked;
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
        command: command(std::env::args_os(), args.seed),
        host: host::host(),
        interrupted: driven.interrupted,
        duration_s: driven.measured_s,
        drain_s: drained.took_s,
        offered_per_min: facts.offered_per_min,
        achieved_per_min: facts.achieved_per_min,
        sent: measured.sent.clone(),
        outcome: drained.reconciled.outcome.clone(),
        breakdown: drained.reconciled.breakdown.clone(),
        durable_latency_ms: durable_latency(&drained.reconciled.durable),
        ack_latency_by_provider_ms: measured.by_provider(),
        queries: course.queries.clone(),
        timeline: measured.timeline.clone(),
        generator: Generator {
            send_lag_ms: facts.send_lag.clone(),
            cpu_cores: driven.cpu_cores,
            saturated: judgement.saturated,
        },
        dead_letters: drained.reconciled.dead_letters.clone(),
        rotation: course.rotation.clone(),
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
        reconciled: drained.reconciled.clone(),
        ack: measured.ack.to_latency(),
        service: measured.service.to_latency(),
        send_lag: course.send_lag.clone(),
        total_lag: measured.lag.to_latency(),
        sent: measured.sent.total,
        genuine: measured.genuine,
        acknowledged: measured.acknowledged,
        unanswered: measured.unanswered,
        server_errors: measured.server_errors,
        throttled: measured.throttled,
        odd_answers: measured.odd_answers,
        attack_errors: measured.attack_errors,
        offered_per_min: asked.plan.rate_per_min(),
        achieved_per_min: measured.achieved_per_min(warmup, driven.measured_s),
        unsent: course.unsent,
        queries_failed: (queries.failed, queries.sent),
        cpu_cores: driven.cpu_cores,
        cpus: host::cpus(),
        users: asked.args.users,
        interrupted: driven.interrupted,
        drained: drained.quiet,
        trouble: drained.trouble.clone(),
        log_dir: course.log_dir.as_ref().map(|dir| dir.display().to_string()),
        generator_errors: course.mistakes.clone(),
        undone: rotation::undone(asked.plan.rotate_secrets_at_s.is_some(), course.rotation.as_ref()),
        not_started: course.not_started.clone(),
    }
}

fn durable_latency(values: &[Duration]) -> Latency {
    let mut recorder = Recorder::new();
    for value in values {
        recorder.record(*value);
    }
    recorder.to_latency()
}

fn plan_summary(plan: &Plan) -> PlanSummary {
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
        forged: plan.shares.forged,
        duplicates: plan.shares.duplicates,
        malformed: plan.shares.malformed,
        poison: plan.poison,
        queries_per_s: plan.queries_per_s,
    }
}

//! A run from beginning to end: bring the target up, drive the load, drain, reconcile, judge, write, say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use provider_sim::Provider;
use reports::latency::Series;
use reports::record::{FORMAT, Generator, PlanSummary, Queries, Run};

use crate::cli::{Args, Kind, command, enough_users};
use crate::clock::{stamp, unix_ms};
use crate::drain::{Drained, drain};
use crate::drive::{Driven, REQUEST_TIMEOUT, drive};
use crate::exit::{Exit, Failure};
use crate::judge::{Facts, judge};
use crate::load::{Load, lock};
use crate::measure::Measured;
use crate::plan::{Arrival, Plan};
use crate::target::Target;
use crate::terminal::{Ink, Terminal};
use crate::{host, interrupt, progress, verdict};

/// Runs the load test that the command line asks for; the report is written and the verdict said.
pub async fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let plan = plan_for_target(args, terminal)?;
    enough_users(args.users, &plan)?;
    let (id, dir) = run_dir(&args.out, &target_name(args), &plan.name)?;
    let began = format!("{} plan, seed {}, {} users", plan.name, args.seed, args.users);
    terminal.note(&format!("{}  {began}", terminal.ink(Ink::Strong, "loadtest")));
    let opened = tokio::select! {
        opened = Target::open(args, &dir) => opened,
        () = interrupt::wait() => Err(Failure::Interrupted),
    };
    let target = opened.inspect_err(|_| {
        // Leaves the folder alone if there is a log in it.
        drop(std::fs::remove_dir(&dir));
    })?;
    terminal.note(&format!("target up at {}", target.base_url));
    let result = run_on(args, &plan, &id, &dir, &target, terminal).await;
    target.close().await;
    let run = result?;
    if args.json {
        terminal.result(&reports::summary::Summary::from(&run).to_json());
    }
    terminal.note(&verdict::text(&run, &dir, terminal));
    Ok(Exit::from(run.verdict))
}

async fn run_on(
    args: &Args,
    plan: &Plan,
    id: &str,
    dir: &Path,
    target: &Target,
    terminal: Terminal,
) -> Result<Run, Failure> {
    let users = usize::try_from(args.users).unwrap_or(usize::MAX);
    // A target that is made for the run has seen no event before; elsewhere ids must differ from every earlier run's.
    let events = if target.idle().is_some() { "embedded".to_owned() } else { unix_ms().to_string() };
    let keys = Arc::clone(&target.keys);
    let load =
        Load::new(plan, args.seed, &events, users, keys, &target.base_url, client(users, &target.base_url)?)
            .map_err(|error| Failure::Internal(format!("cannot start the pacer: {error}")))?;
    let load = Arc::new(load);
    let shown = tokio::spawn(progress::show(Arc::clone(&load), target.clients.clone(), terminal));
    let driven = drive(plan, users, &load, target).await;
    shown.abort();
    // Ending a task is no news.
    drop(shown.await);
    let driven = driven.map_err(|error| Failure::Internal(format!("goose: {error}")))?;
    terminal.note("draining: waiting until the target is quiet, then comparing its stores with the ledger");
    let entries = load.ledger.take();
    let start = load.start();
    let drained = drain(target, &entries, start.unix_ms).await;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run lasts at most a day")]
    let seconds = driven.measured_s.ceil() as u32;
    let measured = Measured::of(&entries, load.warmup(), seconds);
    let run = record(args, plan, id, target, &load, &driven, drained, &measured);
    let series = series(&measured, driven.measured_s);
    reports::write_all(dir, &run, &series).map_err(|error| Failure::Report(error.to_string()))?;
    Ok(run)
}

/// The plan of the command line. A target that does not trust our stand-in for PayPal's certificate refuses all of PayPal's
/// webhooks, so that they are left out there, unless they were asked for.
fn plan_for_target(args: &Args, terminal: Terminal) -> Result<Plan, Failure> {
    let mut plan = args.plan()?;
    if (args.target == Kind::Url || args.ready_file.is_some()) && plan.mix.paypal > 0.0 {
        let why = "this target does not trust the certificate that stands in for PayPal's";
        if args.mix.is_some() {
            return Err(Failure::Usage(format!(
                "{why}: leave paypal out of --mix, or use the embedded target"
            )));
        }
        terminal.note(&format!("paypal is left out: {why}"));
        plan.mix.paypal = 0.0;
    }
    Ok(plan)
}

fn target_name(args: &Args) -> String {
    match (args.target, &args.ready_file) {
        (Kind::Embedded, None) => "embedded".to_owned(),
        (_, Some(_)) => "running".to_owned(),
        (Kind::Url, None) => "url".to_owned(),
    }
}

/// Makes the run's own folder; a second run within the same second gets another name.
fn run_dir(out: &Path, target: &str, plan: &str) -> Result<(String, PathBuf), Failure> {
    let failed =
        |path: &Path, error: &std::io::Error| Failure::Report(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(out).map_err(|error| failed(out, &error))?;
    let name = format!("{}-{target}-{plan}", stamp(unix_ms()));
    for attempt in 1..1000 {
        let id = if attempt == 1 { name.clone() } else { format!("{name}-{attempt}") };
        let dir = out.join(&id);
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok((id, dir)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&dir, &error)),
        }
    }
    Err(Failure::Report(format!("{}: too many runs in one second", out.display())))
}

/// One client for all users: their connections stay open, redirects are answers, and no proxy stands before a target on this
/// machine.
fn client(users: usize, base_url: &str) -> Result<reqwest::Client, Failure> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("peakproof-loadtest/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(REQUEST_TIMEOUT)
        .pool_max_idle_per_host(users);
    if base_url.contains("//127.") || base_url.contains("//localhost") || base_url.contains("//[::1]") {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Failure::Internal(format!("cannot make an HTTP client: {error}")))
}

#[expect(clippy::too_many_arguments, reason = "the record is made of everything there is, in one place")]
fn record(
    args: &Args,
    plan: &Plan,
    id: &str,
    target: &Target,
    load: &Load,
    driven: &Driven,
    drained: Drained,
    measured: &Measured,
) -> Run {
    let start = load.start();
    let Drained { reconciled, trouble, quiet, took_s } = drained;
    let (queries_sent, queries_ok) =
        (load.queries.sent.load(Ordering::Relaxed), load.queries.ok.load(Ordering::Relaxed));
    let durable = durable_latency(&reconciled.durable);
    let offered_per_min = plan.rate_per_min();
    let achieved_per_min = measured.achieved_per_min(load.warmup(), driven.measured_s);
    let facts = Facts {
        ack: measured.ack.to_latency(),
        service: measured.service.to_latency(),
        send_lag: lock(&load.send_lag).to_latency(),
        total_lag: measured.lag.to_latency(),
        sent: measured.sent.total,
        genuine: measured.genuine,
        acknowledged: measured.acknowledged,
        unanswered: measured.unanswered,
        server_errors: measured.server_errors,
        throttled: measured.throttled,
        odd_answers: measured.odd_answers,
        attack_errors: measured.attack_errors,
        offered_per_min,
        achieved_per_min,
        unsent: if load.planned() && !driven.interrupted { load.unsent() } else { 0 },
        queries_failed: (queries_sent - queries_ok.min(queries_sent), queries_sent),
        cpu_cores: driven.cpu_cores,
        cpus: host::cpus(),
        users: args.users,
        interrupted: driven.interrupted,
        drained: quiet,
        trouble,
        log_dir: target.log_dir.as_ref().map(|dir| dir.display().to_string()),
        generator_errors: load.mistakes(),
        reconciled,
    };
    let judgement = judge(&facts);
    let end = load.warmup() + Duration::from_secs_f64(driven.measured_s);
    Run {
        format: FORMAT.to_owned(),
        id: id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build_profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
        started_at: start.text(load.warmup()),
        finished_at: start.text(end),
        target: target.name.clone(),
        plan: plan_summary(plan),
        seed: args.seed,
        users: args.users,
        command: command(std::env::args_os(), args.seed),
        host: host::host(),
        interrupted: driven.interrupted,
        duration_s: driven.measured_s,
        drain_s: took_s,
        offered_per_min,
        achieved_per_min,
        sent: measured.sent.clone(),
        outcome: facts.reconciled.outcome.clone(),
        breakdown: facts.reconciled.breakdown.clone(),
        ack_latency_ms: facts.ack.clone(),
        service_time_ms: facts.service.clone(),
        durable_latency_ms: durable,
        ack_latency_by_provider_ms: measured.by_provider(),
        queries: Queries {
            sent: queries_sent,
            ok: queries_ok,
            failed: facts.queries_failed.0,
            latency_ms: lock(&load.queries.latency).to_latency(),
        },
        timeline: measured.timeline.clone(),
        generator: Generator {
            send_lag_ms: facts.send_lag.clone(),
            cpu_cores: driven.cpu_cores,
            saturated: judgement.saturated,
        },
        dead_letters: facts.reconciled.dead_letters.clone(),
        exit_code: Exit::from(judgement.verdict).code(),
        verdict: judgement.verdict,
        slo: judgement.slo,
        findings: judgement.findings,
    }
}

fn durable_latency(values: &[Duration]) -> reports::record::Latency {
    let mut recorder = reports::latency::Recorder::new();
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

/// The histograms of the whole measured part, for HdrHistogram's own tools.
fn series(measured: &Measured, measured_s: f64) -> Vec<Series<'_>> {
    let length = Duration::from_secs_f64(measured_s);
    let one = |tag, recorder| Series { tag, start: Duration::ZERO, length, recorder };
    let mut all = vec![one("ack", &measured.ack), one("service", &measured.service)];
    for (provider, recorder) in &measured.ack_by_provider {
        let tag = match *provider {
            "stripe" => "ack-stripe",
            "paypal" => "ack-paypal",
            _ => "ack-square",
        };
        all.push(one(tag, recorder));
    }
    all
}

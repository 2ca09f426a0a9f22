//! A run from beginning to end: bring the target up, drive the load, drain, reconcile, judge, write, say.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provider_sim::Provider;
use reports::latency::Series;
use reports::record::{Latency, Queries, Run};

use crate::cli::{Args, Kind, enough_users};
use crate::clock::{Start, stamp, unix_ms};
use crate::drain::{Drained, drain};
use crate::drive::{Driven, REQUEST_TIMEOUT, drive};
use crate::exit::{Exit, Failure, NotStarted};
use crate::load::{Load, lock};
use crate::measure::Measured;
use crate::plan::Plan;
use crate::record::{Asked, Course, record};
use crate::rotation::Drill;
use crate::target::Target;
use crate::terminal::{Ink, Terminal};
use crate::{interrupt, progress, rotation, verdict};

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
    let asked = Asked { args, plan: &plan, id: &id };
    let run = match opened {
        Ok(target) => {
            terminal.note(&format!("target up at {}", target.base_url));
            let result = run_on(asked, &dir, &target, terminal).await;
            target.close().await;
            result?
        }
        Err(Failure::NotStarted(reason)) => still_born(asked, &dir, reason)?,
        Err(failure) => {
            // Leaves the folder alone if there is a log in it.
            drop(std::fs::remove_dir(&dir));
            return Err(failure);
        }
    };
    if args.json {
        terminal.result(&reports::summary::Summary::from(&run).to_json());
    }
    terminal.note(&verdict::text(&run, &dir, terminal));
    Ok(Exit::from(run.verdict))
}

async fn run_on(asked: Asked<'_>, dir: &Path, target: &Target, terminal: Terminal) -> Result<Run, Failure> {
    let Asked { args, plan, .. } = asked;
    let users = usize::try_from(args.users).unwrap_or(usize::MAX);
    // A target that is made for the run has seen no event before; elsewhere ids must differ from every earlier run's.
    let events = if target.idle().is_some() { "embedded".to_owned() } else { unix_ms().to_string() };
    let keys = Arc::clone(&target.keys);
    let mut load =
        Load::new(plan, args.seed, &events, users, keys, &target.base_url, client(users, &target.base_url)?)
            .map_err(|error| Failure::Internal(format!("cannot start the pacer: {error}")))?;
    load.query_signer.clone_from(&target.query_signer);
    let load = Arc::new(load);
    let shown = tokio::spawn(progress::show(Arc::clone(&load), target.clients.clone(), terminal));
    let drill = drill(plan, target)?.map(|drill| tokio::spawn(drill.run(Arc::clone(&load))));
    let driven = drive(plan, users, &load, target).await;
    drill.inspect(tokio::task::JoinHandle::abort);
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
    let course = Course {
        target: target.name.clone(),
        log_dir: target.log_dir.clone(),
        start,
        measured: Measured::of(&entries, load.warmup(), seconds),
        rotation: rotation::outcome(&load, &entries),
        queries: load.queries.to_record(),
        send_lag: lock(&load.send_lag).to_latency(),
        unsent: if load.planned() && !driven.interrupted { load.unsent() } else { 0 },
        mistakes: load.mistakes(),
        not_started: None,
        drained,
        driven,
    };
    write(asked, dir, &course)
}

/// The rotation that the plan asks for, of the providers that take part.
fn drill(plan: &Plan, target: &Target) -> Result<Option<Drill>, Failure> {
    let (Some(at_s), Some(vault)) = (plan.rotate_secrets_at_s, &target.vault) else { return Ok(None) };
    let mut vault = vault.clone();
    let parts: Vec<_> = Provider::ALL.into_iter().zip(plan.mix.parts()).collect();
    vault.names.retain(|(provider, _)| parts.iter().any(|(known, part)| known == provider && *part > 0.0));
    let drill = Drill::new(Duration::from_secs_f64(at_s), vault, &target.keys);
    drill.map(Some).map_err(|error| Failure::Internal(format!("cannot make new keys: {error}")))
}

/// A system that does not even start is judged as well: it failed, and the report says why.
fn still_born(asked: Asked<'_>, dir: &Path, reason: NotStarted) -> Result<Run, Failure> {
    let course = Course {
        target: target_name(asked.args),
        log_dir: Some(dir.join("logs")),
        start: Start::after(Duration::ZERO),
        measured: Measured::default(),
        queries: Queries::default(),
        send_lag: Latency::default(),
        unsent: 0,
        mistakes: Vec::new(),
        rotation: None,
        not_started: Some(reason),
        drained: Drained::nothing(),
        driven: Driven::default(),
    };
    write(asked, dir, &course)
}

fn write(asked: Asked<'_>, dir: &Path, course: &Course) -> Result<Run, Failure> {
    let run = record(asked, course);
    let series = series(&course.measured, course.driven.measured_s);
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
        (_, Some(path)) => target_of(path).unwrap_or_else(|| "running".to_owned()),
        (Kind::Url, None) => "url".to_owned(),
    }
}

/// What a ready file calls its target, if that can be part of a folder's name. Whether the file is any good is judged later.
fn target_of(ready_file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(ready_file).ok()?;
    let ready: localstack::Ready = serde_json::from_str(&text).ok()?;
    let plain =
        !ready.target.is_empty() && ready.target.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plain.then_some(ready.target)
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

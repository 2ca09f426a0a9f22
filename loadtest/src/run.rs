//! A run from beginning to end: bring the target up, drive the load, drain, reconcile, judge, write, say.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::file::{LEDGER_BIN, Part};
use ledger::index::Index;
use ledger::measure::Measured;
use ledger::observed::{Foreign, Observed};
use localstack::deployment::NotDeployed;
use provider_sim::Provider;
use reports::latency::{QUERIES, Recorder, SEND_LAG, Series};
use reports::record::{Queries, Run};

use crate::chaos::Chaos;
use crate::cli::{Args, Kind, enough_users};
use crate::clock::{Start, stamp, unix_ms};
use crate::disturbed::Disturbed;
use crate::drain::{Drained, SentLoad, drain};
use crate::drive::{Driven, REQUEST_TIMEOUT, drive};
use crate::exit::{Exit, Failure, NotStarted};
use crate::load::{Load, RUN_UP, lock};
use crate::plan::Plan;
use crate::record::{Asked, Course, record};
use crate::redrive::Redriver;
use crate::rotation::Drill;
use crate::shard::{self, Sharing};
use crate::target::{Target, on_this_machine};
use crate::terminal::{Ink, Terminal};
use crate::{functions, interrupt, progress, rotation, verdict};

/// Runs the load test that the command line asks for; the report is written and the verdict said.
pub async fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let plan = plan_for_target(args, terminal)?;
    enough_users(args.users, &plan)?;
    let part = args.sharding.shard.map(|shard| format!("-shard{}of{}", shard.number(), shard.of()));
    let (id, dir) =
        run_dir(&args.out, &target_name(args), &format!("{}{}", plan.name, part.unwrap_or_default()))?;
    let began = format!("{} plan, seed {}, {} users", plan.name, args.seed, args.users);
    terminal.note(&format!("{}  {began}", terminal.ink(Ink::Strong, "loadtest")));
    if let Some(warning) = plan.warning() {
        terminal.note(&format!("{} {warning}", terminal.ink(Ink::Open, "warning:")));
    }
    let opened = tokio::select! {
        opened = Target::open(args, &plan, &dir, terminal) => opened,
        // A deployment listens itself, and returns when it is taken down again.
        () = interrupt::wait(), if !args.deploys() => Err(Failure::Interrupted),
    };
    let mut differs = false;
    let asked = Asked { args, plan: &plan, id: &id, events: None, command: None, quiet_at_most: None };
    let run = match opened {
        Ok(target) => {
            terminal.note(&format!("target up at {}", target.base_url));
            let result = run_on(asked, &dir, &target, terminal).await;
            let closed = target.close().await;
            let run = result?;
            if let Err(error) = closed {
                terminal.note(&format!("{} {error}", terminal.ink(Ink::Bad, "error:")));
                differs = matches!(error, NotDeployed::Differs);
            }
            run
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
    Ok(if differs { Exit::Failed } else { Exit::from(run.verdict) })
}

/// Drives one run on a target that is up, and writes its record into `dir`.
pub(crate) async fn run_on(
    asked: Asked<'_>,
    dir: &Path,
    target: &Target,
    terminal: Terminal,
) -> Result<Run, Failure> {
    let Asked { args, plan, .. } = asked;
    let users = usize::try_from(args.users).unwrap_or(usize::MAX);
    // A target that is made for the run has seen no event before; elsewhere ids must differ from every earlier run's.
    let sharing = args.sharding.sharing();
    let events = match (sharing, asked.events) {
        (Some(sharing), _) => format!("shards/{}", sharing.group),
        (None, Some(events)) => events.to_owned(),
        (None, None) if target.idle().is_some() => "embedded".to_owned(),
        (None, None) => unix_ms().to_string(),
    };
    let keys = Arc::clone(&target.keys);
    let mut load =
        Load::new(plan, args.seed, &events, users, keys, &target.base_url, client(users, &target.base_url)?)
            .map_err(|error| Failure::Internal(format!("cannot start the pacer: {error}")))?;
    load.query_signer.clone_from(&target.query_signer);
    load.headers.clone_from(&target.headers);
    if let Some(Sharing { shard, group, start_ms }) = sharing {
        let start = Start::at(start_ms, RUN_UP).ok_or_else(|| shard::late(start_ms))?;
        load.share(shard, start);
        let (number, of, at) = (shard.number(), shard.of(), start.text(Duration::ZERO));
        terminal.note(&format!("shard {number} of {of} of {group}: waiting for the common start at {at}"));
    }
    let load = Arc::new(load);
    let shown = tokio::spawn(progress::show(Arc::clone(&load), target.clients.clone(), terminal));
    let drill = drill(plan, target)?.map(|drill| tokio::spawn(drill.run(Arc::clone(&load))));
    let redriver = Arc::new(Redriver::default());
    let redriving = redriving(plan, target, &load, &redriver);
    let chaos = Chaos::new(plan);
    let driven = drive_amid(&chaos, plan, users, &load, target).await;
    redriving.inspect(tokio::task::JoinHandle::abort);
    drill.inspect(tokio::task::JoinHandle::abort);
    shown.abort();
    // Ending a task is no news.
    drop(shown.await);
    let driven = driven.map_err(|error| Failure::Internal(format!("goose: {error}")))?;
    let mut patience = target.patience();
    patience.at_most = asked.quiet_at_most.unwrap_or(patience.at_most);
    let at_most = patience.at_most.as_secs();
    let waiting = match target.idle() {
        Some(_) => String::new(),
        None => format!(" (dead letters take minutes with AWS's retries; {at_most} s at most)"),
    };
    terminal.note(&format!(
        "draining: waiting until the target is quiet{waiting}, then comparing its stores with the ledger"
    ));
    let entries = load.ledger.take();
    let start = load.start();
    let index = Index::new(&entries);
    let foreign = if sharing.is_some() { Foreign::Keep } else { Foreign::Count };
    let sent = SentLoad { index: &index, foreign, started_ms: start.unix_ms };
    let redrive = plan.redrive.is_some_and(|redrive| redrive.after_load);
    let ((drained, observed), alarms) = futures::join!(
        Box::pin(drain(target, patience, sent, &redriver, redrive)),
        Box::pin(alarms(target, terminal))
    );
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run lasts at most a day")]
    let seconds = driven.measured_s.ceil() as u32;
    let measured = Measured::of(&entries, load.warmup(), seconds);
    let disturbed = Disturbed::of(plan, &load, &chaos, &entries, &measured.timeline, &drained);
    let mistakes = load.mistakes().into_iter().chain(redriver.trouble()).collect();
    let measured_from = start.unix_ms.saturating_add(i64::try_from(load.warmup().as_millis()).unwrap_or(0));
    let course = Course {
        target: target.name.clone(),
        log_dir: target.log_dir.clone(),
        start,
        measured,
        disturbed,
        functions: target.log_dir.as_deref().and_then(|dir| functions::measure(dir, measured_from)),
        rotation: rotation::outcome(&load, &entries),
        alarms,
        queries: load.queries.to_record(),
        query_latency: lock(&load.queries.latency).clone(),
        send_lag: lock(&load.send_lag).clone(),
        unsent: if load.planned() && !driven.interrupted { load.unsent() } else { 0 },
        mistakes,
        not_started: None,
        drained,
        driven,
    };
    let run = write(asked, dir, &course)?;
    if let Some(sharing) = sharing {
        write_ledger(asked, sharing, dir, &course, &observed)?;
    }
    Ok(run)
}

/// Writes what the merging of shards needs beside the record.
fn write_ledger(
    asked: Asked<'_>,
    sharing: Sharing<'_>,
    dir: &Path,
    course: &Course,
    observed: &Observed<'_>,
) -> Result<(), Failure> {
    let part = Part {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        group: sharing.group.to_owned(),
        shard: sharing.shard.number(),
        of: sharing.shard.of(),
        seed: asked.args.seed,
        schedule: shard::schedule(asked.plan),
        started_ms: course.start.unix_ms,
        unsent: course.unsent,
        quiet: course.drained.quiet,
        mistakes: course.mistakes.clone(),
    };
    let path = dir.join(LEDGER_BIN);
    let written = File::create(&path)
        .and_then(|file| ledger::file::write(&mut BufWriter::with_capacity(1 << 20, file), &part, observed));
    written.map_err(|error| Failure::Report(format!("{}: {error}", path.display())))
}

/// Drives the load while what the plan lets fail fails; nothing of it is left in force.
async fn drive_amid(
    chaos: &Chaos<'_>,
    plan: &Plan,
    users: usize,
    load: &Arc<Load>,
    target: &Target,
) -> Result<Driven, goose::GooseError> {
    let driving = Box::pin(drive(plan, users, load, target));
    let Some(cloud) = target.cloud() else { return driving.await };
    let driven = tokio::select! {
        driven = driving => driven,
        () = chaos.run(load, cloud) => Ok(Driven::default()),
    };
    chaos.lift(cloud);
    driven
}

/// The redrive while the load runs, if the plan asks for one.
fn redriving(
    plan: &Plan,
    target: &Target,
    load: &Arc<Load>,
    redriver: &Arc<Redriver>,
) -> Option<tokio::task::JoinHandle<()>> {
    let at = Duration::from_secs_f64(plan.redrive?.at_s?);
    let clients = target.clients.clone()?;
    Some(tokio::spawn(Arc::clone(redriver).run(Arc::clone(load), clients, at)))
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

/// What the target's alarms say of the load, where there are any.
async fn alarms(target: &Target, terminal: Terminal) -> Option<reports::record::Alarms> {
    let watch = target.alarms.as_ref()?;
    if let Some(wait) = watch.waits_for() {
        terminal.note(&wait);
    }
    Some(watch.end().await)
}

/// A system that does not even start is judged as well: it failed, and the report says why.
fn still_born(asked: Asked<'_>, dir: &Path, reason: NotStarted) -> Result<Run, Failure> {
    let course = Course {
        target: target_name(asked.args),
        log_dir: Some(dir.join("logs")),
        start: Start::after(Duration::ZERO),
        measured: Measured::default(),
        disturbed: Disturbed::default(),
        queries: Queries::default(),
        query_latency: Recorder::new(),
        send_lag: Recorder::new(),
        unsent: 0,
        mistakes: Vec::new(),
        functions: None,
        rotation: None,
        alarms: None,
        not_started: Some(reason),
        drained: Drained::nothing(),
        driven: Driven::default(),
    };
    write(asked, dir, &course)
}

fn write(asked: Asked<'_>, dir: &Path, course: &Course) -> Result<Run, Failure> {
    let run = record(asked, course);
    let series = series(course);
    reports::write_all(dir, &run, &series).map_err(|error| Failure::Report(error.to_string()))?;
    Ok(run)
}

/// The plan of the command line. A target that does not trust our stand-in for PayPal's certificate refuses all of PayPal's
/// webhooks, so that they are left out there, unless they were asked for.
pub(crate) fn plan_for_target(args: &Args, terminal: Terminal) -> Result<Plan, Failure> {
    let mut plan = args.plan()?;
    if (matches!(args.target, Kind::Url | Kind::Aws) || args.ready_file.is_some()) && plan.mix.paypal > 0.0 {
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

pub(crate) fn target_name(args: &Args) -> String {
    match (args.target, &args.ready_file) {
        (Kind::Aws, _) => "aws".to_owned(),
        (Kind::Embedded, None) => "embedded".to_owned(),
        (Kind::Localstack, None) => "localstack".to_owned(),
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
pub(crate) fn run_dir(out: &Path, target: &str, plan: &str) -> Result<(String, PathBuf), Failure> {
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
    if on_this_machine(base_url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Failure::Internal(format!("cannot make an HTTP client: {error}")))
}

/// The histograms of the whole measured part, for HdrHistogram's own tools.
fn series(course: &Course) -> Vec<Series<'_>> {
    let measured = &course.measured;
    let length = Duration::from_secs_f64(course.driven.measured_s);
    let one = |tag, recorder| Series { tag, start: Duration::ZERO, length, recorder };
    let mut all = vec![
        one("ack", &measured.ack),
        one("service", &measured.service),
        one(SEND_LAG, &course.send_lag),
        one(QUERIES, &course.query_latency),
    ];
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

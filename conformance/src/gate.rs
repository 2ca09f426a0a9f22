//! A run from the command line to the exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use localstack::deployment::NotDeployed;
use localstack::outputs::NoOutputs;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::case::{CaseId, Level};
use crate::cli::{Filter, Kind, RunArgs};
use crate::clock::unix_ms;
use crate::exit::{Exit, Failure};
use crate::interrupt;
use crate::known::KnownFailures;
use crate::output::{summary, write_all};
use crate::results::{CaseResult, Results, SCHEMA_VERSION};
use crate::run::{How, Place, Selected, run};
use crate::suite::Suite;
use crate::target::{aws, deployed, embedded, remote};
use crate::terminal::{Progress, Terminal};
use crate::verdict::judge;

/// Runs the cases that were asked for, and gives the exit code.
///
/// # Errors
/// There is nothing to judge.
pub async fn gate(args: &RunArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let suite = suite(args.filter.cases.as_deref())?;
    let selected = select(&suite, &args.filter)?;
    let ids: BTreeSet<CaseId> = suite.cases().map(|(_, case)| case.id.clone()).collect();
    let known = args.known_failures.as_deref().map(|path| KnownFailures::read(path, &ids)).transpose()?;
    check(args)?;

    let scratch = tempfile::tempdir().map_err(|error| internal("no temporary folder", &error))?;
    let (began, started) = (Instant::now(), now());
    let place = Box::pin(place(args, &selected, scratch.path(), terminal)).await?;
    let (target, base_url, offers) = match &place {
        Place::Embedded { .. } => {
            ("embedded".to_owned(), "one system a set-up".to_owned(), crate::capability::Capabilities::all())
        }
        Place::Elsewhere(target) => (target.name.clone(), target.base_url.clone(), target.offers.clone()),
    };
    let salt = match &place {
        Place::Embedded { .. } => String::new(),
        Place::Elsewhere(_) => unix_ms().to_string(),
    };
    let how = How { seed: args.seed, salt, at_once: usize::from(args.jobs) };
    let progress = Progress::start(terminal, selected.len());
    let told = |case: &CaseResult| progress.tell(case);
    let cases = tokio::select! {
        cases = run(&selected, &place, &how, &told) => cases,
        () = interrupt::asked() => Err(Failure::Interrupted),
    };
    progress.finish();
    let mut differs = None;
    if let Place::Elsewhere(target) = place
        && let Err(error) = target.close().await
    {
        terminal.note(&error.to_string());
        differs = matches!(error, NotDeployed::Differs).then(|| error.to_string());
    }
    let mut cases = cases?;
    if let Some(known) = &known {
        known.judge(&mut cases, &target);
    }
    let results = results(
        args,
        cases,
        Around { target, base_url, offers, started, took_s: began.elapsed().as_secs_f64(), differs },
    );
    let folder = folder(&args.out, started, &results.target);
    let files = write_all(&folder, &results)?;
    terminal.note(summary::closing(&results, Some(&files), terminal.look()).trim_end());
    if args.telling.json {
        let json = serde_json::to_string_pretty(&results).map_err(|error| internal("results", &error))?;
        terminal.result(&format!("{json}\n"));
    }
    Ok(Exit::from(results.verdict))
}

struct Around {
    target: String,
    base_url: String,
    offers: crate::capability::Capabilities,
    started: OffsetDateTime,
    took_s: f64,
    /// What a second plan says of the stack, if that is not as it should be.
    differs: Option<String>,
}

fn results(args: &RunArgs, cases: Vec<CaseResult>, around: Around) -> Results {
    let mut judgement = judge(&cases, args.strict);
    if let Some(differs) = around.differs {
        judgement.fails(differs);
    }
    Results {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build_profile: if cfg!(debug_assertions) { "dev" } else { "release" }.to_owned(),
        started_at: around.started.format(&Rfc3339).unwrap_or_default(),
        duration_s: (around.took_s * 1e3).round() / 1e3,
        target: around.target,
        base_url: around.base_url,
        seed: args.seed,
        capabilities: around.offers,
        filter: words_of(&args.filter),
        strict: args.strict,
        verdict: judgement.verdict,
        exit_code: judgement.exit().code(),
        reasons: judgement.reasons,
        counts: Results::count(&cases),
        cases,
    }
}

/// The suite that was asked for.
///
/// # Errors
/// Its files are wrong.
pub fn suite(folder: Option<&Path>) -> Result<Suite, Failure> {
    Ok(folder.map_or_else(Suite::built_in, Suite::read)?)
}

/// The cases that were asked for.
///
/// # Errors
/// A part of the filter matches nothing: a typing error must not look like a passed run.
pub fn select<'a>(suite: &'a Suite, filter: &Filter) -> Result<Vec<Selected<'a>>, Failure> {
    let level = filter.level.map(Level::from);
    let of_id = |case: &crate::case::Case, id: &str| case.id.as_str() == id || case.id.series() == id;
    for id in &filter.ids {
        if !suite.cases().any(|(_, case)| of_id(case, id)) {
            return Err(Failure::Usage(format!(
                "no case has the ID or series `{id}`; `conformance list` has them all"
            )));
        }
    }
    for name in &filter.subjects {
        if !suite.subjects().iter().any(|subject| subject.subject == *name) {
            let known: Vec<_> = suite.subjects().iter().map(|subject| subject.subject.as_str()).collect();
            return Err(Failure::Usage(format!(
                "there is no subject `{name}`; subjects are {}",
                known.join(", ")
            )));
        }
    }
    let selected: Vec<_> = suite
        .cases()
        .filter(|(_, case)| filter.ids.is_empty() || filter.ids.iter().any(|id| of_id(case, id)))
        .filter(|(subject, _)| filter.subjects.is_empty() || filter.subjects.contains(&subject.subject))
        .filter(|(_, case)| level.is_none_or(|level| case.level == level))
        .collect();
    if selected.is_empty() {
        return Err(Failure::Usage(
            "no case is all that was asked for; `conformance list` has them all".to_owned(),
        ));
    }
    Ok(selected)
}

/// The filter as a person would type it.
fn words_of(filter: &Filter) -> Option<String> {
    let mut words: Vec<String> = filter.ids.iter().map(|id| format!("--id {id}")).collect();
    words.extend(filter.subjects.iter().map(|name| format!("--subject {name}")));
    words.extend(filter.level.map(|level| format!("--level {level:?}").to_lowercase()));
    words.extend(filter.cases.as_ref().map(|folder| format!("--cases {}", folder.display())));
    (!words.is_empty()).then(|| words.join(" "))
}

/// Flags that do not go together.
fn check(args: &RunArgs) -> Result<(), Failure> {
    let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
    match (args.target, &args.ready_file) {
        (Kind::Url, None) if args.base_url.is_none() || args.config.is_none() => {
            return usage(
                "--target url needs --base-url URL and --config FILE; conformance/receiver.example.toml is an example",
            );
        }
        (Kind::Aws, None) if args.aws.outputs.is_none() && args.aws.terraform_dir.is_none() => {
            return usage(&NoOutputs::Unsaid.to_string());
        }
        (Kind::Embedded, None) if args.base_url.is_some() || args.config.is_some() => {
            return usage("--base-url and --config go with --target url");
        }
        _ => {}
    }
    let deployed = args.target == Kind::Localstack && args.ready_file.is_none();
    if let Some(flag) = args.deploy.first().filter(|_| !deployed) {
        return usage(&format!("{flag} goes with --target localstack, which deploys the system itself"));
    }
    if let Some(flag) = args.aws.first().filter(|_| args.target != Kind::Aws) {
        return usage(&format!("{flag} goes with --target aws"));
    }
    if args.bootstrap.is_some() && (args.target != Kind::Embedded || args.ready_file.is_some()) {
        return usage("--bootstrap goes with the embedded target, which starts the functions itself");
    }
    Ok(())
}

async fn place(
    args: &RunArgs,
    selected: &[Selected<'_>],
    scratch: &Path,
    terminal: Terminal,
) -> Result<Place, Failure> {
    if args.target == Kind::Aws {
        let target = tokio::select! {
            target = aws::start(args, selected, terminal) => target,
            () = interrupt::asked() => Err(Failure::Interrupted),
        };
        return Ok(Place::Elsewhere(Box::new(target?)));
    }
    if let Some(path) = &args.ready_file {
        return Ok(Place::Elsewhere(Box::new(remote::ready(path, args.seed).await?)));
    }
    if args.target == Kind::Localstack {
        return Ok(Place::Elsewhere(Box::new(deployed::start(&args.deploy, args.seed).await?)));
    }
    match (&args.base_url, &args.config) {
        (Some(base_url), Some(config)) => {
            Ok(Place::Elsewhere(Box::new(remote::url(base_url, config, args.seed).await?)))
        }
        _ => Ok(Place::Embedded {
            system: embedded::System { bootstrap: args.bootstrap.clone(), ..embedded::System::default() },
            keys: embedded::keys(args.seed)?,
            log_dir: scratch.join("logs"),
        }),
    }
}

/// The run's own folder: `20261121T101500Z-embedded`.
pub(crate) fn folder(out: &Path, started: OffsetDateTime, what: &str) -> PathBuf {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    out.join(format!("{}-{what}", started.format(format).unwrap_or_default()))
}

/// Now, in whole seconds, UTC.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix_ms().div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

pub(crate) fn internal(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}

//! `conformance infra`: the rules of the infrastructure (crate `infra-rules`), judged on a plan or a running target, and told as
//! every run of the gate is.

pub mod cli;
mod live;
mod mutants;
mod plan;
mod tell;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use infra_rules::checkout::Checkout;
use infra_rules::judge::{self, Judged, judge};
use infra_rules::rule::{Place, Rule, Subject};
use infra_rules::rules::Rules;
use infra_rules::stack::Stack;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::capability::Capabilities;
use crate::case::{CaseId, Level};
use crate::exit::{Exit, Failure};
use crate::gate::{folder, internal, now};
use crate::output::{summary, write_all};
use crate::results::{CaseResult, Finding, Outcome, Results, SCHEMA_VERSION, StepResult};
use crate::suite::Suite;
use crate::terminal::Terminal;
use crate::verdict;
use cli::{Command, InfraArgs, PlanArgs, RunArgs};

/// Name of the target in the record.
pub const PLAN: &str = "plan";
/// Likewise, of a target that runs.
pub const LIVE: &str = "live";

/// Likewise, of the Pulumi stack.
pub const PULUMI: &str = "pulumi";

/// Does what the command line says.
///
/// # Errors
/// There is nothing to judge.
pub fn infra(args: &InfraArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let rules = Rules::built_in().map_err(|error| internal("the rules", &error))?;
    match &args.command {
        None => run(&args.run, &rules, terminal),
        Some(Command::List(telling)) => tell::list(&rules, telling, terminal),
        Some(Command::Explain(args)) => tell::explain(&rules, args, terminal),
        Some(Command::Mutants(args)) => mutants::mutants(args, &rules, terminal),
    }
}

/// Judges the rules that were asked for.
fn run(args: &RunArgs, rules: &Rules, terminal: Terminal) -> Result<Exit, Failure> {
    let mut selected = select(rules, &args.ids)?;
    if args.plan.pulumi.is_some() && args.ids.is_empty() {
        // All the others are about another stack.
        selected.retain(|(_, rule)| rule.is_at(Place::Pulumi));
    }
    let (began, started) = (Instant::now(), now());
    let checkout = checkout(&args.plan)?;
    let (stack, target, place) = stack(args, &checkout, terminal)?;
    let cases: Vec<CaseResult> = selected
        .iter()
        .map(|(subject, rule)| {
            let began = Instant::now();
            let judged = judge(rule, &stack, &checkout);
            case_result(subject, judged, began.elapsed().as_secs_f64() * 1e3)
        })
        .collect::<Result<_, _>>()?;
    let filter = (!args.ids.is_empty())
        .then(|| args.ids.iter().map(|id| format!("--id {id}")).collect::<Vec<_>>().join(" "));
    let results = results(cases, target, place, filter, started, began.elapsed().as_secs_f64());
    let files = write_all(&folder(&args.out, started, &format!("infra-{target}")), &results)?;
    terminal.note(&tell::table(&results, terminal.look()));
    terminal.note(summary::closing(&results, Some(&files), terminal.look()).trim_end());
    if args.telling.json {
        crate::json(terminal, &results)?;
    }
    Ok(Exit::from(results.verdict))
}

/// The rules that were asked for: by ID, or by the letters that IDs begin with.
fn select<'r>(rules: &'r Rules, ids: &[String]) -> Result<Vec<(&'r Subject, &'r Rule)>, Failure> {
    let is =
        |rule: &Rule, id: &str| rule.id == id || rule.id.trim_end_matches(|c: char| c.is_ascii_digit()) == id;
    for id in ids {
        if !rules.all().any(|(_, rule)| is(rule, id)) {
            return Err(Failure::Usage(format!(
                "no rule has the ID or letters `{id}`; `conformance infra list` has them all"
            )));
        }
    }
    Ok(rules.all().filter(|(_, rule)| ids.is_empty() || ids.iter().any(|id| is(rule, id))).collect())
}

/// The resources, the target's name, and where they are from.
fn stack(
    args: &RunArgs,
    checkout: &Checkout,
    terminal: Terminal,
) -> Result<(Stack, &'static str, String), Failure> {
    if let Some(path) = &args.live {
        let (stack, place) = live::stack(path, &args.var_files, terminal)?;
        return Ok((stack, LIVE, place));
    }
    let (stack, place) = plan::stack(&args.plan, checkout, terminal)?;
    Ok((stack, if args.plan.pulumi.is_some() { PULUMI } else { PLAN }, place))
}

/// The files that rules about code look at, and the gate's cases that they name.
fn checkout(args: &PlanArgs) -> Result<Checkout, Failure> {
    let cases = Suite::built_in()?.cases().map(|(_, case)| case.id.to_string()).collect::<BTreeSet<_>>();
    let root = match &args.checkout {
        Some(root) if root.join("conformance").is_dir() => Some(root.clone()),
        Some(root) => {
            return Err(Failure::Usage(format!(
                "--checkout {}: there is no checkout of this project",
                root.display()
            )));
        }
        None => root_here(),
    };
    Ok(Checkout { root, cases })
}

/// The checkout that this is called in, else the one that the program was built from, if it is still there.
fn root_here() -> Option<PathBuf> {
    let is_root = |folder: &Path| folder.join("conformance/infra-rules").is_dir();
    let here = std::env::current_dir().ok();
    let above = here.as_deref().into_iter().flat_map(Path::ancestors).find(|folder| is_root(folder));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent().filter(|folder| is_root(folder));
    above.or(built).map(Path::to_owned)
}

/// A judged rule as the record has it.
fn case_result(subject: &Subject, judged: Judged<'_>, duration_ms: f64) -> Result<CaseResult, Failure> {
    let outcome = match judged.outcome {
        judge::Outcome::Passed => Outcome::Passed,
        judge::Outcome::Partly => Outcome::Partly,
        judge::Outcome::Failed => Outcome::Failed,
        judge::Outcome::Skipped => Outcome::Skipped,
    };
    let reason = match outcome {
        Outcome::Failed => judged.reason.map(|mend| format!("mend it in {mend}")),
        _ => judged.reason,
    };
    let finding =
        |one: judge::Finding| Finding { what: one.what, expected: one.expected, observed: one.observed };
    let step = |one: judge::Step| StepResult {
        what: one.what,
        findings: one.findings.into_iter().map(finding).collect(),
        not_observed: one.not_observed,
        replay: None,
    };
    let rule = judged.rule;
    Ok(CaseResult {
        id: id(&rule.id)?,
        subject: subject.subject.clone(),
        title: rule.title.clone(),
        level: Level::Must,
        why: rule.why.clone(),
        source: rule.source.clone(),
        outcome,
        reason,
        duration_ms: (duration_ms * 1e3).round() / 1e3,
        steps: judged.steps.into_iter().map(step).collect(),
    })
}

fn id(id: &str) -> Result<CaseId, Failure> {
    id.parse().map_err(|error| internal("a rule's ID", &error))
}

fn results(
    cases: Vec<CaseResult>,
    target: &str,
    place: String,
    filter: Option<String>,
    started: OffsetDateTime,
    took_s: f64,
) -> Results {
    let judgement = verdict::judge(&cases, false);
    Results {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build_profile: if cfg!(debug_assertions) { "dev" } else { "release" }.to_owned(),
        started_at: started.format(&Rfc3339).unwrap_or_default(),
        duration_s: (took_s * 1e3).round() / 1e3,
        target: target.to_owned(),
        base_url: place,
        seed: 0,
        capabilities: Capabilities::default(),
        filter,
        strict: false,
        verdict: judgement.verdict,
        exit_code: judgement.exit().code(),
        reasons: judgement.reasons,
        counts: Results::count(&cases),
        cases,
    }
}

#[cfg(test)]
mod tests;

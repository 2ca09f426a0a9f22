//! Breaks the system on purpose and sees which cases notice. A defect that no case notices, and a case that notices no defect,
//! turn the run red: either way the gate could not be trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt as _, stream};
use localstack::cargo::Program;
use localstack::embedded::Defect;
use provider_sim::Keys;
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;

use crate::case::CaseId;
use crate::cli::MutantsArgs;
use crate::exit::{Exit, Failure};
use crate::gate::{folder, internal, now};
use crate::matrix::{Matrix, MutantKind, MutantResult, SCHEMA_VERSION, table};
use crate::results::{CaseResult, Outcome};
use crate::run::{How, Place, Selected, run};
use crate::suite::Suite;
use crate::target::embedded::{self, System};
use crate::terminal::Terminal;

/// The mutants that there are.
const FILE: &str = include_str!("../mutants.toml");
/// Variable by which a bootstrap with defects is told which one to have.
const VARIABLE: &str = "PEAKPROOF_MUTANT";
/// Its value for none.
const HEALTHY: &str = "none";
/// Name of the executable.
const BOOTSTRAP: Program = Program { package: "mutant-bootstrap", name: "mutant-bootstrap", along: &[] };
/// Cases at once on one mutant.
const CASES_AT_ONCE: usize = 12;

/// `mutants.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutants {
    /// All of them.
    #[serde(rename = "mutant", default)]
    pub mutants: Vec<Mutant>,
}

/// A deliberate defect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// Where the defect is.
    pub kind: MutantKind,
    /// The defect, in a sentence.
    pub defect: String,
    /// The cases that notice it.
    pub caught_by: BTreeSet<CaseId>,
}

impl Mutants {
    /// The mutants that come with this program.
    ///
    /// # Errors
    /// Their file is wrong, which a test finds.
    pub fn built_in() -> Result<Self, Failure> {
        toml::from_str(FILE).map_err(|error| internal("mutants.toml", &error))
    }

    /// What is wrong with them as a proof of the suite, one sentence each.
    #[must_use]
    pub fn gaps(&self, suite: &Suite) -> Vec<String> {
        let mut gaps = Vec::new();
        let mut names = BTreeSet::new();
        let mut catching: BTreeSet<&CaseId> = BTreeSet::new();
        for mutant in &self.mutants {
            if !names.insert(&mutant.name) {
                gaps.push(format!("there are two mutants `{}`", mutant.name));
            }
            if mutant.caught_by.is_empty() {
                gaps.push(format!("no case is named for the mutant `{}`", mutant.name));
            }
            for id in &mutant.caught_by {
                if suite.case(id).is_none() {
                    gaps.push(format!("{id}, named for the mutant `{}`, is no case", mutant.name));
                }
                catching.insert(id);
            }
        }
        let idle = suite.cases().map(|(_, case)| &case.id).filter(|id| !catching.contains(id));
        gaps.extend(idle.map(|id| format!("{id} is named for no mutant")));
        gaps
    }
}

/// Runs the mutants that were asked for.
///
/// # Errors
/// Nothing could be tried.
pub async fn mutants(args: &MutantsArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let suite = Suite::built_in()?;
    let all = Mutants::built_in()?;
    let wanted = select(&all, &args.mutants)?;
    let bootstrap = match &args.bootstrap {
        Some(path) => path.clone(),
        None => built(terminal).await?,
    };
    let scratch = tempfile::tempdir().map_err(|error| internal("no temporary folder", &error))?;
    let (began, started) = (Instant::now(), now());
    let bench =
        Bench { suite: &suite, bootstrap, keys: embedded::keys(args.seed)?, scratch: scratch.path(), args };
    bench.healthy(&wanted, terminal).await?;
    let (bench, count) = (&bench, wanted.len());
    let tried = stream::iter(wanted.iter().enumerate().map(|(at, mutant)| async move {
        let result = Box::pin(bench.one(mutant)).await;
        let caught = if result.caught { "caught" } else { "NOT CAUGHT" };
        terminal.note(&format!("{caught:<11} {:>3} of {}  {}", at + 1, count, result.name));
        result
    }));
    let tried = tried.buffered(usize::from(args.jobs)).collect();
    let mutants: Vec<MutantResult> = tokio::select! {
        tried = tried => tried,
        () = crate::interrupt::asked() => return Err(Failure::Interrupted),
    };
    let idle_cases = bench.idle(&wanted, &mutants);
    let matrix = Matrix {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: started.format(&Rfc3339).unwrap_or_default(),
        duration_s: (began.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        seed: args.seed,
        filter: (!args.mutants.is_empty()).then(|| args.mutants.join(" ")),
        verdict: Matrix::judge(&mutants, &idle_cases),
        mutants,
        idle_cases,
    };
    let (json, page) = matrix.write(&folder(&args.out, started, "mutants"))?;
    terminal.note(&table(&matrix, terminal.look()));
    terminal.note(&format!("matrix   {}\nrecord   {}", page.display(), json.display()));
    if let Some(path) = &args.propose {
        std::fs::write(path, proposal(&matrix))
            .map_err(|error| Failure::Usage(format!("--propose {}: {error}", path.display())))?;
    }
    if args.telling.json {
        let json = serde_json::to_string_pretty(&matrix).map_err(|error| internal("matrix", &error))?;
        terminal.result(&format!("{json}\n"));
    }
    Ok(Exit::from(matrix.verdict))
}

fn select<'a>(all: &'a Mutants, names: &[String]) -> Result<Vec<&'a Mutant>, Failure> {
    for name in names {
        if !all.mutants.iter().any(|mutant| mutant.name == *name) {
            return Err(Failure::Usage(format!(
                "there is no mutant `{name}`; conformance/mutants.toml has them all"
            )));
        }
    }
    Ok(all.mutants.iter().filter(|mutant| names.is_empty() || names.contains(&mutant.name)).collect())
}

/// What all mutants are tried with.
struct Bench<'a> {
    suite: &'a Suite,
    bootstrap: PathBuf,
    keys: Arc<Keys>,
    scratch: &'a Path,
    args: &'a MutantsArgs,
}

impl Bench<'_> {
    fn cases(&self, wanted: impl Fn(&CaseId) -> bool) -> Vec<Selected<'_>> {
        let subjects = &self.args.subjects;
        let asked = |name: &String| self.args.all_cases && (subjects.is_empty() || subjects.contains(name));
        self.suite.cases().filter(|(subject, case)| asked(&subject.subject) || wanted(&case.id)).collect()
    }

    async fn run(
        &self,
        name: &str,
        system: System,
        cases: &[Selected<'_>],
    ) -> Result<Vec<CaseResult>, Failure> {
        let log_dir = self.scratch.join(name);
        let place = Place::Embedded { system, keys: Arc::clone(&self.keys), log_dir };
        let how = How { seed: self.args.seed, salt: String::new(), at_once: CASES_AT_ONCE };
        Box::pin(run(cases, &place, &how, &|_| {})).await
    }

    /// The same cases on the same bootstrap without a defect: a case that fails there too would catch everything.
    async fn healthy(&self, wanted: &[&Mutant], terminal: Terminal) -> Result<(), Failure> {
        let named: BTreeSet<&CaseId> = wanted.iter().flat_map(|mutant| &mutant.caught_by).collect();
        let cases = self.cases(|id| named.contains(id));
        if cases.is_empty() {
            return Err(Failure::Usage(
                "no case is named for these mutants, so nothing can be tried".to_owned(),
            ));
        }
        let results = self.run(HEALTHY, self.with_defect(HEALTHY), &cases).await?;
        let wrong: Vec<String> = results
            .iter()
            .filter(|case| !matches!(case.outcome, Outcome::Passed))
            .map(|case| format!("  {} {}", case.id, case.outcome.word()))
            .collect();
        if !wrong.is_empty() {
            return Err(Failure::Unavailable(format!(
                "these cases do not pass on the system without a defect, so what they say of a mutant means nothing:\n{}\nNext: \
                 `conformance run` tells why.",
                wrong.join("\n")
            )));
        }
        terminal.note(&format!("without a defect {} cases pass", results.len()));
        Ok(())
    }

    fn with_defect(&self, name: &str) -> System {
        System {
            bootstrap: Some(self.bootstrap.clone()),
            environment: BTreeMap::from([(VARIABLE.to_owned(), name.to_owned())]),
            defects: Vec::new(),
        }
    }

    async fn one(&self, mutant: &Mutant) -> MutantResult {
        let began = Instant::now();
        let what = (mutant.name.as_str(), mutant.kind, mutant.defect.as_str());
        let system = match mutant.kind {
            MutantKind::Code => Ok(self.with_defect(&mutant.name)),
            MutantKind::Deployment => mutant
                .name
                .parse::<Defect>()
                .map(|defect| System { defects: vec![defect], ..self.with_defect(HEALTHY) })
                .map_err(|error| error.to_string()),
            MutantKind::Plan => Err("mutants of a plan are tried by `conformance infra mutants`".to_owned()),
        };
        let cases = self.cases(|id| mutant.caught_by.contains(id));
        let results = match system {
            Ok(system) => self.run(&mutant.name, system, &cases).await.map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        let took_ms = (began.elapsed().as_secs_f64() * 1e3).round();
        match results {
            Ok(results) => {
                let outcomes = results.into_iter().map(|case| (case.id, case.outcome));
                MutantResult::tried(what, &mutant.caught_by, outcomes, took_ms)
            }
            Err(reason) => {
                let mut result = MutantResult::tried(what, &mutant.caught_by, [], took_ms);
                result.reason = Some(reason);
                result
            }
        }
    }

    /// Cases that were named, or with `--all-cases` all, and failed on no mutant.
    fn idle(&self, wanted: &[&Mutant], results: &[MutantResult]) -> Vec<CaseId> {
        let named: BTreeSet<&CaseId> = wanted.iter().flat_map(|mutant| &mutant.caught_by).collect();
        // Of some mutants only, the cases of the others say nothing.
        let whole = self.args.mutants.is_empty();
        let tried = self.suite.cases().map(|(_, case)| &case.id).filter(|id| whole || named.contains(id));
        Matrix::idle(results, tried.cloned())
    }
}

/// What caught what, in the form of `mutants.toml`.
fn proposal(matrix: &Matrix) -> String {
    let mut text = String::new();
    for mutant in &matrix.mutants {
        let ids: Vec<String> = mutant.caught_by().map(|case| format!("\"{}\"", case.id)).collect();
        text.push_str(&format!("{}\t{}\n", mutant.name, ids.join(", ")));
    }
    text
}

/// The bootstrap with the defects.
async fn built(terminal: Terminal) -> Result<PathBuf, Failure> {
    terminal.note("building the bootstrap with the defects in it");
    BOOTSTRAP.built().await.map_err(|error| Failure::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests;

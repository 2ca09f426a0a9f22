//! Breaks the plan on purpose, in memory, and sees which rules notice. The plan as it is must pass: a rule that fails on it too
//! would catch everything.

use std::collections::BTreeSet;
use std::time::Instant;

use infra_rules::checkout::Checkout;
use infra_rules::judge::{self, judge};
use infra_rules::mutant::{Mutant, Mutants};
use infra_rules::rule::Rule;
use infra_rules::rules::Rules;
use infra_rules::stack::Stack;
use time::format_description::well_known::Rfc3339;

use super::cli::MutantsArgs;
use super::{checkout, id, plan};
use crate::case::CaseId;
use crate::exit::{Exit, Failure};
use crate::gate::{folder, internal, now};
use crate::matrix::{Matrix, MutantKind, MutantResult, SCHEMA_VERSION, table};
use crate::results::Outcome;
use crate::terminal::Terminal;

/// Tries the mutants that were asked for.
pub(super) fn mutants(args: &MutantsArgs, rules: &Rules, terminal: Terminal) -> Result<Exit, Failure> {
    let all = Mutants::built_in().map_err(|error| internal("mutants.toml", &error))?;
    let mut wanted = select(&all, &args.mutants)?;
    let (began, started) = (Instant::now(), now());
    let checkout = checkout(&args.plan)?;
    let (stack, _) = plan::stack(&args.plan, &checkout, terminal)?;
    wanted.retain(|mutant| mutant.is_about(&stack));
    let bench = Bench { rules, stack: &stack, checkout: &checkout };
    let healthy = bench.failed(&stack);
    if !healthy.is_empty() {
        return Err(Failure::Unavailable(format!(
            "these rules fail on the plan as it is, so what they say of a mutant means nothing: {}\nNext: `conformance infra` tells why.",
            healthy.into_iter().collect::<Vec<_>>().join(", ")
        )));
    }
    let mutants: Vec<MutantResult> =
        wanted.iter().map(|mutant| bench.one(mutant)).collect::<Result<_, _>>()?;
    let named: BTreeSet<&String> = wanted.iter().flat_map(|mutant| &mutant.caught_by).collect();
    let tried =
        bench.about_it().map(|rule| &rule.id).filter(|id| args.mutants.is_empty() || named.contains(id));
    let idle_cases = Matrix::idle(&mutants, tried.map(|one| id(one)).collect::<Result<Vec<_>, _>>()?);
    let matrix = Matrix {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: started.format(&Rfc3339).unwrap_or_default(),
        duration_s: (began.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        seed: 0,
        filter: (!args.mutants.is_empty()).then(|| args.mutants.join(" ")),
        verdict: Matrix::judge(&mutants, &idle_cases),
        mutants,
        idle_cases,
    };
    let (json, page) = matrix.write(&folder(&args.out, started, "infra-mutants"))?;
    terminal.note(&table(&matrix, terminal.look()));
    terminal.note(&format!("matrix   {}\nrecord   {}", page.display(), json.display()));
    if args.telling.json {
        crate::json(terminal, &matrix)?;
    }
    Ok(Exit::from(matrix.verdict))
}

fn select<'m>(all: &'m Mutants, names: &[String]) -> Result<Vec<&'m Mutant>, Failure> {
    for name in names {
        if !all.mutants.iter().any(|mutant| mutant.name == *name) {
            return Err(Failure::Usage(format!(
                "there is no mutant `{name}`; conformance/infra-rules/mutants.toml has them all"
            )));
        }
    }
    Ok(all.mutants.iter().filter(|mutant| names.is_empty() || names.contains(&mutant.name)).collect())
}

struct Bench<'b> {
    rules: &'b Rules,
    stack: &'b Stack,
    checkout: &'b Checkout,
}

impl<'b> Bench<'b> {
    /// Rules that are looked at in such a stack.
    fn about_it(&self) -> impl Iterator<Item = &'b Rule> {
        let (rules, place): (&'b Rules, _) = (self.rules, self.stack.source.place());
        rules.all().filter(move |(_, rule)| rule.is_at(place)).map(|(_, rule)| rule)
    }

    /// Those that fail on it.
    fn failed(&self, stack: &Stack) -> BTreeSet<String> {
        let failed = self
            .about_it()
            .filter(|rule| judge(rule, stack, self.checkout).outcome == judge::Outcome::Failed);
        failed.map(|rule| rule.id.clone()).collect()
    }

    fn one(&self, mutant: &Mutant) -> Result<MutantResult, Failure> {
        let began = Instant::now();
        let what = (mutant.name.as_str(), MutantKind::Plan, mutant.defect.as_str());
        let named: BTreeSet<CaseId> = mutant.caught_by.iter().map(|one| id(one)).collect::<Result<_, _>>()?;
        let broken = mutant.of(self.stack);
        let outcomes: Vec<(CaseId, Outcome)> = match &broken {
            Err(_) => Vec::new(),
            Ok(stack) => {
                let failed = self.failed(stack);
                let outcome =
                    |one: &String| if failed.contains(one) { Outcome::Failed } else { Outcome::Passed };
                self.about_it()
                    .map(|rule| Ok((id(&rule.id)?, outcome(&rule.id))))
                    .collect::<Result<_, Failure>>()?
            }
        };
        let took_ms = (began.elapsed().as_secs_f64() * 1e3).round();
        let mut result = MutantResult::tried(what, &named, outcomes, took_ms);
        result.reason = broken.err().map(|error| error.to_string());
        Ok(result)
    }
}

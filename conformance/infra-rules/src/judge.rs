//! Judges a stack by rules. Nothing holds because nothing was found: a selection that is empty fails, unless it has to be.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkout::Checkout;
use crate::names::Names;
use crate::path::Path;
use crate::rule::{Elsewhere, Expect, Place, Rule, Select};
use crate::stack::{Source, Stack};
use crate::value::Value;

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as it says.
    Passed,
    /// Everything that can be looked at here is; the rest is named.
    Partly,
    /// Something is otherwise.
    Failed,
    /// Nothing of it can be looked at here.
    Skipped,
}

/// A rule with what was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where the outcome alone does not say it.
    pub reason: Option<String>,
    /// What was looked at.
    pub steps: Vec<Step>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// What, in words.
    pub what: String,
    /// What was seen otherwise than expected.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub not_observed: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub what: String,
    /// What the rule says.
    pub expected: String,
    /// What is there.
    pub observed: String,
}

impl Finding {
    /// A difference.
    pub fn new(what: impl Into<String>, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self { what: what.into(), expected: expected.into(), observed: observed.into() }
    }
}

/// Judges one rule.
#[must_use]
pub fn judge<'a>(rule: &'a Rule, stack: &Stack, checkout: &Checkout) -> Judged<'a> {
    let other_stack = match (rule.is_at(Place::Pulumi), stack.source) {
        (true, Source::Plan | Source::Live) => Some("it is about infra/pulumi: give --pulumi FILE"),
        (false, Source::Pulumi) => Some("it is about infra/terraform"),
        _ => None,
    };
    if let Some(reason) = other_stack {
        let reason = Some(reason.to_owned());
        return Judged { rule, outcome: Outcome::Skipped, reason, steps: Vec::new() };
    }
    let place = stack.source.place();
    let mut steps: Vec<Step> =
        rule.expected_at(place).flat_map(|expect| expectation(expect, stack)).collect();
    let unread = |step: &Step| step.findings.is_empty() && !step.not_observed.is_empty();
    let mut seen = steps.iter().any(|step| !unread(step));
    for code in &rule.code {
        let step = checkout.judge(code);
        seen |= !unread(&step);
        steps.push(step);
    }
    // Files alone do not show what it says of resources.
    if !rule.code.is_empty() && !rule.expect.is_empty() && !rule.is_at(place) {
        let not_observed = vec![looked_at_elsewhere(stack.source)];
        steps.push(Step { what: "its resources".to_owned(), not_observed, ..Step::default() });
    }
    let shown: Vec<String> = rule.elsewhere.iter().map(told).collect();
    for elsewhere in &rule.elsewhere {
        let findings = checkout.missing_cases(&elsewhere.cases);
        let not_observed = vec![told(elsewhere)];
        steps.push(Step { what: elsewhere.what.clone(), findings, not_observed });
    }
    let failed = steps.iter().any(|step| !step.findings.is_empty());
    let open = steps.iter().any(|step| !step.not_observed.is_empty());
    let unseen = || {
        let told: BTreeSet<&String> = steps.iter().flat_map(|step| &step.not_observed).collect();
        told.into_iter().cloned().collect::<Vec<_>>().join("; ")
    };
    let (outcome, reason) = match (failed, seen, open) {
        (true, ..) => (Outcome::Failed, Some(rule.mend.clone())),
        (false, false, _) if steps.is_empty() => (Outcome::Skipped, Some(looked_at_elsewhere(stack.source))),
        (false, false, _) if !shown.is_empty() => (Outcome::Skipped, Some(shown.join("; "))),
        (false, false, _) => (Outcome::Skipped, Some(unseen())),
        (false, true, true) => (Outcome::Partly, None),
        (false, true, false) => (Outcome::Passed, None),
    };
    if outcome == Outcome::Skipped {
        steps.clear();
    }
    Judged { rule, outcome, reason, steps }
}

fn looked_at_elsewhere(source: Source) -> String {
    let place = if source == Source::Plan { "a running target" } else { "a plan" };
    format!("it is looked at in {place} only")
}

fn told(elsewhere: &Elsewhere) -> String {
    format!("{}: shown by `{}`", elsewhere.what, elsewhere.command)
}

/// One expectation, once for each set of names.
fn expectation(expect: &Expect, stack: &Stack) -> Vec<Step> {
    if expect.when.iter().any(|(name, value)| stack.names.get(name) != Some(value)) {
        return Vec::new();
    }
    let none = [BTreeMap::new()];
    let each = if expect.each.is_empty() { &none[..] } else { &expect.each };
    each.iter().map(|names| one(expect, names, stack)).collect()
}

fn one(expect: &Expect, each: &BTreeMap<String, Value>, stack: &Stack) -> Step {
    let filled = stack.names.with(each).and_then(|names| Ok((names.text(&expect.what)?, names)));
    let (what, names) = match filled {
        Ok(filled) => filled,
        Err(error) => return wrong_rule(&expect.what, &error.to_string()),
    };
    if let Some(check) = expect.check {
        let step = check.run(stack);
        return Step { what, ..step };
    }
    let Some(select) = &expect.select else { return wrong_rule(&what, "it selects nothing") };
    match compare(expect, select, &names, stack) {
        Ok(findings) => Step { what, findings, not_observed: Vec::new() },
        Err(error) => wrong_rule(&what, &error),
    }
}

fn wrong_rule(what: &str, error: &str) -> Step {
    let findings = vec![Finding::new("the rule itself", "can be understood", error)];
    Step { what: what.to_owned(), findings, not_observed: Vec::new() }
}

fn compare(expect: &Expect, select: &Select, names: &Names, stack: &Stack) -> Result<Vec<Finding>, String> {
    let select = select.fill(names).map_err(|error| error.to_string())?;
    let chosen = stack.select(&select);
    let mut findings = Vec::new();
    let right = expect.count.map_or(expect.if_any || !chosen.is_empty(), |count| chosen.len() == count);
    if !right {
        let expected = match expect.count {
            Some(0) => "none".to_owned(),
            Some(count) => format!("{count}"),
            None => "at least one".to_owned(),
        };
        findings.push(Finding::new(select.words(), expected, seen_instead(&select, stack)));
    }
    for (path, expected) in &expect.values {
        let path = names.text(&path.0).map_err(|error| error.to_string())?;
        let path = Path::parse(&path).map_err(|error| error.to_string())?;
        let expected = expected.fill(names).map_err(|error| error.to_string())?;
        for resource in &chosen {
            for found in path.get(&resource.values) {
                if let Err(words) = expected.check(&found, resource, stack) {
                    let what = format!("{}: {}", resource.address, found.at);
                    findings.push(Finding::new(what, words, found.value.to_string()));
                }
            }
        }
    }
    Ok(findings)
}

/// How many there are, and what the others of the type are like.
fn seen_instead(select: &Select, stack: &Stack) -> String {
    let chosen: Vec<&str> = stack.select(select).iter().map(|one| one.address.as_str()).collect();
    if !chosen.is_empty() {
        return format!("{}: {}", chosen.len(), chosen.join(", "));
    }
    let others = stack.of(&select.kind).count();
    let mut text = format!("none of {others} of this type");
    for (path, _) in &select.with {
        let unknown =
            stack.of(&select.kind).filter(|one| path.get(&one.values).iter().any(|v| v.value.has_unknown()));
        let unknown = unknown.count();
        if unknown > 0 {
            text.push_str(&format!("; the plan does not know `{path}` of {unknown}"));
        }
    }
    text
}

#[cfg(test)]
mod tests;

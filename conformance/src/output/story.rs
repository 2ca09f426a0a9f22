//! What every rendering says in the same words: the verdict, the counts with their denominator, the command to see it again.

use std::collections::BTreeMap;
use std::path::Path;

use crate::case::{CaseId, Level};
use crate::infra;
use crate::results::{CaseResult, Outcome, Results, Verdict};
use crate::template::quoted;

/// The verdict as a word and its mark.
pub(crate) const fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("✓", "Pass"),
        Verdict::Fail => ("✗", "Fail"),
        Verdict::Unknown => ("?", "No verdict"),
    }
}

/// What was judged, as a heading.
pub(crate) fn subject(results: &Results) -> String {
    match results.target.as_str() {
        infra::PLAN => "The infrastructure as planned".to_owned(),
        infra::LIVE => "The infrastructure as deployed".to_owned(),
        infra::PULUMI => "The Pulumi stack as it declares itself".to_owned(),
        "url" => format!("Conformance of {}", results.base_url),
        target => format!("Conformance of {target}"),
    }
}

/// `158 of 163 passed, 3 skipped, 2 failed`: what is worst comes last, where it is remembered, and nothing is left out.
pub(crate) fn counts(results: &Results) -> String {
    let mut said = vec![format!("{} of {} passed", results.counted(Outcome::Passed), results.cases.len())];
    for (outcome, words) in [
        (Outcome::Partly, "passed as far as could be seen"),
        (Outcome::Skipped, "skipped"),
        (Outcome::KnownFailure, "failed as known"),
        (Outcome::Broken, "could not be run"),
        (Outcome::UnexpectedPass, "passed unexpectedly"),
        (Outcome::Failed, "failed"),
    ] {
        let count = results.counted(outcome);
        if count > 0 {
            said.push(format!("{count} {words}"));
        }
    }
    said.join(", ")
}

/// The command that runs all of it again, or one case.
pub(crate) fn again(results: &Results, id: Option<&CaseId>) -> String {
    let profile = if results.build_profile == "release" { "--release " } else { "" };
    if is_infra(results) {
        let mut command = format!("cargo run {profile}-p conformance -- infra");
        // A file is named by its path; a plan that was made for the run is made again.
        if let (infra::LIVE, Some((folder, files))) =
            (results.target.as_str(), results.base_url.split_once(", "))
        {
            command.push_str(&format!(" --live {}", word(folder)));
            files.split(", ").for_each(|file| command.push_str(&format!(" --var-file {}", word(file))));
        } else if results.target == infra::LIVE
            || Path::new(&results.base_url).extension().is_some_and(|ending| ending == "json")
        {
            let flag = match results.target.as_str() {
                infra::LIVE => "--live",
                infra::PULUMI => "--pulumi",
                _ => "--plan",
            };
            command.push_str(&format!(" {flag} {}", word(&results.base_url)));
        } else if let Some((_, environment)) = results.base_url.split_once(", ") {
            command.push_str(&format!(" --environment {}", word(environment)));
        }
        if let Some(id) = id {
            command.push_str(&format!(" --id {id}"));
        }
        return command;
    }
    let mut command = format!("cargo run {profile}-p conformance -- run");
    if results.target != "embedded" {
        command.push_str(&format!(" --target {}", word(&results.target)));
    }
    // The record does not hold where these files are; the names say what belongs there.
    match results.target.as_str() {
        "localstack" => command.push_str(" --ready-file ready.json"),
        "aws" => command.push_str(" --outputs outputs.json"),
        _ => {}
    }
    if results.target == "url" {
        command.push_str(&format!(" --base-url {} --config receiver.toml", word(&results.base_url)));
    }
    if let Some(id) = id {
        command.push_str(&format!(" --id {id}"));
    }
    command.push_str(&format!(" --seed {}", results.seed));
    if results.strict {
        command.push_str(" --strict");
    }
    command
}

/// Whether it is a run of the infrastructure's rules, which makes no choices.
pub(crate) fn is_infra(results: &Results) -> bool {
    [infra::PLAN, infra::LIVE, infra::PULUMI].contains(&results.target.as_str())
}

/// The seed among other words, where there is one.
pub(crate) fn seed(results: &Results, before: &str) -> String {
    if is_infra(results) { String::new() } else { format!("{before}seed {}", results.seed) }
}

/// A word of a command; in quotes where a shell would see more in it.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// What a reader must know of, worst first: broken MUSTs, unexpected passes, broken SHOULDs.
pub(crate) fn wrong(results: &Results) -> Vec<&CaseResult> {
    let rank = |case: &CaseResult| match (case.outcome, case.level) {
        (Outcome::Failed, Level::Must) => Some(0),
        (Outcome::UnexpectedPass, _) => Some(1),
        (Outcome::Failed, Level::Should) => Some(2),
        _ => None,
    };
    let mut wrong: Vec<_> = results.cases.iter().filter_map(|case| Some((rank(case)?, case))).collect();
    wrong.sort_by_key(|(rank, _)| *rank);
    wrong.into_iter().map(|(_, case)| case).collect()
}

/// Cases of an outcome.
pub(crate) fn of(results: &Results, outcome: Outcome) -> impl Iterator<Item = &CaseResult> {
    results.cases.iter().filter(move |case| case.outcome == outcome)
}

/// Cases of an outcome by their reason, the most frequent reason first.
pub(crate) fn by_reason(results: &Results, outcome: Outcome) -> Vec<(&str, Vec<&CaseResult>)> {
    group(of(results, outcome).map(|case| (case.reason.as_deref().unwrap_or("no reason is recorded"), case)))
}

/// What could not be looked at in cases that are right otherwise, by what it is.
pub(crate) fn by_not_observed(results: &Results) -> Vec<(&str, Vec<&CaseResult>)> {
    let pairs = of(results, Outcome::Partly).flat_map(|case| {
        let mut what: Vec<&str> =
            case.steps.iter().flat_map(|step| step.not_observed.iter().map(String::as_str)).collect();
        what.sort_unstable();
        what.dedup();
        what.into_iter().map(move |what| (what, case))
    });
    group(pairs)
}

fn group<'a>(pairs: impl Iterator<Item = (&'a str, &'a CaseResult)>) -> Vec<(&'a str, Vec<&'a CaseResult>)> {
    let mut by: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for (reason, case) in pairs {
        by.entry(reason).or_default().push(case);
    }
    let mut groups: Vec<_> = by.into_iter().collect();
    groups.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    groups
}

/// Subjects in the order of the suite, each with its cases.
pub(crate) fn by_subject(results: &Results) -> Vec<(&str, Vec<&CaseResult>)> {
    let mut subjects: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &results.cases {
        match subjects.iter_mut().find(|(subject, _)| *subject == case.subject) {
            Some((_, cases)) => cases.push(case),
            None => subjects.push((&case.subject, vec![case])),
        }
    }
    subjects
}

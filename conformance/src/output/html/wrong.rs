//! Cases that need a person: each with why it matters, what was expected and seen, and how to see it again.

use maud::{Markup, html};

use super::head::unless_empty;
use super::{badge, level, marked, tone};
use crate::output::story;
use crate::results::{CaseResult, Outcome, Results, StepResult};

pub(super) fn wrong(results: &Results) -> Markup {
    let cases = story::wrong(results);
    let content = html! { @for case in &cases { (told(results, case)) } };
    let note = "What a MUST says first. Each with the request to send again and the command that runs the case alone.";
    unless_empty(cases.is_empty(), "wrong", "What is wrong", note, content)
}

pub(super) fn broken(results: &Results) -> Markup {
    let cases: Vec<_> = story::of(results, Outcome::Broken).collect();
    let content = html! { @for case in &cases { (told(results, case)) } };
    let note =
        "Neither right nor wrong: something went amiss before it was known. They stay in the denominator.";
    unless_empty(cases.is_empty(), "broken", "Could not be run", note, content)
}

pub(super) fn known(results: &Results) -> Markup {
    let cases: Vec<_> = story::of(results, Outcome::KnownFailure).collect();
    let content = html! { @for case in &cases { (told(results, case)) } };
    let note =
        "Listed with a reason. The day one of them passes, the run turns red until the entry is taken off.";
    unless_empty(cases.is_empty(), "known", "Known failures", note, content)
}

fn told(results: &Results, case: &CaseResult) -> Markup {
    html! {
        article.case.(tone(results, case)) id=(case.id) data-id=(case.id) data-outcome=(case.outcome.word())
            data-level=(super::super::list::level(case.level)) data-subject=(case.subject) {
            p.tag { (badge(results, case)) " " code.id { (case.id) } " " (level(case.level)) }
            h3 { (marked(&case.title)) }
            p.why { (marked(&case.why)) }
            @if let Some(reason) = &case.reason { p.reason { (marked(reason)) } }
            (steps(case))
            p.source { "Source: " (case.source) }
            p.label { "This case alone" }
            pre.command { code { (story::again(results, Some(&case.id))) } }
        }
    }
}

/// What was done and seen.
pub(super) fn steps(case: &CaseResult) -> Markup {
    html! {
        @if !case.steps.is_empty() { ol.steps { @for step in &case.steps { li { (one_step(step)) } } } }
    }
}

fn one_step(step: &StepResult) -> Markup {
    html! {
        p.what { (marked(&step.what)) }
        @for finding in &step.findings {
            dl.finding {
                dt.about { (finding.what) }
                div { dt { "expected" } dd { pre tabindex="0" { (finding.expected) } } }
                div.observed { dt { "observed" } dd { pre tabindex="0" { (finding.observed) } } }
            }
        }
        @if !step.not_observed.is_empty() {
            ul.unseen { @for what in &step.not_observed { li { "not looked at: " (what) } } }
        }
        @if let Some(replay) = &step.replay {
            details.replay open {
                summary { "The request, to send again" }
                pre.command tabindex="0" { code { (replay) } }
            }
        }
    }
}

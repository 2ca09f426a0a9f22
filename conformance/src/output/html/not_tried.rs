//! What is not known, by its reason: it counts in the denominator, so it has a place on the page.

use maud::{Markup, html};

use super::anchor;
use super::head::unless_empty;
use crate::output::story;
use crate::results::{CaseResult, Outcome, Results};

pub(super) fn not_tried(results: &Results) -> Markup {
    let skipped = story::by_reason(results, Outcome::Skipped);
    let partly = story::by_not_observed(results);
    let content = html! {
        ul.untried {
            @for (reason, cases) in &skipped { (group("skipped", reason, cases)) }
            @for (what, cases) in &partly { (group("partly", what, cases)) }
        }
    };
    let note = "Skipped: the target does not offer what the case needs. Partly: right as far as could be seen, and this could not be.";
    unless_empty(skipped.is_empty() && partly.is_empty(), "untried", "What was not looked at", note, content)
}

fn group(word: &str, reason: &str, cases: &[&CaseResult]) -> Markup {
    html! {
        li {
            details {
                summary { span.count { (cases.len()) " " (word) } " " (reason) }
                p.ids { @for case in cases { a href=(anchor(case)) { (case.id) } " " } }
            }
        }
    }
}

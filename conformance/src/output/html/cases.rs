//! Every case by its subject, and what filters them.

use maud::{Markup, html};
use reports::figures::{capital, millis};

use super::{anchor, badge, has_card, level, marked, shown, tone, wrong};
use crate::output::story;
use crate::results::{CaseResult, Outcome, Results};

/// Hidden until the script that it works with is there.
pub(super) fn filter(results: &Results) -> Markup {
    html! {
        section.card #filter aria-label="Filter" hidden {
            div.fields {
                label.search { span { "Text" } input type="search" placeholder="ID, title, answer …" spellcheck="false" autocomplete="off"; }
                label.subject {
                    span { "Subject" }
                    select {
                        option value="" { "all" }
                        @for (subject, cases) in story::by_subject(results) {
                            option value=(subject) { (named(subject)) " (" (cases.len()) ")" }
                        }
                    }
                }
            }
            div.chips role="group" aria-label="Outcome and level" {
                @for outcome in Outcome::ALL.into_iter().filter(|outcome| results.counted(*outcome) > 0) {
                    @let (class, mark, word) = shown(outcome);
                    label.chip.(class) {
                        input type="checkbox" name="outcome" value=(outcome.word());
                        span.mark aria-hidden="true" { (mark) } " " (word) " " b { (results.counted(outcome)) }
                    }
                }
                @for one in ["MUST", "SHOULD"] {
                    label.chip { input type="checkbox" name="level" value=(one); (one) }
                }
            }
            p.shown { output aria-live="polite" { } " " button type="button" hidden { "show all" } }
        }
    }
}

pub(super) fn all(results: &Results) -> Markup {
    html! {
        @for (subject, cases) in story::by_subject(results) {
            @let right = cases.iter().filter(|case| matches!(case.outcome, Outcome::Passed | Outcome::Partly)).count();
            section.card.subject id={ "subject-" (subject) } data-part {
                h2 { (named(subject)) " " span.tally { (right) " of " (cases.len()) " right" } }
                div.rows { @for case in cases { (row(results, case)) } }
            }
        }
        @if results.cases.is_empty() { section.card { p.empty { "No case was asked for." } } }
        p.none #none hidden { "No case is left by the filter." }
    }
}

/// `paypal-signatures` as a heading.
fn named(subject: &str) -> String {
    let words: Vec<&str> = subject
        .split('-')
        .map(|word| match word {
            "paypal" => "PayPal",
            "api" => "API",
            "ipn" => "IPN",
            other => other,
        })
        .collect();
    capital(&words.join(" "))
}

fn row(results: &Results, case: &CaseResult) -> Markup {
    let id = if has_card(case) { format!("row-{}", case.id) } else { case.id.to_string() };
    html! {
        details.row.(tone(results, case)) id=(id) data-row data-id=(case.id) data-outcome=(case.outcome.word())
            data-level=(super::super::list::level(case.level)) data-subject=(case.subject) {
            summary {
                (badge(results, case))
                span.name { code.id { (case.id) } " " span.title { (marked(&case.title)) } }
                (level(case.level))
            }
            div.more {
                @if has_card(case) { p { a href=(anchor(case)) { "What was expected and seen" } } }
                @if let Some(reason) = &case.reason { p.reason { (marked(reason)) } }
                p.why { (marked(&case.why)) }
                @if !has_card(case) { (wrong::steps(case)) }
                p.source { "Source: " (case.source) @if case.outcome != Outcome::Skipped { " · " (millis(case.duration_ms)) } }
            }
        }
    }
}

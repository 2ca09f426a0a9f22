//! `mutants.html`: the matrix as a page. Lists, not a grid: of 90 × 160 fields some hundred are filled.

use std::collections::BTreeMap;

use maud::{Markup, html as markup};
use reports::figures::{millis, span};

use super::{Catch, Matrix, MutantResult};
use crate::case::CaseId;
use crate::output::html::page;
use crate::results::Verdict;

/// No script, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
#[must_use]
pub fn html(matrix: &Matrix) -> String {
    let (class, mark, word) = match matrix.verdict {
        Verdict::Pass => ("good", "✓", "Pass"),
        Verdict::Fail => ("bad", "✗", "Fail"),
        Verdict::Unknown => ("open", "?", "No verdict"),
    };
    let content = markup! {
        header {
            p.brand { "Peakproof" }
            h1 { "Mutants" }
            p.sub {
                (matrix.started_at.replace('T', " ").trim_end_matches('Z')) " UTC · " (span(matrix.duration_s))
                " · seed " (matrix.seed)
                @if let Some(filter) = &matrix.filter { " · " span.flag { "only " (filter) } }
            }
        }
        main {
            section.banner.(class) aria-label="Verdict" {
                span.mark aria-hidden="true" { (mark) }
                div {
                    p.word { (word) }
                    p.sentence { (matrix.counts()) "." }
                    p.detail {
                        "A mutant is the system with one deliberate defect. A case that is named for it must fail on it; "
                        "a case that fails on no mutant proves nothing."
                    }
                }
            }
            (survivors(matrix))
            (idle(matrix))
            (by_mutant(matrix))
            (by_case(matrix))
        }
        footer { "Drawn from mutants.json alone by Peakproof " (matrix.tool_version) ". Times are UTC." }
    };
    page(&format!("{word} · mutants · Peakproof"), POLICY, content)
}

fn survivors(matrix: &Matrix) -> Markup {
    let (survivors, untried): (Vec<_>, Vec<_>) = (matrix.survivors().collect(), matrix.untried().collect());
    markup! {
        @if !survivors.is_empty() || !untried.is_empty() {
            section.card {
                h2 { "Not caught" }
                @for mutant in survivors {
                    article.case.bad {
                        p.tag { span.judged.bad { "✗ survived" } " " code.id { (mutant.name) } " " span.level { (mutant.kind.word()) } }
                        h3 { (mutant.defect) }
                        p.source { "Named for it, and did not fail: " (ids(mutant.named_in_vain())) }
                        @if mutant.caught_by().next().is_some() {
                            p.source { "Failed, though not named for it: " (ids(mutant.caught_by())) }
                        }
                    }
                }
                @for mutant in untried {
                    article.case.open {
                        p.tag { span.judged.open { "? could not be tried" } " " code.id { (mutant.name) } }
                        h3 { (mutant.defect) }
                        p.reason { (mutant.reason.as_deref().unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn idle(matrix: &Matrix) -> Markup {
    markup! {
        @if !matrix.idle_cases.is_empty() {
            section.card {
                h2 { "Cases that caught nothing" }
                p.note { "No mutant makes them fail. Either one is missing, or the case looks at nothing." }
                p.ids { @for id in &matrix.idle_cases { code { (id) } " " } }
            }
        }
    }
}

fn by_mutant(matrix: &Matrix) -> Markup {
    markup! {
        section.card {
            h2 { "By mutant" }
            p.note { "Bold: named for it. Struck out: named for it, and did not fail." }
            @if matrix.mutants.is_empty() { p.empty { "There was no mutant." } }
            div.scroll { table.mutants {
                thead { tr { th { "" } th { "Mutant" } th { "Cases that failed on it" } th.n { "Took" } } }
                tbody { @for mutant in &matrix.mutants { (row(mutant)) } }
            } }
        }
    }
}

fn row(mutant: &MutantResult) -> Markup {
    let (class, mark, word) = match (&mutant.reason, mutant.caught) {
        (Some(_), _) => ("open", "?", "not tried"),
        (None, true) => ("good", "✓", "caught"),
        (None, false) => ("bad", "✗", "survived"),
    };
    markup! {
        tr {
            td { span.judged.(class) { span aria-hidden="true" { (mark) } " " (word) } }
            th scope="row" { code.id { (mutant.name) } span.why { (mutant.defect) } }
            td { (ids(mutant.cases.iter())) }
            td.n { (millis(mutant.duration_ms)) }
        }
    }
}

fn ids<'a>(cases: impl Iterator<Item = &'a Catch>) -> Markup {
    let mut cases: Vec<&Catch> = cases.collect();
    cases.sort_by_key(|case| (!case.expected_to_catch, &case.id));
    markup! {
        @if cases.is_empty() { span.nil { "none" } }
        span.catches {
            @for case in cases {
                @if !case.failed() { span { s { (case.id) } " (" (case.outcome.word()) ")" } }
                @else if case.expected_to_catch { b { (case.id) } }
                @else { span { (case.id) } }
                " "
            }
        }
    }
}

fn by_case(matrix: &Matrix) -> Markup {
    let mut by: BTreeMap<&CaseId, Vec<&str>> = BTreeMap::new();
    for mutant in &matrix.mutants {
        for case in mutant.caught_by() {
            by.entry(&case.id).or_default().push(&mutant.name);
        }
    }
    markup! {
        @if !by.is_empty() {
            section.card {
                h2 { "By case" }
                p.note { "Which mutants each case catches." }
                div.scroll { table.mutants {
                    thead { tr { th { "Case" } th { "Mutants" } } }
                    tbody {
                        @for (id, mutants) in &by {
                            tr { th scope="row" { code.id { (id) } } td { span.catches { @for name in mutants { span { (name) } " " } } } }
                        }
                    }
                } }
            }
        }
    }
}

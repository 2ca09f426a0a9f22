//! What a reader sees first: the verdict with its reasons, the counts, how to run it again.

use maud::{Markup, html};
use reports::figures::span;

use super::card;
use crate::case::Level;
use crate::output::story;
use crate::results::{Outcome, Results, Verdict};

pub(super) fn head(results: &Results) -> Markup {
    html! {
        p.brand { "Peakproof" }
        h1 { (story::subject(results)) }
        p.sub {
            (results.started_at.replace('T', " ").trim_end_matches('Z')) " UTC · " (span(results.duration_s))
            (story::seed(results, " · "))
            @if results.strict { " · strict" }
            @if let Some(filter) = &results.filter { " · " span.flag { "only " (filter) } }
        }
    }
}

pub(super) fn banner(results: &Results) -> Markup {
    let class = match results.verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Unknown => "open",
    };
    let (mark, word) = story::verdict(results.verdict);
    html! {
        section.banner.(class) aria-label="Verdict" {
            span.mark aria-hidden="true" { (mark) }
            div {
                p.word { (word) }
                p.sentence { (story::counts(results)) "." }
                @if !results.reasons.is_empty() {
                    ul.reasons { @for reason in &results.reasons { li { (reason) } } }
                }
            }
        }
    }
}

pub(super) fn tiles(results: &Results) -> Markup {
    let failed = |level: Level| {
        results.cases.iter().filter(|case| case.outcome == Outcome::Failed && case.level == level).count()
            as u64
    };
    let count = |outcome: Outcome| results.counted(outcome);
    let must = results.cases.iter().filter(|case| case.level == Level::Must).count();
    let total = results.cases.len();
    // Each with its tone where it is not zero.
    let tiles = [
        ("Passed", count(Outcome::Passed), format!("of {total}"), ""),
        ("MUST failed", failed(Level::Must), format!("of {must}"), "bad"),
        (
            "SHOULD failed",
            failed(Level::Should),
            format!("of {}", total - must),
            if results.strict { "bad" } else { "open" },
        ),
        ("Not run", count(Outcome::Broken), "neither right nor wrong".to_owned(), "open"),
        ("Skipped", count(Outcome::Skipped), "not offered here".to_owned(), ""),
        ("Partly", count(Outcome::Partly), "right as far as seen".to_owned(), ""),
        ("Known failures", count(Outcome::KnownFailure), "failed as listed".to_owned(), ""),
        ("Unexpected", count(Outcome::UnexpectedPass), "passed, listed".to_owned(), "bad"),
    ];
    // The last two are rare.
    let shown = tiles.iter().enumerate().filter(|(at, tile)| *at < 6 || tile.1 > 0).map(|(_, tile)| tile);
    html! {
        ul.tiles {
            @for (name, value, sub, tone) in shown {
                @let tone = if *value > 0 { *tone } else { "" };
                li class=(tone) { span.name { (name) } span.value { (value) } span.sub { (sub) } }
            }
        }
    }
}

pub(super) fn again(results: &Results) -> Markup {
    let note = match (story::is_infra(results), results.filter.is_some()) {
        (true, _) => "All rules:",
        (false, true) => "All cases, with the same seed:",
        (false, false) => "With the same seed:",
    };
    html! {
        section.card #again {
            h2 { "Run it again" }
            p.note { (note) }
            pre.command { code { (story::again(results, None)) } }
        }
    }
}

pub(super) fn about(results: &Results) -> Markup {
    let offered: Vec<&str> = results.capabilities.iter().map(|one| one.name()).collect();
    html! {
        section.card #about {
            h2 { "This run" }
            dl.facts {
                dt { "Target" } dd { (results.target) ", " (results.base_url) }
                dt { "It offers" }
                dd { @if offered.is_empty() { "nothing besides HTTP" } @else { (offered.join(", ")) } }
                dt { "Build" } dd { (results.build_profile) ", version " (results.tool_version) }
                dt { "Exit code" } dd { (results.exit_code) }
            }
        }
    }
}

/// Keeps the heading of a part that is empty out of the page.
pub(super) fn unless_empty(empty: bool, id: &str, title: &str, note: &str, content: Markup) -> Markup {
    if empty {
        html! {}
    } else {
        card(id, title, note, content)
    }
}

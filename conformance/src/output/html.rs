//! `report.html`: one file that needs nothing else. Light, dark, phone and paper by its own style sheet.
//!
//! The page is complete without its script, which only filters, opens the case that a link names, and copies. Every text goes
//! through the template's escaping, and the page's own policy allows that one script, by its hash, and nothing from
//! elsewhere: hostile text in a record stays text.

mod cases;
mod head;
mod not_tried;
mod wrong;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::story;
use crate::case::Level;
use crate::results::{CaseResult, Outcome, Results};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/filter.js");
/// The hash is the script's; a test holds them together.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'sha256-SLysnv+hB1pv5Zb30+0mQiHUUebwo0gWql2W7xOxs6Y='; \
    base-uri 'none'; form-action 'none'";

/// The text of `report.html`.
#[must_use]
pub fn render(results: &Results) -> String {
    let (_, word) = story::verdict(results.verdict);
    let content = html! {
        header { (head::head(results)) }
        main {
            (head::banner(results))
            (head::tiles(results))
            (head::again(results))
            (cases::filter(results))
            (wrong::wrong(results))
            (wrong::broken(results))
            (wrong::known(results))
            (not_tried::not_tried(results))
            (cases::all(results))
            (head::about(results))
        }
        footer { "Drawn from results.json alone by Peakproof " (results.tool_version) ". Times are UTC." }
        script { (PreEscaped(SCRIPT)) }
    };
    page(&format!("{word} · {} · Peakproof", story::subject(results)), POLICY, content)
}

/// A page of the gate.
pub(crate) fn page(title: &str, policy: &str, content: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(reports::html::STYLE)) (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    }
    .into_string()
    // Control characters have no place in HTML, escaped or not.
    .replace(|c: char| c.is_control() && c != '\n' && c != '\t', "\u{FFFD}")
}

/// A part of the page with a heading and a line on how to read it. It goes when filtering leaves no case in it.
fn card(id: &str, title: &str, note: &str, content: Markup) -> Markup {
    html! {
        section.card id=(id) data-part {
            h2 { (title) }
            @if !note.is_empty() { p.note { (note) } }
            (content)
        }
    }
}

/// A text in which code stands between backticks, as cases write it.
fn marked(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    html! {
        @if parts.len().is_multiple_of(2) { (text) }
        @else {
            @for (at, part) in parts.iter().enumerate() {
                @if at.is_multiple_of(2) { (part) } @else { code { (part) } }
            }
        }
    }
}

/// Tone, mark and word of an outcome: colour is never the only sign.
const fn shown(outcome: Outcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("good", "✓", "passed"),
        Outcome::Partly => ("good", "◐", "partly"),
        Outcome::Failed => ("bad", "✗", "failed"),
        Outcome::KnownFailure => ("open", "⚑", "known failure"),
        Outcome::UnexpectedPass => ("bad", "!", "unexpected pass"),
        Outcome::Skipped => ("info", "–", "skipped"),
        Outcome::Broken => ("open", "?", "could not be run"),
    }
}

/// Tone of a case: a broken SHOULD is no red, unless it turned the run red.
fn tone(results: &Results, case: &CaseResult) -> &'static str {
    match (case.outcome, case.level) {
        (Outcome::Failed, Level::Should) if !results.strict => "open",
        _ => shown(case.outcome).0,
    }
}

fn badge(results: &Results, case: &CaseResult) -> Markup {
    let (_, mark, word) = shown(case.outcome);
    html! { span.judged.(tone(results, case)) { span.mark aria-hidden="true" { (mark) } " " (word) } }
}

fn level(level: Level) -> Markup {
    html! { span.level { (super::list::level(level)) } }
}

/// Where a case is told at length.
fn anchor(case: &CaseResult) -> String {
    format!("#{}", case.id)
}

/// Whether a case has a card of its own above the list.
const fn has_card(case: &CaseResult) -> bool {
    matches!(
        case.outcome,
        Outcome::Failed | Outcome::UnexpectedPass | Outcome::Broken | Outcome::KnownFailure
    )
}

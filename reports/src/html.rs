//! `report.html`: one file that needs nothing else: no network, no script. Light, dark, phone and paper by its own
//! style sheet.
//!
//! Every text goes through the template's escaping; the page's own policy forbids scripts and any load besides, so
//! that hostile text in a record stays text.

mod charts;
mod disturbed;
mod facts;
mod head;
mod tables;

pub(crate) use head::{finding_list, tile};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::record::Run;
use crate::story;

/// The look of the project's pages. A page with parts of its own adds rules behind these.
pub const STYLE: &str = include_str!("html/style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The text of `report.html`.
pub fn render(run: &Run) -> String {
    let told = story::tell(run);
    let main = html! {
        (head::banner(run, &told))
        (head::key_numbers(run))
        (head::objectives(run))
        (head::findings(run))
        (disturbed::faults(run))
        (disturbed::recovery(run))
        div.pair {
            (charts::latency_over_time(run))
            (charts::percentile_spectrum(run))
        }
        div.pair {
            (charts::rate_over_time(run))
            (charts::outcomes(run))
        }
        (tables::latency(run))
        (tables::outcomes(run))
        (tables::forgeries(run))
        (tables::malformed(run))
        div.pair {
            (tables::statuses(run))
            (facts::dead_letters(run))
        }
        div.pair {
            (facts::ledger(run))
            (facts::generator(run))
        }
        (facts::functions(run))
        (facts::alarms(run))
        (facts::how_it_was_run(run))
        (facts::glossary())
    };
    let title = format!("{} · {} on {} · Peakproof", told.word, run.plan.name, run.target);
    let footer = format!("Drawn from run.json alone by Peakproof {}. Times are UTC.", run.tool_version);
    page(&title, &head::head(run), &main, &footer)
}

/// A page of the project: its title, its head, its parts, its last line.
pub(crate) fn page(title: &str, head: &Markup, main: &Markup, footer: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (head) }
                main { (main) }
                footer { (footer) }
            }
        }
    }
    .into_string()
    // Control characters have no place in HTML, escaped or not.
    .replace(|character: char| character.is_control() && character != '\n', "\u{FFFD}")
}

/// What a page says first: a word for held (`true`), broken (`false`) or open, a sentence, and what else to know at once.
pub(crate) fn banner(held: Option<bool>, word: &str, sentence: &Markup, details: &Markup) -> Markup {
    let (class, mark) = match held {
        Some(true) => ("good", "✓"),
        Some(false) => ("bad", "✗"),
        None => ("open", "?"),
    };
    html! {
        section.banner.(class) aria-label="Verdict" {
            span.mark aria-hidden="true" { (mark) }
            div {
                p.word { (word) }
                p.sentence { (sentence) }
                (details)
            }
        }
    }
}

/// Says of a build that is no release what its figures are worth; nothing of a release.
pub(crate) fn build_note(profile: &str) -> Markup {
    html! {
        @if profile != "release" {
            p.detail { "This was a " (profile) " build: correctness counts, speed says nothing about capacity." }
        }
    }
}

/// A part of the page with a heading and a line on how to read it.
pub(crate) fn card(id: &str, title: &str, note: &str, content: Markup) -> Markup {
    html! {
        section.card id=(id) {
            h2 { (title) }
            @if !note.is_empty() { p.note { (note) } }
            (content)
        }
    }
}

/// How something was judged, as a mark and a word: colour is never the only sign.
pub(crate) fn judged(ok: Option<bool>, words: [&str; 3]) -> Markup {
    let (class, mark, word) = match ok {
        Some(true) => ("good", "✓", words[0]),
        Some(false) => ("bad", "✗", words[1]),
        None => ("open", "?", words[2]),
    };
    html! { span.judged.(class) { span aria-hidden="true" { (mark) } " " (word) } }
}

/// Names like `dead_lettered` as words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

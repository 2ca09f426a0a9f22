//! What a reader sees first: the verdict in words, the few numbers, the objectives, the findings.

use maud::{Markup, html};

use super::{card, judged};
use crate::figures::{ABSENT, capital, count, measured, millis, number, of_unit, span};
use crate::latency::Percentile;
use crate::record::{Finding, Run, Severity, Verdict};
use crate::story::{self, Story};

/// Which run this is.
pub(super) fn head(run: &Run) -> Markup {
    html! {
        p.brand { "Peakproof" }
        h1 { (run.plan.name) " on " (run.target) }
        p.sub {
            (run.started_at.replace('T', " ").trim_end_matches('Z')) " UTC · " (span(run.duration_s))
            " · seed " (run.seed)
            @if story::is_debug(run) { " · " span.flag { (run.build_profile) " build" } }
        }
    }
}

/// The verdict.
pub(super) fn banner(run: &Run, told: &Story) -> Markup {
    let held = match run.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Unknown => None,
    };
    let sentence = html! {
        @if run.verdict == Verdict::Fail { span.lead { "What broke first: " } }
        (told.sentence)
    };
    let details = html! {
        @if !told.detail.is_empty() { p.detail { (told.detail) } }
        (super::build_note(&run.build_profile))
    };
    super::banner(held, told.word, &sentence, &details)
}

/// The numbers that people quote.
pub(super) fn key_numbers(run: &Run) -> Markup {
    let out = &run.outcome;
    let dead = &run.dead_letters;
    let dead_ok = dead.found == dead.expected && dead.unexpected == 0 && dead.missing == 0;
    let offered = if run.plan.arrival == "max" {
        "as fast as it went".to_owned()
    } else {
        format!("{} offered", number(run.offered_per_min.round()))
    };
    html! {
        ul.tiles aria-label="Key numbers" {
            (p99_tile(run))
            (tile("Webhooks a minute", &number(run.achieved_per_min.round()), &offered, false))
            (hole(run, "Lost", out.lost, "answered 200, then missing"))
            (hole(run, "Duplicated", out.duplicated, "more than one record"))
            (hole(run, "Forged accepted", out.forged_accepted, &format!("of {} forged or malformed", count(run.sent.forged.saturating_add(run.sent.malformed)))))
            (hole(run, "Valid rejected", out.valid_rejected, "genuine, answered 4xx"))
            (tile("Dead letters", &count(dead.found), &format!("{} expected", count(dead.expected)), !dead_ok))
            @if out.unknown > 0 {
                (tile("Unknown", &count(out.unknown), "no answer, or not observable", run.verdict != Verdict::Pass))
            }
        }
    }
}

fn p99_tile(run: &Run) -> Markup {
    let latency = &run.ack_latency_ms;
    let slo = story::ack_p99_slo(run);
    let sub = match (latency.p99, slo) {
        (None, _) => {
            format!("{} of {} samples needed", count(latency.samples), count(Percentile::P99.needs()))
        }
        (Some(_), Some(slo)) => format!("limit {}", of_unit(&slo.unit, slo.limit)),
        (Some(_), None) => format!("{} samples", count(latency.samples)),
    };
    let value = latency.p99.map_or_else(|| ABSENT.to_owned(), millis);
    tile("p99 ack", &value, &sub, slo.is_some_and(|slo| slo.ok == Some(false)))
}

/// A number that must be zero; where nothing was sent, zero would look like a result.
fn hole(run: &Run, name: &str, n: u64, sub: &str) -> Markup {
    let value = if run.sent.total == 0 && n == 0 { ABSENT.to_owned() } else { count(n) };
    tile(name, &value, sub, n > 0)
}

/// One number with its name and a line below.
pub(crate) fn tile(name: &str, value: &str, sub: &str, bad: bool) -> Markup {
    let long = if value.chars().count() > 11 { "long" } else { "" };
    html! {
        li.bad[bad] {
            span.name { (name) }
            span.value.(long) { (value) }
            span.sub { (sub) }
        }
    }
}

/// Every objective with what was measured against its limit.
pub(super) fn objectives(run: &Run) -> Markup {
    let content = html! {
        @if run.slo.is_empty() { p.empty { "The record holds no objectives." } }
        @else {
            div.scroll { table.objectives {
                thead { tr { th { "Objective" } th.n { "Measured" } th.n { "Limit" } th { "Held" } } }
                tbody {
                    @for slo in &run.slo {
                        tr id={ "slo-" (slo.name) } {
                            td {
                                (capital(&slo.title))
                                @if !slo.note.is_empty() { span.why { (slo.note) } }
                            }
                            td.n { (measured(slo)) }
                            td.n { (of_unit(&slo.unit, slo.limit)) }
                            td { (judged(slo.ok, ["yes", "no", "not judged"])) }
                        }
                    }
                }
            } }
        }
    };
    card("objectives", "Objectives", "", content)
}

/// What a person should read; nothing at all when there is nothing.
pub(super) fn findings(run: &Run) -> Markup {
    finding_list(&run.findings)
}

/// Findings of any record, in their card.
pub(crate) fn finding_list(findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            (card("findings", "Findings", "", html! { ol.findings { @for finding in findings { (item(finding)) } } }))
        }
    }
}

fn item(finding: &Finding) -> Markup {
    let (class, word) = match finding.severity {
        Severity::Error => ("bad", "error"),
        Severity::Warning => ("open", "warning"),
        Severity::Info => ("info", "good to know"),
    };
    html! {
        li.(class) {
            p.what { span.severity { (word) } " " (finding.what) }
            dl {
                @if !finding.why.is_empty() { dt { "Why" } dd { (finding.why) } }
                @if !finding.next.is_empty() { dt { "Next" } dd { (finding.next) } }
                @if !finding.examples.is_empty() {
                    dt { "Evidence" }
                    dd { ul.evidence { @for example in &finding.examples { li { code { (example) } } } } }
                }
            }
        }
    }
}

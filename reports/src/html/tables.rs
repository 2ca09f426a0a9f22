//! The tables of the page.

use maud::{Markup, html};

use super::{card, words};
use crate::figures::{ABSENT, count, millis};
use crate::latency::Percentile;
use crate::record::{Latency, Run};
use crate::tally::{
    OUTCOMES, Tally, belongs, by_kind, by_kind_and_provider, by_variant, providers, statuses as all_statuses,
};

/// Every distribution of the record.
pub(super) fn latency(run: &Run) -> Markup {
    let mut rows: Vec<(String, &Latency)> = vec![
        ("Acknowledgement".to_owned(), &run.ack_latency_ms),
        ("Service time".to_owned(), &run.service_time_ms),
        ("Durable".to_owned(), &run.durable_latency_ms),
    ];
    rows.extend(
        run.ack_latency_by_provider_ms.iter().map(|(name, one)| (format!("Acknowledgement, {name}"), one)),
    );
    if run.queries.sent > 0 {
        rows.push(("Queries".to_owned(), &run.queries.latency_ms));
    }
    let content = html! {
        div.scroll { table.wide {
            thead { tr {
                th { "" }
                @for percentile in Percentile::ALL { th.n { (percentile.name()) } }
                th.n { "max" } th.n { "mean" } th.n { "samples" }
            } }
            tbody {
                @for (name, one) in &rows {
                    tr {
                        th scope="row" { (name) }
                        @for (percentile, value) in Percentile::ALL.into_iter().zip([one.p50, one.p90, one.p99, one.p999]) {
                            td.n { (value_or_refusal(value, percentile)) }
                        }
                        td.n { (plain(one.max)) }
                        td.n { (plain(one.mean)) }
                        td.n { (count(one.samples)) }
                    }
                }
            }
        } }
        @if run.queries.sent > 0 {
            p.after {
                "Queries: " (count(run.queries.sent)) " sent, " (count(run.queries.ok)) " as expected, "
                (count(run.queries.failed)) " failed."
            }
        }
    };
    let note =
        "A dash is a percentile that was refused: p50 needs 10 samples, p90 100, p99 1,000, p99.9 10,000.";
    card("latency-table", "Latency in numbers", note, content)
}

fn value_or_refusal(value: Option<f64>, percentile: Percentile) -> Markup {
    html! {
        @match value {
            Some(value) => (millis(value)),
            None => span.refused title={ "needs " (count(percentile.needs())) " samples" } { (ABSENT) },
        }
    }
}

fn plain(value: Option<f64>) -> Markup {
    html! { @match value { Some(value) => (millis(value)), None => (ABSENT) } }
}

/// Kinds and providers against outcomes.
pub(super) fn outcomes(run: &Run) -> Markup {
    let rows = by_kind_and_provider(run);
    let columns: Vec<&str> = OUTCOMES
        .into_iter()
        .filter(|name| !is_hole(name) || rows.iter().any(|row| row.2.outcome(name) > 0))
        .collect();
    let content = html! {
        @if rows.is_empty() { p.empty { "Nothing was sent." } }
        @else {
            div.scroll { table.wide {
                thead { tr {
                    th { "Kind" } th { "Provider" } th.n { "Sent" }
                    @for name in &columns { th.n { (words(name)) } }
                } }
                tbody {
                    @for (index, (kind, provider, tally)) in rows.iter().enumerate() {
                        @let first = index == 0 || rows[index - 1].0 != *kind;
                        tr.first[first] {
                            th scope="row" { @if first { (kind) } @else { span.again { (kind) } } }
                            td { (provider) }
                            td.n { (count(tally.sent)) }
                            @for name in &columns { (cell(tally.outcome(name), !belongs(kind, name))) }
                        }
                    }
                }
            } }
        }
    };
    let note = "Red is where it should not be. Lost and unknown have a column only where there are any.";
    card("outcomes", "Outcomes by kind and provider", note, content)
}

fn is_hole(outcome: &str) -> bool {
    !matches!(outcome, "stored" | "deduplicated" | "rejected" | "dead_lettered")
}

fn cell(n: u64, hole: bool) -> Markup {
    html! { td.n.bad[hole && n > 0].nil[n == 0] { (count(n)) } }
}

/// Every way of tampering by provider: how many, how they were answered, how many were accepted.
pub(super) fn forgeries(run: &Run) -> Markup {
    let note = "Sent and how they were answered, by provider. Accepted must be 0: answered 200, or a trace in a store.";
    card("forgeries", "Forgeries", note, variants(run, "forged", "Tampering", "No forged webhook was sent."))
}

/// Likewise for malformed webhooks.
pub(super) fn malformed(run: &Run) -> Markup {
    let note = "Signed, but not what the schema asks for: refused with 400 or 413, and no trace.";
    card(
        "malformed",
        "Malformed webhooks",
        note,
        variants(run, "malformed", "Malformation", "No malformed webhook was sent."),
    )
}

fn variants(run: &Run, kind: &str, name: &str, none: &str) -> Markup {
    let rows = by_variant(run, kind);
    let providers: Vec<&str> = providers(run)
        .into_iter()
        .filter(|provider| rows.values().any(|row| row.contains_key(*provider)))
        .collect();
    html! {
        @if rows.is_empty() { p.empty { (none) } }
        @else {
            div.scroll { table.variants {
                thead { tr {
                    th { (name) }
                    @for provider in &providers { th.n { (provider) } }
                    th.n { "Accepted" }
                } }
                tbody {
                    @for (variant, by_provider) in &rows {
                        @let accepted = by_provider.values().fold(0u64, |sum, one| sum.saturating_add(one.let_in()));
                        tr {
                            th scope="row" { (words(variant)) }
                            @for provider in &providers { td.n { (sent_and_answers(by_provider.get(*provider))) } }
                            td.n.bad[accepted > 0] { (count(accepted)) }
                        }
                    }
                }
            } }
        }
    }
}

/// `12 → 401`; with several answers each with its number.
fn sent_and_answers(tally: Option<&Tally>) -> Markup {
    let Some(tally) = tally else { return html! { span.nil { (ABSENT) } } };
    let one = tally.statuses.len() == 1 && tally.statuses.values().all(|n| *n == tally.sent);
    html! {
        span.sent { (count(tally.sent)) }
        span.answers {
            @for (index, (status, n)) in tally.statuses.iter().enumerate() {
                @if index > 0 { ", " } @else { " → " }
                @if !one { (count(*n)) " × " }
                span.status.bad[(200..300).contains(status)] { (status_name(*status)) }
            }
        }
    }
}

/// Answers by HTTP status and kind.
pub(super) fn statuses(run: &Run) -> Markup {
    let kinds = by_kind(run);
    let rows = all_statuses(run);
    let content = html! {
        @if rows.is_empty() { p.empty { "No answer was recorded." } }
        @else {
            div.scroll { table {
                thead { tr { th { "Status" } @for (kind, _) in &kinds { th.n { (kind) } } } }
                tbody {
                    @for status in &rows {
                        tr {
                            th scope="row" { (status_name(*status)) }
                            @for (_, tally) in &kinds {
                                (cell(tally.statuses.get(status).copied().unwrap_or(0), *status == 0 || *status >= 500))
                            }
                        }
                    }
                }
            } }
        }
    };
    card("statuses", "Answers", "By HTTP status and kind of webhook.", content)
}

fn status_name(status: u16) -> String {
    if status == 0 { "no answer".to_owned() } else { status.to_string() }
}

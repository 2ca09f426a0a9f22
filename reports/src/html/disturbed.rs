//! What was made to fail, and how the system came back.

use maud::{Markup, html};

use super::{card, judged};
use crate::disturbed::{fault_rows, sentences};
use crate::figures::{count, millis_or_dash, number};
use crate::record::{Latency, Run};

/// Every fault: when, how often it hit, what was seen of it, whether it was survived.
pub(super) fn faults(run: &Run) -> Markup {
    if run.faults.is_empty() {
        return html! {};
    }
    let content = html! {
        div.scroll { table.wide {
            thead { tr { th { "Fault" } th { "When" } th { "Hit" } th { "What was seen" } th { "Survived" } } }
            tbody {
                @for one in fault_rows(run) {
                    tr {
                        th scope="row" { (one.fault) }
                        td { (one.when) }
                        td { (one.hits) }
                        td { (one.seen) }
                        td { (judged(one.survived, ["yes", "no", "unknown"])) }
                    }
                }
            }
        } }
    };
    let note = "Put into the target while the load ran. Survived: it hit something, and the ledger closes all the same: nothing lost, nothing \
                doubled, the dead-letter queue exact, everything acknowledged in the end.";
    card("faults", "Faults survived", note, content)
}

/// Retries, outages, redrive and flood.
pub(super) fn recovery(run: &Run) -> Markup {
    let told = sentences(run);
    if told.is_empty() {
        return html! {};
    }
    let mut rows: Vec<(&str, &Latency)> = Vec::new();
    rows.extend(
        run.recovery
            .iter()
            .filter(|one| one.delayed > 0)
            .map(|one| ("First sent to acknowledged", &one.delayed_ack_ms)),
    );
    rows.extend(run.flood.iter().flat_map(|flood| {
        [
            ("Before the flood", &flood.before),
            ("During the flood", &flood.during),
            ("After the flood", &flood.after),
        ]
    }));
    let content = html! {
        dl.facts.wide { @for (name, sentence) in &told { dt { (name) } dd { (sentence) "." } } }
        @if !rows.is_empty() {
            div.scroll { table {
                thead { tr { th { "" } th.n { "p50" } th.n { "p99" } th.n { "max" } th.n { "samples" } } }
                tbody {
                    @for (name, latency) in &rows {
                        tr {
                            th scope="row" { (name) }
                            td.n { (millis_or_dash(latency.p50)) }
                            td.n { (millis_or_dash(latency.p99)) }
                            td.n { (millis_or_dash(latency.max)) }
                            td.n { (count(latency.samples)) }
                        }
                    }
                }
            } }
        }
    };
    let note = match &run.recovery {
        Some(recovery) => format!(
            "The providers send again by their own schedules, {} times as fast as in truth.",
            number(recovery.time_compression)
        ),
        None => String::new(),
    };
    card("recovery", "Recovery", &note, content)
}

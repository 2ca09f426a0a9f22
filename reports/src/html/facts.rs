//! What stands behind the numbers: the dead-letter drill, the ledger, the generator, how it was run, the words.

use maud::{Markup, html};

use super::{card, judged};
use crate::figures::{ABSENT, capital, count, millis_or_dash, number, share, span};
use crate::ledger::invariants;
use crate::record::Run;
use crate::story;

/// The dead-letter drill.
pub(super) fn dead_letters(run: &Run) -> Markup {
    let dead = &run.dead_letters;
    let content = html! {
        dl.facts {
            dt { "Poison sent" } dd { (count(dead.expected)) }
            dt { "In the queue" } dd { (count(dead.found)) }
            dt { "Unexpected" } dd.bad[dead.unexpected > 0] { (count(dead.unexpected)) }
            dt { "Missing" } dd.bad[dead.missing > 0] { (count(dead.missing)) }
        }
        @if !dead.by_error.is_empty() {
            div.scroll { table {
                thead { tr { th { "Error message" } th.n { "Messages" } } }
                tbody { @for (error, n) in &dead.by_error { tr { td.long { (error) } td.n { (count(*n)) } } } }
            } }
        }
    };
    let note = "Poison is genuine and well-formed, and cannot be processed: it must end in the queue, and nothing else may.";
    card("dead-letters", "Dead-letter drill", note, content)
}

/// The invariants.
pub(super) fn ledger(run: &Run) -> Markup {
    let content = html! {
        ul.invariants {
            @for one in invariants(run) {
                li { (judged(one.held, ["held", "broken", "unknown"])) div { (one.title) span.why { (one.detail) } } }
            }
        }
    };
    card(
        "ledger",
        "Ledger",
        "After the drain, every delivery is looked up in the table, the buckets and the queue.",
        content,
    )
}

/// Whether the generator could offer what it promised.
pub(super) fn generator(run: &Run) -> Markup {
    let generator = &run.generator;
    let lag = &generator.send_lag_ms;
    let content = html! {
        dl.facts {
            dt { "Was the limit" }
            dd { (judged(Some(!generator.saturated), ["no", "yes: its figures are a lower bound", ""])) }
            dt { "CPU, with children" }
            dd {
                @match generator.cpu_cores {
                    Some(cores) => { (number(cores)) " of " (run.host.cpus) " cores" },
                    None => (ABSENT),
                }
            }
            @if let Some(own) = generator.own_cpu_cores { dt { "CPU of its own" } dd { (number(own)) " cores" } }
            @if let Some(others) = generator.other_cpu_cores { dt { "CPU of others" } dd { (number(others)) " cores" } }
            @if let Some(late) = &generator.scheduling_lag_ms {
                dt { "Scheduling lag p99" } dd { (millis_or_dash(late.p99)) }
            }
            @if let Some(open) = generator.open_sockets {
                dt { "Sockets open" }
                dd { (count(open)) @if let Some(limit) = generator.open_files_limit { " of " (count(limit)) } }
            }
            @if let Some(memory) = story::memory(run) { dt { "Memory" } dd { (memory) } }
            dt { "Send lag p50" } dd { (millis_or_dash(lag.p50)) }
            dt { "Send lag p99" } dd { (millis_or_dash(lag.p99)) }
            dt { "Send lag max" } dd { (millis_or_dash(lag.max)) }
        }
    };
    card("generator", "Generator", "Send lag is the time between intended and real send.", content)
}

/// What the functions did, where it was measured.
pub(super) fn functions(run: &Run) -> Markup {
    let Some(functions) = &run.functions else { return html! {} };
    let content = html! {
        div.scroll { table.wide {
            thead { tr {
                th { "Function" } th.n { "Attempts" } th.n { "Errors" } th.n { "Cold starts" } th.n { "Mean" } th.n { "p99" }
                th.n { "At once" } th.n { "Memory" }
            } }
            tbody {
                @for (name, used) in functions {
                    tr {
                        th scope="row" { (name) }
                        td.n { (count(used.invocations)) }
                        td.n { (count(used.errors)) }
                        td.n { (count(used.cold_starts)) }
                        td.n { (millis_or_dash(used.duration_mean_ms)) }
                        td.n { (millis_or_dash(used.duration_p99_ms)) }
                        td.n { (count(used.concurrency_max)) }
                        td.n { (count(used.memory_used_mb)) " of " (count(used.memory_mb)) " MB" }
                    }
                }
            }
        } }
    };
    let note = "By the platform's reports, from the start of the measured part to the end of the drain. Attempts count retries: \
                each poison event is three errors. At once: an upper bound, by the millisecond.";
    card("functions", "Functions", note, content)
}

/// The target's alarms before and after, where any are watched.
pub(super) fn alarms(run: &Run) -> Markup {
    let (Some(alarms), Some(told)) = (&run.alarms, story::alarms(run)) else { return html! {} };
    let content = html! {
        @if !alarms.changed.is_empty() {
            div.scroll {
                table {
                    thead { tr { th { "Alarm" } th { "Before" } th { "After" } th { "Since" } } }
                    tbody {
                        @for one in &alarms.changed {
                            tr {
                                th scope="row" { (one.name) }
                                td { (one.before) }
                                td { (one.after) }
                                td { (one.since.as_deref().unwrap_or(ABSENT)) }
                            }
                        }
                    }
                }
            }
        }
    };
    card("alarms", "Alarms", &format!("{}. They are told, not judged.", capital(&told)), content)
}

/// What to type to see it again.
pub(super) fn how_it_was_run(run: &Run) -> Markup {
    let plan = &run.plan;
    let mix: Vec<String> =
        plan.mix.iter().map(|(provider, percent)| format!("{provider} {} %", number(*percent))).collect();
    let content = html! {
        pre.command { code { (story::command(run)) } }
        dl.facts.wide {
            dt { "Run" } dd { (run.id) }
            dt { "Measured" } dd { (run.started_at) " to " (run.finished_at) }
            dt { "Arrivals" }
            dd { (plan.arrival) @if plan.arrival != "max" { ", " (number(plan.rate_per_min)) " a minute" } }
            dt { "Length" }
            dd {
                (span(plan.duration_s)) " planned, " (span(run.duration_s)) " measured, "
                (span(plan.warmup_s)) " of warm-up before, " (span(run.drain_s)) " of drain after"
                @if run.interrupted { ", " strong { "interrupted" } }
            }
            dt { "Users" } dd { (count(u64::from(run.users))) }
            dt { "Mix" } dd { (mix.join(", ")) }
            dt { "Besides" }
            dd {
                (share(plan.forged)) " forged, " (share(plan.duplicates)) " duplicates, "
                (share(plan.malformed)) " malformed, " (count(plan.poison)) " poison, "
                (number(plan.queries_per_s)) " queries a second"
            }
            @if let Some(shards) = story::shards(run) { dt { "Machines" } dd { (shards) } }
            @if let Some(rotation) = story::rotation(run) { dt { "Rotation" } dd { (rotation) } }
            dt { "Seed" } dd { (run.seed) }
            dt { "Host" } dd { (run.host.cpus) " processors, " (run.host.os) }
            dt { "Build" }
            dd {
                (run.build_profile) ", version " (run.tool_version)
                @if story::is_debug(run) { " " span.flag { "its speed says nothing about capacity" } }
            }
            dt { "Exit code" } dd { (run.exit_code) }
        }
    };
    card("how", "How it was run", "To repeat it:", content)
}

/// The words of the report.
pub(super) fn glossary() -> Markup {
    const WORDS: [(&str, &str); 12] = [
        (
            "acknowledgement",
            "from the moment a webhook should have left to the end of its answer; waiting for a busy generator counts",
        ),
        ("service time", "from the moment it really left to the end of its answer"),
        (
            "durable",
            "from the moment it should have left to the moment the processor made its record (processed_at)",
        ),
        ("p99", "99 of 100 were at most this slow"),
        ("delivery", "one HTTP request with a webhook; an event may be delivered more than once"),
        ("forged", "not from the provider, or changed on the way, in a named way of tampering"),
        ("poison", "genuine, but impossible to process"),
        ("dead letter", "an event that was given up after two retries, kept in a queue for a person"),
        ("lost", "answered 200, and then missing in the table, in a bucket or in the queue"),
        ("duplicated", "an event with more than one record"),
        ("drain", "waiting after the last delivery until all stores are quiet"),
        ("saturated", "the generator, not the system under test, was the limit"),
    ];
    let content =
        html! { dl.glossary { @for (word, meaning) in WORDS { div { dt { (word) } dd { (meaning) } } } } };
    card("glossary", "Words", "", content)
}

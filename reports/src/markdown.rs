//! `report.md`: the report for a pull request: verdict first, then tables.
//!
//! Text from the record is escaped, so that it can neither leave its cell nor become a link, a mention or HTML.

use crate::disturbed;
use crate::figures::{ABSENT, capital, count, measured, millis, millis_or_dash, number, of_unit, span};
use crate::ledger::invariants;
use crate::record::{Latency, Run, Verdict};
use crate::story;
use crate::tally::{OUTCOMES, Tally, by_kind, by_variant};

/// The text of `report.md`.
pub fn render(run: &Run) -> String {
    let mut out = String::with_capacity(8 * 1024);
    head(&mut out, run);
    numbers(&mut out, run);
    objectives(&mut out, run);
    findings(&mut out, run);
    faults(&mut out, run);
    recovery(&mut out, run);
    latency(&mut out, run);
    outcomes(&mut out, run);
    forgeries(&mut out, run);
    ledger(&mut out, run);
    functions(&mut out, run);
    alarms(&mut out, run);
    how(&mut out, run);
    out
}

fn head(out: &mut String, run: &Run) {
    let told = story::tell(run);
    let mark = match run.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Unknown => "❔",
    };
    line(out, &format!("## {mark} {}: {} on {}\n", told.word, text(&run.plan.name), text(&run.target)));
    let lead = if run.verdict == Verdict::Fail { "**What broke first:** " } else { "" };
    line(out, &format!("{lead}{}\n", text(&told.sentence)));
    if !told.detail.is_empty() {
        line(out, &format!("{}\n", text(&told.detail)));
    }
    if story::is_debug(run) {
        let profile = text(&run.build_profile);
        line(out, &format!("> A {profile} build: correctness counts, speed says nothing about capacity.\n"));
    }
}

fn numbers(out: &mut String, run: &Run) {
    let offered =
        if run.plan.arrival == "max" { "max".to_owned() } else { number(run.offered_per_min.round()) };
    table(
        out,
        &[
            "Webhooks/min",
            "p99 ack",
            "Lost",
            "Duplicated",
            "Forged accepted",
            "Valid rejected",
            "Dead letters",
        ],
        7,
    );
    row(
        out,
        &[
            format!("{} of {offered}", number(run.achieved_per_min.round())),
            millis_or_dash(run.ack_latency_ms.p99),
            count(run.outcome.lost),
            count(run.outcome.duplicated),
            count(run.outcome.forged_accepted),
            count(run.outcome.valid_rejected),
            format!("{} of {}", count(run.dead_letters.found), count(run.dead_letters.expected)),
        ],
    );
    out.push('\n');
}

fn objectives(out: &mut String, run: &Run) {
    if run.slo.is_empty() {
        return;
    }
    line(out, "### Objectives\n");
    table(out, &["", "Objective", "Measured", "Limit", "Note"], 0);
    for slo in &run.slo {
        let cells = [
            mark(slo.ok).to_owned(),
            text(&capital(&slo.title)),
            measured(slo),
            of_unit(&slo.unit, slo.limit),
            text(&slo.note),
        ];
        row(out, &cells);
    }
    out.push('\n');
}

fn findings(out: &mut String, run: &Run) {
    if run.findings.is_empty() {
        return;
    }
    line(out, "### Findings\n");
    for finding in &run.findings {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        line(out, &format!("- **{severity}: {}**", text(&finding.what)));
        for (name, value) in [("Why", &finding.why), ("Next", &finding.next)] {
            if !value.is_empty() {
                line(out, &format!("  - {name}: {}", text(value)));
            }
        }
        if !finding.examples.is_empty() {
            let examples: Vec<String> = finding.examples.iter().map(|example| text(example)).collect();
            line(out, &format!("  - Evidence: {}", examples.join(", ")));
        }
    }
    out.push('\n');
}

fn faults(out: &mut String, run: &Run) {
    if run.faults.is_empty() {
        return;
    }
    line(out, "### Faults survived\n");
    table(out, &["", "Fault", "When", "Hit", "What was seen"], 0);
    for one in disturbed::fault_rows(run) {
        let cells = [&one.fault, &one.when, &one.hits, &one.seen].map(|cell| text(cell));
        let [fault, when, hits, seen] = cells;
        row(out, &[mark(one.survived).to_owned(), fault, when, hits, seen]);
    }
    line(out, "\nSurvived: it hit something, and the ledger closes all the same.\n");
}

fn recovery(out: &mut String, run: &Run) {
    let sentences = disturbed::sentences(run);
    if sentences.is_empty() {
        return;
    }
    line(out, "### Recovery\n");
    for (name, sentence) in sentences {
        line(out, &format!("- {name}: {}.", text(&sentence)));
    }
    out.push('\n');
}

fn latency(out: &mut String, run: &Run) {
    line(out, "### Latency\n");
    table(out, &["", "p50", "p90", "p99", "p99.9", "max", "samples"], 6);
    let rows = [
        ("Acknowledgement", &run.ack_latency_ms),
        ("Service time", &run.service_time_ms),
        ("Durable", &run.durable_latency_ms),
    ];
    for (name, latency) in rows {
        latency_row(out, name, latency);
    }
    for (provider, latency) in &run.ack_latency_by_provider_ms {
        latency_row(out, &format!("Acknowledgement, {}", text(provider)), latency);
    }
    line(out, "\nA dash: too few samples for that percentile.\n");
}

fn latency_row(out: &mut String, name: &str, latency: &Latency) {
    let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max];
    let mut cells = vec![name.to_owned()];
    cells.extend(values.map(|value| value.map_or_else(|| ABSENT.to_owned(), millis)));
    cells.push(count(latency.samples));
    row(out, &cells);
}

fn outcomes(out: &mut String, run: &Run) {
    let kinds = by_kind(run);
    if kinds.is_empty() {
        return;
    }
    line(out, "### Outcomes\n");
    let shown: Vec<&str> =
        OUTCOMES.into_iter().filter(|name| kinds.iter().any(|(_, tally)| tally.outcome(name) > 0)).collect();
    let mut header = vec!["Kind".to_owned(), "Sent".to_owned()];
    header.extend(shown.iter().map(|name| name.replace('_', " ")));
    table(out, &header.iter().map(String::as_str).collect::<Vec<_>>(), header.len() - 1);
    for (kind, tally) in &kinds {
        let mut cells = vec![text(kind), count(tally.sent)];
        cells.extend(shown.iter().map(|name| count(tally.outcome(name))));
        row(out, &cells);
    }
    out.push('\n');
}

/// One row a way of tampering; folded away, because it is long and says "0" when all is well.
fn forgeries(out: &mut String, run: &Run) {
    let variants = by_variant(run, "forged");
    if variants.is_empty() {
        return;
    }
    line(out, "<details><summary>Forgeries by tampering</summary>\n");
    table(out, &["Tampering", "Sent", "Answers", "Accepted"], 0);
    for (variant, by_provider) in &variants {
        let mut all = Tally::default();
        by_provider.values().for_each(|tally| all.merge(tally));
        let answers: Vec<String> = all
            .statuses
            .iter()
            .map(|(status, n)| format!("{} × {}", count(*n), status_name(*status)))
            .collect();
        row(out, &[text(variant), count(all.sent), answers.join(", "), count(all.let_in())]);
    }
    line(out, "\n</details>\n");
}

fn ledger(out: &mut String, run: &Run) {
    line(out, "### Ledger\n");
    for one in invariants(run) {
        line(out, &format!("- {} {}: {}", mark(one.held), one.title, text(&one.detail)));
    }
    out.push('\n');
}

fn functions(out: &mut String, run: &Run) {
    let Some(functions) = &run.functions else { return };
    line(out, "<details><summary>Functions</summary>\n");
    table(out, &["Function", "Attempts", "Errors", "Cold starts", "Mean", "p99", "At once", "Memory"], 7);
    for (name, used) in functions {
        let cells = [
            text(name),
            count(used.invocations),
            count(used.errors),
            count(used.cold_starts),
            millis_or_dash(used.duration_mean_ms),
            millis_or_dash(used.duration_p99_ms),
            count(used.concurrency_max),
            format!("{} of {} MB", count(used.memory_used_mb), count(used.memory_mb)),
        ];
        row(out, &cells);
    }
    line(out, "\n</details>\n");
}

fn alarms(out: &mut String, run: &Run) {
    let (Some(alarms), Some(told)) = (&run.alarms, story::alarms(run)) else { return };
    line(out, &format!("### Alarms\n\n{}.\n", text(&capital(&told))));
    if alarms.changed.is_empty() {
        return;
    }
    table(out, &["Alarm", "Before", "After", "Since"], 0);
    for one in &alarms.changed {
        row(out, &[&one.name, &one.before, &one.after, one.since.as_deref().unwrap_or(ABSENT)].map(text));
    }
    out.push('\n');
}

fn how(out: &mut String, run: &Run) {
    line(out, "### How it was run\n");
    fenced(out, &story::command(run));
    if let Some(shards) = story::shards(run) {
        line(out, &format!("Machines: {}.\n", text(&shards)));
    }
    if let Some(rotation) = story::rotation(run) {
        line(out, &format!("Rotation: {}.\n", text(&rotation)));
    }
    line(
        out,
        &format!(
            "{}, seed {}, {} measured and {} of drain, {} users, {} build, {} processors, {}.",
            text(&run.id),
            run.seed,
            span(run.duration_s),
            span(run.drain_s),
            count(u64::from(run.users)),
            text(&run.build_profile),
            run.host.cpus,
            text(&run.host.os)
        ),
    );
}

pub(crate) fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// The head of a table whose last `right` columns are numbers.
pub(crate) fn table(out: &mut String, columns: &[&str], right: usize) {
    line(out, &format!("| {} |", columns.join(" | ")));
    let numbers_from = columns.len() - right;
    let rules = (0..columns.len()).map(|index| if index >= numbers_from { "---:" } else { "---" });
    line(out, &format!("| {} |", rules.collect::<Vec<_>>().join(" | ")));
}

pub(crate) fn row(out: &mut String, cells: &[String]) {
    line(out, &format!("| {} |", cells.join(" | ")));
}

pub(crate) fn mark(ok: Option<bool>) -> &'static str {
    match ok {
        Some(true) => "✅",
        Some(false) => "❌",
        None => "❔",
    }
}

fn status_name(status: u16) -> String {
    if status == 0 { "no answer".to_owned() } else { status.to_string() }
}

/// A code block whose fence is longer than any in the text.
pub(crate) fn fenced(out: &mut String, code: &str) {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    line(out, &format!("{fence}sh\n{}\n{fence}\n", code.replace(['\r', '\n'], " ")));
}

/// Text as text: no markup of Markdown or HTML, no mention, no line break.
pub(crate) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for character in raw.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A comment in between, and nobody is called.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(character);
            }
            // A bare address becomes a link by itself; a break in it keeps it text.
            ':' if raw.contains("://") => out.push_str("&#58;"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

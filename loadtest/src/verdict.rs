//! The last thing a person sees: what the verdict is, what broke, the few numbers that matter, and where to read on. To be
//! taken in within five seconds.

use std::fmt::Write as _;
use std::path::Path;

use reports::record::{Run, Severity, Slo, Verdict};

use crate::terminal::{Ink, Terminal};

/// Findings shown; the report has all.
const SHOWN: usize = 4;

/// The closing text.
#[must_use]
pub fn text(run: &Run, dir: &Path, terminal: Terminal) -> String {
    let mut text = String::new();
    let (word, ink) = match run.verdict {
        Verdict::Pass => ("PASS", Ink::Good),
        Verdict::Fail => ("FAIL", Ink::Bad),
        Verdict::Unknown => ("NO VERDICT", Ink::Open),
    };
    let plan = format!("{} on {}, seed {}, {} users", run.plan.name, run.target, run.seed, run.users);
    push(&mut text, &format!("\n{}  {plan}", terminal.ink(ink, word)));
    for finding in run.findings.iter().take(SHOWN) {
        let ink = match finding.severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Open,
            Severity::Info => Ink::Quiet,
        };
        push(&mut text, &format!("  {}", terminal.ink(ink, &finding.what)));
        push(&mut text, &format!("    why:  {}", finding.why));
        push(&mut text, &format!("    next: {}", finding.next));
        if let Some(example) = finding.examples.first() {
            push(&mut text, &terminal.ink(Ink::Quiet, &format!("    e.g.  {example}")));
        }
    }
    if run.findings.len() > SHOWN {
        push(&mut text, &format!("  and {} more in the report", run.findings.len() - SHOWN));
    }
    push(&mut text, "");
    for line in numbers(run) {
        push(&mut text, &format!("  {line}"));
    }
    if let Some(shards) = reports::shards(run) {
        push(&mut text, &format!("  machines {shards}"));
    }
    if let Some(rotation) = reports::rotation(run) {
        push(&mut text, &format!("  rotation {rotation}"));
    }
    for line in disturbed(run, terminal) {
        push(&mut text, &format!("  {line}"));
    }
    if let Some(alarms) = reports::alarms(run) {
        push(&mut text, &format!("  alarms   {alarms}"));
    }
    push(&mut text, "");
    for slo in &run.slo {
        push(&mut text, &format!("  {}", objective(slo, terminal)));
    }
    push(&mut text, "");
    push(
        &mut text,
        &format!("  report  {}", terminal.ink(Ink::Strong, &dir.join("report.html").display().to_string())),
    );
    push(&mut text, &format!("  record  {}", dir.join("run.json").display()));
    if run.build_profile == "debug" {
        push(
            &mut text,
            &terminal
                .ink(Ink::Quiet, "  a debug build: figures say nothing about capacity (cargo run --release)"),
        );
    }
    text
}

fn push(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn numbers(run: &Run) -> [String; 4] {
    let sent = &run.sent;
    let outcome = &run.outcome;
    let ms = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1}"));
    let latency = &run.ack_latency_ms;
    let retries = if sent.retry > 0 { format!(", {} retries", sent.retry) } else { String::new() };
    [
        format!(
            "sent     {} ({} valid, {} duplicate, {} forged, {} malformed, {} poison{retries}) at {:.0} a minute",
            sent.total,
            sent.valid,
            sent.duplicate,
            sent.forged,
            sent.malformed,
            sent.poison,
            run.achieved_per_min
        ),
        format!(
            "ended    {} stored, {} deduplicated, {} rejected, {} dead-lettered, {} lost, {} unknown",
            outcome.stored,
            outcome.deduplicated,
            outcome.rejected,
            outcome.dead_lettered,
            outcome.lost,
            outcome.unknown
        ),
        format!(
            "wrong    {} duplicated, {} forged accepted, {} valid rejected",
            outcome.duplicated, outcome.forged_accepted, outcome.valid_rejected
        ),
        format!(
            "answers  p50 {} ms, p99 {} ms, max {} ms; processed after p99 {} ms",
            ms(latency.p50),
            ms(latency.p99),
            ms(latency.max),
            ms(run.durable_latency_ms.p99)
        ),
    ]
}

/// What was made to fail, and how the system came back.
fn disturbed(run: &Run, terminal: Terminal) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(reports::disturbed::faults(run).map(|faults| format!("faults   {faults}")));
    for row in reports::disturbed::fault_rows(run) {
        let (word, ink) = match row.survived {
            Some(true) => ("survived", Ink::Good),
            Some(false) => ("BROKEN  ", Ink::Bad),
            None => ("unknown ", Ink::Open),
        };
        lines.push(format!(
            "  {}  {} {}: hit {}; {}",
            terminal.ink(ink, word),
            row.fault,
            row.when,
            row.hits,
            row.seen
        ));
    }
    for (name, sentence) in reports::disturbed::sentences(run) {
        lines.push(format!("{:<8} {}", name.to_lowercase(), sentence));
    }
    lines
}

fn objective(slo: &Slo, terminal: Terminal) -> String {
    let (mark, ink) = match slo.ok {
        Some(true) => ("held  ", Ink::Good),
        Some(false) => ("BROKEN", Ink::Bad),
        None => ("open  ", Ink::Open),
    };
    let measured = slo.measured.map_or_else(|| "–".to_owned(), |value| figure(value, &slo.unit));
    let note = if slo.note.is_empty() { String::new() } else { format!(" ({})", slo.note) };
    format!("{}  {}: {measured}{note}", terminal.ink(ink, mark), slo.title)
}

fn figure(value: f64, unit: &str) -> String {
    match unit {
        "ms" => format!("{value:.1} ms"),
        "ratio" => format!("{:.3} %", value * 100.0),
        "per_min" => format!("{value:.0} a minute"),
        _ => format!("{value:.0}"),
    }
}

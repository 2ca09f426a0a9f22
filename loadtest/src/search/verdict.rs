//! What a person sees of a search on the terminal: a line a trial, and the conclusion.

use std::fmt::Write as _;

use reports::record::{Severity, Verdict};
use reports::search::{Files, Search, Trial};

use crate::terminal::{Ink, Terminal};

/// One trial in a line.
pub(super) fn line(trial: &Trial, terminal: Terminal) -> String {
    let (word, ink) = match trial.held {
        Some(true) => ("held  ", Ink::Good),
        Some(false) => ("broke ", Ink::Bad),
        None => ("open  ", Ink::Open),
    };
    let ms = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0} ms"));
    let cpu = trial.generator.cpu_cores.map_or_else(String::new, |cores| format!("  {cores:.1} cores"));
    let why = if trial.why.is_empty() { String::new() } else { format!("  ({})", trial.why) };
    format!(
        "trial {:>2}  {:>7.0}/min  {}  p99 {}{cpu}  drained in {:.1} s{why}",
        trial.number,
        trial.offered_per_min,
        terminal.ink(ink, word),
        ms(trial.ack_p99_ms),
        trial.drain_s
    )
}

/// The closing text.
pub(super) fn text(search: &Search, files: &Files, terminal: Terminal) -> String {
    let mut text = String::new();
    let mut push = |line: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let (word, ink) = match search.verdict {
        Verdict::Pass => ("PASS", Ink::Good),
        Verdict::Fail => ("FAIL", Ink::Bad),
        Verdict::Unknown => ("NO VERDICT", Ink::Open),
    };
    let asked = format!("search on {}, seed {}, {} users", search.target, search.seed, search.users);
    push(&format!("\n{}  {asked}", terminal.ink(ink, word)));
    let sentence = reports::search::sentence(search);
    if search.findings.iter().all(|finding| finding.what != sentence) {
        push(&format!("  {sentence}"));
    }
    for finding in &search.findings {
        let ink = match finding.severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Open,
            Severity::Info => Ink::Quiet,
        };
        push(&format!("  {}", terminal.ink(ink, &finding.what)));
        push(&format!("    why:  {}", finding.why));
        push(&format!("    next: {}", finding.next));
    }
    if let Some(knee) = &search.knee {
        push(&format!(
            "  knee     {:.0} a minute, p99 {:.0} ms; {}",
            knee.rate_per_min, knee.ack_p99_ms, knee.cause
        ));
    }
    if let Some(law) = &search.law {
        let peak = law.peak_per_min.map_or_else(String::new, |peak| format!(", at most {peak:.0} a minute"));
        push(&format!(
            "  law      λ {:.0}/s, σ {:.4}, κ {:.6}{peak} (R² {:.3})",
            law.lambda_per_s, law.sigma, law.kappa, law.r_squared
        ));
    }
    push(&format!("\n  report  {}", terminal.ink(Ink::Strong, &files.html.display().to_string())));
    push(&format!("  record  {}", files.record.display()));
    if search.build_profile == "debug" {
        let note = "  a debug build: figures say nothing about capacity (cargo run --release)";
        push(&terminal.ink(Ink::Quiet, note));
    }
    text
}

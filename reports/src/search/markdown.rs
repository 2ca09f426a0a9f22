//! `search.md`: the search for a pull request, verdict first.

use super::{Search, Verdict, sentence, word};
use crate::figures::{ABSENT, capital, millis, millis_or_dash, number, share, span};
use crate::markdown::{fenced, line, mark, row, table, text};

/// The text of `search.md`.
#[must_use]
pub fn render(search: &Search) -> String {
    let mut out = String::with_capacity(4 * 1024);
    let sign = match search.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Unknown => "❔",
    };
    line(&mut out, &format!("## {sign} {}: search on {}\n", word(search.verdict), text(&search.target)));
    line(&mut out, &format!("{}\n", text(&sentence(search))));
    if search.build_profile != "release" {
        let profile = text(&search.build_profile);
        line(
            &mut out,
            &format!("> A {profile} build: correctness counts, speed says nothing about capacity.\n"),
        );
    }
    numbers(&mut out, search);
    findings(&mut out, search);
    trials(&mut out, search);
    how(&mut out, search);
    out
}

fn numbers(out: &mut String, search: &Search) {
    if let Some(limit) = &search.limit {
        let (low, high) = (number(limit.low_per_min), number(limit.high_per_min));
        let percent = limit.confidence * 100.0;
        let rate = number(limit.rate_per_min);
        line(
            out,
            &format!(
                "- Limit: {rate} webhooks a minute, {percent:.0} % interval {low} to {high}, from {} trials near it",
                limit.trials
            ),
        );
    }
    if let Some(knee) = &search.knee {
        let (rate, p99) = (number(knee.rate_per_min), millis(knee.ack_p99_ms));
        line(out, &format!("- Knee: {rate} webhooks a minute, p99 {p99}; {}", text(&knee.cause)));
    }
    if let Some(law) = &search.law {
        let peak = law.peak_per_min.map_or_else(
            || "throughput only rises".to_owned(),
            |peak| format!("at most {} webhooks a minute", number(peak.round())),
        );
        line(
            out,
            &format!(
                "- Universal scalability law: λ {}/s, σ {}, κ {:.6}, R² {:.3}; {peak}",
                number(law.lambda_per_s),
                share(law.sigma),
                law.kappa,
                law.r_squared
            ),
        );
    }
    out.push('\n');
}

fn findings(out: &mut String, search: &Search) {
    if search.findings.is_empty() {
        return;
    }
    line(out, "### Findings\n");
    for finding in &search.findings {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        line(out, &format!("- **{severity}: {}**", text(&finding.what)));
        for (name, value) in [("Why", &finding.why), ("Next", &finding.next)] {
            if !value.is_empty() {
                line(out, &format!("  - {name}: {}", text(value)));
            }
        }
    }
    out.push('\n');
}

fn trials(out: &mut String, search: &Search) {
    line(out, "### Trials\n");
    table(out, &["", "Why", "Offered/min", "Reached", "p50", "p99", "Drained", "Under way", "Cores"], 7);
    for trial in &search.trials {
        let why = if trial.hole.is_empty() { &trial.why } else { &trial.hole };
        row(
            out,
            &[
                mark(trial.held).to_owned(),
                text(&capital(why)),
                number(trial.offered_per_min),
                number(trial.achieved_per_min.round()),
                millis_or_dash(trial.ack_p50_ms),
                millis_or_dash(trial.ack_p99_ms),
                span(trial.drain_s),
                number(trial.in_flight),
                trial.generator.cpu_cores.map_or_else(|| ABSENT.to_owned(), number),
            ],
        );
    }
    out.push('\n');
}

fn how(out: &mut String, search: &Search) {
    line(out, "### How it was run\n");
    fenced(out, &search.command);
    let objective = &search.objective;
    line(
        out,
        &format!(
            "Objective: p99 acknowledgement below {}, at least {} acknowledged, at least {} of the rate reached, the ledger closes.",
            millis(objective.ack_p99_ms),
            share(objective.availability),
            share(objective.rate_share)
        ),
    );
    line(
        out,
        &format!(
            "{}, seed {}, {} users, {} build, {} processors, {}.",
            text(&search.id),
            search.seed,
            search.users,
            text(&search.build_profile),
            search.host.cpus,
            text(&search.host.os)
        ),
    );
}

//! `compare.md`: for a pull request.

use super::{Change, Comparison, Estimate, Metric, MetricChange};
use crate::figures::{ABSENT, count, number, of_unit};
use crate::markdown::{line, row, table, text};

/// The text of `compare.md`.
pub fn render(report: &Comparison) -> String {
    let mut out = String::with_capacity(4 * 1024);
    let sign = match report.verdict {
        Change::NoRegression => "✅",
        Change::Regression => "❌",
        Change::Unknown => "❔",
    };
    line(&mut out, &format!("## {sign} {}\n", report.verdict.word()));
    line(&mut out, &format!("{}\n", text(&report.sentence)));
    if !report.differences.is_empty() {
        line(&mut out, &format!("> Not of one kind: {}.\n", text(&report.differences.join("; "))));
    }
    table(&mut out, &["", "Measure", "Before", "Now", "Change"], 0);
    for metric in &report.metrics {
        row(
            &mut out,
            &[
                sign_of(metric.change).to_owned(),
                format!(
                    "{}{}",
                    text(metric.title),
                    if metric.change == MetricChange::Told { " (told, not judged)" } else { "" }
                ),
                bracketed(estimated(metric.unit, metric.a), &range(metric.unit, metric.a)),
                bracketed(estimated(metric.unit, metric.b), &range(metric.unit, metric.b)),
                bracketed(change(metric), &change_range(metric)),
            ],
        );
    }
    line(&mut out, "");
    table(&mut out, &["Must be 0", "Before", "Now"], 2);
    for hole in &report.holes {
        let now = if hole.b > 0 { format!("❌ {}", count(hole.b)) } else { count(hole.b) };
        row(&mut out, &[hole.what.to_owned(), count(hole.a), now]);
    }
    line(&mut out, &format!("\n{}\n", method(report)));
    for (name, run) in [("Before", &report.a), ("Now", &report.b)] {
        let from = if run.histograms { "histograms" } else { "record only" };
        line(
            &mut out,
            &format!("{name}: {}, seed {}, {} ({from}).  ", text(&run.run), run.seed, text(&run.started_at)),
        );
    }
    out
}

/// How the intervals come about, in a line.
pub(super) fn method(report: &Comparison) -> String {
    format!(
        "Intervals hold with 95 %: order statistics for percentiles, batch means for the rate, Wilson's for shares. Worse: the whole \
         interval of the change lies beyond {} %, and a latency's change is above {} ms. Not worse: the change lies within {0} %, its interval \
         within twice that.",
        number(report.threshold * 100.0),
        number(report.least_ms)
    )
}

const fn sign_of(change: MetricChange) -> &'static str {
    match change {
        MetricChange::Worse => "❌",
        MetricChange::Better => "🟢",
        MetricChange::Same => "✅",
        MetricChange::Unknown => "❔",
        MetricChange::Told => "ℹ️",
    }
}

/// A number, or a dash.
pub(super) fn estimated(unit: &str, estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| ABSENT.to_owned(), |one| of_unit(unit, one.value))
}

/// Its interval: `13.9 ms to 14.6 ms`; empty where none is known.
pub(super) fn range(unit: &str, estimate: Option<Estimate>) -> String {
    match estimate {
        Some(Estimate { low: Some(low), high: Some(high), .. }) => {
            format!("{} to {}", of_unit(unit, low), of_unit(unit, high))
        }
        _ => String::new(),
    }
}

/// A change: `+12 %`, or a dash.
pub(super) fn change(metric: &Metric) -> String {
    metric.ratio.map_or_else(|| ABSENT.to_owned(), |ratio| format!("{} %", percent(ratio.value)))
}

/// Its interval: `+9 to +15 %`; empty where none is known.
pub(super) fn change_range(metric: &Metric) -> String {
    match metric.ratio {
        Some(Estimate { low: Some(low), high: Some(high), .. }) => {
            format!("{} to {} %", percent(low), percent(high))
        }
        _ => String::new(),
    }
}

/// `14.2 ms [13.9 ms to 14.6 ms]`.
fn bracketed(number: String, range: &str) -> String {
    if range.is_empty() { number } else { format!("{number} [{range}]") }
}

fn percent(ratio: f64) -> String {
    let change = ((ratio - 1.0) * 1_000.0).round() / 10.0;
    let sign = if change > 0.0 { "+" } else { "" };
    // Minus zero is zero.
    format!("{sign}{}", number(change + 0.0))
}

//! `compare.html`: one file that needs nothing else.

use maud::{Markup, html};

use super::markdown::{change, change_range, estimated, method, range};
use super::{Change, Comparison, Estimate, MetricChange};
use crate::figures::{count, millis, number};
use crate::html::{banner, card, page};
use crate::plot::{Line, LineChart, Whisker, line_chart, log, spectrum, whiskers};

/// The text of `compare.html`.
pub fn render(report: &Comparison) -> String {
    let head = html! {
        p.brand { "Peakproof" }
        h1 { "Before and now" }
        p.sub { (report.a.run) ", seed " (report.a.seed) " → " (report.b.run) ", seed " (report.b.seed) }
    };
    let main = html! {
        (verdict(report))
        div.pair { (changes(report)) (spectra(report)) }
        (metrics(report))
        div.pair { (holes(report)) (sides(report)) }
    };
    let title = format!("{} · {} · Peakproof", report.verdict.word(), report.b.run);
    page(
        &title,
        &head,
        &main,
        &format!("Drawn from two records by Peakproof {}. Times are UTC.", report.tool_version),
    )
}

fn verdict(report: &Comparison) -> Markup {
    let held = match report.verdict {
        Change::NoRegression => Some(true),
        Change::Regression => Some(false),
        Change::Unknown => None,
    };
    let details =
        html! { @for difference in &report.differences { p.detail { "Not of one kind: " (difference) } } };
    banner(held, report.verdict.word(), &html! { (report.sentence) }, &details)
}

fn changes(report: &Comparison) -> Markup {
    let rows: Vec<Whisker> = report
        .metrics
        .iter()
        .filter(|metric| metric.unit != "ratio")
        .filter_map(|metric| {
            let ratio = metric.ratio?;
            Some(Whisker {
                class: match metric.change {
                    MetricChange::Worse => "s2",
                    MetricChange::Unknown => "s5",
                    MetricChange::Told => "s3",
                    MetricChange::Better | MetricChange::Same => "s1",
                },
                name: metric.title.to_owned(),
                value: change(metric),
                at: ratio.value,
                from: ratio.low.unwrap_or(ratio.value),
                to: ratio.high.unwrap_or(ratio.value),
            })
        })
        .collect();
    let content = if rows.is_empty() {
        html! { p.empty { "Nothing was measured in both runs." } }
    } else {
        whiskers("changes-plot", "Change by measure", &report.sentence, &rows, report.threshold)
    };
    card(
        "changes",
        "Change",
        "Now as a multiple of before, with its interval. Shaded: within the threshold.",
        content,
    )
}

fn spectra(report: &Comparison) -> Markup {
    let points = || report.spectra.iter().flatten();
    let values = points().map(|point| point.1);
    let (low, high) = values.fold((f64::MAX, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    if points().next().is_none() {
        return card("spectra", "Percentiles", "", html! { p.empty { "Too few samples for a spectrum." } });
    }
    let line = |class, name, index: usize| Line {
        class,
        name,
        value: String::new(),
        points: report.spectra[index].iter().copied().map(Some).collect(),
    };
    let chart = LineChart {
        id: "spectra-plot",
        title: "Acknowledgement by percentile, before and now",
        description: format!("From {} to {}.", millis(low), millis(high)),
        height: 300.0,
        x: spectrum(points().map(|point| point.0).fold(0.0, f64::max)),
        y: log(low, high),
        lines: vec![line("s3 dashed", "before", 0), line("s1", "now", 1)],
        limit: None,
    };
    card(
        "spectra",
        "Percentiles",
        "Acknowledgement, from the intended send time. Every further nine is as wide as the one before.",
        line_chart(&chart),
    )
}

fn metrics(report: &Comparison) -> Markup {
    let content = html! {
        div.scroll { table.wide.compare {
            thead { tr { th { "Measure" } th.n { "Before" } th.n { "Now" } th.n { "Change" } th { "" } } }
            tbody {
                @for metric in &report.metrics {
                    tr id={ "metric-" (metric.name) } {
                        th scope="row" { (metric.title) }
                        td.n { (with_range(metric.unit, metric.a)) }
                        td.n { (with_range(metric.unit, metric.b)) }
                        td.n.bad[metric.change == MetricChange::Worse] { (change(metric)) span.why { (change_range(metric)) } }
                        td { (word(metric.change)) }
                    }
                }
            }
        } }
    };
    card("metrics", "In numbers", &method(report), content)
}

/// A number over its interval.
fn with_range(unit: &str, estimate: Option<Estimate>) -> Markup {
    html! { (estimated(unit, estimate)) span.why { (range(unit, estimate)) } }
}

fn word(change: MetricChange) -> Markup {
    let (class, mark, word) = match change {
        MetricChange::Worse => ("bad", "✗", "worse"),
        MetricChange::Better => ("good", "✓", "better"),
        MetricChange::Same => ("good", "✓", "not worse"),
        MetricChange::Unknown => ("open", "?", "cannot be told"),
        MetricChange::Told => ("info", "·", "told, not judged"),
    };
    html! { span.judged.(class) { span aria-hidden="true" { (mark) } " " (word) } }
}

fn holes(report: &Comparison) -> Markup {
    let content = html! {
        div.scroll { table {
            thead { tr { th { "" } th.n { "Before" } th.n { "Now" } } }
            tbody {
                @for hole in &report.holes {
                    tr { td { (hole.what) } td.n.bad[hole.a > 0] { (count(hole.a)) } td.n.bad[hole.b > 0] { (count(hole.b)) } }
                }
            }
        } }
    };
    card("holes", "Must be zero", "Anything here now is a regression, whatever it was before.", content)
}

fn sides(report: &Comparison) -> Markup {
    let content = html! {
        dl.facts {
            @for (name, run) in [("Before", &report.a), ("Now", &report.b)] {
                dt { (name) }
                dd {
                    (run.run) ", seed " (run.seed) ", " (run.started_at) ", version " (run.tool_version) ", "
                    (format!("{:?}", run.verdict).to_lowercase())
                    @if !run.histograms { ", by its record: there are no histograms beside it" }
                }
            }
            dt { "Threshold" }
            dd { (number(report.threshold * 100.0)) " %, and " (number(report.least_ms)) " ms" }
        }
    };
    card("sides", "The runs", "", content)
}

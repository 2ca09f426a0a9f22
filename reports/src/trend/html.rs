//! `trend.html`: one file that needs nothing else.

use maud::{Markup, html};

use super::{Group, Point, Trend};
use crate::figures::{count, millis_or_dash, number};
use crate::html::{card, judged, page};
use crate::plot::{Axis, Line, LineChart, Marks, log, marked_chart, named, thin, upright};
use crate::record::Verdict;

/// Points that a line is thinned to.
const BUCKETS: usize = 200;
/// Runs in a table; the others are in the picture.
const ROWS: usize = 50;

/// The text of `trend.html`.
pub fn render(report: &Trend) -> String {
    let runs = report.runs();
    let head = html! {
        p.brand { "Peakproof" }
        h1 { "Runs over time" }
        p.sub { (counted(runs, "run")) " of " (counted(report.groups.len(), "kind")) }
    };
    let main = html! {
        @for (index, group) in report.groups.iter().enumerate() { (of_group(index, group)) }
        @if !report.unreadable.is_empty() {
            (card("unreadable", "Not read", "", html! { ul.invariants { @for why in &report.unreadable { li { span { "?" } div { (why) } } } } }))
        }
    };
    let title = format!("{runs} runs over time · Peakproof");
    page(
        &title,
        &head,
        &main,
        &format!("Drawn from run.json records by Peakproof {}. Times are UTC.", report.tool_version),
    )
}

fn counted(n: usize, what: &str) -> String {
    format!("{} {what}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

fn of_group(index: usize, group: &Group) -> Markup {
    let failed = group.runs.iter().filter(|run| run.verdict == Verdict::Fail).count();
    let note = format!("{}, {failed} failed. By run, oldest first.", counted(group.runs.len(), "run"));
    let content = html! {
        div.pair { (latency(index, group)) (rate(index, group)) }
        (runs(group))
    };
    card(&format!("group-{index}"), &group.title(), &note, content)
}

fn latency(index: usize, group: &Group) -> Markup {
    let values = group.runs.iter().flat_map(|run| [run.ack_p50_ms, run.ack_p99_ms]).flatten();
    let (low, high) = values.fold((f64::MAX, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    if high <= 0.0 {
        return html! { p.empty { "Too few samples for percentiles." } };
    }
    let id = format!("latency-{index}");
    let chart = LineChart {
        id: &id,
        title: "Acknowledgement latency by run",
        description: format!("From {} to {}.", millis_or_dash(Some(low)), millis_or_dash(Some(high))),
        height: 200.0,
        x: axis(group),
        y: log(low, high),
        lines: vec![
            line("s1", "p50", group, |run| run.ack_p50_ms, |value| millis_or_dash(Some(value))),
            line("s2", "p99", group, |run| run.ack_p99_ms, |value| millis_or_dash(Some(value))),
        ],
        limit: None,
    };
    drawn(&chart, group)
}

fn rate(index: usize, group: &Group) -> Markup {
    let most = group.runs.iter().map(|run| run.achieved_per_min).fold(group.rate_per_min, f64::max);
    let id = format!("rate-{index}");
    let chart = LineChart {
        id: &id,
        title: "Webhooks a minute by run",
        description: format!("At most {} a minute.", number(most.round())),
        height: 200.0,
        x: axis(group),
        y: upright(most * 1.05),
        lines: vec![line(
            "s4",
            "rate",
            group,
            |run| Some(run.achieved_per_min),
            |value| number(value.round()),
        )],
        limit: (group.rate_per_min > 0.0)
            .then(|| (group.rate_per_min, format!("plan {}", number(group.rate_per_min)))),
    };
    drawn(&chart, group)
}

fn drawn(chart: &LineChart<'_>, group: &Group) -> Markup {
    marked_chart(chart, &Marks { points: group.runs.len() <= ROWS, ..Marks::default() })
}

fn line(
    class: &'static str,
    name: &'static str,
    group: &Group,
    of: fn(&Point) -> Option<f64>,
    show: fn(f64) -> String,
) -> Line {
    let points: Vec<_> = group
        .runs
        .iter()
        .enumerate()
        .map(|(place, run)| of(run).map(|value| (place as f64, value)))
        .collect();
    let last = group.runs.iter().rev().find_map(of);
    Line { class, name, value: last.map(show).unwrap_or_default(), points: thin(&points, BUCKETS) }
}

/// One place a run, with the day at the first, the last and one between.
fn axis(group: &Group) -> Axis {
    let last = group.runs.len().saturating_sub(1);
    let mut places = vec![0, last / 2, last];
    places.dedup();
    // Month and day: a phone has no room for more, and the table has the year.
    let day = |place: usize| group.runs[place].started_at.chars().skip(5).take(5).collect::<String>();
    let ticks =
        places.into_iter().filter(|place| *place < group.runs.len()).map(|place| (day(place), place as f64));
    named(group.runs.len(), ticks.collect())
}

fn runs(group: &Group) -> Markup {
    let left_out = group.runs.len().saturating_sub(ROWS);
    html! {
        div.scroll.apart { table.wide {
            thead { tr { th { "Started" } th.n { "p50" } th.n { "p99" } th.n { "Webhooks a minute" } th.n { "Holes" } th { "Verdict" } th.n { "Seed" } th { "Run" } } }
            tbody {
                @for run in group.runs.iter().rev().take(ROWS) {
                    tr {
                        td.whole { (run.started_at.replace('T', " ").chars().take(16).collect::<String>()) }
                        td.n { (millis_or_dash(run.ack_p50_ms)) }
                        td.n { (millis_or_dash(run.ack_p99_ms)) }
                        td.n { (number(run.achieved_per_min.round())) }
                        td.n.bad[run.holes > 0] { (count(run.holes)) }
                        td { (judged(held(run.verdict), ["pass", "fail", "unknown"])) }
                        td.n { (run.seed) }
                        td.whole { (run.run) }
                    }
                }
            }
        } }
        @if left_out > 0 { p.after { (count(left_out as u64)) " older runs are in the picture only." } }
    }
}

const fn held(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Unknown => None,
    }
}

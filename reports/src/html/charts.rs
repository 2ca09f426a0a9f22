//! The plots of the page: which lines, which axes, and what they say in words.

use maud::{Markup, html};

use super::{card, words};
use crate::figures::{count, millis, millis_or_dash, number, span};
use crate::plot::{Axis, Bar, Line, LineChart, Part, bars, line_chart, log, spectrum, thin, time, upright};
use crate::record::{Latency, Run, Second};
use crate::story::ack_p99_slo;
use crate::tally::{belongs, by_kind_and_provider};

/// Buckets that a line over time is thinned to: about one for two pixels of the widest place.
const BUCKETS: usize = 300;

/// p50, p99 and maximum of every second.
pub(super) fn latency_over_time(run: &Run) -> Markup {
    let lines = [
        ("s3 light", "max", series(run, |second| second.max), run.ack_latency_ms.max),
        ("s2", "p99", series(run, |second| second.p99), run.ack_latency_ms.p99),
        ("s1", "p50", series(run, |second| second.p50), run.ack_latency_ms.p50),
    ];
    let Some((low, high)) = range(lines.iter().flat_map(|line| line.2.iter().flatten().map(|point| point.1)))
    else {
        return card("latency", "Latency over time", "", nothing("No acknowledgement was measured."));
    };
    let limit = ack_p99_slo(run).map(|slo| (slo.limit, format!("limit {}", millis(slo.limit))));
    let top = limit.as_ref().map_or(high, |limit| high.max(limit.0));
    let chart = LineChart {
        id: "latency-plot",
        title: "Acknowledgement latency by second",
        description: format!(
            "Over {}: p50 {}, p99 {}, largest {} for the whole run.",
            span(run.duration_s),
            millis_or_dash(run.ack_latency_ms.p50),
            millis_or_dash(run.ack_latency_ms.p99),
            millis_or_dash(run.ack_latency_ms.max)
        ),
        height: 220.0,
        x: time_axis(run),
        y: log(low, top),
        lines: lines
            .into_iter()
            .map(|(class, name, points, whole)| Line {
                class,
                name,
                value: whole.map(millis).unwrap_or_default(),
                points: thin(&points, BUCKETS),
            })
            .collect(),
        limit,
    };
    let note = "Acknowledgement of valid webhooks by second, from the intended send time. The figures are the whole run's.";
    card("latency", "Latency over time", note, line_chart(&chart))
}

/// Acknowledgement, service time and durability by percentile.
pub(super) fn percentile_spectrum(run: &Run) -> Markup {
    let lines = [
        ("s3", "durable", &run.durable_latency_ms),
        ("s1", "ack", &run.ack_latency_ms),
        ("s4 dashed", "service", &run.service_time_ms),
    ];
    let every = lines.iter().flat_map(|line| line.2.spectrum.iter());
    let Some((low, high)) = range(every.clone().map(|point| point.1)) else {
        return card("spectrum", "Percentiles", "", nothing("Too few samples for a spectrum."));
    };
    let chart = LineChart {
        id: "spectrum-plot",
        title: "Latency by percentile",
        description: lines.iter().map(|line| in_words(line.1, line.2)).collect::<Vec<_>>().join(" "),
        height: 220.0,
        x: spectrum(every.map(|point| point.0).fold(0.0, f64::max)),
        y: log(low, high),
        lines: lines
            .into_iter()
            .map(|(class, name, latency)| Line {
                class,
                name,
                value: latency.p99.map(millis).unwrap_or_default(),
                points: latency.spectrum.iter().copied().map(Some).collect(),
            })
            .collect(),
        limit: None,
    };
    let note = "Every further nine is as wide as the one before. ack: intended send time to answer; service: real send \
                to answer; durable: intended send time to the processor making the record. The figures are p99.";
    card("spectrum", "Percentiles", note, line_chart(&chart))
}

/// Offered, accepted, rejected and failed webhooks by second.
pub(super) fn rate_over_time(run: &Run) -> Markup {
    if run.timeline.is_empty() {
        return card("rate", "Rate over time", "", nothing("No second was measured."));
    }
    let total = |of: fn(&Second) -> u64| {
        count(run.timeline.iter().fold(0, |sum: u64, one| sum.saturating_add(of(one))))
    };
    let line = |class, name, of: fn(&Second) -> u64| Line {
        class,
        name,
        value: total(of),
        points: thin(&series(run, |second| Some(of(second) as f64)), BUCKETS),
    };
    let highest =
        run.timeline.iter().map(|second| second.sent.max(second.accepted)).max().unwrap_or(0) as f64;
    let offered = run.offered_per_min / 60.0;
    let chart = LineChart {
        id: "rate-plot",
        title: "Webhooks by second",
        description: format!(
            "{} due, {} accepted, {} rejected, {} errors, over {}.",
            total(|second| second.sent),
            total(|second| second.accepted),
            total(|second| second.rejected),
            total(|second| second.errors),
            span(run.duration_s)
        ),
        // As tall as the bars beside it.
        height: 300.0,
        x: time_axis(run),
        y: upright(highest.max(offered) * 1.05),
        lines: vec![
            line("s3 light", "offered", |second| second.sent),
            line("s4", "rejected", |second| second.rejected),
            line("s2", "errors", |second| second.errors),
            line("s1", "accepted", |second| second.accepted),
        ],
        limit: (offered > 0.0).then(|| (offered, format!("plan {}/s", number(offered.round())))),
    };
    let note = "Webhooks by the second in which they were due. The figures are totals; rejected is what forgeries and \
                malformed webhooks should be.";
    card("rate", "Rate over time", note, line_chart(&chart))
}

/// What became of each kind from each provider, as parts of a whole.
pub(super) fn outcomes(run: &Run) -> Markup {
    let rows = by_kind_and_provider(run);
    if rows.is_empty() {
        return card("outcome-bars", "Where they ended", "", nothing("Nothing was sent."));
    }
    let mut seen: Vec<(&'static str, String)> = Vec::new();
    let drawn: Vec<Bar> = rows
        .iter()
        .map(|(kind, provider, tally)| {
            let parts: Vec<Part> =
                tally.parts().into_iter().map(|(outcome, n)| part(kind, outcome, n)).collect();
            for part in &parts {
                if !seen.iter().any(|(class, _)| *class == part.class) {
                    seen.push((part.class, part.name.clone()));
                }
            }
            Bar { name: format!("{} · {}", short(kind), short(provider)), total: count(tally.sent), parts }
        })
        .collect();
    seen.sort_by_key(|(class, _)| CLASSES.iter().position(|known| known == class));
    let content = html! {
        ul.legend.always { @for (class, name) in &seen { li { i.key.part.(class) {} (name) } } }
        (bars("outcome-plot", "Outcomes by kind and provider", "The table of outcomes below holds the same numbers.", &drawn))
    };
    let note = "A bar is all of one kind from one provider. Warm colours are holes, and are drawn wide enough to be seen.";
    card("outcome-bars", "Where they ended", note, content)
}

/// Classes of the parts' colours, in the order of the legend.
const CLASSES: [&str; 13] = [
    "o-stored",
    "o-deduplicated",
    "o-rejected",
    "o-dead",
    "o-stored misplaced",
    "o-deduplicated misplaced",
    "o-rejected misplaced",
    "o-dead misplaced",
    "o-lost",
    "o-duplicated",
    "o-forged",
    "o-valid",
    "o-unknown",
];

/// A part with the colour of its outcome, or with a warm one where its kind does not belong.
fn part(kind: &str, outcome: &str, n: u64) -> Part {
    let class = match (belongs(kind, outcome), outcome) {
        (false, "stored") => "o-stored misplaced",
        (false, "deduplicated") => "o-deduplicated misplaced",
        (false, "rejected") => "o-rejected misplaced",
        (false, "dead_lettered") => "o-dead misplaced",
        _ => class(outcome),
    };
    let name =
        if class.ends_with(" misplaced") { format!("wrongly {}", words(outcome)) } else { words(outcome) };
    Part { class, name, n }
}

/// A name that fits beside a bar: those of the project do as they are.
fn short(name: &str) -> String {
    if name.chars().count() <= 10 { name.to_owned() } else { name.chars().take(9).chain(['…']).collect() }
}

/// The class of an outcome's colour; names from elsewhere share one.
fn class(outcome: &str) -> &'static str {
    match outcome {
        "stored" => "o-stored",
        "deduplicated" => "o-deduplicated",
        "rejected" => "o-rejected",
        "dead_lettered" => "o-dead",
        "lost" => "o-lost",
        "duplicated" => "o-duplicated",
        "forged_accepted" => "o-forged",
        "valid_rejected" => "o-valid",
        _ => "o-unknown",
    }
}

fn series(run: &Run, of: impl Fn(&Second) -> Option<f64>) -> Vec<Option<(f64, f64)>> {
    run.timeline.iter().map(|second| of(second).map(|value| (f64::from(second.t), value))).collect()
}

fn time_axis(run: &Run) -> Axis {
    // The last point stands at the right edge: a second is drawn where it starts.
    time(run.timeline.last().map_or(0.0, |second| f64::from(second.t)))
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

fn in_words(name: &str, latency: &Latency) -> String {
    format!(
        "{name}: p50 {}, p90 {}, p99 {}, p99.9 {}.",
        millis_or_dash(latency.p50),
        millis_or_dash(latency.p90),
        millis_or_dash(latency.p99),
        millis_or_dash(latency.p999)
    )
}

fn nothing(why: &str) -> Markup {
    html! { p.empty { (why) } }
}

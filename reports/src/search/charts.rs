//! The two plots of a search: what latency does as the rate rises, and what throughput does as more is under way.

use maud::{Markup, html};

use super::{Search, Trial};
use crate::figures::{millis, number};
use crate::html::card;
use crate::plot::{Line, LineChart, line_chart, log, upright};

/// Steps of the law's curve.
const STEPS: u32 = 120;

/// A class of dots, their name, and which trials they are.
type Kind = (&'static str, &'static str, Option<bool>);

const KINDS: [Kind; 3] =
    [("s4 dots open", "open", None), ("s2 dots", "broke", Some(false)), ("s1 dots", "held", Some(true))];

/// p99 of every trial against its rate.
pub(super) fn latency_by_rate(search: &Search) -> Markup {
    let points: Vec<(&Trial, f64)> =
        search.trials.iter().filter_map(|trial| Some((trial, trial.ack_p99_ms?))).collect();
    let Some((low, high)) = range(points.iter().map(|point| point.1)) else {
        return card("latency", "Latency against rate", "", empty("No trial has a p99."));
    };
    let objective = search.objective.ack_p99_ms;
    let highest = points.iter().map(|point| point.0.offered_per_min).fold(0.0, f64::max);
    let y = log(low, high.max(objective));
    let mut lines = marks(search, (low, high.max(objective)));
    lines.extend(KINDS.map(|(class, name, held)| {
        let mut of: Vec<(f64, f64)> = points
            .iter()
            .filter(|(trial, _)| trial.held == held)
            .map(|(trial, p99)| (trial.offered_per_min, *p99))
            .collect();
        Line { class, name, value: of.len().to_string(), points: dots(&mut of) }
    }));
    let chart = LineChart {
        id: "latency-plot",
        title: "p99 acknowledgement by rate",
        description: format!(
            "{} trials up to {} webhooks a minute, p99 from {} to {}.",
            points.len(),
            number(highest),
            millis(low),
            millis(high)
        ),
        height: 300.0,
        x: upright(highest * 1.05),
        y,
        lines,
        limit: Some((objective, format!("objective {}", millis(objective)))),
    };
    let note =
        "A point is a trial: webhooks a minute offered, p99 acknowledgement from the intended send time.";
    card("latency", "Latency against rate", note, line_chart(&chart))
}

/// The knee and the limit, as lines upwards.
fn marks(search: &Search, (low, high): (f64, f64)) -> Vec<Line> {
    let upwards = |class, name, rate: f64| Line {
        class,
        name,
        value: number(rate.round()),
        points: vec![Some((rate, low.min(1e-3))), Some((rate, high))],
    };
    let limit = search.limit.as_ref().map(|limit| upwards("s3 dashed", "limit", limit.rate_per_min));
    let knee = search.knee.as_ref().map(|knee| upwards("s4 light", "knee", knee.rate_per_min));
    [limit, knee].into_iter().flatten().collect()
}

/// Throughput of every trial against what was under way, with the law's curve.
pub(super) fn throughput_by_in_flight(search: &Search) -> Markup {
    let points: Vec<(&Trial, f64, f64)> = search
        .trials
        .iter()
        .filter(|trial| trial.in_flight > 0.0 && trial.achieved_per_min > 0.0)
        .map(|trial| (trial, trial.in_flight, trial.achieved_per_min / 60.0))
        .collect();
    let Some((_, most)) = range(points.iter().map(|point| point.1)) else {
        return card(
            "throughput",
            "Throughput against deliveries under way",
            "",
            empty("No trial has a throughput."),
        );
    };
    let fastest = points.iter().map(|point| point.2).fold(0.0, f64::max);
    let mut lines = Vec::new();
    if let Some(law) = &search.law {
        let at = |step: u32| f64::from(step) / f64::from(STEPS) * most;
        let per_s = |n: f64| law.lambda_per_s * n / (1.0 + law.sigma * (n - 1.0) + law.kappa * n * (n - 1.0));
        let curve = (0..=STEPS).map(|step| Some((at(step), per_s(at(step)))));
        let value = format!("R² {:.2}", law.r_squared);
        lines.push(Line { class: "s3", name: "law", value, points: curve.collect() });
    }
    lines.extend(KINDS.map(|(class, name, held)| {
        let mut of: Vec<(f64, f64)> =
            points.iter().filter(|point| point.0.held == held).map(|point| (point.1, point.2)).collect();
        Line { class, name, value: of.len().to_string(), points: dots(&mut of) }
    }));
    let chart = LineChart {
        id: "throughput-plot",
        title: "Webhooks a second by deliveries under way",
        description: format!("{} trials, up to {} webhooks a second.", points.len(), number(fastest.round())),
        height: 300.0,
        x: upright(most * 1.05),
        y: upright(fastest * 1.1),
        lines,
        limit: None,
    };
    let note = "A point is a trial: mean number of deliveries under way (throughput times service time), webhooks a second.";
    card("throughput", "Throughput against deliveries under way", note, line_chart(&chart))
}

/// Points with a gap after each, so that they are drawn as dots.
fn dots(points: &mut [(f64, f64)]) -> Vec<Option<(f64, f64)>> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.iter().flat_map(|point| [Some(*point), None]).collect()
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

fn empty(text: &str) -> Markup {
    html! { p.empty { (text) } }
}

//! What is compared, with its intervals.

use super::{Estimate, Limits, Metric, MetricChange, Side};
use crate::latency::Percentile;
use crate::record::{Latency, Run};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;
/// Standard deviations of the normal distribution for that.
const DEVIATIONS: f64 = 1.960;
/// The interval of what is not worse may reach so many times the threshold: with less certainty than that, it cannot be told.
const REACH: f64 = 2.0;
/// Measures without which there is no answer.
pub(super) const GATES: [&str; 5] = ["ack_p50", "ack_p99", "service_p99", "rate", "errors"];
/// A share of webhooks without an answer that is smaller than this is no difference: a thousandth is what the objective allows.
const LEAST_SHARE: f64 = 0.001;

type Of = fn(&Run) -> &Latency;

pub(super) fn metrics(a: &Side, b: &Side, limits: Limits) -> Vec<Metric> {
    let latencies: [(&'static str, &'static str, &'static str, Of, Percentile); 7] = [
        ("ack_p50", "Acknowledgement p50", "ack", |run| &run.ack_latency_ms, Percentile::P50),
        ("ack_p99", "Acknowledgement p99", "ack", |run| &run.ack_latency_ms, Percentile::P99),
        ("ack_p999", "Acknowledgement p99.9", "ack", |run| &run.ack_latency_ms, Percentile::P999),
        ("service_p50", "Service time p50", "service", |run| &run.service_time_ms, Percentile::P50),
        ("service_p99", "Service time p99", "service", |run| &run.service_time_ms, Percentile::P99),
        ("service_p999", "Service time p99.9", "service", |run| &run.service_time_ms, Percentile::P999),
        ("durable_p99", "Durable p99", "durable", |run| &run.durable_latency_ms, Percentile::P99),
    ];
    let mut all: Vec<Metric> = latencies
        .into_iter()
        .map(|(name, title, tag, of, percentile)| {
            let side = |side: &Side| latency(side, tag, of(&side.run), percentile);
            rising(Metric::between(name, title, "ms", side(a), side(b)), limits.threshold, limits.least_ms)
        })
        .collect();
    all.push(falling(
        Metric::between("rate", "Webhooks a minute", "per_min", rate(&a.run), rate(&b.run)),
        limits.threshold,
    ));
    all.push(share(Metric::between(
        "errors",
        "Share without an answer or with 5xx",
        "ratio",
        errors(&a.run),
        errors(&b.run),
    )));
    all.push(Metric::between("cpu", "Processor time a webhook", "ms", cpu(&a.run), cpu(&b.run)));
    all.retain(|metric| metric.a.is_some() || metric.b.is_some());
    all
}

impl Metric {
    fn between(
        name: &'static str,
        title: &'static str,
        unit: &'static str,
        a: Option<Estimate>,
        b: Option<Estimate>,
    ) -> Self {
        let ratio = a.zip(b).and_then(|(a, b)| b.over(a));
        Self { name, title, unit, a, b, ratio, change: MetricChange::Told }
    }
}

impl Estimate {
    /// How many times another. The interval is that of a difference of logarithms: each side's own distance to its end, squared, summed
    /// (MOVER, by Zou and Donner); the extremes of both at once would be rarer than the confidence says.
    fn over(self, other: Self) -> Option<Self> {
        if other.value <= 0.0 || self.value <= 0.0 {
            return None;
        }
        let value = self.value / other.value;
        let apart = |near: Option<f64>, far: Option<f64>| {
            let (near, far) = (near.filter(|end| *end > 0.0)?, far.filter(|end| *end > 0.0)?);
            Some((self.value / near).ln().hypot((other.value / far).ln()).exp())
        };
        Some(Self {
            value,
            low: apart(self.low, other.high).map(|apart| value / apart),
            high: apart(self.high, other.low).map(|apart| value * apart),
        })
    }
}

fn latency(side: &Side, tag: &str, recorded: &Latency, percentile: Percentile) -> Option<Estimate> {
    let histogram = side.histograms.get(tag);
    let value = match percentile {
        Percentile::P50 => recorded.p50,
        Percentile::P90 => recorded.p90,
        Percentile::P99 => recorded.p99,
        Percentile::P999 => recorded.p999,
    }?;
    let interval = match histogram {
        // A log of another run, or one that was cut, is not believed.
        Some(histogram) if histogram.samples() == recorded.samples => {
            histogram.interval_ms(percentile, CONFIDENCE)
        }
        _ => recorded.interval_ms(percentile, CONFIDENCE),
    };
    Some(Estimate { value, low: interval.map(|(low, _)| low), high: interval.map(|(_, high)| high) })
}

/// Mean of the timeline's answers a minute, with an interval by batch means: seconds that follow each other are alike, batches less so.
fn rate(run: &Run) -> Option<Estimate> {
    const BATCHES: usize = 20;
    if run.duration_s <= 0.0 {
        return None;
    }
    let answered: Vec<f64> =
        run.timeline.iter().map(|second| second.sent as f64 - second.errors as f64).collect();
    let size = answered.len() / BATCHES;
    let value = run.achieved_per_min;
    if size == 0 {
        return Some(Estimate { value, low: None, high: None });
    }
    let means: Vec<f64> =
        answered.chunks_exact(size).map(|batch| batch.iter().sum::<f64>() / size as f64 * 60.0).collect();
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = DEVIATIONS * (variance / n).sqrt();
    Some(Estimate { value, low: Some((value - half).max(0.0)), high: Some(value + half) })
}

/// Share of deliveries without an answer or with a 5xx, with Wilson's interval.
fn errors(run: &Run) -> Option<Estimate> {
    let (sent, errors) = run.timeline.iter().fold((0u64, 0u64), |(sent, errors), second| {
        (sent.saturating_add(second.sent), errors.saturating_add(second.errors))
    });
    if sent == 0 {
        return None;
    }
    let (n, share) = (sent as f64, errors as f64 / sent as f64);
    let square = DEVIATIONS * DEVIATIONS;
    let centre = (share + square / (2.0 * n)) / (1.0 + square / n);
    let half = DEVIATIONS / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    // At the ends rounding may put the share itself outside.
    Some(Estimate {
        value: share,
        low: Some((centre - half).clamp(0.0, share)),
        high: Some((centre + half).clamp(share, 1.0)),
    })
}

/// Milliseconds of processor time a delivery, of the generator and, on the embedded cloud, of everything.
fn cpu(run: &Run) -> Option<Estimate> {
    let cores = run.generator.cpu_cores?;
    (run.sent.total > 0).then(|| Estimate {
        value: cores * run.duration_s / run.sent.total as f64 * 1_000.0,
        low: None,
        high: None,
    })
}

/// More is worse.
fn rising(metric: Metric, threshold: f64, least: f64) -> Metric {
    let (Some(a), Some(b), Some(ratio)) = (metric.a, metric.b, metric.ratio) else { return unknown(metric) };
    let (Some(low), Some(high)) = (ratio.low, ratio.high) else { return unknown(metric) };
    let most = b.high.zip(a.low).map_or(f64::INFINITY, |(high, low)| high - low);
    let change = if low > 1.0 + threshold && b.value - a.value > least {
        MetricChange::Worse
    } else if high < 1.0 - threshold && a.value - b.value > least {
        MetricChange::Better
    } else if most <= least || ratio.value <= 1.0 + threshold && high <= 1.0 + threshold * REACH {
        MetricChange::Same
    } else {
        MetricChange::Unknown
    };
    Metric { change, ..metric }
}

/// Less is worse.
fn falling(metric: Metric, threshold: f64) -> Metric {
    let Some(Estimate { value, low: Some(low), high: Some(high) }) = metric.ratio else {
        return unknown(metric);
    };
    let change = if high < 1.0 - threshold {
        MetricChange::Worse
    } else if low > 1.0 + threshold {
        MetricChange::Better
    } else if value >= 1.0 - threshold && low >= 1.0 - threshold * REACH {
        MetricChange::Same
    } else {
        MetricChange::Unknown
    };
    Metric { change, ..metric }
}

fn unknown(metric: Metric) -> Metric {
    Metric { change: MetricChange::Unknown, ..metric }
}

/// A share near zero, whose ratio means little: the difference counts.
fn share(metric: Metric) -> Metric {
    let change = match (metric.a, metric.b) {
        (
            Some(Estimate { low: Some(a_low), high: Some(a_high), .. }),
            Some(Estimate { low: Some(b_low), high: Some(b_high), .. }),
        ) => {
            if b_low > a_high && b_low - a_high > LEAST_SHARE {
                MetricChange::Worse
            } else if a_low > b_high && a_low - b_high > LEAST_SHARE {
                MetricChange::Better
            } else if b_high - a_low <= LEAST_SHARE || b_low <= a_high {
                MetricChange::Same
            } else {
                MetricChange::Unknown
            }
        }
        _ => MetricChange::Unknown,
    };
    Metric { change, ..metric }
}

//! Axes: where a value stands between 0 and 1, and which values are worth a label.

use crate::figures::{millis, number};

/// An axis from 0 to 1 with labelled ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    /// Label and value of every tick, rising.
    pub(crate) ticks: Vec<(String, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Linear,
    Log,
    /// Percentiles, by the logarithm of the share beyond.
    Beyond,
}

impl Axis {
    /// Where a value stands; values outside stand at the nearest end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high, value) = (self.bent(self.low), self.bent(self.high), self.bent(value));
        if high > low && value.is_finite() { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether a value lies on the axis.
    pub(crate) fn covers(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    fn bent(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(1e-9).log10(),
            Scale::Beyond => -((100.0 - value) / 100.0).max(1e-12).log10(),
        }
    }
}

/// Counts from zero up, in round steps.
pub(crate) fn upright(highest: f64) -> Axis {
    let step = round_step(highest.max(1.0) / 4.0).max(1.0);
    let high = (highest.max(1.0) / step).ceil() * step;
    let ticks = (0..=5).map(|n| f64::from(n) * step).take_while(|tick| *tick <= high * 1.000_1);
    Axis { scale: Scale::Linear, low: 0.0, high, ticks: ticks.map(|tick| (number(tick), tick)).collect() }
}

/// Milliseconds by powers of ten, from the power below the lowest to the one above the highest.
pub(crate) fn log(lowest: f64, highest: f64) -> Axis {
    let low = lowest.clamp(1e-3, 1e6).log10().floor();
    let high = highest.clamp(1e-3, 1e7).log10().ceil().max(low + 1.0);
    let ticks = (low as i32..=high as i32).map(|power| 10f64.powi(power)).map(|tick| (millis(tick), tick));
    Axis { scale: Scale::Log, low: 10f64.powf(low), high: 10f64.powf(high), ticks: ticks.collect() }
}

/// Counts by powers of ten, from the power below the lowest to the one above the highest.
pub(crate) fn decades(lowest: f64, highest: f64) -> Axis {
    let low = lowest.clamp(1.0, 1e9).log10().floor();
    let high = highest.clamp(1.0, 1e12).log10().ceil().max(low + 1.0);
    let ticks = (low as i32..=high as i32).map(|power| 10f64.powi(power)).map(|tick| (number(tick), tick));
    Axis { scale: Scale::Log, low: 10f64.powf(low), high: 10f64.powf(high), ticks: ticks.collect() }
}

/// Places 0, 1, 2, …, of which some have a name.
pub(crate) fn named(places: usize, ticks: Vec<(String, f64)>) -> Axis {
    Axis { scale: Scale::Linear, low: 0.0, high: places.saturating_sub(1).max(1) as f64, ticks }
}

/// Time from zero to `seconds`, with at most six round ticks.
pub(crate) fn time(seconds: f64) -> Axis {
    const STEPS: [f64; 15] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0,
        14_400.0,
    ];
    let high = seconds.max(1.0);
    let step = STEPS.into_iter().find(|step| high / step <= 6.0).unwrap_or_else(|| round_step(high / 5.0));
    let (unit, name) = match step {
        step if step >= 3_600.0 => (3_600.0, "h"),
        step if step >= 60.0 => (60.0, "min"),
        _ => (1.0, "s"),
    };
    let ticks = (0..=6).map(|n| f64::from(n) * step).take_while(|tick| *tick <= high);
    let label =
        |tick: f64| if tick == 0.0 { "0".to_owned() } else { format!("{} {name}", number(tick / unit)) };
    Axis { scale: Scale::Linear, low: 0.0, high, ticks: ticks.map(|tick| (label(tick), tick)).collect() }
}

/// Percentiles from 0 to the last one that was measured; every further nine is as wide as the one before.
pub(crate) fn spectrum(last_percentile: f64) -> Axis {
    let high = last_percentile.clamp(90.0, 99.999_999_9);
    let nines = (1..=9).map(|nines| 100.0 - 100.0 / 10f64.powi(nines)).map(|tick| (tick * 1e7).round() / 1e7);
    let ticks = [50.0].into_iter().chain(nines).take_while(|tick| *tick <= high + 1e-9);
    Axis {
        scale: Scale::Beyond,
        low: 0.0,
        high,
        ticks: ticks.map(|tick| (format!("{tick} %"), tick)).collect(),
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, not below the value.
fn round_step(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|step| *step >= value * 0.999_999).unwrap_or(10.0 * power)
}

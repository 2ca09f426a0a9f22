//! From entries to figures: latencies, the timeline, and the counts that the judge needs.

use std::collections::BTreeMap;
use std::time::Duration;

use provider_sim::Provider;
use run_record::latency::{PerSecond, Recorder};
use run_record::record::{Second, Sent};

use crate::entry::{Entry, Kind};
use crate::recovery::Window;

/// Figures of the measured part.
#[derive(Debug, Default, PartialEq)]
pub struct Measured {
    /// Counts by kind.
    pub sent: Sent,
    /// Valid deliveries from the intended send time to the answer. No answer is a sample as well: the time until giving
    /// up.
    pub ack: Recorder,
    /// The same by provider.
    pub ack_by_provider: BTreeMap<&'static str, Recorder>,
    /// The same from the real send time.
    pub service: Recorder,
    /// Every delivery's delay between intended and real send time.
    pub lag: Recorder,
    /// By second.
    pub timeline: Vec<Second>,
    /// Genuine deliveries. A provider's retries are none of these here and below: they are what it does about them.
    pub genuine: u64,
    /// Of those, answered 2xx.
    pub acknowledged: u64,
    /// Of those, answered 5xx.
    pub server_errors: u64,
    /// Of those, answered 429.
    pub throttled: u64,
    /// Of those, without an answer.
    pub unanswered: u64,
    /// Of those, with another answer that is neither 2xx nor 4xx.
    pub odd_answers: u64,
    /// Forged or malformed, and answered 5xx or not at all.
    pub attack_errors: u64,
    /// When the last one left that is no retry, since the start of the run.
    pub last_sent: Duration,
}

/// What was due outside of announced outages: the deliveries that an objective is about.
#[derive(Debug, Default)]
pub struct Undisturbed {
    /// Valid deliveries from the intended send time to the answer.
    pub ack: Recorder,
    /// Genuine deliveries.
    pub genuine: u64,
    /// Of those, answered 2xx.
    pub acknowledged: u64,
    /// Genuine deliveries that an outage touched, and that are left out.
    pub left_out: u64,
    /// Forged or malformed, and answered 5xx or not at all.
    pub attack_errors: u64,
}

impl Undisturbed {
    /// Figures of what no outage touched.
    #[must_use]
    pub fn of(entries: &[Entry], outages: &[Window]) -> Self {
        let mut all = Self::default();
        let first = |entry: &&Entry| entry.measured && entry.kind != Kind::Retry;
        for entry in entries.iter().filter(first) {
            let touched = outages.iter().any(|outage| outage.touches(entry));
            if !entry.kind.is_genuine() {
                all.attack_errors += u64::from(!touched && failed(entry));
                continue;
            }
            if touched {
                all.left_out += 1;
                continue;
            }
            all.genuine += 1;
            all.acknowledged += u64::from(entry.accepted());
            if entry.kind == Kind::Valid {
                all.ack.record(entry.acknowledged());
            }
        }
        all
    }
}

impl Measured {
    /// Figures of entries in any order. The measured part begins `warmup` after the start and lasts `seconds`.
    #[must_use]
    pub fn of(entries: &[Entry], warmup: Duration, seconds: u32) -> Self {
        let mut all = Self {
            timeline: (0..seconds).map(|t| Second { t, ..Second::default() }).collect(),
            ..Self::default()
        };
        let mut by_second = PerSecond::new();
        for entry in entries.iter().filter(|entry| entry.measured) {
            all.count(entry);
            let since = entry.intended().saturating_sub(warmup);
            let second = u32::try_from(since.as_secs()).unwrap_or(u32::MAX);
            // Retries may come long after the last second; anything else there is a matter of rounding.
            let second =
                if entry.kind == Kind::Retry { second } else { second.min(seconds.saturating_sub(1)) };
            if entry.kind == Kind::Valid {
                all.ack.record(entry.acknowledged());
                all.ack_by_provider.entry(entry.provider.as_str()).or_default().record(entry.acknowledged());
                all.service.record(entry.service());
                by_second.record(second, entry.acknowledged());
            }
            if let Some(second) = all.timeline.get_mut(usize::try_from(second).unwrap_or(usize::MAX)) {
                second.sent += 1;
                match entry.status {
                    200..300 => second.accepted += 1,
                    400..500 => second.rejected += 1,
                    _ => second.errors += 1,
                }
            }
        }
        by_second.fill(&mut all.timeline);
        all
    }

    fn count(&mut self, entry: &Entry) {
        self.sent.total += 1;
        *match entry.kind {
            Kind::Valid => &mut self.sent.valid,
            Kind::Duplicate => &mut self.sent.duplicate,
            Kind::Forged => &mut self.sent.forged,
            Kind::Malformed => &mut self.sent.malformed,
            Kind::Poison => &mut self.sent.poison,
            Kind::Retry => &mut self.sent.retry,
        } += 1;
        if entry.kind == Kind::Retry {
            return;
        }
        self.lag.record(entry.lag());
        self.last_sent = self.last_sent.max(entry.intended() + entry.lag());
        if !entry.kind.is_genuine() {
            self.attack_errors += u64::from(failed(entry));
            return;
        }
        self.genuine += 1;
        match entry.status {
            200..300 => self.acknowledged += 1,
            0 => self.unanswered += 1,
            429 => self.throttled += 1,
            400..500 => {}
            500.. => self.server_errors += 1,
            _ => self.odd_answers += 1,
        }
    }

    /// Deliveries a minute over the time they took to be sent, at least `measured_s` seconds; without retries, which nobody promised.
    #[must_use]
    pub fn achieved_per_min(&self, warmup: Duration, measured_s: f64) -> f64 {
        let took_s = self.last_sent.saturating_sub(warmup).as_secs_f64().max(measured_s);
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let total = self.sent.total.saturating_sub(self.sent.retry) as f64;
        if took_s > 0.0 { total * 60.0 / took_s } else { 0.0 }
    }

    /// Latency by provider as the record wants it; providers without a sample are left out.
    #[must_use]
    pub fn by_provider(&self) -> BTreeMap<String, run_record::record::Latency> {
        let named = Provider::ALL.iter().filter_map(|provider| {
            let recorder = self.ack_by_provider.get(provider.as_str())?;
            Some((provider.as_str().to_owned(), recorder.to_latency()))
        });
        named.collect()
    }
}

/// Answered 5xx, or not at all.
const fn failed(entry: &Entry) -> bool {
    entry.status == 0 || entry.status >= 500
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Times;
    use crate::entry::What;
    use provider_sim::{Malformation, Tampering};

    fn entry(what: What, intended_ms: u64, lag_ms: u64, service_ms: u64, status: Option<u16>) -> Entry {
        let [intended, lag, service] = [intended_ms, lag_ms, service_ms].map(Duration::from_millis);
        let measured = intended_ms >= 1000;
        Entry::new(Provider::Paypal, what, "WH-1", Times { measured, intended, lag, service }, status)
    }

    #[test]
    fn the_warm_up_is_left_out_and_kinds_are_told_apart() {
        let forged = What::Forged(Tampering::WrongKey);
        let entries = [
            entry(What::Valid, 500, 0, 900, Some(200)),
            entry(What::Valid, 1000, 1, 10, Some(200)),
            entry(What::Duplicate, 1500, 0, 10, Some(503)),
            entry(What::Poison, 2000, 0, 10, Some(429)),
            entry(What::Valid, 2100, 5, 30_000, None),
            entry(What::Valid, 2200, 0, 10, Some(400)),
            entry(What::Valid, 2300, 0, 10, Some(302)),
            entry(forged, 2900, 0, 10, Some(401)),
            entry(forged, 2950, 0, 10, Some(500)),
            entry(What::Malformed(Malformation::ALL[0]), 2999, 0, 10, Some(400)),
        ];
        let figures = Measured::of(&entries, Duration::from_secs(1), 2);
        let Sent { total, valid, forged, duplicate, malformed, poison, .. } = figures.sent;
        assert_eq!((total, valid, forged, duplicate, malformed, poison), (9, 4, 2, 1, 1, 1));
        assert_eq!((figures.genuine, figures.acknowledged), (6, 1));
        assert_eq!((figures.server_errors, figures.throttled, figures.unanswered), (1, 1, 1));
        assert_eq!((figures.odd_answers, figures.attack_errors), (1, 1));
        assert_eq!(figures.ack.samples(), 4, "an unanswered request is a sample");
        assert!(figures.ack.max_ms().expect("a maximum") >= 30_000.0);
        let counts: Vec<_> =
            figures.timeline.iter().map(|s| (s.t, s.sent, s.accepted, s.rejected, s.errors)).collect();
        assert_eq!(counts, [(0, 2, 1, 0, 1), (1, 7, 0, 4, 3)]);
        assert_eq!(figures.by_provider().keys().collect::<Vec<_>>(), ["paypal"]);
    }

    #[test]
    fn retries_are_counted_beside_what_they_repeat() {
        let entries = [
            entry(What::Valid, 1000, 0, 10, Some(503)),
            entry(What::Retry, 1500, 0, 10, Some(503)),
            entry(What::Retry, 9000, 0, 10, Some(200)),
        ];
        let figures = Measured::of(&entries, Duration::from_secs(1), 2);
        assert_eq!((figures.sent.total, figures.sent.valid, figures.sent.retry), (3, 1, 2));
        assert_eq!((figures.genuine, figures.acknowledged, figures.server_errors), (1, 0, 1));
        assert_eq!(figures.timeline.iter().map(|second| second.sent).collect::<Vec<_>>(), [2, 0]);
        assert!((figures.achieved_per_min(Duration::from_secs(1), 2.0) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn an_announced_outage_is_left_out() {
        let outage = Window { from: Duration::from_secs(2), to: Duration::from_secs(3) };
        let entries = [
            entry(What::Valid, 1000, 0, 10, Some(200)),
            entry(What::Valid, 1990, 0, 20, Some(503)),
            entry(What::Poison, 2500, 0, 10, None),
            entry(What::Retry, 3100, 0, 10, Some(503)),
            entry(What::Duplicate, 3200, 0, 10, Some(503)),
        ];
        let rest = Undisturbed::of(&entries, &[outage]);
        assert_eq!((rest.genuine, rest.acknowledged, rest.left_out, rest.ack.samples()), (2, 1, 2, 1));
    }

    #[test]
    fn the_rate_counts_the_time_it_really_took() {
        let entries: Vec<_> =
            (0..100).map(|n| entry(What::Valid, 1000 + n * 10, n * 10, 1, Some(200))).collect();
        let figures = Measured::of(&entries, Duration::from_secs(1), 1);
        let rate = figures.achieved_per_min(Duration::from_secs(1), 1.0);
        assert!((rate - 100.0 * 60.0 / 1.98).abs() < 0.01, "{rate}");
        let none = Measured::of(&[], Duration::from_secs(1), 1);
        assert!(none.achieved_per_min(Duration::from_secs(1), 1.0).abs() < f64::EPSILON);
    }
}

//! Turns deliveries into a record, the way the load test would.

use std::collections::BTreeMap;
use std::time::Duration;

use reports::latency::{PerSecond, Recorder};
use reports::record::{
    BreakdownRow, DeadLetters, FORMAT, Generator, Host, Outcome, PlanSummary, Queries, Run, Second, Sent,
    Slo, Verdict,
};

const TAMPERINGS: [(&str, &[&str]); 12] = [
    ("body_bit_flip", &["stripe", "paypal", "square"]),
    ("certificate_url_swap", &["paypal"]),
    ("crc_collision", &["paypal"]),
    ("duplicated_signature", &["stripe", "paypal", "square"]),
    ("empty_signature", &["stripe", "paypal", "square"]),
    ("future_timestamp", &["stripe"]),
    ("host_swap", &["square"]),
    ("other_providers_secret", &["stripe", "square"]),
    ("reserialised_json", &["stripe", "paypal", "square"]),
    ("stale_timestamp", &["stripe", "paypal"]),
    ("v0_downgrade", &["stripe"]),
    ("wrong_key", &["stripe", "paypal", "square"]),
];
const MALFORMATIONS: [&str; 4] = ["empty_body", "missing_field", "not_json", "too_large"];

/// A small generator of numbers that look random and are the same everywhere.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// One delivery and what became of it.
pub(crate) struct Delivery {
    pub(crate) second: u32,
    pub(crate) provider: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) latency_us: u64,
    pub(crate) durable: bool,
}

pub(crate) struct Builder {
    id: &'static str,
    seed: u64,
    seconds: u32,
    random: SplitMix,
    rows: BTreeMap<(&'static str, &'static str, &'static str), BreakdownRow>,
    /// What the totals count beside the place where a delivery was found.
    besides: BTreeMap<&'static str, u64>,
    timeline: Vec<Second>,
    per_second: PerSecond,
    ack: BTreeMap<&'static str, Recorder>,
    service: Recorder,
    durable: Recorder,
    lag: Recorder,
}

impl Builder {
    pub(crate) fn new(id: &'static str, seed: u64, seconds: u32) -> Self {
        Self {
            id,
            seed,
            seconds,
            random: SplitMix(seed),
            rows: BTreeMap::new(),
            besides: BTreeMap::new(),
            timeline: (0..seconds).map(|t| Second { t, ..Second::default() }).collect(),
            per_second: PerSecond::new(),
            ack: BTreeMap::new(),
            service: Recorder::new(),
            durable: Recorder::new(),
            lag: Recorder::new(),
        }
    }

    pub(crate) fn send_all(&mut self, n: u64, fate: impl Fn(Delivery, &mut SplitMix) -> Delivery) {
        for index in 0..n {
            let delivery = self.planned(index, n);
            let delivery = fate(delivery, &mut self.random);
            self.count(&delivery);
        }
    }

    fn planned(&mut self, index: u64, n: u64) -> Delivery {
        let provider = match self.random.below(100) {
            0..45 => "stripe",
            45..78 => "paypal",
            _ => "square",
        };
        let kind = match self.random.below(1_000) {
            0..50 => "forged",
            50..70 => "duplicate",
            70..90 => "malformed",
            90..92 => "poison",
            _ => "valid",
        };
        let variant = match kind {
            "forged" => self.tampering_of(provider),
            "malformed" => MALFORMATIONS[self.random.below(4) as usize],
            _ => "",
        };
        let jitter = self.random.below(3) as i64 - 1;
        let second = (index * u64::from(self.seconds) / n.max(1)) as i64 + jitter;
        // A heavy tail by a square root, which every machine computes alike.
        let share = (self.random.below(1_000_000) + 1) as f64 / 1_000_000.0;
        Delivery {
            second: second.clamp(0, i64::from(self.seconds) - 1) as u32,
            provider,
            kind,
            variant,
            status: 0,
            outcome: "unknown",
            latency_us: 1_500 + (900.0 / share.sqrt()) as u64,
            durable: false,
        }
    }

    fn tampering_of(&mut self, provider: &str) -> &'static str {
        let applicable: Vec<&'static str> = TAMPERINGS
            .iter()
            .filter(|(_, providers)| providers.contains(&provider))
            .map(|(name, _)| *name)
            .collect();
        applicable[self.random.below(applicable.len() as u64) as usize]
    }

    fn count(&mut self, one: &Delivery) {
        let row = self.rows.entry((one.kind, one.provider, one.variant)).or_insert_with(|| BreakdownRow {
            provider: one.provider.to_owned(),
            kind: one.kind.to_owned(),
            variant: one.variant.to_owned(),
            sent: 0,
            statuses: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        });
        row.sent += 1;
        *row.statuses.entry(one.status).or_default() += 1;
        let place = match one.outcome {
            "forged_accepted" | "duplicated" => "stored",
            "valid_rejected" => "rejected",
            place => place,
        };
        *row.outcomes.entry(place.to_owned()).or_default() += 1;
        if place != one.outcome {
            *self.besides.entry(one.outcome).or_default() += 1;
        }

        let second = &mut self.timeline[one.second as usize];
        second.sent += 1;
        match one.status {
            200..300 => second.accepted += 1,
            400..500 => second.rejected += 1,
            _ => second.errors += 1,
        }
        let lag = self.random.below(400) + 5;
        self.lag.record_us(lag);
        if one.kind == "valid" {
            self.ack.entry(one.provider).or_default().record_us(one.latency_us + lag);
            self.per_second.record(one.second, Duration::from_micros(one.latency_us + lag));
            self.service.record_us(one.latency_us);
            if one.durable {
                let more = self.random.below(9_000) + 2_000;
                self.durable.record_us(one.latency_us + lag + more);
            }
        }
    }

    pub(crate) fn finish(mut self, verdict: Verdict) -> Run {
        self.per_second.fill(&mut self.timeline);
        let breakdown: Vec<BreakdownRow> = self.rows.into_values().collect();
        let sent = sent(&breakdown);
        let outcome = outcome(&breakdown, &self.besides);
        let mut ack = Recorder::new();
        self.ack.values().for_each(|one| ack.merge(one));
        let ack_latency_ms = ack.to_latency();
        let duration_s = f64::from(self.seconds);
        let poison_found = sent.poison;
        let unexpected = outcome.dead_lettered - poison_found.min(outcome.dead_lettered);
        let mut by_error = BTreeMap::new();
        if poison_found > 0 {
            by_error.insert("unknown currency".to_owned(), poison_found);
        }
        if unexpected > 0 {
            by_error.insert("table refused the write: AccessDeniedException".to_owned(), unexpected);
        }
        let achieved_per_min = if duration_s > 0.0 { sent.total as f64 * 60.0 / duration_s } else { 0.0 };
        let mut queries = Recorder::new();
        (0..self.seconds * 2).for_each(|_| queries.record_us(1_200 + self.random.below(2_000)));
        let poison = sent.poison;
        let dead_letters = DeadLetters {
            expected: sent.poison,
            found: poison_found + unexpected,
            repeated: 0,
            unexpected,
            missing: 0,
            by_error,
        };
        let slo = objectives(&ack_latency_ms, &sent, &outcome, achieved_per_min, unexpected);
        Run {
            format: FORMAT.to_owned(),
            id: self.id.to_owned(),
            tool_version: "0.1.0".to_owned(),
            build_profile: "release".to_owned(),
            started_at: "2026-11-21T18:15:02Z".to_owned(),
            finished_at: "2026-11-21T18:16:02Z".to_owned(),
            target: "embedded".to_owned(),
            plan: PlanSummary {
                name: "peak".to_owned(),
                arrival: "poisson".to_owned(),
                rate_per_min: 10_000.0,
                duration_s,
                warmup_s: 5.0,
                mix: [("paypal", 33.0), ("square", 22.0), ("stripe", 45.0)]
                    .map(|(k, v)| (k.to_owned(), v))
                    .into(),
                forged: 0.05,
                duplicates: 0.02,
                malformed: 0.02,
                poison,
                queries_per_s: 2.0,
            },
            seed: self.seed,
            users: 200,
            command: String::new(),
            host: Host { cpus: 2, os: "linux x86_64".to_owned() },
            interrupted: false,
            duration_s,
            drain_s: 1.4,
            offered_per_min: 10_000.0,
            achieved_per_min,
            sent,
            outcome,
            breakdown,
            ack_latency_ms,
            service_time_ms: self.service.to_latency(),
            durable_latency_ms: self.durable.to_latency(),
            ack_latency_by_provider_ms: self
                .ack
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.to_latency()))
                .collect(),
            queries: Queries {
                sent: u64::from(self.seconds) * 2,
                ok: u64::from(self.seconds) * 2,
                failed: 0,
                latency_ms: queries.to_latency(),
            },
            functions: None,
            rotation: None,
            faults: Vec::new(),
            recovery: None,
            redrive: None,
            flood: None,
            alarms: None,
            shard: None,
            merged_from: None,
            timeline: self.timeline,
            generator: Generator {
                send_lag_ms: self.lag.to_latency(),
                cpu_cores: Some(0.42),
                own_cpu_cores: Some(0.11),
                other_cpu_cores: Some(0.03),
                scheduling_lag_ms: Some(self.lag.to_latency()),
                open_sockets: Some(412),
                open_files_limit: Some(65_536),
                rss_mb: (0..self.seconds.min(300))
                    .map(|t| (f64::from(t), 96.0 + f64::from(t) / 64.0))
                    .collect(),
                saturated: false,
            },
            dead_letters,
            slo,
            findings: Vec::new(),
            verdict,
            exit_code: match verdict {
                Verdict::Pass => 0,
                Verdict::Fail => 1,
                Verdict::Unknown => 2,
            },
        }
    }
}

fn sent(rows: &[BreakdownRow]) -> Sent {
    let of = |kind: &str| rows.iter().filter(|row| row.kind == kind).map(|row| row.sent).sum();
    Sent {
        total: rows.iter().map(|row| row.sent).sum(),
        valid: of("valid"),
        forged: of("forged"),
        duplicate: of("duplicate"),
        malformed: of("malformed"),
        poison: of("poison"),
        retry: of("retry"),
    }
}

fn outcome(rows: &[BreakdownRow], besides: &BTreeMap<&str, u64>) -> Outcome {
    let of = |name: &str| rows.iter().filter_map(|row| row.outcomes.get(name)).chain(besides.get(name)).sum();
    Outcome {
        stored: of("stored"),
        deduplicated: of("deduplicated"),
        rejected: of("rejected"),
        dead_lettered: of("dead_lettered"),
        lost: of("lost"),
        duplicated: of("duplicated"),
        unknown: of("unknown"),
        forged_accepted: of("forged_accepted"),
        valid_rejected: of("valid_rejected"),
    }
}

fn objectives(
    ack: &reports::record::Latency,
    sent: &Sent,
    out: &Outcome,
    rate: f64,
    unexpected: u64,
) -> Vec<Slo> {
    let slo =
        |name: &str, title: &str, ok: Option<bool>, measured: Option<f64>, limit: f64, unit: &str| Slo {
            name: name.to_owned(),
            title: title.to_owned(),
            ok,
            measured,
            limit,
            unit: unit.to_owned(),
            note: if ok.is_none() { "too few samples".to_owned() } else { String::new() },
        };
    let genuine = sent.valid + sent.duplicate + sent.poison;
    let available = (genuine > 0).then(|| (genuine - out.unknown.min(genuine)) as f64 / genuine as f64);
    let zero = |name: &str, title: &str, n: u64| {
        slo(
            name,
            title,
            (sent.total > 0).then_some(n == 0),
            (sent.total > 0).then_some(n as f64),
            0.0,
            "count",
        )
    };
    vec![
        slo(
            "ack_p99_lt_1s",
            "p99 acknowledgement below 1 s",
            ack.p99.map(|p99| p99 < 1e3),
            ack.p99,
            1e3,
            "ms",
        ),
        slo(
            "availability_ge_999",
            "at least 99.9 % of genuine deliveries acknowledged",
            available.map(|a| a >= 0.999),
            available,
            0.999,
            "ratio",
        ),
        slo(
            "target_rate_reached",
            "at least 95 % of the asked rate reached",
            (rate > 0.0).then_some(rate >= 9_500.0),
            Some(rate),
            9_500.0,
            "per_min",
        ),
        zero("lost_eq_0", "no acknowledged webhook is lost", out.lost),
        zero("duplicated_eq_0", "no event is stored more than once", out.duplicated),
        zero(
            "forged_accepted_eq_0",
            "no forged or malformed webhook is accepted or leaves a trace",
            out.forged_accepted,
        ),
        zero("valid_rejected_eq_0", "no genuine webhook is refused", out.valid_rejected),
        zero("dead_letters_exact", "the dead-letter queue holds exactly the poison", unexpected),
        slo("generator_not_saturated", "the generator sent on time", Some(true), Some(0.4), 50.0, "ms"),
    ]
}

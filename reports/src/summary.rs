//! `summary.json`: the few numbers of a run that others script against. Keys and their order are an interface.

use serde::Serialize;

use crate::record::{self, Redrive, Rotation, Run, Verdict};

/// The summary of a run. Numbers are rounded to three decimals; a refused percentile is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// `pass`, `fail` or `unknown`.
    pub verdict: Verdict,
    /// Exit code of the run that goes with it.
    pub exit_code: u8,
    /// Where the load went.
    pub target: String,
    /// Name of the plan.
    pub plan: String,
    /// Seed of the run.
    pub seed: u64,
    /// Measured seconds.
    pub duration_s: f64,
    /// Webhooks a minute asked for.
    pub offered_per_min: f64,
    /// Webhooks a minute reached.
    pub achieved_per_min: f64,
    /// Deliveries by what they are.
    pub sent: Sent,
    /// Deliveries by where they ended.
    pub outcome: Outcome,
    /// From the intended send time to the answer.
    pub ack_latency_ms: Latency,
    /// From the real send time to the answer.
    pub service_time_ms: Latency,
    /// From the intended send time to the moment the processor made the record (`processed_at`), just before the write.
    pub durable_latency_ms: Latency,
    /// The objectives.
    pub slo: Vec<Slo>,
    /// The rotation of the secrets while the load ran; the key is absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// What was made to fail and whether it was survived, by plan; the key is absent if nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// How what was not acknowledged at first came in; the key is absent if nothing was sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The redrive of the dead-letter queue; the key is absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<Redrive>,
    /// p99 of valid deliveries during a flood of forgeries by that before it; the key is absent without a flood or enough samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flood_p99_ratio: Option<f64>,
}

/// A fault; the fields mean what they mean in [`record::FaultOutcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the record's, where they are explained")]
pub struct Fault {
    pub what: String,
    pub hits: u64,
    pub survived: Option<bool>,
}

/// The recovery; the fields mean what they mean in [`record::Recovery`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the record's, where they are explained")]
pub struct Recovery {
    pub delayed: u64,
    pub retries: u64,
    pub unacknowledged: u64,
    /// Of each announced outage, in the order of the plan.
    pub recovered_s: Vec<Option<f64>>,
}

/// Deliveries sent; the fields mean what they mean in [`record::Sent`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the record's, where they are explained")]
pub struct Sent {
    pub total: u64,
    pub valid: u64,
    pub forged: u64,
    pub duplicate: u64,
    pub malformed: u64,
    pub poison: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub retry: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Where deliveries ended; the fields mean what they mean in [`record::Outcome`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the record's, where they are explained")]
pub struct Outcome {
    pub stored: u64,
    pub deduplicated: u64,
    pub rejected: u64,
    pub dead_lettered: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub unknown: u64,
    pub forged_accepted: u64,
    pub valid_rejected: u64,
}

/// A distribution, milliseconds; the fields mean what they mean in [`record::Latency`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the record's, where they are explained")]
pub struct Latency {
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
    pub samples: u64,
}

/// An objective in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slo {
    /// Stable name.
    pub name: String,
    /// `null`: could not be judged.
    pub ok: Option<bool>,
    /// `null`: too few samples, or not observable.
    pub measured: Option<f64>,
    /// The limit, in the unit of the name.
    pub limit: f64,
}

impl Summary {
    /// The text of `summary.json`: indented, with a line end.
    #[expect(clippy::expect_used, reason = "plain data with text keys always encodes")]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data encodes");
        json.push('\n');
        json
    }
}

impl From<&Run> for Summary {
    fn from(run: &Run) -> Self {
        Self {
            verdict: run.verdict,
            exit_code: run.exit_code,
            target: run.target.clone(),
            plan: run.plan.name.clone(),
            seed: run.seed,
            duration_s: rounded(run.duration_s),
            offered_per_min: rounded(run.offered_per_min),
            achieved_per_min: rounded(run.achieved_per_min),
            sent: Sent::from(&run.sent),
            outcome: Outcome::from(&run.outcome),
            ack_latency_ms: Latency::from(&run.ack_latency_ms),
            service_time_ms: Latency::from(&run.service_time_ms),
            durable_latency_ms: Latency::from(&run.durable_latency_ms),
            slo: run.slo.iter().map(Slo::from).collect(),
            rotation: run.rotation.clone().map(|rotation| Rotation {
                put_s: rounded(rotation.put_s),
                signed_from_s: rotation.signed_from_s.map(rounded),
                ..rotation
            }),
            faults: run
                .faults
                .iter()
                .map(|fault| Fault { what: fault.what.clone(), hits: fault.hits, survived: fault.survived })
                .collect(),
            recovery: run.recovery.as_ref().map(|recovery| Recovery {
                delayed: recovery.delayed,
                retries: recovery.retries,
                unacknowledged: recovery.unacknowledged,
                recovered_s: recovery.outages.iter().map(|one| one.recovered_s.map(rounded)).collect(),
            }),
            redrive: run.redrive.clone(),
            flood_p99_ratio: run.flood.as_ref().and_then(|flood| flood.p99_ratio).map(rounded),
        }
    }
}

impl From<&record::Sent> for Sent {
    fn from(sent: &record::Sent) -> Self {
        let record::Sent { total, valid, forged, duplicate, malformed, poison, retry } = *sent;
        Self { total, valid, forged, duplicate, malformed, poison, retry }
    }
}

impl From<&record::Outcome> for Outcome {
    fn from(outcome: &record::Outcome) -> Self {
        Self {
            stored: outcome.stored,
            deduplicated: outcome.deduplicated,
            rejected: outcome.rejected,
            dead_lettered: outcome.dead_lettered,
            lost: outcome.lost,
            duplicated: outcome.duplicated,
            unknown: outcome.unknown,
            forged_accepted: outcome.forged_accepted,
            valid_rejected: outcome.valid_rejected,
        }
    }
}

impl From<&record::Latency> for Latency {
    fn from(latency: &record::Latency) -> Self {
        Self {
            p50: latency.p50.map(rounded),
            p90: latency.p90.map(rounded),
            p99: latency.p99.map(rounded),
            p999: latency.p999.map(rounded),
            max: latency.max.map(rounded),
            samples: latency.samples,
        }
    }
}

impl From<&record::Slo> for Slo {
    fn from(slo: &record::Slo) -> Self {
        // Not rounded: 0.9995 of 2,001 must not turn into another number on either side of a limit.
        Self { name: slo.name.clone(), ok: slo.ok, measured: slo.measured, limit: slo.limit }
    }
}

fn rounded(value: f64) -> f64 {
    let scaled = (value * 1_000.0).round() / 1_000.0;
    if scaled.is_finite() { scaled } else { value }
}

//! `run.json`: everything a run measured and what the judge made of it. The JSON Schema beside this crate
//! (`schemas/run.schema.json`) describes it; a test keeps the two in step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The format's name and version, first field of every record.
pub const FORMAT: &str = "peakproof.run/1";

/// One load run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`FORMAT`].
    pub format: String,
    /// The run's id, also the name of its folder: `<UTC time>-<target>-<plan>`.
    pub id: String,
    /// Version of the load test.
    pub tool_version: String,
    /// `release` or `debug`: debug figures say nothing about capacity.
    pub build_profile: String,
    /// Start and end of the measured part, RFC 3339 in UTC.
    pub started_at: String,
    /// See `started_at`.
    pub finished_at: String,
    /// Where the load went.
    pub target: String,
    /// What was asked for.
    pub plan: PlanSummary,
    /// Every random choice follows from it.
    pub seed: u64,
    /// goose users.
    pub users: u32,
    /// The command that repeats the run, as a person would type it; empty: put together from the plan.
    #[serde(default)]
    pub command: String,
    /// The machine.
    pub host: Host,
    /// A person or a signal ended the run early.
    pub interrupted: bool,
    /// Length of the measured part, seconds.
    pub duration_s: f64,
    /// Time from the last delivery until every store was quiet, seconds.
    pub drain_s: f64,
    /// Arrival rate asked for, webhooks per minute (0 for `--rate max`).
    pub offered_per_min: f64,
    /// Arrival rate reached.
    pub achieved_per_min: f64,
    /// Deliveries sent, by what they are.
    pub sent: Sent,
    /// Where they ended.
    pub outcome: Outcome,
    /// The same by provider, kind and way of tampering.
    pub breakdown: Vec<BreakdownRow>,
    /// Acknowledgement latency of valid deliveries, from the intended send time to the end of the answer.
    pub ack_latency_ms: Latency,
    /// The same deliveries from the moment they really left.
    pub service_time_ms: Latency,
    /// From the intended send time to the moment the processor made the record (`processed_at`), just before the write.
    pub durable_latency_ms: Latency,
    /// Acknowledgement latency by provider.
    pub ack_latency_by_provider_ms: BTreeMap<String, Latency>,
    /// Queries made beside the webhooks.
    pub queries: Queries,
    /// One entry a second of the measured part.
    pub timeline: Vec<Second>,
    /// How the generator itself did.
    pub generator: Generator,
    /// What the dead-letter queue held.
    pub dead_letters: DeadLetters,
    /// The rotation of the secrets while the load ran; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Service-level objectives, judged.
    pub slo: Vec<Slo>,
    /// What a person should know, worst first.
    pub findings: Vec<Finding>,
    /// The judge's word.
    pub verdict: Verdict,
    /// Exit code that goes with it.
    pub exit_code: u8,
}

/// The plan as it was run, after flags were applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSummary {
    /// Name, e.g. `peak`.
    pub name: String,
    /// Arrival process: `constant`, `poisson` or `max`.
    pub arrival: String,
    /// Webhooks a minute (0 for `max`).
    pub rate_per_min: f64,
    /// Measured seconds.
    pub duration_s: f64,
    /// Seconds before measuring.
    pub warmup_s: f64,
    /// Share of each provider, percent.
    pub mix: BTreeMap<String, f64>,
    /// Share of forged deliveries, 0 to 1; likewise below.
    pub forged: f64,
    /// Duplicates.
    pub duplicates: f64,
    /// Malformed.
    pub malformed: f64,
    /// Number of poison events.
    pub poison: u64,
    /// Queries per second.
    pub queries_per_s: f64,
}

/// The machine that ran generator (and, for the embedded target, everything else).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Logical processors.
    pub cpus: u32,
    /// Operating system and architecture.
    pub os: String,
}

/// Deliveries sent in the measured part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// All of the below.
    pub total: u64,
    /// Genuine first deliveries.
    pub valid: u64,
    /// Forged in any way.
    pub forged: u64,
    /// Genuine deliveries of an event that was sent before.
    pub duplicate: u64,
    /// Not what the schema asks for.
    pub malformed: u64,
    /// Genuine, but impossible to process.
    pub poison: u64,
}

/// Where deliveries ended. `stored`, `deduplicated`, `rejected`, `dead_lettered`, `lost` and `unknown` add up to
/// `sent.total`; the others count what stands in one of these already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// In the table, the raw bucket and the processed bucket, once.
    pub stored: u64,
    /// A further delivery of a stored event.
    pub deduplicated: u64,
    /// Refused with a 4xx and without a trace.
    pub rejected: u64,
    /// In the dead-letter queue.
    pub dead_lettered: u64,
    /// Answered 200, and missing somewhere.
    pub lost: u64,
    /// Events with more than one record.
    pub duplicated: u64,
    /// No answer, or nothing to look at.
    pub unknown: u64,
    /// Forged or malformed deliveries that were answered 200 or left a trace.
    pub forged_accepted: u64,
    /// Genuine deliveries answered 4xx.
    pub valid_rejected: u64,
}

/// Deliveries of one kind from one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakdownRow {
    /// `stripe`, `paypal`, `square`.
    pub provider: String,
    /// `valid`, `duplicate`, `forged`, `malformed`, `poison`.
    pub kind: String,
    /// Name of the tampering or malformation, empty otherwise.
    pub variant: String,
    /// Deliveries.
    pub sent: u64,
    /// Answers by HTTP status; 0 stands for no answer.
    pub statuses: BTreeMap<u16, u64>,
    /// Where they ended, by the names of [`Outcome`]'s fields. `forged_accepted` and `valid_rejected` may stand beside
    /// the place where a delivery was found.
    pub outcomes: BTreeMap<String, u64>,
}

/// A latency distribution, milliseconds. A percentile without enough samples behind it is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Values recorded.
    pub samples: u64,
    /// Median; needs 10 samples.
    pub p50: Option<f64>,
    /// Needs 100 samples.
    pub p90: Option<f64>,
    /// Needs 1,000 samples.
    pub p99: Option<f64>,
    /// Needs 10,000 samples.
    pub p999: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// The spectrum: (percentile, milliseconds), rising.
    pub spectrum: Vec<(f64, f64)>,
}

/// Read traffic beside the webhooks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Queries {
    /// Requests.
    pub sent: u64,
    /// Answered as expected.
    pub ok: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
    /// Latency.
    pub latency_ms: Latency,
}

/// One second of the run, by intended send time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Seconds since the start of the measured part.
    pub t: u32,
    /// Deliveries that were due.
    pub sent: u64,
    /// Answered 2xx.
    pub accepted: u64,
    /// Answered 4xx.
    pub rejected: u64,
    /// Answered 5xx or not at all.
    pub errors: u64,
    /// Acknowledgement latency of valid deliveries in this second, milliseconds; absent without samples.
    pub p50: Option<f64>,
    /// See `p50`. Few samples: for the picture, not for a verdict.
    pub p99: Option<f64>,
    /// See `p50`.
    pub max: Option<f64>,
}

/// How the generator did: was it able to offer what it promised?
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Delay between intended and real send time, milliseconds.
    pub send_lag_ms: Latency,
    /// CPU used by the generator's own process and its children, in cores; absent where it cannot be read.
    pub cpu_cores: Option<f64>,
    /// The generator, not the target, was the limit.
    pub saturated: bool,
}

/// The dead-letter queue after the drain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetters {
    /// Poison events that should be there.
    pub expected: u64,
    /// Messages found.
    pub found: u64,
    /// Messages that are no poison.
    pub unexpected: u64,
    /// Poison events that are missing.
    pub missing: u64,
    /// Messages by the ErrorMessage's first words.
    pub by_error: BTreeMap<String, u64>,
}

/// A rotation of the signing secrets under load. The proof that it refused nothing genuine is `outcome.valid_rejected`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    /// Whose secrets were replaced.
    pub providers: Vec<String>,
    /// When the new ones were in the target's Secrets Manager, seconds into the measured part.
    pub put_s: f64,
    /// From when deliveries were signed with them, likewise; absent: the run ended before.
    pub signed_from_s: Option<f64>,
    /// Genuine deliveries of these providers that were due after that.
    pub deliveries_after: u64,
}

/// One objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    /// Stable name, e.g. `ack_p99_lt_1s`.
    pub name: String,
    /// For people: `p99 acknowledgement below 1 s`.
    pub title: String,
    /// Absent: could not be judged.
    pub ok: Option<bool>,
    /// What was measured; absent: too few samples or not observable.
    pub measured: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// `ms`, `ratio`, `count` or `per_min`.
    pub unit: String,
    /// Why it could not be judged, or what broke it; may be empty.
    pub note: String,
}

/// Something a person should read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What happened, in one sentence with its number.
    pub what: String,
    /// Why, as far as the evidence goes.
    pub why: String,
    /// What to do next.
    pub next: String,
    /// Event ids or other safe evidence, at most 10.
    pub examples: Vec<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Breaks the verdict.
    Error,
    /// Leaves it open.
    Warning,
    /// Good to know.
    Info,
}

/// Fail beats unknown beats pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Judged, and everything held.
    Pass,
    /// Judged, and something broke.
    Fail,
    /// Could not be judged.
    Unknown,
}

//! `run.json`: everything a run measured and what the judge made of it. The JSON Schema beside this crate
//! (`schemas/run.schema.json`) describes it; a test keeps the two in step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::verdict::Verdict;

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
    /// What the functions did, by name; absent: not measured, because the target shows no reports of invocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<BTreeMap<String, FunctionUse>>,
    /// The rotation of the secrets while the load ran; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// What was made to fail while the load ran, by plan, in the order of the plan; absent: nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultOutcome>,
    /// How what was not acknowledged at first came in by the providers' retries; absent: nothing was sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The redrive of the dead-letter queue; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redrive: Option<Redrive>,
    /// Valid traffic before, during and after a flood of forgeries; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<Flood>,
    /// What the target's alarms said; absent: it has none that are watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarms: Option<Alarms>,
    /// Which part this is of a run that several machines shared; absent: it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The shards that this record was put together from; absent: one machine made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<Merged>,
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
    /// The providers' repetitions of deliveries that were not acknowledged.
    #[serde(default)]
    pub retry: u64,
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
    /// `valid`, `duplicate`, `forged`, `malformed`, `poison`, `retry`.
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
    /// Of those, what the generator's own threads used: users, pacer, signing. The rest is the embedded target's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_cpu_cores: Option<f64>,
    /// Cores that everything else on the machine used meanwhile, or that were taken away by what it runs on; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_cpu_cores: Option<f64>,
    /// How late the machine's scheduler woke a thread that was due every 5 ms, milliseconds; absent: not watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduling_lag_ms: Option<Latency>,
    /// Most sockets that the process had open at once; with the embedded target both ends of each connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_sockets: Option<u64>,
    /// Files, sockets among them, that the process may open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_files_limit: Option<u64>,
    /// Resident memory of the process: (seconds into the measured part, MiB), rising in time, at most some 300 points. With the
    /// embedded target it holds the stores as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rss_mb: Vec<(f64, f64)>,
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
    /// Further messages of poison events that were delivered more than once, one for each delivery at most.
    #[serde(default)]
    pub repeated: u64,
    /// Messages that are no poison, or one too many.
    pub unexpected: u64,
    /// Poison events that are missing.
    pub missing: u64,
    /// Messages by the ErrorMessage's first words.
    pub by_error: BTreeMap<String, u64>,
}

/// What a function did from the start of the measured part to the end of the drain, by the platform's reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionUse {
    /// Attempts, retries included.
    pub invocations: u64,
    /// Attempts that failed or ran out of time.
    pub errors: u64,
    /// Attempts that a new environment was started for.
    pub cold_starts: u64,
    /// Mean duration without the start of an environment, milliseconds; absent without invocations.
    pub duration_mean_ms: Option<f64>,
    /// Needs 1,000 invocations.
    pub duration_p99_ms: Option<f64>,
    /// Most attempts within one millisecond: at least as many as ran at once.
    pub concurrency_max: u64,
    /// Configured memory, MB.
    pub memory_mb: u64,
    /// Most memory in use, MB.
    pub memory_used_mb: u64,
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

/// A fault that was put into the target while the load ran. Times are seconds into the measured part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultOutcome {
    /// What it was, e.g. `s3.PutObject=SlowDown@0.1` or `kill webhook-processor`.
    pub what: String,
    /// When it began.
    pub at_s: f64,
    /// How long it was in force; of a kill, how long its effect was watched.
    pub for_s: f64,
    /// It was announced as an outage: deliveries due meanwhile were allowed to fail at first.
    pub outage: bool,
    /// Operations that it hit, or processes that it killed.
    pub hits: u64,
    /// Functions' processes that came up meanwhile.
    pub cold_starts: u64,
    /// Genuine first deliveries that were due meanwhile.
    pub deliveries: u64,
    /// Of those, not acknowledged.
    pub unacknowledged: u64,
    /// Acknowledgement latency of the valid ones among them, from the intended send time to the end of the answer.
    pub ack_latency_ms: Latency,
    /// It hit something, and the ledger closes: nothing lost, nothing doubled, the dead-letter queue exact, everything acknowledged in
    /// the end. Absent: it hit nothing, or nobody can say.
    pub survived: Option<bool>,
}

/// The providers' retries, and how the system came back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// The providers' schedules ran so many times faster than in truth.
    pub time_compression: f64,
    /// Genuine events whose first delivery was not acknowledged, warm-up included.
    pub delayed: u64,
    /// Retries sent.
    pub retries: u64,
    /// Most retries of one event.
    pub retries_max: u64,
    /// Most events that waited for their acknowledgement at one moment.
    pub backlog_max: u64,
    /// Delayed events that were never acknowledged.
    pub unacknowledged: u64,
    /// From a delayed event's first intended send time to its acknowledgement, in compressed time.
    pub delayed_ack_ms: Latency,
    /// Every announced outage, in the order of the plan.
    pub outages: Vec<OutageRecovery>,
}

/// How the system came back after one outage. Times are seconds into the measured part, or after the outage's end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutageRecovery {
    /// When the outage began.
    pub from_s: f64,
    /// When it ended.
    pub to_s: f64,
    /// Events that waited for their acknowledgement at its end.
    pub backlog: u64,
    /// So long after its end nothing waited any more; absent: something always did.
    pub backlog_empty_s: Option<f64>,
    /// So long after its end the first of three seconds in a row began whose p99 was below the objective; absent: none did.
    pub p99_back_s: Option<f64>,
    /// The later of the two: recovered; absent: it did not.
    pub recovered_s: Option<f64>,
}

/// The redrive of the dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// Every time the queue was emptied into the processor.
    pub rounds: Vec<RedriveRound>,
    /// Events that were redriven and are stored now.
    pub home: u64,
    /// Events that were redriven and are in the queue again, as poison must be.
    pub came_back: u64,
}

/// The queue, emptied into the processor once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedriveRound {
    /// While the load ran; otherwise after it, when the target was quiet.
    pub under_load: bool,
    /// Messages that were in the queue.
    pub letters: u64,
    /// Of those, taken by the processor's function and removed from the queue.
    pub taken: u64,
    /// Of those, left in the queue because they were not.
    pub refused: u64,
}

/// Acknowledgement latency of valid deliveries beside a flood of forgeries. Times are seconds into the measured part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flood {
    /// When the flood began.
    pub from_s: f64,
    /// When it ended.
    pub to_s: f64,
    /// Largest share of forged deliveries in it, 0 to 1.
    pub forged: f64,
    /// Before it.
    pub before: Latency,
    /// During it.
    pub during: Latency,
    /// After it.
    pub after: Latency,
    /// p99 during it by p99 before it; absent: too few samples.
    pub p99_ratio: Option<f64>,
}

/// The target's alarms before and after the run. Nothing is judged by them: other traffic counts along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Alarms {
    /// Alarms that were read.
    pub read: u64,
    /// The alarm that so many refused requests must set off; absent: too few were refused by plan.
    pub expected: Option<String>,
    /// How long it was waited for after the last delivery, seconds.
    pub waited_s: f64,
    /// Those whose state changed, and the expected one.
    pub changed: Vec<AlarmChange>,
    /// Why they could not be read; absent: they could.
    pub trouble: Option<String>,
}

/// An alarm before and after the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmChange {
    /// Its name.
    pub name: String,
    /// Its state before: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub before: String,
    /// Its state after.
    pub after: String,
    /// Since when it has been in that, RFC 3339; absent: not told.
    pub since: Option<String>,
}

/// A part of a run that several machines shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Name of the whole run.
    pub group: String,
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// The shards of a run that several machines shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Name of the whole run.
    pub group: String,
    /// How many shards there are.
    pub of: u32,
    /// Ids of those that are in the record, by number.
    pub runs: Vec<String>,
    /// Numbers of those that are not; none: it is the whole run.
    pub missing: Vec<u32>,
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

//! `search.json`: how a search for the highest rate went, trial by trial, and what it found. Drawn by `reports`, read by its
//! capacity report; the JSON Schema beside that crate (`schemas/search.schema.json`) describes it.

use serde::{Deserialize, Serialize};

use crate::record::{Finding, Host, Outcome, PlanSummary};
pub use crate::verdict::Verdict;

/// The format's name and version, first field of every record of a search.
pub const FORMAT: &str = "peakproof.search/1";

/// Name of the record in a search's folder.
pub const SEARCH_JSON: &str = "search.json";

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// [`FORMAT`].
    pub format: String,
    /// The search's id, also the name of its folder: `<UTC time>-<target>-search`.
    pub id: String,
    /// Version of the load test.
    pub tool_version: String,
    /// `release` or `debug`: debug figures say nothing about capacity.
    pub build_profile: String,
    /// Start and end, RFC 3339 in UTC.
    pub started_at: String,
    /// See `started_at`.
    pub finished_at: String,
    /// Where the load went.
    pub target: String,
    /// What each trial sends, at the rate of the first.
    pub plan: PlanSummary,
    /// Every random choice follows from it.
    pub seed: u64,
    /// goose users.
    pub users: u32,
    /// The command that repeats the search.
    pub command: String,
    /// The machine.
    pub host: Host,
    /// A person or a signal ended it early.
    pub interrupted: bool,
    /// What a trial must hold.
    pub objective: Objective,
    /// Every trial, in the order in which they were run.
    pub trials: Vec<Trial>,
    /// The highest rate that holds the objective; absent: none did, or the generator was the limit.
    pub limit: Option<Limit>,
    /// The universal scalability law through the trials; absent: too few different rates to fit it.
    pub law: Option<ScalabilityLaw>,
    /// Where latency leaves the ground; absent: not within what was tried.
    pub knee: Option<Knee>,
    /// What a person should know, worst first.
    pub findings: Vec<Finding>,
    /// Pass: a limit was found. Fail: the lowest rate broke the objective, or the ledger had a hole at any rate. Unknown: no
    /// limit could be told.
    pub verdict: Verdict,
    /// Exit code that goes with it.
    pub exit_code: u8,
}

/// What a trial must hold, beside the ledger: no webhook lost, doubled, forged in, or genuine and refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// p99 acknowledgement from the intended send time, milliseconds: below this.
    pub ack_p99_ms: f64,
    /// Share of genuine deliveries that are acknowledged: at least this, 0 to 1.
    pub availability: f64,
    /// Share of the offered rate that is reached: at least this, 0 to 1.
    pub rate_share: f64,
}

/// One run at one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Counts from 1.
    pub number: u32,
    /// Id of the trial's own run, whose record lies in a folder of that name inside the search's.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// Webhooks a minute offered.
    pub offered_per_min: f64,
    /// Webhooks a minute reached.
    pub achieved_per_min: f64,
    /// Measured seconds.
    pub duration_s: f64,
    /// The objective held; absent: this trial says nothing (interrupted, too few samples, generator saturated).
    pub held: Option<bool>,
    /// Why it did not hold or says nothing; empty if it held.
    pub why: String,
    /// What the ledger was missing, in words; empty: it closed.
    #[serde(default)]
    pub hole: String,
    /// Acknowledgement from the intended send time, milliseconds; absent with too few samples.
    pub ack_p50_ms: Option<f64>,
    /// See `ack_p50_ms`.
    pub ack_p99_ms: Option<f64>,
    /// From the real send time.
    pub service_p50_ms: Option<f64>,
    /// From the real send time.
    pub service_p99_ms: Option<f64>,
    /// From the intended send time to the record.
    pub durable_p99_ms: Option<f64>,
    /// Time until every store was quiet after the last delivery, seconds: the backlog.
    pub drain_s: f64,
    /// Mean number of deliveries under way (Little's law: throughput times mean service time).
    pub in_flight: f64,
    /// Where deliveries ended.
    pub outcome: Outcome,
    /// How the generator did.
    pub generator: TrialGenerator,
}

/// The generator's own state in a trial.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialGenerator {
    /// p99 of the delay between the moment a user was free and a delivery due, and the moment it left, milliseconds.
    pub send_lag_p99_ms: Option<f64>,
    /// p99 of how late the machine's scheduler wakes a thread that is due, milliseconds.
    pub scheduling_lag_p99_ms: Option<f64>,
    /// Cores in use by the whole run (on one machine: generator and target).
    pub cpu_cores: Option<f64>,
    /// Of those, cores in use by the generator's own threads.
    pub own_cpu_cores: Option<f64>,
    /// Cores that everything else on the machine used meanwhile; absent: not known.
    #[serde(default)]
    pub other_cpu_cores: Option<f64>,
    /// Most sockets open at once.
    pub open_sockets: Option<u64>,
    /// Sockets that the process may open.
    pub open_files_limit: Option<u64>,
    /// The generator, or what else ran on its machine, was the limit, and not the target.
    pub saturated: bool,
}

/// The highest rate that holds the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Webhooks a minute: the best estimate.
    pub rate_per_min: f64,
    /// The interval that holds the true limit with this confidence, webhooks a minute.
    pub low_per_min: f64,
    /// See `low_per_min`.
    pub high_per_min: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// Trials near the limit that it rests on.
    pub trials: u32,
}

/// Gunther's universal scalability law, X(N) = λN / (1 + σ(N−1) + κN(N−1)), with N deliveries under way and X webhooks a
/// second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScalabilityLaw {
    /// λ: webhooks a second with one under way.
    pub lambda_per_s: f64,
    /// σ: share that is done one after another.
    pub sigma: f64,
    /// κ: cost of keeping together.
    pub kappa: f64,
    /// Share of the variation that it explains, at most 1.
    pub r_squared: f64,
    /// Deliveries under way at the highest throughput; absent: throughput only rises.
    pub peak_in_flight: Option<f64>,
    /// The highest throughput that the law allows, webhooks a minute; absent likewise.
    pub peak_per_min: Option<f64>,
}

/// The rate above which latency rises out of proportion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    /// Webhooks a minute.
    pub rate_per_min: f64,
    /// p99 acknowledgement there, milliseconds.
    pub ack_p99_ms: f64,
    /// What runs out first, as far as the trials show it, in a few words.
    pub cause: String,
}

//! `capacity.json`: the capacity report as data. The Markdown and the page are drawn from it alone; the JSON Schema beside this crate
//! (`schemas/capacity.schema.json`) describes it.

use serde::Serialize;

use super::quotas::{Kind, QuotaId};

/// The format's name and version, first field of the record.
pub const FORMAT: &str = "peakproof.capacity/1";

/// One capacity report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Capacity {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// The day on which evidence, prices and quotas were weighed, `YYYY-MM-DD`.
    pub today: String,
    /// The answer.
    pub verdict: Readiness,
    /// Exit code that goes with it.
    pub exit_code: u8,
    /// The answer in a sentence.
    pub sentence: String,
    /// What the answer follows from, each with its state.
    pub rules: Vec<Rule>,
    /// What is expected.
    pub forecast: ForecastLine,
    /// How much more than expected is proven.
    pub headroom: Headroom,
    /// Latency at every rate that was tried, by rising rate.
    pub trials: Vec<TrialPoint>,
    /// Where latency leaves the ground; absent: no search found it.
    pub knee: Option<KneePoint>,
    /// What limits the rate on AWS, lowest first; the first is the first bottleneck.
    pub bottlenecks: Vec<Bottleneck>,
    /// Concurrency by Little's law.
    pub concurrency: Vec<FunctionNeed>,
    /// Quotas and settings against what is needed.
    pub quotas: Vec<QuotaLine>,
    /// When the quotas were looked up, `YYYY-MM-DD`.
    pub quotas_date: String,
    /// What it costs.
    pub cost: Cost,
    /// How long an outage is felt.
    pub recovery: Recovery,
    /// What nobody has tried.
    pub untested: Vec<Untested>,
    /// What the report rests on.
    pub evidence: Vec<Evidence>,
    /// What a reader should know of the inputs.
    pub warnings: Vec<String>,
}

/// The answer. Not ready beats unknown beats ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Every rule holds.
    Ready,
    /// A rule is broken.
    NotReady,
    /// No rule is known to be broken, and one cannot be judged.
    Unknown,
}

/// Something the answer follows from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Stable name.
    pub name: &'static str,
    /// What must be so.
    pub title: String,
    /// Absent: it cannot be judged.
    pub held: Option<bool>,
    /// By which numbers, of which run.
    pub detail: String,
    /// What to do about it; empty if it holds.
    pub next: String,
}

/// The forecast, worked out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForecastLine {
    /// The day of the peak.
    pub date: String,
    /// Days until then.
    pub days_ahead: i64,
    /// An ordinary minute after the growth.
    pub ordinary_per_min: f64,
    /// The busiest minute.
    pub peak_per_min: f64,
    /// What must be proven: the peak times the margin.
    pub required_per_min: f64,
    /// The margin.
    pub margin: f64,
    /// Why it is less than 1.5; empty otherwise.
    pub margin_reason: String,
    /// p99 acknowledgement that must hold, milliseconds: below this.
    pub ack_p99_ms: f64,
    /// Share of genuine webhooks that must be acknowledged.
    pub availability: f64,
    /// By provider.
    pub providers: Vec<ProviderLine>,
}

/// A provider's part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProviderLine {
    /// Its name.
    pub provider: String,
    /// An ordinary minute now.
    pub baseline_per_min: f64,
    /// An ordinary minute after the growth.
    pub ordinary_per_min: f64,
    /// The busiest minute.
    pub peak_per_min: f64,
    /// Share of the busiest minute, 0 to 1.
    pub share: f64,
}

/// What is proven.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Headroom {
    /// Webhooks a minute that are proven for AWS; absent: nothing is.
    pub proven: Option<Proven>,
    /// Of those, as multiples of the forecast: 1.6 is 60 % more than the peak. Absent without proof.
    pub at_forecast: Option<f64>,
    /// As a multiple of 150 % of the forecast.
    pub at_drill: Option<f64>,
    /// What was found elsewhere: software on another machine, which proves nothing for AWS.
    pub elsewhere: Option<Proven>,
}

/// A limit that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proven {
    /// The best estimate, webhooks a minute; absent: only a lower bound is known.
    pub rate_per_min: Option<f64>,
    /// At least this is held.
    pub low_per_min: f64,
    /// At most this; absent: not known.
    pub high_per_min: Option<f64>,
    /// Confidence of the interval, 0 to 1; absent for a lower bound.
    pub confidence: Option<f64>,
    /// Where it was measured.
    pub target: String,
    /// Processors of the machine that sent (and, on the embedded cloud, did everything).
    pub cpus: u32,
    /// The run or search.
    pub run: String,
    /// Its seed.
    pub seed: u64,
}

/// A rate that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialPoint {
    /// Asked for, webhooks a minute.
    pub offered_per_min: f64,
    /// Reached, webhooks a minute.
    pub achieved_per_min: f64,
    /// Acknowledgement, milliseconds; absent with too few samples.
    pub ack_p50_ms: Option<f64>,
    /// See `ack_p50_ms`.
    pub ack_p99_ms: Option<f64>,
    /// Whether the objective held; absent: it could not be judged.
    pub held: Option<bool>,
    /// The run.
    pub run: String,
    /// Its seed.
    pub seed: u64,
}

/// The knee.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KneePoint {
    /// Webhooks a minute.
    pub rate_per_min: f64,
    /// p99 acknowledgement there, milliseconds.
    pub ack_p99_ms: f64,
    /// What runs out first, as far as the trials show it.
    pub cause: String,
    /// The search.
    pub run: String,
    /// Its seed.
    pub seed: u64,
}

/// Something that ends before the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bottleneck {
    /// What it is.
    pub what: String,
    /// Webhooks a minute, all providers in the forecast's mix, at which it is used up; absent: not below a hundred million.
    pub limit_per_min: Option<f64>,
    /// That limit as a multiple of the forecast.
    pub of_forecast: Option<f64>,
    /// `model` (a quota and the forecast's mix) or `measured`.
    pub basis: &'static str,
    /// What happens there.
    pub then: &'static str,
}

/// A function's concurrency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionNeed {
    /// Its name.
    pub function: String,
    /// Invocations a second at the forecast.
    pub per_s: f64,
    /// Measured mean duration, milliseconds; absent: not measured.
    pub measured_ms: Option<f64>,
    /// Where from: target, run, seed; empty: not measured.
    pub measured_by: String,
    /// Duration that the cost model assumes on AWS, milliseconds.
    pub assumed_ms: f64,
    /// Executions at once on average at the forecast, with the longer of the two durations.
    pub mean: f64,
    /// Executions that suffice 99.9 % of the time at the forecast.
    pub enough: f64,
    /// The same at 150 %.
    pub enough_at_drill: f64,
    /// Most at once in the measured run; absent: not measured.
    pub measured_max: Option<u64>,
}

/// A limit and what is needed of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuotaLine {
    /// Stable name.
    pub id: QuotaId,
    /// For people.
    pub title: String,
    /// Unit of the numbers.
    pub unit: String,
    /// What there is.
    pub current: f64,
    /// What the forecast needs.
    pub need: f64,
    /// What 150 % of it needs.
    pub need_at_drill: f64,
    /// What is left at 150 %, as a share of what there is; negative: it is exceeded.
    pub margin: f64,
    /// Who can raise it.
    pub kind: Kind,
    /// The value to ask for or to set; absent: what there is suffices for 150 %.
    pub raise_to: Option<f64>,
    /// How.
    pub raise: String,
    /// Where the limit is documented.
    pub source: String,
}

/// What it costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// When the prices were looked up, `YYYY-MM-DD`.
    pub prices_date: String,
    /// The region that they are of.
    pub region: String,
    /// Webhooks in an ordinary month of 30 days after the growth.
    pub month_webhooks: f64,
    /// By line, US dollars.
    pub lines: Vec<CostLine>,
    /// All of the month, US dollars.
    pub month: f64,
    /// All of the busiest hour, US dollars.
    pub peak_hour: f64,
    /// What would make it cheaper, most first.
    pub savings: Vec<Saving>,
}

/// A line of the bill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostLine {
    /// What is billed.
    pub what: &'static str,
    /// How much of it in a month, in words.
    pub amount: String,
    /// An ordinary month, US dollars.
    pub month: f64,
    /// An hour at the forecast, US dollars.
    pub peak_hour: f64,
}

/// A change that makes it cheaper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Saving {
    /// The change.
    pub what: String,
    /// US dollars a month.
    pub month: f64,
    /// What it costs in other ways.
    pub but: &'static str,
}

/// An outage and its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// Length of the outage, minutes.
    pub outage_min: f64,
    /// Rate that can be worked off, webhooks a minute.
    pub limit_per_min: Option<f64>,
    /// Where that is from.
    pub limit_of: String,
    /// At the forecast's busiest minute, and in an ordinary one.
    pub cases: Vec<RecoveryCase>,
    /// Longest time from the end of the outage to the last first redelivery of Square, minutes: its schedule is published.
    pub square_wait_min: f64,
    /// Outages that runs went through; empty: none was tried.
    pub measured: Vec<MeasuredRecovery>,
}

/// An outage at a rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecoveryCase {
    /// When.
    pub when: &'static str,
    /// Webhooks a minute that go on arriving.
    pub rate_per_min: f64,
    /// Webhooks that wait when it ends.
    pub backlog: f64,
    /// Minutes until nothing waits; absent: it grows as long as the rate stays.
    pub drained_min: Option<f64>,
}

/// An outage that a run went through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredRecovery {
    /// Its length, seconds.
    pub outage_s: f64,
    /// Events that waited at its end.
    pub backlog: u64,
    /// So long after its end nothing waited and p99 was below the objective again, seconds; absent: that did not come.
    pub recovered_s: Option<f64>,
    /// The providers' schedules ran so many times faster than in truth.
    pub time_compression: f64,
    /// Webhooks a minute of the run.
    pub rate_per_min: f64,
    /// Where the load went.
    pub target: String,
    /// The run.
    pub run: String,
    /// Its seed.
    pub seed: u64,
}

/// Something nobody has tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untested {
    /// What.
    pub what: String,
    /// Why it matters.
    pub why: &'static str,
    /// How to try it.
    pub how: String,
}

/// A run or a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// `search` or `run`.
    pub kind: &'static str,
    /// Its id.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// Where the load went.
    pub target: String,
    /// Name of the plan.
    pub plan: String,
    /// `release` or `debug`.
    pub build_profile: String,
    /// Processors of the machine.
    pub cpus: u32,
    /// Its own verdict.
    pub verdict: crate::record::Verdict,
    /// Highest rate reached, webhooks a minute.
    pub rate_per_min: f64,
    /// The day it ended; empty: cannot be read.
    pub day: String,
    /// Days since; absent likewise.
    pub age_days: Option<i64>,
}

impl Capacity {
    /// The text of `capacity.json`: indented, with a line end.
    #[expect(clippy::expect_used, reason = "plain data with text keys always encodes")]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data encodes");
        json.push('\n');
        json
    }
}

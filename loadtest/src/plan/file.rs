//! The shape of a plan's file, and how each shape of load becomes phases. `plans/plan.schema.json` describes the same; a test keeps
//! the two in step.

use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::check::{DURATION_S_MAX, RATE_PER_MIN_MAX};
use super::{
    Arrival, Disturbance, Mix, Phase, Plan, PlanError, PlannedFault, Redriving, RetryStorm, Shares, read,
    recorded,
};

/// Most steps of a staircase.
const STEPS_MAX: u32 = 1_000;
/// Seconds that the effect of a kill is watched, if the plan does not say.
const KILL_WATCHED_S: f64 = 2.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default = "three")]
    warmup_s: f64,
    #[serde(default = "constant")]
    arrival: Arrival,
    #[serde(default)]
    poison: u64,
    #[serde(default)]
    queries_per_s: f64,
    rotate_secrets_at_s: Option<f64>,
    phases: Vec<Spanned<FilePhase>>,
    #[serde(default)]
    mix: Mix,
    #[serde(default)]
    shares: Shares,
    #[serde(default)]
    faults: Vec<Spanned<FileFault>>,
    retries: Option<RetryStorm>,
    redrive: Option<Redriving>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePhase {
    duration_s: Option<f64>,
    rate_per_min: Option<f64>,
    from_per_min: Option<f64>,
    to_per_min: Option<f64>,
    steps: Option<Steps>,
    spike: Option<Spike>,
    profile: Option<FileProfile>,
    forged: Option<f64>,
}

/// A staircase: equally long, equally high steps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    from_per_min: f64,
    to_per_min: f64,
    count: u32,
}

/// A peak in the middle of a base.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spike {
    base_per_min: f64,
    peak_per_min: f64,
    hold_s: f64,
    #[serde(default)]
    rise_s: f64,
}

/// A recorded profile, minute by minute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileProfile {
    per_minute: Option<Vec<f64>>,
    file: Option<String>,
    #[serde(default = "sixty")]
    seconds_per_minute: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFault {
    at_s: f64,
    for_s: Option<f64>,
    fault: Option<String>,
    kill: Option<String>,
    #[serde(default)]
    outage: bool,
}

const fn three() -> f64 {
    3.0
}

const fn sixty() -> f64 {
    60.0
}

const fn constant() -> Arrival {
    Arrival::Constant
}

/// A plan from TOML, not yet checked as a whole.
pub(super) fn parse(origin: &str, text: &str) -> Result<Plan, PlanError> {
    let wrong = |reason: String| PlanError::Syntax { origin: origin.to_owned(), reason };
    let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
    let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let mut phases = Vec::new();
    for (index, phase) in file.phases.iter().enumerate() {
        let place = format!("phase {} (line {})", index + 1, line(phase.span().start));
        phases.extend(expand(origin, phase.get_ref(), &place).map_err(|error| match error {
            Wrong::Value(reason) => wrong(reason),
            Wrong::Plan(error) => error,
        })?);
    }
    let mut faults = Vec::new();
    for (index, fault) in file.faults.iter().enumerate() {
        let place = format!("fault {} (line {})", index + 1, line(fault.span().start));
        faults.push(planned(fault.get_ref(), &place).map_err(wrong)?);
    }
    Ok(Plan {
        name: file.name,
        title: file.title,
        warmup_s: file.warmup_s,
        arrival: file.arrival,
        phases,
        mix: file.mix,
        shares: file.shares,
        poison: file.poison,
        queries_per_s: file.queries_per_s,
        rotate_secrets_at_s: file.rotate_secrets_at_s,
        faults,
        retries: file.retries,
        redrive: file.redrive,
    })
}

/// Why a phase is none.
enum Wrong {
    /// A value, with its place.
    Value(String),
    /// A file that it names.
    Plan(PlanError),
}

/// A value within its bounds, or what is wrong with it.
fn within(value: f64, bounds: &RangeInclusive<f64>, place: &str, field: &str) -> Result<f64, Wrong> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    let (low, high) = (bounds.start(), bounds.end());
    Err(Wrong::Value(format!("{place}: {field} is {value}, but must be {low} to {high}")))
}

fn rate(value: f64, place: &str, field: &str) -> Result<f64, Wrong> {
    within(value, &(0.0..=RATE_PER_MIN_MAX), place, field)
}

fn seconds(value: f64, place: &str, field: &str) -> Result<f64, Wrong> {
    within(value, &(0.0..=DURATION_S_MAX), place, field)
}

/// The phases that a phase of the file stands for.
fn expand(origin: &str, phase: &FilePhase, place: &str) -> Result<Vec<Phase>, Wrong> {
    let duration_s = || match phase.duration_s {
        Some(value) => seconds(value, place, "duration_s"),
        None => Err(Wrong::Value(format!("{place}: duration_s is missing"))),
    };
    let ramp = (phase.from_per_min, phase.to_per_min);
    let mut phases = match (phase.rate_per_min, ramp, &phase.steps, &phase.spike, &phase.profile) {
        (Some(per_min), (None, None), None, None, None) => {
            vec![Phase::flat(duration_s()?, rate(per_min, place, "rate_per_min")?)]
        }
        (None, (Some(from), Some(to)), None, None, None) => {
            let (from, to) = (rate(from, place, "from_per_min")?, rate(to, place, "to_per_min")?);
            vec![Phase::ramp(duration_s()?, from, to)]
        }
        (None, (None, None), Some(steps), None, None) => staircase(duration_s()?, steps, place)?,
        (None, (None, None), None, Some(spike), None) => spiked(duration_s()?, spike, place)?,
        (None, (None, None), None, None, Some(profile)) => replay(origin, phase, profile, place)?,
        _ => {
            return Err(Wrong::Value(format!(
                "{place} needs either rate_per_min, or both from_per_min and to_per_min, or one of steps, spike and profile"
            )));
        }
    };
    if let Some(forged) = phase.forged {
        let forged = within(forged, &(0.0..=0.9), place, "forged")?;
        phases.iter_mut().for_each(|phase| phase.forged = Some(forged));
    }
    Ok(phases)
}

fn staircase(duration_s: f64, steps: &Steps, place: &str) -> Result<Vec<Phase>, Wrong> {
    let from = rate(steps.from_per_min, place, "steps.from_per_min")?;
    let to = rate(steps.to_per_min, place, "steps.to_per_min")?;
    let count = steps.count;
    if !(2..=STEPS_MAX).contains(&count) {
        return Err(Wrong::Value(format!("{place}: steps.count is {count}, but must be 2 to {STEPS_MAX}")));
    }
    let each_s = duration_s / f64::from(count);
    let height = (to - from) / f64::from(count - 1);
    Ok((0..count).map(|step| Phase::flat(each_s, (from + height * f64::from(step)).max(0.0))).collect())
}

fn spiked(duration_s: f64, spike: &Spike, place: &str) -> Result<Vec<Phase>, Wrong> {
    let base = rate(spike.base_per_min, place, "spike.base_per_min")?;
    let peak = rate(spike.peak_per_min, place, "spike.peak_per_min")?;
    let hold_s = seconds(spike.hold_s, place, "spike.hold_s")?;
    let rise_s = seconds(spike.rise_s, place, "spike.rise_s")?;
    let needed_s = hold_s + 2.0 * rise_s;
    if needed_s > duration_s {
        return Err(Wrong::Value(format!(
            "{place}: the spike takes {needed_s} s (hold_s and twice rise_s), longer than duration_s"
        )));
    }
    let around = Phase::flat((duration_s - needed_s) / 2.0, base);
    let (rise, fall) = (Phase::ramp(rise_s, base, peak), Phase::ramp(rise_s, peak, base));
    let shape = [around, rise, Phase::flat(hold_s, peak), fall, around];
    Ok(shape.into_iter().filter(|phase| phase.duration_s > 0.0).collect())
}

/// A profile's minutes: each is as dense as it was recorded, and as long as the plan says.
fn replay(origin: &str, phase: &FilePhase, profile: &FileProfile, place: &str) -> Result<Vec<Phase>, Wrong> {
    if phase.duration_s.is_some() {
        return Err(Wrong::Value(format!(
            "{place}: a profile's length follows from its minutes and seconds_per_minute; leave out duration_s"
        )));
    }
    let each_s = within(profile.seconds_per_minute, &(0.01..=3600.0), place, "profile.seconds_per_minute")?;
    let minutes = match (&profile.per_minute, &profile.file) {
        (Some(minutes), None) => minutes.clone(),
        (None, Some(file)) => {
            let path = Path::new(origin).parent().unwrap_or(Path::new("")).join(file);
            let text = read(&path).map_err(Wrong::Plan)?;
            recorded::per_minute(&text)
                .map_err(|reason| Wrong::Value(format!("{place}: {}: {reason}", path.display())))?
        }
        _ => return Err(Wrong::Value(format!("{place}: a profile needs either per_minute or file"))),
    };
    if minutes.is_empty() {
        return Err(Wrong::Value(format!("{place}: the profile has no minute")));
    }
    let checked = |(minute, rate): (usize, &f64)| {
        let field = format!("minute {} of the profile", minute + 1);
        within(*rate, &(0.0..=RATE_PER_MIN_MAX), place, &field).map(|rate| Phase::flat(each_s, rate))
    };
    minutes.iter().enumerate().map(checked).collect()
}

/// A fault, or what is wrong with it.
fn planned(fault: &FileFault, place: &str) -> Result<PlannedFault, String> {
    let (disturbance, for_s) = match (&fault.fault, &fault.kill, fault.for_s) {
        (Some(text), None, Some(for_s)) => {
            let fault =
                text.parse().map_err(|error: localstack::faults::FaultSyntax| format!("{place}: {error}"))?;
            (Disturbance::Fault(fault), for_s)
        }
        (Some(_), None, None) => return Err(format!("{place}: for_s is missing: when is it over?")),
        (None, Some(function), for_s) => {
            (Disturbance::Kill(function.clone()), for_s.unwrap_or(KILL_WATCHED_S))
        }
        _ => return Err(format!("{place} needs either fault or kill")),
    };
    for (field, value) in [("at_s", fault.at_s), ("for_s", for_s)] {
        if !(0.0..=DURATION_S_MAX).contains(&value) {
            return Err(format!("{place}: {field} is {value}, but must be 0 to {DURATION_S_MAX}"));
        }
    }
    Ok(PlannedFault { at_s: fault.at_s, for_s, disturbance, outage: fault.outage })
}

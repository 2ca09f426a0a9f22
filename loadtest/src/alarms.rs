//! The system's alarms on AWS, read before and after a run. A run with enough forgeries must set off the alarm about refused
//! requests: an alarm that stays silent then would stay silent in an attack. It is told, not judged: CloudWatch counts in periods of
//! five minutes, and other traffic counts along.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use localstack::access::{Access, Alarm, REFUSED_SHARE};
use reports::record::{AlarmChange, Alarms};

use crate::interrupt;
use crate::plan::Plan;

/// How long an alarm that should go off is waited for: its period, and a minute until it is evaluated.
pub const ALARM_MAX: Duration = Duration::from_secs(360);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(15);
/// The state of an alarm that went off.
const ALARM: &str = "ALARM";

/// Alarms as they were before the run.
#[derive(Debug)]
pub struct Watch {
    access: Access,
    expected: Option<String>,
    before: Result<Vec<Alarm>, String>,
}

impl Watch {
    /// Reads them. Whether they can be read is told at the end.
    pub async fn begin(access: Access, plan: &Plan) -> Self {
        let before = access.alarms().await.map_err(|error| error.to_string());
        let expected = enough_refused(plan).then(|| access.refusals_alarm());
        Self { access, expected, before }
    }

    /// What is waited for after the run, in words.
    #[must_use]
    pub fn waits_for(&self) -> Option<String> {
        let expected = self.waited_for()?;
        Some(format!("waiting up to {} s for the alarm {expected} to go off", ALARM_MAX.as_secs()))
    }

    /// Reads them again, until the expected one went off or patience ends.
    pub async fn end(&self) -> Alarms {
        let before = match &self.before {
            Ok(before) => before,
            Err(trouble) => return unread(self.expected.clone(), trouble),
        };
        let began = Instant::now();
        loop {
            let after = match self.access.alarms().await {
                Ok(after) => after,
                Err(error) => return unread(self.expected.clone(), &error.to_string()),
            };
            let silent = self.waited_for().is_some_and(|name| !is_off(&after, name));
            if !silent || began.elapsed() >= ALARM_MAX || interrupt::asked() {
                let waited_s = if self.waited_for().is_some() { began.elapsed().as_secs_f64() } else { 0.0 };
                return compared(before, &after, self.expected.clone(), waited_s);
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = interrupt::wait() => {}
            }
        }
    }

    /// The expected alarm, if it can be seen going off.
    fn waited_for(&self) -> Option<&str> {
        let (before, expected) = (self.before.as_ref().ok()?, self.expected.as_deref()?);
        let known = before.iter().any(|alarm| alarm.name == expected);
        (known && !is_off(before, expected)).then_some(expected)
    }
}

/// Whether so much is refused by plan that the alarm must go off.
fn enough_refused(plan: &Plan) -> bool {
    let requests = plan.webhooks() + plan.queries_per_s * plan.duration_s();
    (plan.shares.forged + plan.shares.malformed) * plan.webhooks() > REFUSED_SHARE * requests
}

fn is_off(alarms: &[Alarm], name: &str) -> bool {
    alarms.iter().any(|alarm| alarm.name == name && alarm.state == ALARM)
}

fn unread(expected: Option<String>, trouble: &str) -> Alarms {
    Alarms { expected, trouble: Some(trouble.to_owned()), ..Alarms::default() }
}

fn compared(before: &[Alarm], after: &[Alarm], expected: Option<String>, waited_s: f64) -> Alarms {
    let old: BTreeMap<&str, &Alarm> = before.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
    let changed = after.iter().filter_map(|alarm| {
        let before = old.get(alarm.name.as_str())?;
        let change = AlarmChange {
            name: alarm.name.clone(),
            before: before.state.clone(),
            after: alarm.state.clone(),
            since: alarm.since.clone(),
        };
        let awaited = expected.as_ref() == Some(&alarm.name);
        // One that came back by now has only another moment.
        (before.state != alarm.state || before.since != alarm.since || awaited).then_some(change)
    });
    Alarms { read: after.len() as u64, changed: changed.collect(), expected, waited_s, trouble: None }
}

#[cfg(test)]
mod tests;

//! Alarms: `tables/alarms.toml` has those that must be there. An alarm may watch one metric or an expression over several; both
//! are brought into one form, the metrics that it looks at.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BadTable, Findings, filled};
use crate::judge::Finding;
use crate::stack::{Resource, Stack};
use crate::value::Value;

const ALARMS: &str = include_str!("../../tables/alarms.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alarms {
    topic: String,
    alarm: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wanted {
    /// What it is about.
    what: String,
    namespace: String,
    metric: String,
    /// Exactly these dimensions; with `operations`, beside the operation.
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    /// Operations whose sum it watches.
    #[serde(default)]
    operations: Vec<String>,
    /// `Sum`, `Average`, `Maximum`, `p99`.
    statistic: String,
    comparison: String,
    /// Absent for an anomaly band.
    threshold: Option<f64>,
    period_s: f64,
    /// Text that is in its expression.
    expression: Option<String>,
}

/// One metric that an alarm looks at.
struct Leg {
    namespace: Value,
    metric: Value,
    dimensions: Value,
    statistic: Value,
    period_s: Value,
}

fn legs(alarm: &Resource) -> Vec<Leg> {
    let values = &alarm.values;
    if !values.member("metric_name").is_empty() {
        let statistic = match values.member("extended_statistic") {
            Value::Null => values.member("statistic"),
            extended if extended.is_empty() => values.member("statistic"),
            extended => extended,
        };
        return vec![Leg {
            namespace: values.member("namespace").clone(),
            metric: values.member("metric_name").clone(),
            dimensions: values.member("dimensions").clone(),
            statistic: statistic.clone(),
            period_s: values.member("period").clone(),
        }];
    }
    let metrics =
        values.member("metric_query").items().iter().flat_map(|query| query.member("metric").items());
    let leg = |metric: &Value| Leg {
        namespace: metric.member("namespace").clone(),
        metric: metric.member("metric_name").clone(),
        dimensions: metric.member("dimensions").clone(),
        statistic: metric.member("stat").clone(),
        period_s: metric.member("period").clone(),
    };
    metrics.map(leg).collect()
}

impl Wanted {
    fn dimensions_of(&self, operation: Option<&String>) -> Value {
        let mut all = self.dimensions.clone();
        if let Some(operation) = operation {
            all.insert("Operation".to_owned(), operation.clone());
        }
        match all.is_empty() {
            true => Value::Null,
            false => Value::Map(all.into_iter().map(|(name, value)| (name, Value::Text(value))).collect()),
        }
    }

    /// Whether the alarm looks at this metric, all of it and nothing else.
    fn is_about(&self, alarm: &Resource) -> bool {
        let legs = legs(alarm);
        let is = |leg: &Leg, dimensions: &Value| {
            let same = leg.dimensions == *dimensions || leg.dimensions.is_empty() && dimensions.is_empty();
            leg.namespace.text() == Some(&self.namespace) && leg.metric.text() == Some(&self.metric) && same
        };
        if self.operations.is_empty() {
            return matches!(&legs[..], [one] if is(one, &self.dimensions_of(None)));
        }
        let all = |operation: &String| legs.iter().any(|leg| is(leg, &self.dimensions_of(Some(operation))));
        legs.len() == self.operations.len() && self.operations.iter().all(all)
    }

    fn differences(&self, alarm: &Resource) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut compare = |what: &str, expected: Value, observed: &Value| {
            if expected != *observed {
                let what = format!("{}: {what}", alarm.address);
                findings.push(Finding::new(what, expected.to_string(), observed.to_string()));
            }
        };
        for leg in legs(alarm) {
            compare("statistic", self.statistic.as_str().into(), &leg.statistic);
            compare("period", Value::Number(self.period_s), &leg.period_s);
        }
        let values = &alarm.values;
        compare("comparison_operator", self.comparison.as_str().into(), values.member("comparison_operator"));
        match self.threshold {
            Some(threshold) => compare("threshold", Value::Number(threshold), values.member("threshold")),
            None => {
                let id = values.member("threshold_metric_id");
                let band =
                    values.member("metric_query").items().iter().find(|query| query.member("id") == id);
                let band = band.map_or(&Value::Null, |query| query.member("expression"));
                if !band.text().is_some_and(|text| text.starts_with("ANOMALY_DETECTION_BAND")) {
                    compare("threshold_metric_id", "ANOMALY_DETECTION_BAND(…)".into(), band);
                }
            }
        }
        if let Some(wanted) = &self.expression {
            let queries = values.member("metric_query").items();
            let has =
                |query: &Value| query.member("expression").text().is_some_and(|text| text.contains(wanted));
            if !queries.iter().any(has) {
                compare("metric_query", wanted.as_str().into(), values.member("metric_query"));
            }
        }
        findings
    }
}

/// Every alarm of the table, and that every alarm tells somebody.
pub(super) fn alarms(stack: &Stack) -> Findings {
    let all: Alarms = toml::from_str(ALARMS).map_err(|error| BadTable(error.to_string()))?;
    let topic = stack.names.text(&all.topic).map_err(|error| BadTable(error.to_string()))?;
    let mut findings = Vec::new();
    for wanted in expand(&all.alarm, stack)? {
        let found: Vec<&Resource> =
            stack.of("aws_cloudwatch_metric_alarm").filter(|alarm| wanted.is_about(alarm)).collect();
        // Two alarms may watch one metric by two statistics, or at two thresholds; one of them is the wanted one.
        let best = found.iter().map(|alarm| wanted.differences(alarm)).min_by_key(Vec::len);
        match best {
            Some(differences) => findings.extend(differences),
            None => {
                let dimensions = wanted.dimensions_of(None);
                let metric = format!("{} {} of {dimensions}", wanted.namespace, wanted.metric);
                findings.push(Finding::new(format!("alarm on {}", wanted.what), metric, "there is none"));
            }
        }
    }
    for alarm in stack.of("aws_cloudwatch_metric_alarm") {
        for attribute in ["alarm_actions", "ok_actions"] {
            let observed = alarm.values.member(attribute);
            if !observed.items().contains(&Value::from(topic.as_str())) {
                let what = format!("{}: {attribute}", alarm.address);
                findings.push(Finding::new(what, topic.as_str(), observed.to_string()));
            }
        }
        if *alarm.values.member("actions_enabled") == Value::Bool(false) {
            findings.push(Finding::new(format!("{}: actions_enabled", alarm.address), "true", "false"));
        }
    }
    Ok(findings)
}

/// Entries with `each` stand for one alarm each.
fn expand(entries: &[toml::Table], stack: &Stack) -> Result<Vec<Wanted>, BadTable> {
    let mut all = Vec::new();
    for entry in entries {
        let mut entry = entry.clone();
        let each: Vec<BTreeMap<String, Value>> = match entry.remove("each") {
            Some(each) => each.try_into().map_err(|error: toml::de::Error| BadTable(error.to_string()))?,
            None => vec![BTreeMap::new()],
        };
        let entry = Value::from(toml::Value::Table(entry));
        for names in &each {
            let names = stack.names.with(names).map_err(|error| BadTable(error.to_string()))?;
            all.push(filled(&entry, &names)?);
        }
    }
    Ok(all)
}

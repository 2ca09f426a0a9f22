//! What is told of a trace in a list, and what filters look at.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assembly::{is_loose, start, walk};
use super::context::TraceId;
use crate::stores::ACCOUNT_ID;

/// A trace in brief.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) id: TraceId,
    /// Seconds since the epoch.
    pub(super) start: f64,
    end: f64,
    response_time_s: f64,
    pub(super) error: bool,
    pub(super) fault: bool,
    pub(super) throttle: bool,
    partial: bool,
    pub(super) http_status: Option<u64>,
    http: Value,
    /// Every value under a key, each once, in the order met.
    pub(super) annotations: BTreeMap<String, Vec<Value>>,
    /// Names and origins of the segments.
    services: Vec<(String, Option<String>)>,
}

impl Summary {
    /// Of a trace's assembled segments.
    pub(super) fn of(id: TraceId, segments: &[Value]) -> Self {
        let whole = |segment: &&Value| !is_loose(segment);
        let flagged = |flag: &str| segments.iter().filter(whole).any(|segment| segment[flag] == true);
        let root = segments.iter().find(|segment| segment["parent_id"].is_null()).or(segments.first());
        let root = root.unwrap_or(&Value::Null);
        let end = |segment: &Value| segment["end_time"].as_f64().unwrap_or_else(|| start(segment));
        let mut annotations: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for segment in segments {
            walk(segment, &mut |node| {
                for (key, value) in node["annotations"].as_object().into_iter().flatten() {
                    let values = annotations.entry(key.clone()).or_default();
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
            });
        }
        let mut services: Vec<(String, Option<String>)> = Vec::new();
        for segment in segments.iter().filter(whole) {
            let text = |name: &str| segment[name].as_str().map(str::to_owned);
            let service = (text("name").unwrap_or_default(), text("origin"));
            if !services.contains(&service) {
                services.push(service);
            }
        }
        Self {
            id,
            start: segments.iter().map(start).fold(f64::INFINITY, f64::min),
            end: segments.iter().map(end).fold(0.0, f64::max),
            response_time_s: (end(root) - start(root)).max(0.0),
            error: flagged("error"),
            fault: flagged("fault"),
            throttle: flagged("throttle"),
            partial: segments.iter().any(|segment| segment["in_progress"] == true || is_loose(segment)),
            http_status: root["http"]["response"]["status"].as_u64(),
            http: http(root),
            annotations,
            services,
        }
    }

    /// One of the services has this name.
    pub(super) fn has_service(&self, name: &str) -> bool {
        self.services.iter().any(|(known, _)| known == name)
    }

    /// The member of `GetTraceSummaries`.
    pub(super) fn json(&self) -> Value {
        let service = |(name, origin): &(String, Option<String>)| json!({ "Name": name, "Names": [name], "AccountId": ACCOUNT_ID, "Type": origin });
        let services: Vec<Value> = self.services.iter().map(service).collect();
        let annotations: BTreeMap<&String, Vec<Value>> = self
            .annotations
            .iter()
            .map(|(key, values)| (key, values.iter().map(annotation).collect()))
            .collect();
        json!({
            "Id": self.id.to_string(),
            "StartTime": self.start,
            "Duration": micros(self.end - self.start),
            "ResponseTime": micros(self.response_time_s),
            "HasFault": self.fault,
            "HasError": self.error,
            "HasThrottle": self.throttle,
            "IsPartial": self.partial,
            "Http": self.http,
            "Annotations": annotations,
            "Users": [],
            "EntryPoint": services.first(),
            "ServiceIds": services,
            "Revision": 1,
        })
    }

    /// From its first beginning to its last end, in seconds.
    pub(super) fn duration_s(&self) -> f64 {
        micros(self.end - self.start)
    }
}

fn annotation(value: &Value) -> Value {
    let value = match value {
        Value::Number(_) => json!({ "NumberValue": value }),
        Value::Bool(_) => json!({ "BooleanValue": value }),
        _ => json!({ "StringValue": value }),
    };
    json!({ "AnnotationValue": value })
}

fn http(root: &Value) -> Value {
    let (request, response) = (&root["http"]["request"], &root["http"]["response"]);
    let members = [
        ("HttpURL", &request["url"]),
        ("HttpStatus", &response["status"]),
        ("HttpMethod", &request["method"]),
        ("ClientIp", &request["client_ip"]),
    ];
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// Rounded, so that a difference of floats does not show noise.
fn micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

//! A trace as it is shown: subsegments that were sent by themselves stand inside their parents.

use std::sync::Arc;

use serde_json::Value;

/// The segments of a trace, earliest first; a subsegment whose parent is not there (yet) stands by itself, at the end.
pub(super) fn assembled(documents: &[Arc<str>]) -> Vec<Value> {
    let read = documents.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
    let (mut loose, mut segments): (Vec<Value>, Vec<Value>) = read.partition(is_loose);
    segments.sort_by(|a, b| start(a).total_cmp(&start(b)));
    // A parent may itself have come loose, so this goes on while it helps.
    loop {
        let before = loose.len();
        loose = loose.into_iter().filter_map(|subsegment| put_in(&mut segments, subsegment)).collect();
        if loose.is_empty() || loose.len() == before {
            segments.extend(loose);
            return segments;
        }
    }
}

/// Sent by itself, to be put into its parent.
pub(super) fn is_loose(document: &Value) -> bool {
    document["type"] == "subsegment"
}

/// Every segment and subsegment from here down.
pub(super) fn walk<'a>(document: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    visit(document);
    for child in document["subsegments"].as_array().into_iter().flatten() {
        walk(child, visit);
    }
}

pub(super) fn start(document: &Value) -> f64 {
    document["start_time"].as_f64().unwrap_or_default()
}

/// Gives the subsegment back if its parent is not among these.
fn put_in(nodes: &mut [Value], mut subsegment: Value) -> Option<Value> {
    for node in nodes {
        if node["id"] == subsegment["parent_id"] {
            if let Some(members) = subsegment.as_object_mut() {
                // Where it stands says all that.
                for name in ["type", "trace_id", "parent_id"] {
                    members.remove(name);
                }
            }
            match node.get_mut("subsegments").and_then(Value::as_array_mut) {
                Some(children) => children.push(subsegment),
                None => node["subsegments"] = Value::Array(vec![subsegment]),
            }
            return None;
        }
        if let Some(children) = node.get_mut("subsegments").and_then(Value::as_array_mut) {
            subsegment = put_in(children, subsegment)?;
        }
    }
    Some(subsegment)
}

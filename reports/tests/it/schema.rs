//! The schema and the record say the same.

use std::collections::BTreeSet;

use jsonschema::Validator;
use reports::record::{FORMAT, Run};
use serde_json::{Value, json};

use crate::samples;

const SCHEMA: &str = include_str!("../../schemas/run.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn errors(value: &Value) -> Vec<String> {
    validator().iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

#[test]
fn every_sample_is_valid() {
    for (name, run) in samples::all() {
        assert_eq!(errors(&serde_json::to_value(&run).unwrap()), Vec::<String>::new(), "{name}");
    }
}

/// Walks a record beside the schema: every object closed, every key described, nothing required that is not there.
pub(crate) fn walk(at: &str, value: &Value, schema: &Value, root: &Value, seen: &mut BTreeSet<String>) {
    let resolved = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    // One of several, e.g. an object or null: the first is the one that describes it.
    if let Some(first) = resolved.get("anyOf").and_then(|all| all.get(0)).filter(|_| !value.is_null()) {
        return walk(at, value, first, root, seen);
    }
    match value {
        Value::Object(fields) => {
            let properties = resolved.get("properties").and_then(Value::as_object);
            for (key, field) in fields {
                let of = match properties {
                    Some(properties) => {
                        assert_eq!(resolved["additionalProperties"], json!(false), "{at} is open");
                        let of =
                            properties.get(key).unwrap_or_else(|| panic!("{at}.{key} is not in the schema"));
                        let described = of.get("description").and_then(Value::as_str).unwrap_or_default();
                        assert!(described.len() > 3, "{at}.{key} has no description");
                        seen.insert(format!("{at}.{key}"));
                        of
                    }
                    None => &resolved["additionalProperties"],
                };
                walk(
                    &format!("{at}.{}", if properties.is_some() { key } else { "*" }),
                    field,
                    of,
                    root,
                    seen,
                );
            }
            if let Some(properties) = properties {
                let missing: Vec<&String> =
                    properties.keys().filter(|key| !fields.contains_key(*key)).collect();
                assert!(missing.is_empty(), "{at}: the schema has {missing:?}, the record has not");
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let of = resolved.get("prefixItems").map_or(&resolved["items"], |tuple| &tuple[index]);
                walk(&format!("{at}[]"), item, of, root, seen);
            }
        }
        _ => {}
    }
}

#[test]
fn every_field_of_the_record_is_in_the_schema_and_the_other_way_round() {
    let root = schema();
    let mut seen = BTreeSet::new();
    walk("run", &serde_json::to_value(samples::failing()).unwrap(), &root, &root, &mut seen);
    for deep in [
        "run.slo[].limit",
        "run.breakdown[].statuses",
        "run.queries.latency_ms.spectrum",
        "run.findings[].examples",
    ] {
        assert!(seen.contains(deep), "{deep} was not reached: {seen:?}");
    }
}

#[test]
fn the_schema_names_the_format_that_is_written() {
    assert_eq!(schema()["properties"]["format"]["const"], FORMAT);
}

#[test]
fn a_wrong_record_is_invalid() {
    let check = |change: fn(&mut Value), expected: &str| {
        let mut value = serde_json::to_value(samples::passing()).unwrap();
        change(&mut value);
        let found = errors(&value).join("; ");
        assert!(found.contains(expected), "{expected}: {found}");
    };
    check(|run| run["verdict"] = json!("maybe"), "/verdict");
    check(|run| run["format"] = json!("peakproof.run/2"), "/format");
    check(|run| run["surprise"] = json!(1), "surprise");
    check(|run| run["sent"]["total"] = json!(-1), "/sent/total");
    check(|run| run["ack_latency_ms"]["spectrum"][0] = json!([1.0]), "/ack_latency_ms/spectrum/0");
}

#[test]
fn a_record_without_the_optional_field_is_valid_and_readable() {
    let mut value = serde_json::to_value(samples::passing()).unwrap();
    value.as_object_mut().unwrap().remove("command");
    assert_eq!(errors(&value), Vec::<String>::new());
    assert_eq!(serde_json::from_value::<Run>(value).unwrap().command, "");
}

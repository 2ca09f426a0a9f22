//! The schema and the record say the same.

use conformance::results::{Outcome, SCHEMA_VERSION};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::samples;

const SCHEMA: &str = include_str!("../../results.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

pub(crate) fn errors(value: &Value) -> Vec<String> {
    validator().iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[test]
fn the_schema_is_a_schema_and_names_the_version_that_is_written() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert_eq!(schema()["properties"]["schema_version"]["const"], SCHEMA_VERSION);
}

#[test]
fn every_sample_is_valid() {
    for (name, results) in samples::all() {
        assert_eq!(errors(&serde_json::to_value(&results).unwrap()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_record_has_every_field_of_the_schema_and_no_other() {
    fn walk(at: &str, value: &Value, schema: &Value, root: &Value) {
        let schema = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        };
        match value {
            Value::Object(members) => {
                assert_eq!(schema["additionalProperties"], json!(false), "{at} is open");
                let properties = schema["properties"].as_object().unwrap();
                let mut required: Vec<&str> =
                    schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                required.sort_unstable();
                let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
                names.sort_unstable();
                assert_eq!(required, names, "{at}");
                assert_eq!(properties.len(), names.len(), "{at}");
                for (name, member) in members {
                    let described = properties[name]["description"].as_str().unwrap_or_default();
                    assert!(described.len() > 3, "{at}.{name} has no description");
                    walk(&format!("{at}.{name}"), member, &properties[name], root);
                }
            }
            Value::Array(items) => {
                items.iter().for_each(|item| walk(&format!("{at}[]"), item, &schema["items"], root));
            }
            _ => {}
        }
    }
    let root = schema();
    walk("results", &serde_json::to_value(samples::each()).unwrap(), &root, &root);
}

#[test]
fn the_schema_knows_every_word() {
    let words: Vec<Value> = Outcome::ALL.into_iter().map(|one| json!(one.word())).collect();
    assert_eq!(schema()["$defs"]["case"]["properties"]["outcome"]["enum"], json!(words));
    let capabilities: Vec<Value> =
        conformance::capability::Capability::ALL.into_iter().map(|one| json!(one.name())).collect();
    assert_eq!(schema()["properties"]["capabilities"]["items"]["enum"], json!(capabilities));
}

#[test]
fn a_wrong_record_is_invalid() {
    let check = |change: fn(&mut Value), expected: &str| {
        let mut value = serde_json::to_value(samples::each()).unwrap();
        change(&mut value);
        let found = errors(&value).join("; ");
        assert!(found.contains(expected), "{expected}: {found}");
    };
    check(|all| all["verdict"] = json!("maybe"), "/verdict");
    check(|all| all["schema_version"] = json!(2), "/schema_version");
    check(|all| all["surprise"] = json!(1), "surprise");
    check(|all| all["counts"]["passed"] = json!(-1), "/counts/passed");
    check(|all| all["cases"][0]["id"] = json!("stripe-1"), "/cases/0/id");
    check(|all| all["cases"][0]["level"] = json!("MAY"), "/cases/0/level");
    check(|all| drop(all["cases"][0].as_object_mut().unwrap().remove("why")), "why");
    check(|all| all["cases"][1]["steps"][0]["findings"][0]["observed"] = json!(200), "/observed");
}

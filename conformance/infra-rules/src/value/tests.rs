use serde_json::json;

use super::*;

#[track_caller]
fn check(known: serde_json::Value, unknown: serde_json::Value, expected: &str) {
    assert_eq!(Value::merged(&known, &unknown).to_json().to_string(), expected);
}

#[test]
fn what_a_plan_does_not_know_is_a_value_of_its_own() {
    check(json!({"a": 1}), json!({"id": true}), r#"{"a":1,"id":"(not known)"}"#);
    check(json!({"a": null}), json!({"a": true}), r#"{"a":"(not known)"}"#);
    check(json!({"a": [1, null]}), json!({"a": [false, true]}), r#"{"a":[1,"(not known)"]}"#);
    check(json!({"a": [{"b": 1}]}), json!({"a": [{"c": true}]}), r#"{"a":[{"b":1,"c":"(not known)"}]}"#);
    check(json!({"a": []}), json!({"a": [{"c": true}]}), r#"{"a":[{"c":"(not known)"}]}"#);
    check(json!({"a": "x"}), json!({"a": false}), r#"{"a":"x"}"#);
    check(json!(null), json!(true), r#""(not known)""#);
    check(json!({"a": {}}), json!(null), r#"{"a":{}}"#);
}

#[test]
fn a_long_value_is_cut_where_it_is_shown() {
    let shown = Value::Text("é".repeat(900)).to_string();
    assert!(shown.ends_with(" …") && shown.chars().count() < 410, "{shown}");
}

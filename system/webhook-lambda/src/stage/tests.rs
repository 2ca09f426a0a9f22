//! What stages say, and what functions make of it.

use serde_json::{Value, json};

use super::*;

fn deployed() -> Deployment {
    let named = |name: &str| Some(name.to_owned());
    Deployment {
        environment: named("dev"),
        table: named("webhook-transactions"),
        raw_bucket: named("raw-dev"),
    }
}

#[track_caller]
fn check(deployment: &Deployment, variables: &Value, expected: Option<StageVariable>) {
    let event = json!({ "stageVariables": variables, "body": "{}" }).to_string();
    let request = ProxyRequest::parse(&event).unwrap();
    assert_eq!(deployment.contradicted_by(&request), expected, "{variables}");
}

#[test]
fn the_functions_own_stage_is_taken() {
    let own = json!({
        "env": "dev", "table": "webhook-transactions", "raw_bucket": "raw-dev", "processed_bucket": "log-dev", "more": "x",
    });
    check(&deployed(), &own, None);
    check(&deployed(), &json!({ "env": "d\u{65}v" }), None);
}

#[test]
fn a_stage_that_says_nothing_is_taken() {
    for nothing in
        [json!(null), json!({}), json!({ "env": null }), json!({ "env": "" }), json!({ "stage": "x" })]
    {
        check(&deployed(), &nothing, None);
    }
    let request = ProxyRequest::parse("{}").unwrap();
    assert_eq!(deployed().contradicted_by(&request), None);
}

#[test]
fn each_variable_of_another_environment_is_noticed() {
    check(&deployed(), &json!({ "env": "staging" }), Some(StageVariable::Environment));
    check(&deployed(), &json!({ "env": "DEV" }), Some(StageVariable::Environment));
    check(
        &deployed(),
        &json!({ "env": "dev", "table": "webhook-transactions-2" }),
        Some(StageVariable::Table),
    );
    check(&deployed(), &json!({ "table": "webhook-transaction" }), Some(StageVariable::Table));
    check(&deployed(), &json!({ "env": "dev", "raw_bucket": "raw-staging" }), Some(StageVariable::RawBucket));
    let all = json!({ "env": "staging", "table": "t", "raw_bucket": "b" });
    check(&deployed(), &all, Some(StageVariable::Environment));
}

#[test]
fn what_the_function_does_not_name_is_not_compared() {
    check(&Deployment::default(), &json!({ "env": "a", "table": "t", "raw_bucket": "b" }), None);
    let query = Deployment { raw_bucket: None, ..deployed() };
    check(&query, &json!({ "env": "dev", "raw_bucket": "raw-staging" }), None);
}

#[test]
fn variables_that_are_no_texts_are_no_event_of_the_gateways() {
    for wrong in [json!("dev"), json!(["dev"]), json!({ "env": 1 }), json!({ "table": ["t"] })] {
        let event = json!({ "stageVariables": wrong }).to_string();
        assert!(ProxyRequest::parse(&event).is_err(), "{event}");
    }
}

#[test]
fn the_answer_asks_for_it_again_and_tells_no_value() {
    let answer = mismatch(StageVariable::RawBucket);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (answer.status, &body["error"], answer.outcome),
        (503, &json!("stage_mismatch"), "stage_mismatch")
    );
    let detail = answer.detail.unwrap_or_default();
    assert!(detail.contains("raw_bucket"), "{detail}");
}

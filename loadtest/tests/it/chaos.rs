//! Plans that let things fail: whatever it is, the ledger closes, and the report says what was survived.

use std::fs;

use serde_json::Value;

use super::{Ended, count, held, run};

/// Few deliveries and a hundredfold hurry: too few for a p99, so that a busy machine cannot break what this is not about.
fn run_plan(text: &str, users: &str) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.toml");
    fs::write(&path, text).expect("a plan");
    run(&["--plan", &path.display().to_string(), "--users", users, "--json"])
}

/// What must hold whatever failed: everything but the latency, of which there are too few samples.
#[track_caller]
fn the_ledger_closes(record: &Value) {
    for objective in [
        "availability_ge_999",
        "lost_eq_0",
        "duplicated_eq_0",
        "forged_accepted_eq_0",
        "valid_rejected_eq_0",
        "dead_letters_exact",
        "unacknowledged_eq_0",
    ] {
        assert_eq!(held(record, objective), Some(true), "{objective}: {}", record["slo"]);
    }
    let (sent, ended) = (count(record, &["sent", "total"]), &record["outcome"]);
    let places = ["stored", "deduplicated", "rejected", "dead_lettered", "lost", "unknown"];
    assert_eq!(places.iter().map(|place| count(ended, &[place])).sum::<u64>(), sent, "one fate each");
    let events = count(record, &["sent", "valid"]);
    assert_eq!(count(ended, &["stored"]), events, "every valid event is stored, and once");
    for fault in record["faults"].as_array().into_iter().flatten() {
        assert_eq!(fault["survived"], true, "{fault}");
        assert!(count(fault, &["hits"]) > 0, "{fault}");
    }
}

#[test]
fn what_an_outage_costs_comes_home_by_the_providers_retries() {
    let ended = run_plan(
        r#"
        name = "outage"
        warmup_s = 1
        poison = 3
        [[phases]]
        duration_s = 6
        rate_per_min = 1500
        [shares]
        forged = 0.05
        duplicates = 0.05
        [retries]
        time_compression = 36000
        [[faults]]
        at_s = 2
        for_s = 1.5
        fault = "lambda.*=ServiceException"
        outage = true
        "#,
        "40",
    );
    ended
        .ended_with(2)
        .says("warning: about")
        .says("1 of 1 survived")
        .says("all were acknowledged in the end");
    let record = ended.json("run.json");
    the_ledger_closes(&record);
    let recovery = &record["recovery"];
    assert!(count(recovery, &["delayed"]) > 20, "{recovery}");
    assert!(count(recovery, &["retries"]) > count(recovery, &["delayed"]), "Square tries often: {recovery}");
    assert_eq!(count(recovery, &["retries"]), count(&record, &["sent", "retry"]));
    assert!(recovery["outages"][0]["recovered_s"].as_f64().is_some_and(|s| s > 0.0), "{recovery}");
}

#[test]
fn every_fault_is_survived_and_the_redrive_brings_the_rest_home() {
    let ended = run_plan(
        r#"
        name = "faults"
        warmup_s = 1
        poison = 4
        [[phases]]
        duration_s = 13
        rate_per_min = 1500
        [shares]
        forged = 0.05
        [retries]
        time_compression = 36000
        [redrive]
        at_s = 10
        [[faults]]
        at_s = 0.5
        for_s = 1.5
        fault = "s3.PutObject=SlowDown@0.3"
        outage = true
        [[faults]]
        at_s = 2.5
        for_s = 1.5
        fault = "dynamodb.PutItem=ProvisionedThroughputExceededException@0.5"
        outage = true
        [[faults]]
        at_s = 4
        for_s = 1
        fault = "s3.PutObject=none:150"
        [[faults]]
        at_s = 5
        for_s = 1
        kill = "webhook-processor"
        [[faults]]
        at_s = 6.4
        for_s = 0.8
        fault = "secretsmanager.GetSecretValue=InternalServiceError"
        outage = true
        [[faults]]
        at_s = 6.5
        for_s = 2.5
        kill = "*"
        outage = true
        [[faults]]
        at_s = 9.1
        for_s = 1.5
        fault = "lambda.webhook-processor=Unhandled"
        "#,
        "40",
    );
    ended.ended_with(2).says("7 of 7 survived");
    let record = ended.json("run.json");
    the_ledger_closes(&record);
    let redrive = &record["redrive"];
    assert_eq!(redrive["rounds"].as_array().map(Vec::len), Some(2), "under load, and after it: {redrive}");
    assert!(count(redrive, &["home"]) > 5, "what the processor gave up is stored: {redrive}");
    assert_eq!(count(redrive, &["came_back"]), 4, "poison, and nothing else: {redrive}");
    let killed = &record["faults"][5];
    assert!(count(killed, &["cold_starts"]) >= 4, "everything started anew: {killed}");
    for file in ["report.html", "report.md"] {
        let text = fs::read_to_string(ended.dir().join(file)).expect(file);
        assert!(text.contains("Faults survived") && text.contains("Recovery"), "{file}");
    }
    let summary = ended.json("summary.json");
    assert_eq!(summary["faults"].as_array().map(Vec::len), Some(7));
    assert_eq!(summary["redrive"]["came_back"], 4);
}

#[test]
fn a_fault_that_hits_nothing_gives_no_verdict_and_a_flood_is_compared() {
    let ended = run_plan(
        r#"
        name = "flood"
        warmup_s = 1
        [[phases]]
        duration_s = 2
        rate_per_min = 1800
        [[phases]]
        duration_s = 2
        rate_per_min = 1800
        forged = 0.5
        [[faults]]
        at_s = 1
        for_s = 1
        fault = "secretsmanager.PutSecretValue=InternalServiceError"
        "#,
        "20",
    );
    ended.ended_with(2).says("hit nothing").says("50 % forged from 2 s to 4 s");
    let record = ended.json("run.json");
    assert_eq!(record["faults"][0]["survived"], Value::Null);
    let (before, during) =
        (count(&record, &["flood", "before", "samples"]), count(&record, &["flood", "during", "samples"]));
    assert!((58..=62).contains(&before) && (15..=40).contains(&during), "{before} and {during}");
    assert_eq!(held(&record, "flood_ack_p99_lt_1s"), None, "too few to tell");
}

#[test]
fn an_impossible_plan_is_refused_with_its_line() {
    let refused = |text: &str, part: &str| {
        let ended = run_plan(text, "10");
        ended.ended_with(64).says(part);
        assert_eq!(fs::read_dir(ended.out.path()).expect("the runs").count(), 0, "nothing was begun");
    };
    let plan = "name = \"x\"\n[[phases]]\nduration_s = 10\nrate_per_min = 600\n";
    refused(&plan.replace("600", "-600"), "phase 1 (line 2): rate_per_min is -600");
    refused(&format!("{plan}[shares]\nforged = 0.9\nmalformed = 0.05\n"), "at most 0.9 together");
    refused(&format!("{plan}[[faults]]\nat_s = 9\nfor_s = 2\nfault = \"s3.*=SlowDown\"\n"), "ends at 11 s");
    let elsewhere = run(&["--plan", "gate", "--target", "url", "--base-url", "http://127.0.0.1:1/dev"]);
    elsewhere.ended_with(64).says("go with the embedded target");
}

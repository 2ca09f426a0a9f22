//! A healthy system passes, and the books balance.

use super::{Ended, count, held, run};

/// 1,300 deliveries in thirteen seconds: enough valid ones for a p99, and no strain for a busy machine.
const SHORT: [&str; 10] =
    ["--users", "40", "--rate", "6000", "--duration", "13s", "--warmup", "3s", "--poison", "5"];

fn healthy(more: &[&str]) -> Ended {
    run(&[&SHORT[..], more].concat())
}

#[test]
fn a_healthy_run_passes_and_its_ledger_closes() {
    let ended = healthy(&["--json", "--seed", "7"]);
    ended.ended_with(0).says("PASS");
    let record = ended.json("run.json");
    assert_eq!(record["verdict"], "pass");
    let sent = |kind| count(&record, &["sent", kind]);
    assert_eq!(sent("total"), 1300);
    assert_eq!(sent("poison"), 5);
    assert!(sent("forged") > 50 && sent("duplicate") > 10 && sent("malformed") > 10, "{}", record["sent"]);
    let outcome = |fate| count(&record, &["outcome", fate]);
    let fates = ["stored", "deduplicated", "rejected", "dead_lettered", "lost", "unknown"];
    assert_eq!(
        fates.map(outcome).iter().sum::<u64>(),
        1300,
        "every delivery ends somewhere: {}",
        record["outcome"]
    );
    assert_eq!(outcome("stored"), sent("valid"));
    assert_eq!(outcome("deduplicated"), sent("duplicate"));
    assert_eq!(outcome("rejected"), sent("forged") + sent("malformed"));
    assert_eq!(outcome("dead_lettered"), 5);
    for wrong in ["lost", "unknown", "duplicated", "forged_accepted", "valid_rejected"] {
        assert_eq!(outcome(wrong), 0, "{wrong}");
    }
    assert_eq!(count(&record, &["dead_letters", "found"]), 5);
    assert!(
        record["slo"].as_array().expect("objectives").iter().all(|slo| slo["ok"] == true),
        "{}",
        record["slo"]
    );
    assert!(record["ack_latency_ms"]["p99"].is_number() && record["durable_latency_ms"]["p99"].is_number());
    assert_eq!(record["queries"]["failed"], 0, "{}", record["queries"]);
    for file in ["summary.json", "report.html", "report.md", "junit.xml", "latency.hlog"] {
        let length = std::fs::metadata(ended.dir().join(file)).expect(file).len();
        assert!(length > 200, "{file} has {length} bytes");
    }
    let printed: serde_json::Value =
        serde_json::from_str(&ended.stdout).expect("standard output is one JSON object");
    assert_eq!(printed, ended.json("summary.json"));
    assert_eq!(printed["seed"], 7);
}

#[test]
fn too_few_samples_give_no_verdict() {
    let ended =
        run(&["--users", "20", "--rate", "1200", "--duration", "2s", "--warmup", "1s", "--poison", "1"]);
    ended.ended_with(2).says("NO VERDICT").says("too few");
    let record = ended.json("run.json");
    assert_eq!((&record["verdict"], held(&record, "ack_p99_lt_1s")), (&"unknown".into(), None));
    assert_eq!(held(&record, "lost_eq_0"), Some(true), "what can be judged is judged");
}

#[test]
fn without_a_planned_rate_users_drive_as_fast_as_it_goes() {
    let ended =
        run(&["--users", "20", "--rate", "max", "--duration", "4s", "--warmup", "1s", "--poison", "3"]);
    let record = ended.json("run.json");
    assert_eq!(record["plan"]["arrival"], "max");
    assert_eq!(held(&record, "target_rate_reached"), Some(true));
    assert_eq!(held(&record, "lost_eq_0"), Some(true));
    assert_eq!(count(&record, &["dead_letters", "found"]), 3);
    assert!(count(&record, &["sent", "total"]) > 100, "{}", record["sent"]);
}

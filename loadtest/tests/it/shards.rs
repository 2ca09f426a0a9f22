//! A run on many machines: two shards against one running cloud, merged, are one run with one verdict.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use loadtest::clock::unix_ms;
use localstack::embedded::{self, Bootstrap, Options};
use reports::merge::{MergeError, merge};
use reports::record::{Run, Verdict};

use super::{Ended, alone, finish, run, spawn};

/// From now until the common start: a busy machine has both processes ready by then.
const READY_S: i64 = 10;

/// 1,200 deliveries, enough for a p99.
const PLAN: [&str; 12] = [
    "--users",
    "30",
    "--rate",
    "9000",
    "--duration",
    "8s",
    "--warmup",
    "1s",
    "--poison",
    "4",
    "--queries",
    "4",
];

fn start_at(in_s: i64) -> String {
    (unix_ms() / 1_000 + in_s).to_string()
}

/// Runs both shards at once.
fn run_both(ready_file: &str) -> [Ended; 2] {
    let _alone = alone();
    let start = start_at(READY_S);
    let children = ["1/2", "2/2"].map(|shard| {
        let out = tempfile::tempdir().expect("a folder");
        let more =
            ["--ready-file", ready_file, "--shard", shard, "--shard-group", "night", "--start-at", &start];
        (spawn(out.path(), &[&PLAN[..], &more].concat()), out)
    });
    children.map(|(child, out)| finish(child, out))
}

#[test]
fn two_shards_merged_are_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let bootstrap = folder.path().join("bootstrap");
    symlink(env!("CARGO_BIN_EXE_loadtest"), &bootstrap).expect("a link");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let log_dir = folder.path().join("logs");
    let options = Options { bootstrap: Bootstrap::Path(bootstrap), log_dir, ..Options::default() };
    let cloud = runtime.block_on(Box::pin(embedded::start(options))).expect("the cloud starts");
    let ready = folder.path().join("ready.json");
    std::fs::write(&ready, serde_json::to_vec(cloud.ready()).expect("JSON")).expect("a ready file");
    let shards = run_both(&ready.display().to_string());
    runtime.block_on(cloud.shutdown());

    let out = folder.path().join("merged");
    let dirs: Vec<PathBuf> = shards.iter().map(|shard| shard.out.path().to_owned()).collect();
    let told: String = shards.iter().map(|shard| shard.stderr.as_str()).collect();
    let (merged, files) = merge(&dirs, &out, false).unwrap_or_else(|error| panic!("{error}\n{told}"));
    // How fast a busy machine is decides the other objectives, and with them whether it is a pass.
    let of_the_machine =
        ["ack_p99_lt_1s", "target_rate_reached", "availability_ge_999", "generator_not_saturated"];
    let ledger = merged.slo.iter().filter(|slo| !of_the_machine.contains(&slo.name.as_str()));
    assert!(ledger.clone().count() >= 5);
    assert!(
        ledger.clone().all(|slo| slo.ok == Some(true)),
        "{:#?}\n{:#?}\n{told}",
        merged.slo,
        merged.findings
    );
    let all_held = merged.slo.iter().all(|slo| slo.ok == Some(true));
    assert_eq!(merged.verdict == Verdict::Pass, all_held, "{:#?}", merged.slo);
    assert!(files.html.is_file() && out.join("run.json").is_file());

    let parts = shards.each_ref().map(|shard| reports::read_run(&shard.dir()).expect("a record"));
    let sum = |of: fn(&Run) -> u64| parts.iter().map(of).sum::<u64>();
    assert_eq!(merged.sent.total, 1_200, "the plan's, not twice that");
    assert!(parts.iter().all(|part| part.sent.total > 500 && part.sent.poison > 0), "both took part");
    assert_eq!(merged.sent.total, sum(|part| part.sent.total));
    assert_eq!(merged.outcome.stored, sum(|part| part.outcome.stored));
    assert_eq!(merged.outcome.stored, merged.sent.valid);
    assert_eq!(merged.outcome.deduplicated, merged.sent.duplicate);
    assert_eq!(merged.outcome.dead_lettered, 4);
    assert_eq!(merged.queries.sent, sum(|part| part.queries.sent));
    assert_eq!(merged.queries.latency_ms.samples, merged.queries.sent);
    assert_eq!(merged.generator.send_lag_ms.samples, merged.sent.total);
    assert_eq!((merged.offered_per_min, merged.users), (9_000.0, 60));
    let foreign = |run: &Run| run.findings.iter().any(|finding| finding.what.contains("of no event"));
    assert!(parts.iter().all(foreign), "each finds the other's records");
    assert!(!foreign(&merged), "and together they are all explained: {:?}", merged.findings);
    let whole = merged.merged_from.expect("what it was merged from");
    assert_eq!((whole.group.as_str(), whole.of, whole.runs.len(), whole.missing.len()), ("night", 2, 2, 0));

    match merge(&dirs[1..], &out, false) {
        Err(MergeError::Missing { numbers, of: 2 }) => assert_eq!(numbers, [1]),
        other => panic!("a shard is missing: {other:?}"),
    }
    let (half, _) = merge(&dirs[1..], &folder.path().join("half"), true).expect("a part is enough");
    assert_ne!(half.verdict, Verdict::Pass);
    assert!(half.findings.iter().any(|finding| finding.what.contains("not here: 1")), "{:?}", half.findings);
}

#[track_caller]
fn check_refused(more: &[&str], part: &str) {
    let ended = run(more);
    ended.ended_with(64).says(part);
}

#[test]
fn what_machines_cannot_share_is_refused() {
    let late = start_at(3_600);
    let url = ["--target", "url", "--base-url", "http://127.0.0.1:9/x", "--secrets", "none.json"];
    let share = ["--shard-group", "night", "--start-at", &late];
    let with = |more: &[&'static str]| [&url[..], &share[..], more].concat();
    check_refused(&with(&["--shard", "3/2"]), "no shard 3 of 2");
    check_refused(&with(&["--shard", "0/2"]), "numbered from 1 to 2");
    check_refused(&with(&["--shard", "two"]), "I/N");
    check_refused(&with(&["--shard", "1/2", "--rate", "max"]), "no schedule");
    let ready =
        ["--ready-file", "none.json", "--shard", "1/2", "--rotate-secrets", "1s", "--duration", "60s"];
    check_refused(&[&share[..], &ready].concat(), "a rotation makes new secrets");
    check_refused(&[&share[..], &["--shard", "1/2"]].concat(), "runs already");
    check_refused(&with(&["--shard", "1/2", "--plan", "forged-flood"]), "a flood");
    check_refused(&[&["search"], &with(&["--shard", "1/2"])[..]].concat(), "not with a search");
    check_refused(&[&url[..], &["--shard", "1/2"]].concat(), "--shard-group");
    check_refused(
        &[&url[..], &["--shard", "1/2", "--shard-group", "n", "--start-at", "1"]].concat(),
        "later --start-at",
    );
    check_refused(
        &[&url[..], &["--shard", "1/2", "--shard-group", "a b", "--start-at", &late]].concat(),
        "letters",
    );
}

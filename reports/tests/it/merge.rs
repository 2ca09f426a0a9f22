//! Shards put together: what comes out, and what is refused.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ledger::entry::{Entry, EventId, Times, What};
use ledger::file::{Part, write};
use ledger::index::Index;
use ledger::observed::{Foreign, Observed, Store};
use provider_sim::Provider;
use reports::latency::{QUERIES, Recorder, SEND_LAG, Series, read_hlog};
use reports::record::{Run, Shard, Verdict};
use reports::{read_run, write_all};

use crate::samples;

const STARTED_MS: i64 = 1_795_000_000_000;
/// Events of one shard.
const EVENTS: u64 = 900;

/// How a shard differs from what it should be.
type Change = fn(&mut Part, &mut Run);

fn same(_: &mut Part, _: &mut Run) {}

/// Writes the folder of one shard, whose every event is in all stores; so are those of the other shards.
fn shard(root: &Path, number: u32, of: u32, change: impl Fn(&mut Part, &mut Run)) -> PathBuf {
    let mut part = Part {
        tool_version: "0.1.0".to_owned(),
        group: "friday".to_owned(),
        shard: number,
        of,
        seed: 1,
        schedule: "00ff".to_owned(),
        started_ms: STARTED_MS,
        unsent: 0,
        quiet: true,
        mistakes: Vec::new(),
    };
    let mut run = samples::passing();
    run.id = format!("20261121T181500Z-aws-peak-shard{number}of{of}");
    run.shard = Some(Shard { group: "friday".to_owned(), number, of });
    (run.duration_s, run.offered_per_min) = (60.0, EVENTS as f64);
    (run.plan.warmup_s, run.plan.duration_s, run.plan.rate_per_min) =
        (0.0, 60.0, (EVENTS * u64::from(of)) as f64);
    (run.queries.sent, run.queries.ok, run.queries.failed) = (2, 2, 0);
    change(&mut part, &mut run);
    let dir = root.join(format!("{number}"));
    let lag = recorder(100 * u64::from(number));
    let length = Duration::from_secs(60);
    let series = [SEND_LAG, QUERIES].map(|tag| Series { tag, start: Duration::ZERO, length, recorder: &lag });
    write_all(&dir, &run, &series).unwrap();
    let entries = entries(number);
    let index = Index::new(&entries);
    write(&mut File::create(dir.join("ledger.bin")).unwrap(), &part, &seen(&index, of)).unwrap();
    dir
}

fn recorder(us: u64) -> Recorder {
    let mut recorder = Recorder::new();
    (0..50).for_each(|n| recorder.record_us(us + n));
    recorder
}

fn id(shard: u32, number: u64) -> String {
    format!("evt_{shard}_{number}")
}

fn entries(shard: u32) -> Vec<Entry> {
    let one = |number: u64| {
        let [intended, lag, service] = [number * 66, 1, 20 + u64::from(shard)].map(Duration::from_millis);
        let times = Times { measured: true, intended, lag, service };
        Entry::new(Provider::Stripe, What::Valid, &id(shard, number), times, Some(200))
    };
    (0..EVENTS).map(one).collect()
}

fn seen<'a>(index: &'a Index<'a>, of: u32) -> Observed<'a> {
    let mut observed = Observed::new(index, Foreign::Keep);
    for event in (1..=of).flat_map(|shard| (0..EVENTS).map(move |number| EventId::new(&id(shard, number)))) {
        observed.record(&event, Some(STARTED_MS as f64 + 60_000.0));
        observed.raw(&event);
        observed.processed(&event);
    }
    Store::ALL.into_iter().for_each(|store| observed.looked_at(store));
    observed
}

/// Runs `reports merge`; the code and everything that it said.
fn merge(arguments: &[&str], dir: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reports"));
    let output = command.arg("merge").args(arguments).current_dir(dir).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}

#[test]
fn all_shards_are_one_run() {
    let root = tempfile::tempdir().unwrap();
    let shards = root.path().join("shards");
    (1..=3).for_each(|number| drop(shard(&shards, number, 3, same)));
    // By their folders, in any order, or by the folder that holds them.
    let (code, text) = merge(&["shards/3", "shards/1", "shards/2", "--out", "whole"], root.path());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("PASS  2700 webhooks, all 3 shards of friday"), "{text}");
    let (code, text) = merge(&["shards", "--out", "again"], root.path());
    assert_eq!(code, Some(0), "{text}");
    let whole = read_run(&root.path().join("whole")).unwrap();
    assert_eq!(read_run(&root.path().join("again")).unwrap(), whole);

    assert_eq!((whole.verdict, whole.exit_code), (Verdict::Pass, 0));
    assert_eq!(whole.id, "20261121T181500Z-aws-peak-merged");
    assert_eq!((whole.sent.total, whole.outcome.stored, whole.outcome.lost), (2_700, 2_700, 0));
    assert_eq!(whole.ack_latency_ms.samples, 2_700);
    assert_eq!(whole.timeline.iter().map(|second| second.sent).sum::<u64>(), 2_700);
    assert_eq!((whole.queries.sent, whole.queries.latency_ms.samples), (6, 150));
    assert_eq!(
        (whole.users, whole.host.cpus),
        (3 * samples::passing().users, 3 * samples::passing().host.cpus)
    );
    assert_eq!(whole.offered_per_min, 2_700.0);
    assert!(whole.findings.is_empty(), "what is one shard's is foreign to nobody: {:?}", whole.findings);
    assert_eq!((whole.shard, whole.merged_from.as_ref().unwrap().runs.len()), (None, 3));
    for file in ["summary.json", "report.html", "report.md", "junit.xml", "latency.hlog"] {
        assert!(root.path().join("whole").join(file).is_file(), "{file}");
    }
    let log = read_hlog(&fs::read(root.path().join("whole/latency.hlog")).unwrap()).unwrap();
    let mut added = Recorder::new();
    (1..=3).for_each(|number| added.merge(&recorder(100 * number)));
    assert_eq!((&log[SEND_LAG], &log[QUERIES]), (&added, &added), "histograms by addition");
    assert_eq!(log["ack"].to_latency(), whole.ack_latency_ms);
}

#[test]
fn without_all_shards_there_is_no_pass() {
    let root = tempfile::tempdir().unwrap();
    for number in [1, 3] {
        shard(root.path(), number, 4, same);
    }
    let (code, text) = merge(&["1", "3", "--out", "whole"], root.path());
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("2 of 4 shards are missing: 2, 4") && text.contains("--partial"), "{text}");
    assert!(!root.path().join("whole").exists(), "nothing is written");
    let (code, text) = merge(&["1", "3", "--out", "whole", "--partial"], root.path());
    assert_eq!(code, Some(2), "{text}");
    let half = read_run(&root.path().join("whole")).unwrap();
    assert_eq!((half.verdict, half.merged_from.unwrap().missing), (Verdict::Unknown, vec![2, 4]));
    assert!(half.slo.iter().all(|slo| slo.ok == Some(true)), "what is there is judged: {:#?}", half.slo);
}

#[test]
fn a_full_machine_is_told_beside_an_idle_one() {
    let root = tempfile::tempdir().unwrap();
    let used = |run: &mut Run, cpus, all, own| {
        run.host.cpus = cpus;
        (run.generator.cpu_cores, run.generator.own_cpu_cores) = (Some(all), Some(own));
    };
    for (number, cpus, all, own) in [(1, 64, 0.5, 0.5), (2, 2, 1.9, 1.5)] {
        let change = |part: &mut Part, run: &mut Run| {
            part.unsent = u64::from(number == 2);
            used(run, cpus, all, own);
        };
        shard(root.path(), number, 2, change);
    }
    let (code, text) = merge(&["1", "2", "--out", "whole"], root.path());
    assert_eq!(code, Some(2), "{text}");
    let Run { generator, host, findings, .. } = read_run(&root.path().join("whole")).unwrap();
    assert!(generator.saturated && findings[0].what.contains("1.5 of the 1.9 cores"), "{findings:?}");
    assert_eq!((generator.cpu_cores, generator.own_cpu_cores, host.cpus), (Some(2.4), Some(2.0), 66));
}

/// Merges two shards, the second of which is changed.
fn check_refused(change: Change, break_files: impl Fn(&Path), expected: &str) {
    let root = tempfile::tempdir().unwrap();
    shard(root.path(), 1, 2, same);
    shard(root.path(), 2, 2, change);
    break_files(root.path());
    let (code, text) = merge(&["1", "2", "--out", "whole"], root.path());
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains(expected), "{text}");
    assert!(!root.path().join("whole").exists(), "nothing is written");
}

#[test]
fn what_is_not_of_one_run_is_refused() {
    let as_it_is = |_: &Path| {};
    check_refused(|_, run| run.shard = None, as_it_is, "no shard of a run");
    check_refused(|_, run| run.plan.poison += 1, as_it_is, "plans differ");
    check_refused(|_, run| run.target = "elsewhere".to_owned(), as_it_is, "targets differ");
    check_refused(|part, _| part.shard = 1, as_it_is, "both shard 1");
    check_refused(|part, _| part.group = "saturday".to_owned(), as_it_is, "groups differ");
    let other_group: Change = |part, run| {
        part.group = "saturday".to_owned();
        run.shard.as_mut().unwrap().group = "saturday".to_owned();
    };
    check_refused(other_group, as_it_is, "groups differ (friday, saturday)");
    let other_seed: Change = |part, run| (part.seed, run.seed) = (2, 2);
    check_refused(other_seed, as_it_is, "seeds differ (1, 2)");
    check_refused(|_, run| run.seed = 2, as_it_is, "record and ledger are not of the same shard");
}

#[test]
fn torn_folders_are_refused() {
    check_refused(same, |root| fs::remove_file(root.join("2/ledger.bin")).unwrap(), "2/ledger.bin");
    check_refused(same, |root| fs::remove_file(root.join("2/run.json")).unwrap(), "run.json");
    check_refused(same, |root| fs::remove_file(root.join("2/latency.hlog")).unwrap(), "2/latency.hlog");
    check_refused(
        same,
        |root| fs::write(root.join("2/latency.hlog"), "a,b").unwrap(),
        "not a log of latencies",
    );
    let cut = |root: &Path| {
        let ledger = fs::read(root.join("2/ledger.bin")).unwrap();
        fs::write(root.join("2/ledger.bin"), &ledger[..ledger.len() - 7]).unwrap();
    };
    check_refused(same, cut, "copy it again");
}

#[test]
fn a_shard_is_not_overwritten() {
    let root = tempfile::tempdir().unwrap();
    (1..=2).for_each(|number| drop(shard(root.path(), number, 2, same)));
    let (code, text) = merge(&["1", "2", "--out", "2"], root.path());
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("choose another one"), "{text}");
    assert!(read_run(&root.path().join("2")).unwrap().shard.is_some());
    assert_eq!(merge(&[], root.path()).0, Some(64));
    assert_eq!(merge(&["1", "2"], root.path()).0, Some(64), "--out is required");
}

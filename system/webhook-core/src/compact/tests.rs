//! Days against the bucket in memory: what is written, what is not, and what an interruption leaves behind.

use std::cell::Cell;
use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::normalize::object_key::push_escaped;
use crate::ports::compact::{Part, Upload};
use crate::twins::{MemoryDayLog, MemoryHandover, refused, unavailable};

const FILE: &str = "stripe/2026/11/20/transactions.json";
/// Parts of two or three records, so that a handful makes an upload.
const SMALL: Limits = Limits { concurrent_reads: 3, part_bytes: 200, parts_max: 1000 };

fn day(provider: Provider) -> Task {
    Task::new(provider, "2026-11-20".parse().unwrap())
}

fn key(transaction: &str, event: &str) -> String {
    let mut key = "stripe/2026/11/20/".to_owned();
    push_escaped(&mut key, transaction);
    key.push('.');
    push_escaped(&mut key, event);
    key + ".json"
}

fn record(transaction: &str, event: &str) -> String {
    json!({"transaction_id": transaction, "provider": "stripe", "event_id": event, "amount": "12.30"})
        .to_string()
}

fn put(log: &MemoryDayLog, transaction: &str, event: &str) {
    log.put(&key(transaction, event), record(transaction, event));
}

/// A day with `count` records.
fn filled(count: usize) -> MemoryDayLog {
    let log = MemoryDayLog::default();
    for number in 0..count {
        put(&log, &format!("pi_{number:03}"), &format!("evt_{number:03}"));
    }
    log
}

/// The file that `filled(count)` is to become.
fn expected(count: usize) -> String {
    (0..count).map(|n| record(&format!("pi_{n:03}"), &format!("evt_{n:03}")) + "\n").collect()
}

fn file(log: &MemoryDayLog) -> Option<String> {
    log.body(FILE).map(|body| String::from_utf8(body.to_vec()).unwrap())
}

/// One invocation after the other until none is handed over; each sees `out_of_time` after so many looks. The results of
/// those that handed nothing over.
async fn invocations(
    log: &MemoryDayLog,
    tasks: Vec<Task>,
    limits: Limits,
    looks: usize,
) -> Vec<Result<Compacted, CompactError>> {
    let handover = MemoryHandover::default();
    let (mut waiting, mut results) = (vec![tasks], Vec::new());
    for _ in 0..2000 {
        let Some(tasks) = waiting.pop() else { return results };
        let left = Cell::new(looks);
        let out_of_time = || {
            left.set(left.get().saturating_sub(1));
            left.get() == 0
        };
        for report in run(log, &handover, tasks, limits, &out_of_time, |_| {}).await {
            if !matches!(report.result, Ok(Compacted { outcome: Outcome::HandedOver, .. })) {
                results.push(report.result);
            }
        }
        for task in handover.take() {
            // As it would travel.
            let text = serde_json::to_string(&task).unwrap();
            waiting.push(tasks_of(&text));
        }
    }
    panic!("2000 invocations and no end");
}

fn tasks_of(event: &str) -> Vec<Task> {
    super::tasks(event, crate::unix_time::UnixTime::from_secs(0), 1).unwrap()
}

async fn compact(log: &MemoryDayLog, limits: Limits) -> Result<Compacted, CompactError> {
    invocations(log, vec![day(Provider::Stripe)], limits, usize::MAX).await.pop().unwrap()
}

#[track_caller]
fn check_written(result: &Result<Compacted, CompactError>, log: &MemoryDayLog, text: &str, records: u64) {
    let written = Compacted { outcome: Outcome::Written, records, bytes: text.len() as u64, foreign: 0 };
    assert_eq!(result, &Ok(written));
    assert_eq!(file(log).as_deref(), Some(text));
    assert_eq!(log.uploads(), 0);
}

#[tokio::test]
async fn a_day_is_its_records_in_key_order_and_written_once() {
    for (count, limits) in [(1, SMALL), (2, SMALL), (20, SMALL), (20, Limits::default())] {
        let log = filled(count);
        check_written(&compact(&log, limits).await, &log, &expected(count), count as u64);
        for _ in 0..2 {
            let unchanged = compact(&log, limits).await.unwrap();
            assert_eq!((unchanged.outcome, unchanged.records), (Outcome::Unchanged, count as u64));
        }
        assert_eq!(log.files_written(), 1, "{count} records: an unchanged day makes no second version");
        put(&log, "pi_0005", "evt_late");
        let late = compact(&log, limits).await.unwrap();
        assert_eq!((late.outcome, late.records), (Outcome::Written, count as u64 + 1));
        assert!(file(&log).unwrap().contains(&record("pi_0005", "evt_late")));
        assert_eq!(compact(&log, limits).await.unwrap().outcome, Outcome::Unchanged);
    }
}

#[tokio::test]
async fn a_record_that_changed_is_written_again() {
    let log = filled(9);
    compact(&log, SMALL).await.unwrap();
    let again = record("pi_004", "evt_004").replace("12.30", "12.31");
    log.put(&key("pi_004", "evt_004"), again.clone());
    assert_eq!(compact(&log, SMALL).await.unwrap().outcome, Outcome::Written);
    assert!(file(&log).unwrap().contains(&again));
}

#[tokio::test]
async fn an_empty_day_has_no_file() {
    let log = MemoryDayLog::default();
    assert_eq!(compact(&log, SMALL).await.unwrap().outcome, Outcome::Empty);
    assert_eq!(file(&log), None);
    put(&log, "pi_1", "evt_1");
    log.put("stripe/2026/11/200/pi_2.evt_2.json", record("pi_2", "evt_2"));
    log.put("stripe/2026/11/21/pi_3.evt_3.json", record("pi_3", "evt_3"));
    check_written(&compact(&log, SMALL).await, &log, &(record("pi_1", "evt_1") + "\n"), 1);
}

#[tokio::test]
async fn what_is_no_record_is_left_alone_and_counted() {
    let log = filled(3);
    let file = "stripe/2026/11/20/";
    for name in ["README", "transactions.json.bak", "pi_1.evt_1.form", "zz/pi_1.evt_1.json"] {
        log.put(&format!("{file}{name}"), "no record");
    }
    for _ in 0..2 {
        let compacted = compact(&log, SMALL).await.unwrap();
        assert_eq!((compacted.records, compacted.foreign), (3, 4));
    }
    assert_eq!(log.files_written(), 1);
}

#[tokio::test]
async fn a_broken_record_fails_its_day_alone_and_the_old_file_stays() {
    let log = filled(20);
    compact(&log, SMALL).await.unwrap();
    let before = file(&log);
    log.put(&key("pi_012", "evt_late"), record("pi_012", "evt_late").split_at(30).0.to_owned());
    let square = r#"{"provider":"square","transaction_id":"p","event_id":"e"}"#;
    log.put("square/2026/11/20/p.e.json", square);
    let tasks = vec![day(Provider::Stripe), day(Provider::Square), day(Provider::Paypal)];
    let results = invocations(&log, tasks, SMALL, usize::MAX).await;
    let problem = BadRecord::CutShort;
    assert_eq!(results[0], Err(CompactError::BadRecord { key: key("pi_012", "evt_late"), problem }));
    let message = results[0].as_ref().unwrap_err().to_string();
    assert!(message.starts_with("stripe/2026/11/20/pi_012.evt_late.json is cut short"), "{message}");
    assert_eq!(file(&log), before, "no half-written file, no missing record");
    assert_eq!(log.uploads(), 0, "the upload is given up");
    assert_eq!(results[1].as_ref().unwrap().outcome, Outcome::Written);
    assert_eq!(results[2].as_ref().unwrap().outcome, Outcome::Empty);
    log.remove(&key("pi_012", "evt_late"));
    assert_eq!(compact(&log, SMALL).await.unwrap().outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn too_large_a_record_is_not_even_read() {
    let log = filled(1);
    let large = record("pi_2", "evt_2") + &" ".repeat(1024 * 1024);
    log.put(&key("pi_2", "evt_2"), large);
    let problem = BadRecord::TooLarge;
    let expected = CompactError::BadRecord { key: key("pi_2", "evt_2"), problem };
    assert_eq!(compact(&log, SMALL).await, Err(expected));
    assert_eq!(log.reads_most(), 1);
}

#[tokio::test]
async fn records_that_vanished_are_told_and_the_file_stays() {
    let log = filled(5);
    compact(&log, SMALL).await.unwrap();
    for number in 0..5 {
        log.remove(&key(&format!("pi_{number:03}"), &format!("evt_{number:03}")));
        let missing = CompactError::RecordsMissing { in_file: 5, present: 4 - number };
        assert_eq!(compact(&log, SMALL).await, Err(missing));
    }
    assert_eq!(file(&log), Some(expected(5)));
}

#[tokio::test]
async fn a_store_that_fails_changes_nothing() {
    let log = filled(5);
    log.fail_with(Some(unavailable("s3:ListObjectsV2")));
    let error = compact(&log, SMALL).await.unwrap_err();
    assert_eq!((error.code(), file(&log)), ("store_unavailable", None));
}

#[tokio::test]
async fn reads_are_many_but_bounded() {
    let log = filled(40);
    compact(&log, SMALL).await.unwrap();
    assert_eq!(log.reads_most(), SMALL.concurrent_reads);
}

#[tokio::test]
async fn parts_are_bounded() {
    let log = filled(40);
    let limits = Limits { parts_max: 3, ..SMALL };
    assert_eq!(compact(&log, limits).await, Err(CompactError::TooLarge));
    assert_eq!((log.uploads(), file(&log)), (0, None));
}

#[tokio::test]
async fn an_interrupted_day_becomes_the_same_file() {
    let mut most_hops = 0;
    for looks in 3..60 {
        let log = filled(20);
        let before = log.calls();
        let results = invocations(&log, vec![day(Provider::Stripe)], SMALL, looks).await;
        assert_eq!(results.len(), 1, "{looks} looks: {results:?}");
        check_written(&results[0], &log, &expected(20), 20);
        most_hops = most_hops.max(log.calls() - before);
        assert_eq!(compact(&log, SMALL).await.unwrap().outcome, Outcome::Unchanged, "{looks} looks");
    }
    assert!(most_hops > 30, "no run was interrupted: {most_hops} calls");
}

#[tokio::test]
async fn days_that_there_was_no_time_for_are_handed_over_too() {
    let log = filled(20);
    let tasks = Provider::ALL.map(day).to_vec();
    let results = invocations(&log, tasks, SMALL, 5).await;
    let written = results.iter().filter(|r| r.as_ref().unwrap().outcome == Outcome::Written).count();
    assert_eq!((results.len(), written), (3, 1), "{results:?}");
    assert_eq!(file(&log), Some(expected(20)));
}

#[tokio::test]
async fn an_invocation_that_gets_nothing_done_ends_the_chain() {
    let log = filled(20);
    // One look: time is up after the first record, before a part is full.
    let results = invocations(&log, vec![day(Provider::Stripe)], SMALL, 1).await;
    assert_eq!(results, [Err(CompactError::NoProgress)]);
    assert_eq!((log.uploads(), file(&log)), (0, None));
    let mut tired = day(Provider::Stripe);
    let stage = Stage::Stocktaking(Stocktaking::default());
    tired.resume = Some(Resume { hop: HOPS_MAX, stage });
    assert_eq!(invocations(&log, vec![tired], SMALL, 4).await, [Err(CompactError::NoProgress)]);
}

/// The task that is handed over in the middle of writing.
async fn half_done(log: &MemoryDayLog) -> Task {
    let handover = MemoryHandover::default();
    let mut tasks = vec![day(Provider::Stripe)];
    for _ in 0..100 {
        let left = Cell::new(6);
        let out_of_time = || {
            left.set(left.get() - 1);
            left.get() == 0
        };
        run(log, &handover, tasks, SMALL, &out_of_time, |_| {}).await;
        tasks = handover.take();
        match tasks[0].stage() {
            Some(Stage::Writing(writing)) if writing.parts.len() > 1 => return tasks.remove(0),
            _ => {}
        }
    }
    panic!("no invocation ended in the middle of writing");
}

#[tokio::test]
async fn an_upload_that_is_gone_starts_over() {
    let log = filled(20);
    let rest = half_done(&log).await;
    log.drop_uploads();
    let results = invocations(&log, vec![rest], SMALL, usize::MAX).await;
    check_written(&results[0], &log, &expected(20), 20);
}

#[tokio::test]
async fn a_continuation_that_comes_twice_does_no_harm() {
    let log = filled(20);
    let rest = half_done(&log).await;
    // A late record moves the borders of the parts between the two.
    let first = invocations(&log, vec![rest.clone()], SMALL, 4).await;
    put(&log, "pi_0175", "evt_late");
    let second = invocations(&log, vec![rest], SMALL, 4).await;
    assert!(first.iter().chain(&second).all(Result::is_ok), "{first:?} {second:?}");
    compact(&log, SMALL).await.unwrap();
    let mut lines: Vec<String> = expected(20).lines().map(str::to_owned).collect();
    lines.insert(18, record("pi_0175", "evt_late"));
    assert_eq!(file(&log), Some(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn a_part_that_another_run_replaced_is_not_taken_for_ones_own() {
    let log = filled(20);
    let rest = half_done(&log).await;
    let Some(Stage::Writing(writing)) = rest.stage() else { panic!("not writing") };
    let upload = Upload { key: FILE, id: writing.upload_id.as_deref().unwrap() };
    let foreign = log.add_part(upload, 1, Bytes::from_static(b"something else\n")).await;
    assert!(matches!(foreign, Ok(Part::Added(_))));
    let results = invocations(&log, vec![rest], SMALL, usize::MAX).await;
    check_written(&results[0], &log, &expected(20), 20);
}

#[tokio::test]
async fn a_run_that_was_overtaken_looks_again() {
    let log = filled(20);
    let rest = half_done(&log).await;
    assert_eq!(compact(&log, Limits::default()).await.unwrap().outcome, Outcome::Written);
    let results = invocations(&log, vec![rest], SMALL, usize::MAX).await;
    assert_eq!(results[0].as_ref().unwrap().outcome, Outcome::Unchanged);
    assert_eq!((log.files_written(), log.uploads()), (1, 0));
}

#[tokio::test]
async fn a_hand_over_that_fails_gives_the_upload_up() {
    let log = filled(20);
    let handover = MemoryHandover::default();
    handover.fail_with(Some(refused("lambda:Invoke")));
    let mut rest = half_done(&log).await;
    // Far enough in for a part, not for all of them.
    let left = Cell::new(6);
    let out_of_time = || {
        left.set(left.get() - 1);
        left.get() == 0
    };
    rest.resume.as_mut().unwrap().hop = 1;
    let reports = run(&log, &handover, vec![rest], SMALL, &out_of_time, |_| {}).await;
    assert_eq!(reports[0].result, Err(refused("lambda:Invoke").into()));
    assert_eq!(log.uploads(), 0);
}

proptest! {
    #[test]
    fn any_records_are_in_the_file_exactly_once(
        ids in prop::collection::btree_map("[a-zA-Z0-9_./ é-]{1,6}", prop::collection::btree_set("[a-z0-9!:]{1,4}", 1..4), 0..12),
        part_bytes in 1_usize..2000,
        concurrent_reads in 1_usize..9,
        looks in 4_usize..80,
    ) {
        let log = MemoryDayLog::default();
        let mut wanted = BTreeMap::new();
        for (transaction, events) in &ids {
            for event in events {
                put(&log, transaction, event);
                wanted.insert(key(transaction, event), record(transaction, event));
            }
        }
        let limits = Limits { concurrent_reads, part_bytes, parts_max: 10_000 };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // However small the steps, each invocation gets at least one part or page done.
        let looks = looks.max(part_bytes / 60 + 3);
        let results = runtime.block_on(invocations(&log, vec![day(Provider::Stripe)], limits, looks));
        prop_assert!(results.iter().all(Result::is_ok), "{:?}", results);
        let text: String = wanted.values().map(|record| format!("{record}\n")).collect();
        prop_assert_eq!(file(&log), (!wanted.is_empty()).then_some(text));
        let again = runtime.block_on(compact(&log, limits)).unwrap();
        prop_assert!(again.outcome == Outcome::Unchanged || wanted.is_empty());
        prop_assert_eq!(log.files_written(), usize::from(!wanted.is_empty()));
    }
}

//! Events to days, days to lines, answers and failures; and when time is up.

use webhook_core::compact::Task;
use webhook_core::twins::{MemoryDayLog, MemoryHandover, refused};

use super::*;

/// 2026-11-21T02:00:00Z.
const NOW: UnixTime = UnixTime::from_secs(1_795_226_400);

fn compactor() -> Compactor<MemoryDayLog, MemoryHandover> {
    let log = MemoryDayLog::default();
    for (number, pad) in [(1, ""), (2, "x")] {
        let record = json!({"provider": "stripe", "transaction_id": format!("pi_{number}"), "event_id": "evt_1", "pad": pad});
        log.put(&format!("stripe/2026/11/20/pi_{number}.evt_1.json"), record.to_string());
    }
    Compactor::new(log, MemoryHandover::default(), 2, Log::new(Level::Error)).with_clock(|| NOW)
}

async fn answer(compactor: &Compactor<MemoryDayLog, MemoryHandover>, event: &str) -> Result<Value, Failure> {
    let report = compactor.compact(event, Invocation::begin("r-1")).await?;
    Ok(serde_json::to_value(report).unwrap())
}

#[tokio::test]
async fn a_schedule_compacts_the_days_before_it() {
    let compactor = compactor();
    let event =
        json!({"detail-type": "Scheduled Event", "time": "2026-11-21T02:00:00Z", "detail": {}}).to_string();
    let told = answer(&compactor, &event).await.unwrap();
    assert_eq!(told["days"].as_array().unwrap().len(), 6);
    let size = compactor.day_log.body("stripe/2026/11/20/transactions.json").unwrap().len();
    let written = json!({"provider": "stripe", "date": "2026-11-20", "outcome": "written", "records": 2, "bytes": size});
    assert_eq!(told["days"][0], written);
    let empty = json!({"provider": "paypal", "date": "2026-11-20", "outcome": "empty", "records": 0});
    assert_eq!(told["days"][1], empty);
    assert_eq!(told["days"][5]["date"], "2026-11-19");
    let unchanged = json!({"provider": "stripe", "date": "2026-11-20", "outcome": "unchanged", "records": 2});
    assert_eq!(answer(&compactor, "{}").await.unwrap()["days"][0], unchanged);
    assert_eq!(compactor.day_log.files_written(), 1);
}

#[tokio::test]
async fn a_day_that_fails_fails_the_invocation_by_name_after_the_others() {
    let compactor = compactor();
    compactor.day_log.put("paypal/2026/11/20/c.WH-1.json", "{\"card\":\"4242424242424242\"");
    compactor
        .day_log
        .put("square/2026/11/20/p.e.json", r#"{"provider":"square","transaction_id":"p","event_id":"e"}"#);
    let failure = answer(&compactor, r#"{"date":"2026-11-20"}"#).await.unwrap_err();
    assert_eq!(failure.code, "compaction_failed");
    assert_eq!(
        failure.message,
        "1 of 3 days failed: paypal 2026-11-20: paypal/2026/11/20/c.WH-1.json is cut short; the day's file is left as it was"
    );
    for provider in ["stripe", "square"] {
        assert!(compactor.day_log.body(&format!("{provider}/2026/11/20/transactions.json")).is_some());
    }
    assert!(compactor.day_log.body("paypal/2026/11/20/transactions.json").is_none());
}

#[tokio::test]
async fn objects_that_are_no_records_are_told() {
    let compactor = compactor();
    compactor.day_log.put("stripe/2026/11/20/notes.txt", "by hand");
    let told = answer(&compactor, r#"{"provider":"stripe","date":"2026-11-20"}"#).await.unwrap();
    assert_eq!(told["days"][0]["foreign_objects"], 1);
}

#[tokio::test]
async fn what_is_no_request_fails_without_a_word_of_it() {
    for event in ["null", r#"{"date":"4242424242424242"}"#, r#"{"Provider":"stripe"}"#] {
        let failure = answer(&compactor(), event).await.unwrap_err();
        assert_eq!(failure.code, "invalid_event");
        assert!(
            failure.message.starts_with("expected a scheduled event, or {\"provider\": "),
            "{}",
            failure.message
        );
        assert!(!failure.message.contains("4242"), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_store_that_refuses_fails_every_day() {
    let compactor = compactor();
    compactor.day_log.fail_with(Some(refused("s3:ListObjectsV2")));
    let failure = answer(&compactor, r#"{"date":"2026-11-20"}"#).await.unwrap_err();
    assert!(
        failure.message.starts_with("3 of 3 days failed: stripe 2026-11-20: s3:ListObjectsV2 was refused")
    );
}

#[tokio::test]
async fn days_beyond_the_deadline_are_handed_over() {
    let compactor = compactor();
    let over = Invocation::begin("r-1").until(u64::try_from(NOW.millis()).unwrap());
    let report = compactor.compact(r#"{"date":"2026-11-20"}"#, over).await.unwrap();
    assert!(report.days.iter().all(|day| day["outcome"] == "handed_over"), "{report:?}");
    let left: Vec<Task> = compactor.again.take();
    assert_eq!(left.len(), 3);
    // The first was counted, which is something; that much again is nothing.
    let counted = serde_json::to_string(&left[0]).unwrap();
    let failure = compactor.compact(&counted, over).await.unwrap_err();
    assert!(failure.message.contains("makes no progress"), "{}", failure.message);
    assert!(answer(&compactor, &counted).await.is_ok());
    assert_eq!(compactor.day_log.files_written(), 1);
    let compactor = self::compactor();
    let enough = Invocation::begin("r-1").until(u64::try_from(NOW.millis()).unwrap() + 1000);
    assert!(compactor.compact(r#"{"date":"2026-11-20"}"#, enough).await.is_ok());
    assert!(compactor.again.take().is_empty());
}

#[test]
fn the_reserve_is_a_minute_and_a_half_or_half_of_all() {
    let check = |limit_ms: i64, expected_ms: i64| {
        let end = UnixTime::from_millis(NOW.millis() + limit_ms);
        assert_eq!(last_call(NOW, end).millis() - NOW.millis(), expected_ms, "{limit_ms}");
    };
    check(900_000, 810_000);
    check(180_000, 90_000);
    check(3_000, 1_500);
    check(0, 0);
}

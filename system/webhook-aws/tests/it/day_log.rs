//! Compaction's bucket: the contract, what a file is stored with, and what refusals say.

use bytes::Bytes;
use webhook_aws::Endpoints;
use webhook_core::compact::{self, Limits, Outcome, Task};
use webhook_core::contract;
use webhook_core::ports::compact::{DayLog, Stamp, Upload};
use webhook_core::ports::{PortError, ProcessedLog};
use webhook_core::provider::Provider;
use webhook_core::twins::MemoryHandover;

use crate::s3_memory::{BUCKET, start};
use crate::server::{Scripted, aws};

#[tokio::test]
async fn the_bucket_keeps_the_contract() {
    let (aws, memory) = start().await;
    let read = |key: String| std::future::ready(memory.body(&key));
    contract::day_log(&aws.day_log(BUCKET), &aws.processed_log(BUCKET), "s3", read).await;
}

#[tokio::test]
async fn the_handover_keeps_the_contract() {
    let server = Scripted::start(|_, _| (202, String::new())).await;
    let endpoints = Endpoints { lambda: Some(server.url.clone()), ..Endpoints::default() };
    let queue = aws(endpoints).dispatch("transaction-log-compactor");
    let next = || {
        let request = server.seen().pop().unwrap();
        assert_eq!(request.headers["x-amz-invocation-type"], "Event");
        std::future::ready(request.body.to_string())
    };
    contract::handover(&queue, next).await;
}

/// A day of as many large records, compacted.
async fn compacted(records: usize, limits: Limits) -> (crate::s3_memory::Memory, compact::Compacted) {
    let (aws, memory) = start().await;
    let log = aws.processed_log(BUCKET);
    for number in 0..records {
        let (transaction, event) = (format!("pi_{number:04}"), format!("evt_{number:04}"));
        let pad = "x".repeat(400_000);
        let body = format!(
            r#"{{"provider":"stripe","transaction_id":"{transaction}","event_id":"{event}","pad":"{pad}"}}"#
        );
        let key = format!("stripe/2026/11/20/{transaction}.{event}.json");
        log.put_processed(&key, body.into()).await.unwrap();
    }
    let tasks = vec![Task::new(Provider::Stripe, "2026-11-20".parse().unwrap())];
    let log = aws.day_log(BUCKET);
    let reports = compact::run(&log, &MemoryHandover::default(), tasks, limits, &|| false, |_| {}).await;
    (memory, reports[0].result.clone().unwrap())
}

#[tokio::test]
async fn small_and_large_days_are_stored_alike() {
    let small_parts = Limits { part_bytes: contract::PART_BYTES_MIN, ..Limits::default() };
    for (records, limits) in [(4, Limits::default()), (40, small_parts)] {
        let (memory, compacted) = Box::pin(compacted(records, limits)).await;
        assert_eq!((compacted.outcome, compacted.records), (Outcome::Written, records as u64));
        let state = memory.state();
        let file = &state.objects["stripe/2026/11/20/transactions.json"];
        assert_eq!(file.content_type.as_deref(), Some("application/x-ndjson"));
        assert_eq!(file.storage_class.as_deref(), Some("INTELLIGENT_TIERING"));
        assert_eq!(file.body.len() as u64, compacted.bytes);
        let lines: Vec<&str> = std::str::from_utf8(&file.body).unwrap().lines().collect();
        let objects: Vec<_> = state.objects.iter().filter(|(key, _)| key.contains("evt_")).collect();
        assert_eq!(lines.len(), records);
        assert!(objects.iter().zip(lines).all(|((_, object), line)| object.body == line));
        assert!(state.uploads.is_empty());
    }
}

#[tokio::test]
async fn refusals_carry_the_code_alone() {
    let (aws, _memory) = start().await;
    let refused = |operation, reason: &str| PortError::Refused { operation, reason: reason.to_owned() };
    let missing = aws.day_log(BUCKET).read("stripe/2026/11/20/pi_1.evt_1.json").await;
    assert_eq!(missing, Err(refused("s3:GetObject", "NoSuchKey")));
    let stamp = Stamp { manifest: "m".to_owned(), records: 1 };
    let nowhere = aws.day_log("no-such-bucket").put_file("key", Bytes::new(), &stamp, None).await;
    assert_eq!(nowhere, Err(refused("s3:PutObject", "NoSuchBucket")));
}

#[tokio::test]
async fn parts_that_are_too_small_are_refused_and_not_retried_for_ever() {
    let (aws, memory) = start().await;
    let log = aws.day_log(BUCKET);
    let id = log.begin_upload("k", &Stamp { manifest: "m".to_owned(), records: 1 }).await.unwrap();
    let upload = Upload { key: "k", id: &id };
    let mut parts = Vec::new();
    for number in 1..=2 {
        match log.add_part(upload, number, Bytes::from_static(b"small")).await.unwrap() {
            webhook_core::ports::compact::Part::Added(etag) => parts.push(etag),
            webhook_core::ports::compact::Part::Gone => panic!("the upload is gone"),
        }
    }
    let expected =
        PortError::Refused { operation: "s3:CompleteMultipartUpload", reason: "EntityTooSmall".to_owned() };
    assert_eq!(log.complete(upload, &parts, None).await, Err(expected));
    assert_eq!(memory.state().uploads.len(), 1, "it can still be given up");
    assert_eq!(log.abandon(upload).await, Ok(()));
}

//! A day's records to its file, with the real function as a child process.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use futures::StreamExt as _;
use localstack::embedded::FunctionLimits;
use serde_json::{Value, json};

use crate::cloud::{Cloud, within};

const COMPACTOR: &str = "transaction-log-compactor";
const FILE: &str = "stripe/2026/11/20/transactions.json";

fn record(number: usize, pad: usize) -> (String, String) {
    let (transaction, event) = (format!("pi_{number:06}"), format!("evt_{number:06}"));
    let record = json!({
        "transaction_id": transaction, "timestamp": 1_795_132_800, "provider": "stripe", "event_id": event,
        "amount": "12.30", "metadata": {"pad": "x".repeat(pad)},
    });
    (format!("stripe/2026/11/20/{transaction}.{event}.json"), record.to_string())
}

struct Object {
    body: String,
    etag: String,
    modified: f64,
}

impl Cloud {
    async fn put(&self, key: &str, body: &str) {
        let put = self.clients.s3.put_object().bucket(&self.ready().processed_bucket).key(key);
        put.body(ByteStream::from(body.as_bytes().to_vec())).send().await.unwrap();
    }

    async fn put_records(&self, count: usize, pad: usize) {
        let puts = (0..count).map(|number| async move {
            let (key, record) = record(number, pad);
            self.put(&key, &record).await;
        });
        futures::stream::iter(puts).buffer_unordered(16).for_each(|()| async {}).await;
    }

    async fn file(&self, key: &str) -> Option<Object> {
        let get = self.clients.s3.get_object().bucket(&self.ready().processed_bucket).key(key);
        let got = get.send().await.ok()?;
        let (etag, modified) = (got.e_tag.clone().unwrap(), got.last_modified.unwrap().as_secs_f64());
        let body = String::from_utf8(got.body.collect().await.unwrap().to_vec()).unwrap();
        Some(Object { body, etag, modified })
    }

    /// The function's answer, or the error object it failed with.
    async fn compact(&self, event: &Value) -> Result<Value, Value> {
        let invoke = self.clients.lambda.invoke().function_name(COMPACTOR);
        let invoked = invoke.payload(Blob::new(event.to_string())).send().await.unwrap();
        let payload = serde_json::from_slice(invoked.payload().unwrap().as_ref()).unwrap();
        if invoked.function_error().is_some() { Err(payload) } else { Ok(payload) }
    }

    async fn uploads(&self) -> usize {
        let list = self.clients.s3.list_multipart_uploads().bucket(&self.ready().processed_bucket);
        list.send().await.unwrap().uploads().len()
    }
}

fn lines(count: usize, pad: usize) -> String {
    (0..count).map(|number| record(number, pad).1 + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_written_once_and_again_when_an_event_comes_late() {
    let cloud = Cloud::start(|_| {}).await;
    cloud.put_records(250, 0).await;
    let day = json!({"provider": "stripe", "date": "2026-11-20"});
    let told = cloud.compact(&day).await.unwrap();
    let written = cloud.file(FILE).await.unwrap();
    assert_eq!(written.body, lines(250, 0));
    let expected = json!({"days": [{
        "provider": "stripe", "date": "2026-11-20", "outcome": "written", "records": 250, "bytes": written.body.len(),
    }]});
    assert_eq!(told, expected);

    let told = cloud.compact(&day).await.unwrap();
    assert_eq!(told["days"][0]["outcome"], "unchanged");
    let same = cloud.file(FILE).await.unwrap();
    assert_eq!((same.etag, same.modified), (written.etag, written.modified), "no second version");

    let (key, late) = record(999_999, 0);
    cloud.put(&key, &late).await;
    // As the schedule invokes it, the day after next.
    let schedule =
        json!({"detail-type": "Scheduled Event", "source": "aws.events", "time": "2026-11-22T02:00:00Z"});
    let told = cloud.compact(&schedule).await.unwrap();
    assert_eq!(told["days"].as_array().unwrap().len(), 12, "four days of three providers");
    assert_eq!(cloud.file(FILE).await.unwrap().body, lines(250, 0) + &late + "\n");
    assert!(cloud.file("square/2026/11/20/transactions.json").await.is_none());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_object_fails_its_day_and_keeps_its_file() {
    let cloud = Cloud::start(|_| {}).await;
    cloud.put_records(3, 0).await;
    let all = json!({"date": "2026-11-20"});
    cloud.compact(&all).await.unwrap();
    let before = cloud.file(FILE).await.unwrap();
    let (key, whole) = record(7, 0);
    cloud.put(&key, &whole[..whole.len() - 3]).await;
    let square = r#"{"provider":"square","transaction_id":"p","event_id":"e"}"#;
    cloud.put("square/2026/11/20/p.e.json", square).await;
    let failure = cloud.compact(&all).await.unwrap_err();
    assert_eq!(failure["errorType"], "compaction_failed");
    let message = failure["errorMessage"].as_str().unwrap();
    assert!(message.contains(&key) && message.contains("cut short"), "{message}");
    let after = cloud.file(FILE).await.unwrap();
    assert_eq!((after.etag, after.modified), (before.etag, before.modified));
    let other = cloud.file("square/2026/11/20/transactions.json").await.unwrap();
    assert_eq!(other.body, format!("{square}\n"), "the other days go on");
    cloud.embedded().flush_logs();
    let log = std::fs::read_to_string(cloud.ready().log_dir.join(format!("{COMPACTOR}.log"))).unwrap();
    assert!(log.contains(r#""message":"Compaction failed""#) && log.contains(&key), "{log}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_an_invocation_is_continued_in_the_next() {
    let cloud = Cloud::start(|options| {
        let limits = FunctionLimits::of(COMPACTOR).unwrap();
        // Half of it is for work. The fourth part would begin after six seconds, on a machine that costs nothing itself.
        let limits = FunctionLimits { timeout: Duration::from_secs(10), ..limits };
        options.functions.insert(COMPACTOR.to_owned(), limits);
        options.faults = vec!["s3.UploadPart=none:2000".parse().unwrap()];
    })
    .await;
    cloud.put_records(270, 100_000).await;
    let told = cloud.compact(&json!({"provider": "stripe", "date": "2026-11-20"})).await.unwrap();
    assert_eq!(told["days"][0]["outcome"], "handed_over", "{told}");
    let limit = Duration::from_secs(60);
    within(limit, "the last invocation ends", async || cloud.embedded().idle()).await;
    let written = cloud.file(FILE).await.unwrap();
    assert!(written.body == lines(270, 100_000), "every record once, in order");
    assert!(written.etag.ends_with("-4\""), "four parts: {}", written.etag);
    assert_eq!(cloud.uploads().await, 0);
    let stats = cloud.embedded().function_stats();
    assert!(stats[COMPACTOR].async_events >= 1 && stats[COMPACTOR].errors == 0, "{:?}", stats[COMPACTOR]);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_leaves_no_upload_behind() {
    let cloud = Cloud::start(|options| {
        options.faults = vec!["s3.CompleteMultipartUpload=AccessDenied".parse().unwrap()];
    })
    .await;
    cloud.put_records(100, 100_000).await;
    let failure = cloud.compact(&json!({"provider": "stripe", "date": "2026-11-20"})).await.unwrap_err();
    let message = failure["errorMessage"].as_str().unwrap();
    assert!(message.contains("s3:CompleteMultipartUpload was refused: AccessDenied"), "{message}");
    assert!(cloud.file(FILE).await.is_none());
    assert_eq!(cloud.uploads().await, 0);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_processor_writes_becomes_a_line() {
    let cloud = Cloud::start(|_| {}).await;
    let body = json!({
        "id": "evt_1", "object": "event", "api_version": null, "created": 1_795_132_800, "livemode": false,
        "pending_webhooks": 1, "type": "payment_intent.succeeded", "request": null,
        "data": {"object": {
            "id": "pi_1", "object": "payment_intent", "amount": 1230, "amount_received": 1230, "currency": "eur",
            "customer": null, "status": "succeeded",
        }},
    });
    let envelope = json!({
        "provider": "stripe", "event_id": "evt_1", "received_at": 1_795_132_800_500_i64,
        "raw_key": "stripe/2026/11/20/pi_1.evt_1.json", "body": body.to_string(),
    });
    let process = cloud.clients.lambda.invoke().function_name("webhook-processor");
    let processed = process.payload(Blob::new(envelope.to_string())).send().await.unwrap();
    assert_eq!(processed.function_error(), None);
    cloud.compact(&json!({"date": "2026-11-20"})).await.unwrap();
    let object = cloud.file("stripe/2026/11/20/pi_1.evt_1.json").await.unwrap();
    assert_eq!(cloud.file(FILE).await.unwrap().body, object.body + "\n");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_form_of_event_is_refused() {
    let cloud = Cloud::start(|_| {}).await;
    for event in
        [json!({"day": "2026-11-20"}), json!({"date": "2026-11-31"}), json!([]), json!({"provider": "visa"})]
    {
        let failure = cloud.compact(&event).await.unwrap_err();
        assert_eq!(failure["errorType"], "invalid_event", "{event}");
    }
    cloud.stop().await;
}

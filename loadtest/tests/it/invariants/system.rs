//! A running system for one test: the cloud, the stand-in for PayPal, and every store to look into.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use localstack::embedded::{self, Bootstrap, Embedded, Options, PaypalOverride};
use localstack::seed::SeedSecrets;
use provider_sim::{Delivery, Keys, PaypalStandIn};
use serde_json::Value;
use target_clients::Clients;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::alone;

const SQUARE_URL: &str = "https://webhooks.example.com/api/v1/webhooks/square";
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) type Item = HashMap<String, AttributeValue>;

/// Runs a test against a system of its own, taken down afterwards.
pub(super) fn with(change: impl FnOnce(&mut Options), test: impl AsyncFnOnce(&System)) {
    // The load tests beside this one measure the machine they run on.
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let system = Box::pin(System::start(change)).await;
        Box::pin(test(&system)).await;
        system.embedded.shutdown().await;
    });
}

pub(super) struct System {
    embedded: Embedded,
    pub(super) paypal: PaypalStandIn,
    pub(super) keys: Keys,
    http: reqwest::Client,
    clients: Clients,
    _logs: TempDir,
}

/// An answer of the API.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Keys and ids of everything that is kept.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Kept {
    /// Event ids of the records.
    pub(super) records: Vec<String>,
    pub(super) raw: Vec<String>,
    pub(super) processed: Vec<String>,
    pub(super) dead_letters: usize,
    pub(super) transmissions: usize,
}

/// A message of the dead-letter queue.
pub(super) struct DeadLetter {
    pub(super) body: String,
    pub(super) error: String,
}

impl System {
    async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let logs = tempfile::tempdir().expect("a folder");
        let keys = Keys::generate(1, SQUARE_URL).expect("keys");
        let paypal = provider_sim::paypal_stand_in(&keys).await.expect("a port");
        let secrets: SeedSecrets = serde_json::from_value(keys.secrets_json()).expect("secrets");
        let stand_in = PaypalOverride {
            endpoint: paypal.endpoint.clone(),
            trust_root_pem: Some(paypal.trust_root_pem.clone()),
        };
        let mut options = Options {
            bootstrap: Bootstrap::Path(PathBuf::from(env!("CARGO_BIN_EXE_loadtest"))),
            secrets,
            paypal: Some(stand_in),
            log_dir: logs.path().to_owned(),
            open_queries: true,
            retry_delays: [Duration::from_millis(10), Duration::from_millis(20)],
            ..Options::default()
        };
        change(&mut options);
        let embedded = Box::pin(embedded::start(options)).await.expect("the cloud starts");
        Self {
            clients: Clients::new(embedded.ready()),
            http: reqwest::Client::new(),
            embedded,
            paypal,
            keys,
            _logs: logs,
        }
    }

    /// Sends a delivery to its provider's endpoint.
    pub(super) async fn deliver(&self, delivery: &Delivery) -> Answered {
        let base = &self.embedded.ready().api_base_url;
        let mut request = self.http.post(format!("{base}/api/v1/webhooks/{}", delivery.provider));
        for (name, value) in &delivery.headers {
            request = request.header(*name, value);
        }
        answered(request.body(delivery.body.clone())).await
    }

    /// Sends deliveries, all at once.
    pub(super) async fn deliver_at_once(&self, deliveries: &[Delivery]) -> Vec<Answered> {
        futures::future::join_all(deliveries.iter().map(|delivery| self.deliver(delivery))).await
    }

    /// Sends a delivery, expects 200, and waits until it is processed.
    #[track_caller]
    pub(super) fn accept(&self, delivery: &Delivery) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let Answered { status, body } = self.deliver(delivery).await;
            assert_eq!(status, 200, "{caller}: {body}");
            self.settled().await;
            body
        }
    }

    /// Sends a delivery again and again, as its provider does, until it is taken.
    pub(super) async fn accept_in_the_end(&self, delivery: &Delivery) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.deliver(delivery).await;
            match answer.status {
                200 => return self.settled().await,
                503 => assert!(Instant::now() < deadline, "still refused: {answer:?}"),
                _ => panic!("{answer:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await; // poll
        }
    }

    /// The one place that asks the query API. What is read there is expected to be there.
    pub(super) async fn query(&self, path: &str) -> Value {
        let base = &self.embedded.ready().api_base_url;
        let answer = answered(self.http.get(format!("{base}/api/v1/transactions{path}"))).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Invokes the processor as an operator does who redrives a dead letter.
    pub(super) async fn redrive(&self, letter: &DeadLetter) {
        let endpoint = &self.embedded.ready().endpoints.lambda;
        let url = format!("{endpoint}/2015-03-31/functions/webhook-processor/invocations");
        let request = self.http.post(url).header("x-amz-invocation-type", "Event").body(letter.body.clone());
        assert_eq!(answered(request).await.status, 202);
        self.settled().await;
    }

    /// Waits until no asynchronous event is under way.
    pub(super) async fn settled(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.embedded.idle() {
            assert!(Instant::now() < deadline, "events are still under way");
            tokio::time::sleep(Duration::from_millis(5)).await; // poll
        }
    }

    /// Everything in every store, once nothing is under way.
    pub(super) async fn kept(&self) -> Kept {
        self.settled().await;
        let ready = self.embedded.ready();
        let mut records: Vec<String> =
            self.records().await.iter().map(|record| text(record, "event_id")).collect();
        records.sort();
        let transmissions = ready.transmissions_table.clone().expect("a table of transmissions");
        Kept {
            records,
            raw: self.keys_in(&ready.raw_bucket).await,
            processed: self.keys_in(&ready.processed_bucket).await,
            dead_letters: self.dead_letters().await.len(),
            transmissions: self.scan(&transmissions).await.len(),
        }
    }

    /// Items of the transactions table.
    pub(super) async fn records(&self) -> Vec<Item> {
        self.scan(&self.embedded.ready().table).await
    }

    async fn scan(&self, table: &str) -> Vec<Item> {
        let pages = self
            .clients
            .dynamodb
            .scan()
            .table_name(table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        pages.collect::<Result<_, _>>().await.expect("the table can be read")
    }

    async fn keys_in(&self, bucket: &str) -> Vec<String> {
        let page =
            self.clients.s3.list_objects_v2().bucket(bucket).send().await.expect("the bucket can be listed");
        assert_ne!(page.is_truncated(), Some(true), "more objects than these tests make");
        page.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    /// The bytes of an object in the raw bucket.
    pub(super) async fn raw(&self, key: &str) -> Vec<u8> {
        let request = self.clients.s3.get_object().bucket(&self.embedded.ready().raw_bucket).key(key);
        let object = request.send().await.expect("the object is there");
        object.body.collect().await.expect("a whole object").to_vec()
    }

    /// The dead letters, left where they are.
    pub(super) async fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut letters = BTreeMap::new();
        loop {
            let queue = &self.embedded.ready().dlq_url;
            let request = self.clients.sqs.receive_message().queue_url(queue).max_number_of_messages(10);
            let page = request.visibility_timeout(0).message_attribute_names("All").send().await;
            let before = letters.len();
            for message in page.expect("the queue can be read").messages() {
                let error = message.message_attributes().and_then(|all| all.get("ErrorMessage"));
                let error = error.and_then(|value| value.string_value()).unwrap_or_default().to_owned();
                let body = message.body().unwrap_or_default().to_owned();
                letters
                    .insert(message.message_id().unwrap_or_default().to_owned(), DeadLetter { body, error });
            }
            if letters.len() == before {
                return letters.into_values().collect();
            }
        }
    }

    /// What a function logged with this message.
    pub(super) fn logged(&self, function: &str, message: &str) -> Vec<Value> {
        self.embedded.flush_logs();
        let path = self.embedded.ready().log_dir.join(format!("{function}.log"));
        let text = std::fs::read_to_string(path).expect("the log");
        text.lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["message"] == message)
            .collect()
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Answered {
    let response = request.send().await.expect("an answer");
    Answered { status: response.status().as_u16(), body: response.text().await.expect("a whole answer") }
}

/// A text or number of an item, empty where there is none.
pub(super) fn text(item: &Item, name: &str) -> String {
    match item.get(name) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text.clone(),
        _ => String::new(),
    }
}

impl Kept {
    /// Everything is there once for each of these events, and nothing else.
    #[track_caller]
    pub(super) fn exactly(&self, event_ids: &[&str]) {
        let mut wanted = event_ids.to_vec();
        wanted.sort_unstable();
        assert_eq!(self.records, wanted, "{self:?}");
        for keys in [&self.raw, &self.processed] {
            assert_eq!(keys.len(), wanted.len(), "{self:?}");
            for id in &wanted {
                let named = |key: &&String| key.contains(&format!(".{id}."));
                assert_eq!(keys.iter().filter(named).count(), 1, "{id}: {self:?}");
            }
        }
        assert_eq!(self.dead_letters, 0, "{self:?}");
    }
}

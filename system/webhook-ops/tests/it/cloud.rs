//! A running cloud for one test: real functions, signed webhooks, and a look into the stores.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};
use aws_smithy_http_client::Builder;
use localstack::Ready;
use localstack::embedded::{self, Bootstrap, Embedded, Options};
use localstack::ready::ReadyFile;
use localstack::seed::{SeedSecrets, SquareSecret, StripeSecret};
use provider_sim::{Event, EventFactory, Keys, Provider, sign};
use tempfile::TempDir;

pub(crate) const SQUARE_URL: &str = "https://shop.test/api/v1/webhooks/square";

/// The cloud and what a test does to it.
pub(crate) struct Cloud {
    embedded: Embedded,
    pub(crate) keys: Keys,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    http: reqwest::Client,
    _ready_file: ReadyFile,
    dir: TempDir,
}

/// The same configuration for every SDK crate, each of which has its own types.
macro_rules! client {
    ($sdk:ident, $endpoint:expr $(, $extra:ident($value:expr))*) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region($sdk::config::Region::new("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
                .http_client(Builder::new().build_http())
                .endpoint_url($endpoint)
                $(.$extra($value))*
                .build(),
        )
    };
}

impl Cloud {
    /// Starts one whose secrets of Stripe and Square the test knows.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::generate(7, SQUARE_URL).unwrap();
        let secrets = keys.secrets_json();
        let text = |provider: &str, field: &str| secrets[provider][field].as_str().unwrap().to_owned();
        let options = Options {
            bootstrap: Bootstrap::Path(functions()),
            log_dir: dir.path().join("logs"),
            retry_delays: [Duration::from_millis(10), Duration::from_millis(20)],
            secrets: SeedSecrets {
                stripe: Some(StripeSecret { secret: text("stripe", "secret") }),
                square: Some(SquareSecret {
                    key: text("square", "key"),
                    notification_url: Some(SQUARE_URL.to_owned()),
                }),
                paypal: None,
            },
            ..Options::default()
        };
        let embedded = Box::pin(embedded::start(options)).await.unwrap();
        let ready = embedded.ready();
        let endpoints = &ready.endpoints;
        Self {
            dynamodb: client!(aws_sdk_dynamodb, &endpoints.dynamodb),
            s3: client!(aws_sdk_s3, &endpoints.s3, force_path_style(true)),
            sqs: client!(aws_sdk_sqs, &endpoints.sqs),
            secrets: client!(aws_sdk_secretsmanager, &endpoints.secretsmanager),
            http: reqwest::Client::new(),
            _ready_file: ReadyFile::write(&dir.path().join("ready.json"), ready).unwrap(),
            keys,
            embedded,
            dir,
        }
    }

    pub(crate) fn ready(&self) -> &Ready {
        self.embedded.ready()
    }

    /// The ready file.
    pub(crate) fn ready_file(&self) -> String {
        self.path("ready.json")
    }

    /// A path in the test's own folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// Delivers an event, signed with `keys`, and tells the answer's status.
    pub(crate) async fn deliver_with(&self, keys: &Keys, event: &Event) -> u16 {
        let delivery = sign(keys, event, now_ms());
        let url = format!("{}/api/v1/webhooks/{}", self.ready().api_base_url, event.provider);
        let mut request = self.http.post(url).body(delivery.body);
        for (name, value) in delivery.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status().as_u16()
    }

    /// Delivers `count` new events, alternating between Stripe and Square, all of which are accepted; tells their ids.
    pub(crate) async fn deliver(&self, run: &str, count: usize) -> Vec<String> {
        let mut factories = [Provider::Stripe, Provider::Square].map(|p| EventFactory::new(p, 1, run));
        let mut ids = Vec::new();
        for number in 0..count {
            let event = factories[number % 2].event(now_ms());
            assert_eq!(self.deliver_with(&self.keys, &event).await, 200);
            ids.push(event.event_id);
        }
        ids.sort();
        ids
    }

    /// Waits until every event is processed or given up.
    pub(crate) async fn settled(&self) {
        eventually("every event is at its end", async || self.embedded.idle()).await;
    }

    /// How many records each event has.
    pub(crate) async fn records(&self) -> BTreeMap<String, usize> {
        let mut records = BTreeMap::new();
        for item in self.items().await {
            *records.entry(item["event_id"].as_s().unwrap().clone()).or_insert(0) += 1;
        }
        records
    }

    async fn items(&self) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let scan = self.dynamodb.scan().table_name(&self.ready().table).consistent_read(true);
        scan.send().await.unwrap().items.unwrap()
    }

    /// Every event has exactly one record, and there is no other.
    pub(crate) async fn holds_exactly(&self, ids: &[String]) {
        let expected: BTreeMap<String, usize> = ids.iter().map(|id| (id.clone(), 1)).collect();
        assert_eq!(self.records().await, expected);
    }

    /// Removes the records of these events.
    pub(crate) async fn lose_records(&self, ids: &[String]) {
        for item in self.items().await {
            if ids.contains(item["event_id"].as_s().unwrap()) {
                let delete = self
                    .dynamodb
                    .delete_item()
                    .table_name(&self.ready().table)
                    .key("transaction_id", item["transaction_id"].clone())
                    .key("timestamp", item["timestamp"].clone());
                delete.send().await.unwrap();
            }
        }
    }

    /// The drill: the table is gone, and every event ends in the dead-letter queue.
    pub(crate) async fn break_table(&self) {
        self.dynamodb.delete_table().table_name(&self.ready().table).send().await.unwrap();
    }

    /// The table is back, empty.
    pub(crate) async fn mend_table(&self) {
        let attribute = |name: &str, kind: ScalarAttributeType| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
        };
        let key = |name: &str, kind: KeyType| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
        };
        let keys = |hash: &str| vec![key(hash, KeyType::Hash), key("timestamp", KeyType::Range)];
        let index = |name: &str, hash: &str| {
            GlobalSecondaryIndex::builder()
                .index_name(name)
                .set_key_schema(Some(keys(hash)))
                .projection(Projection::builder().projection_type(ProjectionType::All).build())
                .build()
                .unwrap()
        };
        let create = self
            .dynamodb
            .create_table()
            .table_name(&self.ready().table)
            .attribute_definitions(attribute("transaction_id", ScalarAttributeType::S))
            .attribute_definitions(attribute("timestamp", ScalarAttributeType::N))
            .attribute_definitions(attribute("provider", ScalarAttributeType::S))
            .attribute_definitions(attribute("customer_id", ScalarAttributeType::S))
            .set_key_schema(Some(keys("transaction_id")))
            .global_secondary_indexes(index("ProviderTimestampIndex", "provider"))
            .global_secondary_indexes(index("CustomerIndex", "customer_id"))
            .billing_mode(BillingMode::PayPerRequest);
        create.send().await.unwrap();
    }

    /// Letters in the queue: visible, and held by somebody.
    pub(crate) async fn letters(&self) -> (u64, u64) {
        use aws_sdk_sqs::types::QueueAttributeName as Name;
        let request =
            self.sqs.get_queue_attributes().queue_url(&self.ready().dlq_url).attribute_names(Name::All);
        let answer = request.send().await.unwrap();
        let number = |name: Name| answer.attributes().unwrap()[&name].parse().unwrap();
        (number(Name::ApproximateNumberOfMessages), number(Name::ApproximateNumberOfMessagesNotVisible))
    }

    pub(crate) async fn stop(self) {
        self.embedded.shutdown().await;
    }
}

/// The functions' executable, an example target: cargo builds it with the tests.
fn functions() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path = target.join("examples").join("functions");
    assert!(
        path.exists(),
        "run `cargo build -p webhook-ops --examples` first: {} is missing",
        path.display()
    );
    path
}

#[expect(clippy::disallowed_methods, reason = "webhooks are signed with the time of day")]
pub(crate) fn now_ms() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since_epoch.as_millis()).unwrap()
}

/// Polls until `done` or a minute is over.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !done().await {
        assert!(tokio::time::Instant::now() < deadline, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await; // poll
    }
}

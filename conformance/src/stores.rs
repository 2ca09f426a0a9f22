//! What a target keeps: its table, both buckets and the dead-letter queue, read through AWS's own APIs, all at once.
//!
//! Messages in the dead-letter queue are looked at and given back.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use localstack::Ready;
use serde_json::Value;
use target_clients::{Clients, SecretError};

/// How long a message stays hidden from others while it is looked at, seconds.
const LOOK_S: i32 = 20;
/// Objects before the payment's proof: IPN that PayPal has not spoken about.
const QUARANTINE: &str = "ipn-unproven/";

/// A record: its attributes by name.
pub type Item = BTreeMap<String, AttributeValue>;

/// A message in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// By which it is deleted.
    pub receipt: String,
}

/// An object in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its storage class.
    pub class: String,
}

/// Everything at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Items of the transactions table.
    pub records: Vec<Item>,
    /// Objects of the raw bucket, without quarantine.
    pub raw: Vec<Object>,
    /// Objects in quarantine.
    pub quarantine: Vec<Object>,
    /// Objects of the processed bucket.
    pub processed: Vec<Object>,
    /// Messages of the dead-letter queue.
    pub dead_letters: Vec<DeadLetter>,
}

/// A store did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {store} could not be read: {why}")]
pub struct Unreadable {
    /// Which.
    pub store: &'static str,
    /// Why.
    pub why: String,
}

impl From<SecretError> for Unreadable {
    fn from(error: SecretError) -> Self {
        Self { store: "secret", why: error.to_string() }
    }
}

/// Readers of the stores.
#[derive(Debug, Clone)]
pub struct Stores {
    clients: Clients,
}

impl Stores {
    /// Readers of a target's stores.
    #[must_use]
    pub fn new(ready: &Ready) -> Self {
        Self::with(Clients::new(ready))
    }

    /// Readers by these clients.
    #[must_use]
    pub const fn with(clients: Clients) -> Self {
        Self { clients }
    }

    /// An asynchronous invocation of a function, as an operator makes it.
    ///
    /// # Errors
    /// Lambda does not take it.
    pub async fn invoke(&self, function: &str, payload: String) -> Result<(), String> {
        self.clients.invoke(function, payload).await
    }

    /// Everything, now.
    ///
    /// # Errors
    /// A store does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, Unreadable> {
        let (records, raw, processed, dead_letters) = futures::try_join!(
            Box::pin(self.records()),
            Box::pin(self.objects("raw bucket", &self.clients.ready.raw_bucket)),
            Box::pin(self.objects("processed bucket", &self.clients.ready.processed_bucket)),
            Box::pin(self.dead_letters()),
        )?;
        let (quarantine, raw) = raw.into_iter().partition(|object| object.key.starts_with(QUARANTINE));
        Ok(Snapshot { records, raw, quarantine, processed, dead_letters })
    }

    async fn records(&self) -> Result<Vec<Item>, Unreadable> {
        let scan = self.clients.dynamodb.scan().table_name(&self.clients.ready.table).consistent_read(true);
        let items = scan.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let items = items.map_err(|error| unreadable("table", &error))?;
        Ok(items.into_iter().map(|item| item.into_iter().collect()).collect())
    }

    /// The attribute by which the table lets its records expire, if it does.
    ///
    /// # Errors
    /// The table does not answer.
    pub async fn expires_by(&self) -> Result<Option<String>, Unreadable> {
        let answer =
            self.clients.dynamodb.describe_time_to_live().table_name(&self.clients.ready.table).send().await;
        let answer = answer.map_err(|error| unreadable("table", &error))?;
        let enabled = answer.time_to_live_description().filter(|told| {
            told.time_to_live_status() == Some(&aws_sdk_dynamodb::types::TimeToLiveStatus::Enabled)
        });
        Ok(enabled.and_then(|told| told.attribute_name()).map(str::to_owned))
    }

    async fn objects(&self, store: &'static str, bucket: &str) -> Result<Vec<Object>, Unreadable> {
        let mut pages = self.clients.s3.list_objects_v2().bucket(bucket).into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unreadable(store, &error))?;
            objects.extend(page.contents().iter().map(|object| Object {
                key: object.key().unwrap_or_default().to_owned(),
                class: object.storage_class().map_or("STANDARD", |class| class.as_str()).to_owned(),
            }));
        }
        Ok(objects)
    }

    /// The bytes of an object in the raw bucket.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn raw_bytes(&self, key: &str) -> Result<Vec<u8>, Unreadable> {
        self.bytes("raw bucket", &self.clients.ready.raw_bucket, key).await
    }

    /// The JSON of an object in the processed bucket; null if it is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn processed_json(&self, key: &str) -> Result<Value, Unreadable> {
        let bytes = self.bytes("processed bucket", &self.clients.ready.processed_bucket, key).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The text of an object in the processed bucket, if it is there.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn processed_text(&self, key: &str) -> Result<String, Unreadable> {
        let bytes = self.bytes("processed bucket", &self.clients.ready.processed_bucket, key).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn bytes(&self, store: &'static str, bucket: &str, key: &str) -> Result<Vec<u8>, Unreadable> {
        let object = self.clients.s3.get_object().bucket(bucket).key(key).send().await;
        let object = object.map_err(|error| unreadable(store, &error))?;
        let bytes = object.body.collect().await;
        bytes.map(|bytes| bytes.to_vec()).map_err(|error| unreadable(store, &error))
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Unreadable> {
        let mut letters = BTreeMap::new();
        loop {
            let request = self
                .clients
                .sqs
                .receive_message()
                .queue_url(&self.clients.ready.dlq_url)
                .max_number_of_messages(10);
            let request = request.visibility_timeout(LOOK_S).message_attribute_names("All");
            let page = request.send().await.map_err(|error| unreadable("dead-letter queue", &error))?;
            if page.messages().is_empty() {
                break;
            }
            for message in page.messages() {
                let attributes = message.message_attributes().into_iter().flatten();
                let attributes = attributes
                    .map(|(name, value)| (name.clone(), value.string_value().unwrap_or_default().to_owned()));
                let letter = DeadLetter {
                    body: message.body().unwrap_or_default().to_owned(),
                    attributes: attributes.collect(),
                    receipt: message.receipt_handle().unwrap_or_default().to_owned(),
                };
                letters.insert(message.message_id().unwrap_or_default().to_owned(), letter);
            }
        }
        let give_back = letters.values().map(|letter| {
            let request = self.clients.sqs.change_message_visibility().queue_url(&self.clients.ready.dlq_url);
            request.receipt_handle(&letter.receipt).visibility_timeout(0).send()
        });
        // What could not be given back comes back by itself.
        drop(futures::future::join_all(give_back).await);
        Ok(letters.into_values().collect())
    }

    /// Removes a message from the dead-letter queue.
    ///
    /// # Errors
    /// The queue does not answer.
    pub async fn delete_letter(&self, letter: &DeadLetter) -> Result<(), Unreadable> {
        let request = self
            .clients
            .sqs
            .delete_message()
            .queue_url(&self.clients.ready.dlq_url)
            .receipt_handle(&letter.receipt);
        request.send().await.map(drop).map_err(|error| unreadable("dead-letter queue", &error))
    }

    /// Replaces members of a secret's JSON; the version that was current becomes the previous one.
    ///
    /// # Errors
    /// Secrets Manager does not answer, or the secret is not JSON.
    pub async fn replace_secret(&self, name: &str, members: &Value) -> Result<(), Unreadable> {
        self.clients.replace_secret(name, members).await.map_err(Unreadable::from)
    }

    /// The JSON value of a secret.
    ///
    /// # Errors
    /// Secrets Manager does not answer, or the secret is not JSON.
    pub async fn secret(&self, name: &str) -> Result<Value, Unreadable> {
        self.clients.secret(name).await.map_err(Unreadable::from)
    }
}

fn unreadable(store: &'static str, error: &(impl std::error::Error + 'static)) -> Unreadable {
    Unreadable { store, why: DisplayErrorContext(error).to_string() }
}

/// A text or a number of an item; nothing where it has none.
#[must_use]
pub fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name)? {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
        _ => None,
    }
}

/// An attribute as JSON, numbers as texts, so that no digit is lost.
#[must_use]
pub fn json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Value::String(text.clone()),
        AttributeValue::Bool(truth) => Value::Bool(*truth),
        AttributeValue::M(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        AttributeValue::L(items) => Value::Array(items.iter().map(json).collect()),
        _ => Value::Null,
    }
}

/// What an attribute measures without its name, as DynamoDB counts: a number about a byte for two digits and one more, a map
/// three bytes and one for each member.
#[must_use]
pub fn bytes_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::M(members) => {
            3 + members.iter().map(|(name, value)| name.len() + bytes_of(value) + 1).sum::<usize>()
        }
        AttributeValue::L(items) => 3 + items.iter().map(|item| bytes_of(item) + 1).sum::<usize>(),
        _ => 1,
    }
}

/// The DynamoDB name of an attribute's type.
#[must_use]
pub const fn type_of(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::M(_) => "M",
        AttributeValue::L(_) => "L",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::B(_) => "B",
        _ => "other",
    }
}

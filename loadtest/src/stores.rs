//! What the stores hold after a run: the table, both buckets and the dead-letter queue, read through AWS's own APIs.
//!
//! Only event ids and times are read, never bodies of events. Messages in the dead-letter queue are looked at and given
//! back: whoever has to deal with them finds them where they were.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::error::DisplayErrorContext;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;

use crate::ledger::EventId;

mod clients;

pub use clients::{Clients, Endpoints};

/// Parts in which the table is read at the same time.
const SCAN_SEGMENTS: i32 = 4;
/// How long a message stays hidden from others while it is looked at, seconds.
const LOOK_S: i32 = 60;

/// A record in the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The event.
    pub event: EventId,
    /// When the processor made the record, Unix milliseconds; absent if the item does not say.
    pub processed_at_ms: Option<f64>,
}

/// A message in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event, if the message is one of ours and says so.
    pub event: Option<EventId>,
    /// The attribute ErrorMessage, without ids and numbers, so that equal causes look equal.
    pub error: String,
}

/// What was seen. A store that is `None` could not be looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Items of the table.
    pub table: Option<Vec<Record>>,
    /// Objects of the raw bucket, by their event.
    pub raw: Option<Vec<EventId>>,
    /// Objects of the processed bucket, by their event.
    pub processed: Option<Vec<EventId>>,
    /// Messages of the dead-letter queue.
    pub dead_letters: Option<Vec<DeadLetter>>,
    /// Why a store could not be looked at.
    pub trouble: Vec<String>,
}

impl Observed {
    /// Whether all four stores were read.
    #[must_use]
    pub const fn complete(&self) -> bool {
        self.table.is_some() && self.raw.is_some() && self.processed.is_some() && self.dead_letters.is_some()
    }
}

/// Reads all stores at once.
pub async fn observe(clients: &Clients) -> Observed {
    let (table, raw, processed, dead_letters) = futures::join!(
        Box::pin(scan(clients)),
        Box::pin(objects(clients, &clients.names.raw_bucket)),
        Box::pin(objects(clients, &clients.names.processed_bucket)),
        Box::pin(dead_letters(clients)),
    );
    let mut trouble = Vec::new();
    Observed {
        table: noted(table, "table", &mut trouble),
        raw: noted(raw, "raw bucket", &mut trouble),
        processed: noted(processed, "processed bucket", &mut trouble),
        dead_letters: noted(dead_letters, "dead-letter queue", &mut trouble),
        trouble,
    }
}

/// Messages in the dead-letter queue by its own count; `None` if it does not answer.
pub async fn dead_letter_count(clients: &Clients) -> Option<u64> {
    use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages as Count;
    let request = clients.sqs.get_queue_attributes().queue_url(&clients.names.dlq_url).attribute_names(Count);
    let answer = request.send().await.ok()?;
    answer.attributes()?.get(&Count)?.parse().ok()
}

fn noted<T>(read: Result<T, String>, store: &str, trouble: &mut Vec<String>) -> Option<T> {
    read.map_err(|error| trouble.push(format!("the {store} could not be read: {error}"))).ok()
}

async fn scan(clients: &Clients) -> Result<Vec<Record>, String> {
    let segments = (0..SCAN_SEGMENTS).map(|segment| Box::pin(scan_segment(clients, segment)));
    stream::iter(segments).buffer_unordered(4).try_concat().await
}

async fn scan_segment(clients: &Clients, segment: i32) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    let mut start = None;
    loop {
        let page = clients
            .dynamodb
            .scan()
            .table_name(&clients.names.table)
            .segment(segment)
            .total_segments(SCAN_SEGMENTS)
            .consistent_read(true)
            .projection_expression("#e, #p")
            .expression_attribute_names("#e", "event_id")
            .expression_attribute_names("#p", "processed_at")
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        records.extend(page.items().iter().map(|item| Record {
            event: EventId::new(
                item.get("event_id").and_then(|value| value.as_s().ok()).map_or("", String::as_str),
            ),
            processed_at_ms: item.get("processed_at").and_then(unix_ms),
        }));
        start = page.last_evaluated_key().cloned();
        if start.is_none() {
            return Ok(records);
        }
    }
}

fn unix_ms(value: &AttributeValue) -> Option<f64> {
    value.as_n().ok()?.parse::<f64>().ok().map(|seconds| seconds * 1000.0)
}

async fn objects(clients: &Clients, bucket: &str) -> Result<Vec<EventId>, String> {
    let prefixes = ["stripe/", "paypal/", "square/"].map(|prefix| Box::pin(listing(clients, bucket, prefix)));
    stream::iter(prefixes).buffer_unordered(3).try_concat().await
}

async fn listing(clients: &Clients, bucket: &str, prefix: &str) -> Result<Vec<EventId>, String> {
    let mut events = Vec::new();
    let mut token = None;
    loop {
        let request =
            clients.s3.list_objects_v2().bucket(bucket).prefix(prefix).set_continuation_token(token);
        let page = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        events.extend(page.contents().iter().filter_map(|object| event_of_key(object.key()?)));
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            return Ok(events);
        }
    }
}

/// The event of `{provider}/{yyyy}/{mm}/{dd}/{transaction_id}.{event_id}.json`, or `.form` (PayPal IPN, raw). Other objects (a day's compacted log)
/// belong to no event.
fn event_of_key(key: &str) -> Option<EventId> {
    let name = key.rsplit('/').next()?;
    let name = name.strip_suffix(".json").or_else(|| name.strip_suffix(".form"))?;
    name.rsplit_once('.').map(|(_, event)| EventId::new(event))
}

async fn dead_letters(clients: &Clients) -> Result<Vec<DeadLetter>, String> {
    let mut letters = std::collections::HashMap::new();
    loop {
        let request = clients
            .sqs
            .receive_message()
            .queue_url(&clients.names.dlq_url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .visibility_timeout(LOOK_S)
            .message_attribute_names("All");
        let answer = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        if answer.messages().is_empty() {
            break;
        }
        for message in answer.messages() {
            let id = message.message_id().unwrap_or_default().to_owned();
            let receipt = message.receipt_handle().unwrap_or_default().to_owned();
            letters.insert(id, (dead_letter(message), receipt));
        }
    }
    give_back(clients, letters.values().map(|(_, receipt)| receipt.as_str())).await;
    Ok(letters.into_values().map(|(letter, _)| letter).collect())
}

/// Makes messages visible again. If that fails, they come back by themselves after [`LOOK_S`].
async fn give_back(clients: &Clients, receipts: impl Iterator<Item = &str>) {
    let give = |receipt: &str| {
        let request = clients.sqs.change_message_visibility().queue_url(&clients.names.dlq_url);
        request.receipt_handle(receipt).visibility_timeout(0).send()
    };
    stream::iter(receipts.map(give)).buffer_unordered(8).for_each(|_| async {}).await;
}

/// The part of the processor's event that tells which event it was.
#[derive(Deserialize)]
struct Envelope {
    event_id: String,
}

fn dead_letter(message: &aws_sdk_sqs::types::Message) -> DeadLetter {
    let envelope = message.body().and_then(|body| serde_json::from_str::<Envelope>(body).ok());
    let error = message
        .message_attributes()
        .and_then(|all| all.get("ErrorMessage"))
        .and_then(|one| one.string_value());
    DeadLetter {
        event: envelope.map(|envelope| EventId::new(&envelope.event_id)),
        error: cause(error.unwrap_or("no ErrorMessage")),
    }
}

/// The words of an error message that are the same for every event: words with digits (ids, numbers) become `…`.
fn cause(message: &str) -> String {
    let words = message.split_whitespace().take(16).map(|word| {
        let is_id = word.chars().any(|c| c.is_ascii_digit()) && word.len() > 3;
        if is_id { "…" } else { word }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests;

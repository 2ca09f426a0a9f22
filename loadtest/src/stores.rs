//! What the stores hold after a run: the table, both buckets and the dead-letter queue, read through AWS's own APIs.
//!
//! Only event ids and times are read, never bodies of events, and each page is counted under the ledger's events before the next one
//! is asked for. Messages in the dead-letter queue are looked at and given
//! back: whoever has to deal with them finds them where they were.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::Message;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use target_clients::Clients;

use ledger::entry::EventId;
use ledger::observed::{DeadLetter, Observed, Store};

use crate::load::lock;

/// Parts in which the table is read at the same time.
const SCAN_SEGMENTS: i32 = 4;
/// How long a message stays hidden from others while it is looked at, seconds.
const LOOK_S: i32 = 60;

/// Reads all stores at once, and counts what they hold.
pub async fn observe<'a>(clients: &Clients, observed: Observed<'a>) -> Observed<'a> {
    let seen = Mutex::new(observed);
    let (table, raw, processed, dead_letters) = futures::join!(
        Box::pin(scan(clients, &seen)),
        Box::pin(objects(clients, &clients.ready.raw_bucket, &seen, Observed::raw)),
        Box::pin(objects(clients, &clients.ready.processed_bucket, &seen, Observed::processed)),
        Box::pin(dead_letters(clients)),
    );
    let mut observed = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let letters = dead_letters.map(|letters| letters.into_iter().for_each(|letter| observed.letter(letter)));
    for (store, name, read) in [
        (Store::Table, "table", table),
        (Store::Raw, "raw bucket", raw),
        (Store::Processed, "processed bucket", processed),
        (Store::DeadLetters, "dead-letter queue", letters),
    ] {
        match read {
            Ok(()) => observed.looked_at(store),
            Err(error) => observed.trouble.push(format!("the {name} could not be read: {error}")),
        }
    }
    observed
}

/// Messages in the dead-letter queue by its own count; `None` if it does not answer.
pub async fn dead_letter_count(clients: &Clients) -> Option<u64> {
    use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages as Count;
    let request = clients.sqs.get_queue_attributes().queue_url(&clients.ready.dlq_url).attribute_names(Count);
    let answer = request.send().await.ok()?;
    answer.attributes()?.get(&Count)?.parse().ok()
}

async fn scan(clients: &Clients, seen: &Mutex<Observed<'_>>) -> Result<(), String> {
    let segments = (0..SCAN_SEGMENTS).map(|segment| Box::pin(scan_segment(clients, segment, seen)));
    stream::iter(segments).buffer_unordered(4).try_collect().await
}

async fn scan_segment(clients: &Clients, segment: i32, seen: &Mutex<Observed<'_>>) -> Result<(), String> {
    let mut start = None;
    loop {
        let page = clients
            .dynamodb
            .scan()
            .table_name(&clients.ready.table)
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
        let mut observed = lock(seen);
        for item in page.items() {
            let event = item.get("event_id").and_then(|value| value.as_s().ok()).map_or("", String::as_str);
            observed.record(&EventId::new(event), item.get("processed_at").and_then(unix_ms));
        }
        drop(observed);
        start = page.last_evaluated_key().cloned();
        if start.is_none() {
            return Ok(());
        }
    }
}

fn unix_ms(value: &AttributeValue) -> Option<f64> {
    value.as_n().ok()?.parse::<f64>().ok().map(|seconds| seconds * 1000.0)
}

/// Counts one object of an event.
type Count<'a> = fn(&mut Observed<'a>, &EventId);

async fn objects<'a>(
    clients: &Clients,
    bucket: &str,
    seen: &Mutex<Observed<'a>>,
    count: Count<'a>,
) -> Result<(), String> {
    let prefixes = ["stripe/", "paypal/", "square/"];
    let listings = prefixes.map(|prefix| Box::pin(listing(clients, bucket, prefix, seen, count)));
    stream::iter(listings).buffer_unordered(3).try_collect().await
}

async fn listing<'a>(
    clients: &Clients,
    bucket: &str,
    prefix: &str,
    seen: &Mutex<Observed<'a>>,
    count: Count<'a>,
) -> Result<(), String> {
    let mut token = None;
    loop {
        let request =
            clients.s3.list_objects_v2().bucket(bucket).prefix(prefix).set_continuation_token(token);
        let page = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        let mut observed = lock(seen);
        for event in page.contents().iter().filter_map(|object| event_of_key(object.key()?)) {
            count(&mut observed, &event);
        }
        drop(observed);
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            return Ok(());
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
    let letters = receive_all(clients, LOOK_S).await?;
    give_back(clients, letters.iter().filter_map(Message::receipt_handle)).await;
    Ok(letters.iter().map(dead_letter).collect())
}

/// All messages of the dead-letter queue, each once, hidden from others for `hidden_s` seconds: until a call brings none. A call waits a
/// second for one: without that, SQS asks only some of its servers (SQS's developer guide, "Short and long polling"). A message that comes twice is kept with its last receipt, the one that is valid.
pub async fn receive_all(clients: &Clients, hidden_s: i32) -> Result<Vec<Message>, String> {
    let mut letters = BTreeMap::new();
    loop {
        let request = clients
            .sqs
            .receive_message()
            .queue_url(&clients.ready.dlq_url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .visibility_timeout(hidden_s)
            .message_attribute_names("All");
        let answer = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(letters.into_values().collect());
        }
        letters.extend(
            messages
                .into_iter()
                .map(|message| (message.message_id().unwrap_or_default().to_owned(), message)),
        );
    }
}

/// Makes messages visible again. If that fails, they come back by themselves after [`LOOK_S`].
async fn give_back(clients: &Clients, receipts: impl Iterator<Item = &str>) {
    let give = |receipt: &str| {
        let request = clients.sqs.change_message_visibility().queue_url(&clients.ready.dlq_url);
        request.receipt_handle(receipt).visibility_timeout(0).send()
    };
    stream::iter(receipts.map(give)).buffer_unordered(8).for_each(|_| async {}).await;
}

/// The part of the processor's event that tells which event it was.
#[derive(Deserialize)]
struct Envelope {
    event_id: String,
}

/// What comes by an on-failure destination, and on emulators that make no difference by a dead-letter queue, too: the event
/// with what became of it (Lambda's documentation, "Capturing records of Lambda asynchronous invocations").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvocationRecord {
    request_payload: Envelope,
    #[serde(default)]
    response_payload: Option<FunctionError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionError {
    error_message: String,
}

/// A dead letter as it is needed to give its event to the function once more. Without `Debug`: it holds the event's body.
pub struct Letter {
    /// The event, if the message says so.
    pub event: Option<EventId>,
    /// What the function was invoked with.
    pub payload: String,
    /// What names the message to its queue.
    pub receipt: String,
}

/// The letter in a message, if the message can be answered.
#[must_use]
pub fn letter(message: &Message) -> Option<Letter> {
    let body = message.body().unwrap_or_default();
    let by_destination = serde_json::from_str::<serde_json::Value>(body).ok();
    let payload = by_destination.and_then(|record| Some(record.get("requestPayload")?.to_string()));
    Some(Letter {
        event: dead_letter(message).event,
        payload: payload.unwrap_or_else(|| body.to_owned()),
        receipt: message.receipt_handle()?.to_owned(),
    })
}

fn dead_letter(message: &Message) -> DeadLetter {
    let body = message.body().unwrap_or_default();
    let record = serde_json::from_str::<InvocationRecord>(body).ok();
    let attribute = message
        .message_attributes()
        .and_then(|all| all.get("ErrorMessage"))
        .and_then(|one| one.string_value());
    let told = record.as_ref().and_then(|record| record.response_payload.as_ref());
    let error = attribute.or(told.map(|error| error.error_message.as_str()));
    let envelope = record
        .as_ref()
        .map(|record| record.request_payload.event_id.clone())
        .or_else(|| serde_json::from_str::<Envelope>(body).ok().map(|envelope| envelope.event_id));
    DeadLetter {
        event: envelope.map(|event| EventId::new(&event)),
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

//! SQS's operations: finding the one that is asked for, and those on messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::administration::ByName;
use super::messages::{AttributeValue, Outgoing, Received};
use super::queue::{Queue, ReceiptProblem};
use super::{DIALECT, Queues, digest};
use crate::clock;
use crate::server::Reply;
use crate::stores::ACCOUNT_ID;
use crate::stores::wire::{ApiError, Dialect};

/// Entries of a batch, and messages of a receive.
const BATCH_MAX: usize = 10;

pub(super) type Answer = Result<Value, ApiError>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnQueue {
    pub(super) queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    #[serde(default)]
    id: String,
    message_body: String,
    delay_seconds: Option<u32>,
    #[serde(default)]
    message_attributes: BTreeMap<String, AttributeValue>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, AttributeValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnReceipt {
    #[serde(default)]
    id: String,
    receipt_handle: String,
    visibility_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    queue_url: String,
    entries: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u32>,
    wait_time_seconds: Option<u32>,
}

impl Queues {
    /// Runs one operation.
    pub(super) async fn carry_out(&self, operation: &str, body: &Bytes) -> Result<Reply, ApiError> {
        let answer = match operation {
            "CreateQueue" => self.create(Dialect::read(body)?),
            "GetQueueUrl" => self.queue_url(&Dialect::read::<ByName>(body)?.queue_name),
            "ListQueues" => Ok(self.list(&Dialect::read(body)?)),
            "DeleteQueue" => self.delete_queue(&Dialect::read(body)?),
            "PurgeQueue" => self.find(&Dialect::read::<OnQueue>(body)?.queue_url).map(|(_, queue)| {
                queue.purge();
                json!({})
            }),
            "GetQueueAttributes" => self.attributes(&Dialect::read(body)?),
            "SetQueueAttributes" => self.set_attributes(&Dialect::read(body)?),
            "SendMessage" => {
                let (_, queue) = self.find(&Dialect::read::<OnQueue>(body)?.queue_url)?;
                send(&queue, Dialect::read(body)?)
            }
            "SendMessageBatch" => {
                let batch: Batch<Send> = Dialect::read(body)?;
                self.batch(&batch.queue_url, batch.entries, |entry| entry.id.clone(), send)
            }
            "ReceiveMessage" => self.receive(Dialect::read(body)?).await,
            "DeleteMessage" => {
                let (_, queue) = self.find(&Dialect::read::<OnQueue>(body)?.queue_url)?;
                delete(&queue, &Dialect::read(body)?)
            }
            "DeleteMessageBatch" => {
                let batch: Batch<OnReceipt> = Dialect::read(body)?;
                self.batch(&batch.queue_url, batch.entries, |e| e.id.clone(), |queue, e| delete(queue, &e))
            }
            "ChangeMessageVisibility" => {
                let (_, queue) = self.find(&Dialect::read::<OnQueue>(body)?.queue_url)?;
                change_visibility(&queue, &Dialect::read(body)?)
            }
            "ChangeMessageVisibilityBatch" => {
                let batch: Batch<OnReceipt> = Dialect::read(body)?;
                self.batch(
                    &batch.queue_url,
                    batch.entries,
                    |e| e.id.clone(),
                    |queue, e| change_visibility(queue, &e),
                )
            }
            "ListQueueTags" => self.find(&Dialect::read::<OnQueue>(body)?.queue_url).map(|_| json!({})),
            _ => Err(ApiError::unknown_operation()),
        }?;
        Ok(DIALECT.success(&answer))
    }

    /// A queue by the last part of its URL: the host differs by how a client reached us.
    pub(super) fn find(&self, url: &str) -> Result<(String, Arc<Queue>), ApiError> {
        let name = url.rsplit('/').next().unwrap_or_default();
        match self.lock().get(name) {
            Some(queue) => Ok((name.to_owned(), Arc::clone(queue))),
            None => Err(ApiError::client("QueueDoesNotExist", "The specified queue does not exist.")),
        }
    }

    fn batch<T>(
        &self,
        url: &str,
        entries: Vec<T>,
        id_of: impl Fn(&T) -> String,
        carry_out: impl Fn(&Queue, T) -> Answer,
    ) -> Answer {
        let (_, queue) = self.find(url)?;
        if entries.is_empty() {
            return Err(ApiError::client(
                "EmptyBatchRequest",
                "There should be at least one entry in the request.",
            ));
        }
        if entries.len() > BATCH_MAX {
            return Err(ApiError::client(
                "TooManyEntriesInBatchRequest",
                "Maximum number of entries per request are 10.",
            ));
        }
        if entries.iter().map(&id_of).collect::<BTreeSet<_>>().len() < entries.len() {
            return Err(ApiError::client(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries have the same Id.",
            ));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let id = id_of(&entry);
            match carry_out(&queue, entry) {
                Ok(mut told) => {
                    told["Id"] = json!(id);
                    successful.push(told);
                }
                Err(error) => failed.push(json!({
                    "Id": id, "Code": error.code, "Message": error.message, "SenderFault": true,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    async fn receive(&self, request: Receive) -> Answer {
        let (_, queue) = self.find(&request.queue_url)?;
        let count = request.max_number_of_messages.unwrap_or(1);
        if !(1..=BATCH_MAX).contains(&count) {
            return Err(ApiError::client(
                "InvalidParameterValue",
                "MaxNumberOfMessages is out of range. Valid values are 1 to 10.",
            ));
        }
        let wait_s = request.wait_time_seconds.unwrap_or(queue.settings().receive_wait_s);
        if wait_s > 20 {
            return Err(ApiError::client(
                "InvalidParameterValue",
                "WaitTimeSeconds is out of range. Valid values are 0 to 20.",
            ));
        }
        let give_up = Instant::now() + Duration::from_secs(u64::from(wait_s));
        let received = loop {
            let arrival = queue.arrival();
            let mut arrival = std::pin::pin!(arrival);
            arrival.as_mut().enable();
            let now_ms = clock::unix_millis();
            let received = queue.receive(count, request.visibility_timeout, now_ms);
            if !received.is_empty() || Instant::now() >= give_up {
                break received;
            }
            let next_due = queue.next_due_ms().map(|due_ms| due_ms.saturating_sub(now_ms).max(1));
            let next_due = next_due.map_or(give_up, |ms| Instant::now() + Duration::from_millis(ms));
            tokio::select! {
                () = arrival => {}
                () = tokio::time::sleep_until(next_due.min(give_up)) => {}
            }
        };
        if received.is_empty() {
            return Ok(json!({}));
        }
        let told: Vec<Value> = received.into_iter().map(|message| told_message(message, &request)).collect();
        Ok(json!({ "Messages": told }))
    }
}

fn told_message(message: Received, request: &Receive) -> Value {
    let wants_system = |name: &str| {
        request
            .attribute_names
            .iter()
            .chain(&request.message_system_attribute_names)
            .any(|n| n == "All" || n == name)
    };
    let mut system = message.told_system_attributes(ACCOUNT_ID);
    system.retain(|name, _| wants_system(name));
    let wants = |name: &str| {
        request.message_attribute_names.iter().any(|asked| {
            asked == "All"
                || asked == name
                || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    let mut attributes = message.attributes;
    attributes.retain(|name, _| wants(name));
    let mut told = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    });
    if !system.is_empty() {
        told["Attributes"] = json!(system);
    }
    // The digest is of the attributes handed out, which the SDKs check.
    if let Some(md5) = digest::of_attributes(&attributes) {
        told["MD5OfMessageAttributes"] = json!(md5);
        told["MessageAttributes"] = json!(attributes);
    }
    told
}

fn send(queue: &Queue, request: Send) -> Answer {
    let is_text = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if request.message_body.is_empty() {
        return Err(ApiError::client(
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ));
    }
    if !request.message_body.chars().all(is_text) {
        return Err(ApiError::client(
            "InvalidMessageContents",
            "The message contains characters outside the allowed set.",
        ));
    }
    if request.message_attributes.len() > 10
        || !request.message_attributes.values().all(AttributeValue::is_consistent)
    {
        return Err(ApiError::client(
            "InvalidParameterValue",
            "At most ten message attributes, each with a value of its type (String, Number or Binary).",
        ));
    }
    if request.delay_seconds.is_some_and(|delay| delay > 900) {
        return Err(ApiError::client(
            "InvalidParameterValue",
            "DelaySeconds is out of range. Valid values are 0 to 900.",
        ));
    }
    let message =
        Outgoing::new(request.message_body, request.message_attributes, request.message_system_attributes);
    let limit = queue.settings().message_bytes_max;
    if message.weight() > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(ApiError::client(
            "InvalidParameterValue",
            format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
            ),
        ));
    }
    let mut told = json!({ "MD5OfMessageBody": message.body_md5 });
    if let Some(md5) = &message.attributes_md5 {
        told["MD5OfMessageAttributes"] = json!(md5);
    }
    if let Some(md5) = &message.system_attributes_md5 {
        told["MD5OfMessageSystemAttributes"] = json!(md5);
    }
    told["MessageId"] = json!(queue.send(message, request.delay_seconds, clock::unix_millis()).id);
    Ok(told)
}

fn delete(queue: &Queue, request: &OnReceipt) -> Answer {
    queue.delete(&request.receipt_handle).map(|()| json!({})).map_err(receipt_error)
}

fn change_visibility(queue: &Queue, request: &OnReceipt) -> Answer {
    let timeout = request.visibility_timeout.unwrap_or_default();
    if timeout > 43_200 {
        return Err(ApiError::client(
            "InvalidParameterValue",
            "VisibilityTimeout is out of range. Valid values are 0 to 43200.",
        ));
    }
    let changed = queue.change_visibility(&request.receipt_handle, timeout, clock::unix_millis());
    changed.map(|()| json!({})).map_err(receipt_error)
}

fn receipt_error(problem: ReceiptProblem) -> ApiError {
    match problem {
        ReceiptProblem::Invalid => {
            ApiError::client("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
        }
        ReceiptProblem::NotInFlight => {
            ApiError::client("MessageNotInflight", "The message is not in flight.")
        }
    }
}

//! The SQS endpoint: standard queues in memory behind the JSON protocol (`AmazonSQS.*`), which every SDK since the
//! end of 2023 speaks. Non-goals: FIFO queues, the older query protocol, redrive policies, retention, permissions.

mod administration;
mod digest;
mod messages;
mod operations;
mod queue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::Request;
use http::header::HeaderValue;

use crate::clock;
use crate::faults::Faults;
use crate::lambda::DeadLetterSink;
use crate::server::Reply;
use crate::stores::wire::{ApiError, Dialect, Endpoint};
use crate::stores::{ACCOUNT_ID, REGION};

use messages::{AttributeValue, Outgoing};
use queue::Queue;

const DIALECT: Dialect = Dialect {
    target_prefix: "AmazonSQS.",
    content_type: "application/x-amz-json-1.0",
    error_namespace: "com.amazonaws.sqs#",
    message_key: "message",
};

/// 14 days, as specified for the dead-letter queue. Told, not enforced: the cloud does not live that long.
const SEEDED_RETENTION_S: u32 = 1_209_600;

/// The SQS endpoint with its queues.
pub(crate) struct Queues {
    /// `http://127.0.0.1:PORT`: what queue URLs begin with.
    base_url: String,
    queues: Mutex<BTreeMap<String, Arc<Queue>>>,
    faults: Arc<Faults>,
}

impl Queues {
    /// No queues yet; `base_url` is where this endpoint listens.
    pub(crate) fn new(base_url: String, faults: Arc<Faults>) -> Self {
        Self { base_url, queues: Mutex::default(), faults }
    }

    /// Creates the system's queue as infra would, unless it is there, and returns its URL.
    pub(crate) fn seed(&self, name: &str) -> String {
        let queue = || {
            let queue = Queue::new(clock::unix_millis());
            queue.change_settings(queue::Settings { retention_s: SEEDED_RETENTION_S, ..queue.settings() });
            Arc::new(queue)
        };
        self.lock().entry(name.to_owned()).or_insert_with(queue);
        self.url(name)
    }

    /// A way for Lambda to drop dead letters into the named queue.
    pub(crate) fn dead_letter_sink(&self, name: &str) -> Option<Arc<dyn DeadLetterSink>> {
        let queue = Arc::clone(self.lock().get(name)?);
        Some(Arc::new(DeadLetters { queue, arn: arn(name) }))
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT_ID}/{name}", self.base_url)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Queue>>> {
        self.queues.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Endpoint for Queues {
    // A message may weigh 1 MiB, and a batch no more than that; the rest is framing and escapes.
    const BODY_MAX: usize = 8 * 1024 * 1024;

    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let (head, body) = request.into_parts();
        let operation = match DIALECT.operation(&head.headers) {
            Ok(operation) => operation,
            Err(error) => return refuse(&error),
        };
        if let Some(code) = self.faults.strike("sqs", operation).await {
            return refuse(&ApiError::injected(code));
        }
        match self.carry_out(operation, &body).await {
            Ok(reply) => reply,
            Err(error) => refuse(&error),
        }
    }
}

/// Clients that grew up with the query protocol find the old code of an error in a header.
fn refuse(error: &ApiError) -> Reply {
    let mut reply = DIALECT.failure(error);
    let old_code = match error.code.as_ref() {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
        "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
        code => code,
    };
    let blame = if error.status.is_server_error() { "Receiver" } else { "Sender" };
    if let Ok(value) = HeaderValue::try_from(format!("{old_code};{blame}")) {
        reply.headers_mut().insert("x-amzn-query-error", value);
    }
    reply
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
}

struct DeadLetters {
    queue: Arc<Queue>,
    arn: String,
}

impl DeadLetterSink for DeadLetters {
    fn send(&self, body: String, attributes: Vec<(String, String)>) {
        let attributes = attributes.into_iter().map(|(name, value)| {
            // Lambda's own types for the three it sets.
            let data_type = if name == "ErrorCode" { "Number" } else { "String" };
            (name, AttributeValue::text(data_type, value))
        });
        let message = Outgoing::new(body, attributes.collect(), BTreeMap::new());
        let sent = self.queue.send(message, None, clock::unix_millis());
        tracing::debug!(queue = self.arn, message_id = sent.id, "an event went to the dead-letter queue");
    }

    fn arn(&self) -> Option<&str> {
        Some(&self.arn)
    }
}

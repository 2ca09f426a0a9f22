//! The dead-letter queue in SQS.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use bytes::Bytes;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{DeadLetter, DeadLetterQueue, LETTERS_MAX, QueueDepth, Receipt};
use webhook_core::unix_time::UnixTime;

use crate::errors::port_error;

/// A long poll asks all of the queue's servers; a short one asks some, and may find nothing in a queue that holds something.
const WAIT_S: i32 = 1;

/// A queue.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    url: String,
}

impl SqsDeadLetters {
    pub(crate) const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

impl DeadLetterQueue for SqsDeadLetters {
    async fn depth(&self) -> Result<QueueDepth, PortError> {
        use QueueAttributeName as Name;
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let request =
            self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(names.to_vec()));
        let answer = request.send().await.map_err(|error| port_error("sqs:GetQueueAttributes", &error))?;
        let [visible, in_flight, delayed] = names.map(|name| {
            let value = answer.attributes().and_then(|all| all.get(&name));
            value.and_then(|text| text.parse().ok()).unwrap_or(0)
        });
        Ok(QueueDepth { visible, in_flight, delayed })
    }

    async fn receive(&self, hidden: Duration) -> Result<Vec<DeadLetter>, PortError> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(LETTERS_MAX).unwrap_or(10))
            .wait_time_seconds(WAIT_S)
            .visibility_timeout(seconds(hidden))
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All);
        let answer = request.send().await.map_err(|error| port_error("sqs:ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(letter).collect())
    }

    async fn hide(&self, receipt: &Receipt, hidden: Duration) -> Result<(), PortError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt.handle())
            .visibility_timeout(seconds(hidden));
        request.send().await.map(drop).map_err(|error| port_error("sqs:ChangeMessageVisibility", &error))
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        let request = self.client.delete_message().queue_url(&self.url).receipt_handle(receipt.handle());
        request.send().await.map(drop).map_err(|error| port_error("sqs:DeleteMessage", &error))
    }
}

fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}

fn letter(message: Message) -> DeadLetter {
    let system =
        |name: MessageSystemAttributeName| -> Option<i64> { message.attributes()?.get(&name)?.parse().ok() };
    let attribute = |name: &str| message.message_attributes()?.get(name)?.string_value().map(str::to_owned);
    DeadLetter {
        sent_at: system(MessageSystemAttributeName::SentTimestamp).map(UnixTime::from_millis),
        receive_count: system(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|count| u32::try_from(count).ok()),
        request_id: attribute("RequestID"),
        error_code: attribute("ErrorCode"),
        error_message: attribute("ErrorMessage"),
        message_id: message.message_id.unwrap_or_default(),
        receipt: Receipt::new(message.receipt_handle.unwrap_or_default()),
        body: Bytes::from(message.body.unwrap_or_default()),
    }
}

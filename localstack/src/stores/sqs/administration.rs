//! SQS's operations on queues themselves: making, finding, describing and removing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::operations::{Answer, OnQueue};
use super::queue::{Queue, Settings};
use super::{Queues, arn};
use crate::clock;
use crate::stores::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByName {
    pub(super) queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    queue_name_prefix: Option<String>,
}

impl Queues {
    pub(super) fn create(&self, request: ByName) -> Answer {
        let name = request.queue_name;
        if name.ends_with(".fifo") {
            return Err(ApiError::client(
                "UnsupportedOperation",
                "The embedded SQS has standard queues only.",
            ));
        }
        let fits = (1..=80).contains(&name.len());
        if !fits || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(ApiError::client(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
            ));
        }
        let queue = Queue::new(clock::unix_millis());
        queue.change_settings(changed(Settings::default(), &request.attributes)?);
        let mut queues = self.lock();
        match queues.get(&name) {
            Some(there) if !request.attributes.is_empty() && there.settings() != queue.settings() => {
                return Err(ApiError::client(
                    "QueueNameExists",
                    "A queue already exists with the same name and a different value for an attribute.",
                ));
            }
            Some(_) => {}
            None => {
                queues.insert(name.clone(), Arc::new(queue));
            }
        }
        Ok(json!({ "QueueUrl": self.url(&name) }))
    }

    pub(super) fn queue_url(&self, name: &str) -> Answer {
        self.find(name).map(|(name, _)| json!({ "QueueUrl": self.url(&name) }))
    }

    pub(super) fn list(&self, request: &List) -> Value {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let urls: Vec<String> =
            self.lock().keys().filter(|name| name.starts_with(prefix)).map(|name| self.url(name)).collect();
        json!({ "QueueUrls": urls })
    }

    pub(super) fn delete_queue(&self, request: &OnQueue) -> Answer {
        let (name, _) = self.find(&request.queue_url)?;
        self.lock().remove(&name);
        Ok(json!({}))
    }

    pub(super) fn attributes(&self, request: &QueueAttributes) -> Answer {
        let (name, queue) = self.find(&request.queue_url)?;
        let settings = queue.settings();
        let depth = queue.depth(clock::unix_millis());
        let created = (queue.created_ms / 1000).to_string();
        let all = [
            ("QueueArn", arn(&name)),
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
            ("CreatedTimestamp", created.clone()),
            ("LastModifiedTimestamp", created),
            ("VisibilityTimeout", settings.visibility_timeout_s.to_string()),
            ("DelaySeconds", settings.delay_s.to_string()),
            ("ReceiveMessageWaitTimeSeconds", settings.receive_wait_s.to_string()),
            ("MessageRetentionPeriod", settings.retention_s.to_string()),
            ("MaximumMessageSize", settings.message_bytes_max.to_string()),
        ];
        let wanted = |name: &str| request.attribute_names.iter().any(|asked| asked == "All" || asked == name);
        let told: BTreeMap<&str, String> = all.into_iter().filter(|(name, _)| wanted(name)).collect();
        Ok(if told.is_empty() { json!({}) } else { json!({ "Attributes": told }) })
    }

    pub(super) fn set_attributes(&self, request: &QueueAttributes) -> Answer {
        let (_, queue) = self.find(&request.queue_url)?;
        queue.change_settings(changed(queue.settings(), &request.attributes)?);
        Ok(json!({}))
    }
}

/// `settings` with attributes applied; those that have no effect here (policies, encryption) are taken and ignored.
fn changed(mut settings: Settings, attributes: &BTreeMap<String, String>) -> Result<Settings, ApiError> {
    for (name, value) in attributes {
        let (field, range) = match name.as_str() {
            "VisibilityTimeout" => (&mut settings.visibility_timeout_s, 0..=43_200),
            "DelaySeconds" => (&mut settings.delay_s, 0..=900),
            "ReceiveMessageWaitTimeSeconds" => (&mut settings.receive_wait_s, 0..=20),
            "MessageRetentionPeriod" => (&mut settings.retention_s, 60..=1_209_600),
            "MaximumMessageSize" => (&mut settings.message_bytes_max, 1024..=1_048_576),
            _ => continue,
        };
        match value.parse::<u32>() {
            Ok(number) if range.contains(&number) => *field = number,
            _ => {
                return Err(ApiError::client(
                    "InvalidAttributeValue",
                    format!("Invalid value for the parameter {name}."),
                ));
            }
        }
    }
    Ok(settings)
}

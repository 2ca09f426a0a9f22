//! Which body a PayPal transmission id stood for, in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use webhook_core::ports::{Binding, PortError, TransmissionLog};
use webhook_core::unix_time::UnixTime;

use crate::errors::{port_error, refused};
use crate::payments;

const OPERATION: &str = "dynamodb:PutItem";
const BODY_SHA256: &str = "body_sha256";
const EXPIRES_AT: &str = "expires_at";
/// PayPal resends for 3 days and older deliveries are refused, so a binding of 4 days outlives every replay.
const KEPT_S: i64 = 4 * 24 * 3600;

/// What an item is found by: the partition key's name, and what stands before the transmission id in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) attribute: &'static str,
    pub(crate) prefix: &'static str,
}

impl Key {
    /// In a table of its own.
    pub(crate) const OWN_TABLE: Self = Self { attribute: "transmission_id", prefix: "" };
    /// Beside payments. No payment's id has a blank in it.
    pub(crate) const BESIDE_PAYMENTS: Self =
        Self { attribute: payments::TRANSACTION_ID, prefix: "paypal-transmission " };
}

/// The transmissions table.
#[derive(Debug, Clone)]
pub struct DynamoTransmissions {
    client: Client,
    table: String,
    key: Key,
    now: fn() -> UnixTime,
}

impl DynamoTransmissions {
    pub(crate) const fn new(client: Client, table: String, key: Key, now: fn() -> UnixTime) -> Self {
        Self { client, table, key, now }
    }
}

impl TransmissionLog for DynamoTransmissions {
    /// One conditional write decides; the service hands back what stood there, so no second read can race it.
    async fn bind(&self, transmission_id: &str, body_sha256: &[u8; 32]) -> Result<Binding, PortError> {
        let expires_at_s = (self.now)().secs().saturating_add(KEPT_S);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(self.key.attribute, AttributeValue::S(format!("{}{transmission_id}", self.key.prefix)))
            .item(BODY_SHA256, AttributeValue::B(Blob::new(body_sha256.as_slice())))
            .item(EXPIRES_AT, AttributeValue::N(expires_at_s.to_string()))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", self.key.attribute)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Binding::Holds),
            Err(SdkError::ServiceError(failure)) if failure.err().is_conditional_check_failed_exception() => {
                standing(failure.err()).map(|item| compare(item, body_sha256)).ok_or_else(no_item)?
            }
            Err(error) => Err(port_error(OPERATION, &error)),
        }
    }
}

/// The item that made a conditional write fail.
pub(crate) fn standing(error: &PutItemError) -> Option<&HashMap<String, AttributeValue>> {
    match error {
        PutItemError::ConditionalCheckFailedException(failure) => failure.item(),
        _ => None,
    }
}

/// The condition failed, but the service did not say on what.
pub(crate) fn no_item() -> PortError {
    refused(OPERATION, "conditional check failed without the standing item")
}

fn compare(item: &HashMap<String, AttributeValue>, body_sha256: &[u8; 32]) -> Result<Binding, PortError> {
    match item.get(BODY_SHA256) {
        Some(AttributeValue::B(bound)) if bound.as_ref() == body_sha256 => Ok(Binding::Holds),
        Some(AttributeValue::B(_)) => Ok(Binding::Conflicts),
        _ => Err(refused(OPERATION, "unreadable item: body_sha256")),
    }
}

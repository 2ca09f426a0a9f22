//! Payments, one item each, in a table whose key is the payment's id alone.
//!
//! An item says where the payment stands and what it costs, as the query function derives it, and holds the events that say so.
//! It is replaced as a whole, on the condition that its revision is still the one that the new state was made from.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use webhook_core::payment::{self, Payment, Revision};
use webhook_core::ports::PortError;
use webhook_core::ports::payments::{PaymentPut, PaymentStore};

use crate::errors::{port_error, refused};
use crate::item::{self, Item, UnreadableItem};
use crate::transmissions::standing;

const OPERATION: &str = "dynamodb:PutItem";
/// Partition key, and the whole key.
pub const TRANSACTION_ID: &str = "transactionId";
const REVISION: &str = "revision";
const EVENTS: &str = "events";

/// The table of payments.
#[derive(Debug, Clone)]
pub struct DynamoPayments {
    client: Client,
    table: String,
}

impl DynamoPayments {
    pub(crate) const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl PaymentStore for DynamoPayments {
    /// One conditional write; where the condition fails the service hands back what stands there, so there is no read.
    async fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<Revision>,
    ) -> Result<PaymentPut, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(payment)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match made_from {
            None => put
                .condition_expression("attribute_not_exists(#id)")
                .expression_attribute_names("#id", TRANSACTION_ID),
            Some(revision) => put
                .condition_expression("#revision = :made_from")
                .expression_attribute_names("#revision", REVISION)
                .expression_attribute_values(":made_from", numbered(revision)),
        };
        match put.send().await {
            Ok(_) => Ok(PaymentPut::Stored),
            Err(SdkError::ServiceError(failure)) if failure.err().is_conditional_check_failed_exception() => {
                let there = standing(failure.err()).map(read).transpose();
                there.map(PaymentPut::Changed).map_err(|error| refused(OPERATION, &error.to_string()))
            }
            Err(error) => Err(port_error(OPERATION, &error)),
        }
    }
}

/// The item of a payment.
#[must_use]
pub fn write(payment: &Payment) -> Item {
    let events = payment.events();
    let mut item = HashMap::with_capacity(12);
    let mut put = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    put(TRANSACTION_ID, item::text(payment.transaction_id()));
    put(REVISION, numbered(payment.revision()));
    if let Some(current) = payment::current(events) {
        put(item::STATUS, item::text(current.status.as_str()));
        put(item::PROVIDER, item::text(current.provider.as_str()));
        put(item::EVENT_TYPE, item::text(&current.event_type));
        put(item::EVENT_ID, item::text(&current.event_id));
        put(item::TIMESTAMP, item::number(&current.timestamp));
    }
    let money = payment::priced(events).map(|priced| (priced.amount.as_ref(), priced.currency.as_ref()));
    if let Some((Some(amount), Some(currency))) = money {
        put(item::AMOUNT, item::number(amount));
        put(item::CURRENCY, item::text(currency));
    }
    let events = events.iter().map(|event| AttributeValue::M(item::write_event(event)));
    put(EVENTS, AttributeValue::L(events.collect()));
    item
}

/// The payment of an item.
///
/// # Errors
/// An attribute is missing, or is not what its name promises.
pub fn read(item: &Item) -> Result<Payment, UnreadableItem> {
    let transaction_id = item::read_text(item, TRANSACTION_ID)?;
    let revision = item.get(REVISION).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
    let revision = Revision::numbered(revision.ok_or(UnreadableItem(REVISION))?);
    let events = item.get(EVENTS).and_then(|value| value.as_l().ok()).ok_or(UnreadableItem(EVENTS))?;
    let read = |event: &AttributeValue| {
        let event = event.as_m().map_err(|_| UnreadableItem(EVENTS))?;
        // There is no bucket beside such a table.
        item::read_event(event, transaction_id.clone(), String::new())
    };
    let events = events.iter().map(read).collect::<Result<_, _>>()?;
    Payment::stored(revision, events).ok_or(UnreadableItem(EVENTS))
}

fn numbered(revision: Revision) -> AttributeValue {
    AttributeValue::N(revision.number().to_string())
}

#[cfg(test)]
mod tests;

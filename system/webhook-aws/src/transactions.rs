//! The append-only table of events, in DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use rust_decimal::Decimal;
use webhook_core::ports::{Cursor, Page, PortError, ProviderRange, Put, TransactionStore};
use webhook_core::record::Transaction;

use crate::errors::{port_error, refused};
use crate::item::{self, Item};
use crate::transmissions::{no_item, standing};

const PUT: &str = "dynamodb:PutItem";
const QUERY: &str = "dynamodb:Query";
const PROVIDER_INDEX: &str = "ProviderTimestampIndex";

/// The transactions table.
#[derive(Debug, Clone)]
pub struct DynamoTransactions {
    client: Client,
    table: String,
    ttl_days: Option<u32>,
}

impl DynamoTransactions {
    pub(crate) const fn new(client: Client, table: String, ttl_days: Option<u32>) -> Self {
        Self { client, table, ttl_days }
    }

    /// Follows a query page by page until `limit` records are there or nothing is left. One answer of the service
    /// holds at most 1 MB, which may be fewer records than asked for.
    async fn collect(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
    ) -> Result<(Vec<Transaction>, Option<Item>), PortError> {
        let mut found = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let missing = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            let page = query
                .clone()
                .limit(i32::try_from(missing).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start.take().or_else(|| query.get_exclusive_start_key().clone()));
            let QueryOutput { items, last_evaluated_key, .. } =
                page.send().await.map_err(|error| port_error(QUERY, &error))?;
            for item in items.unwrap_or_default() {
                found.push(item::read(&item).map_err(|error| refused(QUERY, &error.to_string()))?);
            }
            if last_evaluated_key.is_none() || found.len() >= limit as usize {
                return Ok((found, last_evaluated_key));
            }
            start = last_evaluated_key;
        }
    }
}

impl TransactionStore for DynamoTransactions {
    /// One conditional write, no read before it: of any number of concurrent deliveries exactly one is stored, and
    /// the service hands the others the record that stands there.
    async fn put_once(&self, transaction: &Transaction) -> Result<Put, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::write(transaction, self.ttl_days)))
            .condition_expression("attribute_not_exists(transaction_id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Put::Stored),
            Err(SdkError::ServiceError(failure)) if failure.err().is_conditional_check_failed_exception() => {
                let standing = standing(failure.err()).ok_or_else(no_item)?;
                let same_event = item::event_id(standing) == Some(transaction.event_id.as_str());
                Ok(if same_event { Put::AlreadyStored } else { Put::Occupied })
            }
            Err(error) => Err(port_error(PUT, &error)),
        }
    }

    async fn history(&self, transaction_id: &str, limit: u32) -> Result<Vec<Transaction>, PortError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            // An answer to "where does the payment stand" must not be older than a record already acknowledged.
            .consistent_read(true)
            .key_condition_expression("#id = :id")
            .expression_attribute_names("#id", item::TRANSACTION_ID)
            .expression_attribute_values(":id", AttributeValue::S(transaction_id.to_owned()));
        Ok(self.collect(query, limit).await?.0)
    }

    async fn by_provider(&self, range: &ProviderRange) -> Result<Page, PortError> {
        let Some((start, after)) = bounds(range) else {
            return Ok(Page { transactions: Vec::new(), next: None });
        };
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(PROVIDER_INDEX)
            .key_condition_expression("#provider = :provider AND #timestamp BETWEEN :start AND :end")
            .expression_attribute_names("#provider", item::PROVIDER)
            .expression_attribute_names("#timestamp", item::TIMESTAMP)
            .expression_attribute_values(":provider", AttributeValue::S(range.provider.as_str().to_owned()))
            .expression_attribute_values(":start", AttributeValue::N(start.to_string()))
            .expression_attribute_values(":end", AttributeValue::N(range.end.to_string()))
            .set_exclusive_start_key(after.map(|cursor| item::cursor_key(range.provider, cursor)));
        let (transactions, last) = self.collect(query, range.limit).await?;
        let next = last.map(|key| item::read_cursor(&key)).transpose();
        Ok(Page { transactions, next: next.map_err(|error| refused(QUERY, &error.to_string()))? })
    }
}

/// The lower bound and the position to go on from, or `None` where nothing can be found. A cursor comes from outside
/// and may lie beyond the range, and the service refuses both that and an empty range as invalid; neither is a failure here.
fn bounds(range: &ProviderRange) -> Option<(Decimal, Option<&Cursor>)> {
    let after = range.after.as_ref().filter(|cursor| cursor.timestamp >= range.start);
    let empty = range.start > range.end || after.is_some_and(|cursor| cursor.timestamp > range.end);
    (!empty).then_some((range.start, after))
}

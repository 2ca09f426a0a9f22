//! The append-only table of events, in DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use rust_decimal::Decimal;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::{Cursor, EVALUATED_MAX, EventQuery, Page, PortError, Put, Scope, TransactionStore};
use webhook_core::provider::Provider;
use webhook_core::record::{Status, Transaction};

use crate::errors::{port_error, refused};
use crate::item::{self, Item};
use crate::transmissions::{no_item, standing};

const PUT: &str = "dynamodb:PutItem";
const QUERY: &str = "dynamodb:Query";
const PROVIDER_INDEX: &str = "ProviderTimestampIndex";
const CUSTOMER_INDEX: &str = "CustomerIndex";
/// Records looked at in one request where a filter applies: the service counts its `Limit` before it filters, and how many will
/// pass is not known beforehand.
const FILTERED_AT_ONCE: u32 = 250;

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

    /// Follows a query until `limit` records are there, `budget` records were looked at, or nothing is left. One answer of
    /// the service holds at most 1 MB, which may be fewer records than asked for. With the records comes the key of the last one
    /// looked at, if there may be more.
    async fn collect(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
        budget: u32,
    ) -> Result<(Vec<Transaction>, Option<Item>), PortError> {
        let filtered = query.get_filter_expression().is_some();
        let mut found = Vec::new();
        let mut left = budget;
        let mut start = query.get_exclusive_start_key().clone();
        loop {
            let missing = limit.saturating_sub(count(found.len()));
            let at_once = if filtered { missing.max(FILTERED_AT_ONCE) } else { missing }.min(left);
            let page = query
                .clone()
                .limit(i32::try_from(at_once).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start.take());
            let QueryOutput { items, last_evaluated_key, scanned_count, .. } =
                page.send().await.map_err(|error| port_error(QUERY, &error))?;
            for item in items.unwrap_or_default() {
                found.push(item::read(&item).map_err(|error| refused(QUERY, &error.to_string()))?);
            }
            // An answer that does not say how many it looked at is taken to have looked at all that it was allowed to.
            let looked_at = u32::try_from(scanned_count).ok().filter(|count| *count > 0).unwrap_or(at_once);
            left = left.saturating_sub(looked_at);
            if last_evaluated_key.is_none() || found.len() >= limit as usize || left == 0 {
                return Ok((found, last_evaluated_key));
            }
            start = last_evaluated_key;
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
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
            .set_condition_expression(
                (!mutant::active(Mutant::RecordsOverwritten))
                    .then(|| "attribute_not_exists(transaction_id)".to_owned()),
            )
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
            // The newest first, so that a limit cuts off the oldest.
            .scan_index_forward(false)
            .key_condition_expression("#id = :id")
            .expression_attribute_names("#id", item::TRANSACTION_ID)
            .expression_attribute_values(":id", AttributeValue::S(transaction_id.to_owned()));
        let (mut newest_first, _) = self.collect(query, limit, limit).await?;
        newest_first.reverse();
        Ok(newest_first)
    }

    async fn events(&self, query: &EventQuery) -> Result<Page, PortError> {
        let Some((start, after)) = bounds(query) else {
            return Ok(Page { transactions: Vec::new(), next: None });
        };
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#scope = :scope AND #timestamp BETWEEN :start AND :end")
            .expression_attribute_names("#timestamp", item::TIMESTAMP)
            .expression_attribute_values(":start", AttributeValue::N(start.to_string()))
            .expression_attribute_values(":end", AttributeValue::N(query.end.to_string()))
            .set_exclusive_start_key(after.map(|cursor| item::cursor_key(&query.scope, cursor)));
        let request = filtered(scoped(request, &query.scope), query);
        // A page may be full before its last answer is used up; then it goes on after the last record that fits.
        let (mut transactions, last) = self.collect(request, query.limit, EVALUATED_MAX).await?;
        let fits = query.limit as usize;
        if transactions.len() > fits {
            transactions.truncate(fits);
            let next = transactions.last().map(|record| Cursor {
                timestamp: record.timestamp,
                transaction_id: record.transaction_id.clone(),
            });
            return Ok(Page { transactions, next });
        }
        let next = last.map(|key| item::read_cursor(&key)).transpose();
        Ok(Page { transactions, next: next.map_err(|error| refused(QUERY, &error.to_string()))? })
    }
}

/// The index of the scope and its key.
fn scoped(request: QueryFluentBuilder, scope: &Scope) -> QueryFluentBuilder {
    let index = match scope {
        Scope::Provider(_) => PROVIDER_INDEX,
        Scope::Customer { .. } => CUSTOMER_INDEX,
    };
    let (attribute, value) = item::scope_key(scope);
    request
        .index_name(index)
        .expression_attribute_names("#scope", attribute)
        .expression_attribute_values(":scope", value)
}

/// What the index's key does not say, as the service's filter.
fn filtered(request: QueryFluentBuilder, query: &EventQuery) -> QueryFluentBuilder {
    let provider = match &query.scope {
        Scope::Customer { provider, .. } => *provider,
        Scope::Provider(_) => None,
    };
    let wanted = [
        ("#provider = :provider", item::PROVIDER, provider.map(Provider::as_str)),
        ("#status = :status", item::STATUS, query.status.map(Status::as_str)),
    ];
    let mut conditions = Vec::new();
    let mut request = request;
    for (condition, attribute, value) in wanted {
        if let Some(value) = value {
            conditions.push(condition);
            request = request
                .expression_attribute_names(format!("#{attribute}"), attribute)
                .expression_attribute_values(format!(":{attribute}"), AttributeValue::S(value.to_owned()));
        }
    }
    let expression = (!conditions.is_empty()).then(|| conditions.join(" AND "));
    request.set_filter_expression(expression)
}

/// The lower bound and the position to go on from, or `None` where nothing can be found. A cursor comes from outside
/// and may lie beyond the range, and the service refuses both that and an empty range as invalid; neither is a failure here.
fn bounds(query: &EventQuery) -> Option<(Decimal, Option<&Cursor>)> {
    let after = query.after.as_ref().filter(|cursor| cursor.timestamp >= query.start);
    let empty = query.start > query.end || after.is_some_and(|cursor| cursor.timestamp > query.end);
    (!empty).then_some((query.start, after))
}

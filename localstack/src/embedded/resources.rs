//! Names and shapes of what the functions work with: tables, buckets, the queue, the secrets.

use dynoxide::DynoxideError;
use serde_json::{Value, json};

use super::{Defect, Options};
use crate::stores::{ACCOUNT_ID, Tables};

/// Holds every event of every payment.
pub(super) const TRANSACTIONS_TABLE: &str = "webhook-transactions";
/// Binds PayPal's transmission ids to the bodies they came with.
pub(super) const TRANSMISSIONS_TABLE: &str = "webhook-transmissions";
/// Where events go that could not be processed.
pub(super) const DEAD_LETTER_QUEUE: &str = "webhook-processing-dlq";
/// The providers, as they stand in names and paths.
pub(super) const PROVIDERS: [&str; 3] = ["stripe", "paypal", "square"];

/// The secret of a provider.
pub(super) fn secret_name(provider: &str) -> String {
    format!("webhook-processor/{provider}/secret")
}

/// Names that carry the environment's.
pub(super) struct Names {
    /// Raw bodies.
    pub(super) raw_bucket: String,
    /// Processed records.
    pub(super) processed_bucket: String,
}

impl Names {
    pub(super) fn new(environment: &str) -> Self {
        Self {
            raw_bucket: format!("{ACCOUNT_ID}-webhook-payloads-{environment}"),
            processed_bucket: format!("{ACCOUNT_ID}-transaction-logs-{environment}"),
        }
    }
}

/// Creates both tables as infra would.
pub(super) fn create_tables(tables: &Tables, options: &Options) -> Result<(), DynoxideError> {
    for table in [transactions_table(options), transmissions_table()] {
        let name = table["TableName"].clone();
        tables.seed("CreateTable", &table)?;
        if options.has(Defect::NoExpiry) {
            continue;
        }
        let ttl = json!({
            "TableName": name,
            "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "expires_at" },
        });
        tables.seed("UpdateTimeToLive", &ttl)?;
    }
    Ok(())
}

fn transactions_table(options: &Options) -> Value {
    let key = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let index = |name: &str, hash: &str| {
        json!({
            "IndexName": name,
            "KeySchema": key(hash, "timestamp"),
            "Projection": { "ProjectionType": "ALL" },
        })
    };
    let attribute = |name: &str, kind: &str| json!({ "AttributeName": name, "AttributeType": kind });
    let mut indexes = vec![index("ProviderTimestampIndex", "provider")];
    let mut attributes =
        vec![attribute("transaction_id", "S"), attribute("timestamp", "N"), attribute("provider", "S")];
    if !options.has(Defect::NoCustomerIndex) {
        indexes.push(index("CustomerIndex", "customer_id"));
        // Only attributes of keys may be defined.
        attributes.push(attribute("customer_id", "S"));
    }
    json!({
        "TableName": TRANSACTIONS_TABLE,
        "AttributeDefinitions": attributes,
        "KeySchema": key("transaction_id", "timestamp"),
        "GlobalSecondaryIndexes": indexes,
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    })
}

fn transmissions_table() -> Value {
    json!({
        "TableName": TRANSMISSIONS_TABLE,
        "AttributeDefinitions": [{ "AttributeName": "transmission_id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "transmission_id", "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

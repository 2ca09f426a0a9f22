//! What a write into the embedded DynamoDB costs as its table fills, by the size of SQLite's pages:
//! `cargo bench -p localstack --bench dynamodb_pages`. The table has both indexes of the system's and a stream; dynoxide is called
//! directly, as the DynamoDB endpoint calls it, and its stream records have the endpoint's index.

#![expect(clippy::print_stdout, reason = "the table is this program's one result")]

use std::error::Error;
use std::time::Instant;

use dynoxide::Database;
use rusqlite::Connection;
use serde_json::{Value, json};

/// Bytes; SQLite's own size first.
const PAGES: [u32; 4] = [4_096, 8_192, 16_384, 32_768];
/// Writes between two figures.
const PART: u32 = 10_000;
const PARTS: u32 = 6;

fn main() -> Result<(), Box<dyn Error>> {
    for page in PAGES {
        let parts = write(page)?.map(|us| format!("{us:.0}")).join(", ");
        println!("pages of {page:>5} bytes: {parts} µs a write, each over {PART} items");
    }
    Ok(())
}

/// Microseconds a write, for one part after the other.
fn write(page: u32) -> Result<[f64; PARTS as usize], Box<dyn Error>> {
    let name = format!("file:pages-{page}?mode=memory&cache=shared");
    let second = Connection::open(&name)?;
    second.pragma_update(None, "page_size", page)?;
    let database = Database::new(&name)?;
    second.execute_batch(
        "CREATE INDEX stream_records_in_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    database.create_table(serde_json::from_value(table())?)?;
    let mut figures = [0.0; PARTS as usize];
    let mut number = 0;
    for figure in &mut figures {
        let began = Instant::now();
        for _ in 0..PART {
            database.put_item(serde_json::from_value(put(number))?)?;
            number += 1;
        }
        *figure = began.elapsed().as_secs_f64() * 1e6 / f64::from(PART);
    }
    Ok(figures)
}

fn table() -> Value {
    let key = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let index = |name: &str, hash: &str| json!({ "IndexName": name, "KeySchema": key(hash, "timestamp"), "Projection": { "ProjectionType": "ALL" } });
    let attribute = |name: &str, kind: &str| json!({ "AttributeName": name, "AttributeType": kind });
    json!({
        "TableName": "transactions",
        "KeySchema": key("transaction_id", "timestamp"),
        "AttributeDefinitions": [
            attribute("transaction_id", "S"), attribute("timestamp", "N"), attribute("provider", "S"), attribute("customer_id", "S"),
        ],
        "GlobalSecondaryIndexes": [index("by-provider", "provider"), index("by-customer", "customer_id")],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    })
}

/// A payment: its id comes in no order, as real ones do.
fn put(number: u32) -> Value {
    let scattered = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let provider = ["stripe", "paypal", "square"][number as usize % 3];
    let at = 1_795_285_369_123 + u64::from(number);
    json!({
        "TableName": "transactions",
        "Item": {
            "transaction_id": { "S": format!("pi_{scattered:016x}{number:08x}") },
            "timestamp": { "N": at.to_string() },
            "provider": { "S": provider },
            "customer_id": { "S": format!("cus_{}", scattered >> 40 & 4095) },
            "status": { "S": "succeeded" },
            "rest": { "S": "y".repeat(500) },
        },
        "ConditionExpression": "attribute_not_exists(transaction_id)",
    })
}

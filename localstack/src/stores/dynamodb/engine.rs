//! dynoxide's database in memory, tuned from the side.
//!
//! dynoxide 3.2 numbers stream records by a maximum over all records of the table, without an index: every write
//! to a table with a stream costs time in proportion to all writes before it (3 ms after 10,000). It also keeps
//! stream records for ever, where AWS keeps them for a day. Both are mended here in SQL, over a second connection
//! to the same database in memory.
//!
//! SQLite puts pages in order as it splits them, by way of a page number far beyond the last; the commit after that looks through all
//! pages in memory for it. So a write costs time in proportion to the number of pages, and larger ones are fewer and split less often:
//! after 60,000 items 0.28 ms a write with pages of 16 KiB, 0.64 ms with SQLite's 4
//! (`cargo bench -p localstack --bench dynamodb_pages`).

use std::sync::{Mutex, PoisonError};

use dynoxide::{Database, DynoxideError};
use rusqlite::Connection;

/// How many stream records a cleaning leaves, all tables together: about 100 MB of transactions.
const STREAM_RECORDS_KEPT: u32 = 100_000;

/// How many are removed while operations wait: a few milliseconds' work.
const STREAM_RECORDS_AT_ONCE: u32 = 200;

/// Bytes of a page.
const PAGE: u32 = 16_384;

/// dynoxide's database and a second connection to it.
pub(super) struct Engine {
    /// For the operations.
    pub(super) database: Database,
    second: Mutex<Connection>,
}

impl Engine {
    /// Opens an empty database.
    pub(super) fn open() -> Result<Self, DynoxideError> {
        let name = format!("file:dynamodb-{}?mode=memory&cache=shared", uuid::Uuid::new_v4().simple());
        // Before dynoxide, because a page's size is settled with the first table.
        let second = Connection::open(&name)?;
        second.pragma_update(None, "page_size", PAGE)?;
        let database = Database::new(&name)?;
        second.execute_batch(
            "CREATE INDEX stream_records_in_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
        )?;
        Ok(Self { database, second: Mutex::new(second) })
    }

    /// Removes expired items, a page at a time: operations that arrive meanwhile go first between two pages.
    pub(super) fn sweep(&self) -> Result<(), DynoxideError> {
        self.database.sweep_ttl().map(drop)
    }

    /// Removes some of the oldest stream records beyond those that are kept; true: there are more. No operation may run meanwhile:
    /// connections that share a cache do not wait for each other, they fail.
    pub(super) fn forget_stream_records(&self) -> Result<bool, DynoxideError> {
        self.forget(STREAM_RECORDS_KEPT, STREAM_RECORDS_AT_ONCE)
    }

    fn forget(&self, kept: u32, at_once: u32) -> Result<bool, DynoxideError> {
        let second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = second.execute(
            "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records
             WHERE id <= (SELECT COALESCE(MAX(id), 0) FROM _stream_records) - ?1 ORDER BY id LIMIT ?2)",
            [kept, at_once],
        )?;
        Ok(removed == at_once as usize)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stores::dynamodb::operations::carry_out;

    fn with_table(name: &str) -> Engine {
        let engine = Engine::open().unwrap();
        let table = json!({
            "TableName": name,
            "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" },
        });
        carry_out(&engine.database, "CreateTable", table.to_string().as_bytes()).unwrap();
        engine
    }

    fn stream_records(engine: &Engine) -> u32 {
        let second = engine.second.lock().unwrap();
        second.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0)).unwrap()
    }

    /// The queries as dynoxide 3.2 has them; should a later version ask otherwise, this index has to follow.
    #[test]
    fn streams_are_numbered_and_read_by_index() {
        let engine = Engine::open().unwrap();
        let second = engine.second.lock().unwrap();
        for query in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 't'",
            "SELECT new_image FROM _stream_records WHERE table_name = 't' AND shard_id = 's'
             AND CAST(sequence_number AS INTEGER) > 3 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 4",
        ] {
            let plan: String =
                second.query_row(&format!("EXPLAIN QUERY PLAN {query}"), [], |row| row.get(3)).unwrap();
            assert!(plan.starts_with("SEARCH") && plan.contains("stream_records_in_order"), "{plan}");
        }
    }

    #[test]
    fn old_stream_records_are_forgotten_and_new_ones_numbered_on() {
        let engine = with_table("things");
        let put = |n: u32| {
            let item = json!({ "TableName": "things", "Item": { "k": { "S": n.to_string() } } });
            carry_out(&engine.database, "PutItem", item.to_string().as_bytes()).unwrap();
        };
        (0..10).for_each(put);
        assert!(engine.forget(3, 4).unwrap(), "seven are too many, and four went");
        assert!(!engine.forget(3, 4).unwrap());
        assert_eq!(stream_records(&engine), 3);
        (10..12).for_each(put);
        assert_eq!(stream_records(&engine), 5);
        assert!(!engine.forget_stream_records().unwrap());
        assert_eq!(stream_records(&engine), 5);
    }

    #[test]
    fn pages_are_large() {
        let engine = with_table("things");
        let second = engine.second.lock().unwrap();
        let page: u32 = second.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        assert_eq!(page, PAGE);
    }

    #[test]
    fn expired_items_go() {
        let engine = with_table("things");
        let request = |operation: &str, request: serde_json::Value| {
            let told = carry_out(&engine.database, operation, request.to_string().as_bytes()).unwrap();
            serde_json::from_slice::<serde_json::Value>(&told).unwrap()
        };
        let ttl = json!({ "Enabled": true, "AttributeName": "expires_at" });
        request("UpdateTimeToLive", json!({ "TableName": "things", "TimeToLiveSpecification": ttl }));
        for (key, expires_at) in [("old", "1000000000"), ("new", "9999999999")] {
            let item = json!({ "k": { "S": key }, "expires_at": { "N": expires_at } });
            request("PutItem", json!({ "TableName": "things", "Item": item }));
        }
        engine.sweep().unwrap();
        let left = request("Scan", json!({ "TableName": "things" }));
        assert_eq!((&left["Count"], &left["Items"][0]["k"]["S"]), (&json!(1), &json!("new")));
    }

    #[test]
    fn two_databases_are_two() {
        let (one, other) = (with_table("only-in-one"), Engine::open().unwrap());
        let names = |engine: &Engine| carry_out(&engine.database, "ListTables", b"{}").unwrap();
        assert_eq!(names(&one), br#"{"TableNames":["only-in-one"]}"#);
        assert_eq!(names(&other), br#"{"TableNames":[]}"#);
    }
}

//! From an operation's name and JSON body to dynoxide's typed call and back.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long an operation may keep SQLite busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// One item: tens of microseconds.
    Light,
    /// Up to megabytes of items, or the schema: milliseconds.
    Heavy,
}

/// The weight of an operation.
pub(super) fn weight(operation: &str) -> Weight {
    match operation {
        "PutItem" | "GetItem" | "UpdateItem" | "DeleteItem" => Weight::Light,
        _ => Weight::Heavy,
    }
}

/// Whether requests or answers of this operation carry ARNs. None of these carries items.
pub(super) fn tells_arns(operation: &str) -> bool {
    matches!(
        operation,
        "CreateTable"
            | "DescribeTable"
            | "UpdateTable"
            | "DeleteTable"
            | "ListStreams"
            | "DescribeStream"
            | "GetShardIterator"
            | "TagResource"
            | "UntagResource"
            | "ListTagsOfResource"
    )
}

macro_rules! operations {
    ($($name:literal => $method:ident),* $(,)?) => {
        /// Whether the engine carries out this operation.
        pub(super) fn is_known(operation: &str) -> bool {
            matches!(operation, $($name)|*)
        }

        /// Runs one operation and returns its answer's JSON.
        pub(super) fn carry_out(
            database: &Database,
            operation: &str,
            body: &[u8],
        ) -> Result<Vec<u8>, DynoxideError> {
            let answer = match operation {
                $($name => read(body).and_then(|request| database.$method(request)).and_then(|answer| write(&answer)),)*
                _ => Err(DynoxideError::ValidationException(format!("{operation} is not carried out here"))),
            };
            answer.map_err(|error| enveloped(operation, error))
        }
    };
}

operations! {
    "PutItem" => put_item,
    "GetItem" => get_item,
    "UpdateItem" => update_item,
    "DeleteItem" => delete_item,
    "Query" => query,
    "Scan" => scan,
    "BatchGetItem" => batch_get_item,
    "BatchWriteItem" => batch_write_item,
    "TransactGetItems" => transact_get_items,
    "TransactWriteItems" => transact_write_items,
    "CreateTable" => create_table,
    "DescribeTable" => describe_table,
    "ListTables" => list_tables,
    "UpdateTable" => update_table,
    "DeleteTable" => delete_table,
    "DescribeTimeToLive" => describe_time_to_live,
    "UpdateTimeToLive" => update_time_to_live,
    "ListStreams" => list_streams,
    "DescribeStream" => describe_stream,
    "GetShardIterator" => get_shard_iterator,
    "GetRecords" => get_records,
    "ExecuteStatement" => execute_statement,
    "ExecuteTransaction" => execute_transaction,
    "BatchExecuteStatement" => batch_execute_statement,
    "TagResource" => tag_resource,
    "UntagResource" => untag_resource,
    "ListTagsOfResource" => list_tags_of_resource,
}

fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// Reads a request. dynoxide's types tell the class of an error by a prefix of serde's message; what has none is a
/// member of the wrong JSON type.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let whole = error.to_string();
        let text = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(text, _place)| text);
        for (prefix, class) in [
            ("VALIDATION_REQUEST:", DynoxideError::EnvelopedValidation as fn(String) -> DynoxideError),
            ("VALIDATION_AS_READ:", DynoxideError::ValidationException),
            ("VALIDATION:", DynoxideError::ValidationException),
            ("SERIALIZATION_AS_READ:", DynoxideError::SerializationException),
            ("SERIALIZATION:", DynoxideError::SerializationException),
        ] {
            if let Some(message) = text.strip_prefix(prefix) {
                return class(message.to_owned());
            }
        }
        let about_the_value = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
        if about_the_value.iter().any(|part| text.contains(part)) {
            DynoxideError::ValidationException(text.to_owned())
        } else {
            DynoxideError::SerializationException(text.to_owned())
        }
    })
}

/// DynamoDB words some validation errors of single-item writes with a preamble.
fn enveloped(operation: &str, error: DynoxideError) -> DynoxideError {
    match error {
        DynoxideError::EnvelopedValidation(message)
            if matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem") =>
        {
            DynoxideError::ValidationException(format!("1 validation error detected: {message}"))
        }
        other => other,
    }
}

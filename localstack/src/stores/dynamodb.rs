//! The DynamoDB endpoint: dynoxide's engine (SQLite, in memory) behind a thin front of our own.
//!
//! dynoxide's own HTTP server parses every body three times and runs on the caller's thread; this front parses
//! once and keeps callers in an asynchronous queue, so that no runtime thread ever waits for SQLite's lock.
//! Non-goals: wording of malformed requests to the letter; signatures.

mod engine;
mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dynoxide::DynoxideError;
use http::{Request, StatusCode};
use tokio::sync::Mutex;

use crate::faults::Faults;
use crate::server::Reply;
use crate::stores::wire::{ApiError, Dialect, Endpoint};

use engine::Engine;
use operations::{Weight, weight};

/// dynoxide puts a region of its own into ARNs.
const ENGINE_ARN: &str = "arn:aws:dynamodb:dynoxide:";
const ARN: &str = "arn:aws:dynamodb:us-east-1:";

const DIALECT: Dialect = Dialect {
    target_prefix: "DynamoDB_20120810.",
    content_type: "application/x-amz-json-1.0",
    error_namespace: "com.amazonaws.dynamodb.v20120810#",
    message_key: "message",
};

/// The streams API has its own prefix and shares everything else.
const STREAMS_PREFIX: &str = "DynamoDBStreams_20120810.";

/// How often expired items are removed (on AWS: within days of their time).
const CLEANING: Duration = Duration::from_secs(60);

/// The DynamoDB endpoint with its tables.
pub(crate) struct Tables {
    engine: Arc<Engine>,
    /// Whose turn it is: SQLite serves one caller at a time, and waiting for a turn must not hold up a thread.
    turn: Arc<Mutex<()>>,
    faults: Arc<Faults>,
}

impl Tables {
    /// An empty database.
    pub(crate) fn new(faults: Arc<Faults>) -> Result<Self, DynoxideError> {
        Ok(Self { engine: Arc::new(Engine::open()?), turn: Arc::new(Mutex::new(())), faults })
    }

    /// Creates a table (and what belongs to it) from the JSON of the API's own requests.
    pub(crate) fn seed(&self, operation: &str, request: &serde_json::Value) -> Result<(), DynoxideError> {
        operations::carry_out(&self.engine.database, operation, request.to_string().as_bytes()).map(drop)
    }

    /// Removes expired items and old stream records once a minute, for as long as it is polled. Webhooks go on meanwhile: a
    /// cleaning in one piece held up every write for half a second after 10,000 of them.
    pub(crate) async fn keep_clean(self: Arc<Self>) {
        loop {
            tokio::time::sleep(CLEANING).await;
            if let Err(error) = self.clean().await {
                tracing::warn!(%error, "expired items could not be removed");
            }
        }
    }

    async fn clean(&self) -> Result<(), DynoxideError> {
        let engine = Arc::clone(&self.engine);
        aside(move || engine.sweep()).await?;
        loop {
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let engine = Arc::clone(&self.engine);
            let more = aside(move || {
                let _turn = turn;
                engine.forget_stream_records()
            });
            if !more.await? {
                return Ok(());
            }
        }
    }

    /// Runs an operation; ARNs in it name our region outside and dynoxide's inside.
    async fn run(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, DynoxideError> {
        if !operations::tells_arns(operation) {
            return self.run_inside(operation, body).await;
        }
        let text = String::from_utf8_lossy(&body).replace(ARN, ENGINE_ARN);
        let answer = self.run_inside(operation, text.into()).await?;
        Ok(String::from_utf8_lossy(&answer).replace(ENGINE_ARN, ARN).into_bytes())
    }

    async fn run_inside(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, DynoxideError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        match weight(operation) {
            // About 50 µs: less than handing it to another thread and back would cost the others.
            Weight::Light => {
                let _turn = turn;
                operations::carry_out(&self.engine.database, operation, &body)
            }
            Weight::Heavy => {
                let (engine, operation) = (Arc::clone(&self.engine), operation.to_owned());
                aside(move || {
                    let _turn = turn;
                    operations::carry_out(&engine.database, &operation, &body)
                })
                .await
            }
        }
    }
}

/// Runs work that takes long on a thread where it holds up nobody.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DynoxideError> + Send + 'static,
) -> Result<T, DynoxideError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(DynoxideError::InternalServerError("The operation broke off.".into())))
}

impl Endpoint for Tables {
    // DynamoDB's own limit of a request.
    const BODY_MAX: usize = 16 * 1024 * 1024;

    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let (head, body) = request.into_parts();
        let streams = head
            .headers
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .and_then(|target| target.strip_prefix(STREAMS_PREFIX));
        let operation = match streams.map_or_else(|| DIALECT.operation(&head.headers), Ok) {
            Ok(operation) if operations::is_known(operation) => operation,
            Ok(_) => return DIALECT.failure(&ApiError::unknown_operation()),
            Err(error) => return DIALECT.failure(&error),
        };
        if let Some(code) = self.faults.strike("dynamodb", operation).await {
            return DIALECT.failure(&ApiError::injected(code));
        }
        match self.run(operation, body).await {
            Ok(json) => DIALECT.reply(StatusCode::OK, json),
            Err(error) => {
                let status =
                    StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                DIALECT.reply(status, error.to_json())
            }
        }
    }
}

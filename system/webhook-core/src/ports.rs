//! What the decisions need from the outside world, as verbs, without an SDK type. The adapters for AWS are in
//! `webhook-aws`; the in-memory twins are in `twins`; both pass the contract suite in `contract`.

pub mod compact;
mod events;
pub mod ipn;
pub mod ops;
pub mod payments;
pub mod signature_api;

use bytes::Bytes;
use serde::Deserialize;

use crate::envelope::Envelope;
use crate::provider::Provider;
use crate::record::Transaction;

pub use events::{Cursor, EVALUATED_MAX, EventQuery, Page, Scope};

/// A store or service did not do what was asked. The message is safe to log: it names the service, the operation
/// and the error code, never a body, a key or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// Worth another try: throttled, timed out, 5xx, connection lost.
    #[error("{operation} is unavailable: {reason}")]
    Unavailable {
        /// Service and operation, e.g. `s3:PutObject`.
        operation: &'static str,
        /// Error code or kind, e.g. `SlowDown`, `timeout`.
        reason: String,
    },
    /// Another try will not help until somebody changes something: access denied, no such table or secret.
    #[error("{operation} was refused: {reason}")]
    Refused {
        /// Service and operation, e.g. `dynamodb:PutItem`.
        operation: &'static str,
        /// Error code, e.g. `AccessDeniedException`.
        reason: String,
    },
}

/// Keeps raw bodies exactly as received.
pub trait RawStore: Send + Sync {
    /// Stores `body` under `key`; writing the same key again replaces it with the same bytes.
    fn put_raw(&self, key: &str, body: Bytes) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Hands verified deliveries to the processor.
pub trait Dispatch: Send + Sync {
    /// Returns once the delivery is durably queued (Lambda's asynchronous invocation answered 202).
    fn dispatch(&self, envelope: &Envelope) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Where signing secrets come from. Caching and the refetch guard are the caller's (see `keys`).
pub trait SecretSource: Send + Sync {
    /// The current and, while a rotation is under way, the previous secret string of `provider`: at least one, newest first.
    fn fetch_secrets(
        &self,
        provider: Provider,
    ) -> impl Future<Output = Result<Vec<SecretString>, PortError>> + Send;
}

/// Where PayPal's signing certificates come from.
pub trait CertificateSource: Send + Sync {
    /// The PEM chain behind `path` (`/v1/notifications/certs/CERT-…`) of PayPal host `host`; both were checked against
    /// the allow-list. The adapter follows no redirect and bounds time (2 s) and size (32 KiB).
    fn fetch_certificate(
        &self,
        host: &str,
        path: &str,
    ) -> impl Future<Output = Result<Bytes, PortError>> + Send;
}

/// Remembers which body a PayPal transmission id stood for: CRC-32 alone would let another body pass with
/// captured headers.
pub trait TransmissionLog: Send + Sync {
    /// Binds `transmission_id` to `body_sha256` if it is unbound.
    fn bind(
        &self,
        transmission_id: &str,
        body_sha256: &[u8; 32],
    ) -> impl Future<Output = Result<Binding, PortError>> + Send;
}

/// What [`TransmissionLog::bind`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// New, or already bound to the same body (a retry).
    Holds,
    /// Already bound to another body: an attack.
    Conflicts,
}

/// The append-only table of events.
pub trait TransactionStore: Send + Sync {
    /// Inserts one event's record at its exact key, unless something is there already.
    fn put_once(&self, transaction: &Transaction) -> impl Future<Output = Result<Put, PortError>> + Send;

    /// The newest `limit` events of one payment (`limit` must be positive), oldest first.
    fn history(
        &self,
        transaction_id: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Transaction>, PortError>> + Send;

    /// Events of a scope with `start <= timestamp <= end` (Unix seconds) that pass the query's filters, oldest first, a page at a
    /// time. At most [`EVALUATED_MAX`] events are looked at for a page.
    fn events(&self, query: &EventQuery) -> impl Future<Output = Result<Page, PortError>> + Send;
}

/// What [`TransactionStore::put_once`] found at the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// Stored now.
    Stored,
    /// This event's record is there already: a duplicate delivery, and a success.
    AlreadyStored,
    /// Another event of the same payment has this timestamp; the caller moves to the next fraction.
    Occupied,
}

/// The processed log: normalized records for analysis and audit.
pub trait ProcessedLog: Send + Sync {
    /// Stores the JSON form of a record under `key`.
    fn put_processed(&self, key: &str, json: Bytes) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// A secret as text. It cannot be printed: there is no `Display`, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretString(String);

impl SecretString {
    /// Wraps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the code that must use it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretString(…)")
    }
}

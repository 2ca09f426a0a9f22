//! The ports in memory, for tests of the decisions. Each passes the same contract suite as the adapter it stands for, counts its
//! calls, and can be told to fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rust_decimal::Decimal;

use crate::envelope::Envelope;
use crate::ports::{
    Binding, CertificateSource, Cursor, Dispatch, EVALUATED_MAX, EventQuery, Page, PortError, ProcessedLog,
    Put, RawStore, Scope, SecretSource, SecretString, TransactionStore, TransmissionLog,
};
use crate::provider::Provider;
use crate::record::Transaction;

/// What every twin has: its state, how often it was called, and the failure it is told to have.
#[derive(Default)]
struct Twin<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Default)]
struct Inner<T> {
    state: T,
    calls: usize,
    failure: Option<PortError>,
}

impl<T> Twin<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<R>(&self, act: impl FnOnce(&mut T) -> R) -> Result<R, PortError> {
        let mut inner = self.lock();
        inner.calls += 1;
        match &inner.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(act(&mut inner.state)),
        }
    }
}

/// Methods every twin has.
macro_rules! switches {
    ($twin:ident) => {
        impl $twin {
            /// From now on every call fails with `failure`, or none does. A failing call changes nothing.
            pub fn fail_with(&self, failure: Option<PortError>) {
                self.twin.lock().failure = failure;
            }

            /// How often it was called, failed calls included.
            #[must_use]
            pub fn calls(&self) -> usize {
                self.twin.lock().calls
            }
        }
    };
}

/// A failure worth another try.
#[must_use]
pub fn unavailable(operation: &'static str) -> PortError {
    PortError::Unavailable { operation, reason: "told to fail".to_owned() }
}

/// A failure that another try does not help.
#[must_use]
pub fn refused(operation: &'static str) -> PortError {
    PortError::Refused { operation, reason: "AccessDeniedException".to_owned() }
}

mod ipn;
mod payments;
mod signature_api;

pub use ipn::{MemoryPostback, MemoryQuarantine};
pub use payments::MemoryPayments;
pub use signature_api::MemorySignatureApi;

/// Raw bodies by key.
#[derive(Default)]
pub struct MemoryRawStore {
    twin: Twin<BTreeMap<String, Bytes>>,
}
switches!(MemoryRawStore);

impl MemoryRawStore {
    /// Everything stored.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.twin.lock().state.clone()
    }
}

impl RawStore for MemoryRawStore {
    async fn put_raw(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        self.twin.call(|objects| drop(objects.insert(key.to_owned(), body)))
    }
}

/// The queue to the processor.
#[derive(Default)]
pub struct MemoryDispatch {
    twin: Twin<Vec<Envelope>>,
}
switches!(MemoryDispatch);

impl MemoryDispatch {
    /// Everything queued, in order.
    #[must_use]
    pub fn envelopes(&self) -> Vec<Envelope> {
        self.twin.lock().state.clone()
    }
}

impl Dispatch for MemoryDispatch {
    async fn dispatch(&self, envelope: &Envelope) -> Result<(), PortError> {
        self.twin.call(|queue| queue.push(envelope.clone()))
    }
}

/// Secrets by provider.
#[derive(Default)]
pub struct MemorySecrets {
    twin: Twin<HashMap<Provider, Vec<SecretString>>>,
}
switches!(MemorySecrets);

impl MemorySecrets {
    /// Replaces the secrets of `provider`, newest first.
    pub fn set(&self, provider: Provider, secrets: &[&str]) {
        let secrets = secrets.iter().map(|secret| SecretString::new(*secret)).collect();
        self.twin.lock().state.insert(provider, secrets);
    }
}

impl SecretSource for MemorySecrets {
    async fn fetch_secrets(&self, provider: Provider) -> Result<Vec<SecretString>, PortError> {
        // Let others run, as a real fetch would: tests of single flight depend on it.
        tokio::task::yield_now().await;
        self.twin.call(|secrets| secrets.get(&provider).cloned())?.ok_or_else(|| PortError::Refused {
            operation: "secretsmanager:GetSecretValue",
            reason: "ResourceNotFoundException".to_owned(),
        })
    }
}

/// So that a test can keep hold of what it gave away.
impl SecretSource for &MemorySecrets {
    async fn fetch_secrets(&self, provider: Provider) -> Result<Vec<SecretString>, PortError> {
        (**self).fetch_secrets(provider).await
    }
}

/// Certificate chains by host and path.
#[derive(Default)]
pub struct MemoryCertificates {
    twin: Twin<HashMap<(String, String), Bytes>>,
}
switches!(MemoryCertificates);

impl MemoryCertificates {
    /// Serves `pem` at an address.
    pub fn set(&self, host: &str, path: &str, pem: impl Into<Bytes>) {
        self.twin.lock().state.insert((host.to_owned(), path.to_owned()), pem.into());
    }
}

impl CertificateSource for MemoryCertificates {
    async fn fetch_certificate(&self, host: &str, path: &str) -> Result<Bytes, PortError> {
        tokio::task::yield_now().await;
        let key = (host.to_owned(), path.to_owned());
        self.twin
            .call(|chains| chains.get(&key).cloned())?
            .ok_or_else(|| PortError::Refused { operation: "https:GET", reason: "404".to_owned() })
    }
}

/// So that a test can keep hold of what it gave away.
impl CertificateSource for &MemoryCertificates {
    async fn fetch_certificate(&self, host: &str, path: &str) -> Result<Bytes, PortError> {
        (**self).fetch_certificate(host, path).await
    }
}

/// Bodies by transmission id.
#[derive(Default)]
pub struct MemoryTransmissions {
    twin: Twin<HashMap<String, [u8; 32]>>,
}
switches!(MemoryTransmissions);

impl TransmissionLog for MemoryTransmissions {
    async fn bind(&self, transmission_id: &str, body_sha256: &[u8; 32]) -> Result<Binding, PortError> {
        self.twin.call(|bound| match bound.get(transmission_id) {
            Some(known) if known != body_sha256 => Binding::Conflicts,
            Some(_) => Binding::Holds,
            None => {
                bound.insert(transmission_id.to_owned(), *body_sha256);
                Binding::Holds
            }
        })
    }
}

/// The table of events.
#[derive(Default)]
pub struct MemoryTransactions {
    twin: Twin<BTreeMap<(String, Decimal), Transaction>>,
}
switches!(MemoryTransactions);

impl MemoryTransactions {
    /// Every record, by payment and time.
    #[must_use]
    pub fn records(&self) -> Vec<Transaction> {
        self.twin.lock().state.values().cloned().collect()
    }
}

impl TransactionStore for MemoryTransactions {
    async fn put_once(&self, transaction: &Transaction) -> Result<Put, PortError> {
        self.twin.call(|records| {
            let key = (transaction.transaction_id.clone(), transaction.timestamp);
            match records.get(&key) {
                Some(known) if known.event_id == transaction.event_id => Put::AlreadyStored,
                Some(_) => Put::Occupied,
                None => {
                    records.insert(key, transaction.clone());
                    Put::Stored
                }
            }
        })
    }

    async fn history(&self, transaction_id: &str, limit: u32) -> Result<Vec<Transaction>, PortError> {
        self.twin.call(|records| {
            let own = records.values().filter(|record| record.transaction_id == transaction_id);
            let newest: Vec<_> = own.rev().take(limit as usize).cloned().collect();
            newest.into_iter().rev().collect()
        })
    }

    async fn events(&self, query: &EventQuery) -> Result<Page, PortError> {
        self.twin.call(|records| {
            let position = |record: &Transaction| Cursor {
                timestamp: record.timestamp,
                transaction_id: record.transaction_id.clone(),
            };
            let key = |cursor: &Cursor| (cursor.timestamp, cursor.transaction_id.clone());
            let mut in_scope: Vec<_> = records
                .values()
                .filter(|record| is_indexed(record, &query.scope))
                .filter(|record| (query.start..=query.end).contains(&record.timestamp))
                .filter(|record| query.after.as_ref().is_none_or(|after| key(&position(record)) > key(after)))
                .collect();
            in_scope.sort_by_key(|record| key(&position(record)));
            let (mut found, mut last) = (Vec::new(), None);
            for (number, record) in in_scope.into_iter().enumerate() {
                if found.len() >= query.limit as usize || number >= EVALUATED_MAX as usize {
                    return Page { transactions: found, next: last };
                }
                last = Some(position(record));
                if passes(record, query) {
                    found.push(record.clone());
                }
            }
            Page { transactions: found, next: None }
        })
    }
}

fn is_indexed(record: &Transaction, scope: &Scope) -> bool {
    match scope {
        Scope::Provider(provider) => record.provider == *provider,
        Scope::Customer { id, .. } => record.customer_id.as_ref() == Some(id),
    }
}

fn passes(record: &Transaction, query: &EventQuery) -> bool {
    let provider = match query.scope {
        Scope::Provider(provider) | Scope::Customer { provider: Some(provider), .. } => Some(provider),
        Scope::Customer { provider: None, .. } => None,
    };
    provider.is_none_or(|provider| record.provider == provider)
        && query.status.is_none_or(|status| record.status == status)
}

/// The processed log by key.
#[derive(Default)]
pub struct MemoryProcessedLog {
    twin: Twin<BTreeMap<String, Bytes>>,
}
switches!(MemoryProcessedLog);

impl MemoryProcessedLog {
    /// Everything stored.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.twin.lock().state.clone()
    }
}

impl ProcessedLog for MemoryProcessedLog {
    async fn put_processed(&self, key: &str, json: Bytes) -> Result<(), PortError> {
        self.twin.call(|objects| drop(objects.insert(key.to_owned(), json)))
    }
}

mod compact;
pub mod ops;
#[cfg(test)]
mod tests;

pub use compact::{MemoryDayLog, MemoryHandover};

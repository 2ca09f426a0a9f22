//! The operator's ports in memory. Time stands still unless [`MemoryDeadLetterQueue::pass`] is called.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Twin, refused};
use crate::ports::ops::{
    DeadLetter, DeadLetterQueue, LETTERS_MAX, ObjectHead, ObjectPage, ProcessorQueue, QueueDepth, RawArchive,
    RawObject, Receipt, SecretVault, SecretVersion, SecretVersions,
};
use crate::ports::{PortError, SecretString};
use crate::unix_time::UnixTime;

/// Letters in the order in which they came.
#[derive(Default)]
pub struct MemoryDeadLetterQueue {
    twin: Twin<Letters>,
}
switches!(MemoryDeadLetterQueue);

#[derive(Default)]
struct Letters {
    now: Duration,
    next: u64,
    letters: BTreeMap<u64, Letter>,
}

struct Letter {
    letter: DeadLetter,
    due: Duration,
    received: u32,
}

impl MemoryDeadLetterQueue {
    /// Puts a letter in.
    pub fn send(&self, body: &str, request_id: &str, error_message: &str) {
        let mut inner = self.twin.lock();
        let state = &mut inner.state;
        state.next += 1;
        let sequence = state.next;
        let letter = DeadLetter {
            message_id: format!("message-{sequence}"),
            receipt: Receipt::new(""),
            body: Bytes::copy_from_slice(body.as_bytes()),
            sent_at: Some(UnixTime::from_secs(1_763_750_000 + i64::try_from(sequence).unwrap_or(0))),
            receive_count: None,
            request_id: Some(request_id.to_owned()),
            error_code: Some("200".to_owned()),
            error_message: Some(error_message.to_owned()),
        };
        let due = state.now;
        state.letters.insert(sequence, Letter { letter, due, received: 0 });
    }

    /// Lets time pass: hidden letters come back.
    pub fn pass(&self, time: Duration) {
        self.twin.lock().state.now += time;
    }

    /// The bodies of all letters, hidden ones too.
    #[must_use]
    pub fn bodies(&self) -> Vec<Bytes> {
        self.twin.lock().state.letters.values().map(|letter| letter.letter.body.clone()).collect()
    }

    /// How many letters are hidden now.
    #[must_use]
    pub fn hidden(&self) -> usize {
        let inner = self.twin.lock();
        inner.state.letters.values().filter(|letter| letter.due > inner.state.now).count()
    }
}

/// `sequence received`: a receipt is good for the latest hand-out only.
fn read_receipt(receipt: &Receipt) -> Option<(u64, u32)> {
    let (sequence, received) = receipt.handle().split_once(' ')?;
    Some((sequence.parse().ok()?, received.parse().ok()?))
}

impl DeadLetterQueue for MemoryDeadLetterQueue {
    async fn depth(&self) -> Result<QueueDepth, PortError> {
        self.twin.call(|state| {
            let hidden = state.letters.values().filter(|letter| letter.due > state.now).count();
            QueueDepth {
                visible: (state.letters.len() - hidden) as u64,
                in_flight: hidden as u64,
                delayed: 0,
            }
        })
    }

    async fn receive(&self, hidden: Duration) -> Result<Vec<DeadLetter>, PortError> {
        self.twin.call(|state| {
            let now = state.now;
            let ready = state.letters.iter_mut().filter(|(_, letter)| letter.due <= now).take(LETTERS_MAX);
            ready
                .map(|(sequence, held)| {
                    held.due = now + hidden;
                    held.received += 1;
                    DeadLetter {
                        receipt: Receipt::new(format!("{sequence} {}", held.received)),
                        receive_count: Some(held.received),
                        ..held.letter.clone()
                    }
                })
                .collect()
        })
    }

    async fn hide(&self, receipt: &Receipt, hidden: Duration) -> Result<(), PortError> {
        let done = self.twin.call(|state| {
            let now = state.now;
            let (sequence, received) = read_receipt(receipt)?;
            let letter = state.letters.get_mut(&sequence)?;
            (letter.received == received && letter.due > now).then(|| letter.due = now + hidden)
        })?;
        done.ok_or_else(|| refused("sqs:ChangeMessageVisibility"))
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.twin.call(|state| {
            let Some((sequence, received)) = read_receipt(receipt) else { return };
            if state.letters.get(&sequence).is_some_and(|letter| letter.received == received) {
                state.letters.remove(&sequence);
            }
        })
    }
}

/// What was handed to the processor, in order.
#[derive(Default)]
pub struct MemoryProcessorQueue {
    twin: Twin<Vec<Bytes>>,
}
switches!(MemoryProcessorQueue);

impl MemoryProcessorQueue {
    /// Every event queued.
    #[must_use]
    pub fn events(&self) -> Vec<Bytes> {
        self.twin.lock().state.clone()
    }
}

impl ProcessorQueue for MemoryProcessorQueue {
    async fn invoke(&self, event: Bytes) -> Result<String, PortError> {
        self.twin.call(|events| {
            events.push(event);
            format!("invocation-{}", events.len())
        })
    }
}

/// Objects by key.
#[derive(Default)]
pub struct MemoryRawArchive {
    twin: Twin<BTreeMap<String, (Bytes, UnixTime)>>,
    page: Option<usize>,
}
switches!(MemoryRawArchive);

impl MemoryRawArchive {
    /// An archive that tells `page` objects at a time.
    #[must_use]
    pub fn with_pages_of(page: usize) -> Self {
        Self { page: Some(page), ..Self::default() }
    }

    /// Puts an object in.
    pub fn put(&self, key: &str, body: &[u8], written_at: UnixTime) {
        self.twin.lock().state.insert(key.to_owned(), (Bytes::copy_from_slice(body), written_at));
    }
}

impl RawArchive for MemoryRawArchive {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<ObjectPage, PortError> {
        let page = self.page.unwrap_or(1000);
        self.twin.call(|objects| {
            let mut found: Vec<ObjectHead> = objects
                .iter()
                .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
                .take(page + 1)
                .map(|(key, (body, written_at))| ObjectHead {
                    key: key.clone(),
                    size_bytes: body.len() as u64,
                    written_at: *written_at,
                })
                .collect();
            let more = found.len() > page;
            found.truncate(page);
            ObjectPage { objects: found, more }
        })
    }

    async fn read(&self, key: &str, bytes_max: usize) -> Result<RawObject, PortError> {
        self.twin.call(|objects| match objects.get(key) {
            None => RawObject::Missing,
            Some((body, _)) if body.len() > bytes_max => RawObject::TooLarge,
            Some((body, _)) => RawObject::Body(body.clone()),
        })
    }
}

/// One secret with its versions.
#[derive(Default)]
pub struct MemorySecretVault {
    twin: Twin<Vault>,
}
switches!(MemorySecretVault);

#[derive(Default)]
struct Vault {
    absent: bool,
    versions: BTreeMap<String, SecretVersion>,
    current: Option<String>,
    previous: Option<String>,
}

impl MemorySecretVault {
    /// No secret at all.
    #[must_use]
    pub fn absent() -> Self {
        let vault = Self::default();
        vault.twin.lock().state.absent = true;
        vault
    }

    /// A secret whose current version is `value`, added at `created_at`.
    #[must_use]
    pub fn holding(id: &str, value: &str, created_at: UnixTime) -> Self {
        let vault = Self::default();
        let mut inner = vault.twin.lock();
        let version = SecretVersion {
            id: id.to_owned(),
            created_at: Some(created_at),
            value: SecretString::new(value),
        };
        inner.state.versions.insert(id.to_owned(), version);
        inner.state.current = Some(id.to_owned());
        drop(inner);
        vault
    }
}

impl SecretVault for MemorySecretVault {
    async fn versions(&self) -> Result<Option<SecretVersions>, PortError> {
        self.twin.call(|vault| {
            let at = |id: &Option<String>| id.as_ref().and_then(|id| vault.versions.get(id)).cloned();
            let versions = SecretVersions { current: at(&vault.current), previous: at(&vault.previous) };
            (!vault.absent).then_some(versions)
        })
    }

    async fn add(&self, token: &str, value: &SecretString) -> Result<(), PortError> {
        let added = self.twin.call(|vault| {
            if let Some(there) = vault.versions.get(token) {
                return there.value == *value;
            }
            let version = SecretVersion { id: token.to_owned(), created_at: None, value: value.clone() };
            vault.versions.insert(token.to_owned(), version);
            vault.current.get_or_insert_with(|| token.to_owned());
            true
        })?;
        if added { Ok(()) } else { Err(refused("secretsmanager:PutSecretValue")) }
    }

    async fn promote(&self, token: &str, current: &str) -> Result<(), PortError> {
        let promoted = self.twin.call(|vault| {
            let fits = vault.current.as_deref() == Some(current) && vault.versions.contains_key(token);
            if fits {
                vault.previous = vault.current.replace(token.to_owned());
            }
            fits
        })?;
        if promoted { Ok(()) } else { Err(refused("secretsmanager:UpdateSecretVersionStage")) }
    }

    async fn retire(&self, version_id: &str) -> Result<(), PortError> {
        self.twin.call(|vault| drop(vault.previous.take_if(|previous| previous == version_id)))
    }
}

#[cfg(test)]
mod tests;

//! What the operator's tool (`webhookctl`) needs from the outside world: the dead-letter queue, the way back into the
//! processor, the raw bucket, the secrets' versions. No function of the system has these; they are an operator's permissions.

use std::time::Duration;

use bytes::Bytes;

use crate::ports::{PortError, SecretString};
use crate::unix_time::UnixTime;

/// Most letters that one [`DeadLetterQueue::receive`] hands out.
pub const LETTERS_MAX: usize = 10;

/// Where events lie that could not be processed.
///
/// At-least-once: a letter can be handed out twice, and to somebody else while its receipt has run out. Whoever acts on a letter
/// must be able to act on it again.
pub trait DeadLetterQueue: Send + Sync {
    /// How many letters there are, about.
    fn depth(&self) -> impl Future<Output = Result<QueueDepth, PortError>> + Send;

    /// Hands out up to [`LETTERS_MAX`] letters and hides them from everybody for `hidden`. None: there is none to be had now.
    fn receive(&self, hidden: Duration) -> impl Future<Output = Result<Vec<DeadLetter>, PortError>> + Send;

    /// Hides a received letter for `hidden` from now; zero gives it back at once.
    fn hide(&self, receipt: &Receipt, hidden: Duration)
    -> impl Future<Output = Result<(), PortError>> + Send;

    /// Removes a received letter. Removing it again succeeds.
    fn delete(&self, receipt: &Receipt) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// How many letters a queue holds; the service's own estimate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Can be received now.
    pub visible: u64,
    /// Handed out to somebody and not removed yet.
    pub in_flight: u64,
    /// Sent with a delay that is not over.
    pub delayed: u64,
}

impl QueueDepth {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.visible.saturating_add(self.in_flight).saturating_add(self.delayed)
    }
}

/// The right to act on one letter as it was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt(String);

impl Receipt {
    /// Wraps a service's receipt handle.
    #[must_use]
    pub fn new(handle: impl Into<String>) -> Self {
        Self(handle.into())
    }

    /// The handle.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.0
    }
}

/// A letter as it was handed out. Deliberately without `Debug`: the body must not reach a terminal by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The queue's own id of it.
    pub message_id: String,
    /// What it takes to remove it or to give it back.
    pub receipt: Receipt,
    /// The event that could not be processed, as it was.
    pub body: Bytes,
    /// When it came into the queue.
    pub sent_at: Option<UnixTime>,
    /// How often it was handed out, this time included.
    pub receive_count: Option<u32>,
    /// The failed invocation's id (attribute `RequestID`).
    pub request_id: Option<String>,
    /// Attribute `ErrorCode`: an HTTP status, 200 for a function's own error.
    pub error_code: Option<String>,
    /// Attribute `ErrorMessage`: the first 1 KiB of the error's text. From another side: not to be trusted on a terminal.
    pub error_message: Option<String>,
}

/// Lambda's asynchronous invocation of the processor.
pub trait ProcessorQueue: Send + Sync {
    /// Queues `event` as it is. The answer is the invocation's id, which a dead letter of it will carry.
    fn invoke(&self, event: Bytes) -> impl Future<Output = Result<String, PortError>> + Send;
}

/// The raw bodies that were kept.
pub trait RawArchive: Send + Sync {
    /// The objects whose key begins with `prefix` and sorts after `after`, in the order of their keys, a page at a time.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ObjectPage, PortError>> + Send;

    /// An object's bytes; no more than `bytes_max` are read.
    fn read(&self, key: &str, bytes_max: usize) -> impl Future<Output = Result<RawObject, PortError>> + Send;
}

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, by key.
    pub objects: Vec<ObjectHead>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

/// What a listing tells of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its key.
    pub key: String,
    /// Its size, bytes.
    pub size_bytes: u64,
    /// When it was written.
    pub written_at: UnixTime,
}

/// What a read found. Without `Debug`, as every body.
#[derive(Clone, PartialEq, Eq)]
pub enum RawObject {
    /// The bytes.
    Body(Bytes),
    /// There is no such object (any more).
    Missing,
    /// It is larger than the caller takes.
    TooLarge,
    /// It is archived, and must be restored before it can be read.
    Archived,
}

/// The versions of one provider's secret.
pub trait SecretVault: Send + Sync {
    /// Both versions that validators accept, or `None` where there is no such secret at all.
    fn versions(&self) -> impl Future<Output = Result<Option<SecretVersions>, PortError>> + Send;

    /// Adds a version that nobody uses yet (it becomes the current one where there is none). `token` names it: adding the same
    /// value under the same token again changes nothing.
    fn add(&self, token: &str, value: &SecretString) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Makes version `token` the current one in the place of version `current`, which becomes the previous one. Refused, and nothing
    /// changed, if another version has become the current one meanwhile.
    fn promote(&self, token: &str, current: &str) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Takes the previous version, `version_id`, out of use.
    fn retire(&self, version_id: &str) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What validators accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVersions {
    /// AWSCURRENT.
    pub current: Option<SecretVersion>,
    /// AWSPREVIOUS.
    pub previous: Option<SecretVersion>,
}

/// One version. `Debug` shows nothing of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVersion {
    /// Its id: the token it was added with.
    pub id: String,
    /// When it was added.
    pub created_at: Option<UnixTime>,
    /// The value.
    pub value: SecretString,
}

//! What compaction needs from the outside world: a day's objects in the processed bucket, the day's one file, and a
//! way to go on in another invocation.

use bytes::Bytes;

use super::PortError;
use crate::compact::Task;

/// The bucket of the processed log, seen a day at a time.
pub trait DayLog: Send + Sync {
    /// Objects whose keys begin with `prefix`, in the order of their keys' bytes, from the first one after `after` on; a
    /// page at a time.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<EntryPage, PortError>> + Send;

    /// One object, whole.
    fn read(&self, key: &str) -> impl Future<Output = Result<Bytes, PortError>> + Send;

    /// What is known of the file under `key`; `None` if there is none.
    fn find_file(&self, key: &str) -> impl Future<Output = Result<Option<DayFile>, PortError>> + Send;

    /// Writes a file in one piece, if what is there is still `over` (an ETag; `None`: nothing).
    fn put_file(
        &self,
        key: &str,
        body: Bytes,
        stamp: &Stamp,
        over: Option<&str>,
    ) -> impl Future<Output = Result<Write, PortError>> + Send;

    /// Begins to write a file in parts, and names the upload. Nobody sees anything of it before it is complete.
    fn begin_upload(
        &self,
        key: &str,
        stamp: &Stamp,
    ) -> impl Future<Output = Result<String, PortError>> + Send;

    /// Adds part `number` (from 1) to an upload; writing the same number again replaces the part. Each part but the last
    /// has at least 5 MiB.
    fn add_part(
        &self,
        upload: Upload<'_>,
        number: u32,
        body: Bytes,
    ) -> impl Future<Output = Result<Part, PortError>> + Send;

    /// Makes the file of exactly these parts (their ETags, in order), if what is there is still `over`.
    fn complete(
        &self,
        upload: Upload<'_>,
        parts: &[String],
        over: Option<&str>,
    ) -> impl Future<Output = Result<Write, PortError>> + Send;

    /// Gives an upload up, so that its parts cost nothing. One that is gone already is a success.
    fn abandon(&self, upload: Upload<'_>) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Changes when the object does.
    pub etag: String,
    /// Its size.
    pub bytes: u64,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPage {
    /// In key order; not empty when there is more.
    pub entries: Vec<Entry>,
    /// Whether another page follows.
    pub more: bool,
}

/// What is stored beside a file, so that nobody has to read it to know what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Digest of the objects it was made of, in lower-case hexadecimal.
    pub manifest: String,
    /// How many they were.
    pub records: u64,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Changes when the file does.
    pub etag: String,
    /// Absent if somebody else wrote the file.
    pub stamp: Option<Stamp>,
}

/// An upload that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload<'a> {
    /// The file's key.
    pub key: &'a str,
    /// The upload's name.
    pub id: &'a str,
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// The file is what was written.
    Done,
    /// Somebody else wrote the file in the meantime; it is as they left it.
    Overtaken,
    /// The upload, or one of its parts, is not there any more.
    Gone,
}

/// What came of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It is there; this is its ETag.
    Added(String),
    /// The upload is not there any more.
    Gone,
}

/// Starts another invocation of the compactor.
pub trait Handover: Send + Sync {
    /// Returns once the task is durably queued.
    fn hand_over(&self, task: &Task) -> impl Future<Output = Result<(), PortError>> + Send;
}

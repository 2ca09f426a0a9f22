//! A bucket with uploads, and a queue of tasks, in memory.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::Twin;
use crate::compact::Task;
use crate::ports::compact::{DayFile, DayLog, Entry, EntryPage, Handover, Part, Stamp, Upload, Write};
use crate::ports::{PortError, ProcessedLog};

/// Most entries in a page; small, so that tests turn pages.
const PAGE: usize = 7;

#[derive(Clone, Default)]
struct Object {
    body: Bytes,
    etag: String,
    stamp: Option<Stamp>,
}

struct Begun {
    key: String,
    stamp: Stamp,
    parts: BTreeMap<u32, (String, Bytes)>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    uploads: BTreeMap<String, Begun>,
    /// Every write of a file or object changes what ETags are made of.
    writes: u64,
    files_written: usize,
    reads_now: usize,
    reads_most: usize,
}

impl State {
    fn store(&mut self, key: &str, body: Bytes, stamp: Option<Stamp>) {
        self.writes += 1;
        let etag = format!("e{}", self.writes);
        self.objects.insert(key.to_owned(), Object { body, etag, stamp });
    }

    fn is(&self, key: &str, over: Option<&str>) -> bool {
        self.objects.get(key).map(|object| object.etag.as_str()) == over
    }
}

/// The processed bucket.
#[derive(Default)]
pub struct MemoryDayLog {
    twin: Twin<State>,
}
switches!(MemoryDayLog);

impl MemoryDayLog {
    /// Puts an object there, as the processor would.
    pub fn put(&self, key: &str, body: impl Into<Bytes>) {
        self.twin.lock().state.store(key, body.into(), None);
    }

    /// Takes an object away.
    pub fn remove(&self, key: &str) {
        self.twin.lock().state.objects.remove(key);
    }

    /// The body under a key.
    #[must_use]
    pub fn body(&self, key: &str) -> Option<Bytes> {
        self.twin.lock().state.objects.get(key).map(|object| object.body.clone())
    }

    /// How many files were written, in one piece or in parts.
    #[must_use]
    pub fn files_written(&self) -> usize {
        self.twin.lock().state.files_written
    }

    /// How many uploads are begun and neither complete nor given up.
    #[must_use]
    pub fn uploads(&self) -> usize {
        self.twin.lock().state.uploads.len()
    }

    /// Ends every upload, as a lifecycle rule would.
    pub fn drop_uploads(&self) {
        self.twin.lock().state.uploads.clear();
    }

    /// The most objects that were being read at one time.
    #[must_use]
    pub fn reads_most(&self) -> usize {
        self.twin.lock().state.reads_most
    }
}

impl DayLog for MemoryDayLog {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<EntryPage, PortError> {
        self.twin.call(|state| {
            let mut found = state
                .objects
                .iter()
                .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
                .map(|(key, object)| Entry {
                    key: key.clone(),
                    etag: object.etag.clone(),
                    bytes: object.body.len() as u64,
                });
            let entries = found.by_ref().take(PAGE).collect();
            EntryPage { entries, more: found.next().is_some() }
        })
    }

    async fn read(&self, key: &str) -> Result<Bytes, PortError> {
        self.twin.call(|state| {
            state.reads_now += 1;
            state.reads_most = state.reads_most.max(state.reads_now);
        })?;
        // Let others begin, as a real read would.
        tokio::task::yield_now().await;
        let mut inner = self.twin.lock();
        inner.state.reads_now -= 1;
        inner
            .state
            .objects
            .get(key)
            .map(|object| object.body.clone())
            .ok_or_else(|| PortError::Refused { operation: "s3:GetObject", reason: "NoSuchKey".to_owned() })
    }

    async fn find_file(&self, key: &str) -> Result<Option<DayFile>, PortError> {
        self.twin.call(|state| {
            let object = state.objects.get(key);
            object.map(|object| DayFile { etag: object.etag.clone(), stamp: object.stamp.clone() })
        })
    }

    async fn put_file(
        &self,
        key: &str,
        body: Bytes,
        stamp: &Stamp,
        over: Option<&str>,
    ) -> Result<Write, PortError> {
        self.twin.call(|state| {
            if !state.is(key, over) {
                return Write::Overtaken;
            }
            state.store(key, body, Some(stamp.clone()));
            state.files_written += 1;
            Write::Done
        })
    }

    async fn begin_upload(&self, key: &str, stamp: &Stamp) -> Result<String, PortError> {
        self.twin.call(|state| {
            state.writes += 1;
            let id = format!("upload-{}", state.writes);
            let begun = Begun { key: key.to_owned(), stamp: stamp.clone(), parts: BTreeMap::new() };
            state.uploads.insert(id.clone(), begun);
            id
        })
    }

    async fn add_part(&self, upload: Upload<'_>, number: u32, body: Bytes) -> Result<Part, PortError> {
        self.twin.call(|state| {
            state.writes += 1;
            let etag = format!("p{}", state.writes);
            match state.uploads.get_mut(upload.id).filter(|begun| begun.key == upload.key) {
                Some(begun) => {
                    begun.parts.insert(number, (etag.clone(), body));
                    Part::Added(etag)
                }
                None => Part::Gone,
            }
        })
    }

    async fn complete(
        &self,
        upload: Upload<'_>,
        parts: &[String],
        over: Option<&str>,
    ) -> Result<Write, PortError> {
        self.twin.call(|state| {
            let Some(begun) = state.uploads.get(upload.id).filter(|begun| begun.key == upload.key) else {
                return Write::Gone;
            };
            let mut file = Vec::new();
            for (number, wanted) in (1..).zip(parts) {
                match begun.parts.get(&number) {
                    Some((etag, body)) if etag == wanted => file.extend_from_slice(body),
                    _ => return Write::Gone,
                }
            }
            if !state.is(upload.key, over) {
                return Write::Overtaken;
            }
            let stamp = begun.stamp.clone();
            state.uploads.remove(upload.id);
            state.store(upload.key, file.into(), Some(stamp));
            state.files_written += 1;
            Write::Done
        })
    }

    async fn abandon(&self, upload: Upload<'_>) -> Result<(), PortError> {
        self.twin.call(|state| drop(state.uploads.remove(upload.id)))
    }
}

/// The queue to the next invocation.
#[derive(Default)]
pub struct MemoryHandover {
    twin: Twin<Vec<Task>>,
}
switches!(MemoryHandover);

impl MemoryHandover {
    /// Takes everything queued, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Task> {
        std::mem::take(&mut self.twin.lock().state)
    }
}

impl Handover for MemoryHandover {
    async fn hand_over(&self, task: &Task) -> Result<(), PortError> {
        self.twin.call(|queue| queue.push(task.clone()))
    }
}

/// The processor's side of the same bucket.
impl ProcessedLog for MemoryDayLog {
    async fn put_processed(&self, key: &str, json: Bytes) -> Result<(), PortError> {
        self.twin.call(|state| state.store(key, json, None))
    }
}

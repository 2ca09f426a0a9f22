//! Streams a day's records into its file: objects are read many at a time, come out in key order, and leave as parts.
//!
//! Invariant: what a [`Writing`] says is uploaded is uploaded; text that is not yet a part is read again by whoever goes
//! on, so nothing is ever there half or twice.

use std::mem;

use bytes::Bytes;
use futures::future::try_join;
use futures::stream::{self, StreamExt};

use super::day::Day;
use super::manifest::Manifest;
use super::record::{BadRecord, RECORD_BYTES_MAX, is_record, push_line};
use super::task::{Stocktaking, Writing};
use super::{CompactError, Compacted, Outcome};
use crate::mutant::{self, Mutant};
use crate::ports::compact::{DayLog, Entry, Part, Stamp, Upload, Write};

/// How writing ended.
pub(super) enum Ended {
    /// With the file.
    Written(Compacted),
    /// With its time; this much is uploaded.
    OutOfTime(Writing),
    /// Somebody else wrote the file, the upload is gone, or objects are.
    StartOver,
}

/// Whether to go on after a page.
enum Step {
    On,
    OutOfTime,
    StartOver,
}

impl Writing {
    /// Nothing is written yet.
    pub(super) const fn begin(stock: Stocktaking, over: Option<String>) -> Self {
        Self { stock, over, upload_id: None, start_after: None, parts: Vec::new(), records: 0, bytes: 0 }
    }
}

/// Writes one file.
pub(super) struct Writer<'a, L, T> {
    day: &'a Day<'a, L, T>,
    /// What is uploaded.
    done: Writing,
    /// What is to be the next part.
    text: Vec<u8>,
    /// Records in the parts and in the text.
    records: u64,
    /// Key of the last of them.
    last: String,
    /// Digest of the objects read by this writer: of all of them, as long as nothing was uploaded before.
    manifest: Manifest,
}

impl<'a, L: DayLog, T: Fn() -> bool> Writer<'a, L, T> {
    pub(super) fn new(day: &'a Day<'a, L, T>, done: Writing) -> Self {
        let records = done.records;
        let manifest = Manifest::default();
        Self { day, done, text: Vec::new(), records, last: String::new(), manifest }
    }

    /// The upload, once there is one.
    pub(super) fn upload_id(&self) -> Option<&str> {
        self.done.upload_id.as_deref()
    }

    /// Reads what is not uploaded yet, and writes it. The next page is listed while this one is read.
    pub(super) async fn write(&mut self) -> Result<Ended, CompactError> {
        let day = self.day;
        let mut page = day.log.list(&day.prefix, self.done.start_after.as_deref()).await?;
        loop {
            let next = async {
                match page.entries.last() {
                    Some(last) if page.more => Ok(Some(day.log.list(&day.prefix, Some(&last.key)).await?)),
                    _ => Ok(None),
                }
            };
            let (next, step) = try_join(next, self.write_page(&page.entries)).await?;
            match (step, next) {
                (Step::OutOfTime, _) => return Ok(Ended::OutOfTime(self.done.clone())),
                (Step::StartOver, _) => return Ok(Ended::StartOver),
                (Step::On, Some(next)) => page = next,
                (Step::On, None) => return self.finish().await,
            }
        }
    }

    async fn write_page(&mut self, entries: &[Entry]) -> Result<Step, CompactError> {
        let day = self.day;
        let records = entries.iter().filter(|entry| is_record(&day.prefix, &entry.key));
        let reads = records.map(|entry| async move { (entry, read(day.log, entry).await) });
        let mut reads = stream::iter(reads).buffered(day.limits.concurrent_reads);
        while let Some((entry, object)) = reads.next().await {
            let object = object?;
            let times = match self.records {
                0 if mutant::active(Mutant::DayFileWithoutFirst) => 0,
                0 if mutant::active(Mutant::DayFileWithDouble) => 2,
                _ => 1,
            };
            for _ in 0..times {
                push_line(&mut self.text, &day.prefix, &entry.key, &object)
                    .map_err(|problem| CompactError::BadRecord { key: entry.key.clone(), problem })?;
            }
            self.records += 1;
            self.manifest.add(entry);
            entry.key.clone_into(&mut self.last);
            if self.text.len() >= day.limits.part_bytes && !self.add_part().await? {
                return Ok(Step::StartOver);
            }
            if (day.out_of_time)() {
                return Ok(Step::OutOfTime);
            }
        }
        Ok(Step::On)
    }

    /// Uploads the text as a part; `false` if the upload is gone.
    async fn add_part(&mut self) -> Result<bool, CompactError> {
        let (log, key) = (self.day.log, &self.day.file);
        if self.done.parts.len() >= self.day.limits.parts_max {
            return Err(CompactError::TooLarge);
        }
        let id = match &self.done.upload_id {
            Some(id) => id,
            None => self.done.upload_id.insert(log.begin_upload(key, &stamp(&self.done.stock)).await?),
        };
        let number = u32::try_from(self.done.parts.len() + 1).map_err(|_| CompactError::TooLarge)?;
        let next = Vec::with_capacity(self.day.limits.part_bytes);
        let body = Bytes::from(mem::replace(&mut self.text, next));
        let bytes = body.len() as u64;
        let Part::Added(etag) = log.add_part(Upload { key, id }, number, body).await? else {
            return Ok(false);
        };
        self.done.parts.push(etag);
        self.done.start_after = Some(self.last.clone());
        self.done.records = self.records;
        self.done.bytes += bytes;
        Ok(true)
    }

    async fn finish(&mut self) -> Result<Ended, CompactError> {
        if self.records < self.done.stock.records {
            // Objects went away since they were counted: counting again will say so.
            return Ok(Ended::StartOver);
        }
        let written = match self.done.upload_id {
            None => self.put().await?,
            Some(_) => self.complete().await?,
        };
        match written {
            Write::Done => Ok(Ended::Written(Compacted {
                outcome: Outcome::Written,
                records: self.records,
                bytes: self.done.bytes,
                foreign: self.done.stock.foreign,
            })),
            Write::Overtaken | Write::Gone => Ok(Ended::StartOver),
        }
    }

    /// The whole file at once, under the digest of exactly what it holds.
    async fn put(&mut self) -> Result<Write, CompactError> {
        let stamp = Stamp { manifest: self.manifest.to_hex(), records: self.records };
        let body = Bytes::from(mem::take(&mut self.text));
        self.done.bytes = body.len() as u64;
        let day = self.day;
        Ok(day.log.put_file(&day.file, body, &stamp, self.done.over.as_deref()).await?)
    }

    /// The rest as the last part, then the file. Its digest was fixed when the upload began: an object that came since is in
    /// the file, and makes the next run write it once more.
    async fn complete(&mut self) -> Result<Write, CompactError> {
        if !self.text.is_empty() && !self.add_part().await? {
            return Ok(Write::Gone);
        }
        let Writing { upload_id, parts, over, .. } = &self.done;
        let upload = Upload { key: &self.day.file, id: upload_id.as_deref().unwrap_or_default() };
        Ok(self.day.log.complete(upload, parts, over.as_deref()).await?)
    }
}

/// One object, unless its size says already that it is no record.
async fn read(log: &impl DayLog, entry: &Entry) -> Result<Bytes, CompactError> {
    if entry.bytes > RECORD_BYTES_MAX {
        return Err(CompactError::BadRecord { key: entry.key.clone(), problem: BadRecord::TooLarge });
    }
    log.read(&entry.key).await.map_err(|error| CompactError::Unreadable { key: entry.key.clone(), error })
}

fn stamp(stock: &Stocktaking) -> Stamp {
    Stamp { manifest: stock.manifest.to_hex(), records: stock.records }
}

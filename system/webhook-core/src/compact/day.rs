//! One day from its first look to its file: count its objects, compare them with what the file was made of, write if they
//! differ.
//!
//! Invariant: whatever ends a run, an upload that nobody goes on with is given up.

use super::record::is_record;
use super::task::{Stage, Stocktaking, Task, Writing};
use super::writing::{Ended, Writer};
use super::{CompactError, Compacted, Limits, Outcome};
use crate::mutant::{self, Mutant};
use crate::ports::compact::{DayLog, Upload};

/// How often a run begins anew because somebody else wrote the file or ended the upload.
const TRIES: usize = 3;

/// How a run ended.
pub(super) enum End {
    /// With nothing left to do.
    Done(Compacted),
    /// With its time.
    Unfinished(Unfinished),
}

/// What is left to do, and figures about what is done.
pub(super) struct Unfinished {
    pub(super) task: Task,
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) foreign: u64,
}

impl Unfinished {
    /// A day for which there was no time at all.
    pub(super) const fn not_begun(task: Task) -> Self {
        Self { task, records: 0, bytes: 0, foreign: 0 }
    }

    fn stocktaking(task: &Task, stock: Stocktaking) -> Self {
        let (records, foreign) = (stock.records, stock.foreign);
        Self { task: task.at(Stage::Stocktaking(stock)), records, bytes: 0, foreign }
    }

    fn writing(task: &Task, writing: Writing) -> Self {
        let (records, bytes, foreign) = (writing.records, writing.bytes, writing.stock.foreign);
        Self { task: task.at(Stage::Writing(writing)), records, bytes, foreign }
    }
}

/// What every step of a run needs.
pub(super) struct Day<'a, L, T> {
    pub(super) log: &'a L,
    pub(super) limits: Limits,
    pub(super) out_of_time: &'a T,
    /// What the day's keys begin with.
    pub(super) prefix: String,
    /// The key of its file.
    pub(super) file: String,
}

/// Compacts the task's day, from where it stands.
pub(super) async fn compact<L: DayLog, T: Fn() -> bool>(
    log: &L,
    task: &Task,
    limits: Limits,
    out_of_time: &T,
) -> Result<End, CompactError> {
    let day = Day { log, limits, out_of_time, prefix: task.prefix(), file: task.file() };
    let mut stage = task.stage().cloned();
    for _ in 0..TRIES {
        let writing = match stage.take() {
            Some(Stage::Writing(writing)) => writing,
            other => {
                let begun = match other {
                    Some(Stage::Stocktaking(stock)) => stock,
                    _ => Stocktaking::default(),
                };
                match day.take_stock(begun).await? {
                    Stock::Settled(compacted) => return Ok(End::Done(compacted)),
                    Stock::OutOfTime(stock) => {
                        return Ok(End::Unfinished(Unfinished::stocktaking(task, stock)));
                    }
                    Stock::ToWrite(writing) => writing,
                }
            }
        };
        match day.write(writing).await? {
            Ended::Written(compacted) => return Ok(End::Done(compacted)),
            Ended::OutOfTime(writing) => return Ok(End::Unfinished(Unfinished::writing(task, writing))),
            Ended::StartOver => {}
        }
    }
    Err(CompactError::Contended)
}

/// Gives up the upload that the task was to go on with, if there is one. That failing is no reason to fail: the bucket's
/// lifecycle rule ends what is left.
pub(super) async fn give_up(log: &impl DayLog, task: &Task) {
    if let Some(Stage::Writing(Writing { upload_id: Some(id), .. })) = task.stage() {
        let _ = log.abandon(Upload { key: &task.file(), id }).await;
    }
}

/// What counting the objects led to.
enum Stock {
    /// There is nothing to write.
    Settled(Compacted),
    /// The file has to be written.
    ToWrite(Writing),
    /// Time was up in the middle.
    OutOfTime(Stocktaking),
}

impl<L: DayLog, T: Fn() -> bool> Day<'_, L, T> {
    async fn take_stock(&self, mut stock: Stocktaking) -> Result<Stock, CompactError> {
        loop {
            let page = self.log.list(&self.prefix, stock.after.as_deref()).await?;
            for entry in &page.entries {
                if is_record(&self.prefix, &entry.key) {
                    stock.manifest.add(entry);
                    stock.records += 1;
                } else if entry.key != self.file {
                    stock.foreign += 1;
                }
            }
            stock.after = page.entries.last().map(|entry| entry.key.clone()).or(stock.after);
            if !page.more {
                return self.compare(stock).await;
            }
            if (self.out_of_time)() {
                return Ok(Stock::OutOfTime(stock));
            }
        }
    }

    async fn compare(&self, stock: Stocktaking) -> Result<Stock, CompactError> {
        let file = self.log.find_file(&self.file).await?;
        let stamp = file.as_ref().and_then(|file| file.stamp.as_ref());
        let settled =
            |outcome| Compacted { outcome, records: stock.records, bytes: 0, foreign: stock.foreign };
        match stamp {
            Some(_) if mutant::active(Mutant::DayFileNeverRewritten) => {
                Ok(Stock::Settled(settled(Outcome::Unchanged)))
            }
            Some(stamp) if stamp.manifest == stock.manifest.to_hex() => {
                Ok(Stock::Settled(settled(Outcome::Unchanged)))
            }
            Some(stamp) if stamp.records > stock.records => {
                Err(CompactError::RecordsMissing { in_file: stamp.records, present: stock.records })
            }
            // A file that somebody else put there is not replaced by nothing.
            _ if stock.records == 0 => Ok(Stock::Settled(settled(Outcome::Empty))),
            _ => Ok(Stock::ToWrite(Writing::begin(stock, file.map(|file| file.etag)))),
        }
    }

    async fn write(&self, writing: Writing) -> Result<Ended, CompactError> {
        let mut writer = Writer::new(self, writing);
        let ended = writer.write().await;
        if matches!(ended, Err(_) | Ok(Ended::StartOver))
            && let Some(id) = writer.upload_id()
        {
            // What went wrong is what matters; see `give_up`.
            let _ = self.log.abandon(Upload { key: &self.file, id }).await;
        }
        ended
    }
}

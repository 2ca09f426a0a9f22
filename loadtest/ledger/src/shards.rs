//! The ledgers of a run that many machines shared, as one: entries by addition, sightings by the look that saw more.
//!
//! Every machine sends its part of one schedule, so that event ids differ by construction, and looks at the stores of all. What one
//! machine found and could not explain belongs to another one's ledger. Joined, the files give what one machine would have that
//! had sent everything: a property test holds every figure of both to be equal.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::entry::Entry;
use crate::file::{FileError, Part, Reader};
use crate::index::Index;
use crate::observed::{Foreign, Observed, Store};

/// Why ledgers are not one run.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// One of them cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: FileError,
    },
    /// There is none.
    #[error("no shard was given: name the folders of all shards of one run")]
    None,
    /// Two are parts of different runs.
    #[error("{one} and {other} are not of one run: their {what} differ ({left}, {right})")]
    Strangers {
        /// The first.
        one: PathBuf,
        /// Another one.
        other: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the first has.
        left: String,
        /// What the other one has.
        right: String,
    },
    /// A shard that cannot be.
    #[error("{path} is shard {shard} of {of}, and there is no such thing")]
    OutOfRange {
        /// Which.
        path: PathBuf,
        /// Its number.
        shard: u32,
        /// How many there are to be.
        of: u32,
    },
    /// One shard was given twice.
    #[error("{one} and {other} are both shard {shard}: name every shard once")]
    Twice {
        /// The first.
        one: PathBuf,
        /// The other.
        other: PathBuf,
        /// Their number.
        shard: u32,
    },
}

/// Ledgers of one run, entries read and sightings still to be.
pub struct Shards {
    parts: Vec<Part>,
    entries: Vec<Entry>,
    rest: Vec<(PathBuf, Reader<BufReader<File>>)>,
}

impl Shards {
    /// Reads the entries of all files, after making sure that they are shards of one run, none of them twice. Whether all are there
    /// is told by [`missing`](Self::missing).
    ///
    /// # Errors
    /// See [`ShardError`].
    pub fn open(paths: &[PathBuf]) -> Result<Self, ShardError> {
        let mut rest = paths.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
        rest.sort_by_key(|(_, reader)| reader.part().shard);
        belong_together(&rest)?;
        let parts = rest.iter().map(|(_, reader)| reader.part().clone()).collect();
        let total: u64 = rest.iter().map(|(_, reader)| reader.len()).sum();
        // Every file is as long as it says, so that this is no more than they hold.
        let mut entries = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
        for (path, reader) in &mut rest {
            reader.entries(&mut entries).map_err(|source| ShardError::File { path: path.clone(), source })?;
        }
        entries.sort_unstable_by(Entry::order);
        Ok(Self { parts, entries, rest })
    }

    /// Which parts of the run they are, by number.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Numbers of the shards that are not there.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        let of = self.parts.first().map_or(0, |part| part.of);
        (1..=of).filter(|number| self.parts.iter().all(|part| part.shard != *number)).collect()
    }

    /// Takes all entries out, in their order.
    #[must_use]
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Joins what the shards saw, under the events of all of them. A store counts as looked at if every shard looked at it.
    ///
    /// # Errors
    /// A file is not as it was written.
    pub fn observe<'a>(self, index: &'a Index<'a>) -> Result<Observed<'a>, ShardError> {
        let mut observed = Observed::new(index, Foreign::Keep);
        let mut all_looked = [true; 4];
        for ((path, reader), part) in self.rest.into_iter().zip(&self.parts) {
            let looked =
                reader.sightings(&mut observed).map_err(|source| ShardError::File { path, source })?;
            for (all, one) in all_looked.iter_mut().zip(looked.stores) {
                *all &= one;
            }
            let told = looked.trouble.into_iter().map(|why| format!("shard {}: {why}", part.shard));
            observed.trouble.extend(told);
        }
        for store in Store::ALL.into_iter().filter(|store| all_looked[*store as usize]) {
            observed.looked_at(store);
        }
        Ok(observed)
    }
}

fn open(path: &Path) -> Result<(PathBuf, Reader<BufReader<File>>), ShardError> {
    let failed = |source: FileError| ShardError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let length = file.metadata().map_err(|error| failed(error.into()))?.len();
    Reader::open(BufReader::with_capacity(1 << 20, file), length)
        .map(|reader| (path.to_owned(), reader))
        .map_err(failed)
}

/// A value of a part, as it is told to a person.
type Value = fn(&Part) -> String;

fn belong_together<R: std::io::Read>(all: &[(PathBuf, Reader<R>)]) -> Result<(), ShardError> {
    let [(first_path, first), others @ ..] = all else { return Err(ShardError::None) };
    let first = first.part();
    let sameness: [(&'static str, Value); 6] = [
        ("versions", |part| part.tool_version.clone()),
        ("groups", |part| part.group.clone()),
        ("numbers of shards", |part| part.of.to_string()),
        ("seeds", |part| part.seed.to_string()),
        ("plans", |part| part.schedule.clone()),
        ("starts", |part| part.started_ms.to_string()),
    ];
    for (path, reader) in others {
        for (what, of) in sameness {
            let (left, right) = (of(first), of(reader.part()));
            if left != right {
                let (one, other) = (first_path.clone(), path.clone());
                return Err(ShardError::Strangers { one, other, what, left, right });
            }
        }
    }
    for (path, reader) in all {
        let Part { shard, of, .. } = *reader.part();
        if shard == 0 || shard > of {
            return Err(ShardError::OutOfRange { path: path.clone(), shard, of });
        }
    }
    // They are sorted by number.
    for pair in all.windows(2) {
        if let [(one, left), (other, right)] = pair
            && left.part().shard == right.part().shard
        {
            let (one, other, shard) = (one.clone(), other.clone(), left.part().shard);
            return Err(ShardError::Twice { one, other, shard });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! `ledger.bin`: what one of many machines sent and saw, for [`shards`](crate::shards) to be put together from.
//!
//! Little-endian: the magic number, the version (4 bytes), the length of the header (4 bytes) and the header as JSON; then 58 bytes an
//! entry and 54 an event seen in a store, as many as the header says; at last the CRC-32 of everything before it. Kinds of
//! delivery, and ways of tampering and malforming, are numbers whose names stand in the header, so that a file says what it means on
//! its own.
//!
//! Invariant: a file is taken as a whole or refused; none is believed that is cut off, altered, or of another version.

mod bytes;

use std::io::{self, Read, Write};

use provider_sim::{Malformation, Tampering};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, EventId, Kind};
use crate::observed::{DeadLetter, Observed, Seen};
use bytes::{Checked, ENTRY, SIGHTING, Ways};

/// Name of the file in a run's folder.
pub const LEDGER_BIN: &str = "ledger.bin";

const MAGIC: [u8; 8] = *b"PKLEDGER";
const VERSION: u32 = 1;
/// Longest header, bytes: a few names, and the messages of a dead-letter queue.
const HEADER_MAX: u32 = 256 << 20;
/// Magic number, version, length of the header.
const BEGIN: u64 = 16;
/// The checksum.
const END: u64 = 4;

/// Why a file cannot be read. Every one of these is for the person who named it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Something else.
    #[error("this is no ledger: it does not begin as one")]
    NoLedger,
    /// From another version of the load test.
    #[error("the ledger's version is {found}; this program reads version {VERSION}")]
    Version {
        /// The version it names.
        found: u32,
    },
    /// The header says something that it may not.
    #[error("the ledger's header is not valid: {0}")]
    Header(String),
    /// Not as long as its header says: cut off while it was written or copied.
    #[error("the ledger has {found} bytes and should have {expected}: copy it again")]
    Length {
        /// Bytes it has.
        found: u64,
        /// Bytes it should have.
        expected: u64,
    },
    /// Some byte is not what was written.
    #[error("the ledger was altered: its checksum is not the one of its content; copy it again")]
    Checksum,
    /// The checksum is right, and yet there is a value that no entry has.
    #[error("the ledger holds {0}, which this version does not know")]
    Value(String),
}

/// Which part of which run a ledger is, and what else its judge must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Version of the load test.
    pub tool_version: String,
    /// Name of the run that all shards are parts of; event ids depend on it.
    pub group: String,
    /// Number of this shard, from 1.
    pub shard: u32,
    /// How many there are.
    pub of: u32,
    /// Seed of the run.
    pub seed: u64,
    /// Digest of the plan as it was run; two shards of one run have the same.
    pub schedule: String,
    /// The common start, Unix milliseconds.
    pub started_ms: i64,
    /// Due deliveries that were not sent.
    pub unsent: u64,
    /// The target became quiet in time.
    pub quiet: bool,
    /// Mistakes of the generator.
    pub mistakes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    part: Part,
    looked: [bool; 4],
    trouble: Vec<String>,
    kinds: Vec<String>,
    tamperings: Vec<String>,
    malformations: Vec<String>,
    entries: u64,
    sightings: u64,
    letters: Vec<Letter>,
}

#[derive(Serialize, Deserialize)]
struct Letter {
    event: Option<String>,
    error: String,
    times: u32,
}

/// Writes a ledger with what was seen of it.
///
/// # Errors
/// The writer's.
pub fn write(out: &mut impl Write, part: &Part, observed: &Observed<'_>) -> io::Result<()> {
    let entries = observed.index().entries();
    let sightings = observed.sightings().count();
    let header = Header {
        part: part.clone(),
        looked: observed.looked(),
        trouble: observed.trouble.clone(),
        kinds: Kind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        tamperings: Tampering::ALL.iter().map(|way| way.name().to_owned()).collect(),
        malformations: Malformation::ALL.iter().map(|way| way.name().to_owned()).collect(),
        entries: entries.len() as u64,
        sightings: sightings as u64,
        letters: observed.letters().iter().map(|(letter, times)| Letter::of(letter, *times)).collect(),
    };
    let header = serde_json::to_vec(&header)?;
    let length = u32::try_from(header.len()).ok().filter(|length| *length <= HEADER_MAX);
    let length =
        length.ok_or_else(|| io::Error::other("the dead-letter queue holds too much for a ledger"))?;
    let mut out = Checked::new(out);
    out.write_all(&MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&header)?;
    for entry in entries {
        out.write_all(&bytes::of_entry(entry))?;
    }
    for (event, seen) in observed.sightings() {
        out.write_all(&bytes::of_sighting(&event, &seen))?;
    }
    let (out, checksum) = out.end();
    out.write_all(&checksum.to_le_bytes())?;
    out.flush()
}

/// A ledger that is being read: the header at once, entries and sightings when they are asked for.
pub struct Reader<R> {
    input: Checked<R>,
    header: Header,
    ways: Ways,
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a file of `length` bytes.
    ///
    /// # Errors
    /// It is no ledger, of another version, or not as long as it says.
    pub fn open(input: R, length: u64) -> Result<Self, FileError> {
        let mut input = Checked::new(input);
        let begin = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => FileError::NoLedger,
            _ => FileError::Io(error),
        };
        let magic: [u8; 8] = input.array().map_err(begin)?;
        if magic != MAGIC {
            return Err(FileError::NoLedger);
        }
        let version = u32::from_le_bytes(input.array().map_err(begin)?);
        if version != VERSION {
            return Err(FileError::Version { found: version });
        }
        let header_length = u32::from_le_bytes(input.array().map_err(begin)?);
        let at_least = BEGIN + u64::from(header_length) + END;
        if header_length > HEADER_MAX || length < at_least {
            return Err(FileError::Length { found: length, expected: at_least });
        }
        let mut text = vec![0; header_length as usize];
        input.read_exact(&mut text)?;
        let header: Header =
            serde_json::from_slice(&text).map_err(|error| FileError::Header(error.to_string()))?;
        let body =
            header.entries.checked_mul(ENTRY as u64).zip(header.sightings.checked_mul(SIGHTING as u64));
        let expected = body.and_then(|(entries, seen)| at_least.checked_add(entries)?.checked_add(seen));
        match expected {
            Some(expected) if expected == length => {}
            _ => return Err(FileError::Length { found: length, expected: expected.unwrap_or(u64::MAX) }),
        }
        let ways = Ways::by_name(&header.kinds, &header.tamperings, &header.malformations);
        Ok(Self { input, header, ways })
    }

    /// Which part of which run it is.
    #[must_use]
    pub const fn part(&self) -> &Part {
        &self.header.part
    }

    /// How many entries it has.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.header.entries
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.header.entries == 0
    }

    /// Appends all entries. To be called before [`sightings`](Self::sightings), once.
    ///
    /// # Errors
    /// A value that no entry has.
    pub fn entries(&mut self, all: &mut Vec<Entry>) -> Result<(), FileError> {
        for _ in 0..self.header.entries {
            let raw = self.input.array()?;
            all.push(bytes::to_entry(&raw, &self.ways).map_err(FileError::Value)?);
        }
        Ok(())
    }

    /// Adds what was seen to what others saw, and reads the file to its end.
    ///
    /// # Errors
    /// The file is not as it was written.
    pub fn sightings(mut self, observed: &mut Observed<'_>) -> Result<Looked, FileError> {
        for _ in 0..self.header.sightings {
            let (event, seen): (EventId, Seen) =
                bytes::to_sighting(&self.input.array()?).map_err(FileError::Value)?;
            observed.join(&event, seen);
        }
        let (mut input, checksum) = self.input.end();
        let mut written = [0; 4];
        input.read_exact(&mut written)?;
        if u32::from_le_bytes(written) != checksum {
            return Err(FileError::Checksum);
        }
        for letter in self.header.letters {
            let event = letter.event.as_deref().map(EventId::new);
            observed.join_letter(DeadLetter { event, error: letter.error }, letter.times);
        }
        Ok(Looked { stores: self.header.looked, trouble: self.header.trouble })
    }
}

/// How a shard's look at the stores went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Which stores were read, in the order of [`Store::ALL`](crate::observed::Store::ALL).
    pub stores: [bool; 4],
    /// Why the others were not.
    pub trouble: Vec<String>,
}

impl Letter {
    fn of(letter: &DeadLetter, times: u32) -> Self {
        let event = letter.event.map(|event| event.as_str().to_owned());
        Self { event, error: letter.error.clone(), times }
    }
}

#[cfg(test)]
mod tests;

//! What was sent, what was answered, when: one entry of fixed size for every delivery.
//!
//! Invariant: every slot that a user took has exactly one entry, written when its answer is complete or it is certain
//! that none will come. Nothing here judges; `reconcile` joins the entries with the stores.

use std::cmp::Ordering;
use std::fmt;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use provider_sim::{Malformation, Provider, Tampering};

/// Entries are appended to one of so many lists, so that users do not wait for each other.
const SHARDS: usize = 16;
/// Entries of a chunk, some 120 kB.
const CHUNK: usize = 2048;
/// Length of an id that an entry can hold.
pub(crate) const ID_MAX: usize = 39;
/// Unit of intended send times, microseconds: fine enough for every use, and a day fits into 32 bits.
const TICK_US: u64 = 25;

/// An event id within an entry: text of at most 39 bytes, without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    text: [u8; ID_MAX],
    len: u8,
}

/// FNV-1a, 64 bits: for texts that nobody chooses to collide.
#[must_use]
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl EventId {
    /// Keeps the id; one that is too long keeps its head and a digest of the whole, so that ids stay apart.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let mut text = [0; ID_MAX];
        let bytes = id.as_bytes();
        if bytes.len() <= ID_MAX {
            text[..bytes.len()].copy_from_slice(bytes);
            return Self { text, len: u8::try_from(bytes.len()).unwrap_or(0) };
        }
        // The harness makes these ids.
        let tail = format!("~{:016x}", digest(bytes));
        let head = ID_MAX - tail.len();
        let head_text: String = id.chars().filter(char::is_ascii).take(head).collect();
        Self::new(&format!("{head_text}{tail}"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or("")
    }

    /// The text with zeros behind it, and its length.
    pub(crate) const fn parts(&self) -> (&[u8; ID_MAX], u8) {
        (&self.text, self.len)
    }

    /// Back from its parts; `None` if that is no id: too long, no text, or not followed by zeros.
    pub(crate) fn from_parts(text: [u8; ID_MAX], len: u8) -> Option<Self> {
        let (id, rest) = text.split_at_checked(usize::from(len))?;
        (std::str::from_utf8(id).is_ok() && rest.iter().all(|byte| *byte == 0)).then_some(Self { text, len })
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Genuine, and the first delivery of its event.
    Valid,
    /// Genuine, and a further delivery of an earlier event.
    Duplicate,
    /// Forged.
    Forged(Tampering),
    /// Not what the schema asks for.
    Malformed(Malformation),
    /// Genuine, but impossible to process.
    Poison,
    /// Genuine, and the provider's own repetition of a delivery that was not acknowledged.
    Retry,
}

/// What a delivery is, without its way of tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Genuine first delivery.
    Valid,
    /// Genuine further delivery.
    Duplicate,
    /// Forged.
    Forged,
    /// Malformed.
    Malformed,
    /// Genuine, but impossible to process.
    Poison,
    /// Genuine, and a repetition of one that was not acknowledged.
    Retry,
}

impl Kind {
    /// Every kind, in the order reports print them.
    pub const ALL: [Self; 6] =
        [Self::Valid, Self::Duplicate, Self::Forged, Self::Malformed, Self::Poison, Self::Retry];

    /// The name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Duplicate => "duplicate",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::Poison => "poison",
            Self::Retry => "retry",
        }
    }

    /// Whether the provider itself signed it, so that it must be acknowledged.
    #[must_use]
    pub const fn is_genuine(self) -> bool {
        matches!(self, Self::Valid | Self::Duplicate | Self::Poison | Self::Retry)
    }
}

/// When a delivery was to leave, when it left, and when it was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// False during the warm-up.
    pub measured: bool,
    /// When it should have left, since the start of the run.
    pub intended: Duration,
    /// How much later it left.
    pub lag: Duration,
    /// From then to the end of the answer, or to giving up.
    pub service: Duration,
}

/// One delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The event, or the event that was pretended.
    pub event: EventId,
    pub(crate) intended_ticks: u32,
    pub(crate) lag_us: u32,
    pub(crate) service_us: u32,
    /// HTTP status; 0 stands for no answer.
    pub status: u16,
    /// Whose.
    pub provider: Provider,
    /// What it was.
    pub kind: Kind,
    /// Which way of tampering or malforming, by its place among all; 0 otherwise.
    pub(crate) variant: u8,
    /// False during the warm-up.
    pub measured: bool,
}

const _: () = assert!(size_of::<Entry>() <= 64, "ten million deliveries are to fit into 640 MB");

impl Entry {
    /// A delivery of this event. The status is `None` if no answer came.
    #[must_use]
    pub fn new(provider: Provider, what: What, event_id: &str, times: Times, status: Option<u16>) -> Self {
        let Times { measured, intended, lag, service } = times;
        let (kind, variant) = match what {
            What::Valid => (Kind::Valid, 0),
            What::Duplicate => (Kind::Duplicate, 0),
            What::Forged(way) => (Kind::Forged, place(Tampering::ALL.iter().position(|other| *other == way))),
            What::Malformed(way) => {
                (Kind::Malformed, place(Malformation::ALL.iter().position(|other| *other == way)))
            }
            What::Poison => (Kind::Poison, 0),
            What::Retry => (Kind::Retry, 0),
        };
        Self {
            event: EventId::new(event_id),
            intended_ticks: u32::try_from(intended.as_micros() / u128::from(TICK_US)).unwrap_or(u32::MAX),
            lag_us: micros(lag),
            service_us: micros(service),
            status: status.unwrap_or(0),
            provider,
            kind,
            variant,
            measured,
        }
    }

    /// The order of a ledger: by intended time. It is total up to entries that are equal in everything, so that the entries of a
    /// run have one order, however they were collected.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let rest = |entry: &Self| {
            let Self { service_us, status, provider, kind, variant, measured, .. } = *entry;
            (service_us, status, provider, kind, variant, measured)
        };
        (self.intended_ticks, self.lag_us, &self.event)
            .cmp(&(other.intended_ticks, other.lag_us, &other.event))
            .then_with(|| rest(self).cmp(&rest(other)))
    }

    /// When it should have left, since the start of the run.
    #[must_use]
    pub const fn intended(&self) -> Duration {
        Duration::from_micros(self.intended_ticks as u64 * TICK_US)
    }

    /// How much later it left.
    #[must_use]
    pub const fn lag(&self) -> Duration {
        Duration::from_micros(self.lag_us as u64)
    }

    /// From leaving to the end of the answer.
    #[must_use]
    pub const fn service(&self) -> Duration {
        Duration::from_micros(self.service_us as u64)
    }

    /// From the intended send time to the end of the answer.
    #[must_use]
    pub const fn acknowledged(&self) -> Duration {
        Duration::from_micros(self.lag_us as u64 + self.service_us as u64)
    }

    /// Name of the tampering or malformation; empty otherwise.
    #[must_use]
    pub fn variant(&self) -> &'static str {
        match self.kind {
            Kind::Forged => Tampering::ALL.get(usize::from(self.variant)).map_or("", |way| way.name()),
            Kind::Malformed => Malformation::ALL.get(usize::from(self.variant)).map_or("", |way| way.name()),
            Kind::Valid | Kind::Duplicate | Kind::Poison | Kind::Retry => "",
        }
    }

    /// Answered 2xx.
    #[must_use]
    pub const fn accepted(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Answered 4xx; a 429 says "later", not "no".
    #[must_use]
    pub const fn refused(&self) -> bool {
        self.status >= 400 && self.status < 500 && self.status != 429
    }
}

fn place(position: Option<usize>) -> u8 {
    position.and_then(|position| u8::try_from(position).ok()).unwrap_or(u8::MAX)
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// All entries of a run. They lie in chunks that never move: one list that grows would be copied again and again, and over an hour
/// hold twice the memory of what is in it.
#[derive(Debug, Default)]
pub struct Ledger {
    shards: [Mutex<Vec<Vec<Entry>>>; SHARDS],
}

impl Ledger {
    /// Appends an entry; `user` spreads the writers.
    pub fn record(&self, user: usize, entry: Entry) {
        let mut chunks = self.shards[user % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        match chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(entry),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                chunks.push(chunk);
            }
        }
    }

    /// Takes all entries out, in their [order](Entry::order).
    #[must_use]
    pub fn take(&self) -> Vec<Entry> {
        let lists = self.shards.each_ref();
        let lists = lists.map(|shard| mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner)));
        let mut all = Vec::with_capacity(lists.iter().flatten().map(Vec::len).sum());
        // Each chunk is given back as soon as it is copied: ten million entries do not need their memory twice.
        for chunk in lists.into_iter().flatten() {
            all.extend_from_slice(&chunk);
        }
        all.sort_unstable_by(Entry::order);
        all
    }
}

#[cfg(test)]
mod tests;

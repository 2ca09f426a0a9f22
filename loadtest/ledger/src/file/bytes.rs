//! Entries and sightings as bytes of fixed length, and a stream that keeps the checksum of what went through it.

use std::io::{self, Read, Write};

use provider_sim::{Malformation, Provider, Tampering};

use crate::entry::{Entry, EventId, ID_MAX, Kind};
use crate::observed::Seen;

/// Bytes of an entry: the id with its length, intended time, lag, service time, status, provider, kind, way, measured.
pub(super) const ENTRY: usize = ID_MAX + 1 + 3 * 4 + 2 + 4;
/// Bytes of a sighting: the id with its length, three counts, the time of the record.
pub(super) const SIGHTING: usize = ID_MAX + 1 + 3 * 2 + 8;

const _: () = assert!(ENTRY <= 64, "a delivery takes at most 64 bytes");

/// What a file's numbers of kinds and ways are here; `None`: one that this version does not know.
pub(super) struct Ways {
    kinds: Vec<Option<Kind>>,
    tamperings: Vec<Option<u8>>,
    malformations: Vec<Option<u8>>,
}

impl Ways {
    pub(super) fn by_name(kinds: &[String], tamperings: &[String], malformations: &[String]) -> Self {
        let kind = |name: &String| Kind::ALL.into_iter().find(|kind| kind.as_str() == name.as_str());
        let place = |found: Option<usize>| found.and_then(|place| u8::try_from(place).ok());
        let tampering =
            |name: &String| place(Tampering::ALL.iter().position(|way| way.name() == name.as_str()));
        let malformation =
            |name: &String| place(Malformation::ALL.iter().position(|way| way.name() == name.as_str()));
        Self {
            kinds: kinds.iter().map(kind).collect(),
            tamperings: tamperings.iter().map(tampering).collect(),
            malformations: malformations.iter().map(malformation).collect(),
        }
    }

    fn kind(&self, number: u8) -> Option<Kind> {
        *self.kinds.get(usize::from(number))?
    }

    fn here(&self, kind: Kind, way: u8) -> Option<u8> {
        let known = match kind {
            Kind::Forged => &self.tamperings,
            Kind::Malformed => &self.malformations,
            Kind::Valid | Kind::Duplicate | Kind::Poison | Kind::Retry => return (way == 0).then_some(0),
        };
        *known.get(usize::from(way))?
    }
}

pub(super) fn of_entry(entry: &Entry) -> [u8; ENTRY] {
    let mut out = Fields::<ENTRY>::default();
    out.id(&entry.event);
    for number in [entry.intended_ticks, entry.lag_us, entry.service_us] {
        out.put(&number.to_le_bytes());
    }
    out.put(&entry.status.to_le_bytes());
    let [provider, kind] = [entry.provider as u8, entry.kind as u8];
    out.put(&[provider, kind, entry.variant, u8::from(entry.measured)]);
    out.bytes
}

pub(super) fn to_entry(raw: &[u8; ENTRY], ways: &Ways) -> Result<Entry, String> {
    let mut from = Taken(raw);
    let event = from.id()?;
    let [intended_ticks, lag_us, service_us] = [(); 3].map(|()| u32::from_le_bytes(from.take()));
    let status = u16::from_le_bytes(from.take());
    let [provider, kind, way, measured] = from.take();
    let provider =
        Provider::ALL.get(usize::from(provider)).ok_or_else(|| format!("a provider {provider}"))?;
    let kind = ways.kind(kind).ok_or_else(|| format!("a kind {kind}"))?;
    let variant =
        ways.here(kind, way).ok_or_else(|| format!("a way {way} of {} deliveries", kind.as_str()))?;
    let measured = measured != 0;
    Ok(Entry {
        event,
        intended_ticks,
        lag_us,
        service_us,
        status,
        provider: *provider,
        kind,
        variant,
        measured,
    })
}

pub(super) fn of_sighting(event: &EventId, seen: &Seen) -> [u8; SIGHTING] {
    let mut out = Fields::<SIGHTING>::default();
    out.id(event);
    for count in [seen.table, seen.raw, seen.processed] {
        out.put(&count.to_le_bytes());
    }
    out.put(&seen.processed_at_ms.to_le_bytes());
    out.bytes
}

pub(super) fn to_sighting(raw: &[u8; SIGHTING]) -> Result<(EventId, Seen), String> {
    let mut from = Taken(raw);
    let event = from.id()?;
    let [table, raw, processed] = [(); 3].map(|()| u16::from_le_bytes(from.take()));
    let processed_at_ms = f64::from_le_bytes(from.take());
    if !processed_at_ms.is_finite() || processed_at_ms < 0.0 {
        return Err(format!("a time {processed_at_ms}"));
    }
    Ok((event, Seen { table, raw, processed, processed_at_ms }))
}

/// Fields that are written one after the other.
struct Fields<const N: usize> {
    bytes: [u8; N],
    used: usize,
}

impl<const N: usize> Default for Fields<N> {
    fn default() -> Self {
        Self { bytes: [0; N], used: 0 }
    }
}

impl<const N: usize> Fields<N> {
    fn put(&mut self, field: &[u8]) {
        self.bytes[self.used..self.used + field.len()].copy_from_slice(field);
        self.used += field.len();
    }

    fn id(&mut self, event: &EventId) {
        let (text, len) = event.parts();
        self.put(text);
        self.put(&[len]);
    }
}

/// Fields that are taken one after the other.
struct Taken<'a>(&'a [u8]);

impl Taken<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_at(N);
        self.0 = rest;
        let mut bytes = [0; N];
        bytes.copy_from_slice(field);
        bytes
    }

    fn id(&mut self) -> Result<EventId, String> {
        let (text, [len]) = (self.take(), self.take());
        EventId::from_parts(text, len).ok_or_else(|| "an id that is none".to_owned())
    }
}

/// A stream, and the checksum of what went through it.
pub(super) struct Checked<S> {
    stream: S,
    hash: crc32fast::Hasher,
}

impl<S> Checked<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, hash: crc32fast::Hasher::new() }
    }

    /// The stream itself, and the checksum until here.
    pub(super) fn end(self) -> (S, u32) {
        (self.stream, self.hash.finalize())
    }
}

impl<S: Read> Checked<S> {
    pub(super) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl<S: Read> Read for Checked<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        self.hash.update(&into[..read]);
        Ok(read)
    }
}

impl<S: Write> Write for Checked<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

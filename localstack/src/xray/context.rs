//! Which trace a request belongs to, below what, and whether it is kept: the header `Root=…;Parent=…;Sampled=…`.

use std::fmt;
use std::num::NonZeroU64;

use crate::clock;

/// Identifies a trace: `1-`, the seconds it began in, `-`, 24 random digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TraceId {
    seconds: u32,
    random: [u32; 3],
}

impl TraceId {
    /// A new trace.
    pub(crate) fn fresh() -> Self {
        Self::new(clock::unix_millis() / 1000, fastrand::u128(..))
    }

    /// A trace that began then; of `random` the lower 96 bits count.
    pub(crate) fn new(unix_seconds: u64, random: u128) -> Self {
        let seconds = u32::try_from(unix_seconds).unwrap_or(u32::MAX);
        Self { seconds, random: [(random >> 64) as u32, (random >> 32) as u32, random as u32] }
    }

    /// Reads the text form.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (seconds, random) = text.strip_prefix("1-")?.split_once('-')?;
        if !is_hex(seconds, 8) || !is_hex(random, 24) {
            return None;
        }
        let seconds = u64::from_str_radix(seconds, 16).ok()?;
        Some(Self::new(seconds, u128::from_str_radix(random, 16).ok()?))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [high, middle, low] = self.random;
        write!(f, "1-{:08x}-{high:08x}{middle:08x}{low:08x}", self.seconds)
    }
}

/// Identifies a segment or subsegment within its trace: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SegmentId(NonZeroU64);

impl SegmentId {
    /// A new one.
    pub(crate) fn fresh() -> Self {
        Self(NonZeroU64::new(fastrand::u64(..)).unwrap_or(NonZeroU64::MIN))
    }

    /// Reads the text form.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let id = is_hex(text, 16).then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
        NonZeroU64::new(id).map(Self)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a caller's header says; each part may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TraceHeader {
    pub(crate) root: Option<TraceId>,
    pub(crate) parent: Option<SegmentId>,
    pub(crate) sampled: Option<bool>,
}

impl TraceHeader {
    /// Reads what can be read; the rest counts as missing.
    pub(crate) fn read(text: &str) -> Self {
        let mut header = Self::default();
        for part in text.split(';') {
            match part.trim().split_once('=') {
                Some(("Root", id)) => header.root = TraceId::read(id),
                Some(("Parent", id)) => header.parent = SegmentId::read(id),
                Some(("Sampled", "1")) => header.sampled = Some(true),
                Some(("Sampled", "0")) => header.sampled = Some(false),
                _ => {}
            }
        }
        header
    }
}

/// A request's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceContext {
    pub(crate) root: TraceId,
    /// What is above.
    pub(crate) parent: Option<SegmentId>,
    pub(crate) sampled: bool,
}

impl TraceContext {
    /// The same trace, one level down.
    pub(crate) const fn below(self, parent: SegmentId) -> Self {
        Self { parent: Some(parent), ..self }
    }
}

/// As a header.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={}", self.root)?;
        if let Some(parent) = self.parent {
            write!(f, ";Parent={parent}")?;
        }
        write!(f, ";Sampled={}", u8::from(self.sampled))
    }
}

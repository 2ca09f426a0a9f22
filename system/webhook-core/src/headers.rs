//! Request headers as the verifiers need them: looked up without regard to case, and never guessed at. A header
//! that is present twice where one is expected is refused, because two readers of it could disagree.

use crate::mutant::{self, Mutant};
use crate::reject::Reject;

/// The headers of one delivery, borrowed from the request. Keeps every value of a name.
#[derive(Clone, Default)]
pub struct Headers<'a> {
    entries: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Headers<'a> {
    /// From (name, value) pairs in any order; a name may occur several times. Values may be any bytes.
    pub fn new<N, V>(pairs: impl IntoIterator<Item = (&'a N, &'a V)>) -> Self
    where
        N: AsRef<str> + ?Sized + 'a,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        Self { entries: pairs.into_iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect() }
    }

    /// The one value of `name` as printable ASCII text. The error says whether the header is missing, present more
    /// than once, or not text; never what it held.
    pub fn one(&self, name: &'static str) -> Result<&'a str, Reject> {
        let mut found = self.all(name);
        let value = found.next().ok_or(Reject::MissingHeader { name })?;
        if found.next().is_some() && !mutant::active(Mutant::RepeatedHeadersTaken) {
            return Err(Reject::RepeatedHeader { name });
        }
        printable(value).ok_or(Reject::UnreadableHeader { name })
    }

    /// Whether `name` is present at all.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.entries.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

fn printable(value: &[u8]) -> Option<&str> {
    if value.iter().all(|byte| matches!(byte, b' '..=b'~')) { std::str::from_utf8(value).ok() } else { None }
}

#[cfg(test)]
mod tests;

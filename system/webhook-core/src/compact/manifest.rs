//! A digest of which objects a file is made of, and in which state each of them was.
//!
//! A chain: the digest so far and the next object make the next digest, so that a listing can be interrupted after any
//! object, and 32 bytes are all there is to remember.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ports::compact::Entry;

/// What the chain begins with. It names the form of the file: another form makes another digest, so that every file that is
/// looked at is written anew.
const BEGINNING: &[u8] = b"transactions.json, form 1";

/// The digest of the objects so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest([u8; 32]);

impl Default for Manifest {
    fn default() -> Self {
        Self(bytes_of(digest(&SHA256, BEGINNING).as_ref()))
    }
}

impl Manifest {
    /// Adds the next object.
    pub(super) fn add(&mut self, entry: &Entry) {
        let mut context = Context::new(&SHA256);
        context.update(&self.0);
        // The length keeps `ab` + `c` and `a` + `bc` apart.
        context.update(&(entry.key.len() as u64).to_be_bytes());
        context.update(entry.key.as_bytes());
        context.update(entry.etag.as_bytes());
        self.0 = bytes_of(context.finish().as_ref());
    }

    /// Lower-case hexadecimal.
    pub(super) fn to_hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn bytes_of(digest: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest);
    bytes
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| de::Error::custom("not a digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(entries: &[(&str, &str)]) -> Manifest {
        let mut manifest = Manifest::default();
        for (key, etag) in entries {
            manifest.add(&Entry { key: (*key).to_owned(), etag: (*etag).to_owned(), bytes: 1 });
        }
        manifest
    }

    #[test]
    fn every_difference_shows() {
        let all = [
            manifest(&[]),
            manifest(&[("a", "1")]),
            manifest(&[("a", "2")]),
            manifest(&[("b", "1")]),
            manifest(&[("a", "1"), ("b", "1")]),
            manifest(&[("b", "1"), ("a", "1")]),
            manifest(&[("ab", "c")]),
            manifest(&[("a", "bc")]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().filter(|other| *other == one).count(), 1, "number {at} is not alone");
        }
        assert_eq!(manifest(&[("a", "1")]), manifest(&[("a", "1")]));
    }

    #[test]
    fn the_text_form_comes_back() {
        let manifest = manifest(&[("a", "1")]);
        let text = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
        for wrong in ["", "00", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(Manifest::from_hex(wrong), None, "{wrong}");
        }
    }
}

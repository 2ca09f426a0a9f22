//! SHA-256, as bytes and as lower-case hexadecimal text.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};

/// The hash of `bytes`.
pub(crate) fn of(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// 64 hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

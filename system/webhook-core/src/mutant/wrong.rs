//! What several wrong ways have in common.

use std::fmt::Write;

use super::{Mutant, active};

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The body as a reader might hold it that did not keep it byte for byte; `None` if no such defect was asked for, or it makes no
/// difference to this body.
pub(crate) fn retold(body: &[u8]) -> Option<Vec<u8>> {
    let told = if active(Mutant::BodyReadLossily) {
        String::from_utf8_lossy(body).into_owned().into_bytes()
    } else if active(Mutant::BodyTrimmed) {
        body.trim_ascii().to_vec()
    } else if active(Mutant::BodyWithoutMark) {
        body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).to_vec()
    } else if active(Mutant::BodyLineEndsUnified) {
        unified(body)
    } else if active(Mutant::BodyReserialized) {
        compact(body)
    } else {
        return None;
    };
    (told != body).then_some(told)
}

/// With LF for CRLF, or CRLF for LF where there is no CRLF.
fn unified(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let other = if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.replace('\n', "\r\n") };
    other.into_bytes()
}

/// JSON without the blanks between its tokens.
pub(crate) fn compact(json: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let mut keep = |byte: &u8| {
        let blank = !in_string && byte.is_ascii_whitespace();
        if !escaped && *byte == b'"' {
            in_string = !in_string;
        }
        escaped = in_string && !escaped && *byte == b'\\';
        !blank
    };
    json.iter().copied().filter(|byte| keep(byte)).collect()
}

//! One object as one line of the file.
//!
//! Invariant: a line is a whole JSON object without a line break, and the record that its key names. Its bytes are the
//! object's, digits and order included; only line breaks between tokens are taken out.

use std::borrow::Cow;

use serde::Deserialize;

use crate::normalize::object_key::push_escaped;

/// Largest record taken. The processor's have about a kilobyte; the limit bounds what is held in memory.
pub(super) const RECORD_BYTES_MAX: u64 = 1024 * 1024;

/// Why an object is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// It ends in the middle.
    #[error("is cut short")]
    CutShort,
    /// It is not JSON.
    #[error("is not JSON")]
    NotJson,
    /// It is JSON, but has not the ids of a record.
    #[error("is not a record")]
    NotARecord,
    /// It is the record of another event, payment or provider.
    #[error("holds the record of another key")]
    OtherKey,
    /// It has more than [`RECORD_BYTES_MAX`].
    #[error("is too large for a record")]
    TooLarge,
}

/// What ties a record to its key.
#[derive(Deserialize)]
struct Ids<'a> {
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(borrow)]
    transaction_id: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Cow<'a, str>,
}

/// Whether `key` is that of a record in the folder `prefix`: `{transaction_id}.{event_id}.json`, both escaped. The day's own
/// file has no dot before its ending, so it is none.
pub(super) fn is_record(prefix: &str, key: &str) -> bool {
    let escaped = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'!'))
    };
    key.strip_prefix(prefix)
        .and_then(|name| name.strip_suffix(".json"))
        .and_then(|name| name.split_once('.'))
        .is_some_and(|(transaction, event)| escaped(transaction) && escaped(event))
}

/// Appends the object under `key` to `lines`, as one line.
pub(super) fn push_line(
    lines: &mut Vec<u8>,
    prefix: &str,
    key: &str,
    object: &[u8],
) -> Result<(), BadRecord> {
    if object.len() as u64 > RECORD_BYTES_MAX {
        return Err(BadRecord::TooLarge);
    }
    let text = std::str::from_utf8(object).map_err(|error| {
        if error.error_len().is_none() { BadRecord::CutShort } else { BadRecord::NotJson }
    })?;
    let ids: Ids<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => BadRecord::CutShort,
        serde_json::error::Category::Data => BadRecord::NotARecord,
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => BadRecord::NotJson,
    })?;
    if !is_of(&ids, prefix, key) {
        return Err(BadRecord::OtherKey);
    }
    // A line break inside a string is always escaped, so each one here stands between two tokens.
    lines.extend(object.trim_ascii().iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    lines.push(b'\n');
    Ok(())
}

/// Whether `key` is where the processor puts the record with these ids.
fn is_of(ids: &Ids<'_>, prefix: &str, key: &str) -> bool {
    let mut name = String::with_capacity(key.len());
    push_escaped(&mut name, &ids.transaction_id);
    name.push('.');
    push_escaped(&mut name, &ids.event_id);
    name.push_str(".json");
    prefix.split('/').next() == Some(&*ids.provider) && key.strip_prefix(prefix) == Some(&*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "stripe/2026/11/20/";

    #[track_caller]
    fn check(name: &str, object: &[u8], expected: Result<&str, BadRecord>) {
        let mut lines = Vec::new();
        let pushed = push_line(&mut lines, PREFIX, &format!("{PREFIX}{name}"), object);
        let line = pushed.map(|()| String::from_utf8(lines).unwrap());
        assert_eq!(line.as_deref().map_err(|bad| *bad), expected, "{}", String::from_utf8_lossy(object));
    }

    #[test]
    fn a_record_is_a_line_with_its_own_bytes() {
        let record = r#"{"provider":"stripe","transaction_id":"pi_1","event_id":"evt_1","amount":"1.10","timestamp":1.000000}"#;
        check("pi_1.evt_1.json", record.as_bytes(), Ok(&format!("{record}\n")));
        let pretty = "{\r\n  \"provider\": \"stripe\",\n \"transaction_id\": \"a/b\", \"event_id\": \"\\u0065\\n\"}\n\n";
        let flat =
            "{  \"provider\": \"stripe\", \"transaction_id\": \"a/b\", \"event_id\": \"\\u0065\\n\"}\n";
        check("a!2Fb.e!0A.json", pretty.as_bytes(), Ok(flat));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let record = br#"{"provider":"stripe","transaction_id":"pi_1","event_id":"evt_1","note":"gr\u00fc"}"#;
        let name = "pi_1.evt_1.json";
        for cut in 0..record.len() {
            check(name, &record[..cut], Err(BadRecord::CutShort));
        }
        check(name, "{\"provider\":\"é".as_bytes().split_last().unwrap().1, Err(BadRecord::CutShort));
        check(name, b"{\"provider\":\"\xff\"}", Err(BadRecord::NotJson));
        check(name, &[&record[..], b"{}"].concat(), Err(BadRecord::NotJson));
        check(name, b"\xef\xbb\xbf{}", Err(BadRecord::NotJson));
        check(name, b"{}", Err(BadRecord::NotARecord));
        check(name, b"[1]", Err(BadRecord::NotARecord));
        check(
            name,
            br#"{"provider":"stripe","transaction_id":7,"event_id":"e"}"#,
            Err(BadRecord::NotARecord),
        );
        check("pi_1.evt_2.json", record, Err(BadRecord::OtherKey));
        check("pi_2.evt_1.json", record, Err(BadRecord::OtherKey));
        let other = br#"{"provider":"square","transaction_id":"pi_1","event_id":"evt_1"}"#;
        check(name, other, Err(BadRecord::OtherKey));
        check(name, &vec![b' '; 1024 * 1024 + 1], Err(BadRecord::TooLarge));
    }

    #[test]
    fn which_keys_are_records() {
        let check = |key: &str, expected: bool| assert_eq!(is_record(PREFIX, key), expected, "{key}");
        check("stripe/2026/11/20/pi_1.evt_1.json", true);
        check("stripe/2026/11/20/a!2Fb-c.WH-1!2E2.json", true);
        for other in [
            "transactions.json",
            "pi_1.json",
            ".json",
            "..json",
            "pi_1..json",
            ".evt_1.json",
            "a.b.c.json",
            "a/b.c.json",
            "pi_1.evt_1.form",
            "pi_1.evt_1.json.gz",
            "transactions.json.bak",
            "",
        ] {
            check(&format!("{PREFIX}{other}"), false);
        }
        check("stripe/2026/11/21/pi_1.evt_1.json", false);
    }
}

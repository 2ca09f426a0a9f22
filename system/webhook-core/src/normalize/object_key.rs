//! Where an event's objects lie: `{provider}/{yyyy}/{mm}/{dd}/{transaction_id}.{event_id}.json`, in both buckets; the raw body of
//! a form-encoded notification has the ending `.form`. The date is the event's own in UTC, so every delivery of an event arrives
//! at the same key. Nobody's event lies in quarantine: there the key is the day and the body's hash.

use std::fmt::Write;

use time::OffsetDateTime;

use crate::envelope::Content;
use crate::event::PaymentEvent;
use crate::mutant::{self, Mutant};
use crate::sha256;
use crate::unix_time::UnixTime;

/// Ending of a JSON object's key.
const JSON: &str = ".json";

/// Ending of a form's key.
pub const FORM: &str = ".form";

/// Folder of what nobody has proven yet, in the raw bucket. A lifecycle rule empties it.
pub const QUARANTINE: &str = "ipn-unproven";

/// The key of `event`'s processed record, and of its raw body if that is JSON.
#[must_use]
pub fn object_key(event: &PaymentEvent<'_>) -> String {
    key_of(event, JSON)
}

/// The key of the raw body that `event` was read from.
#[must_use]
pub fn raw_key(event: &PaymentEvent<'_>, content: Content) -> String {
    match content {
        Content::Json => key_of(event, JSON),
        Content::Ipn | Content::IpnUnproven => key_of(event, FORM),
    }
}

/// Where a body that is not proven lies: `ipn-unproven/{yyyy}/{mm}/{dd}/{SHA-256 in hexadecimal}.form`, by the day it was received.
#[must_use]
pub fn quarantine_key(body: &[u8], received_at: UnixTime) -> String {
    let mut key = String::with_capacity(96);
    key.push_str(QUARANTINE);
    push_date(&mut key, received_at);
    key.push_str(&sha256::hex(&sha256::of(body)));
    key.push_str(FORM);
    key
}

fn key_of(event: &PaymentEvent<'_>, ending: &str) -> String {
    let mut key = String::with_capacity(32 + event.transaction_id.len() + event.event_id.len());
    key.push_str(event.provider.as_str());
    push_date(&mut key, event.occurred_at);
    push_escaped(&mut key, &event.transaction_id);
    if !mutant::active(Mutant::KeysWithoutEventId) {
        key.push('.');
        push_escaped(&mut key, &event.event_id);
    }
    key.push_str(ending);
    key
}

fn push_date(key: &mut String, at: UnixTime) {
    // An event's time lies between 1970 and 9999, so the fallback is never used.
    let date = OffsetDateTime::from_unix_timestamp(at.secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    // Writing to a String cannot fail.
    let _ = write!(key, "/{:04}/{:02}/{:02}/", date.year(), u8::from(date.month()), date.day());
}

/// Letters, digits, `_` and `-` stay; every other byte becomes `!` and two hexadecimal digits. `!` itself, `.` and `/` are
/// among the others, so two different pairs of ids never share a key and no id can leave its folder.
pub(crate) fn push_escaped(key: &mut String, id: &str) {
    for byte in id.bytes() {
        if mutant::active(Mutant::IdsNotEscapedInKeys)
            || byte.is_ascii_alphanumeric()
            || byte == b'_'
            || byte == b'-'
        {
            key.push(char::from(byte));
        } else {
            let _ = write!(key, "!{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;

//! Where an event's objects lie: `{provider}/{yyyy}/{mm}/{dd}/{transaction_id}.{event_id}.json`, in both buckets. The date is
//! the event's own in UTC, so every delivery of an event arrives at the same key.

use std::fmt::Write;

use time::OffsetDateTime;

use crate::event::PaymentEvent;

/// The key of `event`'s raw body and of its processed record.
#[must_use]
pub fn object_key(event: &PaymentEvent<'_>) -> String {
    // An event's time lies between 1970 and 9999, so the fallback is never used.
    let date = OffsetDateTime::from_unix_timestamp(event.occurred_at.secs())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .date();
    let mut key = String::with_capacity(32 + event.transaction_id.len() + event.event_id.len());
    key.push_str(event.provider.as_str());
    // Writing to a String cannot fail.
    let _ = write!(key, "/{:04}/{:02}/{:02}/", date.year(), u8::from(date.month()), date.day());
    push_escaped(&mut key, &event.transaction_id);
    key.push('.');
    push_escaped(&mut key, &event.event_id);
    key.push_str(".json");
    key
}

/// Letters, digits, `_` and `-` stay; every other byte becomes `!` and two hexadecimal digits. `!` itself, `.` and `/` are
/// among the others, so two different pairs of ids never share a key and no id can leave its folder.
fn push_escaped(key: &mut String, id: &str) {
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
            key.push(char::from(byte));
        } else {
            let _ = write!(key, "!{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;

//! `application/x-www-form-urlencoded`, read with bounds: so many fields, names and values so long, no byte that such a text
//! cannot have. Values stay bytes until somebody asks for them: what they mean is up to the message's own charset, and what
//! identifies or decides must be plain ASCII whatever that says.
//!
//! Non-goal: repairing. A text that is no form is refused.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use serde_json::{Map, Value};

use crate::mutant::{self, Mutant};
use crate::reject::Reject;

/// Most fields taken. The largest messages are mass payments: 250 payouts of 9 fields.
pub(super) const MAX_FIELDS: usize = 4096;

/// Longest name taken, in bytes after decoding.
pub(super) const MAX_NAME_BYTES: usize = 128;

/// Longest value taken, in bytes after decoding. PayPal's own longest (`memo`, `custom`) have 256 characters.
pub(super) const MAX_VALUE_BYTES: usize = 8192;

/// Fields that decide something. Of each there may be one: two readers of a message that has two could disagree.
const DECISIVE: [&str; 27] = [
    "business",
    "case_creation_date",
    "case_id",
    "charset",
    "mc_currency",
    "mc_currency_1",
    "mc_gross",
    "mc_gross_1",
    "mc_gross_2",
    "masspay_txn_id_1",
    "mp_id",
    "parent_txn_id",
    "payer_email",
    "payer_id",
    "payment_date",
    "payment_status",
    "pending_reason",
    "reason_code",
    "receiver_email",
    "receiver_id",
    "recurring_payment_id",
    "subscr_date",
    "subscr_id",
    "test_ipn",
    "time_created",
    "txn_id",
    "txn_type",
];

/// PayPal's command, which is put before the message to post it back. A message that brings one of its own would be another
/// question than the one that was meant.
const COMMAND: &str = "cmd";

/// The fields in their order. Without `Debug`: they hold personal data.
pub(super) struct Form<'b> {
    fields: Vec<(Cow<'b, str>, Cow<'b, [u8]>)>,
    charset: &'static Encoding,
}

impl<'b> Form<'b> {
    /// Reads a whole body.
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, Reject> {
        // Spaces and control characters are always escaped; the body must also be able to travel as text.
        let plain = body.iter().all(|byte| *byte > b' ' && *byte != 0x7F);
        if !plain || std::str::from_utf8(body).is_err() {
            return Err(Reject::MalformedForm);
        }
        let mut fields = Vec::with_capacity(48);
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == MAX_FIELDS {
                return Err(Reject::MalformedForm);
            }
            fields.push(field(pair)?);
        }
        if fields.is_empty() {
            return Err(Reject::MalformedForm);
        }
        let mut form = Self { fields, charset: WINDOWS_1252 };
        if form.raw(COMMAND).is_some() {
            return Err(Reject::MalformedField { name: COMMAND });
        }
        for name in DECISIVE {
            if form.fields.iter().filter(|(known, _)| known == name).nth(1).is_some() {
                return Err(Reject::RepeatedField { name });
            }
        }
        form.charset = form.raw("charset").and_then(encoding).unwrap_or(WINDOWS_1252);
        Ok(form)
    }

    /// The value of a field that must be visible ASCII; `None` if it is not there or empty.
    pub(super) fn ascii(&self, name: &'static str) -> Result<Option<&str>, Reject> {
        match self.raw(name) {
            None | Some([]) => Ok(None),
            Some(value) if value.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
                std::str::from_utf8(value).map(Some).map_err(|_| Reject::MalformedField { name })
            }
            Some(_) => Err(Reject::MalformedField { name }),
        }
    }

    /// The value of a field as text in the message's charset; `None` if it is not there or empty.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).filter(|value| !value.is_empty()).map(|value| self.decoded(value))
    }

    /// Whether the field is there with a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| !value.is_empty())
    }

    /// The form as a JSON object of strings.
    pub(super) fn to_json(&self) -> Value {
        let pairs = self.fields.iter();
        let object: Map<String, Value> =
            pairs.map(|(name, value)| (name.clone().into_owned(), self.decoded(value).into())).collect();
        Value::Object(object)
    }

    fn raw(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Bytes that the charset does not know are read as windows-1252, PayPal's default, in which all bytes mean something.
    fn decoded<'s>(&self, value: &'s [u8]) -> Cow<'s, str> {
        if mutant::active(Mutant::IpnCharsetIgnored) {
            return String::from_utf8_lossy(value);
        }
        self.charset
            .decode_without_bom_handling_and_without_replacement(value)
            .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(value).0)
    }
}

/// The encoding with this label, if it is one that ASCII is a part of.
fn encoding(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label).filter(|encoding| encoding.is_ascii_compatible())
}

fn field(pair: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, [u8]>), Reject> {
    let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &pair[pair.len()..]),
    };
    let (name, value) = (unescaped(name)?, unescaped(value)?);
    let plain = name.iter().all(u8::is_ascii_graphic);
    if !plain || !(1..=MAX_NAME_BYTES).contains(&name.len()) || value.len() > MAX_VALUE_BYTES {
        return Err(Reject::MalformedForm);
    }
    Ok((text(name)?, value))
}

fn text(name: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Reject> {
    match name {
        Cow::Borrowed(name) => {
            std::str::from_utf8(name).map(Cow::Borrowed).map_err(|_| Reject::MalformedForm)
        }
        Cow::Owned(name) => String::from_utf8(name).map(Cow::Owned).map_err(|_| Reject::MalformedForm),
    }
}

/// `+` is a space, `%xx` a byte. A `%` without two hexadecimal digits is no form.
fn unescaped(text: &[u8]) -> Result<Cow<'_, [u8]>, Reject> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(Reject::MalformedForm),
            },
            byte => *byte,
        });
    }
    Ok(Cow::Owned(decoded))
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;

//! `application/x-www-form-urlencoded` as PayPal writes it: `+` for a space, upper-case hexadecimal, letters, digits,
//! `-`, `_` and `.` as they are.

use std::fmt::Write as _;

/// A form that is being written.
#[derive(Default)]
pub(super) struct Form {
    text: String,
}

impl Form {
    /// Adds a field, of text in ASCII or of bytes in the form's charset.
    pub(super) fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(name);
        self.text.push('=');
        push_encoded(&mut self.text, value.as_ref());
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// Appends the bytes as a value of a form.
pub(super) fn push_encoded(out: &mut String, value: &[u8]) {
    for byte in value {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' => out.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(*byte)),
            // Writing to a String cannot fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
}

/// The fields of a form in their order. Of a broken escape the `%` stands for itself.
pub(super) fn decoded(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    body.split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let mut parts = field.splitn(2, |byte| *byte == b'=');
            let name = parts.next().map(unescaped).unwrap_or_default();
            let value = parts.next().map(unescaped).unwrap_or_default();
            (String::from_utf8_lossy(&name).into_owned(), value)
        })
        .collect()
}

/// The body with the value of a field replaced, everything else byte for byte as it was. Unchanged if it has no such field.
pub(super) fn replaced(body: &[u8], name: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    let mut field = format!("{name}=");
    push_encoded(&mut field, value.as_ref());
    let prefix = format!("{name}=");
    let fields: Vec<&[u8]> = body
        .split(|byte| *byte == b'&')
        .map(|old| if old.starts_with(prefix.as_bytes()) { field.as_bytes() } else { old })
        .collect();
    fields.join(&b'&')
}

/// The body without a field.
pub(super) fn without(body: &[u8], name: &str) -> Vec<u8> {
    let prefix = format!("{name}=");
    let fields: Vec<&[u8]> =
        body.split(|byte| *byte == b'&').filter(|field| !field.starts_with(prefix.as_bytes())).collect();
    fields.join(&b'&')
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escape = tail.first_chunk::<2>().filter(|_| *first == b'%');
        let value = escape.and_then(|digits| {
            let digit = |at: usize| char::from(digits[at]).to_digit(16);
            u8::try_from(digit(0)? * 16 + digit(1)?).ok()
        });
        rest = match value {
            Some(byte) => {
                out.push(byte);
                &tail[2..]
            }
            None => {
                out.push(if *first == b'+' { b' ' } else { *first });
                tail
            }
        };
    }
    out
}

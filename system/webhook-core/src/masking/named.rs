//! Values that are known by their names alone: `client_secret=…`, `"verify_sign": "…"`, `Stripe-Signature: …`. What PayPal calls a
//! client secret, or a person's name, looks like any other word.

use std::ops::Range;

/// Names of headers. Their values go to the end of the line.
const HEADERS: [&str; 9] = [
    "authorization",
    "cookie",
    "stripe-signature",
    "paypal-transmission-sig",
    "paypal-auth-token",
    "x-square-hmacsha256-signature",
    "x-square-signature",
    "x-amz-security-token",
    "x-api-key",
];

/// Names of fields, in JSON, in forms and in sentences. Their values are one word, or what is between quotes. Secrets first, then
/// what providers tell of persons and cards.
const FIELDS: [&str; 46] = [
    "client_secret",
    "client_id",
    "access_token",
    "refresh_token",
    "id_token",
    "secret_access_key",
    "session_token",
    "signature_key",
    "webhook_id",
    "password",
    "secret",
    "v1",
    "verify_sign",
    "cvv",
    "cvv2",
    "cvc",
    "payer_email",
    "payer_id",
    "payer_business_name",
    "receiver_email",
    "email_address",
    "receipt_email",
    "buyer_email_address",
    "first_name",
    "last_name",
    "given_name",
    "surname",
    "full_name",
    "cardholder_name",
    "contact_phone",
    "address_name",
    "address_street",
    "address_city",
    "address_state",
    "address_zip",
    "address_country",
    "custom",
    "custom_id",
    "memo",
    "item_name",
    "note_to_payer",
    "invoice_id",
    "fingerprint",
    "last4",
    "last_4",
    "receipt_url",
];

/// Where the values are. `lower` is the text in lower case, which leaves every byte where it was.
pub(super) fn find_values(lower: &str, mut found: impl FnMut(Range<usize>)) {
    // A value stands behind one of these. Ids, which every log line holds, have neither: one look instead of one a name.
    if !lower.bytes().any(|byte| matches!(byte, b':' | b'=')) {
        return;
    }
    for (names, end_of) in [(&HEADERS[..], line_end as fn(&str, usize) -> usize), (&FIELDS[..], word_end)] {
        for name in names {
            for (start, _) in lower.match_indices(name) {
                let before = start.checked_sub(1).map(|at| lower.as_bytes()[at]);
                let inside_a_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric());
                // `arn:aws:secretsmanager:…:secret:NAME` tells a name, which whoever is on call needs.
                let of_an_arn = before == Some(b':') && lower[start + name.len()..].starts_with(':');
                if inside_a_word || of_an_arn {
                    continue;
                }
                if let Some(value) = value_after(lower, start + name.len(), end_of) {
                    found(value);
                }
            }
        }
    }
}

/// The value after a name that ends at `at`, if a `:` or `=` follows the name.
fn value_after(lower: &str, at: usize, end_of: fn(&str, usize) -> usize) -> Option<Range<usize>> {
    let at = skip(lower, at, is_quoting);
    let separator = skip(lower, at, is_blank);
    if !matches!(lower.as_bytes().get(separator), Some(b':' | b'=')) {
        return None;
    }
    let opening = skip(lower, separator + 1, is_blank);
    let start = skip(lower, opening, |byte| byte == b'\\');
    let value = match lower.as_bytes().get(start) {
        Some(quote @ (b'"' | b'\'')) => start + 1..closing(lower, start + 1, *quote, start - opening),
        _ => opening..end_of(lower, opening),
    };
    (!value.is_empty()).then_some(value)
}

const fn is_quoting(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\')
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn skip(text: &str, from: usize, what: impl Fn(u8) -> bool) -> usize {
    from + text.as_bytes()[from..].iter().take_while(|byte| what(**byte)).count()
}

/// Where a quoted value ends: at the quote with as many backslashes as the opening one had, so that a quote inside the value is not
/// taken for its end. Text that was cut off ends where it ends.
fn closing(text: &str, from: usize, quote: u8, backslashes: usize) -> usize {
    let bytes = text.as_bytes();
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match *byte {
            b'\\' => run += 1,
            byte if byte == quote && run == backslashes => return at - run,
            _ => run = 0,
        }
    }
    text.len()
}

fn line_end(text: &str, from: usize) -> usize {
    skip(text, from, |byte| !matches!(byte, b'"' | b'\'' | b'\r' | b'\n'))
}

fn word_end(text: &str, from: usize) -> usize {
    skip(text, from, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'&' | b';' | b',' | b'}' | b'"' | b'\'')
    })
}

//! Forms that PayPal would not send, whoever sends them: refused at the door with 400, 413 or 415, before anybody is
//! asked whether they are genuine.

use bytes::Bytes;

use super::form::{replaced, without};
use super::sent::unsent;
use super::{Notification, Sent};
use crate::delivery::Delivery;
use crate::dice::Dice;

/// Bodies above this many bytes are refused (256 KiB).
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Content types that are neither a form nor JSON.
const OTHER_TYPES: [&str; 5] =
    ["text/plain", "multipart/form-data; boundary=x", "application/xml", "text/html; charset=utf-8", "*/*"];

/// One of these says what happened, in any notification.
const WHAT_HAPPENED: [&str; 2] = ["payment_status", "txn_type"];

/// A way in which a delivery is no notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Malformation {
    /// JSON under the content type of a form.
    NotAForm,
    /// No body at all.
    EmptyBody,
    /// Nothing in it says what happened: neither a status nor a type.
    MissingFields,
    /// The same fields are there, without a value.
    EmptyFields,
    /// A percent sign that escapes nothing.
    BrokenEscape,
    /// A field of which there can be only one comes twice, with different values.
    RepeatedField,
    /// Thousands of fields.
    TooManyFields,
    /// A notification with so much padding that the body exceeds 256 KiB.
    TooLarge,
    /// A notification labelled as something else.
    WrongContentType,
}

impl Malformation {
    /// Every way.
    pub const ALL: [Self; 9] = [
        Self::NotAForm,
        Self::EmptyBody,
        Self::MissingFields,
        Self::EmptyFields,
        Self::BrokenEscape,
        Self::RepeatedField,
        Self::TooManyFields,
        Self::TooLarge,
        Self::WrongContentType,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAForm => "not-a-form",
            Self::EmptyBody => "empty-body",
            Self::MissingFields => "missing-fields",
            Self::EmptyFields => "empty-fields",
            Self::BrokenEscape => "broken-escape",
            Self::RepeatedField => "repeated-field",
            Self::TooManyFields => "too-many-fields",
            Self::TooLarge => "too-large",
            Self::WrongContentType => "wrong-content-type",
        }
    }

    /// The status a receiver should answer.
    #[must_use]
    pub const fn expected_status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::WrongContentType => 415,
            _ => 400,
        }
    }
}

/// A malformed delivery, which PayPal would vouch for: only its form is wrong. The notification is sent in no other way.
#[must_use]
pub fn malformed(sent: &Sent, notification: &Notification, malformation: Malformation) -> Delivery {
    let genuine = &notification.body;
    let mut dice = Dice::of_text(&notification.event_id);
    let body = match malformation {
        Malformation::NotAForm => br#"{"txn_id":"61E67681CH3238416","payment_status":"Completed"}"#.to_vec(),
        Malformation::EmptyBody => Vec::new(),
        Malformation::MissingFields => {
            WHAT_HAPPENED.iter().fold(genuine.to_vec(), |body, name| without(&body, name))
        }
        Malformation::EmptyFields => {
            WHAT_HAPPENED.iter().fold(genuine.to_vec(), |body, name| replaced(&body, name, ""))
        }
        Malformation::BrokenEscape => [genuine, &b"&memo=100%zz"[..]].concat(),
        Malformation::RepeatedField => {
            let there = WHAT_HAPPENED.iter().find(|name| notification.field(name).is_some());
            let again = format!("&{}=Refunded", there.copied().unwrap_or_default());
            [genuine, again.as_bytes()].concat()
        }
        Malformation::TooManyFields => [genuine.to_vec(), b"&x=1".repeat(5_000)].concat(),
        Malformation::TooLarge => {
            let padding = BODY_BYTES_MAX + dice.below(4096) as usize - genuine.len();
            [genuine, &b"&memo="[..], "x".repeat(padding).as_bytes()].concat()
        }
        Malformation::WrongContentType => genuine.to_vec(),
    };
    sent.remember(&body);
    let mut delivery = unsent(notification, Bytes::from(body));
    if malformation == Malformation::WrongContentType {
        delivery.set("content-type", (*dice.pick(&OTHER_TYPES)).to_owned());
    }
    delivery
}

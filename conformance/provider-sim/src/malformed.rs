//! Deliveries from the right sender in the wrong shape: signed as they should be, yet no event. A receiver answers
//! them with 400, or 413 where they are too large, and keeps no trace.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::delivery::{Delivery, sign};
use crate::dice::Dice;
use crate::event::Event;
use crate::keys::Keys;
use crate::provider::Provider;

/// Bodies above this many bytes are refused (256 KiB).
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A way in which a body is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Malformation {
    /// A form, not JSON.
    NotJson,
    /// JSON that ends in the middle.
    TruncatedJson,
    /// No body at all.
    EmptyBody,
    /// The event as the only element of an array.
    ArrayTop,
    /// `null`.
    NullTop,
    /// One of the fields that every event has is not there.
    MissingField,
    /// One of those fields is of another type.
    WrongType,
    /// A byte inside a string that is no UTF-8.
    InvalidUtf8,
    /// An event with so much padding that the body exceeds 256 KiB.
    TooLarge,
}

/// Which part of a receiver refuses a malformed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusedBy {
    /// The gateway, by the JSON Schema of the endpoint.
    Gateway,
    /// The gateway or the handler behind it, depending on what the gateway passes on.
    Handler,
}

impl Malformation {
    /// Every way.
    pub const ALL: [Self; 9] = [
        Self::NotJson,
        Self::TruncatedJson,
        Self::EmptyBody,
        Self::ArrayTop,
        Self::NullTop,
        Self::MissingField,
        Self::WrongType,
        Self::InvalidUtf8,
        Self::TooLarge,
    ];

    /// The name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::TruncatedJson => "truncated-json",
            Self::EmptyBody => "empty-body",
            Self::ArrayTop => "array-top",
            Self::NullTop => "null-top",
            Self::MissingField => "missing-field",
            Self::WrongType => "wrong-type",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::TooLarge => "too-large",
        }
    }

    /// Whether it means anything at this provider: all do at each, as all three send JSON.
    #[must_use]
    pub const fn applies_to(self, _provider: Provider) -> bool {
        true
    }

    /// The status a receiver should answer: 400, or 413 for a body that is too large.
    #[must_use]
    pub const fn expected_status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            _ => 400,
        }
    }

    /// Every status a correct receiver may answer. A gateway that passes bodies on as text replaces bytes that are
    /// no UTF-8, so the signature is wrong by the time the handler sees them: 401 is right there too.
    #[must_use]
    pub const fn allowed_statuses(self) -> &'static [u16] {
        match self {
            Self::TooLarge => &[413],
            Self::InvalidUtf8 => &[400, 401],
            _ => &[400],
        }
    }

    /// Who refuses it.
    #[must_use]
    pub const fn refused_by(self) -> RefusedBy {
        match self {
            Self::InvalidUtf8 | Self::TooLarge => RefusedBy::Handler,
            _ => RefusedBy::Gateway,
        }
    }
}

/// The fields every event of the provider has, with a value of a wrong type. All stand at the top level.
fn required(provider: Provider) -> [(&'static str, Value); 4] {
    match provider {
        Provider::Stripe => [
            ("id", json!(4711)),
            ("created", json!("soon")),
            ("type", json!(null)),
            ("data", json!("payment")),
        ],
        Provider::Paypal => [
            ("id", json!(4711)),
            ("create_time", json!(0)),
            ("event_type", json!(["PAYMENT"])),
            ("resource", json!([])),
        ],
        Provider::Square => [
            ("event_id", json!(4711)),
            ("created_at", json!(true)),
            ("type", json!({})),
            ("data", json!(null)),
        ],
    }
}

/// The name of the event id's field.
const fn id_field(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe | Provider::Paypal => "id",
        Provider::Square => "event_id",
    }
}

/// A delivery of a malformed body, correctly signed. The event is sent in no other way. Which field is missing or
/// of a wrong type depends on the event's id.
#[must_use]
pub fn malformed(keys: &Keys, event: &Event, malformation: Malformation, now_ms: i64) -> Delivery {
    let mut dice = Dice::of_text(&event.event_id);
    let field = dice.pick(&required(event.provider)).clone();
    let id_stays = match malformation {
        Malformation::NotJson | Malformation::EmptyBody | Malformation::NullTop => false,
        Malformation::MissingField | Malformation::WrongType => field.0 != id_field(event.provider),
        _ => true,
    };
    let body: Bytes = match malformation {
        Malformation::NotJson => b"payment_status=Completed&mc_gross=12.30&mc_currency=USD"[..].into(),
        Malformation::TruncatedJson => event.body.slice(..event.body.len() / 2),
        Malformation::EmptyBody => Bytes::new(),
        Malformation::ArrayTop => [b"[", &event.body[..], b"]"].concat().into(),
        Malformation::NullTop => b"null"[..].into(),
        Malformation::MissingField => edited(event, |object| drop(object.remove(field.0))),
        Malformation::WrongType => {
            edited(event, |object| drop(object.insert(field.0.to_owned(), field.1.clone())))
        }
        Malformation::InvalidUtf8 => with_first(event, b"\"extra\":\"\xff\xfe\","),
        Malformation::TooLarge => {
            let padding = BODY_BYTES_MAX + dice.below(4096) as usize - event.body.len();
            with_first(event, &[b"\"padding\":\"", "x".repeat(padding).as_bytes(), b"\","].concat())
        }
    };
    let mut delivery = sign(keys, &Event { body, ..event.clone() }, now_ms);
    if !id_stays {
        delivery.id_in_body = None;
    }
    delivery
}

/// The body with its top-level object changed.
fn edited(event: &Event, edit: impl FnOnce(&mut Map<String, Value>)) -> Bytes {
    let mut object: Map<String, Value> = serde_json::from_slice(&event.body).unwrap_or_default();
    edit(&mut object);
    Value::Object(object).to_string().into()
}

/// The body with another member before the first one.
fn with_first(event: &Event, member: &[u8]) -> Bytes {
    let open = event.body.iter().position(|b| *b == b'{').map_or(0, |at| at + 1);
    [&event.body[..open], member, &event.body[open..]].concat().into()
}

#[cfg(test)]
mod tests;

//! PayPal's older notifications, IPN: forms in the payer's or the merchant's charset, without any signature. A receiver
//! sends the bytes back and asks whether PayPal sent them.
//!
//! What stands in for a signature is therefore memory: [`send`] remembers the bytes of a notification in a [`Sent`], and
//! the stand-in for PayPal says VERIFIED to exactly those bytes. A forger's bytes are never in it.
//!
//! Written from PayPal's documentation and recorded messages: names, order and spelling of the fields are theirs. Nothing
//! here is needed for the JSON webhooks of [`EventFactory`](crate::EventFactory), and the other way round.
//!
//! ```
//! use provider_sim::ipn;
//!
//! let paypals_memory = ipn::Sent::default();
//! let mut factory = ipn::Factory::new(1, "run-1");
//! let notification = factory.of_kind(ipn::Kind::Completed, 1_795_000_000_000);
//! let delivery = ipn::send(&paypals_memory, &notification);
//! assert!(paypals_memory.holds(&delivery.body));
//! ```

mod charset;
mod content;
mod factory;
mod forgery;
mod form;
mod malformation;
mod pacific;
mod people;
mod sent;

use std::fmt;

use bytes::Bytes;

pub use charset::Charset;
pub use factory::{Factory, MERCHANT};
pub use forgery::{Forgery, forge};
pub use malformation::{Malformation, malformed};
pub use sent::{Sent, send};

/// What a notification is about: each row of the IPN column in the table of normalized types, and some that a receiver
/// of payments need not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A payment that waits, for the bank (`echeck`) or for a review.
    Pending,
    /// An authorization: `Pending` with the reason `authorization`.
    Authorized,
    /// Money that came.
    Completed,
    /// A payment from a bank account that failed.
    Failed,
    /// A payment the merchant or PayPal refused.
    Denied,
    /// An authorization that was taken back.
    Voided,
    /// An authorization that ran out.
    Expired,
    /// Money given back, all of it or a part: has its own id, names the payment, and counts negative.
    Refunded,
    /// A chargeback or another reversal: likewise.
    Reversed,
    /// A buyer opened a dispute, a claim or a chargeback.
    NewCase,
    /// A case was closed, and money moved for it.
    Adjustment,
    /// A mass payment that went out. The merchant pays here: there is no `receiver_email`.
    MassPay,
    /// A mass payment that was denied.
    MassPayDenied,
    /// A reversal that was undone; not in the table.
    CanceledReversal,
    /// A subscription began; no money moves.
    SubscriptionSignup,
    /// A recurring payment was set up; no money moves, and the id is called otherwise again.
    RecurringProfileCreated,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Pending,
        Self::Authorized,
        Self::Completed,
        Self::Failed,
        Self::Denied,
        Self::Voided,
        Self::Expired,
        Self::Refunded,
        Self::Reversed,
        Self::NewCase,
        Self::Adjustment,
        Self::MassPay,
        Self::MassPayDenied,
        Self::CanceledReversal,
        Self::SubscriptionSignup,
        Self::RecurringProfileCreated,
    ];

    /// The name in reports and on the stand-in's command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Voided => "voided",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
            Self::NewCase => "new-case",
            Self::Adjustment => "adjustment",
            Self::MassPay => "masspay",
            Self::MassPayDenied => "masspay-denied",
            Self::CanceledReversal => "canceled-reversal",
            Self::SubscriptionSignup => "subscr-signup",
            Self::RecurringProfileCreated => "recurring-profile-created",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// PayPal's own word, `None` where a notification of this kind has no `payment_status`.
    #[must_use]
    pub const fn payment_status(self) -> Option<&'static str> {
        match self {
            Self::Pending | Self::Authorized => Some("Pending"),
            Self::Completed | Self::MassPay | Self::Adjustment => Some("Completed"),
            Self::Failed => Some("Failed"),
            Self::Denied | Self::MassPayDenied => Some("Denied"),
            Self::Voided => Some("Voided"),
            Self::Expired => Some("Expired"),
            Self::Refunded => Some("Refunded"),
            Self::Reversed => Some("Reversed"),
            Self::CanceledReversal => Some("Canceled_Reversal"),
            Self::NewCase | Self::SubscriptionSignup | Self::RecurringProfileCreated => None,
        }
    }

    /// Whether it is about a payment that may have other notifications.
    #[must_use]
    pub const fn of_a_payment(self) -> bool {
        !matches!(
            self,
            Self::MassPay | Self::MassPayDenied | Self::SubscriptionSignup | Self::RecurringProfileCreated
        )
    }

    /// Whether it has a transaction id of its own beside the payment's.
    pub(crate) const fn is_child(self) -> bool {
        matches!(self, Self::Refunded | Self::Reversed | Self::CanceledReversal | Self::Adjustment)
    }
}

/// A notification with its raw body. Cloning shares the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// What it is about.
    pub kind: Kind,
    /// By what a receiver tells repetitions: `{txn_id}_{payment_status}`, where there is no such pair `{case_id}_{txn_type}`,
    /// behind `ipn_`. What has neither (a mass payment, a subscription) is known by its bytes: `ipn_` and the first 32
    /// hexadecimal digits of their SHA-256.
    pub event_id: String,
    /// The payment's id, shared by its refunds and cases; what is about no payment stands for itself.
    pub transaction_id: String,
    /// How the body's text is encoded.
    pub charset: Charset,
    /// When it happened, milliseconds since the Unix epoch; the body says it in seconds.
    pub created_ms: i64,
    /// The form, byte for byte as it goes over the wire.
    pub body: Bytes,
}

impl Notification {
    /// The decoded bytes of a field, in the body's charset.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Vec<u8>> {
        fields(&self.body).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The same notification with this value, bytes in its charset, in the field's place, or behind the others. Its ids are
    /// not made anew.
    #[must_use]
    pub fn with_field(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let body = match self.field(name) {
            Some(_) => form::replaced(&self.body, name, value),
            None => {
                let mut text = format!("&{name}=");
                form::push_encoded(&mut text, value.as_ref());
                [&self.body[..], text.as_bytes()].concat()
            }
        };
        Self { body: body.into(), ..self }
    }

    /// The same notification without a field.
    #[must_use]
    pub fn without_field(self, name: &str) -> Self {
        Self { body: form::without(&self.body, name).into(), ..self }
    }
}

/// The fields of a form in their order: name, and decoded bytes in the form's charset. Of a broken escape the `%` stands for
/// itself.
#[must_use]
pub fn fields(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    form::decoded(body)
}

/// Without the body: it holds (made-up) personal fields, as a real one does.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("kind", &self.kind)
            .field("event_id", &self.event_id)
            .field("transaction_id", &self.transaction_id)
            .field("charset", &self.charset)
            .field("created_ms", &self.created_ms)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

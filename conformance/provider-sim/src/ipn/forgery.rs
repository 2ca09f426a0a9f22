//! What a forger may try with a form that carries no signature. Each forgery is as close to a genuine notification as
//! the attack allows: only what PayPal says of it, or to whom it is addressed, tells it apart.

use bytes::Bytes;

use super::form::{decoded, replaced};
use super::sent::unsent;
use super::{Notification, Sent};
use crate::delivery::Delivery;
use crate::dice::Dice;
use crate::ids;

/// A way of forging a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Forgery {
    /// Perfect in form, never sent by PayPal.
    NotSent,
    /// Sent by PayPal, the amount altered afterwards.
    AmountAltered,
    /// Sent by PayPal, the status altered afterwards to `Completed`, or from it to `Refunded`: another event to a receiver
    /// that deduplicates before it asks.
    StatusAltered,
    /// The same fields and values in another spelling: `%20` for `+`, lower-case hexadecimal. PayPal vouches for bytes.
    Reencoded,
    /// One more field behind the genuine ones, with a second receiver of the money.
    FieldAppended,
    /// Genuine, sent by PayPal to another merchant, and passed on: PayPal says VERIFIED, and it is about money that
    /// somebody else received.
    OtherReceiver,
}

impl Forgery {
    /// Every way.
    pub const ALL: [Self; 6] = [
        Self::NotSent,
        Self::AmountAltered,
        Self::StatusAltered,
        Self::Reencoded,
        Self::FieldAppended,
        Self::OtherReceiver,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::AmountAltered => "amount-altered",
            Self::StatusAltered => "status-altered",
            Self::Reencoded => "reencoded",
            Self::FieldAppended => "field-appended",
            Self::OtherReceiver => "other-receiver",
        }
    }

    /// Every status a correct receiver may answer. It has to acknowledge before it asks PayPal, so most forgeries hear 200
    /// and are dropped later; a receiver sees by itself who the money was for, and that a field came twice.
    #[must_use]
    pub const fn allowed_statuses(self) -> &'static [u16] {
        match self {
            Self::OtherReceiver => &[401],
            Self::FieldAppended => &[200, 400, 401],
            _ => &[200],
        }
    }

    /// What PayPal says when it is asked.
    #[must_use]
    pub const fn verified_by_paypal(self) -> bool {
        matches!(self, Self::OtherReceiver)
    }
}

/// A forged delivery. The genuine notification counts as sent where the attack begins with a captured one; whether the
/// receiver got it too is up to the caller.
#[must_use]
pub fn forge(sent: &Sent, notification: &Notification, forgery: Forgery) -> Delivery {
    let genuine = &notification.body;
    let mut dice = Dice::of_text(&notification.event_id);
    let body = match forgery {
        Forgery::NotSent => genuine.to_vec(),
        Forgery::AmountAltered => amount_altered(notification),
        Forgery::StatusAltered => {
            let status = notification.field("payment_status").unwrap_or_default();
            let other: &str = if status == b"Completed" { "Refunded" } else { "Completed" };
            replaced(genuine, "payment_status", other)
        }
        Forgery::Reencoded => reencoded(genuine),
        Forgery::FieldAppended => [genuine, &b"&receiver_email=thief%40example.com"[..]].concat(),
        Forgery::OtherReceiver => other_receiver(notification, &mut dice),
    };
    match forgery {
        Forgery::NotSent => {}
        Forgery::OtherReceiver => sent.remember(&body),
        _ => sent.remember(genuine),
    }
    let mut delivery = unsent(notification, Bytes::from(body));
    if forgery == Forgery::StatusAltered {
        // The id that a receiver would derive, so that a trace of it can be told.
        let status = decoded(&delivery.body).into_iter().find(|(name, _)| name == "payment_status");
        if let (Some((_, status)), Some((head, _))) = (status, notification.event_id.rsplit_once('_')) {
            delivery.id_in_body = Some(format!("{head}_{}", String::from_utf8_lossy(&status)));
        }
    }
    delivery
}

/// Ten times the money, in every field that says how much.
fn amount_altered(notification: &Notification) -> Vec<u8> {
    let mut body = notification.body.to_vec();
    for name in ["mc_gross", "mc_gross_1", "payment_gross", "auth_amount", "amount3", "mc_amount3", "amount"]
    {
        if let Some(value) = notification.field(name).filter(|value| !value.is_empty()) {
            let at = usize::from(value.first() == Some(&b'-'));
            body = replaced(&body, name, [&value[..at], b"9", &value[at..]].concat());
        }
    }
    body
}

/// Spelled as another library would.
fn reencoded(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut escaped = 0;
    for byte in body {
        match byte {
            b'+' => out.extend_from_slice(b"%20"),
            b'%' => {
                escaped = 2;
                out.push(b'%');
            }
            byte if escaped > 0 => {
                escaped -= 1;
                out.push(byte.to_ascii_lowercase());
            }
            byte => out.push(*byte),
        }
    }
    out
}

/// Addressed to another merchant wherever a notification says to whom.
fn other_receiver(notification: &Notification, dice: &mut Dice) -> Vec<u8> {
    let other_id = ids::base36(dice, "", 13);
    let mut body = notification.body.to_vec();
    for name in ["receiver_email", "business"] {
        body = replaced(&body, name, "someone.else@example.com");
    }
    body = replaced(&body, "receiver_id", &other_id);
    if notification.field("masspay_txn_id_1").is_some() {
        // Who pays is the merchant here.
        body = replaced(&body, "payer_email", "someone.else@example.com");
        body = replaced(&body, "payer_id", other_id);
    }
    body
}

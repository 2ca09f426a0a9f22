//! PayPal's older notifications (IPN): a form instead of JSON, and no signature. Nothing in such a message is believed until
//! PayPal itself, asked with the untouched bytes, has answered that it sent them; and then it must be meant for this merchant,
//! because PayPal says `VERIFIED` of anybody's messages.
//!
//! Traps: the bytes are in whatever charset the message names; refunds are negative; a mass payment names the merchant as
//! payer; some messages carry no time of their own. What is posted back and stored is never what was read out of the form.

mod date;
mod form;
mod message;
mod receiver;
mod schema;
#[cfg(test)]
pub(crate) mod tests;

pub use receiver::{NoReceiver, Receivers};

pub(crate) use message::Message;

use crate::event::PaymentEvent;
use crate::ports::ipn::IpnVerdict;
use crate::provider::Provider;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// The proof: PayPal's own word about exactly these bytes. `received_at` is when they came in.
pub(crate) fn verify(body: RawBody, verdict: IpnVerdict, received_at: UnixTime) -> Result<Verified, Reject> {
    match verdict {
        IpnVerdict::Verified => Ok(Verified::confirmed(Provider::Paypal, body, received_at)),
        IpnVerdict::Invalid => Err(Reject::SignatureMismatch),
    }
}

/// Reads the event out of a confirmed message that was received at `received_at`.
pub(super) fn event(verified: &Verified, received_at: UnixTime) -> Result<PaymentEvent<'static>, Reject> {
    Message::parse(verified.bytes())?.event(received_at)
}

//! One HTTP request of a provider to a receiver, and how a provider makes it.

use std::fmt;

use bytes::Bytes;

use crate::dice::Dice;
use crate::event::Event;
use crate::keys::Keys;
use crate::provider::Provider;
use crate::rfc3339::{self, Precision};
use crate::sign::{paypal, square, stripe};

/// Header names in lower case, and their values.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// A request ready to be sent. Cloning shares the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To whose endpoint it goes.
    pub provider: Provider,
    /// The event from which this delivery was made. Of a forgery made from captured headers: the event that
    /// was captured.
    pub event_id: String,
    /// The payment's id, as [`Event::transaction_id`].
    pub transaction_id: String,
    /// The event id in the body: the one a store shows if this delivery was let in. `None` where the body
    /// holds no id that could be read.
    pub id_in_body: Option<String>,
    /// All headers but `content-length`, names in lower case. `host` is there only where it is the attack.
    pub headers: Vec<(&'static str, String)>,
    /// The raw body.
    pub body: Bytes,
}

impl Delivery {
    /// A delivery of this event with these headers.
    pub(crate) fn of(event: &Event, headers: Headers) -> Self {
        Self {
            provider: event.provider,
            event_id: event.event_id.clone(),
            transaction_id: event.transaction_id.clone(),
            id_in_body: Some(event.event_id.clone()),
            headers,
            body: event.body.clone(),
        }
    }

    /// The value of a header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// Gives a header this value; adds it where it is missing.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        match self.headers.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value,
            None => self.headers.push((name, value)),
        }
    }
}

/// Names of the headers only: values are signatures, and the body holds (made-up) personal fields.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider)
            .field("event_id", &self.event_id)
            .field("transaction_id", &self.transaction_id)
            .field("id_in_body", &self.id_in_body)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The first delivery of an event, at `now_ms`.
///
/// PayPal's transmission id and time belong to the event, so signing one event twice gives the same headers, as
/// PayPal's own repetitions have. Costs an RSA signature there (about a millisecond), microseconds elsewhere.
#[must_use]
pub fn sign(keys: &Keys, event: &Event, now_ms: i64) -> Delivery {
    let headers = match event.provider {
        Provider::Stripe => stripe::headers(&keys.stripe.mac, now_ms.div_euclid(1000), &event.body),
        Provider::Paypal => {
            let id = paypal::transmission_id(&event.event_id);
            paypal_headers(keys, id, event.created_ms, &event.body)
        }
        Provider::Square => {
            let signature = square::signature(&keys.square.mac, &keys.square.notification_url, &event.body);
            square::headers(signature, now_ms)
        }
    };
    Delivery::of(event, headers)
}

/// PayPal's headers, genuinely signed, for a transmission at `time_ms`.
pub(crate) fn paypal_headers(keys: &Keys, id: String, time_ms: i64, body: &[u8]) -> Headers {
    let time = rfc3339::text(time_ms, Precision::Seconds);
    let message = paypal::message(&id, &time, &keys.paypal.webhook_id, body);
    let signature = paypal::signature(&keys.paypal.leaf, &message);
    let cert_url = keys.paypal.cert_url.clone();
    let algorithm = paypal::ALGORITHM.to_owned();
    paypal::headers(paypal::Transmission { id, time, signature, cert_url, algorithm })
}

/// The provider's own repetition of a genuine delivery, `attempt` counting from 1, at `now_ms`: Stripe signs
/// anew with the time of the attempt, PayPal repeats its headers, Square adds number and reason.
#[must_use]
pub fn retry(keys: &Keys, delivery: &Delivery, attempt: u32, now_ms: i64) -> Delivery {
    let mut again = delivery.clone();
    match delivery.provider {
        Provider::Stripe => {
            again.headers = stripe::headers(&keys.stripe.mac, now_ms.div_euclid(1000), &delivery.body);
        }
        Provider::Paypal => {}
        Provider::Square => {
            let reason = *Dice::of_text(&delivery.event_id).pick(&square::RETRY_REASONS);
            again.set("square-retry-number", attempt.to_string());
            again.set("square-retry-reason", reason.to_owned());
        }
    }
    again
}

#[cfg(test)]
mod tests;

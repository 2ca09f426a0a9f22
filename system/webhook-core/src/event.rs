//! An event as its provider tells it, parsed from a proven body and borrowed from it. Ids are checked here, because the
//! raw body is stored under them; money and status are kept as written, so that an event this system cannot make sense of
//! is still stored raw and ends in the dead-letter queue, not in a lost answer.

use std::borrow::Cow;

use crate::normalize::EventType;
use crate::provider::Provider;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// Longest id or type name taken, in bytes. Real ones have at most about 50.
pub const MAX_ID_BYTES: usize = 128;

/// One event of a payment. Without `Debug`: a customer id is personal enough.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentEvent<'a> {
    /// Who sent it.
    pub provider: Provider,
    /// The provider's id of the event.
    pub event_id: Cow<'a, str>,
    /// The payment's own id.
    pub transaction_id: Cow<'a, str>,
    /// The provider's name of the type.
    pub provider_event_type: Cow<'a, str>,
    /// What the type means.
    pub event_type: EventType,
    /// When it happened, by the provider's clock, in whole seconds (between 1970 and 9999).
    pub occurred_at: UnixTime,
    /// Whether the event tells that time itself. If not, it is when the delivery was received, and two deliveries of the
    /// event differ in it.
    pub dated: bool,
    /// The money as written, if the event carries any.
    pub money: Option<RawMoney<'a>>,
    /// The object's status as written.
    pub status: Option<Cow<'a, str>>,
    /// The provider's id of the customer.
    pub customer_id: Option<Cow<'a, str>>,
    /// Ids and flags that help a person; never personal data. Longest first to go when a record grows too large: the last.
    pub metadata: Vec<(&'static str, Cow<'a, str>)>,
}

/// An amount and a currency as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMoney<'a> {
    /// The amount.
    pub amount: RawAmount<'a>,
    /// The currency code, in any case.
    pub currency: Cow<'a, str>,
}

/// An amount as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawAmount<'a> {
    /// Units as the provider counts them (Stripe, Square).
    Units(i64),
    /// A decimal in the major unit (PayPal).
    Decimal(Cow<'a, str>),
}

/// An id: 1 to [`MAX_ID_BYTES`] visible ASCII characters.
pub(crate) fn identifier<'a>(name: &'static str, text: Cow<'a, str>) -> Result<Cow<'a, str>, Reject> {
    if is_identifier(&text) { Ok(text) } else { Err(Reject::MalformedField { name }) }
}

/// Whether `text` can be an id.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A time that dates can be made of: 1970 to 9999.
pub(crate) fn event_time(name: &'static str, seconds: i64) -> Result<UnixTime, Reject> {
    const END_OF_9999: i64 = 253_402_300_799;
    if (0..=END_OF_9999).contains(&seconds) {
        Ok(UnixTime::from_secs(seconds))
    } else {
        Err(Reject::MalformedField { name })
    }
}

//! A message, read: what it is about, whom it is meant for, and which event it makes. Reading proves nothing.

use std::borrow::Cow;

use super::date;
use super::form::Form;
use super::receiver::Receivers;
use super::schema;
use crate::event::{PaymentEvent, RawAmount, RawMoney, event_time, identifier};
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::provider::Provider;
use crate::reject::Reject;
use crate::sha256;
use crate::unix_time::UnixTime;

/// A form with the structure of PayPal's notifications. Without `Debug`: it holds personal data.
pub(crate) struct Message<'b> {
    body: &'b [u8],
    form: Form<'b>,
}

impl<'b> Message<'b> {
    /// Reads the untouched bytes of a body.
    pub(crate) fn parse(body: &'b [u8]) -> Result<Self, Reject> {
        let form = Form::parse(body)?;
        schema::check(&form)?;
        Ok(Self { body, form })
    }

    /// Whether it is meant for one of `receivers`. A mass payment names its sender, this merchant, as the payer.
    pub(crate) fn is_for(&self, receivers: &Receivers) -> bool {
        let merchant = ["receiver_email", "receiver_id", "business"];
        let sender: &[&str] =
            if self.txn_type() == Ok(Some(MASS_PAYMENT)) { &["payer_email", "payer_id"] } else { &[] };
        let mut named = merchant.iter().chain(sender);
        named.any(|name| self.form.text(name).is_some_and(|value| receivers.include(&value)))
    }

    /// The event. A message that tells no readable time of its own counts as of `received_at`.
    pub(crate) fn event(&self, received_at: UnixTime) -> Result<PaymentEvent<'static>, Reject> {
        let txn_type = self.txn_type()?;
        let payment_status = self.form.ascii("payment_status")?;
        let pending_reason = self.form.ascii("pending_reason")?;
        let event_type = EventType::of_ipn(txn_type, payment_status, pending_reason);
        let event_id = owned("txn_id", self.event_id()?)?;
        let transaction_id = match self.payment_id()? {
            Some((name, id)) => owned(name, id.to_owned())?,
            None => event_id.clone(),
        };
        let named_type = txn_type.or(payment_status).ok_or(Reject::WrongShape)?;
        let own_time = self.own_time()?.and_then(|secs| event_time("payment_date", secs).ok());
        let metadata = METADATA.iter().filter_map(|name| {
            let value = self.form.ascii(name).ok().flatten()?;
            Some((*name, Cow::Owned(value.to_owned())))
        });
        Ok(PaymentEvent {
            provider: Provider::Paypal,
            event_id,
            transaction_id,
            provider_event_type: owned("txn_type", named_type.to_owned())?,
            event_type,
            occurred_at: own_time.unwrap_or_else(|| UnixTime::from_secs(received_at.secs())),
            dated: own_time.is_some(),
            money: self.money(event_type)?,
            status: payment_status.map(|status| status.to_owned().into()),
            customer_id: self.customer_id(txn_type),
            metadata: metadata.collect(),
        })
    }

    fn txn_type(&self) -> Result<Option<&str>, Reject> {
        self.form.ascii("txn_type")
    }

    /// What deduplication goes by. A payment's message repeats under the same transaction and status; a case's under the same
    /// case and type; of anything else every delivery has the same bytes.
    fn event_id(&self) -> Result<String, Reject> {
        let both = |first: &'static str, second: &'static str| -> Result<Option<String>, Reject> {
            let (first, second) = (self.form.ascii(first)?, self.form.ascii(second)?);
            if mutant::active(Mutant::IpnKnownByTransactionAlone) {
                return Ok(first.map(|first| format!("ipn_{first}")));
            }
            Ok(first.zip(second).map(|(first, second)| format!("ipn_{first}_{second}")))
        };
        if let Some(id) = both("txn_id", "payment_status")? {
            return Ok(id);
        }
        if let Some(id) = both("case_id", "txn_type")? {
            return Ok(id);
        }
        let mut hash = sha256::hex(&sha256::of(self.body));
        hash.truncate(BODY_HASH_CHARS);
        Ok(format!("ipn_{hash}"))
    }

    /// The payment's own id, so that a payment, its refunds and its disputes read as one history.
    fn payment_id(&self) -> Result<Option<(&'static str, &str)>, Reject> {
        for name in PAYMENT_IDS {
            if let Some(id) = self.form.ascii(name)? {
                return Ok(Some((name, id)));
            }
        }
        Ok(None)
    }

    /// When it happened, in Unix seconds. A case's `payment_date` is the disputed payment's, and a profile's `time_created` is
    /// its own time only while it is created.
    fn own_time(&self) -> Result<Option<i64>, Reject> {
        let field = match self.txn_type()? {
            Some("new_case") => "case_creation_date",
            Some("recurring_payment_profile_created") => "time_created",
            Some("subscr_signup" | "subscr_cancel" | "subscr_modify") => "subscr_date",
            _ => "payment_date",
        };
        Ok(self.form.text(field).and_then(|text| date::unix_secs(&text)))
    }

    /// The amount as the records of all providers hold it: what was refunded or taken back is positive, though PayPal writes it
    /// negative here. A mass payment of one payout has that payout's amount, one of several has none.
    fn money(&self, event_type: EventType) -> Result<Option<RawMoney<'static>>, Reject> {
        let single_payout = !self.form.has("mc_gross") && !self.form.has("mc_gross_2");
        let (gross, currency) =
            if single_payout { ("mc_gross_1", "mc_currency_1") } else { ("mc_gross", "mc_currency") };
        let (Some(amount), currency) = (self.form.ascii(gross)?, self.form.ascii(currency)?) else {
            return Ok(None);
        };
        let Some(currency) = currency else {
            return if event_type == EventType::Other {
                Ok(None)
            } else {
                Err(Reject::MalformedField { name: "mc_currency" })
            };
        };
        let returned = matches!(event_type, EventType::RefundCreated | EventType::PaymentReversed)
            && !mutant::active(Mutant::IpnRefundsNegative);
        let amount = if returned { amount.strip_prefix('-').unwrap_or(amount) } else { amount };
        let amount = RawAmount::Decimal(amount.to_owned().into());
        Ok(Some(RawMoney { amount, currency: currency.to_owned().into() }))
    }

    /// PayPal's id of the payer, as JSON webhooks have it too. The payer of a mass payment is the merchant.
    fn customer_id(&self, txn_type: Option<&str>) -> Option<Cow<'static, str>> {
        let payer = self.form.ascii("payer_id").ok().flatten()?;
        (txn_type != Some(MASS_PAYMENT)).then(|| payer.to_owned().into())
    }
}

const MASS_PAYMENT: &str = "masspay";

/// How much of a body's SHA-256 makes an event id, in hexadecimal digits: 128 bits.
const BODY_HASH_CHARS: usize = 32;

/// Where the payment's id stands, the first that is there.
const PAYMENT_IDS: [&str; 7] =
    ["parent_txn_id", "txn_id", "case_id", "subscr_id", "recurring_payment_id", "mp_id", "masspay_txn_id_1"];

/// Fields that help a person and tell nothing personal; the first are the last to go when a record grows too large.
const METADATA: [&str; 9] = [
    "txn_id",
    "payment_status",
    "txn_type",
    "parent_txn_id",
    "case_id",
    "pending_reason",
    "reason_code",
    "case_type",
    "test_ipn",
];

fn owned(name: &'static str, id: String) -> Result<Cow<'static, str>, Reject> {
    identifier(name, Cow::Owned(id))
}

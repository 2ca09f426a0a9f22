//! PayPal's event, read. Resources of ten kinds share one struct: each field means the same wherever it stands.

use std::borrow::Cow;

use serde::Deserialize;

use super::rfc3339_secs;
use crate::event::{PaymentEvent, RawAmount, RawMoney, event_time, identifier};
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::provider::Provider;
use crate::reject::Reject;
use crate::shape::{self, Items, Loose, Object, Scalar, Text};

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    create_time: Text<'a>,
    #[serde(borrow)]
    resource_type: Text<'a>,
    #[serde(borrow)]
    event_type: Text<'a>,
    #[serde(borrow)]
    resource: Object<Resource<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    dispute_id: Scalar<'a>,
    #[serde(borrow)]
    payout_item_id: Scalar<'a>,
    #[serde(borrow)]
    order_id: Scalar<'a>,
    #[serde(borrow)]
    sale_id: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
    #[serde(borrow)]
    transaction_status: Scalar<'a>,
    #[serde(borrow)]
    amount: Loose<Money<'a>>,
    #[serde(borrow)]
    dispute_amount: Loose<Money<'a>>,
    #[serde(borrow)]
    payout_item: Loose<PayoutItem<'a>>,
    #[serde(borrow)]
    purchase_units: Items<PurchaseUnit<'a>>,
    #[serde(borrow)]
    disputed_transactions: Items<DisputedTransaction<'a>>,
    #[serde(borrow)]
    supplementary_data: Loose<SupplementaryData<'a>>,
    #[serde(borrow)]
    payer: Loose<Payer<'a>>,
    #[serde(borrow)]
    links: Items<Link<'a>>,
}

/// v2 writes `value` and `currency_code`, v1 sales `total` and `currency`, payouts `value` and `currency`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Money<'a> {
    #[serde(borrow)]
    value: Scalar<'a>,
    #[serde(borrow)]
    total: Scalar<'a>,
    #[serde(borrow)]
    currency_code: Scalar<'a>,
    #[serde(borrow)]
    currency: Scalar<'a>,
}

#[derive(Deserialize)]
struct PayoutItem<'a> {
    #[serde(borrow, default)]
    amount: Loose<Money<'a>>,
}

#[derive(Deserialize)]
struct PurchaseUnit<'a> {
    #[serde(borrow, default)]
    amount: Loose<Money<'a>>,
}

#[derive(Deserialize)]
struct DisputedTransaction<'a> {
    #[serde(borrow, default)]
    seller_transaction_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct SupplementaryData<'a> {
    #[serde(borrow, default)]
    related_ids: Loose<RelatedIds<'a>>,
}

#[derive(Deserialize)]
struct RelatedIds<'a> {
    #[serde(borrow, default)]
    capture_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct Payer<'a> {
    #[serde(borrow, default)]
    payer_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow, default)]
    rel: Scalar<'a>,
    #[serde(borrow, default)]
    href: Scalar<'a>,
}

/// Parses the text of a proven body.
pub(super) fn event(text: &str) -> Result<PaymentEvent<'_>, Reject> {
    let event: Event<'_> = shape::parse(text)?;
    let Object(mut resource) = event.resource;
    let event_id = identifier("id", event.id.0)?;
    let provider_event_type = identifier("event_type", event.event_type.0)?;
    let event_type = EventType::of_paypal(&provider_event_type);
    let occurred_secs =
        rfc3339_secs(&event.create_time.0).ok_or(Reject::MalformedField { name: "create_time" })?;

    let object_id = [
        std::mem::take(&mut resource.id),
        std::mem::take(&mut resource.payout_item_id),
        std::mem::take(&mut resource.dispute_id),
        std::mem::take(&mut resource.order_id),
    ]
    .into_iter()
    .find_map(Scalar::text);
    let payment_id = payment_id(&provider_event_type, &mut resource);
    let transaction_id = match payment_id.or_else(|| object_id.clone()) {
        Some(id) => identifier("resource.id", id)?,
        None if event_type == EventType::Other => event_id.clone(),
        None => return Err(Reject::MalformedField { name: "resource.id" }),
    };
    let money = money(&mut resource, event_type)?;
    let status = resource.status.text().or(resource.state.text()).or(resource.transaction_status.text());

    let mut metadata = Vec::with_capacity(2);
    metadata.extend(object_id.map(|id| ("object_id", id)));
    metadata.push(("object", event.resource_type.0));
    Ok(PaymentEvent {
        provider: Provider::Paypal,
        event_id,
        transaction_id,
        provider_event_type,
        event_type,
        occurred_at: event_time("create_time", occurred_secs)?,
        dated: true,
        money,
        status,
        customer_id: resource.payer.0.and_then(|payer| payer.payer_id.text()),
        metadata,
    })
}

/// The payment that a refund, a reversal or a dispute belongs to; `None` where the resource is the payment itself.
fn payment_id<'a>(event_type: &str, resource: &mut Resource<'a>) -> Option<Cow<'a, str>> {
    match event_type {
        "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" => captured(resource),
        _ if event_type.starts_with("PAYMENT.REFUND.") => captured(resource),
        _ if event_type.starts_with("PAYMENT.SALE.") => std::mem::take(&mut resource.sale_id).text(),
        _ if event_type.starts_with("CUSTOMER.DISPUTE.") => {
            let disputed = std::mem::take(&mut resource.disputed_transactions);
            disputed.0.into_iter().next().and_then(|transaction| transaction.seller_transaction_id.text())
        }
        _ => None,
    }
}

/// The capture a refund was made of: the link `up`, or else the related ids.
fn captured<'a>(resource: &mut Resource<'a>) -> Option<Cow<'a, str>> {
    if mutant::active(Mutant::PaypalRefundsUnlinked) {
        return None;
    }
    let up = std::mem::take(&mut resource.links).0.into_iter().find_map(|link| match (link.rel, link.href) {
        (Scalar::Text(rel), Scalar::Text(href)) if rel == "up" => last_capture(href),
        _ => None,
    });
    up.or_else(|| {
        let related = std::mem::take(&mut resource.supplementary_data).0?.related_ids.0?;
        related.capture_id.text()
    })
}

/// `…/payments/captures/{id}` → `{id}`.
fn last_capture(href: Cow<'_, str>) -> Option<Cow<'_, str>> {
    const FOLDER: &str = "/captures/";
    let start = href.find(FOLDER)? + FOLDER.len();
    let is_id = |id: &str| !id.is_empty() && !id.contains(['/', '?', '#']);
    match href {
        Cow::Borrowed(text) => text.get(start..).filter(|id| is_id(id)).map(Cow::Borrowed),
        Cow::Owned(text) => text.get(start..).filter(|id| is_id(id)).map(|id| Cow::Owned(id.to_owned())),
    }
}

/// An order's amount is its only purchase unit's; with several units there is no one amount.
fn money<'a>(resource: &mut Resource<'a>, event_type: EventType) -> Result<Option<RawMoney<'a>>, Reject> {
    let mut units = std::mem::take(&mut resource.purchase_units).0;
    let ordered = if units.len() == 1 { units.pop().and_then(|unit| unit.amount.0) } else { None };
    if mutant::active(Mutant::PaypalOlderAmountsLeftOut) {
        resource.dispute_amount.0 = None;
        resource.payout_item.0 = None;
        resource.amount.0 = resource.amount.0.take().filter(|money| money.total == Scalar::Absent);
    }
    let found = std::mem::take(&mut resource.amount)
        .0
        .or(std::mem::take(&mut resource.dispute_amount).0)
        .or(std::mem::take(&mut resource.payout_item).0.and_then(|item| item.amount.0))
        .or(ordered);
    let Some(money) = found else { return Ok(None) };
    let amount = if money.value == Scalar::Absent { money.total } else { money.value };
    let currency = if money.currency_code == Scalar::Absent { money.currency } else { money.currency_code };
    match (amount, currency) {
        (Scalar::Text(amount), Scalar::Text(currency)) => {
            Ok(Some(RawMoney { amount: RawAmount::Decimal(amount), currency }))
        }
        _ if event_type == EventType::Other => Ok(None),
        _ => Err(Reject::MalformedField { name: "resource.amount" }),
    }
}

#[cfg(test)]
mod tests;

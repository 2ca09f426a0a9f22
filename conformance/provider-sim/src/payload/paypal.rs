//! PayPal's events: captures, sales (v1), authorizations, orders, refunds, disputes, payout items, and two types
//! that are not about one payment.

use crate::dice::Dice;
use crate::ids;
use crate::payload::{Kind, Stage};

const CAPTURE: &str = include_str!("../../templates/paypal/capture.json");
const REFUND: &str = include_str!("../../templates/paypal/refund.json");
const SALE: &str = include_str!("../../templates/paypal/sale.json");
const AUTHORIZATION: &str = include_str!("../../templates/paypal/authorization.json");
const ORDER: &str = include_str!("../../templates/paypal/order.json");
const APPROVAL: &str = include_str!("../../templates/paypal/approval.json");
const DISPUTE: &str = include_str!("../../templates/paypal/dispute.json");
const PAYOUT: &str = include_str!("../../templates/paypal/payout.json");
const SUBSCRIPTION: &str = include_str!("../../templates/paypal/subscription.json");
const PRODUCT: &str = include_str!("../../templates/paypal/product.json");

/// The capture's, the order's and the payer's id.
pub(super) fn payment_ids(dice: &mut Dice) -> (String, String, String) {
    (ids::base36(dice, "", 17), ids::base36(dice, "", 17), ids::base36(dice, "", 13))
}

/// Constants where a type does not set its own.
pub(super) const DEFAULTS: &[(&str, &str)] =
    &[("status_details", ""), ("dispute_outcome", ""), ("payout_errors", "")];

const OUTCOME: &str = r#""dispute_outcome": { "outcome_code": "RESOLVED_SELLER_FAVOUR" },"#;
const PAYOUT_ERRORS: &str = r#"
    "errors": { "name": "RECEIVER_UNREGISTERED", "message": "Receiver is unregistered" },"#;

const fn capture(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Payment, ("", 17), CAPTURE, set)
}

const fn refund(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Refund, ("", 17), REFUND, set)
}

const fn alone(
    event_type: &'static str,
    source: &'static str,
    set: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind::new(event_type, Stage::Alone, ("", 17), source, set)
}

/// Every type, the frequent ones more than once.
pub(super) const KINDS: &[Kind] = &[
    capture(
        "PAYMENT.CAPTURE.PENDING",
        &[("status", "PENDING"), ("status_details", r#""status_details": { "reason": "PENDING_REVIEW" },"#)],
    ),
    capture("PAYMENT.CAPTURE.COMPLETED", &[("status", "COMPLETED")]),
    capture("PAYMENT.CAPTURE.COMPLETED", &[("status", "COMPLETED")]),
    capture("PAYMENT.CAPTURE.COMPLETED", &[("status", "COMPLETED")]),
    capture("PAYMENT.CAPTURE.DENIED", &[("status", "DECLINED")]),
    capture("PAYMENT.CAPTURE.DECLINED", &[("status", "DECLINED")]),
    refund("PAYMENT.CAPTURE.REFUNDED", &[("status", "COMPLETED")]),
    refund("PAYMENT.CAPTURE.REVERSED", &[("status", "COMPLETED")]),
    Kind::new("CUSTOMER.DISPUTE.CREATED", Stage::Dispute, ("PP-R-", 8), DISPUTE, &[("status", "OPEN")]),
    Kind::new(
        "CUSTOMER.DISPUTE.RESOLVED",
        Stage::Dispute,
        ("PP-R-", 8),
        DISPUTE,
        &[("status", "RESOLVED"), ("dispute_outcome", OUTCOME)],
    ),
    alone("PAYMENT.SALE.COMPLETED", SALE, &[("status", "completed")]),
    alone("PAYMENT.AUTHORIZATION.CREATED", AUTHORIZATION, &[("status", "CREATED")]),
    alone("PAYMENT.AUTHORIZATION.VOIDED", AUTHORIZATION, &[("status", "VOIDED")]),
    alone("CHECKOUT.ORDER.APPROVED", ORDER, &[("status", "APPROVED")]),
    alone("CHECKOUT.PAYMENT-APPROVAL.REVERSED", APPROVAL, &[]),
    alone("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", PAYOUT, &[("status", "SUCCESS")]),
    alone("PAYMENT.PAYOUTS-ITEM.FAILED", PAYOUT, &[("status", "FAILED"), ("payout_errors", PAYOUT_ERRORS)]),
    Kind::new(
        "BILLING.SUBSCRIPTION.ACTIVATED",
        Stage::Unknown,
        ("I-", 12),
        SUBSCRIPTION,
        &[("status", "ACTIVE")],
    ),
    Kind::new("CATALOG.PRODUCT.CREATED", Stage::Unknown, ("PROD-", 17), PRODUCT, &[("status", "CREATED")]),
];

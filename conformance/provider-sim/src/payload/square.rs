//! Square's events: one type covers several states of a payment, a refund or a dispute.

use crate::dice::Dice;
use crate::ids;
use crate::payload::{Kind, Stage};

const PAYMENT: &str = include_str!("../../templates/square/payment.json");
const REFUND: &str = include_str!("../../templates/square/refund.json");
const DISPUTE: &str = include_str!("../../templates/square/dispute.json");
const PAYOUT: &str = include_str!("../../templates/square/payout.json");
const CUSTOMER: &str = include_str!("../../templates/square/customer.json");
const ATTRIBUTE_DELETED: &str = include_str!("../../templates/square/custom_attribute_deleted.json");
const CATALOG_VERSION: &str = include_str!("../../templates/square/catalog_version.json");

/// The payment's, the order's and the customer's id.
pub(super) fn payment_ids(dice: &mut Dice) -> (String, String, String) {
    (ids::base62(dice, "", 29), ids::base62(dice, "", 22), ids::base36(dice, "", 26))
}

/// Constants where a type does not set its own.
pub(super) const DEFAULTS: &[(&str, &str)] = &[];

const fn payment(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Payment, ("", 29), PAYMENT, set)
}

const fn refund(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Refund, ("", 22), REFUND, set)
}

const fn dispute(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Dispute, ("", 20), DISPUTE, set)
}

/// Every type in every state, the frequent ones more than once.
pub(super) const KINDS: &[Kind] = &[
    payment("payment.created", &[("status", "APPROVED"), ("card_status", "AUTHORIZED")]),
    payment("payment.created", &[("status", "PENDING"), ("card_status", "AUTHORIZED")]),
    payment("payment.updated", &[("status", "COMPLETED"), ("card_status", "CAPTURED")]),
    payment("payment.updated", &[("status", "COMPLETED"), ("card_status", "CAPTURED")]),
    payment("payment.updated", &[("status", "COMPLETED"), ("card_status", "CAPTURED")]),
    payment("payment.updated", &[("status", "APPROVED"), ("card_status", "AUTHORIZED")]),
    payment("payment.updated", &[("status", "FAILED"), ("card_status", "FAILED")]),
    payment("payment.updated", &[("status", "CANCELED"), ("card_status", "VOIDED")]),
    refund("refund.created", &[("status", "PENDING")]),
    refund("refund.updated", &[("status", "COMPLETED")]),
    refund("refund.updated", &[("status", "FAILED")]),
    refund("refund.updated", &[("status", "REJECTED")]),
    dispute("dispute.created", &[("status", "EVIDENCE_REQUIRED")]),
    dispute("dispute.created", &[("status", "INQUIRY_EVIDENCE_REQUIRED")]),
    dispute("dispute.state.updated", &[("status", "WON")]),
    dispute("dispute.state.updated", &[("status", "LOST")]),
    dispute("dispute.state.updated", &[("status", "ACCEPTED")]),
    Kind::new("payout.paid", Stage::Alone, ("po_", 36), PAYOUT, &[("status", "PAID")]),
    Kind::new("payout.failed", Stage::Alone, ("po_", 36), PAYOUT, &[("status", "FAILED")]),
    Kind::new("customer.created", Stage::Unknown, ("", 26), CUSTOMER, &[]),
    Kind::new(
        "customer.custom_attribute_definition.owned.deleted",
        Stage::Unknown,
        ("", 26),
        ATTRIBUTE_DELETED,
        &[],
    ),
    Kind::new("catalog.version.updated", Stage::Unknown, ("", 26), CATALOG_VERSION, &[]),
];

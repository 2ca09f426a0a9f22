//! Stripe's events: payment intents, charges, refunds, disputes, payouts, and two types that are not about money.

use crate::dice::Dice;
use crate::ids;
use crate::payload::{Kind, Stage};

const INTENT: &str = include_str!("../../templates/stripe/payment_intent.json");
const CHARGE: &str = include_str!("../../templates/stripe/charge.json");
const REFUND: &str = include_str!("../../templates/stripe/refund.json");
const DISPUTE: &str = include_str!("../../templates/stripe/dispute.json");
const PAYOUT: &str = include_str!("../../templates/stripe/payout.json");
const CUSTOMER: &str = include_str!("../../templates/stripe/customer.json");
const PRODUCT: &str = include_str!("../../templates/stripe/product.json");

/// The payment intent's, the charge's and the customer's id. One payment in ten is an older charge without an
/// intent.
pub(super) fn payment_ids(dice: &mut Dice, flags: u64) -> (String, String, String) {
    let charge = ids::base62(dice, "ch_3", 23);
    let intent =
        if (flags >> 20).is_multiple_of(10) { charge.clone() } else { ids::base62(dice, "pi_3", 23) };
    (intent, charge, ids::base62(dice, "cus_", 14))
}

/// Constants where a type does not set its own.
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    ("previous", ""),
    ("received", "0"),
    ("capturable", "0"),
    ("canceled_at", "null"),
    ("cancellation_reason", "null"),
    ("capture_method", "automatic"),
    ("payment_error", "null"),
    ("latest_charge", "null"),
    ("next_action", "null"),
    ("refunded_amount", "0"),
    ("captured", "true"),
    ("failure_code", "null"),
    ("failure_message", "null"),
    ("failure_reason", ""),
    ("network_status", "approved_by_network"),
    ("seller_message", "Payment complete."),
    ("outcome_type", "authorized"),
    ("paid", "true"),
    ("refunded", "false"),
];

const PAYMENT_ERROR: &str = r#"{
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "doc_url": "https://docs.example.com/error-codes/card-declined",
        "message": "Your card has insufficient funds.",
        "type": "card_error"
      }"#;
const NEXT_ACTION: &str = r#"{
        "type": "use_stripe_sdk"
      }"#;
const PREVIOUS_STATUS: &str = r#",
    "previous_attributes": {
      "status": "pending"
    }"#;

const fn intent(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Payment, ("pi_3", 23), INTENT, set)
}

const fn charge(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Payment, ("ch_3", 23), CHARGE, set)
}

const fn refund(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Refund, ("re_3", 23), REFUND, set)
}

const fn dispute(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Dispute, ("du_1", 23), DISPUTE, set)
}

const fn payout(event_type: &'static str, set: &'static [(&'static str, &'static str)]) -> Kind {
    Kind::new(event_type, Stage::Alone, ("po_1", 23), PAYOUT, set)
}

/// Every type, the frequent ones more than once.
pub(super) const KINDS: &[Kind] = &[
    intent("payment_intent.processing", &[("status", "processing")]),
    intent("payment_intent.requires_action", &[("status", "requires_action"), ("next_action", NEXT_ACTION)]),
    intent(
        "payment_intent.amount_capturable_updated",
        &[("status", "requires_capture"), ("capturable", "${amount}"), ("capture_method", "manual")],
    ),
    intent("payment_intent.succeeded", SUCCEEDED_INTENT),
    intent("payment_intent.succeeded", SUCCEEDED_INTENT),
    intent("payment_intent.succeeded", SUCCEEDED_INTENT),
    intent(
        "payment_intent.payment_failed",
        &[("status", "requires_payment_method"), ("payment_error", PAYMENT_ERROR)],
    ),
    intent(
        "payment_intent.canceled",
        &[("status", "canceled"), ("canceled_at", "${unix}"), ("cancellation_reason", "\"abandoned\"")],
    ),
    charge(
        "charge.pending",
        &[("status", "pending"), ("paid", "false"), ("seller_message", "Payment pending.")],
    ),
    charge("charge.succeeded", SUCCEEDED_CHARGE),
    charge("charge.succeeded", SUCCEEDED_CHARGE),
    charge(
        "charge.failed",
        &[
            ("status", "failed"),
            ("paid", "false"),
            ("captured", "false"),
            ("failure_code", "\"card_declined\""),
            ("failure_message", "\"Your card was declined.\""),
            ("network_status", "declined_by_network"),
            ("seller_message", "The bank did not return any further details."),
            ("outcome_type", "issuer_declined"),
        ],
    ),
    Kind::new(
        "charge.refunded",
        Stage::Refund,
        ("re_3", 23),
        CHARGE,
        &[
            ("status", "succeeded"),
            ("received", "${amount}"),
            ("refunded", "${fully_refunded}"),
            ("refunded_amount", "${part}"),
        ],
    ),
    refund("refund.created", &[("status", "pending")]),
    refund("refund.updated", &[("status", "succeeded"), ("previous", PREVIOUS_STATUS)]),
    refund(
        "refund.failed",
        &[
            ("status", "failed"),
            ("previous", PREVIOUS_STATUS),
            ("failure_reason", "\n      \"failure_reason\": \"expired_or_canceled_card\","),
        ],
    ),
    dispute("charge.dispute.created", &[("status", "needs_response")]),
    dispute("charge.dispute.created", &[("status", "warning_needs_response")]),
    dispute("charge.dispute.closed", &[("status", "won")]),
    dispute("charge.dispute.closed", &[("status", "lost")]),
    payout("payout.paid", &[("status", "paid")]),
    payout(
        "payout.failed",
        &[
            ("status", "failed"),
            ("failure_code", "\"account_closed\""),
            ("failure_message", "\"The bank account has been closed.\""),
        ],
    ),
    Kind::new("customer.created", Stage::Unknown, ("cus_", 14), CUSTOMER, &[]),
    Kind::new("product.updated", Stage::Unknown, ("prod_", 14), PRODUCT, &[]),
];

const SUCCEEDED_INTENT: &[(&str, &str)] =
    &[("status", "succeeded"), ("received", "${amount}"), ("latest_charge", "\"${second_id}\"")];
const SUCCEEDED_CHARGE: &[(&str, &str)] = &[("status", "succeeded"), ("received", "${amount}")];

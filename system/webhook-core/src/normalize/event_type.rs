//! The providers' names of event types and what they mean. Anything not listed is [`EventType::Other`]: stored, never
//! refused, because providers add types without notice.

use crate::mutant::{self, Mutant};

/// What an event means, whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// Started, not decided.
    PaymentPending,
    /// The money is held for the merchant.
    PaymentAuthorized,
    /// The money was taken.
    PaymentSuccess,
    /// The attempt failed.
    PaymentFailed,
    /// Given up before money was taken.
    PaymentCanceled,
    /// A refund was made.
    RefundCreated,
    /// A refund changed.
    RefundUpdated,
    /// A refund did not get through.
    RefundFailed,
    /// The provider took the money back.
    PaymentReversed,
    /// The customer disputes the payment.
    DisputeCreated,
    /// The dispute is decided.
    DisputeClosed,
    /// Money went out to the merchant or a receiver.
    PayoutPaid,
    /// It did not arrive.
    PayoutFailed,
    /// A type this system has no word for.
    Other,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 14] = [
        Self::PaymentPending,
        Self::PaymentAuthorized,
        Self::PaymentSuccess,
        Self::PaymentFailed,
        Self::PaymentCanceled,
        Self::RefundCreated,
        Self::RefundUpdated,
        Self::RefundFailed,
        Self::PaymentReversed,
        Self::DisputeCreated,
        Self::DisputeClosed,
        Self::PayoutPaid,
        Self::PayoutFailed,
        Self::Other,
    ];

    /// The name in records and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentPending => "payment.pending",
            Self::PaymentAuthorized => "payment.authorized",
            Self::PaymentSuccess => "payment.success",
            Self::PaymentFailed => "payment.failed",
            Self::PaymentCanceled => "payment.canceled",
            Self::RefundCreated => "refund.created",
            Self::RefundUpdated => "refund.updated",
            Self::RefundFailed => "refund.failed",
            Self::PaymentReversed => "payment.reversed",
            Self::DisputeCreated => "dispute.created",
            Self::DisputeClosed => "dispute.closed",
            Self::PayoutPaid => "payout.paid",
            Self::PayoutFailed => "payout.failed",
            Self::Other => "other",
        }
    }

    /// Stripe's `type`. `charge.refunded` is what older API versions send when a refund is made.
    #[must_use]
    pub fn of_stripe(event_type: &str) -> Self {
        match event_type {
            "payment_intent.processing" | "payment_intent.requires_action" | "charge.pending" => {
                Self::PaymentPending
            }
            "payment_intent.amount_capturable_updated" => Self::PaymentAuthorized,
            "payment_intent.succeeded" | "charge.succeeded" => Self::PaymentSuccess,
            "payment_intent.payment_failed" | "charge.failed" => Self::PaymentFailed,
            "payment_intent.canceled" => Self::PaymentCanceled,
            "refund.created" | "charge.refunded" => Self::RefundCreated,
            "refund.updated" => Self::RefundUpdated,
            "refund.failed" => Self::RefundFailed,
            "charge.dispute.created" => Self::DisputeCreated,
            "charge.dispute.closed" => Self::DisputeClosed,
            "payout.paid" => Self::PayoutPaid,
            "payout.failed" => Self::PayoutFailed,
            _ => Self::Other,
        }
    }

    /// PayPal's `event_type`.
    #[must_use]
    pub fn of_paypal(event_type: &str) -> Self {
        match event_type {
            "PAYMENT.CAPTURE.PENDING" => Self::PaymentPending,
            "PAYMENT.AUTHORIZATION.CREATED" | "CHECKOUT.ORDER.APPROVED" => Self::PaymentAuthorized,
            "PAYMENT.CAPTURE.COMPLETED" | "PAYMENT.SALE.COMPLETED" => Self::PaymentSuccess,
            "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED" => Self::PaymentFailed,
            "PAYMENT.AUTHORIZATION.VOIDED" | "CHECKOUT.PAYMENT-APPROVAL.REVERSED" => Self::PaymentCanceled,
            "PAYMENT.CAPTURE.REFUNDED" => Self::RefundCreated,
            "PAYMENT.CAPTURE.REVERSED" => Self::PaymentReversed,
            "CUSTOMER.DISPUTE.CREATED" => Self::DisputeCreated,
            "CUSTOMER.DISPUTE.RESOLVED" => Self::DisputeClosed,
            "PAYMENT.PAYOUTS-ITEM.SUCCEEDED" => Self::PayoutPaid,
            "PAYMENT.PAYOUTS-ITEM.FAILED" => Self::PayoutFailed,
            _ => Self::Other,
        }
    }

    /// The `txn_type` and `payment_status` of PayPal's IPN. A message about a case or a mass payment is known by the former, one
    /// about a payment by the latter.
    #[must_use]
    pub fn of_ipn(
        txn_type: Option<&str>,
        payment_status: Option<&str>,
        pending_reason: Option<&str>,
    ) -> Self {
        match (txn_type, payment_status) {
            (Some("new_case"), _) => Self::DisputeCreated,
            (Some("adjustment"), _) => Self::DisputeClosed,
            (Some("masspay"), Some("Processed" | "Completed")) => Self::PayoutPaid,
            (Some("masspay"), Some("Denied" | "Failed")) => Self::PayoutFailed,
            (Some("masspay"), _) => Self::Other,
            (_, Some("Pending")) if pending_reason == Some("authorization") => Self::PaymentAuthorized,
            (_, Some("Pending")) => Self::PaymentPending,
            (_, Some("Completed")) => Self::PaymentSuccess,
            (_, Some("Failed" | "Denied")) => Self::PaymentFailed,
            (_, Some("Voided" | "Expired")) => Self::PaymentCanceled,
            (_, Some("Refunded")) => Self::RefundCreated,
            (_, Some("Reversed")) => Self::PaymentReversed,
            (_, Some(_) | None) => Self::Other,
        }
    }

    /// Square's `type` together with the object's status (a dispute's state): Square says `payment.updated` whatever happened.
    #[must_use]
    pub fn of_square(event_type: &str, status: Option<&str>) -> Self {
        match (event_type, status) {
            ("payment.updated", _) if mutant::active(Mutant::SquareStatusNotRead) => Self::PaymentSuccess,
            ("payment.created" | "payment.updated", Some("PENDING")) => Self::PaymentPending,
            ("payment.created" | "payment.updated", Some("APPROVED")) => Self::PaymentAuthorized,
            ("payment.created" | "payment.updated", Some("COMPLETED")) => Self::PaymentSuccess,
            ("payment.created" | "payment.updated", Some("FAILED")) => Self::PaymentFailed,
            ("payment.created" | "payment.updated", Some("CANCELED")) => Self::PaymentCanceled,
            ("refund.updated", Some("FAILED" | "REJECTED")) => Self::RefundFailed,
            ("refund.created", _) => Self::RefundCreated,
            ("refund.updated", _) => Self::RefundUpdated,
            ("dispute.created", _) => Self::DisputeCreated,
            ("dispute.state.updated", Some("WON" | "LOST" | "ACCEPTED")) => Self::DisputeClosed,
            ("payout.paid", _) => Self::PayoutPaid,
            ("payout.failed", _) => Self::PayoutFailed,
            _ => Self::Other,
        }
    }

    /// Whether a Square event of this type makes no sense without its object.
    #[must_use]
    pub(crate) fn square_needs_object(event_type: &str) -> bool {
        matches!(
            event_type,
            "payment.created"
                | "payment.updated"
                | "refund.created"
                | "refund.updated"
                | "dispute.created"
                | "dispute.state.updated"
                | "payout.paid"
                | "payout.failed"
        )
    }
}

#[cfg(test)]
mod tests;

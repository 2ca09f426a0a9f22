use super::EventType::{self, *};

#[test]
fn every_type_of_stripe() {
    for (name, expected) in [
        ("payment_intent.processing", PaymentPending),
        ("payment_intent.requires_action", PaymentPending),
        ("charge.pending", PaymentPending),
        ("payment_intent.amount_capturable_updated", PaymentAuthorized),
        ("payment_intent.succeeded", PaymentSuccess),
        ("charge.succeeded", PaymentSuccess),
        ("payment_intent.payment_failed", PaymentFailed),
        ("charge.failed", PaymentFailed),
        ("payment_intent.canceled", PaymentCanceled),
        ("refund.created", RefundCreated),
        ("refund.updated", RefundUpdated),
        ("charge.refunded", RefundCreated),
        ("refund.failed", RefundFailed),
        ("charge.dispute.created", DisputeCreated),
        ("charge.dispute.closed", DisputeClosed),
        ("payout.paid", PayoutPaid),
        ("payout.failed", PayoutFailed),
        ("payment_intent.created", Other),
        ("charge.dispute.updated", Other),
        ("customer.created", Other),
        ("PAYOUT.PAID", Other),
        ("", Other),
    ] {
        assert_eq!(EventType::of_stripe(name), expected, "{name}");
    }
}

#[test]
fn every_type_of_paypal() {
    for (name, expected) in [
        ("PAYMENT.CAPTURE.PENDING", PaymentPending),
        ("PAYMENT.AUTHORIZATION.CREATED", PaymentAuthorized),
        ("CHECKOUT.ORDER.APPROVED", PaymentAuthorized),
        ("PAYMENT.CAPTURE.COMPLETED", PaymentSuccess),
        ("PAYMENT.SALE.COMPLETED", PaymentSuccess),
        ("PAYMENT.CAPTURE.DENIED", PaymentFailed),
        ("PAYMENT.CAPTURE.DECLINED", PaymentFailed),
        ("PAYMENT.AUTHORIZATION.VOIDED", PaymentCanceled),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", PaymentCanceled),
        ("PAYMENT.CAPTURE.REFUNDED", RefundCreated),
        ("PAYMENT.CAPTURE.REVERSED", PaymentReversed),
        ("CUSTOMER.DISPUTE.CREATED", DisputeCreated),
        ("CUSTOMER.DISPUTE.RESOLVED", DisputeClosed),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", PayoutPaid),
        ("PAYMENT.PAYOUTS-ITEM.FAILED", PayoutFailed),
        ("CUSTOMER.DISPUTE.UPDATED", Other),
        ("CHECKOUT.ORDER.COMPLETED", Other),
        ("", Other),
    ] {
        assert_eq!(EventType::of_paypal(name), expected, "{name}");
    }
}

#[test]
fn every_type_of_square() {
    for (name, status, expected) in [
        ("payment.created", Some("PENDING"), PaymentPending),
        ("payment.updated", Some("PENDING"), PaymentPending),
        ("payment.created", Some("APPROVED"), PaymentAuthorized),
        ("payment.updated", Some("APPROVED"), PaymentAuthorized),
        ("payment.created", Some("COMPLETED"), PaymentSuccess),
        ("payment.updated", Some("COMPLETED"), PaymentSuccess),
        ("payment.updated", Some("FAILED"), PaymentFailed),
        ("payment.updated", Some("CANCELED"), PaymentCanceled),
        ("payment.updated", Some("SOMETHING"), Other),
        ("payment.updated", None, Other),
        ("refund.created", Some("PENDING"), RefundCreated),
        ("refund.created", None, RefundCreated),
        ("refund.updated", Some("COMPLETED"), RefundUpdated),
        ("refund.updated", Some("FAILED"), RefundFailed),
        ("refund.updated", Some("REJECTED"), RefundFailed),
        ("dispute.created", Some("INQUIRY_EVIDENCE_REQUIRED"), DisputeCreated),
        ("dispute.state.updated", Some("WON"), DisputeClosed),
        ("dispute.state.updated", Some("LOST"), DisputeClosed),
        ("dispute.state.updated", Some("ACCEPTED"), DisputeClosed),
        ("dispute.state.updated", Some("PROCESSING"), Other),
        ("payout.paid", Some("PAID"), PayoutPaid),
        ("payout.failed", Some("FAILED"), PayoutFailed),
        ("payout.sent", Some("SENT"), Other),
        ("order.created", None, Other),
    ] {
        assert_eq!(EventType::of_square(name, status), expected, "{name} {status:?}");
    }
}

#[test]
fn names_are_unique_and_stable() {
    let names: Vec<_> = EventType::ALL.into_iter().map(EventType::as_str).collect();
    assert_eq!(
        names,
        [
            "payment.pending",
            "payment.authorized",
            "payment.success",
            "payment.failed",
            "payment.canceled",
            "refund.created",
            "refund.updated",
            "refund.failed",
            "payment.reversed",
            "dispute.created",
            "dispute.closed",
            "payout.paid",
            "payout.failed",
            "other",
        ]
    );
}

#[test]
fn every_type_of_ipn() {
    for (txn_type, payment_status, reason, expected) in [
        (None, Some("Pending"), None, PaymentPending),
        (Some("web_accept"), Some("Pending"), Some("echeck"), PaymentPending),
        (Some("web_accept"), Some("Pending"), Some("authorization"), PaymentAuthorized),
        (Some("cart"), Some("Completed"), None, PaymentSuccess),
        (Some("cart"), Some("Completed"), Some("authorization"), PaymentSuccess),
        (Some("cart"), Some("Failed"), None, PaymentFailed),
        (Some("cart"), Some("Denied"), None, PaymentFailed),
        (Some("cart"), Some("Voided"), None, PaymentCanceled),
        (Some("cart"), Some("Expired"), None, PaymentCanceled),
        (None, Some("Refunded"), None, RefundCreated),
        (None, Some("Reversed"), None, PaymentReversed),
        (Some("new_case"), None, None, DisputeCreated),
        (Some("adjustment"), Some("Completed"), None, DisputeClosed),
        (Some("masspay"), Some("Completed"), None, PayoutPaid),
        (Some("masspay"), Some("Processed"), None, PayoutPaid),
        (Some("masspay"), Some("Denied"), None, PayoutFailed),
        (Some("masspay"), Some("Pending"), None, Other),
        (Some("subscr_signup"), None, None, Other),
        (None, Some("Canceled_Reversal"), None, Other),
        (None, Some("completed"), None, Other),
        (None, None, None, Other),
    ] {
        assert_eq!(
            EventType::of_ipn(txn_type, payment_status, reason),
            expected,
            "{txn_type:?} {payment_status:?}"
        );
    }
}

use super::*;
use crate::normalize::tests::sample;
use crate::record::Status::{Failed, Pending, Processed};

#[track_caller]
fn check(provider: Provider, event_type: EventType, words: &[&'static str], expected: Status) {
    for word in words {
        let mut event = sample(provider);
        event.event_type = event_type;
        event.status = Some((*word).into());
        assert_eq!(status(&event), expected, "{provider} {word}");
    }
}

#[test]
fn every_word_of_stripe() {
    let other = EventType::Other;
    let pending = [
        "processing",
        "requires_action",
        "requires_confirmation",
        "requires_capture",
        "requires_payment_method",
        "pending",
        "in_transit",
        "needs_response",
        "under_review",
        "warning_needs_response",
        "warning_under_review",
    ];
    check(Provider::Stripe, other, &pending, Pending);
    let processed = ["succeeded", "paid", "won", "lost", "warning_closed", "prevented"];
    check(Provider::Stripe, other, &processed, Processed);
    check(Provider::Stripe, other, &["failed", "canceled"], Failed);
    check(Provider::Stripe, EventType::PaymentFailed, &["requires_payment_method"], Failed);
}

#[test]
fn every_word_of_paypal() {
    let pending = [
        "PENDING",
        "CREATED",
        "UNCLAIMED",
        "ONHOLD",
        "OPEN",
        "WAITING_FOR_BUYER_RESPONSE",
        "WAITING_FOR_SELLER_RESPONSE",
        "UNDER_REVIEW",
    ];
    check(Provider::Paypal, EventType::Other, &pending, Pending);
    let processed =
        ["COMPLETED", "completed", "CAPTURED", "REFUNDED", "PARTIALLY_REFUNDED", "SUCCESS", "RESOLVED"];
    check(Provider::Paypal, EventType::Other, &processed, Processed);
    let failed = ["DECLINED", "DENIED", "denied", "FAILED", "VOIDED", "CANCELLED", "RETURNED", "BLOCKED"];
    check(Provider::Paypal, EventType::Other, &failed, Failed);
    for payout in [EventType::PayoutPaid, EventType::PayoutFailed] {
        check(Provider::Paypal, payout, &["REFUNDED", "REVERSED"], Failed);
        check(Provider::Paypal, payout, &["SUCCESS"], Processed);
    }
}

#[test]
fn every_word_of_square() {
    let pending = [
        "PENDING",
        "APPROVED",
        "SENT",
        "EVIDENCE_REQUIRED",
        "PROCESSING",
        "INQUIRY_EVIDENCE_REQUIRED",
        "INQUIRY_PROCESSING",
    ];
    check(Provider::Square, EventType::Other, &pending, Pending);
    let processed = ["COMPLETED", "PAID", "WON", "LOST", "ACCEPTED", "INQUIRY_CLOSED"];
    check(Provider::Square, EventType::Other, &processed, Processed);
    check(Provider::Square, EventType::Other, &["FAILED", "CANCELED", "REJECTED"], Failed);
}

#[test]
fn without_a_known_word_the_type_decides() {
    let by_type = [
        (EventType::PaymentPending, Pending),
        (EventType::PaymentAuthorized, Pending),
        (EventType::PaymentSuccess, Processed),
        (EventType::PaymentFailed, Failed),
        (EventType::PaymentCanceled, Failed),
        (EventType::RefundCreated, Processed),
        (EventType::RefundUpdated, Processed),
        (EventType::RefundFailed, Failed),
        (EventType::PaymentReversed, Failed),
        (EventType::DisputeCreated, Pending),
        (EventType::DisputeClosed, Processed),
        (EventType::PayoutPaid, Processed),
        (EventType::PayoutFailed, Failed),
        (EventType::Other, Pending),
    ];
    assert_eq!(by_type.len(), EventType::ALL.len());
    for provider in Provider::ALL {
        for (event_type, expected) in by_type {
            check(provider, event_type, &["unheard_of"], expected);
            let mut event = sample(provider);
            (event.event_type, event.status) = (event_type, None);
            assert_eq!(status(&event), expected, "{provider} {event_type:?}");
        }
    }
}

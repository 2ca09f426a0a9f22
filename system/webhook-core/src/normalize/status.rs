//! The providers' words for where the money stands, and what they mean. A word that is not listed says nothing; then the
//! type of the event does.

use crate::event::PaymentEvent;
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::provider::Provider;
use crate::record::Status;

/// Where the money stands by this event.
#[must_use]
pub fn status(event: &PaymentEvent<'_>) -> Status {
    let word = event.status.as_deref();
    let written = match event.provider {
        Provider::Stripe => word.and_then(|word| stripe(word, event.event_type)),
        Provider::Paypal => word.and_then(|word| paypal(word, event.event_type)),
        Provider::Square => word.and_then(square),
    };
    let written = written.filter(|_| !mutant::active(Mutant::StatusByTypeAlone));
    match written.unwrap_or_else(|| implied(event.event_type)) {
        Status::Pending if mutant::active(Mutant::PendingTakenForProcessed) => Status::Processed,
        Status::Failed if mutant::active(Mutant::FailedTakenForProcessed) => Status::Processed,
        status => status,
    }
}

fn stripe(word: &str, event_type: EventType) -> Option<Status> {
    match word {
        "processing"
        | "requires_action"
        | "requires_confirmation"
        | "requires_capture"
        | "pending"
        | "in_transit"
        | "needs_response"
        | "under_review"
        | "warning_needs_response"
        | "warning_under_review" => Some(Status::Pending),
        "succeeded" | "paid" | "won" | "lost" | "warning_closed" | "prevented" => Some(Status::Processed),
        // A new intent waits for a payment method; after a failed attempt it waits for another one.
        "requires_payment_method" if event_type == EventType::PaymentFailed => Some(Status::Failed),
        "requires_payment_method" => Some(Status::Pending),
        "failed" | "canceled" => Some(Status::Failed),
        _ => None,
    }
}

fn paypal(word: &str, event_type: EventType) -> Option<Status> {
    // v1 sales write their state in lower case.
    let upper = word.to_ascii_uppercase();
    let payout = matches!(event_type, EventType::PayoutPaid | EventType::PayoutFailed);
    match upper.as_str() {
        "REFUNDED" | "REVERSED" if payout => Some(Status::Failed),
        "PENDING" | "CREATED" | "UNCLAIMED" | "ONHOLD" | "OPEN" | "UNDER_REVIEW" => Some(Status::Pending),
        waiting if waiting.starts_with("WAITING_") => Some(Status::Pending),
        "COMPLETED" | "CAPTURED" | "REFUNDED" | "PARTIALLY_REFUNDED" | "SUCCESS" | "RESOLVED"
        // IPN only: a reversal was undone, and the money is back.
        | "CANCELED_REVERSAL" => Some(Status::Processed),
        "DECLINED" | "DENIED" | "FAILED" | "VOIDED" | "CANCELLED" | "RETURNED" | "BLOCKED" => {
            Some(Status::Failed)
        }
        _ => None,
    }
}

fn square(word: &str) -> Option<Status> {
    match word {
        "COMPLETED" | "PAID" | "WON" | "LOST" | "ACCEPTED" | "INQUIRY_CLOSED" => Some(Status::Processed),
        "PENDING" | "APPROVED" | "SENT" | "EVIDENCE_REQUIRED" | "PROCESSING" => Some(Status::Pending),
        inquiry if inquiry.starts_with("INQUIRY_") => Some(Status::Pending),
        "FAILED" | "CANCELED" | "REJECTED" => Some(Status::Failed),
        _ => None,
    }
}

/// What the type alone says.
const fn implied(event_type: EventType) -> Status {
    match event_type {
        EventType::PaymentSuccess
        | EventType::RefundCreated
        | EventType::RefundUpdated
        | EventType::DisputeClosed
        | EventType::PayoutPaid => Status::Processed,
        EventType::PaymentFailed
        | EventType::PaymentCanceled
        | EventType::RefundFailed
        | EventType::PaymentReversed
        | EventType::PayoutFailed => Status::Failed,
        EventType::PaymentPending
        | EventType::PaymentAuthorized
        | EventType::DisputeCreated
        | EventType::Other => Status::Pending,
    }
}

#[cfg(test)]
mod tests;

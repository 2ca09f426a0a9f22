//! Wrong readings of an event, whoever sent it, for the build with deliberate defects.

use crate::event::PaymentEvent;
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;

/// Mistaken types: the defect, what it takes, and for what.
const MISTAKEN: [(Mutant, EventType, EventType); 14] = [
    (Mutant::RefundsTakenForPayments, EventType::RefundCreated, EventType::PaymentSuccess),
    (Mutant::RefundsTakenForPayments, EventType::RefundUpdated, EventType::PaymentSuccess),
    (Mutant::FailedRefundsTakenForUpdates, EventType::RefundFailed, EventType::RefundUpdated),
    (Mutant::DisputesUnknown, EventType::DisputeCreated, EventType::Other),
    (Mutant::DisputesUnknown, EventType::DisputeClosed, EventType::Other),
    (Mutant::DisputesNeverClosed, EventType::DisputeClosed, EventType::DisputeCreated),
    (Mutant::AuthorizedTakenForPaid, EventType::PaymentAuthorized, EventType::PaymentSuccess),
    (Mutant::PendingTakenForPaid, EventType::PaymentPending, EventType::PaymentSuccess),
    (Mutant::CanceledTakenForFailed, EventType::PaymentCanceled, EventType::PaymentFailed),
    (Mutant::FailedTakenForPending, EventType::PaymentFailed, EventType::PaymentPending),
    (Mutant::ReversalsTakenForRefunds, EventType::PaymentReversed, EventType::RefundCreated),
    (Mutant::PayoutsTakenForPayments, EventType::PayoutPaid, EventType::PaymentSuccess),
    (Mutant::PayoutsTakenForPayments, EventType::PayoutFailed, EventType::PaymentFailed),
    (Mutant::FailedPayoutsTakenForPaid, EventType::PayoutFailed, EventType::PayoutPaid),
];

/// The event as a wrong reading has it.
pub(super) fn event(mut event: PaymentEvent<'_>) -> PaymentEvent<'_> {
    let mistaken =
        MISTAKEN.into_iter().find(|(defect, from, _)| mutant::active(*defect) && *from == event.event_type);
    if let Some((_, _, taken_for)) = mistaken {
        event.event_type = taken_for;
    }
    if mutant::active(Mutant::EventsApart) {
        event.transaction_id = event.event_id.clone();
    }
    if mutant::active(Mutant::RefundsApart)
        && let Some((_, own_id)) = event.metadata.iter().find(|(name, _)| *name == "object_id")
    {
        event.transaction_id = own_id.clone();
    }
    if mutant::active(Mutant::CustomerLeftOut) {
        event.customer_id = None;
    }
    event
}

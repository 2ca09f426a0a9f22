//! Wrong answers to queries, for the build with deliberate defects.

use rust_decimal::Decimal;

use super::parameters::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::mutant::{self, Mutant};
use crate::ports::{EventQuery, Scope};
use crate::record::{Status, Transaction};

/// The query as a wrong reading has it.
pub(super) fn query(mut query: EventQuery) -> EventQuery {
    if mutant::active(Mutant::LimitIgnored) {
        query.limit = MAX_LIMIT.max(DEFAULT_LIMIT);
    }
    if mutant::active(Mutant::NextTokenIgnored) {
        query.after = None;
    }
    if mutant::active(Mutant::StartLeftOut) {
        query.start += Decimal::ONE;
    }
    if mutant::active(Mutant::EndLeftOut) {
        query.end = query.end.floor() - Decimal::new(1, 6);
    }
    if mutant::active(Mutant::StatusFilterIgnored) {
        query.status = None;
    }
    query.scope = match query.scope {
        Scope::Customer { provider: Some(provider), .. } if mutant::active(Mutant::CustomerFilterIgnored) => {
            Scope::Provider(provider)
        }
        Scope::Customer { id, .. } if mutant::active(Mutant::ProviderFilterIgnored) => {
            Scope::Customer { id, provider: None }
        }
        scope => scope,
    };
    query
}

/// The event that wrongly decides where the payment stands; `None` where the right one does.
pub(super) fn current(events: &[Transaction]) -> Option<&Transaction> {
    if mutant::active(Mutant::StatusOfFirstEvent) {
        return events.iter().min_by_key(|event| event.timestamp);
    }
    if mutant::active(Mutant::StatusByArrival) {
        return events.iter().max_by_key(|event| event.received_at);
    }
    if mutant::active(Mutant::FailedIsFinal) {
        return events.iter().find(|event| event.status == Status::Failed);
    }
    if mutant::active(Mutant::UnknownTypesDecide) {
        return events.iter().max_by_key(|event| event.timestamp);
    }
    None
}

//! The third decision: what is known about a payment, or about the events of a provider or a customer in a time. Parameters are
//! read strictly: a misspelt one is an error, not a different answer.

pub mod parameters;
#[cfg(feature = "mutants")]
mod wrong;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::answer::{Answer, json};
use crate::event::is_identifier;
use crate::mutant::{self, Mutant};
use crate::payment;
use crate::ports::{PortError, TransactionStore};
use crate::provider::Provider;
use crate::record::{Status, Transaction};
use crate::render::{Rendered, amount_of};
use parameters::{QueryError, event_query, next_token};

/// Most events shown of one payment: its newest.
pub const HISTORY_LIMIT: u32 = 1000;

#[derive(Serialize)]
struct PaymentBody<'a> {
    transaction_id: &'a str,
    status: Status,
    provider: Provider,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "crate::render::exact_text")]
    amount: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    /// There are older events than those shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    events: Vec<Rendered<'a>>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    transactions: Vec<Rendered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `GET /api/v1/transactions/{id}`: the payment's current status and the events behind it, the newest [`HISTORY_LIMIT`] of them.
/// `id` is percent-decoded; there are no parameters.
pub async fn by_id<'a, S: TransactionStore>(
    store: &S,
    id: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Answer {
    if !is_identifier(id) {
        return QueryError::MalformedId.into();
    }
    if parameters.into_iter().next().is_some() {
        return QueryError::UnexpectedParameter.into();
    }
    // One more than is shown tells whether there are older ones.
    match store.history(id, HISTORY_LIMIT + 1).await {
        Err(error) => unavailable(&error),
        Ok(events) => match described(id, &events) {
            Some(body) => Answer::found("found", json(&body)),
            None if mutant::active(Mutant::MissingAnswered200) => {
                Answer::found("found", json(&ListBody { transactions: Vec::new(), next_token: None }))
            }
            None => Answer::error(404, "not_found", "there is no such transaction"),
        },
    }
}

/// `GET /api/v1/transactions?provider=…&customer_id=…[&start=…][&end=…][&status=…][&limit=…][&next_token=…]`: the events of a
/// provider or a customer in a time, oldest first. Names and values are percent-decoded.
pub async fn list<'a, S: TransactionStore>(
    store: &S,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Answer {
    let query = match event_query(parameters) {
        Ok(query) => query,
        Err(error) => return error.into(),
    };
    #[cfg(feature = "mutants")]
    let query = wrong::query(query);
    match store.events(&query).await {
        Err(error) => unavailable(&error),
        Ok(page) => {
            let mut transactions: Vec<_> = page.transactions.iter().map(Rendered::from).collect();
            if mutant::active(Mutant::ListsNewestFirst) {
                transactions.reverse();
            }
            let next = page.next.filter(|_| !mutant::active(Mutant::ListsWithoutNextPage));
            let next_token = next.map(|cursor| next_token(&query, &cursor));
            Answer::found("listed", json(&ListBody { transactions, next_token }))
        }
    }
}

fn described<'a>(id: &'a str, events: &'a [Transaction]) -> Option<PaymentBody<'a>> {
    let older = events.len().saturating_sub(HISTORY_LIMIT as usize);
    let events = events.get(older..)?;
    let current = payment::current(events)?;
    #[cfg(feature = "mutants")]
    let current = wrong::current(events).unwrap_or(current);
    let priced = payment::priced(events);
    Some(PaymentBody {
        transaction_id: id,
        status: current.status,
        provider: current.provider,
        amount: priced.and_then(amount_of),
        currency: priced.and_then(|event| event.currency.as_deref()),
        truncated: older > 0,
        events: if mutant::active(Mutant::HistoryNewestFirst) {
            events.iter().rev().map(Rendered::from).collect()
        } else {
            events.iter().map(Rendered::from).collect()
        },
    })
}

/// 503 for a query whose time, which is the caller's to keep, ran out.
#[must_use]
pub fn too_slow() -> Answer {
    Answer::error(503, "timeout", "the records could not be read in time; try again later")
}

fn unavailable(error: &PortError) -> Answer {
    let told = error.to_string();
    let message = if mutant::active(Mutant::StoreErrorsTold) {
        told.as_str()
    } else {
        "the records cannot be read now; try again later"
    };
    Answer::error(503, "store_unavailable", message).because(error)
}

#[cfg(test)]
mod tests;

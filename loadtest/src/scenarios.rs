//! goose's scenarios: one for each provider, and one for queries.

use std::sync::Arc;

use goose::GooseError;
use goose::prelude::{GooseUser, Scenario, Transaction, TransactionFunction};

use crate::load::Load;
use crate::plan::Plan;
use crate::sender::{Endpoint, deliver};

pub mod paypal;
pub mod queries;
pub mod square;
pub mod stripe;

/// Users of the query scenario for every 100 that send webhooks: queries are few.
const QUERY_WEIGHT: usize = 2;

/// The scenarios of a plan with their weights: a provider without a share has none.
pub fn scenarios(plan: &Plan, load: &Arc<Load>) -> Result<Vec<Scenario>, GooseError> {
    let endpoints = [stripe::ENDPOINT, paypal::ENDPOINT, square::ENDPOINT];
    let mut all = Vec::new();
    for (endpoint, part) in endpoints.into_iter().zip(plan.mix.parts()).filter(|(_, part)| *part > 0.0) {
        let scenario = Scenario::new(endpoint.provider.as_str()).set_weight(weight(part))?;
        let (first, each) = (with_client(load), sending(load, endpoint));
        all.push(
            scenario
                .register_transaction(Transaction::new(first).set_on_start())
                .register_transaction(Transaction::new(each).set_name("deliver")),
        );
    }
    if plan.queries_per_s > 0.0 {
        let scenario = Scenario::new("queries").set_weight(QUERY_WEIGHT)?;
        all.push(
            scenario
                .register_transaction(Transaction::new(with_client(load)).set_on_start())
                .register_transaction(Transaction::new(asking(load)).set_name("query")),
        );
    }
    Ok(all)
}

/// How many scenarios a plan has: the least number of users.
#[must_use]
pub fn count(plan: &Plan) -> usize {
    plan.mix.parts().iter().filter(|part| **part > 0.0).count() + usize::from(plan.queries_per_s > 0.0)
}

/// A part of one as goose's whole-numbered weight, at least 1.
fn weight(part: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 100")]
    {
        (part * 100.0).round().clamp(1.0, 100.0) as usize
    }
}

/// Gives a new user the client that all share: one pool of connections, no redirects, no cookies.
fn with_client(load: &Arc<Load>) -> TransactionFunction {
    let load = Arc::clone(load);
    Arc::new(move |user: &mut GooseUser| {
        let load = Arc::clone(&load);
        Box::pin(async move {
            user.client = load.client.clone();
            load.start();
            Ok(())
        })
    })
}

fn sending(load: &Arc<Load>, endpoint: Endpoint) -> TransactionFunction {
    let load = Arc::clone(load);
    Arc::new(move |user: &mut GooseUser| Box::pin(deliver(user, Arc::clone(&load), endpoint)))
}

fn asking(load: &Arc<Load>) -> TransactionFunction {
    let load = Arc::clone(load);
    Arc::new(move |user: &mut GooseUser| {
        let load = Arc::clone(&load);
        Box::pin(async move { queries::query(user, &load).await })
    })
}

//! Stripe's deliveries: signed with a timestamp, so that a request signed too long ahead would grow stale.

use provider_sim::Provider;

use crate::sender::Endpoint;

/// Where they go.
pub const ENDPOINT: Endpoint = Endpoint { provider: Provider::Stripe, path: "/api/v1/webhooks/stripe" };

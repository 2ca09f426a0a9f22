//! Square's deliveries: signed over the notification URL that is configured, not over the one that is called.

use provider_sim::Provider;

use crate::sender::Endpoint;

/// Where they go.
pub const ENDPOINT: Endpoint = Endpoint { provider: Provider::Square, path: "/api/v1/webhooks/square" };

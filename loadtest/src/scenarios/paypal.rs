//! PayPal's deliveries: each costs an RSA signature here, which is why requests are signed ahead of their moment.

use provider_sim::Provider;

use crate::sender::Endpoint;

/// Where they go.
pub const ENDPOINT: Endpoint = Endpoint { provider: Provider::Paypal, path: "/api/v1/webhooks/paypal" };

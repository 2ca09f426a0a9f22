//! The API gateway of the embedded cloud: the semantics of a REST API (v1) stage whose methods are Lambda
//! proxy integrations. Answers of the gateway's own have AWS's status, body and headers.
//!
//! Invariant: a request the gateway refuses (unknown method, too large, throttled, not matching the model) never reaches
//! a function.
//!
//! Non-goals: IAM policies (whoever signs may call), Cognito and TOKEN authorizers, mapping templates, caching, CORS, TLS, HTTP/2. Header names reach
//! functions in lower case, as they do on AWS when the sender speaks HTTP/2.

mod access_log;
mod answer;
mod authorization;
mod authorizer;
mod config;
mod denial;
mod event;
mod gatekeeper;
mod misbehaviour;
mod routes;
mod server;
mod sigv4;
mod throttle;
mod tracing;
mod usage;
mod validation;

pub use authorization::{
    Access, AccessKey, ApiKey, ApiKeySource, Authorization, AuthorizerConfig, IdentitySource, UsagePlan,
};
pub use config::{BodyValidation, GatewayConfig, Route, Throttle};
pub use misbehaviour::Misbehaviour;
pub use server::{Gateway, GatewayError, serve};
pub use usage::KeyUsage;

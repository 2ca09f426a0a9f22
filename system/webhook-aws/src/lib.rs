//! Adapters from `webhook-core`'s ports to AWS: S3, DynamoDB, Secrets Manager, Lambda, and to PayPal: its certificates, its
//! word about notifications, its check of signatures. The only crate of the product that names an AWS SDK.
//!
//! Invariant: what an adapter reports about a failure is the operation and the service's error code, never a body, a
//! key or a secret ([`errors`]). Non-goals: reading the environment or a clock (both are passed in), caching
//! secrets, and deciding what a failure means; that is the core's.

mod bucket;
pub mod certificates;
pub mod clients;
pub mod connections;
pub mod day_log;
pub mod dispatch;
pub mod errors;
mod handover;
pub mod item;
#[cfg(feature = "ops")]
pub mod ops;
pub mod payments;
pub mod paypal;
pub mod postback;
pub mod processed_log;
pub mod quarantine;
pub mod raw_store;
pub mod secrets;
pub mod settings;
pub mod signature_api;
pub mod transactions;
pub mod transmissions;
#[cfg(test)]
mod unprintable;

pub use clients::{Aws, Target};
pub use paypal::{PaypalEnvironment, PaypalHosts};
pub use settings::{AwsCredentials, AwsSettings, Endpoints};

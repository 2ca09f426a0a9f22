//! The embedded cloud: a webhook system's API gateway, functions and stores on one machine, with nothing to install.
//!
//! [`embedded::start`] brings everything up and says where it is ([`Ready`]); `localstack up` is that as a program.
//!
//! Invariants: only loopback is bound; the functions are the product's real `bootstrap`, in child processes; every
//! store speaks its real AWS protocol; after [`embedded::Embedded::shutdown`] no process is left.
//! Non-goals: isolation, persistence, signature checks, billing.

pub mod access;
mod bootstrap;
pub mod cargo;
mod clock;
pub mod confirm;
pub mod deployment;
pub mod embedded;
pub mod faults;
pub mod gateway;
pub mod lambda;
pub mod outputs;
pub mod reach;
pub mod ready;
pub mod seed;
mod server;
pub mod signing;
mod stores;
pub mod xray;

pub use bootstrap::become_bootstrap_if_asked;
pub use faults::Fault;
pub use ready::Ready;

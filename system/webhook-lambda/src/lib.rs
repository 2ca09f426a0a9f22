//! The system's Lambda functions in one multi-call `bootstrap`: which one a process is, `_HANDLER` says.
//!
//! Thin on purpose: settings are read here, adapters are put together, events are taken apart and answers put
//! together; every decision is `webhook-core`'s, every call to AWS is `webhook-aws`'s.
//!
//! Invariant: what reaches a log line is listed in [`log::Line`]; no body, header or signature has a way there.

pub mod authorizer;
pub mod clock;
pub mod compactor;
pub mod direct;
pub mod function;
pub mod invocation;
pub mod log;
pub mod processor;
pub mod proxy;
pub mod query;
mod runtime;
pub mod settings;
pub mod stage;
#[cfg(test)]
mod unprintable;
pub mod validator;
mod wiring;
pub mod xray;

pub use runtime::{RunError, run};
#[cfg(feature = "mutants")]
#[doc(hidden)]
pub use webhook_core::mutant;

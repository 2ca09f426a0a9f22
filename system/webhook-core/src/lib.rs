//! The rules of payment webhooks, pure: which deliveries are genuine, what they mean, and what to do with
//! them. Nothing here does I/O, reads a clock or looks at the environment; the outside world is a set of
//! [`ports`], each with an in-memory twin in [`twins`] and one contract suite in `contract` (feature `contract`).
//!
//! Reading order: [`headers`] → [`providers`] (claim, key_wanted, verify, event) → [`normalize`], the three
//! decisions [`intake`], [`process`], [`query`], and what follows a day later, [`compact`]. [`direct`] is the first two in one, for a
//! deployment with a table and nothing else.
//!
//! Invariant: a [`Verified`] body exists only because a provider's `verify` accepted it, or because it came
//! through the processor's guarded invocation ([`envelope::Envelope::into_verified`]).

pub mod answer;
pub mod certificate;
pub mod compact;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod direct;
pub mod envelope;
pub mod event;
pub mod headers;
pub mod intake;
pub mod keys;
pub mod masking;
#[doc(hidden)]
pub mod mutant;
pub mod normalize;
pub mod payment;
pub mod ports;
pub mod process;
pub mod provider;
pub mod providers;
pub mod query;
pub mod record;
pub mod reject;
pub mod render;
pub mod replay;
mod sha256;
mod shape;
pub mod twins;
pub mod unix_time;
#[cfg(test)]
mod unprintable;

pub use providers::verified::Verified;

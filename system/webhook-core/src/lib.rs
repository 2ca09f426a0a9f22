//! The rules of payment webhooks, pure: which deliveries are genuine, what they mean, and what to do with
//! them. Nothing here does I/O, reads a clock or looks at the environment; the outside world is a set of
//! [`ports`], each with an in-memory twin in [`twins`] and one contract suite in [`contract`].
//!
//! Invariant: a [`Verified`](verified::Verified) body exists only because a provider's `verify` accepted it.

pub mod envelope;
pub mod ports;
pub mod provider;
pub mod record;
pub mod unix_time;

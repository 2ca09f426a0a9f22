//! `webhookctl` as an operator runs it, against the embedded cloud with the real functions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod cloud;
mod contract;
mod ctl;
mod dlq;
mod doctor;
mod replay;
mod secret;
mod usage;

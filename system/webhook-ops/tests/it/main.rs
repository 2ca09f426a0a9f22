//! `webhookctl` as an operator runs it, against the embedded cloud with the real functions.

mod cloud;
mod contract;
mod ctl;
mod dlq;
mod doctor;
mod replay;
mod secret;
mod usage;

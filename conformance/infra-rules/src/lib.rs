//! Rules of the infrastructure, and what judges resources by them.
//!
//! A [`stack`] is resources in Terraform's shape, whatever they were read from: a [`plan`], a running target (feature `live`). A
//! [`rule`] is data and is written once for all of them; what data cannot say is a named check ([`checks`]) over a table.
//!
//! Invariants: what is not known fails; what was not found fails; an unknown word in a rule is an error. The rules are trusted
//! because for each a [`mutant`] of the plan is known that it catches.
//! Non-goals: how a running system behaves (crate `conformance`), and how results are told.

pub mod checkout;
pub mod checks;
pub mod expect;
pub mod judge;
pub mod mutant;
pub mod names;
pub mod path;
pub mod plan;
pub mod rule;
pub mod rules;
pub mod stack;
pub mod value;

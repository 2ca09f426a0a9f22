//! The record of a load run: what it holds, how it is read back, how latencies become percentiles, and what verdicts and exit
//! codes mean.
//!
//! Percentiles are computed in [`latency`] and nowhere else in the project. Nothing is judged or drawn here.

pub mod latency;
pub mod read;
pub mod record;
pub mod search;
pub mod verdict;

pub use read::{RUN_JSON, read_run, read_search};

//! The record of a load run, and what is drawn from it: HTML, Markdown, JUnit and `summary.json`.
//!
//! Invariant: every rendering is a function of [`record::Run`] alone, so a run can be drawn again later and two
//! people looking at one record see the same verdict. No rendering judges: the verdict, the objectives and the
//! findings stand in the record, and the renderings repeat them. Only [`merge`] has a run judged, by the crate `ledger`.
//!
//! The record itself, and with it percentiles and exit codes, is the crate `run-record`.

pub mod capacity;
pub mod compare;
pub mod cost;
pub mod disturbed;
pub mod figures;
pub mod html;
pub mod junit;
mod ledger;
pub mod markdown;
pub mod merge;
mod plot;
pub mod search;
mod story;
pub mod summary;
mod tally;
pub mod trend;
pub mod write;

pub use run_record::{latency, read, read_run, record, verdict};
pub use story::{alarms, rotation, shards};
pub use write::{Files, render_all, write_all};

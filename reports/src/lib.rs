//! The record of a load run, and what is drawn from it: HTML, Markdown, JUnit and `summary.json`.
//!
//! Invariant: every rendering is a function of [`record::Run`] alone, so a run can be drawn again later and two
//! people looking at one record see the same verdict. Nothing is judged here: the verdict, the objectives and the
//! findings stand in the record, and the renderings repeat them.
//!
//! Percentiles are computed in [`latency`] and nowhere else in the project.

pub mod figures;
pub mod html;
pub mod junit;
pub mod latency;
mod ledger;
pub mod markdown;
mod plot;
pub mod read;
pub mod record;
mod story;
pub mod summary;
mod tally;
pub mod write;

pub use read::read_run;
pub use story::rotation;
pub use write::{Files, render_all, write_all};

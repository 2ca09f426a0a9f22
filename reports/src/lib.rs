//! The record of a load run, and what is drawn from it: HTML, Markdown, JUnit and `summary.json`.
//!
//! Invariant: every rendering is a function of [`record::Run`] alone, so a run can be drawn again later and two
//! people looking at one record see the same verdict.

pub mod record;

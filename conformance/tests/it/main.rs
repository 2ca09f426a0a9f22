//! The program, and what a record of the gate turns into.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where it stopped"
)]

mod commands;
mod files;
mod infra;
mod page;
mod samples;
mod schema;
mod snapshots;

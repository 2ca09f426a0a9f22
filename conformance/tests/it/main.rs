//! What a record of the gate turns into, checked on sample runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where it stopped")]

mod files;
mod page;
mod samples;
mod schema;
mod snapshots;

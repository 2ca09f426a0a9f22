//! What a record turns into: files, texts and pages, checked on sample runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where it stopped")]

mod cli;
mod files;
mod junit;
mod merge;
mod page;
mod samples;
mod schema;
mod search;
mod snapshots;
mod weighed;

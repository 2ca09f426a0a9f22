//! The crate's integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is a test that fails")]

mod callers;
mod cloud;
mod compactor;
mod defects;
mod embedded;
mod fake;
mod gateway;
mod lambda;
mod lambda_api;
mod multipart;
mod stores;
mod up;
mod xray;

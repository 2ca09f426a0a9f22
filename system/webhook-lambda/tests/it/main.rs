//! The real `bootstrap` as a child process, on a stand-in for Lambda's Runtime API; and the API's document against the code.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test tells a broken rule by panicking")]

mod aws_stand_in;
mod bootstrap;
mod child;
mod deliveries;
mod notifications;
mod openapi;
mod runtime_api;

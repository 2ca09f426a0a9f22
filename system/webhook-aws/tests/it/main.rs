//! The adapters against servers that speak the real protocols: DynamoDB (`dynoxide`), S3 (`s3s`, signatures
//! checked), and scripted ones for Secrets Manager and Lambda, whose real behaviour the embedded cloud's tests cover.

#![expect(clippy::unwrap_used, reason = "a test tells a broken rule by panicking")]

mod certificates;
mod day_log;
mod dispatch;
mod dynamodb;
mod events;
mod failures;
mod paypal;
mod s3;
mod s3_memory;
mod secrets;
mod server;

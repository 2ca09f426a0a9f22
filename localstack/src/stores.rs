//! The stores behind the functions, each on its real wire protocol: DynamoDB, S3, SQS and Secrets Manager.
//!
//! Invariant: what a store answered with success is readable through the same API at once; everything lives in
//! memory and ends with the process. Non-goals: checking signatures (any credentials are taken, as long as the
//! listener is on loopback only), permissions, more than one region or account.

pub(crate) mod dynamodb;
pub(crate) mod s3;
pub(crate) mod secrets;
pub(crate) mod sqs;
pub(crate) mod wire;

/// The one region there is.
pub(crate) const REGION: &str = "us-east-1";

/// The one account there is.
pub(crate) const ACCOUNT_ID: &str = "000000000000";

pub(crate) use dynamodb::Tables;
pub(crate) use s3::Buckets;
pub(crate) use secrets::Vault;
pub(crate) use sqs::Queues;

/// Lower-case hex, as AWS writes digests.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

//! Normalized records, one JSON object an event, in S3.

use bytes::Bytes;
use webhook_core::ports::{PortError, ProcessedLog};

use crate::bucket::Bucket;

/// The transaction-log bucket.
#[derive(Debug, Clone)]
pub struct S3ProcessedLog(Bucket);

impl S3ProcessedLog {
    pub(crate) const fn new(bucket: Bucket) -> Self {
        Self(bucket)
    }
}

impl ProcessedLog for S3ProcessedLog {
    async fn put_processed(&self, key: &str, json: Bytes) -> Result<(), PortError> {
        self.0.put(key, json).await
    }
}

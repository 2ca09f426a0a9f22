//! Raw bodies, byte for byte, in S3.

use bytes::Bytes;
use webhook_core::ports::{PortError, RawStore};

use crate::bucket::Bucket;

/// The raw-payload bucket.
#[derive(Debug, Clone)]
pub struct S3RawStore(Bucket);

impl S3RawStore {
    pub(crate) const fn new(bucket: Bucket) -> Self {
        Self(bucket)
    }
}

impl RawStore for S3RawStore {
    async fn put_raw(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        self.0.put(key, body).await
    }
}

//! Notifications that nobody has proven yet, in a folder of the raw-payload bucket.

use bytes::Bytes;
use webhook_core::ports::PortError;
use webhook_core::ports::ipn::Quarantine;

use crate::bucket::Bucket;

/// The folder. A validator's role may write there, the processor's may delete there; nobody needs to read.
#[derive(Debug, Clone)]
pub struct S3Quarantine(Bucket);

impl S3Quarantine {
    pub(crate) const fn new(bucket: Bucket) -> Self {
        Self(bucket)
    }
}

impl Quarantine for S3Quarantine {
    async fn put_unproven(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        self.0.put(key, body).await
    }

    async fn discard(&self, key: &str) -> Result<(), PortError> {
        self.0.delete(key).await
    }
}

//! One bucket and the one write that both logs make.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::StorageClass;
use bytes::Bytes;
use webhook_core::ports::PortError;

use crate::errors::port_error;

const OPERATION: &str = "s3:PutObject";

#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    pub(crate) const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Writes a JSON object, straight into the class that a lifecycle rule would move it to: objects below 128 KB
    /// are not moved by a rule, and transitions are charged.
    pub(crate) async fn put_json(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type("application/json")
            .storage_class(StorageClass::IntelligentTiering)
            .body(ByteStream::from(body));
        put.send().await.map(drop).map_err(|error| port_error(OPERATION, &error))
    }
}

//! One bucket: the one write that all logs make, and the one removal that quarantine needs.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::StorageClass;
use bytes::Bytes;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::PortError;

use crate::errors::port_error;

const PUT: &str = "s3:PutObject";
const DELETE: &str = "s3:DeleteObject";
/// Ending of the keys of forms; everything else is JSON.
const FORM: &str = ".form";

#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    pub(crate) const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Writes an object, straight into the class that a lifecycle rule would move it to: objects below 128 KB
    /// are not moved by a rule, and transitions are charged.
    pub(crate) async fn put(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        let content_type =
            if key.ends_with(FORM) { "application/x-www-form-urlencoded" } else { "application/json" };
        let class = if mutant::active(Mutant::StandardStorageClass) {
            StorageClass::Standard
        } else {
            StorageClass::IntelligentTiering
        };
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .storage_class(class)
            .body(ByteStream::from(body));
        put.send().await.map(drop).map_err(|error| port_error(PUT, &error))
    }

    /// Removes an object; S3 does not mind if there is none.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), PortError> {
        let delete = self.client.delete_object().bucket(&self.name).key(key);
        delete.send().await.map(drop).map_err(|error| port_error(DELETE, &error))
    }
}

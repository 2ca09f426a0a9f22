//! The raw bodies in S3, listed and read.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::types::Object;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use bytes::{Bytes, BytesMut};
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{ObjectHead, ObjectPage, RawArchive, RawObject};
use webhook_core::unix_time::UnixTime;

use crate::errors::{port_error, unavailable};

const LIST: &str = "s3:ListObjectsV2";
const GET: &str = "s3:GetObject";

/// A bucket.
#[derive(Debug, Clone)]
pub struct S3Archive {
    client: Client,
    bucket: String,
}

impl S3Archive {
    pub(crate) const fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl RawArchive for S3Archive {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<ObjectPage, PortError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned));
        let page = request.send().await.map_err(|error| port_error(LIST, &error))?;
        let more = page.is_truncated() == Some(true);
        Ok(ObjectPage {
            objects: page.contents.unwrap_or_default().into_iter().filter_map(head).collect(),
            more,
        })
    }

    async fn read(&self, key: &str, bytes_max: usize) -> Result<RawObject, PortError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) => match error.as_service_error() {
                Some(GetObjectError::NoSuchKey(_)) => return Ok(RawObject::Missing),
                Some(GetObjectError::InvalidObjectState(_)) => return Ok(RawObject::Archived),
                Some(other) if other.code() == Some("NoSuchKey") => return Ok(RawObject::Missing),
                _ => return Err(port_error(GET, &error)),
            },
        };
        let mut stream = object.body;
        let mut body = BytesMut::new();
        while let Some(part) = stream.next().await {
            let part: Bytes = part.map_err(|_| unavailable(GET, "broken body"))?;
            if body.len() + part.len() > bytes_max {
                return Ok(RawObject::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(RawObject::Body(body.freeze()))
    }
}

fn head(object: Object) -> Option<ObjectHead> {
    let written_at = object
        .last_modified
        .and_then(|at| at.to_millis().ok())
        .map_or_else(|| UnixTime::from_secs(0), UnixTime::from_millis);
    let size_bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
    Some(ObjectHead { key: object.key?, size_bytes, written_at })
}

//! A day's records and its one file in S3: listed, read, and written in one piece or by multipart upload.
//!
//! Every write of a file is conditional on what was there, so that of two runs that overlap the slower one cannot put an
//! older state over a newer one, and a versioned bucket gets no version for nothing.

use std::collections::HashMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, StorageClass};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use webhook_core::ports::PortError;
use webhook_core::ports::compact::{DayFile, DayLog, Entry, EntryPage, Part, Stamp, Upload, Write};

use crate::errors::{port_error, unavailable};

const LIST: &str = "s3:ListObjectsV2";
const GET: &str = "s3:GetObject";
const HEAD: &str = "s3:HeadObject";
const PUT: &str = "s3:PutObject";
const CREATE: &str = "s3:CreateMultipartUpload";
const UPLOAD: &str = "s3:UploadPart";
const COMPLETE: &str = "s3:CompleteMultipartUpload";
const ABORT: &str = "s3:AbortMultipartUpload";

/// One JSON object a line.
const CONTENT_TYPE: &str = "application/x-ndjson";
/// User metadata of a file: its [`Stamp`].
const MANIFEST: &str = "manifest";
const RECORDS: &str = "records";

/// The transaction-log bucket.
#[derive(Debug, Clone)]
pub struct S3DayLog {
    client: Client,
    bucket: String,
}

impl S3DayLog {
    pub(crate) const fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl DayLog for S3DayLog {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<EntryPage, PortError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let page = list
            .set_start_after(after.map(str::to_owned))
            .send()
            .await
            .map_err(|error| port_error(LIST, &error))?;
        let more = page.is_truncated() == Some(true);
        let objects = page.contents.unwrap_or_default().into_iter();
        let entries: Option<Vec<Entry>> = objects
            .map(|object| {
                let bytes = object.size.and_then(|size| u64::try_from(size).ok())?;
                Some(Entry { key: object.key?, etag: object.e_tag?, bytes })
            })
            .collect();
        // An object without a name, or a page that leads nowhere, would silently be left out of the file.
        let entries = entries.filter(|entries| !entries.is_empty() || !more);
        entries
            .map(|entries| EntryPage { entries, more })
            .ok_or_else(|| unavailable(LIST, "incomplete answer"))
    }

    async fn read(&self, key: &str) -> Result<Bytes, PortError> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let object = get.send().await.map_err(|error| port_error(GET, &error))?;
        let body = object.body.collect().await;
        body.map(|body| body.into_bytes()).map_err(|_| unavailable(GET, "broken body"))
    }

    async fn find_file(&self, key: &str) -> Result<Option<DayFile>, PortError> {
        let head = match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => head,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
                return Ok(None);
            }
            Err(error) => return Err(port_error(HEAD, &error)),
        };
        let metadata = head.metadata.unwrap_or_default();
        let records = metadata.get(RECORDS).and_then(|records| records.parse().ok());
        let stamp = metadata.get(MANIFEST).cloned().zip(records);
        let stamp = stamp.map(|(manifest, records)| Stamp { manifest, records });
        let etag = head.e_tag.ok_or_else(|| unavailable(HEAD, "incomplete answer"))?;
        Ok(Some(DayFile { etag, stamp }))
    }

    async fn put_file(
        &self,
        key: &str,
        body: Bytes,
        stamp: &Stamp,
        over: Option<&str>,
    ) -> Result<Write, PortError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(CONTENT_TYPE)
            .storage_class(StorageClass::IntelligentTiering)
            .set_metadata(Some(metadata(stamp)))
            .set_if_match(over.map(str::to_owned))
            .set_if_none_match(nothing_there(over))
            .body(ByteStream::from(body));
        written(PUT, put.send().await.map(drop))
    }

    async fn begin_upload(&self, key: &str, stamp: &Stamp) -> Result<String, PortError> {
        let create = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .content_type(CONTENT_TYPE)
            .storage_class(StorageClass::IntelligentTiering)
            .set_metadata(Some(metadata(stamp)));
        let created = create.send().await.map_err(|error| port_error(CREATE, &error))?;
        created.upload_id.ok_or_else(|| unavailable(CREATE, "incomplete answer"))
    }

    async fn add_part(&self, upload: Upload<'_>, number: u32, body: Bytes) -> Result<Part, PortError> {
        let part = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(upload.key)
            .upload_id(upload.id)
            .part_number(i32::try_from(number).unwrap_or(i32::MAX))
            .body(ByteStream::from(body));
        match part.send().await {
            Ok(added) => added.e_tag.map(Part::Added).ok_or_else(|| unavailable(UPLOAD, "incomplete answer")),
            Err(error) if code(&error) == Some("NoSuchUpload") => Ok(Part::Gone),
            Err(error) => Err(port_error(UPLOAD, &error)),
        }
    }

    async fn complete(
        &self,
        upload: Upload<'_>,
        parts: &[String],
        over: Option<&str>,
    ) -> Result<Write, PortError> {
        let parts = (1..)
            .zip(parts)
            .map(|(number, etag)| CompletedPart::builder().part_number(number).e_tag(etag).build());
        let complete = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(upload.key)
            .upload_id(upload.id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build())
            .set_if_match(over.map(str::to_owned))
            .set_if_none_match(nothing_there(over));
        written(COMPLETE, complete.send().await.map(drop))
    }

    async fn abandon(&self, upload: Upload<'_>) -> Result<(), PortError> {
        let abort =
            self.client.abort_multipart_upload().bucket(&self.bucket).key(upload.key).upload_id(upload.id);
        match abort.send().await {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == Some("NoSuchUpload") => Ok(()),
            Err(error) => Err(port_error(ABORT, &error)),
        }
    }
}

fn metadata(stamp: &Stamp) -> HashMap<String, String> {
    [(MANIFEST, stamp.manifest.clone()), (RECORDS, stamp.records.to_string())]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// The header If-None-Match, where there must be nothing.
fn nothing_there(over: Option<&str>) -> Option<String> {
    over.is_none().then(|| "*".to_owned())
}

/// What S3's answer to a conditional write means. A file that was to be replaced and is not there (404) is as much another
/// state as one with another ETag (412); 409 is what a write gets that meets another one.
fn written<E: ProvideErrorMetadata>(
    operation: &'static str,
    answer: Result<(), SdkError<E, HttpResponse>>,
) -> Result<Write, PortError> {
    let Err(error) = answer else { return Ok(Write::Done) };
    match code(&error) {
        Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey") => Ok(Write::Overtaken),
        Some("NoSuchUpload" | "InvalidPart") => Ok(Write::Gone),
        _ => Err(port_error(operation, &error)),
    }
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

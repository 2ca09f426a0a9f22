//! S3's operations over the objects in memory.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use crate::faults::Faults;
use crate::stores::REGION;

use super::checks::{Stated, check_checksums, check_content_md5, etag, write_condition};
use super::listing::{self, Wanted};
use super::multipart::Uploads;
use super::objects::{Attributes, Object, Objects, now, precondition_failed};

/// The operations; every one asks the fault rules first.
pub(super) struct Operations {
    objects: Arc<Objects>,
    uploads: Uploads,
    faults: Arc<Faults>,
}

impl Operations {
    pub(super) fn new(objects: Arc<Objects>, faults: Arc<Faults>) -> Self {
        Self { uploads: Uploads::new(Arc::clone(&objects)), objects, faults }
    }

    async fn gate(&self, operation: &str) -> S3Result {
        let Some(code) = self.faults.strike("s3", operation).await else { return Ok(()) };
        let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
        Err(S3Error::with_message(code, "Injected by a fault rule of the embedded cloud."))
    }
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.gate("CreateBucket").await?;
        // In us-east-1 creating one's own bucket again succeeds.
        self.objects.create_bucket(&req.input.bucket);
        let location = Some(format!("/{}", req.input.bucket));
        Ok(S3Response::new(CreateBucketOutput { location }))
    }

    async fn delete_bucket(
        &self,
        req: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.gate("DeleteBucket").await?;
        self.objects.delete_bucket(&req.input.bucket)?;
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.gate("HeadBucket").await?;
        self.objects.with_bucket(&req.input.bucket, |_| ())?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(REGION.to_owned()), ..Default::default() }))
    }

    async fn list_buckets(
        &self,
        _req: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        self.gate("ListBuckets").await?;
        let buckets = self.objects.buckets().into_iter().map(|(name, created)| Bucket {
            name: Some(name),
            creation_date: Some(created.into()),
            ..Default::default()
        });
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets.collect()), ..Default::default() }))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.gate("GetBucketLocation").await?;
        self.objects.with_bucket(&req.input.bucket, |_| ())?;
        // us-east-1 is told by an empty constraint.
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.gate("PutObject").await?;
        let mut input = req.input;
        let body = whole(input.body.take()).await?;
        let md5 = Md5::checksum(&body);
        check_content_md5(input.content_md5.as_deref(), &md5)?;
        let checksum = check_checksums(&body, &Stated::from(&input))?;
        let condition = write_condition(input.if_none_match.as_ref(), input.if_match.as_ref())?;
        let object = Object {
            body,
            etag: etag(&md5),
            modified: now(),
            storage_class: input.storage_class.unwrap_or(StorageClass::from_static(StorageClass::STANDARD)),
            attributes: Attributes {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata,
            },
            checksum: checksum.clone(),
        };
        let e_tag = Some(object.etag.clone());
        self.objects.put(&input.bucket, input.key, object, condition.as_ref())?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag,
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..Default::default()
        }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.gate("GetObject").await?;
        let input = req.input;
        let object = self.objects.get(&input.bucket, &input.key)?;
        check_read_conditions(&object, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let length = object.body.len() as u64;
        let (body, content_range) = match input.range {
            None => (object.body.clone(), None),
            Some(range) => {
                let range = range
                    .check(length)
                    .map_err(|_| s3_error!(InvalidRange, "The requested range is not satisfiable"))?;
                let told = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                let (start, end) = (to_index(range.start)?, to_index(range.end)?);
                (object.body.slice(start..end), Some(told))
            }
        };
        // The checksum is that of the whole object; a client would hold it against the part.
        let told =
            (input.checksum_mode.is_some() && content_range.is_none()).then(|| object.checksum.clone());
        let checksum = told.unwrap_or_default();
        let attributes = object.attributes.clone();
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(body.len()).ok(),
            content_range,
            body: Some(StreamingBlob::from(s3s::Body::from(body))),
            e_tag: Some(object.etag.clone()),
            last_modified: Some(object.modified.into()),
            storage_class: told_storage_class(&object),
            content_type: attributes.content_type.or_else(default_content_type),
            content_encoding: attributes.content_encoding,
            content_disposition: attributes.content_disposition,
            content_language: attributes.content_language,
            cache_control: attributes.cache_control,
            metadata: attributes.metadata,
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..Default::default()
        }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.gate("HeadObject").await?;
        let input = req.input;
        let object = self.objects.get(&input.bucket, &input.key)?;
        check_read_conditions(&object, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let checksum =
            if input.checksum_mode.is_some() { object.checksum.clone() } else { Checksum::default() };
        let attributes = object.attributes.clone();
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(object.body.len()).ok(),
            e_tag: Some(object.etag.clone()),
            last_modified: Some(object.modified.into()),
            storage_class: told_storage_class(&object),
            content_type: attributes.content_type.or_else(default_content_type),
            content_encoding: attributes.content_encoding,
            content_disposition: attributes.content_disposition,
            content_language: attributes.content_language,
            cache_control: attributes.cache_control,
            metadata: attributes.metadata,
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.gate("DeleteObject").await?;
        self.objects.delete(&req.input.bucket, &req.input.key)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.gate("DeleteObjects").await?;
        let Delete { objects, quiet } = req.input.delete;
        let mut deleted = Vec::with_capacity(objects.len());
        for object in objects {
            self.objects.delete(&req.input.bucket, &object.key)?;
            deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
        }
        let told = (quiet != Some(true)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted: told, ..Default::default() }))
    }

    async fn copy_object(&self, req: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        self.gate("CopyObject").await?;
        let input = req.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only a bucket and a key can be copied from"));
        };
        let mut object = Object::clone(&*self.objects.get(bucket, key)?);
        object.modified = now();
        if let Some(class) = input.storage_class {
            object.storage_class = class;
        }
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
        {
            object.attributes = Attributes {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata,
            };
        }
        let result = CopyObjectResult {
            e_tag: Some(object.etag.clone()),
            last_modified: Some(object.modified.into()),
            ..Default::default()
        };
        self.objects.put(&input.bucket, input.key, object, None)?;
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() }))
    }

    async fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        self.gate("ListObjects").await?;
        let input = req.input;
        let limit = page_size(input.max_keys)?;
        let page = self.objects.with_bucket(&input.bucket, |keys| {
            let wanted = Wanted {
                prefix: input.prefix.as_deref().unwrap_or_default(),
                delimiter: input.delimiter.as_deref(),
                after: input.marker.as_deref(),
                limit,
            };
            listing::list(keys, &wanted)
        })?;
        Ok(S3Response::new(ListObjectsOutput {
            is_truncated: Some(page.next.is_some()),
            // Without a delimiter S3 leaves NextMarker out, and clients go on from the last key.
            next_marker: page.next.filter(|_| input.delimiter.is_some()),
            contents: Some(page.objects.into_iter().map(entry).collect()),
            common_prefixes: Some(page.prefixes.into_iter().map(common_prefix).collect()),
            name: Some(input.bucket),
            prefix: Some(input.prefix.unwrap_or_default()),
            marker: Some(input.marker.unwrap_or_default()),
            delimiter: input.delimiter,
            max_keys: i32::try_from(limit).ok(),
            ..Default::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.gate("ListObjectsV2").await?;
        let input = req.input;
        let limit = page_size(input.max_keys)?;
        let resumed = input.continuation_token.as_deref().map(read_token).transpose()?;
        let page = self.objects.with_bucket(&input.bucket, |keys| {
            let wanted = Wanted {
                prefix: input.prefix.as_deref().unwrap_or_default(),
                delimiter: input.delimiter.as_deref(),
                after: resumed.as_deref().or(input.start_after.as_deref()),
                limit,
            };
            listing::list(keys, &wanted)
        })?;
        Ok(S3Response::new(ListObjectsV2Output {
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_deref().map(write_token),
            key_count: i32::try_from(page.objects.len() + page.prefixes.len()).ok(),
            contents: Some(page.objects.into_iter().map(entry).collect()),
            common_prefixes: Some(page.prefixes.into_iter().map(common_prefix).collect()),
            name: Some(input.bucket),
            prefix: Some(input.prefix.unwrap_or_default()),
            delimiter: input.delimiter,
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            max_keys: i32::try_from(limit).ok(),
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.gate("CreateMultipartUpload").await?;
        self.uploads.create(req.input).map(S3Response::new)
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.gate("UploadPart").await?;
        let mut input = req.input;
        let body = whole(input.body.take()).await?;
        self.uploads.add_part(&input, body).map(S3Response::new)
    }

    async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        self.gate("UploadPartCopy").await?;
        self.uploads.copy_part(&req.input).map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.gate("CompleteMultipartUpload").await?;
        self.uploads.complete(req.input).map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.gate("AbortMultipartUpload").await?;
        self.uploads.abort(&req.input).map(S3Response::new)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.gate("ListParts").await?;
        self.uploads.list_parts(req.input).map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.gate("ListMultipartUploads").await?;
        self.uploads.list(req.input).map(S3Response::new)
    }
}

/// The body as one piece of its own: a slice of the connection's buffer would keep the whole buffer alive.
async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let body = s3s::Body::from(body).collect().await.map_err(|_| s3_error!(IncompleteBody))?;
    Ok(Bytes::copy_from_slice(&body.to_bytes()))
}

fn check_read_conditions(
    object: &Object,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result {
    let names = |condition: &ETagCondition| {
        condition.is_any() || condition.as_etag().is_some_and(|etag| etag.weak_cmp(&object.etag))
    };
    if if_match.is_some_and(|condition| !names(condition)) {
        return Err(precondition_failed());
    }
    if if_none_match.is_some_and(names) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

/// S3 leaves the header out for the standard class.
fn told_storage_class(object: &Object) -> Option<StorageClass> {
    Some(object.storage_class.clone()).filter(|class| class.as_str() != StorageClass::STANDARD)
}

#[expect(clippy::unnecessary_wraps, reason = "the shape `or_else` wants")]
fn default_content_type() -> Option<String> {
    Some("binary/octet-stream".to_owned())
}

fn entry((key, object): (String, Arc<Object>)) -> s3s::dto::Object {
    s3s::dto::Object {
        key: Some(key),
        size: i64::try_from(object.body.len()).ok(),
        e_tag: Some(object.etag.clone()),
        last_modified: Some(object.modified.into()),
        storage_class: Some(ObjectStorageClass::from(object.storage_class.as_str().to_owned())),
        ..Default::default()
    }
}

fn common_prefix(prefix: String) -> CommonPrefix {
    CommonPrefix { prefix: Some(prefix) }
}

fn page_size(asked: Option<i32>) -> S3Result<usize> {
    let asked = usize::try_from(asked.unwrap_or(1000))
        .map_err(|_| s3_error!(InvalidArgument, "max-keys must not be negative"))?;
    Ok(asked.min(listing::PAGE_MAX))
}

fn write_token(last: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(last)
}

fn read_token(token: &str) -> S3Result<String> {
    use base64::Engine as _;
    let wrong = || s3_error!(InvalidArgument, "The continuation token provided is incorrect");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn to_index(position: u64) -> S3Result<usize> {
    usize::try_from(position).map_err(|_| s3_error!(InvalidRange))
}

//! Multipart uploads: parts are kept beside the buckets until they are completed to an object, or aborted.
//!
//! Invariant: an upload shows in no listing and no read of objects; completing it stores the object as a whole and ends
//! the upload, or does neither. Non-goals: checksums of the whole object (those stated for parts are checked), and the
//! end of abandoned uploads after some days.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Result, s3_error};
use uuid::Uuid;

use super::checks::{Stated, check_checksums, check_content_md5, etag, write_condition};
use super::objects::{Attributes, Object, Objects, now};

/// Part numbers that S3 takes.
const PART_NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;
/// Smallest part but the last.
const PART_BYTES_MIN: usize = 5 * 1024 * 1024;
/// Most entries in a page.
const PAGE_MAX: usize = 1000;

/// One part, as it was last sent.
#[derive(Clone)]
struct Stored {
    body: Bytes,
    md5: [u8; 16],
    modified: SystemTime,
    checksum: Checksum,
}

/// An upload under way.
struct Begun {
    bucket: String,
    key: String,
    initiated: SystemTime,
    storage_class: StorageClass,
    attributes: Attributes,
    parts: BTreeMap<i32, Stored>,
}

/// Uploads by id, and the objects that they become.
pub(super) struct Uploads {
    objects: Arc<Objects>,
    begun: Mutex<BTreeMap<String, Begun>>,
}

impl Uploads {
    pub(super) fn new(objects: Arc<Objects>) -> Self {
        Self { objects, begun: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn create(&self, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
        self.objects.with_bucket(&input.bucket, |_| ())?;
        let id = Uuid::new_v4().simple().to_string();
        let upload = Begun {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            initiated: now(),
            storage_class: input.storage_class.unwrap_or(StorageClass::from_static(StorageClass::STANDARD)),
            attributes: Attributes {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata,
            },
            parts: BTreeMap::new(),
        };
        self.lock().insert(id.clone(), upload);
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            ..Default::default()
        })
    }

    pub(super) fn add_part(&self, input: &UploadPartInput, body: Bytes) -> S3Result<UploadPartOutput> {
        check_content_md5(input.content_md5.as_deref(), &Md5::checksum(&body))?;
        let checksum = check_checksums(&body, &Stated::from(input))?;
        let part = stored(body, checksum.clone());
        let e_tag = Some(etag(&part.md5));
        self.insert(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        Ok(UploadPartOutput {
            e_tag,
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..Default::default()
        })
    }

    pub(super) fn copy_part(&self, input: &UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only a bucket and a key can be copied from"));
        };
        let source = self.objects.get(bucket, key)?;
        let body = match input.copy_source_range.as_deref() {
            None => source.body.clone(),
            Some(range) => source.body.slice(copied_range(range, source.body.len())?),
        };
        let part = stored(body, Checksum::default());
        let result = CopyPartResult {
            e_tag: Some(etag(&part.md5)),
            last_modified: Some(part.modified.into()),
            ..Default::default()
        };
        self.insert(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
    }

    fn insert(&self, bucket: &str, key: &str, id: &str, number: i32, part: Stored) -> S3Result {
        if !PART_NUMBERS.contains(&number) {
            return Err(s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            ));
        }
        let mut begun = self.lock();
        find_mut(&mut begun, bucket, key, id)?.parts.insert(number, part);
        Ok(())
    }

    pub(super) fn complete(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let condition = write_condition(input.if_none_match.as_ref(), input.if_match.as_ref())?;
        let told = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let mut begun = self.lock();
        let upload = find_mut(&mut begun, &input.bucket, &input.key, &input.upload_id)?;
        let object = upload.assemble(&told)?;
        let e_tag = object.etag.clone();
        // Under the lock, so that nobody completes it twice.
        self.objects.put(&input.bucket, input.key.clone(), object, condition.as_ref())?;
        begun.remove(&input.upload_id);
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(e_tag),
            ..Default::default()
        })
    }

    pub(super) fn abort(&self, input: &AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
        let mut begun = self.lock();
        find_mut(&mut begun, &input.bucket, &input.key, &input.upload_id)?;
        begun.remove(&input.upload_id);
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(super) fn list_parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let limit = page_size(input.max_parts);
        let after = input.part_number_marker.unwrap_or_default();
        let mut begun = self.lock();
        let upload = find_mut(&mut begun, &input.bucket, &input.key, &input.upload_id)?;
        let mut rest = upload.parts.range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
        let parts: Vec<Part> = rest
            .by_ref()
            .take(limit)
            .map(|(number, part)| Part {
                part_number: Some(*number),
                e_tag: Some(etag(&part.md5)),
                size: i64::try_from(part.body.len()).ok(),
                last_modified: Some(part.modified.into()),
                checksum_crc32: part.checksum.checksum_crc32.clone(),
                checksum_crc32c: part.checksum.checksum_crc32c.clone(),
                checksum_crc64nvme: part.checksum.checksum_crc64nvme.clone(),
                checksum_sha1: part.checksum.checksum_sha1.clone(),
                checksum_sha256: part.checksum.checksum_sha256.clone(),
            })
            .collect();
        let truncated = rest.next().is_some();
        let last = parts.last().and_then(|part| part.part_number);
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            storage_class: Some(upload.storage_class.clone()),
            max_parts: i32::try_from(limit).ok(),
            part_number_marker: Some(after),
            is_truncated: Some(truncated),
            next_part_number_marker: last,
            parts: Some(parts),
            ..Default::default()
        })
    }

    /// In the order of keys, and of begin for one key. A delimiter is not looked at.
    pub(super) fn list(&self, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
        self.objects.with_bucket(&input.bucket, |_| ())?;
        let limit = page_size(input.max_uploads);
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let begun = self.lock();
        let mut found: Vec<(&str, SystemTime, &str, &Begun)> = begun
            .iter()
            .filter(|(_, upload)| upload.bucket == input.bucket && upload.key.starts_with(prefix))
            .map(|(id, upload)| (upload.key.as_str(), upload.initiated, id.as_str(), upload))
            .collect();
        found.sort_by_key(|(key, initiated, id, _)| (*key, *initiated, *id));
        if let Some(after) = input.key_marker.as_deref().filter(|marker| !marker.is_empty()) {
            let marker = input.upload_id_marker.as_deref().filter(|marker| !marker.is_empty());
            let seen = found.iter().position(|(key, _, id, _)| *key == after && Some(*id) == marker);
            let begin = seen
                .map_or_else(|| found.partition_point(|(key, ..)| *key <= after), |position| position + 1);
            found.drain(..begin);
        }
        let truncated = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| truncated);
        Ok(ListMultipartUploadsOutput {
            next_key_marker: last.map(|(key, ..)| (*key).to_owned()),
            next_upload_id_marker: last.map(|(_, _, id, _)| (*id).to_owned()),
            uploads: Some(
                found
                    .into_iter()
                    .map(|(key, initiated, id, upload)| MultipartUpload {
                        key: Some(key.to_owned()),
                        upload_id: Some(id.to_owned()),
                        initiated: Some(initiated.into()),
                        storage_class: Some(upload.storage_class.clone()),
                        ..Default::default()
                    })
                    .collect(),
            ),
            is_truncated: Some(truncated),
            max_uploads: i32::try_from(limit).ok(),
            bucket: Some(input.bucket),
            prefix: input.prefix,
            key_marker: input.key_marker,
            upload_id_marker: input.upload_id_marker,
            ..Default::default()
        })
    }
}

impl Begun {
    /// The object that exactly these parts make.
    fn assemble(&self, told: &[CompletedPart]) -> S3Result<Object> {
        if told.is_empty() {
            return Err(s3_error!(MalformedXML, "You must specify at least one part"));
        }
        let invalid = || {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found, or its entity tag is another one."
            )
        };
        let mut parts = Vec::with_capacity(told.len());
        let mut number_before = 0;
        for part in told {
            let number = part.part_number.ok_or_else(invalid)?;
            if number <= number_before {
                return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
            }
            number_before = number;
            let found = self.parts.get(&number).ok_or_else(invalid)?;
            if part.e_tag.as_ref().is_none_or(|told| *told != etag(&found.md5)) {
                return Err(invalid());
            }
            parts.push(found);
        }
        let but_last = &parts[..parts.len() - 1];
        if but_last.iter().any(|part| part.body.len() < PART_BYTES_MIN) {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size"
            ));
        }
        let mut body = BytesMut::with_capacity(parts.iter().map(|part| part.body.len()).sum());
        let mut digests = Vec::with_capacity(parts.len() * 16);
        for part in &parts {
            body.extend_from_slice(&part.body);
            digests.extend_from_slice(&part.md5);
        }
        let md5 = crate::stores::hex(&Md5::checksum(&digests));
        Ok(Object {
            body: body.freeze(),
            etag: ETag::Strong(format!("{md5}-{}", parts.len())),
            modified: now(),
            storage_class: self.storage_class.clone(),
            attributes: self.attributes.clone(),
            checksum: Checksum::default(),
        })
    }
}

fn stored(body: Bytes, checksum: Checksum) -> Stored {
    Stored { md5: Md5::checksum(&body), body, modified: now(), checksum }
}

fn find_mut<'a>(
    begun: &'a mut BTreeMap<String, Begun>,
    bucket: &str,
    key: &str,
    id: &str,
) -> S3Result<&'a mut Begun> {
    begun.get_mut(id).filter(|upload| upload.bucket == bucket && upload.key == key).ok_or_else(|| {
        s3_error!(
            NoSuchUpload,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        )
    })
}

/// `bytes=first-last`, both inclusive and both within the object, which is all that S3 takes here.
fn copied_range(range: &str, length: usize) -> S3Result<std::ops::Range<usize>> {
    let wrong = || {
        s3_error!(InvalidArgument, "The x-amz-copy-source-range value must be of the form bytes=first-last")
    };
    let (first, last) =
        range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(wrong)?;
    let (first, last): (usize, usize) =
        (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    if first > last || last >= length {
        return Err(s3_error!(InvalidArgument, "Range specified is not valid for the source object"));
    }
    Ok(first..last + 1)
}

fn page_size(asked: Option<i32>) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).map_or(PAGE_MAX, |asked| asked.clamp(1, PAGE_MAX))
}

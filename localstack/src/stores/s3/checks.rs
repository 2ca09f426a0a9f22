//! What a sender states about a body, held against the body; and what a conditional write demands.

use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{Checksum, ETag, IfMatch, IfNoneMatch, PutObjectInput, UploadPartInput};
use s3s::{S3Result, s3_error};

use super::objects::Condition;

/// The ETag of a body with this MD5.
pub(super) fn etag(md5: &[u8]) -> ETag {
    ETag::Strong(crate::stores::hex(md5))
}

/// Checks the header Content-MD5, if it is there.
pub(super) fn check_content_md5(stated: Option<&str>, md5: &[u8]) -> S3Result {
    use base64::Engine as _;
    match stated {
        Some(stated) if stated != base64::engine::general_purpose::STANDARD.encode(md5) => {
            Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
        }
        _ => Ok(()),
    }
}

/// Checksums that a sender stated.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stated<'a> {
    crc32: Option<&'a str>,
    crc32c: Option<&'a str>,
    crc64nvme: Option<&'a str>,
    sha1: Option<&'a str>,
    sha256: Option<&'a str>,
}

/// The five fields, which each of these types has under the same names.
macro_rules! stated_in {
    ($($type:ty),*) => {$(
        impl<'a> From<&'a $type> for Stated<'a> {
            fn from(input: &'a $type) -> Self {
                Self {
                    crc32: input.checksum_crc32.as_deref(),
                    crc32c: input.checksum_crc32c.as_deref(),
                    crc64nvme: input.checksum_crc64nvme.as_deref(),
                    sha1: input.checksum_sha1.as_deref(),
                    sha256: input.checksum_sha256.as_deref(),
                }
            }
        }
    )*};
}
stated_in!(PutObjectInput, UploadPartInput, Checksum);

/// Computes the checksums the sender stated and compares.
pub(super) fn check_checksums(body: &[u8], stated: &Stated<'_>) -> S3Result<Checksum> {
    let mut hasher = ChecksumHasher {
        crc32: stated.crc32.is_some().then(Crc32::new),
        crc32c: stated.crc32c.is_some().then(Crc32c::new),
        crc64nvme: stated.crc64nvme.is_some().then(Crc64Nvme::new),
        sha1: stated.sha1.is_some().then(Sha1::new),
        sha256: stated.sha256.is_some().then(Sha256::new),
    };
    hasher.update(body);
    let found = hasher.finalize();
    if Stated::from(&found) == *stated {
        Ok(found)
    } else {
        Err(s3_error!(BadDigest, "A checksum you specified did not match what we received."))
    }
}

/// What the headers If-None-Match and If-Match of a write demand.
pub(super) fn write_condition(
    if_none_match: Option<&IfNoneMatch>,
    if_match: Option<&IfMatch>,
) -> S3Result<Option<Condition>> {
    match (if_none_match, if_match) {
        (Some(condition), _) if condition.is_any() => Ok(Some(Condition::Absent)),
        (Some(_), _) => Err(s3_error!(NotImplemented, "If-None-Match takes only * on a write")),
        (None, Some(condition)) => Ok(condition.as_etag().cloned().map(Condition::Has)),
        (None, None) => Ok(None),
    }
}

//! Buckets and objects in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use bytes::Bytes;
use s3s::dto::{Checksum, ETag, StorageClass};
use s3s::{S3Result, s3_error};

use crate::clock;

/// One stored object; replaced as a whole, never changed.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) body: Bytes,
    /// MD5 of the body in hex, as S3 has it for objects uploaded in one piece.
    pub(super) etag: ETag,
    pub(super) modified: SystemTime,
    pub(super) storage_class: StorageClass,
    pub(super) attributes: Attributes,
    /// Additional checksums that the sender stated, verified.
    pub(super) checksum: Checksum,
}

/// What a sender says about an object besides its body.
#[derive(Clone, Default)]
pub(super) struct Attributes {
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Option<HashMap<String, String>>,
}

/// The objects of one bucket by key; S3 lists keys in the order of their UTF-8 bytes, and so does this map.
pub(super) type Keys = BTreeMap<String, Arc<Object>>;

struct Bucket {
    created: SystemTime,
    keys: Keys,
}

/// What a conditional write demands of the object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// `If-None-Match: *`: nothing may be there.
    Absent,
    /// `If-Match`: an object with this ETag must be there.
    Has(ETag),
}

/// All buckets.
#[derive(Default)]
pub(super) struct Objects {
    buckets: RwLock<BTreeMap<String, Bucket>>,
}

impl Objects {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Creates a bucket; `false` if it was there.
    pub(super) fn create_bucket(&self, name: &str) -> bool {
        let mut created = false;
        self.write().entry(name.to_owned()).or_insert_with(|| {
            created = true;
            Bucket { created: now(), keys: Keys::new() }
        });
        created
    }

    /// Removes an empty bucket.
    pub(super) fn delete_bucket(&self, name: &str) -> S3Result {
        let mut buckets = self.write();
        match buckets.get(name) {
            None => Err(no_such_bucket()),
            Some(bucket) if !bucket.keys.is_empty() => {
                Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"))
            }
            Some(_) => {
                buckets.remove(name);
                Ok(())
            }
        }
    }

    /// Names and times of creation.
    pub(super) fn buckets(&self) -> Vec<(String, SystemTime)> {
        self.read().iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    /// Looks at a bucket's objects without copying them.
    pub(super) fn with_bucket<T>(&self, name: &str, look: impl FnOnce(&Keys) -> T) -> S3Result<T> {
        self.read().get(name).map(|bucket| look(&bucket.keys)).ok_or_else(no_such_bucket)
    }

    /// One object.
    pub(super) fn get(&self, bucket: &str, key: &str) -> S3Result<Arc<Object>> {
        self.with_bucket(bucket, |keys| keys.get(key).cloned())?
            .ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    /// Stores an object, if the condition holds at that very moment.
    pub(super) fn put(
        &self,
        bucket: &str,
        key: String,
        object: Object,
        condition: Option<&Condition>,
    ) -> S3Result {
        let object = Arc::new(object);
        let mut buckets = self.write();
        let keys = &mut buckets.get_mut(bucket).ok_or_else(no_such_bucket)?.keys;
        match (condition, keys.get(&key)) {
            (None, _) | (Some(Condition::Absent), None) => {}
            (Some(Condition::Has(wanted)), Some(there)) if there.etag == *wanted => {}
            (Some(Condition::Has(_)), None) => {
                return Err(s3_error!(NoSuchKey, "The specified key does not exist."));
            }
            (Some(_), Some(_)) => return Err(precondition_failed()),
        }
        keys.insert(key, object);
        Ok(())
    }

    /// Removes an object; removing what is not there succeeds, as on S3.
    pub(super) fn delete(&self, bucket: &str, key: &str) -> S3Result {
        self.write().get_mut(bucket).ok_or_else(no_such_bucket)?.keys.remove(key);
        Ok(())
    }
}

/// The time of a write.
pub(super) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + clock::since_epoch()
}

fn no_such_bucket() -> s3s::S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

/// 412.
pub(super) fn precondition_failed() -> s3s::S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

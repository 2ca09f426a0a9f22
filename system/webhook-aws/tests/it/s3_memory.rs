//! One bucket behind S3's real protocol, as much of it as compaction uses: pages of three, conditional writes, uploads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures::TryStreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use webhook_aws::{Aws, Endpoints};

use crate::server::{ACCESS_KEY, SECRET_KEY, aws, listener};

pub(crate) const BUCKET: &str = "000000000000-transaction-logs-dev";
/// Most entries in a page.
const PAGE: usize = 3;
/// Smallest part but the last.
const PART_BYTES_MIN: usize = 5 * 1024 * 1024;

#[derive(Clone, Default)]
pub(crate) struct Object {
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<String>,
    pub(crate) storage_class: Option<String>,
    metadata: Option<HashMap<String, String>>,
    etag: String,
}

/// Parts of an upload by number.
type Parts = BTreeMap<i32, (ETag, Bytes)>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) uploads: HashMap<String, (Object, Parts)>,
    writes: usize,
}

impl State {
    fn etag(&mut self) -> ETag {
        self.writes += 1;
        ETag::Strong(format!("etag-{}", self.writes))
    }

    fn put(
        &mut self,
        key: String,
        mut object: Object,
        absent: Option<&IfNoneMatch>,
        over: Option<&IfMatch>,
    ) -> S3Result<ETag> {
        match (self.objects.get(&key), absent, over) {
            (Some(_), Some(_), _) => return Err(s3_error!(PreconditionFailed)),
            (None, _, Some(_)) => return Err(s3_error!(NoSuchKey)),
            (Some(there), _, Some(over)) if over.as_etag().is_none_or(|over| over.value() != there.etag) => {
                return Err(s3_error!(PreconditionFailed));
            }
            _ => {}
        }
        let etag = self.etag();
        etag.value().clone_into(&mut object.etag);
        self.objects.insert(key, object);
        Ok(etag)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<State>>);

impl Memory {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn body(&self, key: &str) -> Option<Bytes> {
        self.state().objects.get(key).map(|object| object.body.clone())
    }

    fn get(&self, key: &str) -> S3Result<Object> {
        self.state().objects.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey))
    }
}

/// A server with an empty bucket, and adapters that point to it.
pub(crate) async fn start() -> (Aws, Memory) {
    let memory = Memory::default();
    let mut builder = S3ServiceBuilder::new(memory.clone());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
        }
    });
    (aws(Endpoints { s3: Some(url), ..Endpoints::default() }), memory)
}

async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let chunks: Vec<Bytes> = body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?;
    Ok(chunks.concat().into())
}

fn answer<T>(output: T) -> S3Result<S3Response<T>> {
    Ok(S3Response::new(output))
}

#[async_trait::async_trait]
impl S3 for Memory {
    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = req.input;
        if input.bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let object = Object {
            body: whole(input.body).await?,
            content_type: input.content_type,
            storage_class: input.storage_class.map(|class| class.as_str().to_owned()),
            metadata: input.metadata,
            etag: String::new(),
        };
        let put = self.state().put(input.key, object, input.if_none_match.as_ref(), input.if_match.as_ref());
        answer(PutObjectOutput { e_tag: Some(put?), ..Default::default() })
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let object = self.get(&req.input.key)?;
        answer(GetObjectOutput {
            content_length: i64::try_from(object.body.len()).ok(),
            body: Some(StreamingBlob::from(s3s::Body::from(object.body))),
            ..Default::default()
        })
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.get(&req.input.key)?;
        answer(HeadObjectOutput {
            e_tag: Some(ETag::Strong(object.etag)),
            metadata: object.metadata,
            ..Default::default()
        })
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let (prefix, after) = (req.input.prefix.unwrap_or_default(), req.input.start_after);
        let state = self.state();
        let mut found = state
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after));
        let page: Vec<_> = found
            .by_ref()
            .take(PAGE)
            .map(|(key, object)| s3s::dto::Object {
                key: Some(key.clone()),
                e_tag: Some(ETag::Strong(object.etag.clone())),
                size: i64::try_from(object.body.len()).ok(),
                ..Default::default()
            })
            .collect();
        answer(ListObjectsV2Output {
            is_truncated: Some(found.next().is_some()),
            contents: Some(page),
            ..Default::default()
        })
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let object = Object {
            content_type: req.input.content_type,
            storage_class: req.input.storage_class.map(|class| class.as_str().to_owned()),
            metadata: req.input.metadata,
            ..Object::default()
        };
        let mut state = self.state();
        let id = state.etag().value().to_owned();
        state.uploads.insert(id.clone(), (object, Parts::new()));
        answer(CreateMultipartUploadOutput { upload_id: Some(id), ..Default::default() })
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let body = whole(req.input.body).await?;
        let mut state = self.state();
        let etag = state.etag();
        let Some((_, parts)) = state.uploads.get_mut(&req.input.upload_id) else {
            return Err(s3_error!(NoSuchUpload));
        };
        parts.insert(req.input.part_number, (etag.clone(), body));
        answer(UploadPartOutput { e_tag: Some(etag), ..Default::default() })
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = req.input;
        let mut state = self.state();
        let Some((begun, parts)) = state.uploads.get(&input.upload_id) else {
            return Err(s3_error!(NoSuchUpload));
        };
        let mut body = Vec::new();
        let told = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let last = told.len();
        for (index, part) in (1..).zip(told) {
            match part.part_number.and_then(|number| parts.get(&number)) {
                Some((etag, bytes)) if part.e_tag.as_ref() == Some(etag) => {
                    if index < last && bytes.len() < PART_BYTES_MIN {
                        return Err(s3_error!(EntityTooSmall));
                    }
                    body.extend_from_slice(bytes);
                }
                _ => return Err(s3_error!(InvalidPart)),
            }
        }
        let object = Object { body: body.into(), ..begun.clone() };
        let etag = state.put(input.key, object, input.if_none_match.as_ref(), input.if_match.as_ref())?;
        state.uploads.remove(&input.upload_id);
        answer(CompleteMultipartUploadOutput { e_tag: Some(etag), ..Default::default() })
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        match self.state().uploads.remove(&req.input.upload_id) {
            Some(_) => answer(AbortMultipartUploadOutput::default()),
            None => Err(s3_error!(NoSuchUpload)),
        }
    }
}

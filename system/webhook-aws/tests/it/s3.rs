//! Raw bodies and processed records against an S3 server that checks signatures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::TryStreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::dto::{DeleteObjectInput, DeleteObjectOutput, PutObjectInput, PutObjectOutput};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use webhook_aws::{Aws, Endpoints};
use webhook_core::contract;
use webhook_core::ports::{PortError, RawStore};

use crate::server::{ACCESS_KEY, SECRET_KEY, aws, listener};

const BUCKET: &str = "000000000000-webhook-payloads-dev";

#[derive(Debug, Clone, PartialEq)]
struct Object {
    body: Bytes,
    content_type: Option<String>,
    storage_class: Option<String>,
}

/// One bucket in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<BTreeMap<String, Object>>>);

#[async_trait::async_trait]
impl S3 for Memory {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { bucket, key, body, content_type, storage_class, .. } = request.input;
        if bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let chunks: Vec<Bytes> = match body {
            Some(body) => body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?,
            None => Vec::new(),
        };
        let object = Object {
            body: chunks.concat().into(),
            content_type: content_type.map(|text| text.to_string()),
            storage_class: storage_class.map(|class| class.as_str().to_owned()),
        };
        self.0.lock().unwrap().insert(key, object);
        Ok(S3Response::new(PutObjectOutput::default()))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.0.lock().unwrap().remove(&request.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }
}

/// Adapters of a server with one bucket, and what lies in it.
async fn bucket(secret_key: &str) -> (Aws, Memory) {
    let memory = Memory::default();
    let mut builder = S3ServiceBuilder::new(memory.clone());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, secret_key));
    let service = builder.build();
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
        }
    });
    (aws(Endpoints { s3: Some(url), ..Endpoints::default() }), memory)
}

#[tokio::test]
async fn both_buckets_keep_their_contract() {
    let (aws, memory) = bucket(SECRET_KEY).await;
    let read = |key: String| {
        let object = memory.0.lock().unwrap().get(&key).map(|object| object.body.clone());
        std::future::ready(object)
    };
    contract::raw_store(&aws.raw_store(BUCKET), "raw", read).await;
    contract::processed_log(&aws.processed_log(BUCKET), "processed", read).await;
}

#[tokio::test]
async fn quarantine_keeps_its_contract() {
    let (aws, memory) = bucket(SECRET_KEY).await;
    let read = |key: String| {
        let object = memory.0.lock().unwrap().get(&key).map(|object| object.body.clone());
        std::future::ready(object)
    };
    contract::quarantine(&aws.quarantine(BUCKET), "run", read).await;
    let left: Vec<_> = memory.0.lock().unwrap().values().cloned().collect();
    let [form] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!(form.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn raw_bodies_are_kept_byte_for_byte() {
    let (aws, memory) = bucket(SECRET_KEY).await;
    let store = aws.raw_store(BUCKET);
    let large = "x".repeat(256 * 1024);
    let bodies = ["{\"id\":\"evt_1\"}", "", "{\"a\": 1.0}\r\n\u{feff}é", large.as_str()];
    for (number, body) in bodies.into_iter().enumerate() {
        let key = format!("stripe/2026/11/21/pi_{number}.evt_{number}.json");
        assert_eq!(store.put_raw(&key, Bytes::copy_from_slice(body.as_bytes())).await, Ok(()));
        let stored = memory.0.lock().unwrap().get(&key).cloned().unwrap();
        assert_eq!(stored.body, body.as_bytes());
        assert_eq!(stored.content_type.as_deref(), Some("application/json"));
        assert_eq!(stored.storage_class.as_deref(), Some("INTELLIGENT_TIERING"));
    }
}

#[tokio::test]
async fn keys_with_every_character_an_id_may_have() {
    let (aws, memory) = bucket(SECRET_KEY).await;
    let key = "paypal/2026/11/21/WH-1.a_b~c+d=e f.json";
    assert_eq!(aws.raw_store(BUCKET).put_raw(key, Bytes::from_static(b"{}")).await, Ok(()));
    assert!(memory.0.lock().unwrap().contains_key(key));
}

#[tokio::test]
async fn refusals_carry_the_code_alone() {
    let refused =
        |reason: &str| Err(PortError::Refused { operation: "s3:PutObject", reason: reason.to_owned() });
    let (aws, _) = bucket(SECRET_KEY).await;
    assert_eq!(aws.raw_store("no-such-bucket").put_raw("k", Bytes::new()).await, refused("NoSuchBucket"));
    let (aws, memory) = bucket("another-secret-key").await;
    assert_eq!(aws.raw_store(BUCKET).put_raw("k", Bytes::new()).await, refused("SignatureDoesNotMatch"));
    assert!(memory.0.lock().unwrap().is_empty());
}

//! Large files in the embedded S3, part by part, through the real SDK.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::cloud::Cloud;

const PART: usize = 5 * 1024 * 1024;
const KEY: &str = "large/file.bin";

struct Upload<'a> {
    s3: &'a Client,
    bucket: &'a str,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(s3: &'a Client, bucket: &'a str) -> Self {
        let create = s3.create_multipart_upload().bucket(bucket).key(KEY);
        let create = create.content_type("text/plain").metadata("answer", "42").metadata("umlaut", "a-o-u");
        let created = create.send().await.unwrap();
        Self { s3, bucket, id: created.upload_id().unwrap().to_owned() }
    }

    async fn part(&self, number: i32, body: Vec<u8>) -> CompletedPart {
        let part = self.s3.upload_part().bucket(self.bucket).key(KEY).upload_id(&self.id);
        let part = part.part_number(number).body(ByteStream::from(body)).send().await.unwrap();
        CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build()
    }

    /// The error's code, if it fails.
    async fn complete(&self, parts: Vec<CompletedPart>, over: Option<&str>) -> Result<String, String> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.s3.complete_multipart_upload().bucket(self.bucket).key(KEY).upload_id(&self.id);
        let completed = complete.multipart_upload(parts).set_if_match(over.map(str::to_owned)).send().await;
        let code = |error: aws_sdk_s3::Error| error.meta().code().unwrap_or_default().to_owned();
        completed.map(|done| done.e_tag.unwrap()).map_err(|error| code(error.into()))
    }

    async fn parts(&self) -> Vec<(i32, i64)> {
        let list = self.s3.list_parts().bucket(self.bucket).key(KEY).upload_id(&self.id).max_parts(2);
        let mut pages = list.into_paginator().send();
        let mut told = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.parts().len() <= 2);
            told.extend(page.parts().iter().map(|part| (part.part_number().unwrap(), part.size().unwrap())));
        }
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_become_an_object_at_once() {
    let cloud = Cloud::start(|_| {}).await;
    let (s3, bucket) = (&cloud.clients.s3, cloud.ready().raw_bucket.as_str());
    let upload = Upload::begin(s3, bucket).await;
    let third = upload.part(3, b"end".to_vec()).await;
    let replaced = upload.part(1, vec![b'x'; PART]).await;
    let (first, second) = (upload.part(1, vec![b'a'; PART]).await, upload.part(2, vec![b'b'; PART]).await);
    let size = i64::try_from(PART).unwrap();
    assert_eq!(upload.parts().await, [(1, size), (2, size), (3, 3)]);
    let uploads = s3.list_multipart_uploads().bucket(bucket).prefix("large/").send().await.unwrap();
    let [told] = uploads.uploads() else { panic!("{} uploads", uploads.uploads().len()) };
    assert_eq!((told.key(), told.upload_id()), (Some(KEY), Some(upload.id.as_str())));
    assert!(s3.head_object().bucket(bucket).key(KEY).send().await.is_err(), "nothing to see before the end");

    let refused = async |parts: &[&CompletedPart], code: &str| {
        let parts = parts.iter().map(|part| (*part).clone()).collect();
        assert_eq!(upload.complete(parts, None).await, Err(code.to_owned()));
    };
    refused(&[&replaced, &second, &third], "InvalidPart").await;
    refused(&[&second, &first, &third], "InvalidPartOrder").await;
    refused(&[&third, &third], "InvalidPartOrder").await;
    refused(&[], "MalformedXML").await;
    let elsewhere = upload.complete(vec![first.clone()], Some("\"other\"")).await;
    assert_eq!(elsewhere, Err("NoSuchKey".to_owned()), "If-Match wants an object");
    let etag = upload.complete(vec![first.clone(), second, third], None).await.unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    assert_eq!(upload.complete(vec![first], None).await, Err("NoSuchUpload".to_owned()));
    assert!(s3.list_multipart_uploads().bucket(bucket).send().await.unwrap().uploads().is_empty());

    let got = s3.get_object().bucket(bucket).key(KEY).send().await.unwrap();
    assert_eq!((got.e_tag(), got.content_type()), (Some(etag.as_str()), Some("text/plain")));
    assert_eq!(got.metadata().unwrap()["answer"], "42");
    let body = got.body.collect().await.unwrap().into_bytes();
    assert!(body == [vec![b'a'; PART], vec![b'b'; PART], b"end".to_vec()].concat());
    let part = s3.get_object().bucket(bucket).key(KEY).if_match(&etag).range("bytes=10485758-").send().await;
    assert_eq!(part.unwrap().body.collect().await.unwrap().into_bytes().as_ref(), b"bbend");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_end_and_parts_are_checked() {
    let cloud = Cloud::start(|_| {}).await;
    let (s3, bucket) = (&cloud.clients.s3, cloud.ready().raw_bucket.as_str());
    let upload = Upload::begin(s3, bucket).await;
    let small = upload.part(1, b"small".to_vec()).await;
    let last = upload.part(2, b"last".to_vec()).await;
    assert_eq!(upload.complete(vec![small, last], None).await, Err("EntityTooSmall".to_owned()));
    let wrong = s3.upload_part().bucket(bucket).key(KEY).upload_id(&upload.id).part_number(1);
    let wrong = wrong.content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").body(ByteStream::from_static(b"x"));
    let code = |error: aws_sdk_s3::Error| error.meta().code().unwrap_or_default().to_owned();
    assert_eq!(code(wrong.send().await.unwrap_err().into()), "BadDigest");
    let beyond = s3.upload_part().bucket(bucket).key(KEY).upload_id(&upload.id).part_number(10_001);
    assert_eq!(code(beyond.send().await.unwrap_err().into()), "InvalidArgument");
    let foreign = s3.list_parts().bucket(bucket).key("another/key").upload_id(&upload.id).send().await;
    assert_eq!(code(foreign.unwrap_err().into()), "NoSuchUpload");
    let abort = || s3.abort_multipart_upload().bucket(bucket).key(KEY).upload_id(&upload.id).send();
    abort().await.unwrap();
    assert_eq!(code(abort().await.unwrap_err().into()), "NoSuchUpload");
    let nowhere = s3.create_multipart_upload().bucket("no-such-bucket").key(KEY).send().await;
    assert_eq!(code(nowhere.unwrap_err().into()), "NoSuchBucket");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_copied_from_objects() {
    let cloud = Cloud::start(|_| {}).await;
    let (s3, bucket) = (&cloud.clients.s3, cloud.ready().raw_bucket.as_str());
    s3.put_object()
        .bucket(bucket)
        .key("source")
        .body(ByteStream::from_static(b"0123456789"))
        .send()
        .await
        .unwrap();
    let upload = Upload::begin(s3, bucket).await;
    let copy = |range: &str| {
        let copy = s3.upload_part_copy().bucket(bucket).key(KEY).upload_id(&upload.id).part_number(1);
        copy.copy_source(format!("{bucket}/source")).copy_source_range(range).send()
    };
    for range in ["bytes=5-10", "bytes=6-5", "5-6", "bytes=x-y"] {
        assert!(copy(range).await.is_err(), "{range}");
    }
    let copied = copy("bytes=2-4").await.unwrap().copy_part_result.unwrap();
    let part = CompletedPart::builder().part_number(1).set_e_tag(copied.e_tag).build();
    upload.complete(vec![part], None).await.unwrap();
    let got = s3.get_object().bucket(bucket).key(KEY).send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"234");
    cloud.stop().await;
}

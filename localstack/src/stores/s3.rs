//! The S3 endpoint: `s3s` for the protocol, a map in memory behind it.
//!
//! The front takes requests apart before `s3s` sees them: it drops the signature (any credentials are taken, as by
//! the other endpoints) and undoes `aws-chunked` framing, so that SDKs, the AWS CLI and presigned URLs all work.
//! Checksums and Content-MD5 that a sender states are checked. Non-goals: versioning, bucket policies, signature
//! checks.

mod checks;
mod chunked;
mod listing;
mod multipart;
mod objects;
mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use s3s::S3Result;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::faults::Faults;
use crate::server::Reply;
use crate::stores::wire::{Endpoint, request_id};

use objects::Objects;
use operations::Operations;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// Query parameters of a presigned URL, versions 4 and 2 of the signature.
const SIGNING_PARAMETERS: [&str; 10] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "Expires",
];

/// The S3 endpoint with its buckets.
pub(crate) struct Buckets {
    objects: Arc<Objects>,
    service: S3Service,
}

impl Buckets {
    /// No buckets yet.
    pub(crate) fn new(faults: Arc<Faults>) -> Self {
        let objects = Arc::new(Objects::default());
        let service = S3ServiceBuilder::new(Operations::new(Arc::clone(&objects), faults)).build();
        Self { objects, service }
    }

    /// Creates a bucket unless it is there.
    pub(crate) fn seed(&self, bucket: &str) {
        self.objects.create_bucket(bucket);
    }

    async fn carry_out(&self, request: Request<Bytes>) -> S3Result<Reply> {
        let request = disarm(request)?.map(s3s::Body::from);
        let response = self.service.call(request).await.map_err(|_| s3s::s3_error!(InternalError))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| s3s::s3_error!(InternalError))?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

impl Endpoint for Buckets {
    // Far above what a webhook may weigh (256 KiB); what is larger comes in parts.
    const BODY_MAX: usize = 64 * 1024 * 1024;

    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let mut reply = match self.carry_out(request).await {
            Ok(reply) => reply,
            Err(error) => refuse(error).await,
        };
        reply.headers_mut().insert(S3_REQUEST_ID, request_id());
        reply
    }
}

async fn refuse(error: s3s::S3Error) -> Reply {
    if let Ok(response) = error.to_http_response() {
        let (head, body) = response.into_parts();
        if let Ok(body) = body.collect().await {
            return Response::from_parts(head, Full::new(body.to_bytes()));
        }
    }
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    reply
}

/// The same request without signature and transfer framing.
fn disarm(request: Request<Bytes>) -> S3Result<Request<Bytes>> {
    let (mut head, mut body) = request.into_parts();
    head.headers.remove(AUTHORIZATION);
    let payload = head.headers.remove(CONTENT_SHA256);
    if payload.is_some_and(|payload| payload.as_bytes().starts_with(b"STREAMING-")) {
        let decoded = chunked::decode(&body).map_err(|_| s3s::s3_error!(IncompleteBody))?;
        body = decoded.body;
        unframe(&mut head.headers, body.len());
        head.headers.extend(decoded.trailers);
    }
    if let Some(uri) = without_signing_parameters(&head.uri) {
        head.uri = uri;
    }
    Ok(Request::from_parts(head, body))
}

/// Takes `aws-chunked` out of the headers; a further content encoding stays, as it belongs to the object.
fn unframe(headers: &mut HeaderMap, length: usize) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.remove("x-amz-decoded-content-length");
    headers.remove("x-amz-trailer");
    let rest = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).map(|codings| {
        let rest: Vec<&str> = codings
            .split(',')
            .map(str::trim)
            .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
            .collect();
        rest.join(",")
    });
    match rest.as_deref() {
        None => {}
        Some("") => {
            headers.remove(CONTENT_ENCODING);
        }
        Some(rest) => {
            if let Ok(rest) = HeaderValue::from_str(rest) {
                headers.insert(CONTENT_ENCODING, rest);
            }
        }
    }
}

fn without_signing_parameters(uri: &Uri) -> Option<Uri> {
    let query = uri.query()?;
    let name_of = |parameter: &str| parameter.split('=').next().unwrap_or_default().to_owned();
    let is_signing = |parameter: &&str| SIGNING_PARAMETERS.contains(&name_of(parameter).as_str());
    if !query.split('&').any(|parameter| is_signing(&parameter)) {
        return None;
    }
    let rest: Vec<&str> = query.split('&').filter(|parameter| !is_signing(parameter)).collect();
    let path_and_query =
        if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), rest.join("&")) };
    path_and_query.parse().ok()
}

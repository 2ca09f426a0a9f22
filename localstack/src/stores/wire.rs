//! The framing that AWS's JSON protocols share: `X-Amz-Target` names the operation, the body is JSON both ways,
//! errors carry `__type` and a message, every answer has a request id.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::Service;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::server::Reply;

/// The header every AWS answer of a JSON protocol carries its request id in.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A service whose requests and answers are each held in memory as a whole.
pub(crate) trait Endpoint: Send + Sync + 'static {
    /// Largest request body in bytes; a larger one is answered with 413.
    const BODY_MAX: usize;

    /// Answers one request. AWS-shaped errors are answers too.
    fn answer(&self, request: Request<Bytes>) -> impl Future<Output = Reply> + Send;
}

/// An [`Endpoint`] as hyper wants to see it.
pub(crate) struct OnHyper<E>(pub(crate) Arc<E>);

impl<E> Clone for OnHyper<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: Endpoint> Service<Request<Incoming>> for OnHyper<E> {
    type Response = Reply;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let endpoint = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            Ok(match Limited::new(body, E::BODY_MAX).collect().await {
                Ok(body) => endpoint.answer(Request::from_parts(head, body.to_bytes())).await,
                Err(error) if error.is::<LengthLimitError>() => empty(StatusCode::PAYLOAD_TOO_LARGE),
                // The sender went away in the middle; nobody reads this.
                Err(_) => empty(StatusCode::BAD_REQUEST),
            })
        })
    }
}

fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

/// An error as AWS's JSON protocols put it: a code that clients match on, a sentence for people, a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The code, without the namespace.
    pub(crate) code: Cow<'static, str>,
    /// One sentence; never a value that was sent.
    pub(crate) message: String,
}

impl ApiError {
    /// The sender's fault: 400.
    pub(crate) fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: Cow::Borrowed(code), message: message.into() }
    }

    /// The operation is none of this endpoint's.
    pub(crate) fn unknown_operation() -> Self {
        Self::client("UnknownOperationException", "This endpoint does not know the operation.")
    }

    /// The error a fault rule asks for, with the status that AWS sends this code with.
    pub(crate) fn injected(code: String) -> Self {
        Self {
            status: status_of_code(&code),
            code: Cow::Owned(code),
            message: "Injected by a fault rule of the embedded cloud.".to_owned(),
        }
    }
}

/// The status of well-known codes of the JSON services; most of their errors are 400, also throttling and access.
fn status_of_code(code: &str) -> StatusCode {
    if code.starts_with("Internal") {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if code.starts_with("ServiceUnavailable") {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// How one service words the shared framing.
pub(crate) struct Dialect {
    /// What `X-Amz-Target` starts with, dot included.
    pub(crate) target_prefix: &'static str,
    /// `application/x-amz-json-1.0` or `-1.1`.
    pub(crate) content_type: &'static str,
    /// What `__type` starts with, `#` included; may be empty.
    pub(crate) error_namespace: &'static str,
    /// The key of an error's sentence: `message` or `Message`.
    pub(crate) message_key: &'static str,
}

impl Dialect {
    /// The operation a request asks for.
    pub(crate) fn operation<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str, ApiError> {
        headers
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .and_then(|target| target.strip_prefix(self.target_prefix))
            .ok_or_else(ApiError::unknown_operation)
    }

    /// Reads a request's members; an empty body counts as `{}`.
    pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
        let body = if body.is_empty() { b"{}".as_slice() } else { body };
        serde_json::from_slice(body).map_err(|error| {
            // serde's own sentence may quote a value, and a value may be a secret: only the place is told.
            ApiError::client(
                "SerializationException",
                format!(
                    "The request is not what the operation takes (line {}, column {}).",
                    error.line(),
                    error.column()
                ),
            )
        })
    }

    /// 200 with a JSON body.
    pub(crate) fn success<T: Serialize>(&self, members: &T) -> Reply {
        match serde_json::to_vec(members) {
            Ok(json) => self.reply(StatusCode::OK, json),
            Err(_) => self.failure(&ApiError {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                code: Cow::Borrowed("InternalFailure"),
                message: "The answer could not be written as JSON.".to_owned(),
            }),
        }
    }

    /// An error's answer.
    pub(crate) fn failure(&self, error: &ApiError) -> Reply {
        let body = serde_json::json!({
            "__type": format!("{}{}", self.error_namespace, error.code),
            self.message_key: error.message,
        });
        self.reply(error.status, body.to_string().into_bytes())
    }

    /// Any JSON body.
    pub(crate) fn reply(&self, status: StatusCode, json: impl Into<Bytes>) -> Reply {
        let mut reply = Response::new(Full::new(json.into()));
        *reply.status_mut() = status;
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(REQUEST_ID, request_id());
        reply
    }
}

/// A request id of UUID shape, unique in this process. Counted rather than drawn: a random one costs a system call.
pub(crate) fn request_id() -> HeaderValue {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let text = format!("{:08x}-0000-4000-8000-{:012x}", std::process::id(), count & 0xffff_ffff_ffff);
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("request"))
}

//! The Runtime API that a function's process talks to (`/2018-06-01/runtime/…`), one listener an environment.
//!
//! Requests are told apart by hand rather than by a router: two of them pass here for every invocation.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::clock;

use super::environment::Environment;
use super::function::failure;
use super::platform_log;
use super::pool::{Delivery, Next};
use super::service::{FunctionError, RequestId, SYNC_PAYLOAD_MAX_BYTES};
use super::spec::SystemLog;

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");

type Reply = Response<Full<Bytes>>;

/// Serves one connection until the process closes it.
pub(super) async fn serve(stream: TcpStream, environment: Arc<Environment>) {
    // Answers are small and awaited: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let environment = Arc::clone(&environment);
        async move { Ok::<_, Infallible>(handle(&environment, request).await) }
    });
    // An error here is the process closing its connection, which its supervisor sees for itself.
    let _ =
        http1::Builder::new().auto_date_header(false).serve_connection(TokioIo::new(stream), service).await;
}

async fn handle(environment: &Environment, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
    if path == "invocation/next" && request.method() == Method::GET {
        return next(environment).await;
    }
    if request.method() != Method::POST {
        return error(StatusCode::NOT_FOUND, "NotFound", "no such resource");
    }
    if path == "init/error" {
        if let Ok(body) = read(request).await {
            environment.set_init_error(body);
        }
        return accepted();
    }
    match path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/')) {
        Some((id, "response")) => match Uuid::try_parse(id) {
            Ok(id) => response(environment, RequestId(id), request).await,
            Err(_) => unknown_id(),
        },
        Some((id, "error")) => match Uuid::try_parse(id) {
            Ok(id) => invocation_error(environment, RequestId(id), request).await,
            Err(_) => unknown_id(),
        },
        _ => error(StatusCode::NOT_FOUND, "NotFound", "no such resource"),
    }
}

async fn next(environment: &Environment) -> Reply {
    environment.asks();
    let delivery = match environment.function.next(environment.id) {
        Next::Work(delivery) => Some(delivery),
        Next::Park(receiver) => Parked { environment, receiver: Some(receiver) }.delivery().await,
        Next::Refused => None,
    };
    match delivery {
        Some(delivery) => event(environment, delivery),
        None => error(StatusCode::FORBIDDEN, "InvalidStateTransition", "the environment takes no event now"),
    }
}

fn event(environment: &Environment, delivery: Delivery) -> Reply {
    let function = &environment.function;
    if function.shared.config.system_log >= SystemLog::Info {
        function.log.append(|out| platform_log::start(out, delivery.id));
    }
    let now_ms = clock::unix_millis();
    let timeout_ms = u64::try_from(function.spec.timeout.as_millis()).unwrap_or(u64::MAX);
    let mut reply = Response::new(Full::new(delivery.payload));
    let headers = reply.headers_mut();
    headers.reserve(6);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut id = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(delivery.id.0.as_hyphenated().encode_lower(&mut id)) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(DEADLINE_MS, HeaderValue::from(now_ms.saturating_add(timeout_ms)));
    headers.insert(FUNCTION_ARN, function.arn.clone());
    if let Ok(value) = HeaderValue::from_str(&delivery.trace.to_string()) {
        headers.insert(TRACE_ID, value);
    }
    reply
}

async fn response(environment: &Environment, id: RequestId, request: Request<Incoming>) -> Reply {
    match read(request).await {
        Ok(body) => match environment.function.respond(environment.id, id, Ok(body)) {
            true => accepted(),
            false => unknown_id(),
        },
        Err(ReadError::TooLarge) => {
            let message = "Response payload size exceeded maximum allowed payload size (6291456 bytes).";
            let answer = Err(failure("Function.ResponseSizeTooLarge", message));
            environment.function.respond(environment.id, id, answer);
            error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
        }
        // The process broke off; if it ends, the invocation fails with it, otherwise it times out.
        Err(ReadError::Broken) => error(StatusCode::BAD_REQUEST, "BadRequest", "the body broke off"),
    }
}

async fn invocation_error(environment: &Environment, id: RequestId, request: Request<Incoming>) -> Reply {
    let payload = match read(request).await {
        Ok(body) => body,
        Err(_) => failure("Runtime.Unknown", "the function's error could not be read").payload,
    };
    let answer = Err(FunctionError { payload, timed_out: false });
    if environment.function.respond(environment.id, id, answer) { accepted() } else { unknown_id() }
}

enum ReadError {
    TooLarge,
    Broken,
}

async fn read(request: Request<Incoming>) -> Result<Bytes, ReadError> {
    match Limited::new(request.into_body(), SYNC_PAYLOAD_MAX_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge),
        Err(_) => Err(ReadError::Broken),
    }
}

/// A `next` that waits. Dropped early, when the connection breaks, it gives back what may have been sent.
struct Parked<'a> {
    environment: &'a Environment,
    receiver: Option<oneshot::Receiver<Delivery>>,
}

impl Parked<'_> {
    async fn delivery(mut self) -> Option<Delivery> {
        let delivery = self.receiver.as_mut()?.await;
        self.receiver = None;
        delivery.ok()
    }
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        if let Some(mut receiver) = self.receiver.take() {
            receiver.close();
            let undelivered = receiver.try_recv().is_ok();
            self.environment.function.unpark(self.environment.id, undelivered);
        }
    }
}

fn accepted() -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}\n")));
    *reply.status_mut() = StatusCode::ACCEPTED;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

fn unknown_id() -> Reply {
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

fn error(status: StatusCode, kind: &str, message: &str) -> Reply {
    let body = serde_json::json!({ "errorType": kind, "errorMessage": message }).to_string();
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

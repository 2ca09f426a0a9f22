//! The part of Lambda's Runtime API that a function uses: hand out events, take answers, and go away.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc as events};

/// What a function made of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) request_id: String,
    /// `response` or `error`.
    pub(crate) kind: String,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

struct Queues {
    waiting: Mutex<events::UnboundedReceiver<(String, String)>>,
    answered: std::sync::Mutex<mpsc::Sender<Answered>>,
}

/// The stand-in, on threads of its own.
pub(crate) struct RuntimeApi {
    /// Host and port, as `AWS_LAMBDA_RUNTIME_API` has it.
    pub(crate) address: String,
    waiting: events::UnboundedSender<(String, String)>,
    answered: Receiver<Answered>,
    runtime: Option<Runtime>,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (waiting, receiver) = events::unbounded_channel();
        let (sender, answered) = mpsc::channel();
        let queues = Queues { waiting: Mutex::new(receiver), answered: std::sync::Mutex::new(sender) };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take))
            .with_state(Arc::new(queues));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, waiting, answered, runtime: Some(runtime) }
    }

    /// Queues an event for the next function that asks.
    pub(crate) fn queue(&self, request_id: &str, event: &str) {
        self.waiting.send((request_id.to_owned(), event.to_owned())).unwrap();
    }

    /// The next answer; a function that gives none in half a minute is broken.
    pub(crate) fn answer(&self) -> Answered {
        self.answered.recv_timeout(Duration::from_secs(30)).expect("an answer within 30 s")
    }

    /// Goes away: the listener and every connection are closed.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn next(State(queues): State<Arc<Queues>>) -> (HeaderMap, String) {
    let waiting = queues.waiting.lock().await.recv().await;
    let (request_id, event) = waiting.unwrap();
    let header = |name: &'static str, value: &str| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    let headers = [
        header("lambda-runtime-aws-request-id", &request_id),
        header("lambda-runtime-deadline-ms", "4102444800000"),
        header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:f"),
    ];
    (headers.into_iter().collect(), event)
}

async fn take(
    State(queues): State<Arc<Queues>>,
    Path((request_id, kind)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let answered = Answered { request_id, kind, body, at: Instant::now() };
    let sender = queues.answered.lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody waits any more when a test has failed already.
    let _ = sender.send(answered);
    StatusCode::ACCEPTED
}

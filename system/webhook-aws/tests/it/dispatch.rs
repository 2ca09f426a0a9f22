//! The asynchronous invocation of the processor.

use std::sync::atomic::{AtomicU32, Ordering};

use webhook_aws::Endpoints;
use webhook_core::contract;
use webhook_core::envelope::{Content, Envelope};
use webhook_core::ports::{Dispatch, PortError};
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::server::{Scripted, aws};

fn envelope() -> Envelope {
    Envelope {
        provider: Provider::Square,
        event_id: "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc".to_owned(),
        received_at: UnixTime::from_millis(1_763_750_000_123),
        raw_key: "square/2026/11/21/p.e.json".to_owned(),
        body: "{\"type\":\"payment.updated\",\"note\":\"é\\u0000\\\"\"}".to_owned(),
        content: Content::Json,
    }
}

async fn dispatch(server: &Scripted) -> Result<(), PortError> {
    let endpoints = Endpoints { lambda: Some(server.url.clone()), ..Endpoints::default() };
    aws(endpoints).dispatch("webhook-processor").dispatch(&envelope()).await
}

#[tokio::test]
async fn an_event_is_queued_with_its_envelope_as_the_payload() {
    let server = Scripted::start(|_, _| (202, String::new())).await;
    assert_eq!(dispatch(&server).await, Ok(()));
    let seen = server.seen();
    let [request] = seen.as_slice() else { panic!("{} requests", seen.len()) };
    assert_eq!(request.path_and_query, "/2015-03-31/functions/webhook-processor/invocations");
    assert_eq!(request.headers["x-amz-invocation-type"], "Event");
    let received: Envelope = serde_json::from_value(request.body.clone()).unwrap();
    assert!(received == envelope());
}

#[tokio::test]
async fn the_queue_keeps_the_contract() {
    let server = Scripted::start(|_, _| (202, String::new())).await;
    let endpoints = Endpoints { lambda: Some(server.url.clone()), ..Endpoints::default() };
    let queue = aws(endpoints).dispatch("webhook-processor");
    let next = || {
        let request = server.seen().pop().unwrap();
        std::future::ready(serde_json::from_value::<Envelope>(request.body).unwrap())
    };
    contract::dispatch(&queue, "q", next).await;
}

#[tokio::test]
async fn a_trace_is_carried_on_by_a_header_of_each_call() {
    let server = Scripted::start(|_, _| (202, String::new())).await;
    let endpoints = Endpoints { lambda: Some(server.url.clone()), ..Endpoints::default() };
    let calls = AtomicU32::new(0);
    let header = move || match calls.fetch_add(1, Ordering::Relaxed) {
        2 => None,
        call => Some(format!("Root=1-6920b070-111142228333444455556666;Parent={call:016x};Sampled=1")),
    };
    let queue = aws(endpoints).dispatch("webhook-processor").with_trace_header(header);
    for _ in 0..3 {
        assert_eq!(queue.dispatch(&envelope()).await, Ok(()));
    }
    let seen = server.seen();
    let headers: Vec<_> = seen.iter().map(|request| request.headers.get("x-amzn-trace-id")).collect();
    let told = |call: u32| format!("Root=1-6920b070-111142228333444455556666;Parent={call:016x};Sampled=1");
    assert_eq!(headers[0].unwrap(), told(0).as_str());
    assert_eq!(headers[1].unwrap(), told(1).as_str());
    assert_eq!(headers[2], None, "nothing to tell, nothing said");
}

#[tokio::test]
async fn only_202_means_queued() {
    let server = Scripted::start(|_, _| (200, "{}".to_owned())).await;
    let expected =
        PortError::Unavailable { operation: "lambda:Invoke", reason: "HTTP status 200".to_owned() };
    assert_eq!(dispatch(&server).await, Err(expected));
}

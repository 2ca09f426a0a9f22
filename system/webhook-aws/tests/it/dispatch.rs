//! The asynchronous invocation of the processor.

use webhook_aws::Endpoints;
use webhook_core::contract;
use webhook_core::envelope::Envelope;
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
async fn only_202_means_queued() {
    let server = Scripted::start(|_, _| (200, "{}".to_owned())).await;
    let expected =
        PortError::Unavailable { operation: "lambda:Invoke", reason: "HTTP status 200".to_owned() };
    assert_eq!(dispatch(&server).await, Err(expected));
}

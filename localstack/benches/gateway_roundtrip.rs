//! What a round trip from a client through gateway, Runtime API and a real child process costs, with a function that
//! does nothing: the embedded cloud's own share of a webhook.
//!
//! The function is this very program, started again as `bootstrap`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to tell")]

#[path = "../examples/echo_bootstrap.rs"]
mod function;

use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group};
use http::Method;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use localstack::gateway::{BodyValidation, Gateway, GatewayConfig, Route, Throttle, serve};
use localstack::lambda::{Bootstrap, Config, FunctionSpec, Lambda};
use serde_json::json;

/// About what Stripe sends.
fn webhook_body() -> Bytes {
    let line =
        json!({ "object": "balance_transaction", "amount": 1099, "currency": "usd", "description": null });
    Bytes::from(
        json!({
            "id": "evt_1PqRsTuVwXyZ0123456789ab",
            "object": "event",
            "created": 1_763_750_000,
            "type": "payment_intent.succeeded",
            "livemode": false,
            "data": { "object": { "id": "pi_3", "lines": vec![line; 30] } }
        })
        .to_string(),
    )
}

struct Cloud {
    lambda: Lambda,
    gateway: Gateway,
    _dir: tempfile::TempDir,
}

async fn cloud() -> Cloud {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = Config::new(Bootstrap::SelfExec, dir.path());
    let lambda = Lambda::start(config, vec![FunctionSpec::new("f")]).expect("the Lambda service");
    let mut config = GatewayConfig::new("dev", dir.path());
    config.throttle = Some(Throttle { rate_per_s: 1e9, burst: u32::MAX });
    let validation = BodyValidation {
        schema: json!({
            "type": "object",
            "required": ["id", "object", "created", "type", "data"],
            "properties": { "id": { "type": "string", "pattern": "^evt_" }, "created": { "type": "integer" } }
        }),
        content_types: vec!["application/json".to_owned()],
    };
    config.routes =
        vec![Route { validation: Some(validation), ..Route::new(Method::POST, "/webhooks/stripe", "f") }];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gateway = serve(listener, config, &lambda).expect("the gateway");
    Cloud { lambda, gateway, _dir: dir }
}

async fn client(gateway: &Gateway) -> SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(gateway.address()).await.expect("the gateway listens");
    stream.set_nodelay(true).expect("a TCP socket");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    sender
}

async fn webhook(client: &mut SendRequest<Full<Bytes>>, body: &Bytes) {
    let request = http::Request::post("/dev/webhooks/stripe")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header(
            "stripe-signature",
            "t=1763750000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
        )
        .header("user-agent", "bench/1")
        // The function answers with a constant, so that what is measured is the way there and back.
        .header("x-do", r#"raw:{"statusCode":200,"body":"{\"status\":\"accepted\"}"}"#)
        .body(Full::new(body.clone()))
        .expect("a request");
    let answer = client.send_request(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.expect("a body");
}

/// `count` webhooks over `connections` connections.
async fn run(gateway: &Gateway, connections: u64, count: u64, body: &Bytes) -> Duration {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(client(gateway).await);
    }
    let start = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let body = body.clone();
            tokio::spawn(async move {
                for _ in 0..count.div_ceil(connections) {
                    webhook(&mut client, &body).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a client");
    }
    start.elapsed()
}

fn gateway_roundtrip(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let cloud = runtime.block_on(cloud());
    let body = webhook_body();
    // Environments are started for the widest case before anything is measured.
    runtime.block_on(run(&cloud.gateway, 32, 2_000, &body));
    let mut group = criterion.benchmark_group("gateway_roundtrip");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(8)).sample_size(20);
    for connections in [1, 8, 32] {
        group.bench_function(format!("{connections}_connections"), |bencher| {
            bencher.to_async(&runtime).iter_custom(|count| run(&cloud.gateway, connections, count, &body));
        });
    }
    group.finish();
    let Cloud { lambda, gateway, _dir } = cloud;
    runtime.block_on(async {
        gateway.shutdown().await;
        lambda.shutdown().await;
    });
}

criterion_group!(benches, gateway_roundtrip);

fn main() {
    if std::env::args().next().is_some_and(|name| name.ends_with("bootstrap")) {
        // The connection to the Runtime API ends when the cloud is gone.
        let _ = function::main();
        return;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}

//! Lambda's REST API, as SDKs and the AWS CLI see it.

use std::net::SocketAddr;

use bytes::Bytes;
use http::Request;
use localstack::lambda::api_router;
use serde_json::json;

use crate::fake::{Answer, Fake, event, send, until};

async fn serve(fake: &Fake) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = api_router(fake.lambda.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn invoke(address: SocketAddr, name: &str, kind: Option<&str>, payload: Bytes) -> Answer {
    let mut request = Request::post(format!("/2015-03-31/functions/{name}/invocations"));
    if let Some(kind) = kind {
        request = request.header("x-amz-invocation-type", kind);
    }
    send(address, request.body(payload).unwrap()).await
}

#[tokio::test]
async fn invoke_by_name_and_by_arn() {
    let fake = Fake::with(|_| {});
    let address = serve(&fake).await;
    for name in ["f", "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af", "f%3A%24LATEST"] {
        let answer = invoke(address, name, None, Bytes::from_static(b"{\"a\": 1}")).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "{\"a\": 1}"), "{name}");
        assert_eq!(answer.header("x-amz-executed-version"), "$LATEST");
        assert_eq!(answer.header("x-amzn-requestid").len(), 36);
        assert!(!answer.headers.contains_key("x-amz-function-error"));
    }
    let answer = invoke(address, "f", Some("RequestResponse"), event("fail:no")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-amz-function-error"), "Unhandled");
    assert_eq!(answer.json(), json!({ "errorType": "Fake.Error", "errorMessage": "no" }));
    let answer = invoke(address, "f", None, Bytes::new()).await;
    assert_eq!(answer.text(), "{}", "no payload is an empty event");
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn events_are_accepted_with_202_and_dry_runs_with_204() {
    let fake = Fake::with(|_| {});
    let address = serve(&fake).await;
    let answer = invoke(address, "f", Some("Event"), event("fail:poison")).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (202, ""));
    let id = answer.header("x-amzn-requestid").to_owned();
    until("idle", || fake.lambda.idle()).await;
    assert_eq!(fake.letters.all()[0].attributes[0], ("RequestID".to_owned(), id));
    let answer = invoke(address, "f", Some("DryRun"), event("fail:x")).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    assert_eq!(fake.lambda.stats()["f"].invocations, 3);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn errors_have_lambdas_shape() {
    let fake = Fake::with(|spec| spec.reserved_concurrency = Some(0));
    let address = serve(&fake).await;
    let large = Bytes::from(vec![b'1'; 1024 * 1024 + 1]);
    for (name, kind, payload, status, error_type) in [
        ("g", None, event(""), 404, "ResourceNotFoundException"),
        ("f", None, event(""), 429, "TooManyRequestsException"),
        ("f", None, Bytes::from_static(b"{not json"), 400, "InvalidRequestContentException"),
        ("f", Some("Event"), large, 413, "RequestTooLargeException"),
        ("f", Some("Sometimes"), event(""), 400, "InvalidParameterValueException"),
    ] {
        let answer = invoke(address, name, kind, payload).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-amzn-errortype")), (status, error_type));
        assert_eq!(answer.json()["Type"], "User");
    }
    let unknown = Request::get("/2015-03-31/layers").body(Bytes::new()).unwrap();
    assert_eq!(send(address, unknown).await.status, 404);
    fake.lambda.shutdown().await;
}

#[tokio::test]
async fn functions_can_be_looked_at_without_the_values_of_their_variables() {
    let fake = Fake::with(|spec| {
        spec.reserved_concurrency = Some(7);
        spec.environment.insert("KEY".to_owned(), "very secret".to_owned());
        spec.environment.insert("S3_BUCKET".to_owned(), "raw".to_owned());
    });
    let address = serve(&fake).await;
    let get = async |path: &str| {
        let answer = send(address, Request::get(path).body(Bytes::new()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("very secret"));
        answer.json()
    };
    assert_eq!(get("/2015-03-31/functions").await["Functions"][0]["FunctionName"], "f");
    assert_eq!(get("/2015-03-31/functions/").await["Functions"][0]["Timeout"], 20);
    let function = get("/2015-03-31/functions/f").await;
    assert_eq!(function["Configuration"]["Runtime"], "provided.al2023");
    assert_eq!(function["Concurrency"]["ReservedConcurrentExecutions"], 7);
    let configuration = get("/2015-03-31/functions/f/configuration").await;
    assert_eq!(configuration["MemorySize"], 128);
    let told = serde_json::json!({ "KEY": "***", "S3_BUCKET": "raw" });
    assert_eq!(configuration["Environment"]["Variables"], told, "names of resources are no secrets");
    let config = get("/2019-09-25/functions/f/event-invoke-config").await;
    assert_eq!(config["MaximumRetryAttempts"], 2);
    assert_eq!(config["MaximumEventAgeInSeconds"], 21_600);
    fake.lambda.shutdown().await;
}

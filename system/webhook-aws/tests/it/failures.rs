//! What the clients do when a service fails: how often they try, and what they say in the end.

use serde_json::json;
use webhook_aws::{Endpoints, Target};
use webhook_core::ports::{PortError, SecretSource};
use webhook_core::provider::Provider;

use crate::server::{Scripted, aws, listener};

/// Fetches a secret from a server that fails the first requests this way, and says how many requests it got.
async fn after_failures(failures: usize, status: u16, code: &'static str) -> (Result<(), PortError>, usize) {
    let server = Scripted::start(move |request, before| {
        if request["VersionStage"] == "AWSPREVIOUS" {
            (400, json!({"__type": "ResourceNotFoundException"}).to_string())
        } else if before < failures {
            (status, json!({"__type": code}).to_string())
        } else {
            (200, json!({"SecretString": "s"}).to_string())
        }
    })
    .await;
    let endpoints = Endpoints { secrets_manager: Some(server.url.clone()), ..Endpoints::default() };
    let fetched =
        aws(endpoints).secrets(Provider::Stripe, "id").fetch_secrets(Provider::Stripe).await.map(drop);
    let attempts =
        server.seen().iter().filter(|request| request.body["VersionStage"] == "AWSCURRENT").count();
    (fetched, attempts)
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let (fetched, attempts) = after_failures(1, 500, "InternalServiceError").await;
    assert_eq!(fetched, Ok(()));
    assert!((1..=2).contains(&attempts), "{attempts}: the other stage's request may have met the failure");
}

#[tokio::test]
async fn attempts_are_bounded() {
    let (fetched, attempts) = after_failures(usize::MAX, 503, "ServiceUnavailable").await;
    let operation = "secretsmanager:GetSecretValue";
    assert_eq!(fetched, Err(PortError::Unavailable { operation, reason: "ServiceUnavailable".to_owned() }));
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let (fetched, attempts) = after_failures(usize::MAX, 400, "AccessDeniedException").await;
    let operation = "secretsmanager:GetSecretValue";
    assert_eq!(fetched, Err(PortError::Refused { operation, reason: "AccessDeniedException".to_owned() }));
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn warming_up_asks_every_service_once_and_signs_nothing() {
    let server = Scripted::start(|_, _| (403, String::new())).await;
    let url = Some(server.url.clone());
    let aws = aws(Endpoints { s3: url.clone(), dynamodb: url.clone(), lambda: url, ..Endpoints::default() });
    assert_eq!(aws.warm(&[Target::Bucket("raw"), Target::Tables, Target::Functions]).await, Ok(()));
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn warming_up_names_the_service_that_cannot_be_reached() {
    let (listener, url) = listener().await;
    drop(listener);
    let aws = aws(Endpoints { dynamodb: Some(url), ..Endpoints::default() });
    let expected =
        PortError::Unavailable { operation: "dynamodb:connect", reason: "connection failed: io".to_owned() };
    assert_eq!(aws.warm(&[Target::Tables]).await, Err(expected));
}

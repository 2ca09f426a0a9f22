//! Current and previous secrets.

use serde_json::{Value, json};
use webhook_aws::Endpoints;
use webhook_core::contract;
use webhook_core::ports::{PortError, SecretSource};
use webhook_core::provider::Provider;

use crate::server::{Scripted, aws};

const ID: &str = "webhook-processor/stripe/secret";

/// A secret with these values at its two stages.
async fn manager(current: Option<&'static str>, previous: Option<&'static str>) -> Scripted {
    Scripted::start(move |request: &Value, _| {
        let value = match request["VersionStage"].as_str() {
            Some("AWSCURRENT") => current,
            Some("AWSPREVIOUS") => previous,
            other => panic!("no such stage: {other:?}"),
        };
        match value {
            Some(value) => (200, json!({"Name": ID, "VersionId": "v", "SecretString": value}).to_string()),
            None => (400, json!({"__type": "ResourceNotFoundException", "message": "not here"}).to_string()),
        }
    })
    .await
}

async fn fetch(server: &Scripted, provider: Provider) -> Result<Vec<String>, PortError> {
    let endpoints = Endpoints { secrets_manager: Some(server.url.clone()), ..Endpoints::default() };
    let secrets = aws(endpoints).secrets(Provider::Stripe, ID).fetch_secrets(provider).await?;
    Ok(secrets.iter().map(|secret| secret.expose().to_owned()).collect())
}

#[tokio::test]
async fn the_secret_keeps_the_contract() {
    let server = manager(Some("new"), Some("old")).await;
    let endpoints = Endpoints { secrets_manager: Some(server.url.clone()), ..Endpoints::default() };
    let source = aws(endpoints).secrets(Provider::Stripe, ID);
    contract::secret_source(&source, Provider::Stripe, &["new", "old"], Some(Provider::Paypal)).await;
}

#[tokio::test]
async fn both_stages_are_read_newest_first() {
    let server = manager(Some("new"), Some("old")).await;
    assert_eq!(fetch(&server, Provider::Stripe).await.unwrap(), ["new", "old"]);
    let asked = server.seen();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.body["SecretId"] == ID));
}

#[tokio::test]
async fn a_secret_that_was_never_rotated_has_one_value() {
    assert_eq!(fetch(&manager(Some("new"), None).await, Provider::Stripe).await.unwrap(), ["new"]);
    assert_eq!(fetch(&manager(Some("same"), Some("same")).await, Provider::Stripe).await.unwrap(), ["same"]);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_refused() {
    let expected = PortError::Refused {
        operation: "secretsmanager:GetSecretValue",
        reason: "ResourceNotFoundException".to_owned(),
    };
    assert_eq!(fetch(&manager(None, None).await, Provider::Stripe).await, Err(expected));
}

#[tokio::test]
async fn another_providers_secret_is_not_asked_for() {
    let server = manager(Some("new"), None).await;
    assert!(matches!(fetch(&server, Provider::Square).await, Err(PortError::Refused { .. })));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_previous_value_that_cannot_be_read_is_an_error() {
    let server = Scripted::start(|request: &Value, _| match request["VersionStage"].as_str() {
        Some("AWSCURRENT") => (200, json!({"SecretString": "new"}).to_string()),
        _ => (400, json!({"__type": "AccessDeniedException", "Message": "sk_live_1"}).to_string()),
    })
    .await;
    let expected = PortError::Refused {
        operation: "secretsmanager:GetSecretValue",
        reason: "AccessDeniedException".to_owned(),
    };
    assert_eq!(fetch(&server, Provider::Stripe).await, Err(expected));
}

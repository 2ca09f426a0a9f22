use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};

use super::*;

// `Debug` of a value shows its kind alone, and what holds one shows no more.
static_assertions::assert_not_impl_any!(secret::Value: std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(Secret: std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(Vault: std::fmt::Debug, std::fmt::Display, serde::Serialize);

#[test]
fn a_value_shows_its_kind_alone() {
    let values = [secret::Value::Text("canary".to_owned()), secret::Value::Binary("Y2FuYXJ5".to_owned())];
    assert_eq!(format!("{values:?}"), "[Text(…), Binary(…)]");
}

fn vault() -> Vault {
    Vault::new(Arc::new(Faults::default()))
}

async fn call(vault: &Vault, operation: &str, body: Json) -> (u16, Json) {
    let request = Request::builder()
        .header("x-amz-target", format!("secretsmanager.{operation}"))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let reply = vault.answer(request).await;
    let status = reply.status().as_u16();
    (status, serde_json::from_slice(&reply.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

async fn ok(vault: &Vault, operation: &str, body: Json) -> Json {
    let (status, told) = call(vault, operation, body).await;
    assert_eq!(status, 200, "{operation}: {told}");
    told
}

async fn refused(vault: &Vault, operation: &str, body: Json, code: &str) {
    let (status, told) = call(vault, operation, body).await;
    assert_eq!((status, told["__type"].as_str()), (400, Some(code)), "{operation}: {told}");
    assert!(!told.to_string().contains("SENSITIVE"), "{told}");
}

async fn value_at(vault: &Vault, stage: &str) -> Json {
    ok(vault, "GetSecretValue", json!({ "SecretId": "s", "VersionStage": stage })).await["SecretString"]
        .clone()
}

#[tokio::test]
async fn labels_move_on_every_put() {
    let vault = vault();
    let arn = vault.seed("s", "one".to_owned());
    refused(
        &vault,
        "GetSecretValue",
        json!({ "SecretId": "s", "VersionStage": "AWSPREVIOUS" }),
        "ResourceNotFoundException",
    )
    .await;
    for (new, old) in [("two", "one"), ("three", "two")] {
        let told = ok(&vault, "PutSecretValue", json!({ "SecretId": arn, "SecretString": new })).await;
        assert_eq!(told["VersionStages"], json!(["AWSCURRENT"]));
        assert_eq!(
            (value_at(&vault, "AWSCURRENT").await, value_at(&vault, "AWSPREVIOUS").await),
            (json!(new), json!(old))
        );
    }
    let versions = ok(&vault, "ListSecretVersionIds", json!({ "SecretId": "s" })).await;
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 2, "versions without a label are not told");
    let all = ok(&vault, "ListSecretVersionIds", json!({ "SecretId": "s", "IncludeDeprecated": true })).await;
    assert_eq!(all["Versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_token_makes_a_put_repeatable() {
    let vault = vault();
    vault.seed("s", "one".to_owned());
    let put =
        |value: &str| json!({ "SecretId": "s", "SecretString": value, "ClientRequestToken": "t".repeat(32) });
    ok(&vault, "PutSecretValue", put("two")).await;
    ok(&vault, "PutSecretValue", put("two")).await;
    assert_eq!(value_at(&vault, "AWSPREVIOUS").await, "one");
    refused(&vault, "PutSecretValue", put("SENSITIVE"), "ResourceExistsException").await;
}

#[tokio::test]
async fn pending_versions_wait_for_their_label() {
    let vault = vault();
    vault.seed("s", "one".to_owned());
    let put = json!({ "SecretId": "s", "SecretString": "two", "VersionStages": ["AWSPENDING"] });
    let new = ok(&vault, "PutSecretValue", put).await["VersionId"].clone();
    assert_eq!(
        (value_at(&vault, "AWSCURRENT").await, value_at(&vault, "AWSPENDING").await),
        (json!("one"), json!("two"))
    );
    let mut finish = json!({ "SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": new });
    refused(&vault, "UpdateSecretVersionStage", finish.clone(), "InvalidParameterException").await;
    let current = ok(&vault, "GetSecretValue", json!({ "SecretId": "s" })).await["VersionId"].clone();
    finish["RemoveFromVersionId"] = current;
    ok(&vault, "UpdateSecretVersionStage", finish).await;
    assert_eq!(
        (value_at(&vault, "AWSCURRENT").await, value_at(&vault, "AWSPREVIOUS").await),
        (json!("two"), json!("one"))
    );
}

#[tokio::test]
async fn names_arns_and_partial_arns_find_a_secret() {
    let vault = vault();
    let arn = vault.seed("webhook-processor/stripe/secret", "v".to_owned());
    let (partial, suffix) = arn.rsplit_once('-').unwrap();
    assert_eq!(suffix.len(), 6);
    for id in ["webhook-processor/stripe/secret", arn.as_str(), partial] {
        assert_eq!(ok(&vault, "GetSecretValue", json!({ "SecretId": id })).await["ARN"], arn, "{id}");
    }
    refused(
        &vault,
        "GetSecretValue",
        json!({ "SecretId": "webhook-processor/stripe" }),
        "ResourceNotFoundException",
    )
    .await;
}

#[tokio::test]
async fn deleting_and_restoring() {
    let vault = vault();
    vault.seed("s", "v".to_owned());
    refused(
        &vault,
        "DeleteSecret",
        json!({ "SecretId": "s", "RecoveryWindowInDays": 3 }),
        "InvalidParameterException",
    )
    .await;
    ok(&vault, "DeleteSecret", json!({ "SecretId": "s" })).await;
    refused(&vault, "GetSecretValue", json!({ "SecretId": "s" }), "InvalidRequestException").await;
    refused(
        &vault,
        "CreateSecret",
        json!({ "Name": "s", "SecretString": "SENSITIVE" }),
        "InvalidRequestException",
    )
    .await;
    assert_eq!(ok(&vault, "ListSecrets", json!({})).await["SecretList"], json!([]));
    ok(&vault, "RestoreSecret", json!({ "SecretId": "s" })).await;
    assert_eq!(value_at(&vault, "AWSCURRENT").await, "v");
    ok(&vault, "DeleteSecret", json!({ "SecretId": "s", "ForceDeleteWithoutRecovery": true })).await;
    refused(&vault, "DescribeSecret", json!({ "SecretId": "s" }), "ResourceNotFoundException").await;
}

#[tokio::test]
async fn refusals_show_no_value() {
    let vault = vault();
    vault.seed("s", "v".to_owned());
    refused(
        &vault,
        "CreateSecret",
        json!({ "Name": "s", "SecretString": "SENSITIVE" }),
        "ResourceExistsException",
    )
    .await;
    let both = json!({ "SecretId": "s", "SecretString": "SENSITIVE", "SecretBinary": "SENSITIVE" });
    refused(&vault, "PutSecretValue", both, "InvalidParameterException").await;
    refused(
        &vault,
        "PutSecretValue",
        json!({ "SecretId": "s", "SecretString": ["SENSITIVE"] }),
        "SerializationException",
    )
    .await;
    refused(&vault, "PutSecretValue", json!({ "SecretId": "s" }), "InvalidRequestException").await;
    refused(&vault, "Fly", json!({}), "UnknownOperationException").await;
    let secret = format!("{:?}", vault.lock().get("s"));
    assert!(!secret.contains("\"v\"") && secret.contains("Text(…)"), "{secret}");
}

#[tokio::test]
async fn lists_come_in_pages_and_by_filter() {
    let vault = vault();
    for name in ["a/1", "a/2", "b/1"] {
        vault.seed(name, "v".to_owned());
    }
    let names = |told: &Json| {
        told["SecretList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = ok(&vault, "ListSecrets", json!({ "MaxResults": 2 })).await;
    assert_eq!(names(&first), ["a/1", "a/2"]);
    let rest = ok(&vault, "ListSecrets", json!({ "MaxResults": 2, "NextToken": first["NextToken"] })).await;
    assert_eq!((names(&rest), rest.get("NextToken")), (vec!["b/1".to_owned()], None));
    let filter = |value: &str| json!({ "Filters": [{ "Key": "name", "Values": [value] }] });
    assert_eq!(names(&ok(&vault, "ListSecrets", filter("a/")).await), ["a/1", "a/2"]);
    assert_eq!(names(&ok(&vault, "ListSecrets", filter("!a/")).await), ["b/1"]);
}

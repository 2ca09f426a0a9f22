//! A healthy cloud is green; a broken one is told what is wrong with it.

use serde_json::Value;

use crate::cloud::Cloud;
use crate::ctl::run;

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_cloud_is_green() {
    let cloud = Cloud::start().await;
    let ready = cloud.ready_file();
    let ended = run("doctor --json --ready-file", &[&ready]).await.with(0);
    let report = ended.json();
    assert_eq!(
        (&report["verdict"], &report["wrong"], &report["unclear"]),
        (&"ok".into(), &0.into(), &0.into())
    );
    assert!(report["ok"].as_u64().unwrap() > 45, "{report}");
    for value in [&cloud.keys.secrets_json()["stripe"]["secret"], &cloud.keys.secrets_json()["square"]["key"]]
    {
        ended.hides(value.as_str().unwrap());
    }
    let text = run("doctor --ready-file", &[&ready]).await.with(0);
    assert!(text.stdout.contains("0 wrong, 0 could not be checked."), "{}", text.stdout);
    assert_eq!(cloud.records().await.len(), 0, "its unsigned requests leave no trace");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_cloud_is_told_what_is_wrong() {
    let cloud = Cloud::start().await;
    cloud.sqs.delete_queue().queue_url(&cloud.ready().dlq_url).send().await.unwrap();
    let id = &cloud.ready().secrets["stripe"];
    cloud.secrets.put_secret_value().secret_id(id).secret_string("REPLACE_ME").send().await.unwrap();
    // The functions were given another table than this deployment's.
    let mut ready: Value =
        serde_json::from_str(&std::fs::read_to_string(cloud.ready_file()).unwrap()).unwrap();
    ready["table"] = "webhook-transactions-eu".into();
    let path = cloud.path("other.json");
    std::fs::write(&path, ready.to_string()).unwrap();
    let ended = run("doctor --json --ready-file", &[&path]).await.with(1);
    let wrong: Vec<String> = ended.json()["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["state"] != "ok")
        .map(|check| {
            format!(
                "{} {}: {}",
                check["state"].as_str().unwrap(),
                check["what"].as_str().unwrap(),
                check["detail"].as_str().unwrap()
            )
        })
        .collect();
    let table = "environment: DYNAMODB_TABLE is webhook-transactions, which is not webhook-transactions-eu";
    let expected = [
        format!("wrong function stripe-webhook-validator: {table}"),
        format!("wrong function paypal-webhook-validator: {table}"),
        format!("wrong function square-webhook-validator: {table}"),
        format!("wrong function webhook-processor: {table}"),
        format!("wrong function transaction-query: {table}"),
        "wrong table webhook-transactions-eu: description: it is not there (dynamodb:DescribeTable: ResourceNotFoundException)".to_owned(),
        "wrong table webhook-transactions-eu: time to live: it is not there (dynamodb:DescribeTimeToLive: ResourceNotFoundException)".to_owned(),
        "wrong dead-letter queue: it is not there (sqs:GetQueueAttributes: AWS.SimpleQueueService.NonExistentQueue)".to_owned(),
        "wrong secret webhook-processor/stripe/secret: it is a placeholder: anybody can sign with it, and the provider does not".to_owned(),
    ];
    assert_eq!(wrong, expected);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_something_to_see_to() {
    let cloud = Cloud::start().await;
    let message = cloud.sqs.send_message().queue_url(&cloud.ready().dlq_url).message_body("x");
    message.send().await.unwrap();
    let ended = run("doctor --ready-file", &[&cloud.ready_file()]).await.with(1);
    assert!(ended.stdout.contains("WRONG    dead-letter queue: depth: 1 dead letter"), "{}", ended.stdout);
    assert!(ended.stdout.contains("webhookctl dlq list"), "{}", ended.stdout);
    cloud.stop().await;
}

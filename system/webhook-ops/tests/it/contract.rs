//! The adapters pass the suites that their twins pass.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::MessageAttributeValue;
use webhook_aws::AwsCredentials;
use webhook_aws::ops::credentials::OpsCredentials;
use webhook_aws::ops::{Ops, OpsEndpoints, OpsSettings};
use webhook_core::contract::ops as contract;

use crate::cloud::Cloud;

fn ops(cloud: &Cloud) -> Ops {
    let endpoints = &cloud.ready().endpoints;
    Ops::new(OpsSettings {
        region: "us-east-1".to_owned(),
        credentials: OpsCredentials::Keys(AwsCredentials {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }),
        endpoints: OpsEndpoints {
            s3: Some(endpoints.s3.clone()),
            dynamodb: Some(endpoints.dynamodb.clone()),
            sqs: Some(endpoints.sqs.clone()),
            secrets_manager: Some(endpoints.secretsmanager.clone()),
            lambda: Some(endpoints.lambda.clone()),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_adapter_keeps_its_contract() {
    let cloud = Cloud::start().await;
    let (ops, ready) = (ops(&cloud), cloud.ready());

    for number in 0..13 {
        let attribute = |kind: &str, value: &str| {
            MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap()
        };
        let send = cloud
            .sqs
            .send_message()
            .queue_url(&ready.dlq_url)
            .message_body(format!("letter {number}"))
            .message_attributes("RequestID", attribute("String", "r-1"))
            .message_attributes("ErrorCode", attribute("Number", "200"))
            .message_attributes("ErrorMessage", attribute("String", "boom"));
        send.send().await.unwrap();
    }
    assert_eq!(ops.queue_url("webhook-processing-dlq").await.unwrap(), ready.dlq_url);
    contract::dead_letter_queue(&ops.dead_letters(&ready.dlq_url), 13).await;

    contract::processor_queue(&ops.processor("webhook-processor")).await;

    let keys = ["a", "b", "c", "d"].map(|name| format!("stripe/2025/11/21/{name}.json"));
    for key in keys.iter().map(String::as_str).chain(["square/2025/11/21/a.json"]) {
        let body = ByteStream::from(format!("body of {key}").into_bytes());
        cloud.s3.put_object().bucket(&ready.raw_bucket).key(key).body(body).send().await.unwrap();
    }
    contract::raw_archive(&ops.archive(&ready.raw_bucket), "stripe/2025/11/21/", &keys).await;

    cloud.secrets.create_secret().name("suite").secret_string("first").send().await.unwrap();
    contract::secret_vault(&ops.vault("suite"), "first").await;
    use webhook_core::ports::ops::SecretVault as _;
    assert_eq!(ops.vault("no-such-secret").versions().await.unwrap(), None);
    cloud.settled().await;
    cloud.stop().await;
}

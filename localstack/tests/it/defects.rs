//! A deployment that is wrong on purpose is wrong in that way, and what a test sets while it runs holds at once.

use bytes::Bytes;
use http::Request;
use localstack::embedded::{Defect, Throttle};

use crate::cloud::{Cloud, eventually};
use crate::embedded::{gateway, webhook};
use crate::fake::send;

async fn get(cloud: &Cloud, path: &str) -> u16 {
    let request = Request::get(path).body(Bytes::new()).unwrap();
    send(gateway(cloud), request).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_missing() {
    let cloud = Cloud::start(|options| {
        options.disabled_providers = vec!["square".to_owned()];
        options.defects = vec![
            Defect::NoSchemas,
            Defect::DisabledKeysServe,
            Defect::QueriesOpen,
            Defect::UnknownRoutes404,
            Defect::NoRetries,
            Defect::NoDeadLetterQueue,
            Defect::PreviousSecretDropped,
        ];
    })
    .await;
    for provider in ["stripe", "square"] {
        assert_eq!(webhook(&cloud, provider).await.status, 401, "{provider}: the validator decides");
    }
    assert!(cloud.ready().query_auth.is_some(), "nobody is told that the door is open");
    assert_eq!(get(&cloud, "/dev/api/v1/transactions?provider=stripe").await, 200);
    assert_eq!(get(&cloud, "/dev/api/v1/nothing").await, 404);

    let processor = cloud.clients.lambda.invoke().function_name("webhook-processor");
    let event = processor.invocation_type(aws_sdk_lambda::types::InvocationType::Event);
    let event = event.payload(aws_sdk_lambda::primitives::Blob::new("{}"));
    event.send().await.unwrap();
    eventually("the event is given up", async || cloud.embedded().idle()).await;
    let stats = cloud.embedded().function_stats();
    let processor = &stats["webhook-processor"];
    assert_eq!((processor.async_retries, processor.dropped, processor.dead_lettered), (0, 1, 0));

    let (secrets, id) = (&cloud.clients.secrets, &cloud.ready().secrets["stripe"]);
    secrets.put_secret_value().secret_id(id).secret_string("whsec_new").send().await.unwrap();
    let previous = secrets.get_secret_value().secret_id(id).version_stage("AWSPREVIOUS").send().await;
    assert!(previous.is_err(), "the previous secret is still there");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_faults_are_as_they_are_set() {
    let cloud = Cloud::start(|options| {
        options.throttles.insert("stripe".to_owned(), Throttle { rate_per_s: 0.001, burst: 1 });
    })
    .await;
    for (provider, status) in [("stripe", 400), ("stripe", 429), ("square", 400), ("square", 400)] {
        assert_eq!(webhook(&cloud, provider).await.status, status, "{provider}");
    }
    let read = async || {
        let read = cloud.clients.secrets.get_secret_value().secret_id(&cloud.ready().secrets["stripe"]);
        read.send().await.is_ok()
    };
    assert!(read().await);
    let fault = "secretsmanager.GetSecretValue=InternalServiceError".parse().unwrap();
    cloud.embedded().set_faults(vec![fault]);
    assert!(!read().await);
    cloud.embedded().set_faults(Vec::new());
    assert!(read().await);
    cloud.stop().await;
}

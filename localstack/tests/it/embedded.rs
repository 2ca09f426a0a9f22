//! The cloud as a whole, in this process.

use bytes::Bytes;
use http::Request;
use localstack::embedded::{self, FunctionLimits, PaypalOverride, StartError};
use localstack::ready::QueryAuth;
use localstack::seed::{SeedSecrets, SquareSecret};

use crate::cloud::{Cloud, eventually, options};
use crate::fake::{Answer, send};

#[tokio::test(flavor = "multi_thread")]
async fn every_function_is_up_and_none_is_left() {
    let cloud = Cloud::start(|_| {}).await;
    let functions = cloud.clients.lambda.list_functions().send().await.unwrap();
    let told: Vec<_> = functions
        .functions()
        .iter()
        .map(|f| (f.function_name().unwrap(), f.memory_size().unwrap(), f.timeout().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("paypal-webhook-validator", 512, 10),
            ("square-webhook-validator", 512, 10),
            ("stripe-webhook-validator", 512, 10),
            ("transaction-log-compactor", 512, 900),
            ("transaction-query", 256, 5),
            ("usage-key-authorizer", 128, 5),
            ("webhook-processor", 1024, 30),
        ]
    );
    let pids = cloud.embedded().child_pids();
    assert_eq!(pids.len(), 6, "the compactor starts when it is invoked");
    assert!(cloud.embedded().idle());
    cloud.stop().await;
    for pid in pids {
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "process {pid} is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_processed_ends_in_the_dead_letter_queue() {
    let cloud = Cloud::start(|_| {}).await;
    let event = r#"{"not":"an envelope"}"#;
    let invoked = cloud
        .clients
        .lambda
        .invoke()
        .function_name("webhook-processor")
        .invocation_type(aws_sdk_lambda::types::InvocationType::Event)
        .payload(aws_sdk_lambda::primitives::Blob::new(event))
        .send()
        .await
        .unwrap();
    assert_eq!(invoked.status_code(), 202);
    eventually("the event is given up", async || cloud.embedded().idle()).await;
    let sqs = &cloud.clients.sqs;
    let letters = sqs.receive_message().queue_url(&cloud.ready().dlq_url).message_attribute_names("All");
    let letters = letters.send().await.unwrap();
    let [letter] = letters.messages() else {
        panic!("expected one dead letter, got {}", letters.messages().len())
    };
    assert_eq!(letter.body(), Some(event));
    let attributes = letter.message_attributes().unwrap();
    let value = |name: &str| (attributes[name].data_type(), attributes[name].string_value().unwrap());
    assert_eq!(value("ErrorCode"), ("Number", "200"));
    assert_eq!(value("RequestID").0, "String");
    assert!(!value("ErrorMessage").1.is_empty());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn square_signs_the_apis_own_url_unless_told_otherwise() {
    let cloud = Cloud::start(|_| {}).await;
    let own = format!("{}/api/v1/webhooks/square", cloud.ready().api_base_url);
    assert_eq!(cloud.ready().square_notification_url.as_deref(), Some(own.as_str()));
    cloud.stop().await;
    let shop = "https://shop.example/hook";
    let cloud = Cloud::start(|options| {
        let square = SquareSecret { key: "k".to_owned(), notification_url: Some(shop.to_owned()) };
        options.secrets = SeedSecrets { square: Some(square), ..SeedSecrets::default() };
    })
    .await;
    let secret = cloud.clients.secrets.get_secret_value().secret_id(&cloud.ready().secrets["square"]).send();
    let secret: serde_json::Value =
        serde_json::from_str(secret.await.unwrap().secret_string().unwrap()).unwrap();
    assert_eq!(secret, serde_json::json!({ "key": "k", "notification_url": shop }));
    cloud.stop().await;
}

/// A webhook that does not match its model: 400, once its provider may send at all.
pub(crate) async fn webhook(cloud: &Cloud, provider: &str) -> Answer {
    let request = Request::post(format!("/dev/api/v1/webhooks/{provider}")).body(Bytes::from_static(b"{}"));
    send(gateway(cloud), request.unwrap()).await
}

pub(crate) fn gateway(cloud: &Cloud) -> std::net::SocketAddr {
    let url = &cloud.ready().api_base_url;
    url.trim_start_matches("http://").trim_end_matches("/dev").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_counted_capped_and_switched_off_one_by_one() {
    let cloud = Cloud::start(|options| {
        options.disabled_providers = vec!["square".to_owned()];
        options.usage_quotas.insert("stripe".to_owned(), 2);
    })
    .await;
    for (provider, status) in [
        ("stripe", 400),
        ("stripe", 400),
        ("stripe", 429),
        ("paypal", 400),
        ("paypal", 400),
        ("paypal", 400),
        ("square", 403),
    ] {
        assert_eq!(webhook(&cloud, provider).await.status, status, "{provider}");
    }
    let usage = cloud.embedded().usage();
    assert_eq!(["stripe", "paypal", "square"].map(|provider| usage[provider].used_today), [2, 3, 0]);
    assert_eq!((usage["stripe"].quota_per_day, usage["square"].enabled), (Some(2), false));
    let stats = cloud.embedded().function_stats();
    let authorizer = &stats["usage-key-authorizer"];
    assert_eq!((authorizer.invocations, authorizer.environments), (3, 1), "once for each provider");
    assert_eq!(stats["square-webhook-validator"].invocations, 0);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_signed_unless_they_are_open() {
    let query = async |cloud: &Cloud| {
        let request = Request::get("/dev/api/v1/transactions?provider=stripe").body(Bytes::new()).unwrap();
        send(gateway(cloud), request).await.status.as_u16()
    };
    let cloud = Cloud::start(|_| {}).await;
    let auth = cloud.ready().query_auth.clone().unwrap();
    assert_eq!(auth, QueryAuth::aws_iam("test", "test", "us-east-1"));
    assert_eq!(query(&cloud).await, 403);
    cloud.stop().await;
    let cloud = Cloud::start(|options| options.open_queries = true).await;
    assert_eq!(cloud.ready().query_auth, None);
    assert_eq!(query(&cloud).await, 200);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_why() {
    let logs = tempfile::tempdir().unwrap();
    let refused = async |change: &dyn Fn(&mut embedded::Options)| {
        let mut options = options(logs.path().to_owned());
        change(&mut options);
        Box::pin(embedded::start(options)).await.unwrap_err()
    };
    let paypal = PaypalOverride {
        endpoint: "http://127.0.0.1:1".to_owned(),
        trust_root_pem: Some("no certificate".to_owned()),
    };
    let error = refused(&|options| {
        options.paypal = Some(paypal.clone());
        options.environment = "prod".to_owned();
    })
    .await;
    assert!(matches!(error, StartError::PaypalInProduction(_)), "{error}");
    let error = refused(&|options| options.environment = "Dev/1".to_owned()).await;
    assert!(matches!(error, StartError::Environment(_)), "{error}");
    let error = refused(&|options| {
        let limits = FunctionLimits::of("webhook-processor").unwrap();
        options.functions.insert("webhook-procesor".to_owned(), limits);
    })
    .await;
    assert!(error.to_string().contains("functions are stripe-webhook-validator"), "{error}");
    let error = refused(&|options| options.disabled_providers = vec!["stripes".to_owned()]).await;
    assert!(error.to_string().contains("providers are stripe, paypal, square"), "{error}");
    // A trust root that is no certificate: the validator ends in its init, and the log that is named tells why.
    let error = refused(&|options| options.paypal = Some(paypal.clone())).await;
    let StartError::Function { name, log, .. } = &error else { panic!("{error}") };
    assert_eq!(*name, "paypal-webhook-validator");
    assert!(std::fs::read_to_string(log).unwrap().contains("PAYPAL_TRUST_ROOT"), "{error}");
}

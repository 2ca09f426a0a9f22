//! Names by convention, by flags, by a ready file.

use super::*;

fn aws() -> TargetArgs {
    TargetArgs {
        target: Kind::Aws,
        ready_file: None,
        environment: Some("prod".to_owned()),
        name_suffix: None,
        account_id: None,
        region: Some("us-east-1".to_owned()),
        api_base_url: None,
        profile: None,
    }
}

const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/webhook-processing-dlq";

fn deployment(args: &TargetArgs, ready: Ready) -> Result<Deployment, Failure> {
    let suffix = suffix(args.name_suffix.as_deref().unwrap_or_default());
    named(args, ready, "us-east-1".to_owned(), suffix, QUEUE.to_owned())
}

#[test]
fn names_go_by_convention() {
    let deployment = deployment(&aws(), Ready::default()).unwrap();
    assert_eq!(deployment.table, "webhook-transactions");
    assert_eq!(deployment.raw_bucket, "123456789012-webhook-payloads-prod");
    assert_eq!(deployment.processed_bucket, "123456789012-transaction-logs-prod");
    assert_eq!(deployment.processor(), "webhook-processor");
    assert_eq!(deployment.secret(Provider::Square), "webhook-processor/square/secret");
    assert_eq!(deployment.clock_url, "https://dynamodb.us-east-1.amazonaws.com/");
    assert!(deployment.queries_signed && deployment.traced);
}

#[test]
fn a_suffix_has_one_hyphen_however_it_is_given() {
    for given in ["eu2", "-eu2"] {
        let args = TargetArgs { name_suffix: Some(given.to_owned()), ..aws() };
        let deployment = deployment(&args, Ready::default()).unwrap();
        assert_eq!(deployment.processor(), "webhook-processor-eu2");
        assert_eq!(deployment.table, "webhook-transactions-eu2");
        assert_eq!(deployment.raw_bucket, "123456789012-webhook-payloads-prod-eu2");
    }
}

#[test]
fn flags_win_over_what_is_derived() {
    let args = TargetArgs { account_id: Some("999999999999".to_owned()), ..aws() };
    assert_eq!(deployment(&args, Ready::default()).unwrap().raw_bucket, "999999999999-webhook-payloads-prod");
    let args = TargetArgs { environment: None, ..aws() };
    let error = deployment(&args, Ready::default()).unwrap_err().to_string();
    assert!(error.contains("--environment"), "{error}");
}

#[test]
fn a_ready_file_names_everything() {
    let text = r#"{"target": "embedded", "api_base_url": "http://127.0.0.1:1/dev/", "region": "us-east-1",
        "endpoints": {"s3": "http://127.0.0.1:2", "dynamodb": "http://127.0.0.1:3", "sqs": "http://127.0.0.1:4",
                      "secretsmanager": "http://127.0.0.1:5", "lambda": "http://127.0.0.1:6", "new": "field"},
        "account_id": "000000000000", "table": "t", "raw_bucket": "raw", "processed_bucket": "processed",
        "dlq_url": "http://127.0.0.1:4/000000000000/dlq", "secrets": {"stripe": "s"}, "log_dir": "/logs",
        "query_auth": {"type": "aws_iam"}, "paypal_receivers": ["a@example.com"]}"#;
    let ready: Ready = serde_json::from_str(text).unwrap();
    let args = TargetArgs { target: Kind::Embedded, environment: None, ..aws() };
    let deployment = deployment(&args, ready).unwrap();
    assert_eq!(deployment.api_base_url.as_deref(), Some("http://127.0.0.1:1/dev"));
    assert_eq!((deployment.table.as_str(), deployment.raw_bucket.as_str()), ("t", "raw"));
    assert_eq!(deployment.secret(Provider::Stripe), "s");
    assert_eq!(deployment.secret(Provider::Paypal), "webhook-processor/paypal/secret");
    assert_eq!(deployment.clock_url, "http://127.0.0.1:3");
    assert!(deployment.queries_signed && !deployment.traced);
}

#[tokio::test]
async fn a_stand_in_needs_its_ready_file() {
    let args = TargetArgs { target: Kind::Embedded, ..aws() };
    let failure = connect(&args, &Environment::default()).await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Usage(text) if text.contains("localstack up --ready-file")),
        "{failure}"
    );
    let args = TargetArgs { ready_file: Some("/nowhere/ready.json".into()), ..args };
    let failure = connect(&args, &Environment::default()).await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Unavailable(text) if text.contains("/nowhere/ready.json")),
        "{failure}"
    );
}

#[test]
fn accounts_are_read_from_queue_urls() {
    assert_eq!(account(QUEUE).as_deref(), Some("123456789012"));
    assert_eq!(account("http://127.0.0.1:4/queue"), None);
}

use serde_json::json;

use super::*;

fn told() -> Value {
    json!({
        "region": "us-east-1",
        "account_id": "123456789012",
        "environment": "staging",
        "name_suffix": "blue",
        "api_base_url": "https://abc.execute-api.us-east-1.amazonaws.com/staging/",
        "table": "webhook-transactions-blue",
        "transmissions_table": "webhook-transmissions-blue",
        "raw_bucket": "raw",
        "processed_bucket": "processed",
        "dlq_url": "https://sqs.us-east-1.amazonaws.com/123456789012/webhook-processing-dlq-blue",
        "secrets": { "stripe": "webhook-processor-blue/stripe/secret" },
    })
}

fn whole(told: &Value) -> Value {
    json!({
        "webhookctl": { "sensitive": false, "value": told },
        "usage_keys": { "sensitive": false, "value": { "stripe": "key-of-stripe" } },
    })
}

fn parse(json: &Value, usage_key_header: bool) -> Result<Deployed, NoOutputs> {
    Deployed::parse(&json.to_string(), "out.json", usage_key_header)
}

#[test]
fn without_endpoints_the_services_are_the_regions_own() {
    let deployed = parse(&whole(&told()), false).expect("outputs");
    assert_eq!(deployed.ready.target, "aws");
    assert_eq!(deployed.ready.api_base_url, "https://abc.execute-api.us-east-1.amazonaws.com/staging");
    assert_eq!(deployed.ready.endpoints.s3, "https://s3.us-east-1.amazonaws.com");
    assert_eq!(deployed.ready.endpoints.xray.as_deref(), Some("https://xray.us-east-1.amazonaws.com"));
    assert!(deployed.ready.webhook_headers.is_empty() && !deployed.ready.log_dir.exists());
    assert_eq!((deployed.name_suffix.as_str(), deployed.environment.as_deref()), ("-blue", Some("staging")));
    assert_eq!(deployed.emulator, None);
    assert_eq!(parse(&told(), false).expect("the output alone"), deployed);
}

#[test]
fn endpoints_that_are_told_are_an_emulators() {
    let mut told = told();
    let here = "http://127.0.0.1:4577";
    told["endpoints"] =
        json!({ "s3": here, "dynamodb": here, "sqs": here, "secretsmanager": here, "lambda": here });
    let deployed = parse(&whole(&told), true).expect("outputs");
    assert_eq!(deployed.emulator.as_deref(), Some(here));
    assert_eq!(deployed.ready.endpoints.lambda, here);
    assert_eq!(deployed.ready.endpoints.xray, None);
    assert_eq!(deployed.ready.webhook_headers["stripe"]["x-api-key"], "key-of-stripe");
}

#[test]
fn a_ready_file_is_read_as_well() {
    let mut ready = parse(&told(), false).expect("outputs").ready;
    let text = |ready: &Ready| serde_json::to_string(ready).expect("JSON");
    let on_aws = Deployed::parse(&text(&ready), "ready.json", false).expect("a ready file");
    assert_eq!((on_aws.emulator, &on_aws.ready), (None, &ready));
    ready.endpoints.dynamodb = "http://127.0.0.1:4566".to_owned();
    ready.target = "ministack".to_owned();
    let emulated = Deployed::parse(&text(&ready), "ready.json", false).expect("a ready file");
    assert_eq!(emulated.emulator.as_deref(), Some("http://127.0.0.1:4566"));
    assert_eq!(emulated.ready.target, "aws");
}

#[test]
fn a_missing_output_is_named_with_what_to_do() {
    let mut without_table = told();
    without_table.as_object_mut().expect("an object").remove("table");
    let error = parse(&whole(&without_table), false).expect_err("no table").to_string();
    assert!(
        error.contains("`webhookctl`") && error.contains("`table`") && error.contains("Next:"),
        "{error}"
    );
    let error = parse(&json!({}), false).expect_err("nothing was applied").to_string();
    assert!(error.contains("`webhookctl`: it is not there") && error.contains("Next:"), "{error}");
    let error = parse(&told(), true).expect_err("no usage keys").to_string();
    assert!(error.contains("`usage_keys`: it is not there"), "{error}");
    let error = Deployed::parse("Warning: No outputs found", "out.json", false).expect_err("no JSON");
    assert!(error.to_string().contains("out.json is not what `terraform output -json` prints"), "{error}");
}

#[tokio::test]
async fn somebody_must_say_where_the_system_is() {
    let error = Deployed::find(&AwsFlags::default(), None).await.expect_err("nobody says it").to_string();
    assert!(error.contains("--outputs") && error.contains("--terraform-dir"), "{error}");
    let gone = AwsFlags { outputs: Some("gone.json".into()), ..AwsFlags::default() };
    let error = Deployed::find(&gone, None).await.expect_err("no file").to_string();
    assert!(error.contains("gone.json") && error.contains("Next:"), "{error}");
    assert_eq!(gone.first(), Some("--outputs"));
}

use super::*;

fn outputs() -> Value {
    json!({
        "api_id": { "value": "abc123" },
        "usage_keys": { "value": { "stripe": "stripe-usage-dev-000000000000" } },
        "webhookctl": { "value": {
            "table": "webhook-transactions", "transmissions_table": "webhook-transmissions", "raw_bucket": "raw",
            "processed_bucket": "processed", "dlq_url": "http://localhost:4566/000000000000/dlq",
            "secrets": { "stripe": "webhook-processor/stripe/secret" },
        } },
    })
}

#[test]
fn what_is_ready_is_said_as_the_emulator_has_it() {
    let profile = Profile::named("ministack").expect("a profile");
    let order = Order::default();
    let ready =
        ready(&profile, "http://127.0.0.1:4566", &outputs(), Path::new("here"), &order).expect("ready");
    assert_eq!(ready.target, "ministack");
    assert_eq!(ready.api_base_url, "http://127.0.0.1:4566/restapis/abc123/dev/_user_request_");
    assert_eq!(ready.webhook_headers["stripe"]["x-api-key"], "stripe-usage-dev-000000000000");
    assert_eq!(ready.endpoints.xray, None);
}

#[test]
fn a_missing_output_is_named() {
    let profile = Profile::named("ministack").expect("a profile");
    let mut outputs = outputs();
    outputs["webhookctl"]["value"]["table"].take();
    let error = ready(&profile, "http://127.0.0.1:4566", &outputs, Path::new("here"), &Order::default());
    assert_eq!(error.expect_err("no table").to_string(), "the stack has no output `table`");
}

#[test]
fn drift_that_no_profile_explains_is_kept() {
    let mut profile = Profile::named("ministack").expect("a profile");
    profile.drift = vec![crate::profile::Drift {
        resource: "aws_x.y[\"*\"]".to_owned(),
        attributes: vec!["tags".to_owned()],
        reason: "forgets tags".to_owned(),
    }];
    let change = |address: &str, attribute: &str| Change {
        address: address.to_owned(),
        attributes: vec![attribute.to_owned()],
    };
    let wanted = vec![change("aws_x.y[\"a\"]", "name"), change("aws_z.y", "tags")];
    let all = [vec![change("aws_x.y[\"a\"]", "tags")], wanted.clone()].concat();
    assert_eq!(explained(all, &profile, &Steps::default()), wanted);
    let nothing = Change { address: "aws_x.y[\"a\"]".to_owned(), attributes: Vec::new() };
    assert_eq!(explained(vec![nothing.clone()], &profile, &Steps::default()), [nothing]);
}

#[test]
fn a_folder_that_holds_no_stack_leaves_nothing_behind() {
    // What was never applied needs no Terraform to go away.
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("deployment-1");
    std::fs::create_dir(&own).expect("made");
    let system = System { folder: Some(own.clone()), ..System::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let left = runtime.block_on(system.down(&DeployFlags::default(), &Steps::default()));
    assert!(left.is_empty() && !own.exists());
}

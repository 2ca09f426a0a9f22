//! Each rule, right and wrong, and the report as people and programs see it.

use std::collections::BTreeMap;

use webhook_aws::ops::inspect::{FunctionFacts, IndexFacts, QueueFacts, RetryFacts, TableFacts};
use webhook_aws::ops::probe::ProbeAnswer;
use webhook_core::ports::ops::{QueueDepth, SecretVersion, SecretVersions};
use webhook_core::ports::{PortError, SecretString};
use webhook_core::unix_time::UnixTime;

use super::*;

fn deployment(kind: Kind) -> Deployment {
    Deployment {
        kind,
        region: "us-east-1".to_owned(),
        api_base_url: None,
        clock_url: String::new(),
        table: "webhook-transactions".to_owned(),
        transmissions_table: "webhook-transmissions".to_owned(),
        raw_bucket: "1-webhook-payloads-prod".to_owned(),
        processed_bucket: "1-transaction-logs-prod".to_owned(),
        dlq_url: "https://sqs.us-east-1.amazonaws.com/1/webhook-processing-dlq".to_owned(),
        secrets: BTreeMap::new(),
        suffix: String::new(),
        square_notification_url: None,
        queries_signed: true,
        traced: true,
    }
}

fn refused(reason: &str) -> PortError {
    PortError::Refused { operation: "service:Operation", reason: reason.to_owned() }
}

/// What is not right, as `state what: detail`.
fn not_right(findings: &Findings) -> Vec<String> {
    let wrong = findings.checks.iter().filter(|check| check.state != State::Ok);
    wrong.map(|check| format!("{:?} {}: {}", check.state, check.what, check.detail)).collect()
}

fn validator() -> FunctionFacts {
    let variables = [
        ("PROVIDER_NAME", "stripe"),
        (
            "PROVIDER_SECRET_ARN",
            "arn:aws:secretsmanager:us-east-1:1:secret:webhook-processor/stripe/secret-AbCdEf",
        ),
        ("DYNAMODB_TABLE", "webhook-transactions"),
        ("S3_BUCKET", "1-webhook-payloads-prod"),
        ("PROCESSOR_FUNCTION_ARN", "arn:aws:lambda:us-east-1:1:function:webhook-processor"),
        ("ENVIRONMENT", "prod"),
    ];
    FunctionFacts {
        architectures: vec!["arm64".to_owned()],
        memory_mb: 512,
        timeout_s: 10,
        handler: "stripe-webhook-validator".to_owned(),
        state: "Active".to_owned(),
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        tracing: "Active".to_owned(),
        dead_letter_arn: None,
    }
}

/// Judges the validator with `change` made.
#[track_caller]
fn check_validator(change: impl FnOnce(&mut FunctionFacts), expected: &[&str]) {
    let mut facts = validator();
    change(&mut facts);
    let mut findings = Findings::default();
    functions::judge(&deployment(Kind::Aws), &functions::EXPECTED[0], &Ok(facts), &mut findings);
    let expected: Vec<String> =
        expected.iter().map(|text| format!("Wrong function stripe-webhook-validator: {text}")).collect();
    assert_eq!(not_right(&findings), expected);
    assert!(findings.checks.iter().all(|check| (check.state == State::Wrong) == check.fix.is_some()));
}

#[test]
fn functions_are_as_specified() {
    check_validator(|_| {}, &[]);
    check_validator(|facts| facts.architectures = vec!["x86_64".to_owned()], &["architecture: x86_64"]);
    check_validator(|facts| facts.memory_mb = 128, &["memory: 128 MB"]);
    check_validator(|facts| facts.memory_mb = 2048, &[]);
    check_validator(|facts| facts.timeout_s = 3, &["time-out: 3 s"]);
    check_validator(|facts| facts.handler = "index.handler".to_owned(), &["handler: index.handler"]);
    check_validator(|facts| facts.tracing = "PassThrough".to_owned(), &["tracing: PassThrough"]);
    check_validator(|facts| facts.state = "Failed".to_owned(), &["state: Failed"]);
}

#[test]
fn variables_name_this_deployment() {
    let set = |name: &'static str, value: &'static str| {
        move |facts: &mut FunctionFacts| drop(facts.variables.insert(name.to_owned(), value.to_owned()))
    };
    check_validator(
        set("S3_BUCKET", "1-webhook-payloads-dev"),
        &["environment: S3_BUCKET is 1-webhook-payloads-dev, which is not 1-webhook-payloads-prod"],
    );
    check_validator(
        |facts| drop(facts.variables.remove("DYNAMODB_TABLE")),
        &["environment: DYNAMODB_TABLE is not set"],
    );
    check_validator(
        set("PROCESSOR_FUNCTION_ARN", "arn:aws:lambda:us-east-1:1:function:webhook-processor-old"),
        &[
            "environment: PROCESSOR_FUNCTION_ARN is arn:aws:lambda:us-east-1:1:function:webhook-processor-old, which is not webhook-processor",
        ],
    );
    check_validator(set("PROVIDER_SECRET_ARN", "webhook-processor/stripe/secret"), &[]);
    check_validator(
        set("PAYPAL_ENDPOINT", "http://127.0.0.1:1"),
        &["environment: PAYPAL_ENDPOINT is set in production"],
    );
    // The value itself is nowhere.
    check_validator(
        set("STRIPE_SECRET", "whsec_0123456789"),
        &["environment: STRIPE_SECRET looks like a secret"],
    );
}

#[test]
fn validator_and_processor_agree_about_notifications() {
    let with = |role: functions::Role, variables: &[(&str, &str)]| {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        (role, Ok(FunctionFacts { variables, ..validator() }))
    };
    let check = |validator: &[(&str, &str)], processor: &[(&str, &str)], expected: State| {
        let paypal = functions::Role::Validator(Provider::Paypal);
        let all = [with(paypal, validator), with(functions::Role::Processor, processor)];
        let mut findings = Findings::default();
        functions::judge_notifications(&all, &mut findings);
        assert_eq!(findings.checks[0].state, expected, "{findings:?}");
    };
    let (on, bucket) = (("PAYPAL_RECEIVERS", "a@example.com"), ("S3_BUCKET", "raw"));
    check(&[], &[], State::Ok);
    check(&[on], &[on, bucket], State::Ok);
    check(&[on], &[on], State::Wrong);
    check(&[on], &[], State::Wrong);
    check(&[], &[on, bucket], State::Wrong);
    check(&[on], &[("PAYPAL_RECEIVERS", "b@example.com"), bucket], State::Wrong);
}

#[test]
fn values_that_are_not_told_are_not_right() {
    let mut facts = validator();
    facts.variables.insert("S3_BUCKET".to_owned(), "***".to_owned());
    let mut findings = Findings::default();
    functions::judge(&deployment(Kind::Aws), &functions::EXPECTED[0], &Ok(facts), &mut findings);
    assert_eq!(
        not_right(&findings),
        [
            "Unclear function stripe-webhook-validator: environment: could not be checked: the target does not tell the values of S3_BUCKET"
        ]
    );
}

#[test]
fn what_cannot_be_read_is_unclear_and_what_is_not_there_is_wrong() {
    let check = |reason: &str, expected: &str| {
        let mut findings = Findings::default();
        let facts: Result<FunctionFacts, _> = Err(refused(reason));
        functions::judge(&deployment(Kind::Aws), &functions::EXPECTED[0], &facts, &mut findings);
        let told = not_right(&findings).join("\n");
        assert!(told.starts_with(expected) && told.contains(reason), "{reason}: {told}");
    };
    check("ResourceNotFoundException", "Wrong");
    check("AccessDeniedException", "Unclear");
    check("NotImplemented", "Unclear");
    check("SomethingElse", "Unclear");
}

#[test]
fn the_processor_must_not_lose_events() {
    let processor = |arn: Option<&str>| {
        let variables =
            [("DYNAMODB_TABLE", "webhook-transactions"), ("S3_PROCESSED_BUCKET", "1-transaction-logs-prod")];
        FunctionFacts {
            memory_mb: 1024,
            timeout_s: 30,
            handler: "webhook-processor".to_owned(),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            dead_letter_arn: arn.map(str::to_owned),
            ..validator()
        }
    };
    let check = |arn: Option<&str>, right: bool| {
        let mut findings = Findings::default();
        functions::judge(&deployment(Kind::Aws), &functions::EXPECTED[3], &Ok(processor(arn)), &mut findings);
        assert_eq!(not_right(&findings).is_empty(), right, "{:?}", not_right(&findings));
    };
    check(Some("arn:aws:sqs:us-east-1:1:webhook-processing-dlq"), true);
    check(Some("arn:aws:sqs:us-east-1:1:other"), false);
    check(None, false);

    let concurrency = |reserved: Option<i32>, right: bool| {
        let mut findings = Findings::default();
        functions::judge_concurrency("p", &Ok(reserved), &mut findings);
        assert_eq!(not_right(&findings).is_empty(), right, "{reserved:?}");
    };
    concurrency(Some(100), true);
    concurrency(Some(200), true);
    concurrency(Some(50), false);
    concurrency(Some(0), false);
    concurrency(None, false);

    let retries = |retries: i32, event_age_s: i32, right: bool| {
        let mut findings = Findings::default();
        functions::judge_retries("p", &Ok(RetryFacts { retries, event_age_s }), &mut findings);
        assert_eq!(not_right(&findings).is_empty(), right);
    };
    retries(2, 21_600, true);
    retries(0, 21_600, false);
    retries(2, 60, false);
}

fn table() -> TableFacts {
    let index = |hash: &str| IndexFacts {
        status: "ACTIVE".to_owned(),
        keys: vec![hash.to_owned(), "timestamp".to_owned()],
        projection: "ALL".to_owned(),
    };
    TableFacts {
        status: "ACTIVE".to_owned(),
        keys: vec!["transaction_id".to_owned(), "timestamp".to_owned()],
        on_demand: true,
        stream: Some("NEW_AND_OLD_IMAGES".to_owned()),
        indexes: [("ProviderTimestampIndex", index("provider")), ("CustomerIndex", index("customer_id"))]
            .map(|(name, facts)| (name.to_owned(), facts))
            .into(),
    }
}

#[test]
fn stores_are_as_specified() {
    let check = |change: &dyn Fn(&mut TableFacts), expected: &[&str]| {
        let mut facts = table();
        change(&mut facts);
        let mut findings = Findings::default();
        stores::judge_table(&stores::TRANSACTIONS, "t", &Ok(facts), &mut findings);
        assert_eq!(not_right(&findings), expected);
    };
    check(&|_| {}, &[]);
    check(&|facts| facts.on_demand = false, &["Wrong table t: billing: provisioned"]);
    check(&|facts| facts.stream = None, &["Wrong table t: stream: off"]);
    check(&|facts| drop(facts.keys.pop()), &["Wrong table t: keys: transaction_id"]);
    check(
        &|facts| drop(facts.indexes.remove("CustomerIndex")),
        &["Wrong table t: index CustomerIndex: it is not there"],
    );
    check(
        &|facts| facts.indexes.get_mut("CustomerIndex").unwrap().projection = "KEYS_ONLY".to_owned(),
        &["Wrong table t: index CustomerIndex: customer_id, timestamp (KEYS_ONLY), ACTIVE"],
    );
    let mut findings = Findings::default();
    stores::judge_expiry("t", &Ok(Some("ttl".to_owned())), &mut findings);
    stores::judge_recovery("t", &Ok(false), &mut findings);
    stores::judge_bucket("us-east-1", "b", &Ok("eu-west-1".to_owned()), &mut findings);
    stores::judge_encryption("b", &Ok(None), &mut findings);
    stores::judge_public_access("b", &Ok([true, true, true, false]), &mut findings);
    stores::judge_lifecycle("b", &Ok(0), &mut findings);
    stores::judge_versioning("b", &Ok(false), &mut findings);
    let queue = QueueFacts { retention_s: Some(345_600), visibility_s: Some(30), ..QueueFacts::default() };
    stores::judge_queue(&Ok(queue), &mut findings);
    stores::judge_depth(&Ok(QueueDepth { visible: 2, in_flight: 1, delayed: 0 }), &mut findings);
    let expected = [
        "Wrong table t: time to live: ttl",
        "Wrong table t: point-in-time recovery: off",
        "Wrong bucket b: in eu-west-1",
        "Wrong bucket b: encryption: none",
        "Wrong bucket b: public access: 3 of 4 blocks set",
        "Wrong bucket b: lifecycle: 0 rules in force",
        "Wrong bucket b: versioning: off",
        "Wrong dead-letter queue: retention: 345600 s",
        "Wrong dead-letter queue: depth: 3 dead letters, 1 of them in flight",
    ];
    assert_eq!(not_right(&findings), expected);
}

#[test]
fn secrets_are_there_and_well_formed() {
    let version = |value: &str| {
        let value = SecretString::new(value);
        SecretVersion { id: "v-1".to_owned(), created_at: Some(UnixTime::from_secs(0)), value }
    };
    let check = |current: Option<&str>, previous: Option<&str>, expected: &[&str]| {
        let versions = SecretVersions { current: current.map(version), previous: previous.map(version) };
        let mut findings = Findings::default();
        secrets::judge(
            Provider::Stripe,
            "s",
            &Ok(Some(versions)),
            None,
            UnixTime::from_secs(60),
            &mut findings,
        );
        let told = not_right(&findings);
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, part) in told.iter().zip(expected) {
            assert!(told.contains(part), "{told}");
        }
        let all = serde_json::to_string(&findings.checks).unwrap();
        assert!(!all.contains("0123456789"), "a value is told: {all}");
    };
    check(Some("whsec_0123456789"), None, &[]);
    check(Some("whsec_0123456789"), Some("whsec_previous0123456789"), &[]);
    check(None, None, &["it has no value"]);
    check(Some("REPLACE_ME"), None, &["it is a placeholder"]);
    check(Some("whsec_0123456789"), Some("changeme"), &["its previous value is a placeholder"]);
    check(Some("sk_live_0123456789"), None, &["is no secret of stripe"]);
    let mut findings = Findings::default();
    secrets::judge(Provider::Stripe, "s", &Ok(None), None, UnixTime::from_secs(0), &mut findings);
    assert_eq!(not_right(&findings), ["Wrong secret s: it is not there"]);
}

#[test]
fn strangers_are_refused() {
    let answer = |status: u16| Ok(ProbeAnswer { status, date: None });
    let webhook = |status: u16| {
        let mut findings = Findings::default();
        strangers::judge_webhook(Provider::Stripe, &answer(status), &mut findings);
        findings.checks[0].state
    };
    for (status, expected) in [
        (400, State::Ok),
        (401, State::Ok),
        (200, State::Wrong),
        (403, State::Unclear),
        (404, State::Wrong),
        (429, State::Unclear),
        (502, State::Wrong),
        (503, State::Wrong),
    ] {
        assert_eq!(webhook(status), expected, "{status}");
    }
    let query = |status: u16| {
        let mut findings = Findings::default();
        strangers::judge_query(&answer(status), &mut findings);
        findings.checks[0].state
    };
    for (status, expected) in
        [(403, State::Ok), (404, State::Wrong), (200, State::Wrong), (500, State::Wrong)]
    {
        assert_eq!(query(status), expected, "{status}");
    }
    let clock = |skew_s: i64| {
        let date = Some(UnixTime::from_secs(1000));
        let mut findings = Findings::default();
        let answer = Ok(ProbeAnswer { status: 200, date });
        strangers::judge_clock(&answer, UnixTime::from_secs(1000 + skew_s), &mut findings);
        (findings.checks[0].state, findings.checks[0].detail.clone())
    };
    assert_eq!(clock(1), (State::Ok, "right".to_owned()));
    assert_eq!(clock(120), (State::Wrong, "120 s ahead of the service's".to_owned()));
    assert_eq!(clock(-120), (State::Wrong, "120 s behind the service's".to_owned()));
    for provider in Provider::ALL {
        let body: serde_json::Value = serde_json::from_str(strangers::unsigned_body(provider)).unwrap();
        assert!(body.is_object());
    }
}

#[test]
fn a_report_as_people_and_programs_see_it() {
    let mut findings = Findings::default();
    findings.ok("bucket b", "in us-east-1");
    findings.unclear("bucket b: encryption", "access denied");
    let unclear = Report::new(&deployment(Kind::Embedded), [findings]);
    assert_eq!((unclear.verdict, unclear.exit()), (State::Unclear, Exit::Unclear));
    let mut findings = Findings::default();
    findings.ok("bucket b", "in us-east-1");
    findings.unclear("bucket b: encryption", "access denied");
    findings.wrong("table t: stream", "off", "switch the stream on");
    findings.not_applicable("table t: point-in-time recovery", "in memory");
    let report = Report::new(&deployment(Kind::Embedded), [findings]);
    let expected = "\
ok       bucket b: in us-east-1
?        bucket b: encryption: could not be checked: access denied
WRONG    table t: stream: off
         Fix: switch the stream on
n/a      table t: point-in-time recovery: in memory

1 check right, 1 wrong, 1 could not be checked.
";
    assert_eq!((report.text().as_str(), report.exit()), (expected, Exit::Findings));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["verdict"], &json["target"]), (&"wrong".into(), &"embedded".into()));
    assert_eq!(
        json["checks"][2],
        serde_json::json!({
            "what": "table t: stream", "state": "wrong", "detail": "off", "fix": "switch the stream on",
        })
    );
    assert_eq!(Report::new(&deployment(Kind::Aws), []).exit(), Exit::Done);
}

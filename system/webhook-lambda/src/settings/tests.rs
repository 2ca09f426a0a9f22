//! Complete, missing and contradictory environments.

use std::collections::BTreeMap;

use super::*;

pub(super) type Environment = BTreeMap<&'static str, String>;

pub(super) fn environment(handler: &str, more: &[(&'static str, &str)]) -> Environment {
    let lambda = [
        ("_HANDLER", handler),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_LAMBDA_FUNCTION_NAME", handler),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hidden-key"),
        ("DYNAMODB_TABLE", "webhook-transactions"),
    ];
    lambda.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect()
}

pub(super) fn validator(provider: &str, more: &[(&'static str, &str)]) -> Environment {
    let mut environment = environment(
        &format!("{provider}-webhook-validator"),
        &[
            ("PROVIDER_NAME", provider),
            ("PROVIDER_SECRET_ARN", "webhook-processor/secret"),
            ("S3_BUCKET", "raw"),
            ("PROCESSOR_FUNCTION_ARN", "webhook-processor"),
        ],
    );
    environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    environment
}

pub(super) fn read(environment: &Environment) -> Result<Settings, SettingsError> {
    Settings::read(&|name| environment.get(name).cloned())
}

/// The environment is refused with exactly these problems.
#[track_caller]
pub(super) fn check_problems(environment: &Environment, expected: &[&str]) {
    match read(environment) {
        Err(SettingsError::Variables { problems, .. }) => assert_eq!(problems, expected),
        other => panic!("expected problems, got {other:?}"),
    }
}

#[track_caller]
pub(super) fn validator_settings(environment: &Environment) -> ValidatorSettings {
    match read(environment).unwrap().role {
        Role::Validator(settings) => settings,
        other => panic!("not a validator: {other:?}"),
    }
}

#[test]
fn every_function_starts_with_what_the_deployment_gives_it() {
    for provider in Provider::ALL {
        let settings = validator_settings(&validator(provider.as_str(), &[]));
        assert_eq!(settings.provider, provider);
        assert_eq!(settings.transmissions_table, "webhook-transmissions");
    }
    let processor = read(&environment(
        "webhook-processor",
        &[("S3_PROCESSED_BUCKET", "log"), ("RECORD_TTL_DAYS", "365")],
    ));
    let expected = ProcessorSettings {
        table: "webhook-transactions".into(),
        processed_bucket: "log".into(),
        record_ttl_days: Some(365),
        ipn: None,
    };
    assert!(matches!(processor.unwrap().role, Role::Processor(settings) if settings == expected));
    let query = read(&environment("transaction-query-eu2", &[])).unwrap();
    assert_eq!(query.function, Function::Query);
    assert!(matches!(query.role, Role::Query(settings) if settings.table == "webhook-transactions"));
}

#[test]
fn functions_behind_a_stage_know_what_they_were_deployed_with() {
    let environment_of_stage = ("ENVIRONMENT", "staging");
    let deployment = |environment: Option<&str>, raw_bucket: Option<&str>| Deployment {
        environment: environment.map(str::to_owned),
        table: Some("webhook-transactions".to_owned()),
        raw_bucket: raw_bucket.map(str::to_owned),
    };
    let stripe = validator_settings(&validator("stripe", &[environment_of_stage]));
    assert_eq!(stripe.deployment, deployment(Some("staging"), Some("raw")));
    assert_eq!(validator_settings(&validator("square", &[])).deployment, deployment(None, Some("raw")));
    match read(&environment("transaction-query", &[environment_of_stage])).unwrap().role {
        Role::Query(settings) => assert_eq!(settings.deployment, deployment(Some("staging"), None)),
        other => panic!("not a query function: {other:?}"),
    }
}

#[test]
fn the_compactor_knows_its_bucket_its_days_and_itself() {
    let bucket = ("S3_PROCESSED_BUCKET", "log");
    let settings = |more: &[(&'static str, &str)]| match read(&environment(
        "transaction-log-compactor",
        &[&[bucket], more].concat(),
    ))
    .unwrap()
    .role
    {
        Role::Compactor(settings) => settings,
        other => panic!("not a compactor: {other:?}"),
    };
    let named = |own_function: &str, days| CompactorSettings {
        processed_bucket: "log".into(),
        days,
        own_function: own_function.into(),
    };
    assert_eq!(settings(&[]), named("transaction-log-compactor", 4));
    assert_eq!(settings(&[("COMPACT_DAYS", "7"), ("COMPACTOR_FUNCTION_ARN", "arn")]), named("arn", 7));
    for days in ["0", "32", "-1", "a week"] {
        check_problems(
            &environment("transaction-log-compactor", &[bucket, ("COMPACT_DAYS", days)]),
            &["COMPACT_DAYS must be a number of days from 1 to 31"],
        );
    }
    check_problems(
        &environment("transaction-log-compactor", &[]),
        &["S3_PROCESSED_BUCKET is not set (bucket of the processed records)"],
    );
}

#[test]
fn endpoints_are_those_of_the_sdks_own_variables() {
    let endpoints = [
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:3"),
        ("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:4"),
    ];
    let settings = read(&environment("transaction-query", &endpoints)).unwrap();
    let expected = Endpoints {
        s3: Some("http://127.0.0.1:1".into()),
        dynamodb: Some("http://127.0.0.1:2".into()),
        secrets_manager: Some("http://127.0.0.1:3".into()),
        lambda: Some("http://127.0.0.1:4".into()),
    };
    assert_eq!(settings.aws.endpoints, expected);

    let shared = [endpoints[0], ("AWS_ENDPOINT_URL", "http://127.0.0.1:5")];
    let all = || Some("http://127.0.0.1:5".into());
    let expected = Endpoints { s3: expected.s3, dynamodb: all(), secrets_manager: all(), lambda: all() };
    assert_eq!(read(&environment("transaction-query", &shared)).unwrap().aws.endpoints, expected);
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let mut bare = environment("square-webhook-validator", &[]);
    bare.remove("AWS_REGION");
    bare.insert("AWS_LAMBDA_FUNCTION_VERSION", String::new());
    check_problems(
        &bare,
        &[
            "AWS_LAMBDA_FUNCTION_VERSION is not set (Lambda sets it; a stand-in for Lambda must too)",
            "AWS_REGION is not set (e.g. us-east-1)",
            "PROVIDER_NAME is not set (the provider whose webhooks the function takes)",
            "PROVIDER_SECRET_ARN is not set (ARN or name of the provider's secret)",
            "S3_BUCKET is not set (bucket of the raw bodies)",
            "PROCESSOR_FUNCTION_ARN is not set (ARN or name of the processor function)",
        ],
    );
    check_problems(
        &environment("webhook-processor", &[]),
        &["S3_PROCESSED_BUCKET is not set (bucket of the processed records)"],
    );
}

#[test]
fn a_handler_and_its_provider_must_agree() {
    check_problems(
        &validator("stripe", &[("PROVIDER_NAME", "square")]),
        &["PROVIDER_NAME must be stripe for this handler"],
    );
}

#[test]
fn production_trusts_only_paypal_itself() {
    let overrides = [
        ("PAYPAL_ENDPOINT", "http://127.0.0.1:8080"),
        ("PAYPAL_TRUST_ROOT", "-----BEGIN CERTIFICATE-----\n"),
    ];
    let settings = validator_settings(&validator("paypal", &overrides));
    assert_eq!(settings.paypal.hosts.endpoint.as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(settings.paypal.trust_root_pem.as_deref(), Some("-----BEGIN CERTIFICATE-----\n"));
    for environment in ["prod", "production", "PROD"] {
        let mut production = validator("paypal", &overrides);
        production.insert("ENVIRONMENT", environment.to_owned());
        check_problems(
            &production,
            &[
                &format!("PAYPAL_ENDPOINT must not be set when ENVIRONMENT is {environment}"),
                &format!("PAYPAL_TRUST_ROOT must not be set when ENVIRONMENT is {environment}"),
            ],
        );
    }
}

#[test]
fn a_trust_root_may_be_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\nfrom a file").unwrap();
    let path = file.path().to_str().unwrap();
    let settings = validator_settings(&validator("paypal", &[("PAYPAL_TRUST_ROOT", path)]));
    assert_eq!(settings.paypal.trust_root_pem.as_deref(), Some("-----BEGIN CERTIFICATE-----\nfrom a file"));
    check_problems(
        &validator("paypal", &[("PAYPAL_TRUST_ROOT", "/nowhere/root.pem")]),
        &["PAYPAL_TRUST_ROOT is neither PEM text nor a readable file (entity not found)"],
    );
}

#[test]
fn numbers_and_levels_are_checked() {
    let processor = |name: &'static str, value: &str| {
        environment("webhook-processor", &[("S3_PROCESSED_BUCKET", "log"), (name, value)])
    };
    for days in ["0", "-1", "a year"] {
        check_problems(
            &processor("RECORD_TTL_DAYS", days),
            &["RECORD_TTL_DAYS must be a positive number of days"],
        );
    }
    check_problems(&processor("LOG_LEVEL", "loud"), &["LOG_LEVEL must be one of: INFO, WARN, ERROR"]);
    assert_eq!(read(&processor("LOG_LEVEL", "warn")).unwrap().log_level, Level::Warn);
    assert_eq!(read(&processor("LOG_LEVEL", "")).unwrap().log_level, Level::Info);
}

#[test]
fn an_unset_handler_is_an_unknown_one() {
    let error = Settings::read(&|_| None).unwrap_err().to_string();
    assert!(error.contains("unknown handler \"\""), "{error}");
    assert!(error.contains("webhook-processor"), "{error}");
}

#[test]
fn the_authorizer_needs_keys_and_nothing_else_of_its_own() {
    let keys = r#"{"stripe": "hidden-0123456789-key"}"#;
    let mut environment = environment("usage-key-authorizer-eu2", &[("USAGE_KEYS", keys)]);
    environment.remove("DYNAMODB_TABLE");
    let settings = read(&environment).unwrap();
    assert_eq!(settings.function, Function::UsageKeyAuthorizer);
    assert!(!format!("{settings:?}").contains("hidden-0123456789"));
    environment.insert("USAGE_KEYS", r#"{"stripe": "hidden"}"#.to_owned());
    check_problems(
        &environment,
        &["USAGE_KEYS: the key of stripe must be 20 to 128 printable ASCII characters"],
    );
    environment.remove("USAGE_KEYS");
    check_problems(&environment, &["USAGE_KEYS is not set (JSON object of provider and API key value)"]);
}

#[test]
fn debug_shows_no_secret() {
    let settings =
        read(&validator("paypal", &[("PAYPAL_TRUST_ROOT", "-----BEGIN CERTIFICATE-----\nxyz")])).unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hidden-key") && !shown.contains("BEGIN"), "{shown}");
}

use super::*;
use crate::settings::tests::{check_problems, environment, read, validator, validator_settings};
use crate::settings::{ProcessorSettings, Role};

fn paypal(more: &[(&'static str, &str)]) -> PaypalSettings {
    validator_settings(&validator("paypal", more)).paypal
}

fn processor(more: &[(&'static str, &str)]) -> super::super::tests::Environment {
    let mut environment = environment("webhook-processor", &[("S3_PROCESSED_BUCKET", "log")]);
    environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    environment
}

fn processor_settings(more: &[(&'static str, &str)]) -> ProcessorSettings {
    match read(&processor(more)).unwrap().role {
        Role::Processor(settings) => settings,
        other => panic!("not the processor: {other:?}"),
    }
}

#[test]
fn by_default_signatures_are_checked_here_and_no_notification_is_taken() {
    let settings = paypal(&[]);
    assert_eq!(settings.verification, Verification::Offline);
    assert_eq!(settings.hosts, PaypalHosts { environment: PaypalEnvironment::Live, endpoint: None });
    assert!(settings.receivers.is_none() && settings.extra_roots_pem.is_none());
    assert_eq!(processor_settings(&[]).ipn, None);
}

#[test]
fn what_is_configured_is_read() {
    let settings = paypal(&[
        ("PAYPAL_VERIFICATION", "api"),
        ("PAYPAL_ENVIRONMENT", "sandbox"),
        ("PAYPAL_RECEIVERS", "merchant@example.com, S8XGHLYDW9T3S"),
        ("PAYPAL_EXTRA_ROOTS", "-----BEGIN CERTIFICATE-----\n"),
    ]);
    assert_eq!(settings.verification, Verification::Api);
    assert_eq!(settings.hosts.environment, PaypalEnvironment::Sandbox);
    assert!(settings.receivers.unwrap().include("s8xghlydw9t3s"));
    assert_eq!(settings.extra_roots_pem.as_deref(), Some("-----BEGIN CERTIFICATE-----\n"));
}

#[test]
fn the_processor_needs_the_raw_bucket_for_notifications_only() {
    let receivers = ("PAYPAL_RECEIVERS", "merchant@example.com");
    check_problems(
        &processor(&[receivers]),
        &["S3_BUCKET is not set (bucket of the raw bodies, because PAYPAL_RECEIVERS is set)"],
    );
    let endpoint = ("PAYPAL_ENDPOINT", "http://127.0.0.1:8080");
    let ipn = processor_settings(&[receivers, ("S3_BUCKET", "raw"), endpoint]).ipn.unwrap();
    assert_eq!(ipn.raw_bucket, "raw");
    assert_eq!(ipn.hosts.endpoint.as_deref(), Some("http://127.0.0.1:8080"));
    check_problems(
        &processor(&[receivers, ("S3_BUCKET", "raw"), endpoint, ("ENVIRONMENT", "prod")]),
        &["PAYPAL_ENDPOINT must not be set when ENVIRONMENT is prod"],
    );
}

#[test]
fn values_that_mean_nothing_are_refused() {
    for (name, value, problem) in [
        ("PAYPAL_VERIFICATION", "on", "PAYPAL_VERIFICATION must be one of: offline, api"),
        ("PAYPAL_ENVIRONMENT", "test", "PAYPAL_ENVIRONMENT must be one of: live, sandbox"),
        (
            "PAYPAL_RECEIVERS",
            "merchant at example",
            "PAYPAL_RECEIVERS is not a comma-separated list of e-mail addresses and merchant ids",
        ),
        (
            "PAYPAL_EXTRA_ROOTS",
            "/nowhere/roots.pem",
            "PAYPAL_EXTRA_ROOTS is neither PEM text nor a readable file (entity not found)",
        ),
    ] {
        check_problems(&validator("paypal", &[(name, value)]), &[problem]);
    }
}

#[test]
fn roots_may_be_added_in_production_too() {
    let extra = [("PAYPAL_EXTRA_ROOTS", "-----BEGIN CERTIFICATE-----\n"), ("ENVIRONMENT", "prod")];
    assert!(paypal(&extra).extra_roots_pem.is_some());
}

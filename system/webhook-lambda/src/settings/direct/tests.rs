use super::*;

const PLAIN: [(&str, &str); 6] = [
    ("TABLE_NAME", "PaymentTransactions-dev"),
    ("WEBHOOK_TYPE", "PayPal"),
    ("SECRET_NAME", "payment-webhooks/paypal-dev"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "canary-of-a-key"),
];

fn read(changes: &[(&str, &str)]) -> Result<DirectSettings, String> {
    let lookup = |name: &str| {
        let every = changes.iter().chain(&PLAIN);
        every.clone().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    DirectSettings::read(&lookup).map_err(|error| error.to_string())
}

#[track_caller]
fn check(changes: &[(&str, &str)], expected: &str) {
    let message = read(changes).expect_err("the settings are wrong");
    assert!(message.contains(expected), "{message}");
    assert!(!message.contains("canary"), "{message}");
}

#[test]
fn three_variables_and_lambdas_own_are_enough() {
    let settings = read(&[]).unwrap();
    assert_eq!((settings.provider, settings.table.as_str()), (Provider::Paypal, "PaymentTransactions-dev"));
    assert_eq!(settings.secret_id, "payment-webhooks/paypal-dev");
    assert_eq!(read(&[("WEBHOOK_TYPE", "Stripe")]).unwrap().provider, Provider::Stripe);
    assert!(!format!("{settings:?}").contains("canary"), "{settings:?}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    check(&[("WEBHOOK_TYPE", "Square-canary")], "WEBHOOK_TYPE must be one of: Stripe, PayPal");
    check(
        &[("WEBHOOK_TYPE", ""), ("TABLE_NAME", ""), ("LOG_LEVEL", "canary")],
        "WEBHOOK_TYPE is not set (Stripe or PayPal); TABLE_NAME is not set (table of the payments); LOG_LEVEL must be",
    );
}

#[test]
fn trust_is_moved_away_from_aws_only() {
    let stand_ins = [("PAYPAL_ENDPOINT", "http://127.0.0.1:1"), ("PAYPAL_TRUST_ROOT", "-----BEGIN canary")];
    for stand_in in stand_ins {
        check(&[stand_in], "must not be set on AWS");
        let settings = read(&[stand_in, ("AWS_ENDPOINT_URL", "http://127.0.0.1:2")]).unwrap();
        let found = (settings.paypal.hosts.endpoint.is_some(), settings.paypal.trust_root_pem.is_some());
        assert_eq!(found, (stand_in.0 == "PAYPAL_ENDPOINT", stand_in.0 == "PAYPAL_TRUST_ROOT"));
    }
}

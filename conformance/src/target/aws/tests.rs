use serde_json::json;

use super::*;
use crate::suite::Suite;

fn deployed() -> Deployed {
    let told = json!({
        "region": "us-east-1", "account_id": "123456789012", "environment": "staging",
        "api_base_url": "https://abc.execute-api.us-east-1.amazonaws.com/staging",
        "table": "webhook-transactions", "raw_bucket": "raw", "processed_bucket": "processed",
        "dlq_url": "https://sqs.us-east-1.amazonaws.com/123456789012/dlq", "secrets": {},
    });
    Deployed::parse(&told.to_string(), "a test", false).unwrap()
}

#[test]
fn what_only_this_machine_shows_is_not_offered() {
    let offers = offers(&deployed());
    for lacking in [
        Capability::Paypal,
        Capability::Ipn,
        Capability::Logs,
        Capability::Secrets,
        Capability::Faults,
        Capability::Settings,
    ] {
        assert!(!offers.has(lacking), "{lacking}");
    }
    for offered in [Capability::Stripe, Capability::Square, Capability::Stores, Capability::Traces] {
        assert!(offers.has(offered), "{offered}");
    }
}

#[test]
fn it_is_told_what_is_sent_and_what_it_costs() {
    let suite = Suite::built_in().unwrap();
    let cases: Vec<_> = suite.cases().collect();
    let told = told(&deployed(), &cases, &offers(&deployed()), 0).unwrap();
    for part in ["cases can be run", "abc.execute-api", "account 123456789012", "staging", "an estimate"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

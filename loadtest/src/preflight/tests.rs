use serde_json::json;

use super::*;

fn peak() -> Plan {
    Plan::load("peak").unwrap()
}

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
fn the_limit_counts_the_warm_up_and_says_how_to_raise_it() {
    let mut plan = peak();
    within_limit(&plan, None).unwrap();
    plan.set_rate(100_000.0);
    plan.warmup_s = 0.0;
    within_limit(&plan, None).unwrap();
    plan.warmup_s = 3.0;
    let refused = within_limit(&plan, None).unwrap_err();
    assert_eq!(refused.exit(), crate::exit::Exit::Usage);
    // The warm-up rises from a tenth of the rate to all of it.
    let text = refused.to_string();
    assert!(text.contains("sends 102,750 webhooks") && text.contains("100,000 at most"), "{text}");
    assert!(text.contains("--max-total 102750"), "{text}");
    within_limit(&plan, Some(102_750)).unwrap();
    within_limit(&peak(), Some(10)).unwrap_err();
}

#[test]
fn all_that_is_sent_is_billed() {
    let plan = Plan { poison: 20, ..peak() };
    let traffic = traffic(&plan, 7);
    let sent = traffic.valid + traffic.duplicates + traffic.forged + traffic.malformed + traffic.poison;
    assert_eq!(whole(sent.round()), total(&plan));
    assert_eq!((traffic.forged, traffic.poison, traffic.records_before), (500.0, 20.0, 7.0));
    assert_eq!((traffic.looks, super::traffic(&Plan { poison: 0, ..plan }, 7).looks), (24.0, 3.0));
}

#[test]
fn it_is_told_where_it_goes_and_what_it_costs() {
    let told = text(&peak(), &deployed(), 0).unwrap();
    for part in ["abc.execute-api.us-east-1", "123456789012", "staging", "API Gateway", "an estimate"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("REPLACES"), "{told}");
    let rotating = Plan { rotate_secrets_at_s: Some(10.0), ..peak() };
    assert!(text(&rotating, &deployed(), 0).unwrap().contains("REPLACES"));
}

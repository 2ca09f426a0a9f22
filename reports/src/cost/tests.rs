use super::*;

/// Dollars of a line, in thousandths.
#[track_caller]
fn check(traffic: &Traffic, what: &str, expected: f64) {
    let estimate = estimate(traffic).unwrap();
    let line = estimate.lines.iter().find(|line| line.what == what).unwrap();
    assert!((line.dollars - expected).abs() < 0.001 * expected.max(0.001), "{line:?}, not {expected}");
}

#[test]
fn a_million_webhooks_cost_what_the_prices_say() {
    let million = Traffic { valid: 1e6, ..Traffic::default() };
    check(&million, "API Gateway", 3.50);
    // Two invocations each, and 0.045 GB-s.
    check(&million, "Lambda", 0.40 + 45_000.0 * 0.000_013_333_4);
    check(&million, "DynamoDB writes", 3.0 * 0.625);
    check(&million, "S3 PUT", 10.0);
    check(&million, "SQS", 0.0);
    check(&million, "CloudWatch Logs", 1.10);
    check(&million, "X-Ray", 0.50);
    check(&million, "reading back", 0.0);
}

#[test]
fn what_is_refused_costs_less() {
    let forged = Traffic { forged: 1e6, ..Traffic::default() };
    check(&forged, "API Gateway", 3.50);
    check(&forged, "Lambda", 0.20 + 15_000.0 * 0.000_013_333_4);
    check(&forged, "S3 PUT", 0.0);
    let malformed = Traffic { malformed: 1e6, ..Traffic::default() };
    check(&malformed, "API Gateway", 3.50);
    check(&malformed, "Lambda", 0.0);
    let duplicates = Traffic { duplicates: 1e6, ..Traffic::default() };
    check(&duplicates, "DynamoDB writes", 0.625);
    check(&duplicates, "S3 PUT", 5.0);
}

#[test]
fn reading_back_grows_with_what_is_there() {
    let looks = Traffic { looks: 10.0, records_before: 4e5, ..Traffic::default() };
    // A million units, and 8,000 pages.
    check(&looks, "reading back", 0.125 + 0.04);
}

#[test]
fn an_estimate_says_that_it_is_one() {
    let text = estimate(&Traffic { valid: 10_000.0, ..Traffic::default() }).unwrap().text();
    assert!(
        text.contains("API Gateway") && text.contains("0.035 $") && text.contains("10,000 requests"),
        "{text}"
    );
    assert!(text.contains("an estimate: list prices of us-east-1 as of 20"), "{text}");
}

#[test]
fn the_price_of_a_request_falls_with_their_number() {
    let check = |millions: f64, expected: f64| {
        check(&Traffic { malformed: millions * 1e6, ..Traffic::default() }, "API Gateway", expected);
    };
    check(333.0, 333.0 * 3.5);
    check(432.0, 333.0 * 3.5 + 99.0 * 2.8);
    check(2_000.0, 333.0 * 3.5 + 667.0 * 2.8 + 1_000.0 * 2.38);
}

#[test]
fn ten_thousand_a_minute_for_a_month_cost_what_the_documents_say() {
    let month = Traffic { valid: 432e6, ..Traffic::default() };
    check(&month, "API Gateway", 1_442.7);
    check(&month, "S3 PUT", 4_320.0);
    check(&month, "DynamoDB writes", 810.0);
    let dollars = estimate(&month).unwrap().dollars();
    assert!((7_600.0..7_800.0).contains(&dollars), "{dollars}");
}

#[test]
fn a_price_file_whose_steps_make_no_sense_is_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        let error = Prices::parse(&PRICES.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("up-to-million = 1000", "up-to-million = 100", "must rise");
    check("[[api-request]]\nprice = 1.51", "", "no `up-to-million`");
    check("put-request", "put-requests", "put-requests");
}

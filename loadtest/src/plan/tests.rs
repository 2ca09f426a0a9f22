use std::time::Duration;

use super::*;

const SMALLEST: &str = "name = \"small\"\n[[phases]]\nduration_s = 10\nrate_per_min = 600\n";

#[track_caller]
fn check(text: &str, expected: Result<f64, &str>) {
    match (Plan::parse("test.toml", text), expected) {
        (Ok(plan), Ok(webhooks)) => assert!((plan.webhooks() - webhooks).abs() < 1e-6, "{}", plan.webhooks()),
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "`{error}` lacks `{part}`"),
        (Ok(plan), Err(part)) => panic!("accepted {plan:?}, expected an error with `{part}`"),
        (Err(error), Ok(_)) => panic!("refused: {error}"),
    }
}

#[test]
fn built_in_plans_are_what_the_manual_says() {
    let peak = Plan::load("peak").expect("peak");
    assert_eq!(peak.rate_per_min(), 10_000.0);
    assert_eq!(peak.duration_s(), 60.0);
    assert_eq!(peak.warmup_s, 3.0);
    assert_eq!(peak.mix.weights(), [45.0, 33.0, 22.0]);
    assert_eq!(peak.shares, Shares { forged: 0.05, duplicates: 0.02, malformed: 0.02 });
    assert_eq!((peak.poison, peak.queries_per_s), (20, 2.0));
    let smoke = Plan::load("smoke").expect("smoke");
    assert_eq!((smoke.rate_per_min(), smoke.duration_s()), (8_000.0, 10.0));
    // A plan that ships gives a verdict: enough valid deliveries for a p99.
    let wanted = smoke.shares.forged + smoke.shares.duplicates + smoke.shares.malformed;
    assert!(smoke.webhooks() * (1.0 - wanted) > 1_050.0);
}

#[test]
fn defaults_fill_what_a_file_leaves_out() {
    let plan = Plan::parse("test.toml", SMALLEST).expect("the smallest plan");
    assert_eq!((plan.warmup_s, plan.arrival, plan.poison), (3.0, Arrival::Constant, 0));
    assert_eq!(plan.mix, Mix::default());
    assert_eq!(plan.shares, Shares::default());
}

#[test]
fn phases_add_up() {
    check(SMALLEST, Ok(100.0));
    check(
        "name = \"ramp\"\n[[phases]]\nduration_s = 10\nfrom_per_min = 0\nto_per_min = 1200\n[[phases]]\nduration_s = 5\nrate_per_min = 1200\n",
        Ok(200.0),
    );
}

#[test]
fn unknown_fields_are_refused_with_their_line() {
    check(&format!("rate = 5\n{SMALLEST}"), Err("line 1"));
    check(&SMALLEST.replace("duration_s", "durations"), Err("line 3"));
    check(&format!("{SMALLEST}[shares]\nforgde = 0.1\n"), Err("forgde"));
    check(&format!("{SMALLEST}[mix]\nstripe = 1\npaypal = 1\nsquare = 1\nadyen = 1\n"), Err("line 9"));
    check("name = \"x\"\nphases = 3", Err("line 2"));
    check("name = \"x\"", Err("phases"));
    check(&format!("arrival = \"max\"\n{SMALLEST}"), Err("max"));
}

#[test]
fn values_that_make_no_sense_are_refused() {
    check(&SMALLEST.replace("600", "-1"), Err("a rate is -1"));
    check(&SMALLEST.replace("600", "nan"), Err("a rate is NaN"));
    check(&SMALLEST.replace("= 10", "= 0"), Err("0.1 s to a day"));
    check(&SMALLEST.replace("600", "1"), Err("not a single webhook"));
    check(&SMALLEST.replace("rate_per_min", "to_per_min"), Err("phase 1 needs"));
    check(&SMALLEST.replace("\"small\"", "\"../etc\""), Err("letters, digits"));
    check(&format!("poison = 51\n{SMALLEST}"), Err("at most half"));
    check(&format!("rotate_secrets_at_s = -1\n{SMALLEST}"), Err("rotate_secrets_at_s is -1"));
    check(&format!("rotate_secrets_at_s = 4\n{SMALLEST}"), Err("needs 40 s"));
    check(&format!("rotate_secrets_at_s = 4\n{}", SMALLEST.replace("= 10", "= 40")), Ok(400.0));
    check(&format!("{SMALLEST}[shares]\nforged = 0.6\nmalformed = 0.4\n"), Err("at most 0.9"));
    check(&format!("{SMALLEST}[mix]\nstripe = 0\npaypal = 0\nsquare = 0\n"), Err("not all 0"));
    check(&SMALLEST.replace("600", "9999999").replace("= 10", "= 86400"), Err("can be reconciled"));
}

#[test]
fn an_unknown_name_lists_the_plans() {
    let error = Plan::load("blackfriday").expect_err("no such plan").to_string();
    assert!(error.contains("`peak`") && error.contains("`smoke`"), "{error}");
    let error = Plan::load("no/such/plan.toml").expect_err("no such file").to_string();
    assert!(error.contains("cannot read"), "{error}");
}

#[test]
fn flags_change_rate_and_duration() {
    let mut plan = Plan::load("peak").expect("peak");
    plan.set_duration(Duration::from_secs(6));
    assert!((plan.webhooks() - 1000.0).abs() < 1e-6);
    plan.set_rate(600.0);
    assert!((plan.webhooks() - 60.0).abs() < 1e-6);
}

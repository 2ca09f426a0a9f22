use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

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
    check(&SMALLEST.replace("600", "-1"), Err("phase 1 (line 2): rate_per_min is -1"));
    check(&SMALLEST.replace("600", "nan"), Err("rate_per_min is NaN"));
    check(&SMALLEST.replace("= 10", "= 0"), Err("0.1 s to a day"));
    check(&SMALLEST.replace("600", "1"), Err("not a single webhook"));
    check(&SMALLEST.replace("rate_per_min", "to_per_min"), Err("phase 1 (line 2) needs"));
    check(&SMALLEST.replace("\"small\"", "\"../etc\""), Err("letters, digits"));
    check(&format!("poison = 51\n{SMALLEST}"), Err("at most half"));
    check(&format!("rotate_secrets_at_s = -1\n{SMALLEST}"), Err("rotate_secrets_at_s is -1"));
    check(&format!("rotate_secrets_at_s = 4\n{SMALLEST}"), Err("needs 40 s"));
    check(&format!("rotate_secrets_at_s = 4\n{}", SMALLEST.replace("= 10", "= 40")), Ok(400.0));
    check(&format!("{SMALLEST}[shares]\nforged = 0.6\nmalformed = 0.4\n"), Err("at most 0.9"));
    check(&format!("{SMALLEST}[mix]\nstripe = 0\npaypal = 0\nsquare = 0\n"), Err("not all 0"));
    check(
        &format!("poison = 4\n{}[shares]\nforged = 0.5\n", SMALLEST.replace("600", "48")),
        Err("not a single one is valid"),
    );
    check(&SMALLEST.replace("600", "9999999").replace("= 10", "= 86400"), Err("can be reconciled"));
}

#[test]
fn an_unknown_name_lists_the_plans() {
    let error = Plan::load("cybermonday").expect_err("no such plan").to_string();
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

#[test]
fn a_rate_scales_a_shape_and_a_duration_stretches_all_that_has_a_time() {
    let text = "name = \"x\"\nretries = { time_compression = 3600 }\nredrive = { at_s = 8 }\n[[phases]]\nduration_s = 10\nfrom_per_min = 0\nto_per_min = 1200\n\
                [[faults]]\nat_s = 2\nfor_s = 4\nkill = \"*\"\noutage = true\n";
    let mut plan = Plan::parse("test.toml", text).expect("a plan");
    plan.set_rate(1800.0);
    assert_eq!((plan.phases[0].from_per_min, plan.phases[0].to_per_min), (0.0, 3600.0));
    plan.set_duration(Duration::from_secs(5));
    assert_eq!((plan.faults[0].at_s, plan.faults[0].for_s, plan.duration_s()), (1.0, 2.0, 5.0));
    assert_eq!(plan.redrive.expect("a redrive").at_s, Some(4.0));
    plan.set_duration(Duration::from_millis(200));
    let error = plan.checked().expect_err("a fault of no length").to_string();
    assert!(error.contains("lasts 0.08 s"), "{error}");
}

#[test]
fn shapes_become_phases() {
    let shaped = |shape: &str| Plan::parse("test.toml", &format!("name = \"x\"\n[[phases]]\n{shape}\n"));
    let rates = |shape: &str| -> Vec<(f64, f64, f64)> {
        let plan = shaped(shape).expect(shape);
        plan.phases.iter().map(|p| (p.duration_s, p.from_per_min, p.to_per_min)).collect()
    };
    assert_eq!(
        rates("duration_s = 12\nsteps = { from_per_min = 600, to_per_min = 1800, count = 3 }"),
        [(4.0, 600.0, 600.0), (4.0, 1200.0, 1200.0), (4.0, 1800.0, 1800.0)]
    );
    assert_eq!(
        rates("duration_s = 20\nspike = { base_per_min = 60, peak_per_min = 600, hold_s = 6, rise_s = 1 }"),
        [(6.0, 60.0, 60.0), (1.0, 60.0, 600.0), (6.0, 600.0, 600.0), (1.0, 600.0, 60.0), (6.0, 60.0, 60.0)]
    );
    assert_eq!(
        rates("profile = { per_minute = [60, 0, 120], seconds_per_minute = 2 }"),
        [(2.0, 60.0, 60.0), (2.0, 0.0, 0.0), (2.0, 120.0, 120.0)]
    );
    let refused = |shape: &str, part: &str| {
        let error = shaped(shape).expect_err(shape).to_string();
        assert!(error.contains(part) && error.contains("line 2"), "`{error}` lacks `{part}`");
    };
    refused("rate_per_min = 600", "duration_s is missing");
    refused("duration_s = -4\nrate_per_min = 600", "duration_s is -4");
    refused(
        "duration_s = 4\nrate_per_min = 6\nspike = { base_per_min = 1, peak_per_min = 2, hold_s = 1 }",
        "needs either",
    );
    refused("duration_s = 4\nsteps = { from_per_min = 6, to_per_min = 9, count = 1 }", "steps.count is 1");
    refused(
        "duration_s = 4\nsteps = { from_per_min = -6, to_per_min = 9, count = 2 }",
        "steps.from_per_min is -6",
    );
    refused(
        "duration_s = 4\nspike = { base_per_min = 1, peak_per_min = 2, hold_s = 3, rise_s = 1 }",
        "takes 5 s",
    );
    refused("duration_s = 4\nprofile = { per_minute = [1] }", "leave out duration_s");
    refused("profile = { per_minute = [] }", "no minute");
    refused("profile = { per_minute = [1, -2] }", "minute 2 of the profile is -2");
    refused("profile = { seconds_per_minute = 1 }", "either per_minute or file");
    refused("duration_s = 4\nrate_per_min = 600\nforged = 0.95", "forged is 0.95");
}

#[test]
fn faults_that_cannot_be_are_refused() {
    let with = |rest: &str| Plan::parse("test.toml", &format!("{SMALLEST}{rest}"));
    let fault = |fields: &str| with(&format!("[[faults]]\n{fields}\n"));
    let refused = |fields: &str, part: &str| {
        let error = fault(fields).expect_err(fields).to_string();
        assert!(error.contains(part), "`{error}` lacks `{part}`");
    };
    fault("at_s = 1\nfor_s = 9\nfault = \"s3.PutObject=SlowDown@0.5\"").expect("a fault");
    fault("at_s = 1\nkill = \"webhook-processor\"").expect("a kill");
    refused("at_s = 1\nfor_s = 9.5\nfault = \"s3.PutObject=SlowDown\"", "ends at 10.5 s");
    refused("at_s = -1\nfor_s = 2\nfault = \"s3.PutObject=SlowDown\"", "fault 1 (line 5): at_s is -1");
    refused("at_s = 1\nfault = \"s3.PutObject=SlowDown\"", "for_s is missing");
    refused("at_s = 1\nfor_s = 1\nfault = \"kinesis.Put=SlowDown\"", "none of dynamodb");
    refused("at_s = 1\nfor_s = 1", "either fault or kill");
    refused("at_s = 1\nkill = \"mailer\"", "no such function; there are `stripe-webhook-validator`");
    refused("at_s = 1\nfor_s = 1\nkill = \"*\"\noutage = true", "nobody sends again");
    refused("at_s = 1\nkil = \"*\"", "line 7");
    let error = with("[retries]\ntime_compression = 0\n").expect_err("no time").to_string();
    assert!(error.contains("time_compression is 0"), "{error}");
    let error = with("[redrive]\nafter_load = false\n").expect_err("never").to_string();
    assert!(error.contains("needs at_s"), "{error}");
    let error = with("[redrive]\nat_s = 11\n").expect_err("too late").to_string();
    assert!(error.contains("redrive.at_s is 11"), "{error}");
}

#[test]
fn a_flood_is_a_phase_with_forgeries_of_its_own() {
    let plan = Plan::load("forged-flood").expect("forged-flood");
    assert_eq!(plan.floods(), [(20.0, 40.0)]);
    let forged: Vec<_> =
        plan.shares_over_time().iter().map(|(at_s, shares)| (*at_s, shares.forged)).collect();
    assert_eq!(forged, [(0.0, 0.0), (20.0, 0.5), (40.0, 0.0)]);
    assert!((plan.forged_share() - 0.25).abs() < 1e-9, "{}", plan.forged_share());
    assert!(Plan::load("peak").expect("peak").floods().is_empty());
}

#[test]
fn every_plan_that_ships_can_be_judged_or_says_why_not() {
    for (name, _) in BUILT_IN {
        let plan = Plan::load(name).expect(name);
        assert_eq!(plan.name, name);
        assert_eq!(plan.warning(), None, "{name}");
        assert!(!plan.title.is_empty(), "{name}");
    }
    let small = Plan::parse("test.toml", SMALLEST).expect("small");
    let warning = small.warning().expect("a warning");
    assert!(warning.contains("about 100 valid") && warning.contains("1000"), "{warning}");
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../plans/plan.schema.json")).expect("JSON")
}

fn as_json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).expect("TOML")).expect("JSON")
}

#[test]
fn every_plan_that_ships_fits_the_schema() {
    let validator = jsonschema::draft202012::new(&schema()).expect("a schema");
    for (name, text) in BUILT_IN {
        let errors: Vec<_> =
            validator.iter_errors(&as_json(text)).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    let valid = |text: &str| validator.is_valid(&as_json(text));
    assert!(valid(SMALLEST));
    assert!(!valid(&SMALLEST.replace("600", "-1")));
    assert!(!valid(&SMALLEST.replace("rate_per_min", "to_per_min")));
    assert!(!valid(&format!("rate = 5\n{SMALLEST}")));
    assert!(!valid(&format!("{SMALLEST}[[faults]]\nat_s = 1\nfault = \"s3.PutObject=SlowDown\"\n")));
}

/// The parser itself tells which fields it knows, when it is given one that it does not.
#[test]
fn the_schema_and_the_parser_know_the_same_fields() {
    let schema = schema();
    let tables = [
        ("", "zz = 1\n".to_owned()),
        ("phase", "[[phases]]\nzz = 1\n".to_owned()),
        ("steps", "[[phases]]\nsteps = { zz = 1 }\n".to_owned()),
        ("spike", "[[phases]]\nspike = { zz = 1 }\n".to_owned()),
        ("profile", "[[phases]]\nprofile = { zz = 1 }\n".to_owned()),
        ("mix", format!("{SMALLEST}[mix]\nzz = 1\n")),
        ("shares", format!("{SMALLEST}[shares]\nzz = 1\n")),
        ("fault", format!("{SMALLEST}[[faults]]\nzz = 1\n")),
        ("retries", format!("{SMALLEST}[retries]\nzz = 1\n")),
        ("redrive", format!("{SMALLEST}[redrive]\nzz = 1\n")),
    ];
    let mut described: BTreeSet<&str> =
        schema["$defs"].as_object().expect("definitions").keys().map(String::as_str).collect();
    for (table, text) in &tables {
        let error = Plan::parse("test.toml", text).expect_err(table).to_string();
        let told = error.split("expected").last().unwrap_or_default();
        let known: BTreeSet<&str> = told.split('`').skip(1).step_by(2).collect();
        let of = if table.is_empty() { &schema } else { &schema["$defs"][table] };
        let in_schema: BTreeSet<&str> =
            of["properties"].as_object().expect(table).keys().map(String::as_str).collect();
        assert_eq!(known, in_schema, "{table}: {error}");
        described.remove(table);
    }
    assert!(described.is_empty(), "not compared: {described:?}");
}

proptest! {
    /// Whatever a file says, the answer is a valid plan or a reason.
    #[test]
    fn any_numbers_give_a_valid_plan_or_a_reason(
        numbers in prop::array::uniform8(prop_oneof![Just(-1.0), Just(0.0), Just(1.0), Just(f64::INFINITY), Just(f64::NAN), -1e9..1e9f64]),
    ) {
        let [duration, base, peak, hold, at, long, compression, forged] = numbers;
        let text = format!(
            "name = \"x\"\nretries = {{ time_compression = {compression:?} }}\n[[phases]]\nduration_s = {duration:?}\nforged = {forged:?}\n\
             spike = {{ base_per_min = {base:?}, peak_per_min = {peak:?}, hold_s = {hold:?} }}\n[[faults]]\nat_s = {at:?}\nfor_s = {long:?}\nkill = \"*\"\n"
        ).replace("NaN", "nan");
        if let Ok(plan) = Plan::parse("test.toml", &text) {
            prop_assert!(plan.webhooks() >= 1.0 && plan.valid() >= 1.0);
            prop_assert!(plan.faults[0].until_s() <= plan.duration_s() + 1e-6);
        }
    }
}

use clap::CommandFactory;

use super::*;

fn args(line: &str) -> Result<Args, Stop> {
    Args::try_parse_from(std::iter::once("loadtest").chain(line.split_whitespace()))
        .map_err(|error| Stop { text: error.to_string(), exit: Exit::Usage })
}

/// The plan of a command line, or a part of the message that refuses it.
#[track_caller]
fn check(line: &str, expected: Result<fn(&Plan) -> bool, &str>) {
    let plan = args(line).map_err(|stop| stop.text).and_then(|args| {
        let plan = args.plan().map_err(|failure| failure.to_string())?;
        enough_users(args.users, &plan).map_err(|failure| failure.to_string())?;
        Ok(plan)
    });
    match (plan, expected) {
        (Ok(plan), Ok(right)) => assert!(right(&plan), "{plan:?}"),
        (Err(text), Err(part)) => assert!(text.contains(part), "`{text}` lacks `{part}`"),
        (Ok(plan), Err(part)) => panic!("accepted {plan:?}, expected an error with `{part}`"),
        (Err(text), Ok(_)) => panic!("refused: {text}"),
    }
}

#[test]
fn the_list_of_flags_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn flags_change_the_plan() {
    check("", Ok(|plan| plan.name == "peak" && plan.webhooks() == 10_000.0));
    check("--users 200", Ok(|plan| plan.rate_per_min() == 10_000.0));
    check("--rate 3,000 --duration 2m", Ok(|plan| plan.webhooks() == 6_000.0));
    check("--rate max", Ok(|plan| plan.arrival == Arrival::Max && plan.duration_s() == 60.0));
    check("--warmup 0s --duration 500ms", Ok(|plan| plan.warmup_s == 0.0 && plan.duration_s() == 0.5));
    check("--mix stripe=1,square=1", Ok(|plan| plan.mix.parts() == [0.5, 0.0, 0.5]));
    check(
        "--forged 10% --duplicates 0 --malformed 0.01",
        Ok(|plan| (plan.shares.forged, plan.shares.duplicates, plan.shares.malformed) == (0.1, 0.0, 0.01)),
    );
    check("--rotate-secrets 10s", Ok(|plan| plan.rotate_secrets_at_s == Some(10.0)));
    check("--rotate-secrets 0s --duration 36s", Ok(|plan| plan.rotate_secrets_at_s == Some(0.0)));
    check("", Ok(|plan| plan.rotate_secrets_at_s.is_none()));
    check("--plan smoke --poison 3 --queries 0", Ok(|plan| plan.poison == 3 && plan.queries_per_s == 0.0));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    check("--user 3", Err("--users"));
    check("--users 0", Err("0"));
    check("--users 3", Err("4 scenarios"));
    check("--users 3 --queries 0", Ok(|_| true));
    check("--users 1 --queries 0 --mix square=1", Ok(|_| true));
    check("--plan blackfriday", Err("`peak`"));
    check("--rate fast", Err("`max`"));
    check("--rate 0", Err("per minute"));
    check("--duration 5d", Err("24h"));
    check("--duration 0s", Err("100ms"));
    check("--mix adyen=3", Err("adyen"));
    check("--mix stripe=0", Err("not all 0"));
    check("--forged 95%", Err("90 %"));
    check("--rotate-secrets 10s --duration 40s", Err("needs 46 s"));
    check("--rotate-secrets 10s --duration 45s", Err("--duration 46s would do"));
    check("--rotate-secrets 10s --rate max --duration 40s", Err("needs 46 s"));
    check("--rotate-secrets soon", Err("the unit must be"));
    check(
        "--rotate-secrets 10s --target url --base-url http://127.0.0.1:1 --secrets s.json",
        Err("Secrets Manager"),
    );
    check("--poison 9999", Err("at most half"));
    check("--fault dynamodb", Err("service.Operation"));
    check("--target url", Err("--base-url"));
    check("--target moon", Err("moon"));
    check("--base-url http://127.0.0.1:1", Err("--target url"));
    check("--target url --base-url http://127.0.0.1:1", Err("--secrets"));
    check("--ready-file r.json --bootstrap b", Err("embedded"));
    check("--ready-file r.json --fault s3.PutObject=SlowDown", Err("embedded"));
    check("--secrets s.json", Err("--target url"));
}

#[track_caller]
fn check_command(line: &str, expected: &str) {
    assert_eq!(
        command(line.split(' ').map(OsString::from), 7),
        format!("cargo run -p loadtest -- {expected}")
    );
}

#[test]
fn a_run_can_be_repeated_by_its_command() {
    check_command("/somewhere/loadtest --users 200", "--users 200 --seed 7");
    check_command("loadtest --seed 7 --json", "--seed 7 --json");
    check_command("loadtest --seed=7", "--seed=7");
    check_command("loadtest --out it's", r"--out 'it'\''s' --seed 7");
}

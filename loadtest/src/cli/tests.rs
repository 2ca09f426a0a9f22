use clap::CommandFactory;

use super::*;

fn args(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(std::iter::once("loadtest").chain(line.split_whitespace()))
}

/// The plan of a command line, or a part of the message that refuses it.
#[track_caller]
fn check(line: &str, expected: Result<fn(&Plan) -> bool, &str>) {
    let plan = args(line).map_err(|error| error.to_string()).and_then(|args| {
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
    Cli::command().debug_assert();
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
    check("--plan cybermonday", Err("`peak`"));
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

#[test]
fn aws_is_bounded_and_told_where_it_is() {
    check("--target aws", Err("--outputs FILE"));
    check("--target aws --outputs o.json", Ok(|plan| plan.webhooks() == 10_000.0));
    check("--target aws --terraform-dir d --max-total 5 --yes", Ok(|_| true));
    check("--target aws --ready-file r.json --aws-profile p", Ok(|_| true));
    check("--target aws --outputs o.json --ready-file r.json", Err("--ready-file"));
    check("--target aws --outputs o.json --rate max", Err("--rate max has no end"));
    check("--target aws --outputs o.json --bootstrap b", Err("--bootstrap"));
    check("--target aws --outputs o.json --image a/b:1", Err("--image goes with --target localstack"));
    check("--target aws --outputs o.json --base-url http://a", Err("--base-url goes with --target url"));
    check("--outputs o.json", Err("--outputs goes with --target aws"));
    check("--target localstack --yes", Err("--yes goes with --target aws"));
    check("--max-total 5", Err("--max-total goes with --target aws"));
}

#[test]
fn a_recorded_profile_takes_the_place_of_the_phases() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a profile");
        path.display().to_string()
    };
    let year = file("year.csv", "minute,webhooks\n0,600\n1,1200\n2,0\n");
    check(
        &format!("--profile {year} --poison 0"),
        Ok(|plan| plan.duration_s() == 180.0 && plan.webhooks() == 1_800.0 && plan.phases.len() == 3),
    );
    check(
        &format!("--profile {year} --duration 90s --rate 1200 --poison 0"),
        Ok(|plan| plan.duration_s() == 90.0 && (plan.webhooks() - 1_800.0).abs() < 1e-6),
    );
    check(&format!("--profile {}", file("gap.csv", "0,600\n3,1200\n")), Err("not a minute after"));
    check("--profile nowhere.csv", Err("cannot read"));
}

#[test]
fn plans_that_need_another_target_are_refused() {
    let url = "--target url --base-url http://127.0.0.1:1/dev --secrets x.json";
    check(&format!("--plan gate {url}"), Err("go with the embedded target"));
    check(&format!("--plan spike {url}"), Ok(|plan| plan.name == "spike"));
    check("--plan gate --duration 20s", Err("--duration 48s would do"));
    check("--plan outage-recovery --duration 1s", Ok(|plan| plan.faults[0].until_s() < 0.5));
    check("--plan outage-recovery --duration 500ms", Err("must last 0.1 s"));
}

use super::*;

#[test]
fn the_flags_are_consistent() {
    use clap::CommandFactory as _;
    Cli::command().debug_assert();
}

#[test]
fn durations() {
    let check = |text: &str, expected: Result<u64, &str>| match (duration(text), expected) {
        (Ok(duration), Ok(ms)) => assert_eq!(duration, Duration::from_millis(ms), "{text}"),
        (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
        (got, expected) => panic!("{text}: got {got:?}, expected {expected:?}"),
    };
    check("250ms", Ok(250));
    check("60s", Ok(60_000));
    check(" 2m", Ok(120_000));
    check("60", Err("does not end"));
    check("s", Err("does not begin"));
    check("-1s", Err("does not begin"));
    check("1h", Err("does not end"));
}

fn up(flags: &[&str]) -> Result<Up, clap::Error> {
    let line = ["localstack", "up"].iter().chain(flags);
    Cli::try_parse_from(line).map(|cli| match cli.command {
        Command::Up(up) => *up,
    })
}

#[test]
fn delays() {
    let delays =
        |flags: &[&str]| up(flags).unwrap().options().unwrap().retry_delays.map(|delay| delay.as_millis());
    assert_eq!(delays(&[]), [200, 400]);
    assert_eq!(delays(&["--retry-delays", "60s,120s"]), [60_000, 120_000]);
    assert_eq!(delays(&["--aws-delays"]), [60_000, 120_000]);
    assert!(up(&["--retry-delays", "60s"]).is_err());
    assert!(up(&["--retry-delays", "1s,2s", "--aws-delays"]).is_err());
}

#[test]
fn the_share_of_sampled_traces_lies_between_none_and_all() {
    let share = |flags: &[&str]| up(flags).map(|up| up.options().unwrap().trace_sampling);
    assert_eq!(share(&[]).unwrap(), 0.1);
    for (text, expected) in [("0", 0.0), ("1", 1.0), ("0.25", 0.25)] {
        assert_eq!(share(&["--trace-sampling", text]).unwrap(), expected);
    }
    for wrong in ["1.1", "-0.1", "NaN", "inf", "ten", ""] {
        assert!(share(&["--trace-sampling", wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn a_stand_in_for_paypal_needs_an_endpoint_and_no_production() {
    let paypal = |flags: &[&str]| up(flags).unwrap().options().unwrap().paypal;
    assert_eq!(paypal(&[]), None);
    let ipn_only = paypal(&["--paypal-endpoint", "http://127.0.0.1:1/"]).unwrap();
    assert_eq!((ipn_only.endpoint.as_str(), ipn_only.trust_root_pem), ("http://127.0.0.1:1", None));
    assert!(up(&["--paypal-trust-root", "root.pem"]).is_err());
    for production in ["prod", "production", "PROD"] {
        let flags =
            ["--paypal-endpoint", "http://x", "--paypal-trust-root", "r", "--environment", production];
        let refused = up(&flags).unwrap().options().unwrap_err().to_string();
        assert!(refused.contains("refused with --environment"), "{refused}");
    }
}

#[test]
fn providers_are_capped_and_switched_off() {
    let options = |flags: &[&str]| up(flags).unwrap().options().unwrap();
    let plain = options(&[]);
    assert!(!plain.open_queries && plain.disabled_providers.is_empty() && plain.usage_quotas.is_empty());
    let told = options(&[
        "--open-queries",
        "--disable-provider",
        "paypal",
        "--disable-provider",
        "square",
        "--usage-quota",
        "stripe=1000",
    ]);
    assert!(told.open_queries);
    assert_eq!(told.disabled_providers, ["paypal", "square"]);
    assert_eq!(told.usage_quotas.get("stripe"), Some(&1000));
    for wrong in ["stripe", "stripe=", "stripe=many", "stripe=-1"] {
        let error = up(&["--usage-quota", wrong]).unwrap_err().to_string();
        assert!(error.contains("expected a provider and a whole number"), "{error}");
    }
}

#[test]
fn receivers_and_the_way_of_verifying() {
    let options = |flags: &[&str]| up(flags).unwrap().options().unwrap();
    assert_eq!(options(&[]).paypal_receivers, ["merchant@example.com"]);
    assert_eq!(options(&[]).paypal_verification, PaypalVerification::Offline);
    let both = ["--paypal-receiver", "shop@example.org", "--paypal-receiver", "S8XGHLYDW9T3S"];
    assert_eq!(options(&both).paypal_receivers, ["shop@example.org", "S8XGHLYDW9T3S"]);
    assert_eq!(options(&["--paypal-verification", "api"]).paypal_verification, PaypalVerification::Api);
    for wrong in ["", "a@example.com,b@example.com", "not an address"] {
        assert!(up(&["--paypal-receiver", wrong]).is_err(), "{wrong}");
    }
    assert!(up(&["--paypal-verification", "none"]).is_err());
}

#[test]
fn faults_are_read_and_explained() {
    let options =
        up(&["--fault", "s3.PutObject=SlowDown@0.1", "--fault", "sqs.*=none:5"]).unwrap().options().unwrap();
    assert_eq!(options.faults.len(), 2);
    let error = up(&["--fault", "s3.PutObject"]).unwrap_err().to_string();
    assert!(error.contains("expected service.Operation=ErrorCode"), "{error}");
}

#[test]
fn flags_go_with_the_target_that_knows_them() {
    use clap::{CommandFactory as _, FromArgMatches as _};
    let check = |flags: &[&str]| {
        let line = ["localstack", "up"].iter().chain(flags);
        let matches = Cli::command().try_get_matches_from(line).expect("flags that there are");
        let Command::Up(up) = Cli::from_arg_matches(&matches).expect("a command").command;
        let told = up.check(matches.subcommand_matches("up").expect("up")).map_err(|error| error.to_string());
        told.map(|()| up.deployer_words())
    };
    let on = |flags: &[&str]| check(&[&["--target", "localstack"], flags].concat());
    assert!(check(&["--port", "1"]).is_ok());
    assert_eq!(check(&["--keep"]), Err("--keep goes with --target localstack".to_owned()));
    for flag in [
        &["--port", "1"][..],
        &["--aws-delays"],
        &["--fault", "s3.*=none:50"],
        &["--usage-quota", "stripe=1"],
    ] {
        let error = on(flag).expect_err("the embedded cloud's own");
        assert_eq!(error, format!("{} goes with the embedded target, not with --target localstack", flag[0]));
    }
    let words = on(&["--image", "a:1", "--secrets", "s.json", "--ready-file", "r", "--check-stack"])
        .expect("its own");
    let receiver = ["--paypal-receiver", "merchant@example.com"];
    let expected = ["up", "--image", "a:1", "--check-stack", "--ready-file", "r", "--secrets", "s.json"];
    assert_eq!(words, [&expected[..], &receiver].concat());
}

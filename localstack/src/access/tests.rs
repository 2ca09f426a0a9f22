use static_assertions::assert_not_impl_any;

use super::*;

assert_not_impl_any!(Credentials: std::fmt::Debug, std::fmt::Display, serde::Serialize);

/// The 15th of January 2027, 8:00.
const EXPIRY_MS: i64 = 1_800_000_000_000;

fn session() -> Credentials {
    Credentials::parse(
        r#"{"Version": 1, "AccessKeyId": "ASIA1", "SecretAccessKey": "hush", "SessionToken": "whisper",
            "Expiration": "2027-01-15T08:00:00Z"}"#,
    )
    .expect("credentials")
}

#[test]
fn the_output_of_a_credential_process_is_read() {
    let credentials = session();
    assert_eq!(credentials.for_clients().session_token(), Some("whisper"));
    let auth = credentials.for_queries("us-east-1");
    assert_eq!((auth.session_token.as_deref(), auth.service.as_str()), (Some("whisper"), "execute-api"));
    for shown in
        [format!("{auth:?}"), format!("{:?}", crate::signing::QuerySigner::new(&auth).expect("known"))]
    {
        assert!(!shown.contains("hush") && !shown.contains("whisper"), "{shown}");
    }
    let lasting = Credentials::parse(r#"{"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "hush"}"#);
    lasting.expect("credentials").outlast(EXPIRY_MS, Duration::from_secs(86_400)).expect("no end");
    assert!(Credentials::parse(r#"{"Version": 2, "AccessKeyId": "A", "SecretAccessKey": "s"}"#).is_none());
    assert!(Credentials::parse("hush").is_none());
}

#[test]
fn credentials_must_outlast_the_run() {
    let credentials = session();
    let run = Duration::from_secs(600);
    credentials.outlast(EXPIRY_MS - 660_000, run).expect("long enough");
    let error = credentials.outlast(EXPIRY_MS - 659_000, run).expect_err("too short").to_string();
    assert!(
        error.contains("end in 659 s") && error.contains("up to 660 s") && error.contains("Next:"),
        "{error}"
    );
    let error = credentials.outlast(EXPIRY_MS + 5_000, run).expect_err("over").to_string();
    assert!(error.contains("end in 0 s"), "{error}");
}

#[test]
fn the_alarm_is_called_as_the_stack_calls_it() {
    let stack = include_str!("../../../infra/terraform/cloudwatch-alarms.tf");
    let access = Access {
        program: "aws-access".into(),
        profile: None,
        region: "us-east-1".to_owned(),
        emulator: None,
        name_suffix: "${local.suffix}".to_owned(),
    };
    let alarm = format!("\"{}\" = {{", access.refusals_alarm());
    let after = stack.split(&alarm).nth(1).expect("the stack has the alarm");
    let threshold =
        after.lines().find_map(|line| line.trim().strip_prefix("threshold")).expect("a threshold");
    assert_eq!(threshold.trim_start_matches([' ', '=']), "var.alarm_thresholds.api_4xx_share");
    // Which is this, unless somebody chooses another.
    let variables = include_str!("../../../infra/terraform/variables.tf");
    let default = variables
        .lines()
        .find_map(|line| line.trim().strip_prefix("api_4xx_share")?.split_once("optional(number, "))
        .and_then(|(_, rest)| rest.split(')').next())
        .expect("a default");
    assert_eq!(default.parse(), Ok(REFUSED_SHARE));
}

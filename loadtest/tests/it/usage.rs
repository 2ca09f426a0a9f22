//! Wrong usage: exit code 64, a reason, and what to type instead. Nothing is started.

use super::run;

#[track_caller]
fn check(arguments: &[&str], code: i32, parts: &[&str]) {
    let ended = run(arguments);
    ended.ended_with(code);
    for part in parts {
        ended.says(part);
    }
    assert!(ended.stdout.is_empty(), "standard output is for results: {}", ended.stdout);
}

#[test]
fn an_unknown_flag() {
    check(&["--user", "200"], 64, &["--user", "--users"]);
}

#[test]
fn an_unknown_plan_lists_the_plans() {
    check(&["--plan", "cybermonday"], 64, &["cybermonday", "`peak`", "`smoke`"]);
}

#[test]
fn a_mistake_in_a_plan_names_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = folder.path().join("mine.toml");
    std::fs::write(&plan, "name = \"mine\"\nratio = 3\n").expect("a plan");
    let path = plan.display().to_string();
    check(&["--plan", &path], 64, &["line 2", "ratio"]);
}

#[test]
fn fewer_users_than_scenarios() {
    check(&["--users", "2"], 64, &["--users 2", "4 scenarios"]);
}

#[test]
fn a_rotation_that_would_not_be_over_in_time() {
    check(&["--rotate-secrets", "30s"], 64, &["needs 66 s", "--duration 66s would do"]);
}

#[test]
fn a_fault_that_is_none() {
    check(&["--fault", "dynamodb"], 64, &["service.Operation"]);
}

#[test]
fn a_ready_file_that_is_not_there() {
    check(&["--ready-file", "/nonexistent/ready.json"], 69, &["/nonexistent/ready.json", "localstack up"]);
}

#[test]
fn help_is_an_answer() {
    let ended = run(&["--help"]);
    ended.ended_with(0);
    for part in ["--users", "--rate", "--plan", "Examples:", "Exit codes:"] {
        assert!(ended.stdout.contains(part), "`{part}` is not in:\n{}", ended.stdout);
    }
}

use super::*;
use crate::plan;
use crate::rules::Rules;

const PLAN: &[u8] = include_bytes!("../../tests/small-plan.json");

fn stack() -> Stack {
    plan::parse(PLAN, Source::Plan).expect("a plan")
}

fn checkout() -> Checkout {
    Checkout { root: None, cases: ["DLQ-001".to_owned()].into() }
}

/// Judges a rule, given as what stands behind its head, and compares outcome and words of all findings and reasons.
#[track_caller]
fn check(rule: &str, outcome: Outcome, words: &[&str]) {
    check_on(&stack(), rule, outcome, words);
}

#[track_caller]
fn check_on(stack: &Stack, rule: &str, outcome: Outcome, words: &[&str]) {
    let head = "subject = 's'\nabout = 'a'\n[[rule]]\nid = 'X1'\ntitle = 't'\nwhy = 'w'\nsource = 's'\nmend = 'the file'\n";
    let rules = Rules::parse([("x.toml", format!("{head}{rule}").as_str())]).expect(rule);
    let (_, rule) = rules.rule("X1").expect("the rule");
    let judged = judge(rule, stack, &checkout());
    let told = format!("{:?} {:?}", judged.steps, judged.reason);
    assert_eq!(judged.outcome, outcome, "{told}");
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn what_is_as_the_rule_says_passes() {
    let queue = "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 'aws_sqs_queue'\n";
    check(&format!("{queue}count = 1\nvalues.visibility_timeout_seconds = 30"), Outcome::Passed, &[]);
    check(&format!("{queue}values.name = 'webhook-processing-dlq{{suffix}}'"), Outcome::Passed, &[]);
    check(&format!("{queue}when = {{ environment = 'dev' }}"), Outcome::Passed, &[]);
}

#[test]
fn what_is_otherwise_fails_with_expected_and_observed() {
    let queue = "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 'aws_sqs_queue'\n";
    let words = ["aws_sqs_queue.dead_letters: visibility_timeout_seconds", "\"31\"", "\"30\"", "the file"];
    check(&format!("{queue}values.visibility_timeout_seconds = 31"), Outcome::Failed, &words);
    check(
        &format!("{queue}count = 2"),
        Outcome::Failed,
        &["expected: \"2\"", "1: aws_sqs_queue.dead_letters"],
    );
    check(&format!("{queue}count = 0"), Outcome::Failed, &["expected: \"none\""]);
    check(&format!("{queue}values.nonsense = 1"), Outcome::Failed, &["nothing"]);
    let each = "each = [{ days = 30 }, { days = 31 }]\nvalues.visibility_timeout_seconds = '{days}'";
    check(&format!("{queue}{each}"), Outcome::Failed, &["31"]);
}

#[test]
fn nothing_holds_because_nothing_is_there_or_known() {
    let of = |kind: &str| format!("where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = '{kind}'\n");
    check(&of("aws_sns_topic"), Outcome::Failed, &["at least one", "none of 0"]);
    check(&format!("{}if-any = true\nvalues.name = 'x'", of("aws_sns_topic")), Outcome::Passed, &[]);
    let table = of("aws_dynamodb_table");
    check(
        &format!("{table}values.hash_key = 'transaction_id'"),
        Outcome::Failed,
        &["the plan does not know it"],
    );
    check(
        &format!("{table}select.with.hash_key = 'x'"),
        Outcome::Failed,
        &["the plan does not know `hash_key` of 1"],
    );
}

#[test]
fn what_is_shown_elsewhere_is_never_called_seen() {
    let elsewhere = |case: &str| {
        format!("[[rule.elsewhere]]\nwhat = 'letters'\ncommand = 'run it'\ncases = ['{case}']\n")
    };
    let live = "where = ['live']\n";
    check(&format!("{live}{}", elsewhere("DLQ-001")), Outcome::Skipped, &["letters: shown by `run it`"]);
    check(&format!("{live}{}", elsewhere("DLQ-999")), Outcome::Failed, &["case DLQ-999"]);
    let queue = "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 'aws_sqs_queue'\n";
    check(&format!("{queue}{}", elsewhere("DLQ-001")), Outcome::Partly, &["run it"]);
    check(
        "where = ['code']\n[[rule.code]]\nwhat = 'w'\nfiles = ['README.md']",
        Outcome::Skipped,
        &["--checkout DIR"],
    );
    let pulumi = "where = ['pulumi']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 'aws_sqs_queue'";
    check(pulumi, Outcome::Skipped, &["give --pulumi FILE"]);
    let recorded = Stack { source: Source::Pulumi, ..stack() };
    check_on(&recorded, pulumi, Outcome::Passed, &[]);
    check_on(&recorded, queue, Outcome::Skipped, &["it is about infra/terraform"]);
    let deployed = Stack { source: Source::Live, ..stack() };
    let of_plans = format!("{queue}values.nonsense = 1\n[[rule.code]]\nwhat = 'w'\ncases = ['DLQ-001']");
    check_on(&deployed, &of_plans.replace("['plan']", "['plan', 'code']"), Outcome::Partly, &["a plan only"]);
    let only_live = "where = ['live']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 'aws_sqs_queue'";
    check(only_live, Outcome::Skipped, &["a running target only"]);
}

#[test]
fn the_shipped_rules_judge_a_plan_of_three_resources() {
    let rules = Rules::built_in().expect("the rules");
    let outcome = |id: &str| judge(rules.rule(id).expect(id).1, &stack(), &checkout()).outcome;
    for (id, expected) in [
        ("Q1", Outcome::Passed),
        ("X1", Outcome::Failed),
        ("D1", Outcome::Failed),
        ("I2", Outcome::Failed),
        ("L7", Outcome::Skipped),
        ("PU1", Outcome::Skipped),
    ] {
        assert_eq!(outcome(id), expected, "{id}");
    }
    let passing: Vec<&str> = rules
        .all()
        .filter(|(_, rule)| rule.is_at(Place::Plan) && outcome(&rule.id) != Outcome::Failed)
        .map(|(_, rule)| rule.id.as_str())
        .collect();
    assert_eq!(passing, ["Q1"], "a rule that passes on a plan that holds next to nothing looks at nothing");
}

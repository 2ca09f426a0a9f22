use serde_json::json;

use super::*;
use crate::names::Names;
use crate::stack::Source;

fn stack() -> Stack {
    let resource = |address: &str, values: serde_json::Value| Resource {
        address: address.to_owned(),
        kind: "aws_sqs_queue".to_owned(),
        values: Value::from(values),
        ..Resource::default()
    };
    Stack {
        source: Source::Plan,
        names: Names::of_stack("123456789012", "us-east-1", "dev", ""),
        resources: vec![
            resource(
                "a",
                json!({ "name": "dlq", "days": 14, "policy": "{\"Statement\":[{\"Action\":\"sqs:SendMessage\"}]}" }),
            ),
            resource("b", json!({ "name": "other", "days": 1 })),
        ],
        made_at: None,
    }
}

/// The resources after a mutant, or why there is none.
#[track_caller]
fn check(edit: &str, expected: &str) {
    let text = format!("[[mutant]]\nname = 'm'\ndefect = 'd'\ncaught-by = ['Q1']\n{edit}");
    let mutants: Mutants = toml::from_str(&text).expect(edit);
    let seen = match mutants.mutants[0].of(&stack()) {
        Ok(stack) => stack
            .resources
            .iter()
            .map(|one| format!("{} {}", one.address, one.values))
            .collect::<Vec<_>>()
            .join("; "),
        Err(error) => error.to_string(),
    };
    assert!(seen.contains(expected), "{edit}: {seen}");
}

const DLQ: &str = "select = { type = 'aws_sqs_queue', with = { name = 'dlq' } }\n";

#[test]
fn a_mutant_is_the_plan_with_one_thing_broken() {
    let dlq = |edit: &str, expected: &str| check(&format!("{DLQ}{edit}"), expected);
    dlq("set.days = 1", r#""days":1,"name":"dlq""#);
    dlq("set.name = '{account}'", "123456789012");
    dlq("remove = ['days']", r#"{"days":null,"name":"dlq""#);
    dlq("unknown = ['days']", r#"{"days":"(not known)","name":"dlq""#);
    dlq("push.'policy.@json.Statement.0.Action' = 'sqs:*'", r#"[\"sqs:SendMessage\",\"sqs:*\"]"#);
    dlq("copy.name = 'second'", r#"a (copy) {"days":14,"name":"second""#);
    check("select.type = 'aws_sqs_queue'\nset.days = 7", r#"b {"days":7"#);
}

#[test]
fn a_mutant_that_breaks_nothing_is_an_error() {
    let dlq = |edit: &str, expected: &str| check(&format!("{DLQ}{edit}"), expected);
    dlq("set.days = 14", "changes nothing");
    dlq("remove = ['nonsense']", "changes nothing");
    dlq("set.'policy.@json.Nothing.0' = 1", "changes nothing");
    dlq("", "changes nothing");
    check("select.type = 'aws_moon'\ndrop = true", "nothing is selected");
    dlq("set.'a..b' = 1", "no path");
}

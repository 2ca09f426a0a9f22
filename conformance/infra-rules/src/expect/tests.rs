use serde_json::json;

use super::*;
use crate::path::Path;
use crate::stack::Source;

/// A function whose layer is not known yet, and the layer.
fn stack() -> Stack {
    let mut function = Resource {
        address: "aws_lambda_function.this".to_owned(),
        kind: "aws_lambda_function".to_owned(),
        values: Value::merged(
            &json!({
                "name": "webhook-processor-a",
                "memory": 512,
                "version": "1.11.4",
                "actions": ["s3:PutObject", "sqs:SendMessage"],
                "variables": { "ENVIRONMENT": "dev", "LOG_LEVEL": "INFO" },
                "nothing": null,
                "none": [],
            }),
            &json!({ "layers": true, "computed": true, "written": true }),
        ),
        ..Resource::default()
    };
    let layer = Resource {
        address: "aws_lambda_layer_version.this".to_owned(),
        kind: "aws_lambda_layer_version".to_owned(),
        values: Value::merged(&json!({ "layer_name": "dependencies" }), &json!({ "arn": true })),
        ..Resource::default()
    };
    function.links.insert("layers".to_owned(), [layer.address.clone()].into());
    function.given.insert("written".to_owned());
    Stack {
        source: Source::Plan,
        names: Names::of_stack("123456789012", "us-east-1", "dev", "-a"),
        resources: vec![function, layer],
        made_at: None,
    }
}

/// Whether the value at a path is as `expected`, which is TOML.
#[track_caller]
fn check(path: &str, expected: &str, met: bool) {
    #[derive(Deserialize)]
    struct Entry {
        expected: Expected,
    }
    let stack = stack();
    let entry: Entry = toml::from_str(&format!("expected = {expected}")).expect(expected);
    let expected = entry.expected.fill(&stack.names).expect("names");
    for found in Path::parse(path).expect("a path").get(&stack.resources[0].values) {
        let result = expected.check(&found, &stack.resources[0], &stack);
        assert_eq!(result.is_ok(), met, "{path} {}", expected.words());
    }
}

#[test]
fn each_word_holds_where_it_should_and_nowhere_else() {
    for (path, expected, met) in [
        ("memory", "512", true),
        ("memory", "512.0", true),
        ("memory", "1024", false),
        ("name", "'webhook-processor{suffix}'", true),
        ("name", "'webhook-processor'", false),
        ("memory", "{ one-of = [256, 512] }", true),
        ("memory", "{ one-of = [256] }", false),
        ("memory", "{ from = 512, to = 1024 }", true),
        ("memory", "{ from = 513 }", false),
        ("memory", "{ to = 511 }", false),
        ("name", "{ from = 1 }", false),
        ("version", "{ at-least = '1.5' }", true),
        ("version", "{ at-least = '1.12' }", false),
        ("actions", "{ set = ['sqs:SendMessage', 's3:PutObject'] }", true),
        ("actions", "{ set = ['s3:PutObject'] }", false),
        ("actions", "{ set = ['s3:PutObject', 's3:PutObject'] }", false),
        ("none", "{ set = [] }", true),
        ("nothing", "{ set = [] }", true),
        ("memory", "{ set = [] }", false),
        ("actions", "{ has = ['s3:PutObject'] }", true),
        ("actions", "{ has = ['s3:*'] }", false),
        ("name", "{ has = ['processor'] }", true),
        ("actions", "{ lacks = ['s3:*'] }", true),
        ("name", "{ lacks = ['processor'] }", false),
        ("variables", "{ keys = ['ENVIRONMENT', 'LOG_LEVEL'] }", true),
        ("variables", "{ keys = ['ENVIRONMENT'] }", false),
        ("variables", "{ keys = ['ENVIRONMENT'], optional-keys = ['LOG_LEVEL'] }", true),
        ("variables", "{ keys = ['ENVIRONMENT', 'LOG_LEVEL', 'X'] }", false),
        ("variables", "{ length = 2 }", true),
        ("actions", "{ length = 3 }", false),
        ("nothing", "{ length = 0 }", false),
        ("nothing", "{ empty = true }", true),
        ("name", "{ empty = true }", false),
        ("name", "{ empty = false }", true),
        ("name", "{ starts = 'webhook', ends = '{suffix}' }", true),
        ("name", "{ starts = 'x' }", false),
        ("variables", "{ equals = { ENVIRONMENT = '{environment}', LOG_LEVEL = 'INFO' } }", true),
        (
            "layers",
            "{ links-to = { type = 'aws_lambda_layer_version', with = { layer_name = 'dependencies' } } }",
            true,
        ),
        (
            "layers",
            "{ links-to = { type = 'aws_lambda_layer_version', with = { layer_name = 'other' } } }",
            false,
        ),
        ("name", "{ links-to = { type = 'aws_lambda_layer_version' } }", false),
    ] {
        check(path, expected, met);
    }
}

#[test]
fn what_is_not_known_meets_nothing() {
    for expected in
        ["'x'", "{ lacks = ['x'] }", "{ empty = true }", "{ empty = false }", "{ one-of = ['x'] }"]
    {
        check("computed", expected, false);
        check("layers", expected, false);
    }
    check("computed", "{ not-given = true }", true);
    check("written", "{ not-given = true }", false);
    check("nothing", "{ not-given = true }", true);
    check("name", "{ not-given = true }", false);
}

#[test]
fn an_unknown_word_is_an_error() {
    for (wrong, words) in [
        ("{ equal = 1 }", "unknown word `equal`"),
        ("{}", "expects nothing"),
        ("{ from = 'x' }", "needs a number"),
        ("{ set = 1 }", "needs a list"),
        ("{ links-to = { typ = 'x' } }", "links-to"),
        ("{ not-given = false }", "not-given"),
    ] {
        let text = format!("expected = {wrong}");
        let error = toml::from_str::<std::collections::BTreeMap<String, Expected>>(&text).expect_err(wrong);
        assert!(error.to_string().contains(words), "{wrong}: {error}");
    }
}

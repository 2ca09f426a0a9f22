use serde_json::json;

use super::*;

fn sample() -> Value {
    Value::merged(
        &json!({
            "mode": "Active",
            "tracing": [{ "mode": "Active" }],
            "index": [{ "name": "A", "hash": "a" }, { "name": "B", "hash": "b" }],
            "variables": { "method.request.path.id": true },
            "policy": "{\"Statement\":[{\"Action\":[\"s3:PutObject\"]},{\"Action\":[\"sqs:SendMessage\"]}]}",
            "broken": "{",
            "empty": [],
        }),
        &json!({ "id": true }),
    )
}

#[track_caller]
fn check(path: &str, expected: &[(&str, &str)]) {
    let found = Path::parse(path).expect("a path").get(&sample());
    let found: Vec<(String, String)> = found.into_iter().map(|one| (one.at, one.value.to_string())).collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|(at, value)| ((*at).to_owned(), (*value).to_owned())).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn paths_lead_to_values() {
    check("mode", &[("mode", "\"Active\"")]);
    check("tracing.0.mode", &[("tracing.0.mode", "\"Active\"")]);
    check("index[name=B].hash", &[("index[name=B].hash", "\"b\"")]);
    check("index.*.hash", &[("index.0.hash", "\"a\""), ("index.1.hash", "\"b\"")]);
    check("variables.\"method.request.path.id\"", &[("variables.method.request.path.id", "true")]);
    check("policy.@json.Statement.1.Action", &[("policy.Statement.1.Action", "[\"sqs:SendMessage\"]")]);
}

#[test]
fn what_is_not_there_is_found_as_nothing_and_what_is_not_known_as_that() {
    check("tracing.3.mode", &[("tracing.3", "nothing")]);
    check("nonsense.deep", &[("nonsense.deep", "nothing")]);
    check("index[name=C].hash", &[("index[name=C]", "nothing")]);
    check("empty.*.hash", &[("empty.*", "nothing")]);
    check("broken.@json.Statement", &[("broken.@json", "nothing")]);
    check("id.deep.*", &[("id", "the plan does not know it")]);
}

#[test]
fn a_text_that_is_no_path_is_refused() {
    for bad in ["", ".", "a.", "a..b", "a[b", "a[b]", "\"a", "a.\"b\"c"] {
        assert!(Path::parse(bad).is_err(), "{bad}");
    }
    let quoted = Path::parse("a.\"b.c\"[d=e].*.@json").expect("a path");
    assert_eq!(Path::parse(&quoted.to_string()), Ok(quoted));
}

#[test]
fn an_edit_says_how_much_it_changed() {
    let check = |path: &str, count: usize, after: &str| {
        let mut value = sample();
        let path = Path::parse(path).expect("a path");
        assert_eq!(path.edit(&mut value, &mut |_| Value::from("x")), count, "{path}");
        assert_eq!(path.get(&value)[0].value.to_string(), after, "{path}");
    };
    check("mode", 1, "\"x\"");
    check("new", 1, "\"x\"");
    check("index.*.hash", 2, "\"x\"");
    check("index[name=B].hash", 1, "\"x\"");
    check("policy.@json.Statement.0.Action.0", 1, "\"x\"");
    check("index[name=C].hash", 0, "nothing");
    check("nonsense.deep", 0, "nothing");
}

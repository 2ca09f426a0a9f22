use std::slice::from_ref;
use std::time::Duration;

use serde_json::json;

use super::*;

fn scene() -> Scene {
    Scene::new("n1".to_owned())
}

fn answer(status: u16, body: &str) -> Answered {
    Answered {
        status,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        body: body.to_owned(),
        took: Duration::from_millis(7),
    }
}

/// What is found wrong with these answers, by what was looked at.
#[track_caller]
fn check(wanted: &str, answers: &[Answered], expected: &[&str]) {
    let wanted: Answer = toml::from_str(wanted).expect("an expectation");
    let mut seen = Seen::default();
    answered(&wanted, answers, &scene(), &mut seen).expect("it can be looked at");
    let found: Vec<&str> = seen.findings.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(found, expected, "{:?}", seen.findings);
}

#[test]
fn answers_are_compared_in_every_part() {
    let ok = answer(200, r#"{"status":"accepted","n":10}"#);
    check("status = 200", from_ref(&ok), &[]);
    check("status = [400, 401]", from_ref(&ok), &["status"]);
    check("empty = true", from_ref(&ok), &["body"]);
    check("within-ms = 5", from_ref(&ok), &["time"]);
    check("within-ms = 7", from_ref(&ok), &[]);
    check("json = { \"/status\" = \"accepted\", \"/n\" = 10 }", from_ref(&ok), &[]);
    check("json = { \"/n\" = 11 }", from_ref(&ok), &["body /n"]);
    check("json = { \"/gone\" = { exists = false } }", from_ref(&ok), &[]);
    check("json = { \"/status\" = { exists = false } }", from_ref(&ok), &["body /status"]);
    check("contains = [\"accepted\"]\nlacks = [\"refused\"]", from_ref(&ok), &[]);
    check("contains = [\"refused\"]\nlacks = [\"accepted\"]", from_ref(&ok), &["body", "body"]);
    check("headers = { content-type = \"application/json\" }", from_ref(&ok), &[]);
    check("headers = { x-none = { exists = true } }", from_ref(&ok), &["header x-none"]);
}

#[test]
fn of_several_answers_each_is_looked_at() {
    let all = [answer(200, ""), answer(429, ""), answer(200, "")];
    check("status = [200, 429]\ncounts = { 429 = 1 }", &all, &[]);
    check("status = 200", &all, &["status 2"]);
    check("counts = { 429 = { min = 2 } }", &all, &["answers with 429"]);
    check("counts = { 503 = 0 }", &all, &[]);
}

#[test]
fn no_answer_is_not_a_status() {
    let none = Answered { status: 0, ..answer(0, "no answer: connection reset") };
    check("status = 200", &[none], &["status"]);
}

#[track_caller]
fn met(wanted: &str, seen: Value, expected: bool) {
    let wanted: BTreeMap<String, Expected> =
        toml::from_str(&format!("x = {wanted}")).expect("an expectation");
    let found = unmet(&wanted["x"], Some(&seen), &scene()).expect("it can be looked at");
    assert_eq!(found.is_none(), expected, "{wanted:?} {seen} {found:?}");
}

#[test]
fn values_are_compared_by_their_words() {
    met("\"{nonce}\"", json!("n1"), true);
    met("\"a\"", json!("b"), false);
    met("10", json!(10.0), true);
    met("\"10\"", json!(10), false);
    met("{ matches = \"^pi_[a-z]{2}$\" }", json!("pi_ab"), true);
    met("{ matches = \"^pi_[a-z]{2}$\" }", json!("pi_abc"), false);
    met("{ length = 2 }", json!([1, 2]), true);
    met("{ length = { min = 1, max = 3 } }", json!("four"), false);
    met("{ one-of = [\"a\", \"b\"] }", json!("b"), true);
    met("{ one-of = [\"a\", \"b\"] }", json!("c"), false);
    met("{ is = { length = 2 } }", json!({ "length": 2 }), true);
    met("{ exists = true }", Value::Null, false);
    met("[1, 2]", json!([1, 2]), true);
}

#[test]
fn what_is_not_there_meets_nothing_but_its_absence() {
    let wanted: BTreeMap<String, Expected> =
        toml::from_str("a = \"x\"\nb = { exists = false }\nc = { length = 0 }").expect("expectations");
    let met = |name: &str| unmet(&wanted[name], None, &scene()).expect("it can be looked at").is_none();
    assert_eq!([met("a"), met("b"), met("c")], [false, true, false]);
}

#[test]
fn long_observations_are_cut_at_a_character() {
    let cut = shortened("é".repeat(700));
    assert!(cut.starts_with("éé") && cut.ends_with("(1400 bytes)"), "{cut}");
    assert_eq!(shortened("short".to_owned()), "short");
}

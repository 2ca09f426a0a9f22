use serde_json::json;

use super::*;

fn validator(content_types: &[&str]) -> BodyValidator {
    BodyValidator::compile(&BodyValidation {
        schema: json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["id", "created"],
            "properties": {
                "id": { "type": "string", "pattern": "^evt_" },
                "created": { "type": "integer", "minimum": 0, "exclusiveMinimum": true }
            }
        }),
        content_types: content_types.iter().map(|t| (*t).to_owned()).collect(),
    })
    .unwrap()
}

#[track_caller]
fn check(validator: &BodyValidator, content_type: Option<&[u8]>, body: &[u8], expected: bool) {
    let content_type = content_type.map(|t| HeaderValue::from_bytes(t).unwrap());
    let accepted = validator.accepts(content_type.as_ref(), body);
    assert_eq!(accepted, expected, "{content_type:?} {:?}", String::from_utf8_lossy(body));
}

const GOOD: &[u8] = br#"{"id":"evt_1","created":1,"more":[1]}"#;

#[test]
fn bodies_of_matching_types_must_match_the_model() {
    let json_only = validator(&["application/json"]);
    for content_type in [None, Some(&b"application/json"[..]), Some(b"Application/JSON; charset=utf-8")] {
        check(&json_only, content_type, GOOD, true);
        for bad in [
            &b""[..],
            b"null",
            b"[]",
            b"{",
            b"not json",
            br#"{"id":"evt_1"}"#,
            br#"{"id":"ev_1","created":1}"#,
            br#"{"id":"evt_1","created":"1"}"#,
            b"\xef\xbb\xbf{\"id\":\"evt_1\",\"created\":1}",
            b"{\"id\":\"evt_\xff\",\"created\":1}",
        ] {
            check(&json_only, content_type, bad, false);
        }
    }
}

#[test]
fn exclusive_minimum_is_a_boolean_as_in_draft_04() {
    check(&validator(&["application/json"]), None, br#"{"id":"evt_1","created":0}"#, false);
}

#[test]
fn other_types_pass_unless_there_is_a_default_model() {
    let form = Some(&b"application/x-www-form-urlencoded"[..]);
    check(&validator(&["application/json"]), form, b"txn_id=1", true);
    check(&validator(&["application/json"]), Some(b"\xff"), b"txn_id=1", true);
    let with_default = validator(&["application/json", "$default"]);
    check(&with_default, form, b"txn_id=1", false);
    check(&with_default, Some(b"text/plain"), GOOD, true);
}

#[test]
fn a_wrong_schema_is_refused() {
    let broken = BodyValidation { schema: json!({ "type": 7 }), content_types: vec![] };
    assert!(BodyValidator::compile(&broken).is_err());
}

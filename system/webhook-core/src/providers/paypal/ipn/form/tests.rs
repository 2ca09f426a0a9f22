use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(body: &str, expected: Result<Value, Reject>) {
    assert_eq!(Form::parse(body.as_bytes()).map(|form| form.to_json()), expected, "{body:.60}");
}

#[test]
fn forms_are_read_as_they_are_written() {
    check("a=1&b=2", Ok(json!({"a": "1", "b": "2"})));
    check("a=&b&c==", Ok(json!({"a": "", "b": "", "c": "="})));
    check("&a=1&&b=2&", Ok(json!({"a": "1", "b": "2"})));
    check("item+name=two+words%21%2B", Err(Reject::MalformedForm));
    check("item_name=two+words%21%2B", Ok(json!({"item_name": "two words!+"})));
    check("transaction%5B0%5D.id=x", Ok(json!({"transaction[0].id": "x"})));
    check("a=%00%0d%0A", Ok(json!({"a": "\0\r\n"})));
    check("a=1&a=2", Ok(json!({"a": "2"})));
}

#[test]
fn what_is_no_form_is_refused() {
    for body in [
        "", "&", "&&", "=1", "a b=1", "a=1\r\n", "a=\t", "a=%", "a=%4", "a=%G1", "a=%+1", "%zz=1", "a=\u{7f}",
    ] {
        check(body, Err(Reject::MalformedForm));
    }
    for bytes in [&b"a=\xE9"[..], b"a=\0", b"\xFF=1"] {
        assert_eq!(Form::parse(bytes).map(drop), Err(Reject::MalformedForm));
    }
    check("%C3%A9=1", Err(Reject::MalformedForm));
}

#[test]
fn everything_is_bounded() {
    let fields = |count: usize| (0..count).map(|number| format!("f{number}=")).collect::<Vec<_>>().join("&");
    assert!(Form::parse(fields(MAX_FIELDS).as_bytes()).is_ok());
    check(&fields(MAX_FIELDS + 1), Err(Reject::MalformedForm));
    assert!(Form::parse(format!("{}=", "n".repeat(MAX_NAME_BYTES)).as_bytes()).is_ok());
    check(&format!("{}=", "n".repeat(MAX_NAME_BYTES + 1)), Err(Reject::MalformedForm));
    assert!(Form::parse(format!("v={}", "%41".repeat(MAX_VALUE_BYTES)).as_bytes()).is_ok());
    check(&format!("v={}", "v".repeat(MAX_VALUE_BYTES + 1)), Err(Reject::MalformedForm));
}

#[test]
fn what_decides_stands_there_once() {
    for name in DECISIVE {
        check(&format!("{name}=1&x=2&{name}=1"), Err(Reject::RepeatedField { name }));
    }
    check("txn_id=1&txn%5Fid=2", Err(Reject::RepeatedField { name: "txn_id" }));
}

/// It would go back to PayPal as part of another question.
#[test]
fn a_message_brings_no_command() {
    for body in ["cmd=_notify-validate&txn_id=1", "txn_id=1&cmd=", "txn_id=1&%63md=_xclick", "cmd"] {
        check(body, Err(Reject::MalformedField { name: "cmd" }));
    }
}

/// The value `value` of a message in `charset`.
#[track_caller]
fn check_text(charset: &str, value: &str, expected: &str) {
    let body = format!("{charset}&memo={value}");
    let form = Form::parse(body.as_bytes()).unwrap();
    assert_eq!(form.text("memo").as_deref(), Some(expected), "{body}");
}

#[test]
fn texts_are_in_the_charset_that_the_message_names() {
    check_text("charset=windows-1252", "caf%E9+%80", "café €");
    check_text("charset=Windows-1252", "caf%E9", "café");
    check_text("charset=UTF-8", "caf%C3%A9", "café");
    check_text("charset=gb2312", "%D6%D0%CE%C4", "中文");
    check_text("charset=Shift_JIS", "%93%FA%96%7B", "日本");
    check_text("charset=EUC-KR", "%C7%D1", "한");
    check_text("charset=Big5", "%A4%A4", "中");
    check_text("charset=KOI8_R", "%C4%C1", "да");
    check_text("charset=ISO-8859-2", "%B3", "ł");
}

#[test]
fn texts_that_cannot_be_read_so_are_read_as_windows_1252() {
    check_text("", "caf%E9", "café");
    check_text("charset=", "caf%E9", "café");
    check_text("charset=no-such-charset", "caf%E9", "café");
    check_text("charset=UTF-8", "caf%E9", "café");
    check_text("charset=UTF-16", "caf%E9", "café");
    check_text("charset=ISO-2022-KR", "%1B%24x", "\u{1b}$x");
    check_text("charset=%00%FF", "caf%E9", "café");
    // No byte order mark changes how the rest is read.
    check_text("charset=windows-1252", "%EF%BB%BFx", "ï»¿x");
}

#[test]
fn what_identifies_is_ascii_whatever_the_charset() {
    let form = Form::parse(b"charset=Shift_JIS&txn_id=1A-2&case_id=%5C&mp_id=%93%FA&subscr_id=%0A&business=")
        .unwrap();
    assert_eq!(form.ascii("txn_id"), Ok(Some("1A-2")));
    assert_eq!(form.ascii("case_id"), Ok(Some("\\")));
    assert_eq!(form.ascii("mp_id"), Err(Reject::MalformedField { name: "mp_id" }));
    assert_eq!(form.ascii("subscr_id"), Err(Reject::MalformedField { name: "subscr_id" }));
    assert_eq!((form.ascii("business"), form.ascii("txn_type")), (Ok(None), Ok(None)));
    assert!(form.has("mp_id") && !form.has("business") && !form.has("txn_type"));
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), text in "[a-z%=&+0-9A-F]{0,200}") {
        for body in [&body[..], text.as_bytes()] {
            if let Ok(form) = Form::parse(body) {
                prop_assert!(form.to_json().is_object());
            }
        }
    }

    /// Whatever is escaped comes back, in every charset that PayPal offers.
    #[test]
    fn escaping_is_undone(
        pairs in prop::collection::btree_map("[a-z_]{5,12}", prop::collection::vec(any::<u8>(), 0..40), 1..10),
        charset in "(windows-1252|utf-8|gb18030|shift_jis|big5|euc-jp|euc-kr|hz|koi8-r|utf-16le|x-nothing)",
    ) {
        prop_assume!(!pairs.contains_key("charset"));
        let body: Vec<_> =
            pairs.iter().map(|(name, value)| format!("{}={}", escaped(name.as_bytes()), escaped(value))).collect();
        let body = format!("charset={charset}&{}", body.join("&"));
        let form = Form::parse(body.as_bytes()).unwrap();
        for (name, value) in &pairs {
            prop_assert_eq!(form.raw(name), Some(&value[..]));
            prop_assert_eq!(form.text(name).is_some(), !value.is_empty());
        }
    }
}

use super::*;

#[derive(PartialEq, Eq, Deserialize)]
struct Everything<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow, default)]
    scalar: Scalar<'a>,
    #[serde(borrow, default)]
    reference: Reference<'a>,
    #[serde(default)]
    loose: Loose<Inner>,
    #[serde(default)]
    items: Items<Inner>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Inner {
    n: i64,
}

#[track_caller]
fn check(field: &str, expected: impl Fn(&mut Everything<'_>)) {
    let text =
        format!(r#"{{"text":"t"{}{field},"unknown":[{{}}]}}"#, if field.is_empty() { "" } else { "," });
    let mut wanted = Everything {
        text: Text("t".into()),
        scalar: Scalar::Absent,
        reference: Reference(None),
        loose: Loose(None),
        items: Items(Vec::new()),
    };
    expected(&mut wanted);
    assert!(parse::<Everything<'_>>(&text) == Ok(wanted), "{field}");
}

#[test]
fn every_kind_of_value_is_read() {
    check("", |_| {});
    check(r#""scalar":"s""#, |e| e.scalar = Scalar::Text("s".into()));
    check(r#""scalar":"\u00e9\n""#, |e| e.scalar = Scalar::Text("é\n".into()));
    check(r#""scalar":-5"#, |e| e.scalar = Scalar::Integer(-5));
    check(r#""scalar":9223372036854775807"#, |e| e.scalar = Scalar::Integer(i64::MAX));
    for other in ["9223372036854775808", "1.0", "true", "{\"a\":[1]}", "[[1],{}]"] {
        check(&format!(r#""scalar":{other}"#), |e| e.scalar = Scalar::Other);
    }
    check(r#""scalar":null"#, |_| {});

    check(r#""reference":"id_1""#, |e| e.reference = Reference(Some("id_1".into())));
    check(r#""reference":{"id":"id_1","more":{}}"#, |e| e.reference = Reference(Some("id_1".into())));
    for nothing in ["null", "\"\"", "{}", "{\"id\":1}", "7", "-7", "1.5", "false", "[\"id_1\"]"] {
        check(&format!(r#""reference":{nothing}"#), |_| {});
    }

    check(r#""loose":{"n":3}"#, |e| e.loose = Loose(Some(Inner { n: 3 })));
    for nothing in ["null", "\"n\"", "7", "-7", "1.5", "false", "[{\"n\":3}]"] {
        check(&format!(r#""loose":{nothing}"#), |_| {});
    }

    check(r#""items":[{"n":1},7,null,{"n":2}]"#, |e| e.items = Items(vec![Inner { n: 1 }, Inner { n: 2 }]));
    for nothing in ["null", "\"n\"", "7", "-7", "1.5", "false", "{\"n\":3}", "[]"] {
        check(&format!(r#""items":{nothing}"#), |_| {});
    }
}

#[test]
fn text_is_borrowed_unless_it_has_escapes() {
    let plain: Everything<'_> = parse(r#"{"text":"plain"}"#).unwrap();
    assert!(matches!(plain.text.0, Cow::Borrowed("plain")));
    let escaped: Everything<'_> = parse(r#"{"text":"a\/b"}"#).unwrap();
    assert!(matches!(&escaped.text.0, Cow::Owned(text) if text == "a/b"));
}

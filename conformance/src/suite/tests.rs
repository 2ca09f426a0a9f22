use super::*;

const GOOD: &str = r#"
subject = "s"
title = "S"
about = "Something."
[[case]]
id = "S-001"
title = "A title"
level = "MUST"
why = "A reason"
source = "A document"
[[case.step]]
send.provider = "stripe"
answer.status = 401
absent = ["it"]
"#;

#[track_caller]
fn check(files: &[(&str, &str)], expected: Result<usize, &[&str]>) {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    match (Suite::parse(files), expected) {
        (Ok(suite), Ok(cases)) => assert_eq!(suite.cases().count(), cases),
        (Err(error), Err(words)) => {
            let text = error.to_string();
            for word in words {
                assert!(text.contains(word), "no `{word}` in:\n{text}");
            }
        }
        (got, _) => panic!("{got:?}"),
    }
}

#[test]
fn a_suite_is_its_files() {
    check(&[("a.toml", GOOD), ("b.toml", &GOOD.replace("S-001", "T-001"))], Ok(2));
}

#[test]
fn mistakes_are_named_with_their_place() {
    check(&[("a.toml", "subject =")], Err(&["a.toml", "line 1"]));
    check(&[("a.toml", &GOOD.replace("absent", "abscent"))], Err(&["a.toml", "abscent"]));
    check(&[("a.toml", &GOOD.replace("S-001", "s-1"))], Err(&["a.toml", "STRIPE-SIG-004"]));
    check(&[("a.toml", &GOOD.replace("\"MUST\"", "\"MAY\""))], Err(&["MAY"]));
    check(&[("a.toml", &GOOD.replace("\"A reason\"", "\" \""))], Err(&["S-001 has an empty why"]));
    check(&[("a.toml", &GOOD.replace("stripe", "adyen"))], Err(&["adyen"]));
}

#[test]
fn ids_are_unique_and_a_series_belongs_to_one_file() {
    check(&[("a.toml", GOOD), ("b.toml", GOOD)], Err(&["S-001 is in a.toml already"]));
    check(
        &[("a.toml", GOOD), ("b.toml", &GOOD.replace("S-001", "S-002"))],
        Err(&["belongs to the series of a.toml"]),
    );
}

#[test]
fn a_case_that_cannot_fail_is_refused() {
    let without = GOOD.replace("answer.status = 401\nabsent = [\"it\"]", "");
    check(&[("a.toml", &without)], Err(&["S-001 expects nothing"]));
    let nothing = GOOD.replace("send.provider = \"stripe\"\nanswer.status = 401\nabsent = [\"it\"]", "");
    check(&[("a.toml", &nothing)], Err(&["step 1: it does nothing"]));
    let two = GOOD.replace("answer.status", "query.path = \"\"\nanswer.status");
    check(&[("a.toml", &two)], Err(&["step 1: it does 2 things"]));
}

#[test]
fn a_sentence_that_nothing_covers_is_a_gap() {
    let sentence = "[sentence.x]\nsection = \"Testing\"\ntext = \"Test it.\"\n";
    let covering = GOOD.replace("source =", "covers = [\"x\"]\nsource =");
    check(&[("coverage.toml", sentence), ("a.toml", &covering)], Ok(1));
    check(&[("coverage.toml", sentence), ("a.toml", GOOD)], Err(&["no case covers `x`"]));
    check(
        &[("coverage.toml", ""), ("a.toml", &covering)],
        Err(&["covers `x`, which is not in coverage.toml"]),
    );
    let elsewhere = format!("{sentence}covered-elsewhere = \"the load test\"\n");
    check(&[("coverage.toml", &elsewhere), ("a.toml", GOOD)], Ok(1));
}

#[test]
fn the_suite_that_ships_is_whole() {
    let suite = Suite::built_in().unwrap_or_else(|error| panic!("{error}"));
    assert!(suite.cases().count() >= 150, "{} cases", suite.cases().count());
    let sections: BTreeSet<&str> =
        suite.coverage().sentences.values().map(|one| one.section.as_str()).collect();
    for section in ["Testing Requirements", "Security and Compliance"] {
        assert!(sections.contains(section), "{section}: {sections:?}");
    }
}

#[test]
fn a_folder_without_cases_is_no_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(Suite::read(folder.path()), Err(SuiteError::Empty(_))));
    assert!(matches!(Suite::read(&folder.path().join("missing")), Err(SuiteError::Unreadable { .. })));
}

//! Texts that others read or script against, compared with files.
//!
//! To accept a change: `PEAKPROOF_BLESS=1 cargo test -p conformance`, then read the difference.

use std::fs;
use std::path::PathBuf;

use conformance::output::{Files, Look, junit, summary};

use crate::samples;

/// Compares with a file in `tests/snapshots/`, or writes it when blessing is asked for.
fn check(file: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(file);
    if std::env::var_os("PEAKPROOF_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(actual.lines()).position(|(a, b)| a != b);
    assert!(
        expected == actual,
        "tests/snapshots/{file} differs from line {}; now:\n{actual}\nAccept it with PEAKPROOF_BLESS=1 cargo test -p conformance",
        differs.map_or(0, |at| at + 1)
    );
}

fn files() -> Files {
    let at = |name: &str| PathBuf::from("reports/conformance/20261122T010203Z-embedded").join(name);
    Files { results: at("results.json"), junit: at("junit.xml"), html: at("report.html") }
}

#[test]
fn summaries() {
    let look = Look { colour: false, width: 100 };
    for (name, results) in samples::all() {
        check(&format!("{name}.txt"), &summary::closing(&results, Some(&files()), look));
    }
    check("failing.narrow.txt", &summary::closing(&samples::failing(), None, Look { width: 60, ..look }));
    check("each.colour.txt", &summary::closing(&samples::each(), None, Look { colour: true, width: 100 }));
}

#[test]
fn nothing_in_a_summary_is_obeyed_by_a_terminal() {
    let shown = summary::closing(&samples::hostile(), Some(&files()), Look { colour: false, width: 100 });
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
    assert!(shown.lines().count() < 40, "{shown}");
}

#[test]
fn junit_files() {
    for (name, results) in
        samples::all().into_iter().filter(|(name, _)| !["passing", "black_box"].contains(name))
    {
        check(&format!("{name}.junit.xml"), &junit::render(&results).unwrap());
    }
}

#[test]
fn junit_is_red_for_what_turns_the_run_red_and_for_nothing_else() {
    let mut results = samples::each();
    let count = |text: &str, tag: &str| text.matches(&format!("<{tag} ")).count();
    let text = junit::render(&results).unwrap();
    // The verdict, the MUST that failed, the unexpected pass; the case that could not be run; the SHOULD, the known failure and
    // the one that needs more than the target offers.
    assert_eq!(
        (count(&text, "failure"), count(&text, "error"), count(&text, "skipped")),
        (3, 1, 3),
        "{text}"
    );
    assert!(text.contains("SHOULD, failed: time: expected at most 250 ms, observed 612 ms"));
    results.strict = true;
    let text = junit::render(&results).unwrap();
    assert_eq!((count(&text, "failure"), count(&text, "skipped")), (4, 2), "{text}");
}

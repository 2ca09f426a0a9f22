use super::*;

fn id(text: &str) -> CaseId {
    text.parse().expect("an ID")
}

fn mutant(name: &str, named: &[&str], failed: &[&str]) -> MutantResult {
    let named = named.iter().map(|one| id(one)).collect();
    let outcome = |one: &str| if failed.contains(&one) { Outcome::Failed } else { Outcome::Passed };
    let all = ["A-001", "A-002", "B-001", "B-002"].map(|one| (id(one), outcome(one)));
    MutantResult::tried((name, MutantKind::Code, "It <b>lets</b> anything in"), &named, all, 12.0)
}

fn matrix(mutants: Vec<MutantResult>) -> Matrix {
    let idle_cases = Matrix::idle(&mutants, ["A-001", "A-002", "B-001"].map(id));
    Matrix {
        schema_version: SCHEMA_VERSION,
        tool_version: "0.1.0".into(),
        started_at: "2026-11-22T01:02:03Z".into(),
        duration_s: 42.0,
        seed: 7,
        filter: None,
        verdict: Matrix::judge(&mutants, &idle_cases),
        mutants,
        idle_cases,
    }
}

#[test]
fn only_a_named_case_catches() {
    let caught = mutant("m", &["A-001", "B-002"], &["A-001", "A-002"]);
    assert!(caught.caught);
    assert_eq!(caught.cases.len(), 3, "{:?}", caught.cases);
    assert_eq!(caught.named_in_vain().map(|case| case.id.as_str()).collect::<Vec<_>>(), ["B-002"]);
    let survived = mutant("m", &["B-002"], &["A-001"]);
    assert!(!survived.caught && survived.survived());
}

#[test]
fn the_judgement() {
    let all = mutant("all", &["A-001"], &["A-001", "A-002", "B-001"]);
    let untried = MutantResult {
        caught: false,
        cases: Vec::new(),
        reason: Some("it does not start".into()),
        ..mutant("sick", &[], &[])
    };
    assert_eq!(matrix(vec![all.clone()]).verdict, Verdict::Pass);
    assert_eq!(matrix(vec![all.clone(), untried.clone()]).verdict, Verdict::Unknown);
    assert_eq!(matrix(vec![all, untried, mutant("s", &["A-001"], &[])]).verdict, Verdict::Fail);
    let idle = matrix(vec![mutant("m", &["A-001"], &["A-001"])]);
    assert_eq!(idle.verdict, Verdict::Fail);
    assert_eq!(idle.idle_cases, ["A-002", "B-001"].map(id));
    assert_eq!(Matrix::judge(&[], &[]), Verdict::Unknown);
    // What is written down as caught by two cases and is seen by one is written down wrongly.
    let in_vain = matrix(vec![mutant("m", &["A-001", "B-002"], &["A-001", "A-002", "B-001"])]);
    assert_eq!(in_vain.verdict, Verdict::Fail);
    assert!(in_vain.counts().contains("1 named cases did not fail"), "{}", in_vain.counts());
}

#[test]
fn drawn_as_a_table_and_as_a_page() {
    let drawn = matrix(vec![
        mutant("accepts-any-signature", &["A-001", "A-002"], &["A-001", "B-002"]),
        mutant("no-window", &["A-002"], &[]),
    ]);
    let text = table(&drawn, crate::output::Look { colour: false, width: 100 });
    let expected = "
✓ accepts-any-signature  A-001; named, did not fail: A-002 (passed); also 1: B-002
✗ no-window              named, did not fail: A-002 (passed)

survivors: no case that is named for them failed
  no-window  It <b>lets</b> anything in
    named: A-002 (passed)

cases that caught nothing: A-002, B-001

✗ FAIL  1 of 2 mutants caught, 1 survived, 1 named cases did not fail, 2 cases caught nothing, seed 7, 42 s
";
    assert_eq!(text, expected);
    let page = html(&drawn);
    assert!(page.contains("&lt;b&gt;lets") && !page.contains("<b>lets") && !page.contains("<script"));
    assert!(page.contains("<b>A-001</b>") && page.contains("<s>A-002</s>"));
}

#[test]
fn written_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let drawn = matrix(vec![mutant("m", &["A-001"], &["A-001"])]);
    let (json, page) = drawn.write(folder.path()).expect("files");
    let read: Matrix = serde_json::from_slice(&std::fs::read(json).expect("a file")).expect("a record");
    assert_eq!(read, drawn);
    assert!(page.ends_with("mutants.html"));
    let broken = Matrix { duration_s: f64::NAN, ..drawn };
    assert!(matches!(broken.write(folder.path()), Err(OutputError::Encode { .. })));
}

use super::*;

#[test]
fn the_gate_is_proven_by_its_mutants() {
    let (suite, all) = (Suite::built_in().expect("cases"), Mutants::built_in().expect("mutants"));
    let gaps = all.gaps(&suite);
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    assert!(all.mutants.len() >= 40, "{} mutants", all.mutants.len());
}

#[test]
fn every_defect_of_the_deployment_is_listed_and_known() {
    let all = Mutants::built_in().expect("mutants");
    let of_deployment = all.mutants.iter().filter(|mutant| mutant.kind == MutantKind::Deployment);
    let listed: BTreeSet<String> = of_deployment.map(|mutant| mutant.name.clone()).collect();
    let known: BTreeSet<String> = Defect::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(listed, known);
}

#[test]
fn gaps_are_named() {
    let suite = Suite::built_in().expect("cases");
    let text = r#"
        [[mutant]]
        name = "a"
        kind = "code"
        defect = "Something."
        caught-by = ["NOT-001"]
        [[mutant]]
        name = "a"
        kind = "deployment"
        defect = "Something."
        caught-by = []
    "#;
    let gaps = toml::from_str::<Mutants>(text).expect("mutants").gaps(&suite).join("\n");
    for words in [
        "two mutants `a`",
        "no case is named for the mutant `a`",
        "NOT-001, named for",
        "STRIPE-SIG-001 is named for no",
    ] {
        assert!(gaps.contains(words), "{words}: {gaps}");
    }
}

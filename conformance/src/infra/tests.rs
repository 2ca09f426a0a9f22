use super::*;

#[test]
fn rules_are_chosen_by_id_and_by_letters() {
    let rules = Rules::built_in().expect("the rules");
    let check = |ids: &[&str], expected: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let chosen = select(&rules, &ids).expect("rules");
        assert_eq!(chosen.iter().map(|(_, rule)| rule.id.as_str()).collect::<Vec<_>>(), expected, "{ids:?}");
    };
    check(&["AG4"], &["AG4"]);
    check(&["I", "X1"], &["X1", "I1", "I2", "I3", "I4"]);
    assert_eq!(select(&rules, &[]).expect("rules").len(), rules.all().count());
    assert!(
        matches!(select(&rules, &["AG99".to_owned()]), Err(Failure::Usage(text)) if text.contains("AG99"))
    );
}

#[test]
fn every_rule_fits_into_a_record() {
    let rules = Rules::built_in().expect("the rules");
    for (_, rule) in rules.all() {
        assert!(id(&rule.id).expect("an ID").is_rule(), "{}", rule.id);
    }
}

#[test]
fn every_case_that_a_rule_names_is_one_of_the_gates() {
    let suite = Suite::built_in().expect("the cases");
    let known: BTreeSet<&str> = suite.cases().map(|(_, case)| case.id.as_str()).collect();
    let rules = Rules::built_in().expect("the rules");
    for (_, rule) in rules.all() {
        let named = rule.code.iter().flat_map(|code| &code.cases);
        for case in named.chain(rule.elsewhere.iter().flat_map(|one| &one.cases)) {
            assert!(known.contains(case.as_str()), "{} names {case}", rule.id);
        }
    }
}

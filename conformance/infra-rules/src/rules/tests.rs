use std::collections::BTreeSet;

use super::*;
use crate::mutant::Mutants;

/// Every rule that there must be.
const IDS: &str = "TF1 AG1 AG2 AG3 AG4 AG5 AG6 AG7 AG8 L1 L2 L3 L4 L5 L6 L7 D1 D2 D3 D4 D5 S1 S2 S3 S4 S5 Q1 Q2 M1 M2 M3 M4 \
    X1 X2 I1 I2 I3 I4 K1 C1 C2 T1 N1 W1 PU1 PU2 PU3 PU4 PU5";

#[test]
fn every_rule_is_there_and_can_be_understood() {
    let rules = Rules::built_in().expect("the rules");
    let ids: BTreeSet<&str> = rules.all().map(|(_, rule)| rule.id.as_str()).collect();
    assert_eq!(ids, IDS.split_whitespace().collect());
}

#[test]
fn every_rule_about_resources_is_proven_by_a_mutant() {
    let (rules, all) = (Rules::built_in().expect("the rules"), Mutants::built_in().expect("the mutants"));
    let gaps = all.gaps(&rules);
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    assert!(all.mutants.len() >= 60, "{} mutants", all.mutants.len());
}

#[track_caller]
fn check(rule: &str, expected: &str) {
    let text = format!(
        "subject = \"s\"\nabout = \"a\"\n[[rule]]\nid = \"X1\"\ntitle = \"t\"\nwhy = \"w\"\nsource = \"s\"\nmend = \"m\"\n{rule}"
    );
    let error = Rules::parse([("x.toml", text.as_str())]).expect_err(rule).to_string();
    assert!(error.contains(expected) && error.contains("x.toml"), "{rule}: {error}");
}

#[test]
fn a_wrong_rule_is_refused_with_its_place() {
    check("where = ['plan']", "expects nothing");
    check("where = ['plan']\n[[rule.elsewhere]]\nwhat = 'w'\ncommand = 'c'", "expects nothing there");
    check("where = ['moon']", "moon");
    check("where = ['plan']\nsurprise = 1", "surprise");
    check("where = ['plan']\n[[rule.expect]]\nwhat = 'w'", "neither a selection nor a check");
    check("where = ['plan']\n[[rule.expect]]\nwhat = 'w'\ncheck = 'nonsense'", "nonsense");
    check(
        "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\ncheck = 'alarms'\ncount = 1",
        "neither count nor values",
    );
    check("where = ['plan']\n[[rule.expect]]\nwhat = '{who}'\nselect.type = 't'", "{who}");
    check("where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 't'\nvalues.'a..b' = 1", "no path");
    check(
        "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 't'\nvalues.a = { is = 1 }",
        "unknown word",
    );
    check(
        "where = ['plan']\n[[rule.expect]]\nwhat = 'w'\nselect.type = 't'\ncount = 0\nvalues.a = 1",
        "must not be there",
    );
    check("where = ['code']\n[[rule.code]]\nwhat = 'w'", "needs files");
    check("where = ['code']\n[[rule.code]]\nwhat = 'w'\nfile = 'f'", "needs files");
}

#[test]
fn an_id_is_used_once() {
    let one = "subject = 's'\nabout = 'a'\n[[rule]]\nid = 'X1'\ntitle = 't'\nwhy = 'w'\nsource = 's'\nmend = 'm'\nwhere = ['code']\n[[rule.code]]\nwhat = 'w'\nfiles = ['f']";
    let error = Rules::parse([("a.toml", one), ("b.toml", one)]).expect_err("two rules X1");
    assert!(error.to_string().contains("two rules X1"), "{error}");
}

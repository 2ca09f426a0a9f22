use super::*;

fn alarm(name: &str, state: &str, since: &str) -> Alarm {
    Alarm { name: name.to_owned(), state: state.to_owned(), since: Some(since.to_owned()) }
}

#[test]
fn only_a_share_above_the_alarms_own_sets_it_off() {
    let peak = Plan::load("peak").unwrap();
    assert!(enough_refused(&peak), "5 % forged and 2 % malformed");
    let check = |forged: f64, malformed: f64, queries_per_s: f64, expected: bool| {
        let mut plan = Plan { queries_per_s, ..peak.clone() };
        (plan.shares.forged, plan.shares.malformed) = (forged, malformed);
        assert_eq!(enough_refused(&plan), expected, "{forged} {malformed} {queries_per_s}");
    };
    check(0.04, 0.0, 0.0, false);
    check(0.04, 0.02, 0.0, true);
    // As many queries as webhooks halve the share.
    check(0.06, 0.0, 10_000.0 / 60.0, false);
}

#[test]
fn what_changed_is_kept_with_what_was_expected() {
    let before = [alarm("a", "OK", "1"), alarm("b", "OK", "1"), alarm("c", "OK", "1"), alarm("d", "OK", "1")];
    let after =
        [alarm("a", "ALARM", "2"), alarm("b", "OK", "1"), alarm("c", "OK", "3"), alarm("d", "OK", "1")];
    let alarms = compared(&before, &after, Some("d".to_owned()), 12.0);
    let names: Vec<_> = alarms.changed.iter().map(|change| change.name.as_str()).collect();
    assert_eq!((names, alarms.read, alarms.waited_s), (vec!["a", "c", "d"], 4, 12.0));
    assert_eq!((alarms.changed[0].before.as_str(), alarms.changed[0].after.as_str()), ("OK", "ALARM"));
}

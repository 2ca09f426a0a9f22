use super::*;

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let told = text.parse::<Shard>().expect_err("refused");
    assert!(told.contains(expected), "{told}");
}

#[test]
fn shards_are_counted_from_one() {
    let shard: Shard = "2/3".parse().expect("a shard");
    assert_eq!((shard.number(), shard.of()), (2, 3));
    assert_eq!((0..7).filter(|number| shard.owns(*number)).collect::<Vec<_>>(), [1, 4]);
    assert!((0..7).all(|number| Shard::WHOLE.owns(number)));
    check_refused("0/3", "no shard 0 of 3");
    check_refused("4/3", "numbered from 1 to 3");
    check_refused("1/0", "1 to 10000 machines");
    check_refused("1/10001", "1 to 10000 machines");
    for text in ["", "1", "/", "1/", "a/b", "1/2/3", "-1/2", "1 / 2"] {
        check_refused(text, "expected I/N");
    }
}

#[test]
fn a_start_is_a_time_of_day_or_seconds() {
    assert_eq!(moment("2026-11-30T12:00:00Z"), Ok(1_796_040_000_000));
    assert_eq!(moment("2026-11-30T13:00:00.5+01:00"), Ok(1_796_040_000_500));
    assert_eq!(moment("1796040000"), Ok(1_796_040_000_000));
    for text in ["", "noon", "12:00", "-5", "2026-11-30"] {
        assert!(moment(text).is_err(), "{text}");
    }
}

#[test]
fn a_group_is_a_plain_name() {
    assert_eq!(group("black-friday_1.2"), Ok("black-friday_1.2".to_owned()));
    for text in ["", "a b", "a/b", &"x".repeat(65)] {
        assert!(group(text).is_err(), "{text}");
    }
}

#[test]
fn plans_that_differ_have_other_schedules() {
    let plan = Plan::load("peak").expect("a plan");
    let mut other = plan.clone();
    other.poison += 1;
    assert_eq!(schedule(&plan), schedule(&plan.clone()));
    assert_ne!(schedule(&plan), schedule(&other));
}

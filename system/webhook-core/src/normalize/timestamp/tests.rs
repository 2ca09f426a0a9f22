use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(secs: i64, event_id: &str, expected: &str) {
    assert_eq!(first(UnixTime::from_secs(secs), event_id).to_string(), expected);
}

/// Expected digits: Python's `int.from_bytes(hashlib.sha256(id).digest()[:8]) % 10**6`.
#[test]
fn the_fraction_follows_from_the_event_id() {
    check(1_763_750_000, "evt_1", "1763750000.061249");
    check(1_763_750_000, "WH-1", "1763750000.376621");
    check(0, "e-1", "0.452888");
}

#[test]
fn the_next_fraction_stays_in_the_second() {
    let next = |text: &str| next_fraction(text.parse().unwrap()).to_string();
    assert_eq!(next("1763750000.000000"), "1763750000.000001");
    assert_eq!(next("1763750000.123499"), "1763750000.123500");
    assert_eq!(next("1763750000.999999"), "1763750000.000000");
}

proptest! {
    #[test]
    fn a_timestamp_never_leaves_its_second(secs in 0_i64..=253_402_300_799, event_id in "[!-~]{1,40}", steps in 0_usize..40) {
        let mut timestamp = first(UnixTime::from_secs(secs), &event_id);
        for _ in 0..steps {
            timestamp = next_fraction(timestamp);
        }
        prop_assert_eq!(timestamp.floor(), Decimal::from(secs));
        prop_assert_eq!(timestamp.scale(), SCALE);
    }
}

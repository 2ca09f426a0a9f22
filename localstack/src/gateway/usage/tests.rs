use std::time::Duration;

use super::super::config::Throttle;
use super::*;

const NOON_MS: u64 = 20_413 * DAY_MS + DAY_MS / 2;

fn keys(change: impl FnOnce(&mut ApiKey, &mut UsagePlan), start: Instant) -> Keys {
    let mut key = ApiKey { id: "k1".to_owned(), value: "value-of-stripe".to_owned(), enabled: true };
    let mut plan = UsagePlan {
        name: "stripe".to_owned(),
        keys: vec!["k1".to_owned()],
        throttle: None,
        quota_per_day: None,
    };
    change(&mut key, &mut plan);
    let outside = ApiKey { id: "k2".to_owned(), value: "in-no-plan".to_owned(), enabled: true };
    let access = Access { api_keys: vec![key, outside], usage_plans: vec![plan], ..Access::default() };
    Keys::new(&access, start)
}

#[test]
fn a_key_is_found_by_its_value_and_opens_what_its_plan_allows() {
    let now = Instant::now();
    let keys = keys(|_, _| {}, now);
    assert_eq!(keys.by_value("value-of-stripe").unwrap().id(), "k1");
    for unknown in ["", "value-of-strip", "value-of-stripe2", "k1"] {
        assert!(keys.by_value(unknown).is_none(), "{unknown}");
    }
    assert_eq!(keys.by_value("value-of-stripe").unwrap().take(now, NOON_MS), Ok(()));
    let outside = keys.by_value("in-no-plan").unwrap();
    assert_eq!(outside.take(now, NOON_MS), Err(Denial::InvalidApiKey));
}

#[test]
fn a_disabled_key_opens_nothing_and_counts_nothing() {
    let now = Instant::now();
    let keys = keys(|key, _| key.enabled = false, now);
    assert_eq!(keys.by_value("value-of-stripe").unwrap().take(now, NOON_MS), Err(Denial::InvalidApiKey));
    let usage = &keys.usage(NOON_MS)["k1"];
    assert_eq!((usage.enabled, usage.used_today), (false, 0));
}

#[test]
fn a_quota_is_of_one_day() {
    let now = Instant::now();
    let keys = keys(|_, plan| plan.quota_per_day = Some(2), now);
    let key = keys.by_value("value-of-stripe").unwrap();
    let take = |at_ms| key.take(now, at_ms);
    assert_eq!([take(NOON_MS), take(NOON_MS), take(NOON_MS)], [Ok(()), Ok(()), Err(Denial::QuotaExceeded)]);
    let midnight = NOON_MS + DAY_MS / 2;
    assert_eq!(take(midnight - 1), Err(Denial::QuotaExceeded));
    assert_eq!(keys.usage(midnight - 1)["k1"].used_today, 2);
    assert_eq!(keys.usage(midnight)["k1"].used_today, 0);
    assert_eq!(
        [take(midnight), take(midnight), take(midnight)],
        [Ok(()), Ok(()), Err(Denial::QuotaExceeded)]
    );
}

#[test]
fn a_plans_bucket_is_the_keys_own_and_a_throttled_request_does_not_count() {
    let start = Instant::now();
    let throttle = Some(Throttle { rate_per_s: 10.0, burst: 2 });
    let keys = keys(|_, plan| plan.throttle = throttle, start);
    let key = keys.by_value("value-of-stripe").unwrap();
    let take = |after_ms| key.take(start + Duration::from_millis(after_ms), NOON_MS);
    assert_eq!([take(0), take(0), take(0)], [Ok(()), Ok(()), Err(Denial::PlanThrottled)]);
    assert_eq!(take(100), Ok(()));
    let usage =
        KeyUsage { plan: Some("stripe".to_owned()), enabled: true, used_today: 3, quota_per_day: None };
    assert_eq!(keys.usage(NOON_MS)["k1"], usage);
}

#[test]
fn many_at_once_get_exactly_the_quota() {
    let now = Instant::now();
    let keys = keys(|_, plan| plan.quota_per_day = Some(1000), now);
    let key = keys.by_value("value-of-stripe").unwrap();
    let granted: usize = std::thread::scope(|scope| {
        let taker = || (0..500).filter(|_| key.take(now, NOON_MS).is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(taker)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(granted, 1000);
}

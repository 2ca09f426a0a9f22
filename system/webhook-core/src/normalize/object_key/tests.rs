use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::normalize::tests::sample;
use crate::provider::Provider;
use crate::unix_time::UnixTime;

fn key(transaction_id: &str, event_id: &str) -> String {
    let mut event = sample(Provider::Stripe);
    event.transaction_id = transaction_id.to_owned().into();
    event.event_id = event_id.to_owned().into();
    object_key(&event)
}

#[track_caller]
fn check(transaction_id: &str, event_id: &str, expected: &str) {
    assert_eq!(key(transaction_id, event_id), format!("stripe/2025/11/21/{expected}"));
}

#[test]
fn real_ids_stay_readable() {
    check("pi_3MtwBwLkdIwHu7ix28a3tqPa", "evt_1", "pi_3MtwBwLkdIwHu7ix28a3tqPa.evt_1.json");
    check(
        "7RG69529",
        "WH-58D329510W468432D-8HN650336L201105X",
        "7RG69529.WH-58D329510W468432D-8HN650336L201105X.json",
    );
}

#[test]
fn nothing_in_an_id_leaves_its_folder() {
    check("../../etc", "a/b", "!2E!2E!2F!2E!2E!2Fetc.a!2Fb.json");
    check("a.b", "c", "a!2Eb.c.json");
    check("a", "b.c", "a.b!2Ec.json");
    check("!2F", "%", "!212F.!25.json");
}

#[test]
fn the_date_is_the_events_own_in_utc() {
    for (secs, date) in [
        (0, "1970/01/01"),
        (1_763_769_599, "2025/11/21"),
        (1_763_769_600, "2025/11/22"),
        (253_402_300_799, "9999/12/31"),
    ] {
        let mut event = sample(Provider::Square);
        event.occurred_at = UnixTime::from_secs(secs);
        assert!(object_key(&event).starts_with(&format!("square/{date}/")), "{secs}");
    }
}

proptest! {
    #[test]
    fn keys_are_safe(transaction_id in "[!-~]{1,40}", event_id in "[!-~]{1,40}") {
        let key = key(&transaction_id, &event_id);
        let name = key.strip_prefix("stripe/2025/11/21/").unwrap().strip_suffix(".json").unwrap();
        prop_assert_eq!(name.matches('.').count(), 1);
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-!.".contains(&byte)));
    }

    #[test]
    fn different_ids_have_different_keys(ids in prop::collection::vec(("[./!2EF]{1,4}", "[./!2EF]{1,4}"), 2..30)) {
        let mut seen = HashMap::new();
        for (transaction_id, event_id) in ids {
            let pair = (transaction_id.clone(), event_id.clone());
            let known = seen.entry(key(&transaction_id, &event_id)).or_insert_with(|| pair.clone());
            prop_assert_eq!(known, &pair);
        }
    }
}

use std::collections::{HashMap, HashSet};

use super::*;

const STARTED_MS: i64 = 1_795_000_000_000;

fn slots(plan: &Plan, seed: u64) -> Vec<Slot> {
    let mut all = Vec::new();
    for mut source in sources(plan, seed, "test") {
        while let Some(slot) = source.next(STARTED_MS, Duration::ZERO) {
            all.push(slot);
        }
    }
    all
}

fn peak() -> Plan {
    Plan::load("peak").expect("peak")
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let show = |seed| {
        slots(&peak(), seed)
            .into_iter()
            .map(|slot| (slot.provider, slot.intended, slot.what, slot.event.event_id))
            .collect::<Vec<_>>()
    };
    let first = show(1);
    assert_eq!(first, show(1));
    let other = show(2);
    assert_ne!(first, other);
    let ids: HashSet<_> = first.iter().map(|slot| &slot.3).collect();
    assert!(other.iter().all(|slot| !ids.contains(&slot.3)), "seeds share no event ids");
}

/// What tells one slot from another.
fn shown(slot: Slot) -> (Provider, u64, Duration, bool, String, String, Vec<u8>) {
    let Slot { provider, number, intended, measured, what, event, attempt: _ } = slot;
    (provider, number, intended, measured, format!("{what:?}"), event.event_id, event.body.to_vec())
}

#[test]
fn shards_together_are_the_whole_schedule() {
    for (arrival, of) in [(Arrival::Constant, 3_u32), (Arrival::Poisson, 7)] {
        let mut plan = peak();
        plan.arrival = arrival;
        let mut together = Vec::new();
        let mut owners: HashMap<String, u32> = HashMap::new();
        for number in 1..=of {
            let shard: Shard = format!("{number}/{of}").parse().expect("a shard");
            let (before, mut left) = (together.len(), 0);
            for mut source in sources(&plan, 5, "shards/night") {
                source.only(shard);
                while let Some(slot) = source.next(STARTED_MS, Duration::ZERO) {
                    let owner = *owners.entry(slot.event.event_id.clone()).or_insert(number);
                    assert_eq!(owner, number, "an event is one shard's, with its repetitions");
                    together.push(shown(slot));
                }
            }
            for mut source in sources(&plan, 5, "shards/night") {
                source.only(shard);
                left += source.left();
            }
            let own = together.len() - before;
            assert_eq!(left, own as u64, "what was not handed out is counted alike");
            let fair = 10_000 / of as usize;
            assert!(own > fair * 9 / 10 && own < fair * 12 / 10, "shard {number} of {of} has {own}");
        }
        let mut whole: Vec<_> = Vec::new();
        for mut source in sources(&plan, 5, "shards/night") {
            whole.extend(std::iter::from_fn(|| source.next(STARTED_MS, Duration::ZERO)).map(shown));
        }
        together.sort();
        whole.sort();
        assert_eq!(together.len(), whole.len());
        assert!(together == whole, "the same slots, at the same times, with the same bodies");
    }
}

#[test]
fn the_measured_part_holds_what_the_plan_promises() {
    let measured: Vec<Slot> = slots(&peak(), 1).into_iter().filter(|slot| slot.measured).collect();
    assert_eq!(measured.len(), 10_000);
    let of = |provider| measured.iter().filter(|slot| slot.provider == provider).count();
    assert_eq!(Provider::ALL.map(of), [4500, 3300, 2200]);
    let count = |wanted: fn(&What) -> bool| measured.iter().filter(|slot| wanted(&slot.what)).count();
    assert_eq!(count(|what| matches!(what, What::Poison)), 20);
    assert!((480..=500).contains(&count(|what| matches!(what, What::Forged(_)))));
    assert!((190..=200).contains(&count(|what| matches!(what, What::Malformed(_)))));
    assert!((180..=200).contains(&count(|what| matches!(what, What::Duplicate))));
    let in_time = |slot: &Slot| (3.0..63.0).contains(&slot.intended.as_secs_f64());
    assert!(measured.iter().all(in_time));
}

#[test]
fn every_way_of_tampering_that_applies_occurs() {
    let all = slots(&peak(), 1);
    for provider in Provider::ALL {
        for way in Tampering::ALL.iter().filter(|way| way.applies_to(provider)) {
            let wanted = What::Forged(*way);
            assert!(
                all.iter().any(|s| s.provider == provider && s.what == wanted),
                "{provider}: {}",
                way.name()
            );
        }
        for way in Malformation::ALL.iter().filter(|way| way.applies_to(provider)) {
            let wanted = What::Malformed(*way);
            assert!(
                all.iter().any(|s| s.provider == provider && s.what == wanted),
                "{provider}: {}",
                way.name()
            );
        }
    }
}

#[test]
fn the_warm_up_is_valid_only_and_rises() {
    let warmup: Vec<Slot> = slots(&peak(), 1).into_iter().filter(|slot| !slot.measured).collect();
    assert!(warmup.iter().all(|slot| slot.what == What::Valid && slot.intended.as_secs_f64() <= 3.0));
    let early = warmup.iter().filter(|slot| slot.intended.as_secs_f64() < 1.0).count();
    let late = warmup.iter().filter(|slot| slot.intended.as_secs_f64() >= 2.0).count();
    assert!(early > 0 && late > 2 * early, "{early} early, {late} late");
}

#[test]
fn duplicates_repeat_a_valid_event_some_at_once_and_some_later() {
    let all = slots(&peak(), 1);
    let mut originals = HashMap::new();
    for slot in all.iter().filter(|slot| slot.what == What::Valid) {
        assert!(originals.insert(slot.event.event_id.clone(), slot).is_none(), "an event is fresh only once");
    }
    let (mut together, mut later) = (0, 0);
    for slot in all.iter().filter(|slot| slot.what == What::Duplicate) {
        let original = originals[&slot.event.event_id];
        assert!(original.measured && original.event.body == slot.event.body);
        match slot.intended.checked_sub(original.intended) {
            Some(Duration::ZERO) => together += 1,
            Some(after) => {
                assert!(after >= Duration::from_secs_f64(LATER_S));
                later += 1;
            }
            None => panic!("a duplicate comes before its original"),
        }
    }
    assert!(together > 70 && later > 70, "{together} together, {later} later");
}

#[test]
fn poison_is_spread_over_the_run() {
    let mut times: Vec<f64> = slots(&peak(), 1)
        .iter()
        .filter(|slot| slot.what == What::Poison)
        .map(|slot| slot.intended.as_secs_f64())
        .collect();
    times.sort_by(f64::total_cmp);
    assert!(times[0] < 3.0 + 10.0 && times[19] > 63.0 - 10.0, "{times:?}");
}

#[test]
fn without_planned_arrivals_a_slot_is_due_when_asked_for() {
    let mut plan = peak();
    plan.arrival = Arrival::Max;
    let [mut stripe, ..] = sources(&plan, 1, "test");
    let asked = Duration::from_secs_f64(1.5);
    let slot = stripe.next(STARTED_MS, asked).expect("a slot");
    assert_eq!((slot.intended, slot.measured), (asked, false));
    assert!(stripe.next(STARTED_MS, Duration::from_secs(3)).expect("a slot").measured);
    assert!(stripe.next(STARTED_MS, Duration::from_secs(63)).is_none());
    assert_eq!(stripe.left(), 0);
}

#[test]
fn slots_nobody_took_are_counted() {
    let mut plan = peak();
    plan.warmup_s = 0.0;
    let [mut stripe, ..] = sources(&plan, 1, "test");
    for _ in 0..100 {
        stripe.next(STARTED_MS, Duration::ZERO).expect("a slot");
    }
    assert_eq!(stripe.left(), 4400);
}

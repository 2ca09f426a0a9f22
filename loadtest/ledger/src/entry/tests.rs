use super::*;

const AT_ONCE: Times =
    Times { measured: true, intended: Duration::ZERO, lag: Duration::ZERO, service: Duration::ZERO };

fn entry(id: &str, intended_ms: u64) -> Entry {
    let intended = Duration::from_millis(intended_ms);
    let (lag, service) = (Duration::from_micros(700), Duration::from_micros(4_300));
    Entry::new(Provider::Stripe, What::Valid, id, Times { measured: true, intended, lag, service }, Some(200))
}

#[test]
fn an_entry_gives_back_what_it_was_given() {
    let day = 24 * 3600 * 1000;
    let one = entry("evt_1", day);
    assert_eq!(one.event.as_str(), "evt_1");
    assert_eq!(one.intended(), Duration::from_millis(day));
    assert_eq!(one.lag() + one.service(), one.acknowledged());
    assert_eq!(one.acknowledged(), Duration::from_millis(5));
    assert!(one.accepted() && !one.refused());
}

#[test]
fn no_answer_is_neither_accepted_nor_refused() {
    let silent = Entry::new(Provider::Paypal, What::Poison, "WH-1", AT_ONCE, None);
    assert_eq!((silent.status, silent.accepted(), silent.refused()), (0, false, false));
}

#[test]
fn ways_are_kept_by_name() {
    for way in Tampering::ALL {
        let entry = Entry::new(Provider::Stripe, What::Forged(way), "evt_1", AT_ONCE, Some(401));
        assert_eq!((entry.kind, entry.variant()), (Kind::Forged, way.name()));
    }
    for way in Malformation::ALL {
        let entry = Entry::new(Provider::Stripe, What::Malformed(way), "evt_1", AT_ONCE, Some(400));
        assert_eq!((entry.kind, entry.variant()), (Kind::Malformed, way.name()));
    }
}

#[test]
fn long_ids_stay_apart() {
    let long = "x".repeat(60);
    assert_ne!(EventId::new(&format!("{long}1")), EventId::new(&format!("{long}2")));
    assert_eq!(EventId::new(&long), EventId::new(&long));
    assert_eq!(EventId::new(&long).as_str().len(), ID_MAX);
    let fits = "y".repeat(ID_MAX);
    assert_eq!(EventId::new(&fits).as_str(), fits);
}

#[test]
fn no_entry_is_lost_where_one_chunk_ends_and_the_next_begins() {
    let ledger = Ledger::default();
    let count = 2 * CHUNK as u64 + 1;
    (0..count).for_each(|n| ledger.record(3, entry(&format!("evt_{n}"), n)));
    let ids: Vec<_> = ledger.take().iter().map(|entry| entry.event.as_str().to_owned()).collect();
    assert_eq!(ids, (0..count).map(|n| format!("evt_{n}")).collect::<Vec<_>>());
}

#[test]
fn entries_of_all_users_come_out_in_order() {
    let ledger = Ledger::default();
    for number in (0..1000_u64).rev() {
        ledger.record(usize::try_from(number).expect("small"), entry(&format!("evt_{number}"), number));
    }
    let all = ledger.take();
    assert_eq!(all.len(), 1000);
    assert!(all.is_sorted_by_key(Entry::intended));
    assert!(ledger.take().is_empty());
}

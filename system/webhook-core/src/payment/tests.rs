use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::contract::sample;

fn event(number: usize) -> Transaction {
    // Three events share each timestamp.
    let at = Decimal::new(1_763_750_000_000_000 + i64::try_from(number / 3).unwrap(), 6);
    sample("pi_1", &format!("evt_{number}"), at)
}

/// The payment after these deliveries, in this order.
fn after(deliveries: &[usize]) -> Payment {
    let (first, rest) = deliveries.split_first().unwrap();
    rest.iter().fold(Payment::begun(event(*first)), |payment, number| match payment.told(&event(*number)) {
        Told::Newest(payment) | Told::Late(payment) => payment,
        Told::Known | Told::TooOld => payment,
    })
}

#[test]
fn a_newer_event_is_the_newest_and_a_late_one_is_not() {
    let payment = Payment::begun(event(3));
    let Told::Newest(newer) = payment.told(&event(6)) else { panic!("it happened later") };
    assert_eq!(newer.events(), [event(3), event(6)]);
    assert_eq!(newer.revision().number(), 2);
    let Told::Late(late) = newer.told(&event(0)) else { panic!("it happened earlier") };
    assert_eq!(late.events(), [event(0), event(3), event(6)]);
    assert_eq!(late.revision().number(), 3);
}

#[test]
fn an_event_is_known_by_its_id_whenever_it_was_received() {
    let payment = after(&[3, 6]);
    let mut again = event(3);
    (again.received_at, again.timestamp) = (crate::unix_time::UnixTime::from_secs(9), Decimal::from(9));
    assert_eq!(payment.told(&again), Told::Known);
    again.provider = crate::provider::Provider::Paypal;
    assert!(matches!(payment.told(&again), Told::Late(_)), "another provider's event of that id is another");
}

#[test]
fn a_full_payment_drops_its_oldest_and_takes_nothing_older() {
    let full = after(&(10..10 + EVENTS_MAX).collect::<Vec<_>>());
    assert_eq!(full.events().len(), EVENTS_MAX);
    assert_eq!(full.told(&event(0)), Told::TooOld);
    let Told::Newest(newer) = full.told(&event(1000)) else { panic!("it happened later") };
    assert_eq!(newer.events().len(), EVENTS_MAX);
    assert_eq!(newer.told(&event(10)), Told::TooOld, "what was dropped does not come back");
}

proptest! {
    #[test]
    fn order_and_repetition_of_deliveries_do_not_matter(
        deliveries in proptest::collection::vec(0_usize..80, 1..200),
        seed in any::<u64>(),
    ) {
        let mut shuffled: Vec<_> = deliveries.iter().chain(&deliveries).copied().collect();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        let (one, other) = (after(&deliveries), after(&shuffled));
        prop_assert_eq!(one.events(), other.events());
        let mut distinct = deliveries.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(one.events().len(), distinct.len().min(EVENTS_MAX));
    }
}

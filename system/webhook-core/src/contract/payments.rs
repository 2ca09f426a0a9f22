//! The rules of [`PaymentStore`].

use rust_decimal::Decimal;

use super::sample;
use crate::payment::{EVENTS_MAX, Payment, Revision, Told};
use crate::ports::payments::{PaymentPut, PaymentStore};
use crate::provider::Provider;
use crate::record::{Status, Transaction};

/// Every rule of [`PaymentStore`].
pub async fn payment_store(store: &impl PaymentStore, run: &str) {
    puts_what_was_made_from_what_is_there(store, run).await;
    keeps_every_field(store, run).await;
    keeps_a_full_payment(store, run).await;
}

fn event(payment: &str, run: &str, number: usize) -> Transaction {
    let micros = i64::try_from(number).expect("a small number");
    let mut event = sample(
        &format!("pi_{payment}_{run}"),
        &format!("evt_{payment}_{number}_{run}"),
        Decimal::new(1_763_750_000_000_001 + micros, 6),
    );
    // A deployment that keeps payments whole keeps no raw bodies.
    event.raw_payload_s3_key.clear();
    event
}

fn told(payment: &Payment, event: &Transaction) -> Payment {
    match payment.told(event) {
        Told::Newest(payment) | Told::Late(payment) => payment,
        other => panic!("the event is new to the payment: {other:?}"),
    }
}

async fn put(store: &impl PaymentStore, payment: &Payment, made_from: Option<Revision>) -> PaymentPut {
    store.put_payment(payment, made_from).await.expect("put_payment answers")
}

async fn puts_what_was_made_from_what_is_there(store: &impl PaymentStore, run: &str) {
    let events: Vec<_> = (0..3).map(|number| event("once", run, number)).collect();
    let first = Payment::begun(events[0].clone());
    let second = told(&first, &events[1]);
    let early = put(store, &second, Some(first.revision())).await;
    assert_eq!(early, PaymentPut::Changed(None), "nothing stands there, and nothing is stored");
    assert_eq!(put(store, &first, None).await, PaymentPut::Stored, "a new payment is stored");
    let again = put(store, &first, None).await;
    assert_eq!(again, PaymentPut::Changed(Some(first.clone())), "it is there now, and is told");
    assert_eq!(
        put(store, &second, Some(first.revision())).await,
        PaymentPut::Stored,
        "its next state is stored"
    );
    let overtaken = told(&first, &events[2]);
    let put_too_late = put(store, &overtaken, Some(first.revision())).await;
    assert_eq!(put_too_late, PaymentPut::Changed(Some(second)), "what was made from an older state is not");
    let other = Payment::begun(event("other", run, 0));
    assert_eq!(put(store, &other, None).await, PaymentPut::Stored, "another payment has an item of its own");
}

async fn keeps_every_field(store: &impl PaymentStore, run: &str) {
    let mut bare = event("fields", run, 0);
    (bare.amount, bare.currency, bare.customer_id) = (None, None, None);
    bare.metadata.clear();
    bare.status = Status::Pending;
    let mut exact = event("fields", run, 1);
    exact.provider = Provider::Paypal;
    exact.amount = Some(Decimal::new(-12_345_678_901_234_567, 3));
    exact.currency = Some("KWD".to_owned());
    exact.status = Status::Failed;
    let payment = told(&Payment::begun(exact), &bare);
    assert_eq!(put(store, &payment, None).await, PaymentPut::Stored);
    let there = put(store, &payment, None).await;
    assert_eq!(there, PaymentPut::Changed(Some(payment)), "every field of every event comes back as it was");
}

async fn keeps_a_full_payment(store: &impl PaymentStore, run: &str) {
    let mut payment = Payment::begun(event("full", run, 0));
    for number in 1..EVENTS_MAX + 5 {
        payment = told(&payment, &event("full", run, number));
    }
    assert_eq!(put(store, &payment, None).await, PaymentPut::Stored, "as many events as are kept fit");
    let there = put(store, &payment, None).await;
    assert_eq!(there, PaymentPut::Changed(Some(payment)), "and come back");
}

use super::*;
use crate::process::{Outcome, process};
use crate::providers::paypal::ipn::tests::{END_OF_TERM, PURCHASE, RECEIVED_AT};
use crate::twins::{
    MemoryPostback, MemoryProcessedLog, MemoryQuarantine, MemoryRawStore, MemoryTransactions, unavailable,
};

const NOW: UnixTime = UnixTime::from_millis(1_763_750_003_000);
const RAW_KEY: &str = "paypal/2009/01/14/61E67681CH3238416.ipn_61E67681CH3238416_Completed.form";
const PROCESSED_KEY: &str = "paypal/2009/01/14/61E67681CH3238416.ipn_61E67681CH3238416_Completed.json";

struct Twins;

impl IpnPorts for Twins {
    type Postback = MemoryPostback;
    type Raw = MemoryRawStore;
    type Quarantine = MemoryQuarantine;
}

/// A processor whose PayPal has sent `sent`, and whose quarantine holds what a validator put there.
struct World {
    table: MemoryTransactions,
    log: MemoryProcessedLog,
    desk: IpnDesk<Twins>,
}

fn envelope(body: &str, received_at: UnixTime) -> Envelope {
    Envelope {
        provider: Provider::Paypal,
        event_id: Message::parse(body.as_bytes()).unwrap().event(received_at).unwrap().event_id.into_owned(),
        received_at,
        raw_key: quarantine_key(body.as_bytes(), received_at),
        body: body.to_owned(),
        content: Content::IpnUnproven,
    }
}

impl World {
    fn new(sent: &[&str]) -> Self {
        let postback = MemoryPostback::default();
        for body in sent {
            postback.sent(body.as_bytes());
        }
        let desk = IpnDesk {
            receivers: Receivers::parse("merchant@example.com").unwrap(),
            postback,
            raw: MemoryRawStore::default(),
            quarantine: MemoryQuarantine::default(),
        };
        Self { table: MemoryTransactions::default(), log: MemoryProcessedLog::default(), desk }
    }

    async fn process(&self, envelope: Envelope) -> Result<Confirmed, ProcessError> {
        let bytes = Bytes::from(envelope.body.clone());
        self.desk.quarantine.put_unproven(&envelope.raw_key, bytes).await.unwrap();
        self.desk.process(&self.table, &self.log, envelope, NOW).await
    }

    async fn outcome(&self, envelope: Envelope) -> Result<Option<Outcome>, ProcessError> {
        self.process(envelope).await.map(|confirmed| match confirmed {
            Confirmed::Processed(processed) => Some(processed.outcome),
            Confirmed::Invalid => None,
        })
    }

    /// Records, raw objects, processed objects, quarantined objects.
    fn holds(&self) -> (usize, usize, usize, usize) {
        (
            self.table.records().len(),
            self.desk.raw.objects().len(),
            self.log.objects().len(),
            self.desk.quarantine.objects().len(),
        )
    }
}

#[tokio::test]
async fn what_paypal_confirms_is_recorded_once() {
    let world = World::new(&[PURCHASE]);
    assert_eq!(world.outcome(envelope(PURCHASE, RECEIVED_AT)).await, Ok(Some(Outcome::Stored)));
    assert_eq!(world.outcome(envelope(PURCHASE, NOW)).await, Ok(Some(Outcome::Duplicate)));
    assert_eq!(world.holds(), (1, 1, 1, 0));
    let record = &world.table.records()[0];
    assert_eq!(record.raw_payload_s3_key, RAW_KEY);
    assert_eq!(world.desk.raw.objects()[RAW_KEY], PURCHASE.as_bytes(), "the untouched bytes");
    assert!(world.log.objects().contains_key(PROCESSED_KEY));
}

#[tokio::test]
async fn nothing_of_a_forgery_is_kept() {
    let world = World::new(&[PURCHASE]);
    let forged = PURCHASE.replace("19.95", "1999.95");
    assert_eq!(world.process(envelope(&forged, RECEIVED_AT)).await, Ok(Confirmed::Invalid));
    assert_eq!(world.holds(), (0, 0, 0, 0));
    assert_eq!((world.table.calls(), world.desk.raw.calls(), world.log.calls()), (0, 0, 0));
}

#[tokio::test]
async fn without_an_answer_nothing_is_processed_and_the_message_is_tried_again() {
    let world = World::new(&[PURCHASE]);
    world.desk.postback.fail_with(Some(unavailable("paypal:Postback")));
    let error = world.process(envelope(PURCHASE, RECEIVED_AT)).await.unwrap_err();
    assert_eq!(error.code(), "postback_unavailable");
    assert_eq!(world.holds(), (0, 0, 0, 1), "it waits where it was");
    world.desk.postback.fail_with(None);
    assert_eq!(world.outcome(envelope(PURCHASE, RECEIVED_AT)).await, Ok(Some(Outcome::Stored)));
    assert_eq!(world.holds(), (1, 1, 1, 0));
}

#[tokio::test]
async fn another_receivers_message_is_not_even_asked_about() {
    let world = World::new(&[PURCHASE]);
    let other = PURCHASE.replace("merchant%40", "other%40");
    world.desk.postback.sent(other.as_bytes());
    assert_eq!(world.process(envelope(&other, RECEIVED_AT)).await, Err(ProcessError::IpnReceiver));
    assert_eq!((world.desk.postback.calls(), world.holds()), (0, (0, 0, 0, 1)), "a person will see it");
}

#[tokio::test]
async fn a_try_that_died_in_between_is_completed() {
    for step in 0..3 {
        let world = World::new(&[PURCHASE]);
        let failure = Some(unavailable("told to fail"));
        match step {
            0 => world.desk.raw.fail_with(failure),
            1 => world.table.fail_with(failure),
            _ => world.log.fail_with(failure),
        }
        assert!(world.process(envelope(PURCHASE, RECEIVED_AT)).await.is_err());
        assert_eq!(world.desk.quarantine.objects().len(), 1, "step {step}");
        world.desk.raw.fail_with(None);
        world.table.fail_with(None);
        world.log.fail_with(None);
        assert!(world.process(envelope(PURCHASE, RECEIVED_AT)).await.is_ok());
        assert_eq!(world.holds(), (1, 1, 1, 0), "step {step}");
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_discarded_is_no_failure() {
    for sent in [&[PURCHASE][..], &[]] {
        let world = World::new(sent);
        world.desk.quarantine.fail_with(Some(unavailable("s3:DeleteObject")));
        let done = world.desk.process(&world.table, &world.log, envelope(PURCHASE, RECEIVED_AT), NOW).await;
        assert!(done.is_ok());
    }
}

/// Every delivery has another time of receipt, and nothing else tells one.
#[tokio::test]
async fn a_message_without_a_time_is_recorded_once_however_often_it_comes() {
    const DAY_MILLIS: i64 = 86_400_000;
    let world = World::new(&[END_OF_TERM]);
    for day in 0..5 {
        let received_at = UnixTime::from_millis(RECEIVED_AT.millis() + day * DAY_MILLIS);
        let expected = if day == 0 { Outcome::Stored } else { Outcome::Duplicate };
        assert_eq!(world.outcome(envelope(END_OF_TERM, received_at)).await, Ok(Some(expected)));
    }
    assert_eq!(world.holds(), (1, 1, 1, 0));
    let key = world.table.records()[0].raw_payload_s3_key.clone();
    assert!(key.starts_with("paypal/2025/11/21/I-DHSN440FBJ0P.ipn_"), "{key}");

    // A replay only knows when the object was written.
    let late = UnixTime::from_millis(RECEIVED_AT.millis() + 9 * DAY_MILLIS);
    let bytes = Bytes::from_static(END_OF_TERM.as_bytes());
    let replayed = crate::replay::envelope(Provider::Paypal, &key, bytes, late).unwrap();
    let processed = process(&world.table, &world.log, replayed, NOW).await.unwrap();
    assert_eq!((processed.outcome, world.holds()), (Outcome::Duplicate, (1, 1, 1, 0)));
}

/// What tells two messages apart is transaction and status; PayPal may date a message that it writes anew a little later.
#[tokio::test]
async fn a_message_that_is_dated_otherwise_is_the_same_event() {
    const ANEW: &str = "txn_id=7&payment_status=Pending&txn_type=web_accept&receiver_email=merchant%40example.com&mc_gross=1.00&mc_currency=USD&payment_date=20%3A13%3A00+Jan+13%2C+2026+PST";
    let first = ANEW.replace("20%3A13%3A00", "20%3A12%3A59");
    let world = World::new(&[&first, ANEW]);
    assert_eq!(world.outcome(envelope(&first, RECEIVED_AT)).await, Ok(Some(Outcome::Stored)));
    assert_eq!(world.outcome(envelope(ANEW, RECEIVED_AT)).await, Ok(Some(Outcome::Duplicate)));
    assert_eq!(world.holds(), (1, 1, 1, 0));
    let key = world.table.records()[0].raw_payload_s3_key.clone();
    assert_eq!(world.desk.raw.objects()[&key], first.as_bytes(), "the bytes that the record was made of");
}

#[tokio::test]
async fn a_replay_of_a_confirmed_message_asks_nobody() {
    let world = World::new(&[PURCHASE]);
    let bytes = Bytes::from_static(PURCHASE.as_bytes());
    let replayed = crate::replay::envelope(Provider::Paypal, RAW_KEY, bytes, RECEIVED_AT).unwrap();
    assert_eq!(replayed.content, Content::Ipn);
    let processed = process(&world.table, &world.log, replayed, NOW).await.unwrap();
    assert_eq!(processed.event_id, "ipn_61E67681CH3238416_Completed");
    assert_eq!(world.desk.postback.calls(), 0);
    assert_eq!(world.table.records()[0].raw_payload_s3_key, RAW_KEY);
}

#[tokio::test]
async fn an_envelope_must_fit_its_message() {
    let world = World::new(&[PURCHASE]);
    let good = envelope(PURCHASE, RECEIVED_AT);
    let cases = [
        Envelope { provider: Provider::Stripe, ..good.clone() },
        Envelope { content: Content::Ipn, ..good.clone() },
        Envelope { content: Content::Json, ..good.clone() },
        Envelope { raw_key: RAW_KEY.to_owned(), ..good.clone() },
        Envelope { raw_key: quarantine_key(b"other", RECEIVED_AT), ..good.clone() },
        Envelope { event_id: "ipn_1_Completed".to_owned(), ..good.clone() },
    ];
    for other in cases {
        assert_eq!(world.process(other).await, Err(ProcessError::EnvelopeMismatch));
    }
    assert_eq!(world.table.calls(), 0);
    let unproven = process(&world.table, &world.log, good, NOW).await;
    assert_eq!(unproven, Err(ProcessError::Unproven), "there is no way around PayPal");
}

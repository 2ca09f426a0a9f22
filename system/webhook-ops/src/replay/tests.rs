//! What is replayed, what is skipped, and where an interrupted replay goes on.

use webhook_core::normalize::object_key;
use webhook_core::twins::ops::{MemoryProcessorQueue, MemoryRawArchive};
use webhook_core::twins::{refused, unavailable};
use webhook_core::unix_time::UnixTime;

use super::*;

/// 2025-11-21T18:33:20Z.
const CREATED: i64 = 1_763_750_000;

fn body(number: usize, created: i64) -> String {
    format!(
        r#"{{"id":"evt_{number:03}","object":"event","type":"payment_intent.succeeded","created":{created},"livemode":false,"data":{{"object":{{"id":"pi_{number:03}","object":"payment_intent","amount":1099,"currency":"usd","status":"succeeded"}}}}}}"#
    )
}

fn key(number: usize, day: &str) -> String {
    format!("stripe/2025/11/{day}/pi_{number:03}.evt_{number:03}.json")
}

/// Five events on the 21st, three on the 22nd.
fn archive() -> MemoryRawArchive {
    let archive = MemoryRawArchive::with_pages_of(2);
    for number in 0..8 {
        let (day, created) = if number < 5 { ("21", CREATED) } else { ("22", CREATED + 86_400) };
        archive.put(&key(number, day), body(number, created).as_bytes(), UnixTime::from_secs(created + 5));
    }
    archive
}

struct Scene {
    archive: MemoryRawArchive,
    processor: MemoryProcessorQueue,
    interrupt: Interrupt,
}

impl Scene {
    fn new() -> Self {
        Self {
            archive: archive(),
            processor: MemoryProcessorQueue::default(),
            interrupt: Interrupt::default(),
        }
    }

    fn replay(&self, after: Option<String>) -> Replay<'_, MemoryRawArchive, MemoryProcessorQueue> {
        Replay {
            archive: &self.archive,
            processor: &self.processor,
            span: Span::new(Provider::Stripe, "2025-11-21", "2025-11-22", By::Event, 0).unwrap(),
            after,
            dry_run: false,
            pace: Pace::new("1000/s".parse().unwrap()),
            concurrency: 3,
            interrupt: &self.interrupt,
            console: Console::new(true),
        }
    }

    /// Event ids the processor was given.
    fn sent(&self) -> Vec<String> {
        let events = self.processor.events();
        let mut ids: Vec<String> = events
            .iter()
            .map(|event| serde_json::from_slice::<webhook_core::envelope::Envelope>(event).unwrap().event_id)
            .collect();
        ids.sort();
        ids
    }
}

#[test]
fn the_tests_own_keys_are_the_systems() {
    let envelope =
        envelope(Provider::Stripe, &key(1, "21"), body(1, CREATED).into(), UnixTime::from_secs(0)).unwrap();
    let verified = envelope.into_verified().unwrap();
    assert_eq!(object_key(&webhook_core::providers::event(&verified).unwrap()), key(1, "21"));
}

#[tokio::test]
async fn every_event_of_the_span_goes_to_the_processor() {
    let scene = Scene::new();
    scene.archive.put("stripe/2025/11/23/pi_9.evt_9.json", b"outside", UnixTime::from_secs(0));
    scene.archive.put("ipn-unproven/2025/11/21/abc.form", b"quarantine", UnixTime::from_secs(0));
    let totals = scene.replay(None).run().await.unwrap();
    assert_eq!((totals.seen, totals.replayed, totals.exit()), (8, 8, Exit::Done));
    assert_eq!(totals.last_key, Some(key(7, "22")));
    assert_eq!(scene.sent().len(), 8);
    let envelope: webhook_core::envelope::Envelope =
        serde_json::from_slice(&scene.processor.events()[0]).unwrap();
    assert_eq!(
        envelope.received_at,
        UnixTime::from_secs(CREATED + 5),
        "received when the object was written"
    );
}

#[tokio::test]
async fn it_goes_on_after_the_key_it_is_told() {
    let scene = Scene::new();
    let totals = scene.replay(Some(key(5, "22"))).run().await.unwrap();
    assert_eq!((totals.replayed, scene.sent()), (2, vec!["evt_006".to_owned(), "evt_007".to_owned()]));
}

#[tokio::test]
async fn what_is_not_the_event_of_its_key_is_skipped_and_told() {
    let scene = Scene::new();
    scene.archive.put(&key(2, "21"), b"not json", UnixTime::from_secs(0));
    scene.archive.put(&key(3, "21"), body(7, CREATED).as_bytes(), UnixTime::from_secs(0));
    scene.archive.put(&key(4, "21"), &vec![b'x'; BODY_BYTES_MAX + 1], UnixTime::from_secs(0));
    let totals = scene.replay(None).run().await.unwrap();
    assert_eq!((totals.seen, totals.replayed, totals.skipped), (8, 5, 3));
    assert_eq!((totals.exit(), totals.last_key), (Exit::Findings, Some(key(7, "22"))));
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_finds_the_same() {
    let scene = Scene::new();
    scene.archive.put(&key(2, "21"), b"not json", UnixTime::from_secs(0));
    let replay = Replay { dry_run: true, ..scene.replay(None) };
    let totals = replay.run().await.unwrap();
    assert_eq!((totals.replayed, totals.skipped, scene.processor.calls()), (7, 1, 0));
}

#[tokio::test]
async fn a_processor_that_does_not_answer_ends_it_and_the_next_run_starts_where_it_was() {
    let scene = Scene::new();
    scene.processor.fail_with(Some(unavailable("lambda:Invoke")));
    let totals = scene.replay(None).run().await.unwrap();
    assert_eq!((totals.failed, totals.last_key.clone(), totals.exit()), (5, None, Exit::Unavailable));
    scene.processor.fail_with(Some(refused("lambda:Invoke")));
    assert_eq!(scene.replay(None).run().await.unwrap().failed, 1);
    scene.processor.fail_with(None);
    assert_eq!(scene.replay(totals.last_key).run().await.unwrap().replayed, 8);
}

#[tokio::test]
async fn asked_to_stop_it_says_how_far_it_came_and_skips_nothing() {
    for asked_after in 0..10 {
        let scene = Scene::new();
        let stopping = Stopping { scene: &scene, after: asked_after };
        let replay = Replay {
            archive: &scene.archive,
            processor: &stopping,
            span: Span::new(Provider::Stripe, "2025-11-21", "2025-11-22", By::Event, 0).unwrap(),
            after: None,
            dry_run: false,
            pace: Pace::new("1000/s".parse().unwrap()),
            concurrency: 3,
            interrupt: &scene.interrupt,
            console: Console::new(true),
        };
        let first = replay.run().await.unwrap();
        let rest = Scene { interrupt: Interrupt::default(), ..Scene::new() };
        rest.replay(first.last_key.clone()).run().await.unwrap();
        let mut all = scene.sent();
        all.extend(rest.sent());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 8, "asked after {asked_after}, last key {:?}", first.last_key);
    }
}

/// A processor during whose n-th invocation somebody presses Ctrl-C.
struct Stopping<'a> {
    scene: &'a Scene,
    after: usize,
}

impl ProcessorQueue for Stopping<'_> {
    async fn invoke(&self, event: Bytes) -> Result<String, PortError> {
        if self.scene.processor.calls() == self.after {
            self.scene.interrupt.ask();
        }
        self.scene.processor.invoke(event).await
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_no_empty_bucket() {
    let scene = Scene::new();
    scene.archive.fail_with(Some(refused("s3:ListObjectsV2")));
    let failure = scene.replay(None).run().await.unwrap_err();
    assert_eq!(failure.exit(), Exit::Unavailable);
    assert!(failure.to_string().contains("s3:ListObjectsV2"), "{failure}");
}

#[test]
fn totals_as_people_see_them() {
    let totals = Totals {
        seen: 12,
        replayed: 9,
        skipped: 2,
        failed: 1,
        last_key: Some("stripe/2025/11/21/pi_1.evt_1.json".to_owned()),
        interrupted: true,
        ..Totals::default()
    };
    let expected = "\
12 objects seen, 9 replayed, 2 skipped, 1 failed.
Everything is done up to and including stripe/2025/11/21/pi_1.evt_1.json
To go on: the same command with --resume-from 'stripe/2025/11/21/pi_1.evt_1.json'
The processor works on them now; `webhookctl dlq list` shows any it cannot process.";
    assert_eq!(totals.text(), expected);
}

//! What is sent, what stays, and what happens when it breaks off anywhere.

use webhook_core::provider::Provider;
use webhook_core::twins::ops::{MemoryDeadLetterQueue, MemoryProcessorQueue};
use webhook_core::twins::{refused, unavailable};

use super::*;

const HOLD: Duration = Duration::from_secs(120);

fn envelope_of(provider: &str, number: usize) -> String {
    format!(
        r#"{{"provider":"{provider}","event_id":"ev-{number}","received_at":1,"raw_key":"{provider}/2025/11/21/p.ev-{number}.json","body":"{{}}"}}"#
    )
}

/// A queue with `count` letters of Stripe, and a processor.
struct Scene {
    queue: MemoryDeadLetterQueue,
    processor: MemoryProcessorQueue,
    interrupt: Interrupt,
}

impl Scene {
    fn of(count: usize) -> Self {
        let queue = MemoryDeadLetterQueue::default();
        for number in 0..count {
            queue.send(&envelope_of("stripe", number), "old", "dynamodb:PutItem is unavailable: timeout");
        }
        Self { queue, processor: MemoryProcessorQueue::default(), interrupt: Interrupt::default() }
    }

    fn redrive(&self, selection: Selection) -> Redrive<'_, MemoryDeadLetterQueue, MemoryProcessorQueue> {
        Redrive {
            queue: &self.queue,
            processor: &self.processor,
            selection,
            dry_run: false,
            pace: Pace::new("1000/s".parse().unwrap()),
            hold: HOLD,
            interrupt: &self.interrupt,
            console: Console::new(true),
        }
    }

    /// Sweeps once and gives back what is held.
    async fn sweep(&self, redrive: &Redrive<'_, MemoryDeadLetterQueue, MemoryProcessorQueue>) -> Totals {
        let mut totals = Totals::default();
        let mut sweep = Sweep::new(&self.queue, HOLD);
        let progress = redrive.console.progress();
        let swept = redrive.sweep(&mut sweep, &mut totals, &mut BTreeSet::new(), &progress).await;
        sweep.give_back().await;
        swept.unwrap();
        totals
    }

    async fn sweep_all(&self) -> Totals {
        self.sweep(&self.redrive(Selection::default())).await
    }
}

#[tokio::test]
async fn every_event_is_sent_as_it_is_and_its_letter_removed() {
    let scene = Scene::of(23);
    let totals = scene.sweep_all().await;
    assert_eq!((totals.seen, totals.redriven, totals.exit()), (23, 23, Exit::Done));
    let mut sent = scene.processor.events();
    sent.sort();
    let mut expected: Vec<_> = (0..23).map(|number| envelope_of("stripe", number)).collect();
    expected.sort();
    assert!(sent.iter().map(|event| &event[..]).eq(expected.iter().map(String::as_bytes)));
    assert!(scene.queue.bodies().is_empty());
    let again = scene.sweep_all().await;
    assert_eq!((again.seen, scene.processor.events().len()), (0, 23), "a second run finds nothing to do");
}

#[tokio::test]
async fn what_is_not_ours_or_not_meant_stays() {
    let scene = Scene::of(2);
    scene.queue.send(&envelope_of("square", 7), "old", "2025 Task timed out after 30.00 seconds");
    scene.queue.send("{\"detail\":\"of somebody else\"}", "old", "boom");
    scene.queue.send("no json", "old", "boom");
    let totals =
        scene.sweep(&scene.redrive(Selection::new(&[], &[Provider::Square], &["timeout".to_owned()]))).await;
    assert_eq!((totals.seen, totals.redriven, totals.not_selected), (5, 1, 4));
    let totals = scene.sweep_all().await;
    assert_eq!((totals.redriven, totals.foreign, totals.exit()), (2, 2, Exit::Findings));
    assert_eq!((scene.queue.bodies().len(), scene.queue.hidden()), (2, 0), "left, and visible to everybody");
}

#[tokio::test]
async fn a_letter_by_id_ends_the_search() {
    let scene = Scene::of(25);
    let by_id = |id: &str| Selection::new(&[id.to_owned()], &[], &[]);
    let totals = scene.sweep(&scene.redrive(by_id("message-3"))).await;
    assert_eq!((totals.seen, totals.redriven, scene.queue.hidden()), (10, 1, 0));
    let totals = scene.sweep(&scene.redrive(by_id("message-3"))).await;
    assert_eq!((totals.not_found, totals.redriven), (vec!["message-3".to_owned()], 0));
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let scene = Scene::of(3);
    let totals = scene.sweep(&Redrive { dry_run: true, ..scene.redrive(Selection::default()) }).await;
    assert_eq!((totals.redriven, scene.processor.calls()), (3, 0));
    assert_eq!((scene.queue.bodies().len(), scene.queue.hidden()), (3, 0));
}

#[tokio::test]
async fn a_letter_is_kept_when_its_event_is_not_taken() {
    let scene = Scene::of(12);
    scene.processor.fail_with(Some(unavailable("lambda:Invoke")));
    let totals = scene.sweep_all().await;
    assert_eq!((totals.redriven, totals.exit()), (0, Exit::Unavailable));
    assert!(totals.stopped.as_deref().is_some_and(|why| why.contains("lambda:Invoke")), "{totals:?}");
    assert!(totals.seen <= 10, "it does not go on failing through the whole queue: {totals:?}");
    assert_eq!((scene.queue.bodies().len(), scene.queue.hidden()), (12, 0));
    scene.processor.fail_with(Some(refused("lambda:Invoke")));
    assert_eq!(scene.sweep_all().await.exit(), Exit::Unavailable);
    scene.processor.fail_with(None);
    assert_eq!(scene.sweep_all().await.redriven, 12);
}

/// The queue breaks at every call in turn: no event may be missing afterwards, from the processor and the queue together.
#[tokio::test]
async fn broken_off_at_any_call_no_event_is_lost() {
    for broken_after in 0..16 {
        let scene = Scene::of(6);
        let flaky = Flaky { queue: &scene.queue, left: broken_after.into() };
        let redrive = Redrive {
            queue: &flaky,
            processor: &scene.processor,
            selection: Selection::default(),
            dry_run: false,
            pace: Pace::new("1000/s".parse().unwrap()),
            hold: HOLD,
            interrupt: &scene.interrupt,
            console: Console::new(true),
        };
        let mut sweep = Sweep::new(&flaky, HOLD);
        let progress = redrive.console.progress();
        let mut totals = Totals::default();
        // As if killed: nothing is given back.
        let _ = redrive.sweep(&mut sweep, &mut totals, &mut BTreeSet::new(), &progress).await;
        let sent: BTreeSet<_> = scene.processor.events().into_iter().collect();
        let there: BTreeSet<_> = scene.queue.bodies().into_iter().collect();
        assert_eq!(sent.union(&there).count(), 6, "after {broken_after} calls: {totals:?}");
        // What was held becomes visible again, and a second run finishes the work.
        scene.queue.pass(HOLD);
        scene.sweep_all().await;
        let sent: BTreeSet<_> = scene.processor.events().into_iter().collect();
        assert_eq!((sent.len(), scene.queue.bodies().len()), (6, 0));
    }
}

/// A queue that stops answering after some calls.
struct Flaky<'q> {
    queue: &'q MemoryDeadLetterQueue,
    left: std::sync::atomic::AtomicUsize,
}

impl Flaky<'_> {
    fn alive(&self) -> Result<(), PortError> {
        use std::sync::atomic::Ordering::SeqCst;
        let alive = self.left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        if alive { Ok(()) } else { Err(unavailable("sqs")) }
    }
}

impl DeadLetterQueue for Flaky<'_> {
    async fn depth(&self) -> Result<webhook_core::ports::ops::QueueDepth, PortError> {
        self.alive()?;
        self.queue.depth().await
    }

    async fn receive(&self, hidden: Duration) -> Result<Vec<DeadLetter>, PortError> {
        self.alive()?;
        self.queue.receive(hidden).await
    }

    async fn hide(
        &self,
        receipt: &webhook_core::ports::ops::Receipt,
        hidden: Duration,
    ) -> Result<(), PortError> {
        self.alive()?;
        self.queue.hide(receipt, hidden).await
    }

    async fn delete(&self, receipt: &webhook_core::ports::ops::Receipt) -> Result<(), PortError> {
        self.alive()?;
        self.queue.delete(receipt).await
    }
}

#[tokio::test]
async fn asked_to_stop_it_gives_everything_back() {
    let scene = Scene::of(12);
    scene.interrupt.ask();
    let exit = scene.redrive(Selection::default()).run(None).await.unwrap();
    assert_eq!((exit, scene.processor.calls()), (Exit::Unclear, 0));
    assert_eq!((scene.queue.bodies().len(), scene.queue.hidden()), (12, 0));
}

/// A processor that puts every event back into the queue at once, as one that fails again.
struct Failing<'q> {
    queue: &'q MemoryDeadLetterQueue,
    processor: MemoryProcessorQueue,
}

impl ProcessorQueue for Failing<'_> {
    async fn invoke(&self, event: bytes::Bytes) -> Result<String, PortError> {
        let id = self.processor.invoke(event.clone()).await?;
        self.queue.send(std::str::from_utf8(&event).unwrap(), &id, "no free timestamp for the event");
        Ok(id)
    }
}

#[tokio::test]
async fn an_event_that_fails_again_is_sent_once_a_run() {
    let scene = Scene::of(3);
    let processor = Failing { queue: &scene.queue, processor: MemoryProcessorQueue::default() };
    let redrive = Redrive {
        queue: &scene.queue,
        processor: &processor,
        selection: Selection::default(),
        dry_run: false,
        pace: Pace::new("1000/s".parse().unwrap()),
        hold: HOLD,
        interrupt: &scene.interrupt,
        console: Console::new(true),
    };
    let exit = redrive.run(Some(Duration::from_secs(1))).await.unwrap();
    assert_eq!((exit, processor.processor.events().len()), (Exit::Findings, 3));
    assert_eq!((scene.queue.bodies().len(), scene.queue.hidden()), (3, 0));
}

#[tokio::test]
async fn letters_that_somebody_else_holds_are_told() {
    let scene = Scene::of(12);
    scene.queue.receive(HOLD).await.unwrap();
    let exit = scene.redrive(Selection::default()).run(None).await.unwrap();
    assert_eq!((exit, scene.processor.events().len()), (Exit::Unclear, 2));
}

#[test]
fn totals_as_people_see_them() {
    let totals = Totals {
        seen: 9,
        redriven: 3,
        not_selected: 1,
        foreign: 1,
        came_back: 1,
        failed: 2,
        not_removed: 1,
        in_flight: 4,
        not_found: vec!["message-9".to_owned()],
        interrupted: true,
        ..Totals::default()
    };
    let expected = "\
9 dead letters seen, 3 redriven, 1 not selected, 1 not of this system and left in the queue, 2 not taken by the processor and left in \
the queue, 1 sent but still in the queue (sending them again is harmless), 1 came back.
Not found: message-9.
4 more were in flight: somebody else held them. Run this again in a few minutes to be sure of them.
Broken off; every other letter was given back. Run the same command again to go on.";
    assert_eq!(totals.text(), expected);
    assert_eq!(serde_json::to_value(Line::Summary(&totals)).unwrap()["event"], "summary");
    let dry = Totals { seen: 1, redriven: 1, dry_run: true, ..Totals::default() };
    assert!(dry.text().starts_with("1 dead letter seen, 1 would be redriven."), "{}", dry.text());
}

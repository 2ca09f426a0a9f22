use super::*;
use crate::xray::TraceId;

// Payloads are requests and events.
static_assertions::assert_not_impl_any!(Job: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(Delivery: std::fmt::Debug, std::fmt::Display, serde::Serialize);
// Values of its variables can be secrets.
static_assertions::assert_not_impl_any!(crate::lambda::FunctionSpec: std::fmt::Debug, std::fmt::Display, serde::Serialize);

#[test]
fn an_answer_is_not_shown() {
    let id = RequestId::random();
    let failed = crate::lambda::FunctionError { payload: Bytes::from_static(b"canary"), timed_out: false };
    for result in [Ok(Bytes::from_static(b"canary")), Err(failed)] {
        let shown = format!("{:?}", crate::lambda::Invocation { request_id: id, result });
        assert!(!shown.contains("canary") && shown.contains("request_id"), "{shown}");
    }
}

fn pool(environments: usize, starting: usize, reserved: Option<usize>) -> Pool {
    Pool::new(Limits { environments, starting, reserved, timeout: Duration::from_secs(10) })
}

fn trace() -> Box<Trace> {
    Trace::new(TraceContext { root: TraceId::fresh(), parent: None, sampled: false })
}

fn job(text: &'static str) -> (Job, oneshot::Receiver<Answer>) {
    let (sender, receiver) = oneshot::channel();
    let job = Job {
        id: RequestId::random(),
        payload: Bytes::from_static(text.as_bytes()),
        from: Origin::Caller(sender, trace()),
    };
    (job, receiver)
}

fn event(text: &'static str, now: Instant) -> Job {
    let from = Origin::Event(Event::new(now, Duration::from_secs(60), trace()));
    Job { id: RequestId::random(), payload: Bytes::from_static(text.as_bytes()), from }
}

#[track_caller]
fn work(next: Next) -> Delivery {
    match next {
        Next::Work(delivery) => delivery,
        Next::Park(_) => panic!("parked"),
        Next::Refused => panic!("refused"),
    }
}

#[track_caller]
fn parked(next: Next) -> oneshot::Receiver<Delivery> {
    match next {
        Next::Park(receiver) => receiver,
        Next::Work(_) => panic!("got work"),
        Next::Refused => panic!("refused"),
    }
}

#[test]
fn the_first_job_starts_one_environment_and_waits_for_it() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (first, _keep) = job("first");
    assert!(pool.offer(first, now).is_ok());
    let starts = pool.starts_wanted(now);
    assert_eq!(starts.len(), 1);
    assert!(pool.starts_wanted(now).is_empty(), "it is starting already");
    assert_eq!(work(pool.next(starts[0], now)).payload, "first");
    assert_eq!(pool.stats().cold_starts, 1);
}

#[test]
fn a_burst_starts_no_more_at_once_than_allowed_and_is_served_by_whoever_is_free() {
    let now = Instant::now();
    let mut pool = pool(8, 2, None);
    let mut keep = Vec::new();
    for _ in 0..20 {
        let (job, receiver) = job("burst");
        keep.push(receiver);
        assert!(pool.offer(job, now).is_ok());
    }
    let starts = pool.starts_wanted(now);
    assert_eq!(starts.len(), 2);
    let first = work(pool.next(starts[0], now));
    // One came up, so that one more may start.
    let more = pool.starts_wanted(now);
    assert_eq!(more.len(), 1);
    // The same environment takes the next job when it has answered, without waiting for others to start.
    assert!(pool.finish(starts[0], first.id, now).is_some());
    work(pool.next(starts[0], now));
}

#[test]
fn environments_never_exceed_their_limit() {
    let now = Instant::now();
    let mut pool = pool(3, 100, None);
    let mut keep = Vec::new();
    for _ in 0..20 {
        let (job, receiver) = job("burst");
        keep.push(receiver);
        assert!(pool.offer(job, now).is_ok());
    }
    assert_eq!(pool.starts_wanted(now).len(), 3);
    assert!(pool.starts_wanted(now).is_empty());
}

#[test]
fn an_environment_about_to_be_free_saves_a_cold_start() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    let id = pool.starts_wanted(now)[0];
    let delivery = work(pool.next(id, now));
    assert!(pool.finish(id, delivery.id, now).is_some());
    // Answered, but has not asked for its next event yet.
    let (second, _b) = job("second");
    assert!(pool.offer(second, now).is_ok());
    assert!(pool.starts_wanted(now).is_empty());
    assert_eq!(work(pool.next(id, now)).payload, "second");
}

#[test]
fn a_start_is_given_up_when_others_did_the_work_before_its_turn() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (first, _keep_first) = job("first");
    assert!(pool.offer(first, now).is_ok());
    let [serving] = pool.starts_wanted(now)[..] else { panic!("one start") };
    assert!(pool.begin(serving, now), "nobody else is there");
    assert_eq!(work(pool.next(serving, now)).payload, "first");

    let (second, _keep_second) = job("second");
    let request = second.id;
    assert!(pool.offer(second, now).is_ok());
    let [needed] = pool.starts_wanted(now)[..] else { panic!("one more start") };
    assert!(pool.begin(needed, now), "the second job waits");
    let running = pool.finish(serving, request, now);
    assert!(running.is_none(), "it has another job");

    let (third, _keep_third) = job("third");
    assert!(pool.offer(third, now).is_ok());
    let [late] = pool.starts_wanted(now)[..] else { panic!("one more start") };
    assert_eq!(work(pool.next(needed, now)).payload, "second");
    let first = match &pool.slots[&serving].state {
        State::Busy(running) => running.job.id,
        _ => panic!("busy"),
    };
    assert!(pool.finish(serving, first, now).is_some());
    assert_eq!(work(pool.next(serving, now)).payload, "third");
    assert!(!pool.begin(late, now), "nothing waits any more");
    assert_eq!(pool.environments(), (2, 2), "its place is free");
    assert!(matches!(pool.next(late, now), Next::Refused));
}

#[test]
fn environments_started_ahead_of_demand_start_whatever_waits() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (a, b) = (pool.start(now), pool.start(now));
    assert!(pool.begin(a, now));
    drop(parked(pool.next(a, now)));
    let later = now + Duration::from_secs(1);
    assert!(pool.begin(b, later));
    assert!(matches!(pool.watch(b, later), Watch::Starting(since) if since == later), "its init begins now");
}

#[test]
fn the_environment_used_last_is_used_next() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (a, b) = (pool.start(now), pool.start(now));
    let mut at_a = parked(pool.next(a, now));
    let mut at_b = parked(pool.next(b, now));
    let (job, _keep) = job("x");
    assert!(pool.offer(job, now).is_ok());
    assert!(at_b.try_recv().is_ok());
    assert!(at_a.try_recv().is_err());
}

#[test]
fn reserved_concurrency_throttles_callers_but_not_events() {
    let now = Instant::now();
    let mut pool = pool(8, 4, Some(2));
    let mut keep = Vec::new();
    for expected in [true, true, false] {
        let (job, receiver) = job("x");
        keep.push(receiver);
        assert_eq!(pool.offer(job, now).is_ok(), expected);
    }
    assert_eq!(pool.stats().throttles, 1);
    pool.offer_event(event("e", now), now);
    assert_eq!(pool.stats().queue_length, 1);
}

#[test]
fn callers_go_before_events_and_callers_that_left_are_skipped() {
    let now = Instant::now();
    let mut pool = pool(1, 1, None);
    pool.offer_event(event("event", now), now);
    let id = pool.starts_wanted(now)[0];
    let (gone, receiver) = job("gone");
    assert!(pool.offer(gone, now).is_ok());
    drop(receiver);
    let (caller, _keep) = job("caller");
    assert!(pool.offer(caller, now).is_ok());
    let first = work(pool.next(id, now));
    assert_eq!(first.payload, "caller");
    assert!(pool.finish(id, first.id, now).is_some());
    assert_eq!(work(pool.next(id, now)).payload, "event");
}

#[test]
fn an_answer_counts_once_and_only_from_the_environment_that_was_asked() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let (a, b) = (pool.start(now), pool.start(now));
    let (job, _keep) = job("x");
    assert!(pool.offer(job, now).is_ok());
    let delivery = work(pool.next(a, now));
    let _b = parked(pool.next(b, now));
    assert!(pool.finish(b, delivery.id, now).is_none());
    assert!(pool.finish(a, RequestId::random(), now).is_none());
    assert!(pool.finish(a, delivery.id, now).is_some());
    assert!(pool.finish(a, delivery.id, now).is_none());
    assert_eq!(pool.stats().invocations, 1);
}

#[test]
fn an_environment_that_has_a_job_gets_no_other() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let a = pool.start(now);
    let (first, _a) = job("x");
    assert!(pool.offer(first, now).is_ok());
    work(pool.next(a, now));
    assert!(matches!(pool.next(a, now), Next::Refused));
    assert!(matches!(pool.next(99, now), Next::Refused));
}

#[test]
fn a_job_sent_down_a_broken_connection_goes_back_to_the_front() {
    let now = Instant::now();
    let mut pool = pool(1, 1, None);
    let a = pool.start(now);
    let receiver = parked(pool.next(a, now));
    let (first, _a) = job("first");
    let (second, _b) = job("second");
    assert!(pool.offer(first, now).is_ok());
    assert!(pool.offer(second, now).is_ok());
    drop(receiver);
    pool.unpark(a, true, now);
    assert!(pool.remove(a, now).running.is_none());
    let b = pool.starts_wanted(now)[0];
    assert_eq!(work(pool.next(b, now)).payload, "first");
}

#[test]
fn an_idle_environment_that_goes_away_gets_no_job() {
    let now = Instant::now();
    let mut pool = pool(2, 1, None);
    let a = pool.start(now);
    let receiver = parked(pool.next(a, now));
    drop(receiver);
    pool.unpark(a, false, now);
    pool.remove(a, now);
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    let b = pool.starts_wanted(now)[0];
    assert_eq!(work(pool.next(b, now)).payload, "first");
}

#[test]
fn a_job_is_over_at_its_deadline_and_not_before() {
    let now = Instant::now();
    let mut pool = pool(1, 1, None);
    let a = pool.start(now);
    assert!(matches!(pool.watch(a, now), Watch::Starting(since) if since == now));
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    work(pool.next(a, now));
    let deadline = now + Duration::from_secs(10);
    assert!(matches!(pool.watch(a, now), Watch::Until(at) if at == deadline));
    assert!(matches!(pool.watch(a, deadline), Watch::Expired(Some(_))));
    assert!(matches!(pool.next(a, deadline), Next::Refused), "it is to be killed");
    assert!(pool.remove(a, deadline).running.is_none(), "its caller has been told");
}

#[test]
fn an_environment_that_does_not_come_back_for_more_is_replaced() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let a = pool.start(now);
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    let delivery = work(pool.next(a, now));
    assert!(pool.finish(a, delivery.id, now).is_some());
    let (second, _b) = job("second");
    assert!(pool.offer(second, now).is_ok());
    assert!(pool.starts_wanted(now).is_empty(), "for a moment it may come back");
    let deadline = now + Duration::from_secs(10);
    assert!(matches!(pool.watch(a, deadline), Watch::Expired(None)));
    pool.remove(a, deadline);
    let b = pool.starts_wanted(deadline)[0];
    assert_eq!(work(pool.next(b, deadline)).payload, "second");
}

#[test]
fn waiting_work_fails_when_init_failed_three_times_in_a_row() {
    let now = Instant::now();
    let mut pool = pool(8, 1, None);
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    pool.offer_event(event("event", now), now);
    for round in 1..=3 {
        let starts = pool.starts_wanted(now);
        assert_eq!(starts.len(), 1, "round {round}");
        let removed = pool.remove(starts[0], now);
        assert_eq!(removed.failed.len(), if round < 3 { 0 } else { 2 }, "round {round}");
    }
    assert!(pool.starts_wanted(now).is_empty());
    // The next one is tried once before it fails, and a success makes all well again.
    let (second, _b) = job("second");
    assert!(pool.offer(second, now).is_ok());
    let start = pool.starts_wanted(now)[0];
    work(pool.next(start, now));
    assert!(!pool.init_keeps_failing());
}

#[test]
fn failing_inits_fail_no_work_while_another_environment_lives() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    let alive = pool.start(now);
    let (first, _a) = job("first");
    assert!(pool.offer(first, now).is_ok());
    work(pool.next(alive, now));
    let (second, _b) = job("second");
    assert!(pool.offer(second, now).is_ok());
    for _ in 0..5 {
        let start = pool.starts_wanted(now)[0];
        assert!(pool.remove(start, now).failed.is_empty());
    }
}

#[test]
fn environments_for_the_queue_grow_only_while_it_does_not_shrink() {
    let now = Instant::now();
    let mut pool = pool(8, 4, None);
    assert!(pool.offer_event(event("0", now), now), "somebody has to watch the queue");
    for _ in 0..9 {
        assert!(!pool.offer_event(event("more", now), now));
    }
    let first = pool.starts_wanted(now);
    assert_eq!(first.len(), 1, "the first at once, whatever the length");
    assert!(pool.tick(now).0.is_none(), "nothing to compare with yet");
    assert!(pool.tick(now).0.is_none(), "one is starting");
    let delivery = work(pool.next(first[0], now));
    assert!(pool.tick(now).0.is_none(), "9 after 10: shrinking");
    assert!(pool.tick(now).0.is_some(), "9 after 9");
    assert!(pool.finish(first[0], delivery.id, now).is_some());
    for _ in 0..9 {
        let delivery = work(pool.next(first[0], now));
        assert!(pool.finish(first[0], delivery.id, now).is_some());
    }
    assert!(pool.tick(now).2, "empty");
    let _idle = parked(pool.next(first[0], now));
    assert!(!pool.offer_event(event("idle takes it", now), now));
    assert!(pool.offer_event(event("waits", now), now), "to be watched again");
}

#[test]
fn events_too_old_leave_the_queue() {
    let now = Instant::now();
    let mut pool = pool(1, 1, Some(0));
    pool.offer_event(event("old", now), now);
    assert!(pool.tick(now + Duration::from_secs(60)).1.is_empty());
    let (_, expired, empty) = pool.tick(now + Duration::from_secs(61));
    assert_eq!(expired.len(), 1);
    assert!(empty);
}

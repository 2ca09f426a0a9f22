use provider_sim::Tampering;

use super::*;
use crate::entry::{EventId, Times, What};
use crate::index::Index;
use crate::observed::{DeadLetter, Foreign};
use crate::samples::Stores;

/// When the test's run starts, Unix milliseconds.
const STARTED_MS: i64 = 1_795_000_000_000;

/// A delivery: what, of which event, and the answer (0 for none).
fn sent(what: What, event: &str, status: u16) -> Entry {
    let [intended, lag, service] = [1000, 1, 10].map(Duration::from_millis);
    let answer = (status > 0).then_some(status);
    Entry::new(Provider::Stripe, what, event, Times { measured: true, intended, lag, service }, answer)
}

const FORGED: What = What::Forged(Tampering::WrongKey);

/// Stores that hold these events; a name twice is two records. `letters` are event and error.
fn stores(table: &[&str], raw: &[&str], processed: &[&str], letters: &[(&str, &str)]) -> Stores {
    let ids = |events: &[&str]| events.iter().map(|event| EventId::new(event)).collect::<Vec<_>>();
    #[expect(clippy::cast_precision_loss, reason = "a test's time")]
    let processed_at_ms = Some(STARTED_MS as f64 + 1_050.0);
    Stores {
        table: Some(ids(table).into_iter().map(|event| (event, processed_at_ms)).collect()),
        raw: Some(ids(raw)),
        processed: Some(ids(processed)),
        dead_letters: Some(
            letters
                .iter()
                .map(|(event, error)| DeadLetter {
                    event: Some(EventId::new(event)),
                    error: (*error).to_owned(),
                })
                .collect(),
        ),
    }
}

/// Joins the entries with these stores.
fn join(entries: &[Entry], stores: &Stores) -> Reconciled {
    let index = Index::new(entries);
    reconcile(&stores.observed(&index, Foreign::Count), STARTED_MS)
}

/// All three stores hold these events.
fn holding(events: &[&str]) -> Stores {
    stores(events, events, events, &[])
}

/// The fates' counts (stored, deduplicated, rejected, dead-lettered, lost, unknown).
#[track_caller]
fn check(entries: &[Entry], stores: &Stores, fates: [u64; 6]) -> Reconciled {
    let result = join(entries, stores);
    let Outcome { stored, deduplicated, rejected, dead_lettered, lost, unknown, .. } = result.outcome;
    assert_eq!([stored, deduplicated, rejected, dead_lettered, lost, unknown], fates, "{result:#?}");
    let by_row = |let_in: bool| -> u64 {
        let counts = result.breakdown.iter().flat_map(|row| &row.outcomes);
        counts.filter(|(name, _)| (*name == "forged_accepted") == let_in).map(|(_, count)| count).sum()
    };
    assert_eq!(by_row(false), entries.len() as u64, "every delivery has one fate, by row as well");
    assert_eq!(by_row(true), result.outcome.forged_accepted, "rows name every forgery that was let in");
    result
}

#[test]
fn a_healthy_run_closes() {
    let entries = [
        sent(What::Valid, "a", 200),
        sent(What::Duplicate, "a", 200),
        sent(FORGED, "f", 401),
        sent(What::Malformed(provider_sim::Malformation::NotJson), "m", 400),
        sent(What::Poison, "p", 200),
    ];
    let observed = stores(&["a"], &["a", "p"], &["a"], &[("p", "unknown currency")]);
    let result = check(&entries, &observed, [1, 1, 2, 1, 0, 0]);
    assert_eq!((result.durable.samples(), result.durable.max_ms()), (1, Some(50.015)));
    let letters = &result.dead_letters;
    assert_eq!((letters.expected, letters.found, letters.unexpected, letters.missing), (1, 1, 0, 0));
    assert_eq!(result.duplicated.count + result.forged_accepted.count + result.valid_rejected.count, 0);
}

#[test]
fn the_record_goes_to_the_original_whichever_delivery_was_due_first() {
    let entries = [sent(What::Duplicate, "a", 200), sent(What::Valid, "a", 200)];
    let result = check(&entries, &holding(&["a"]), [1, 1, 0, 0, 0, 0]);
    let row =
        |kind: &str| result.breakdown.iter().find(|row| row.kind == kind).expect("a row").outcomes.clone();
    assert_eq!(row("valid"), [("stored".to_owned(), 1)].into());
    assert_eq!(row("duplicate"), [("deduplicated".to_owned(), 1)].into());
    // Where the original was not acknowledged, its repetition is what was kept.
    check(
        &[sent(What::Valid, "a", 503), sent(What::Duplicate, "a", 200)],
        &holding(&["a"]),
        [1, 1, 0, 0, 0, 0],
    );
}

#[test]
fn each_store_that_lacks_an_event_makes_it_lost() {
    let entries = [sent(What::Valid, "a", 200)];
    for (table, raw, processed, lacks) in [
        (&[][..], &["a"][..], &["a"][..], [1, 0, 0]),
        (&["a"], &[], &["a"], [0, 1, 0]),
        (&["a"], &["a"], &[], [0, 0, 1]),
        (&[], &[], &[], [1, 1, 1]),
    ] {
        let result = check(&entries, &stores(table, raw, processed, &[]), [0, 0, 0, 0, 1, 0]);
        assert_eq!(result.lost_lacks, lacks);
        assert_eq!(result.lost.examples.len(), 1);
    }
}

#[test]
fn an_event_in_the_queue_is_not_lost_but_unexpected_there() {
    let entries = [sent(What::Valid, "a", 200), sent(What::Duplicate, "a", 200)];
    let observed = stores(&[], &["a"], &[], &[("a", "refused"), ("a", "refused")]);
    let result = check(&entries, &observed, [0, 0, 0, 2, 0, 0]);
    assert_eq!(result.dead_letters.unexpected, 2);
    assert_eq!(result.dead_letters.by_error["refused"], 2);
}

#[test]
fn an_event_stored_twice_is_duplicated() {
    let entries = [sent(What::Valid, "a", 200), sent(What::Valid, "b", 200)];
    let result =
        check(&entries, &stores(&["a", "a", "b"], &["a", "b"], &["a", "b"], &[]), [2, 0, 0, 0, 0, 0]);
    assert_eq!((result.outcome.duplicated, result.duplicated.examples.len()), (1, 1));
    assert!(result.duplicated.examples[0].starts_with("a (2 records"));
    let objects =
        check(&entries, &stores(&["a", "b"], &["a", "b"], &["a", "b", "b"], &[]), [2, 0, 0, 0, 0, 0]);
    assert_eq!(objects.outcome.duplicated, 1);
}

#[test]
fn a_forged_delivery_is_accepted_by_its_answer_or_by_its_trace() {
    let answered = check(&[sent(FORGED, "f", 200)], &holding(&[]), [0, 0, 0, 0, 0, 1]);
    assert_eq!((answered.outcome.forged_accepted, answered.forged_traces), (1, 0));
    let stored = check(&[sent(FORGED, "f", 200)], &holding(&["f"]), [1, 0, 0, 0, 0, 0]);
    assert_eq!(stored.outcome.forged_accepted, 1);
    let traced = check(&[sent(FORGED, "f", 401)], &stores(&[], &["f"], &[], &[]), [0, 0, 0, 0, 0, 1]);
    assert_eq!((traced.outcome.forged_accepted, traced.forged_traces), (1, 1));
    let queued = check(&[sent(FORGED, "f", 401)], &stores(&[], &[], &[], &[("f", "x")]), [0, 0, 0, 1, 0, 0]);
    assert_eq!(queued.outcome.forged_accepted, 1);
}

#[test]
fn a_forgery_of_a_genuine_event_is_not_blamed_for_its_traces() {
    let entries = [sent(What::Valid, "a", 200), sent(FORGED, "a", 401)];
    let result = check(&entries, &holding(&["a"]), [1, 0, 1, 0, 0, 0]);
    assert_eq!(result.outcome.forged_accepted, 0);
    let accepted = [sent(What::Valid, "a", 200), sent(FORGED, "a", 200)];
    assert_eq!(join(&accepted, &holding(&["a"])).outcome.forged_accepted, 1);
}

#[test]
fn a_refused_genuine_delivery_is_counted() {
    let result = check(&[sent(What::Valid, "a", 401)], &holding(&[]), [0, 0, 1, 0, 0, 0]);
    assert_eq!(result.outcome.valid_rejected, 1);
    let throttled = check(&[sent(What::Valid, "a", 429)], &holding(&[]), [0, 0, 1, 0, 0, 0]);
    assert_eq!(throttled.outcome.valid_rejected, 0, "429 says later, not no");
    check(&[sent(What::Valid, "a", 400)], &holding(&["a"]), [0, 0, 0, 0, 0, 1]);
}

#[test]
fn what_was_not_acknowledged_cannot_be_lost() {
    check(&[sent(What::Valid, "a", 503)], &holding(&[]), [0, 0, 0, 0, 0, 1]);
    check(&[sent(What::Valid, "a", 0)], &holding(&[]), [0, 0, 0, 0, 0, 1]);
    check(&[sent(What::Valid, "a", 503)], &holding(&["a"]), [1, 0, 0, 0, 0, 0]);
    check(
        &[sent(What::Valid, "a", 0), sent(What::Duplicate, "a", 200)],
        &holding(&["a"]),
        [1, 1, 0, 0, 0, 0],
    );
    check(&[sent(What::Valid, "a", 503)], &stores(&[], &["a"], &[], &[("a", "x")]), [0, 0, 0, 1, 0, 0]);
}

#[test]
fn poison_must_be_in_the_queue_exactly_once() {
    let entries = [sent(What::Poison, "p", 200)];
    let missing = check(&entries, &stores(&[], &["p"], &[], &[]), [0, 0, 0, 0, 1, 0]);
    assert_eq!((missing.dead_letters.missing, missing.dead_letters.expected), (1, 1));
    let twice = check(&entries, &stores(&[], &["p"], &[], &[("p", "x"), ("p", "x")]), [0, 0, 0, 1, 0, 0]);
    assert_eq!((twice.dead_letters.found, twice.dead_letters.unexpected), (2, 1));
    let swallowed = check(&entries, &holding(&["p"]), [1, 0, 0, 0, 0, 0]);
    assert_eq!(swallowed.dead_letters.missing, 1);
}

#[test]
fn nothing_to_look_at_is_unknown_and_never_lost() {
    let entries = [sent(What::Valid, "a", 200), sent(What::Poison, "p", 200), sent(FORGED, "f", 401)];
    let result = check(&entries, &Stores::default(), [0, 0, 1, 0, 0, 2]);
    assert!(!result.observable);
    assert_eq!((result.lost.count, result.dead_letters.missing), (0, 0));
    let half = Stores { raw: None, ..holding(&["a"]) };
    assert_eq!(join(&entries, &half).outcome.lost, 0);
}

#[test]
fn the_warm_up_counts_in_evidence_but_not_in_outcomes() {
    let zero = Duration::ZERO;
    let times = Times { measured: false, intended: zero, lag: zero, service: zero };
    let early = Entry::new(Provider::Square, What::Valid, "w", times, Some(200));
    let result = join(&[early], &holding(&[]));
    assert_eq!((result.outcome.lost, result.lost.count, result.lost.warmup), (0, 1, 1));
    assert!(result.breakdown.is_empty());
}

#[test]
fn what_others_left_is_counted_and_not_judged() {
    let mut observed = holding(&["a", "x"]);
    observed.dead_letters = Some(vec![DeadLetter { event: None, error: "?".to_owned() }]);
    let result = check(&[sent(What::Valid, "a", 200)], &observed, [1, 0, 0, 0, 0, 0]);
    assert_eq!((result.foreign, result.dead_letters.found), (4, 0));
}

#[test]
fn a_retry_that_is_acknowledged_makes_the_event_stored_once() {
    let entries = [sent(What::Valid, "a", 503), sent(What::Retry, "a", 0), sent(What::Retry, "a", 200)];
    let result = check(&entries, &holding(&["a"]), [1, 2, 0, 0, 0, 0]);
    assert_eq!((result.unacknowledged.count, result.lost.count), (0, 0));
    let rows: Vec<_> = result.breakdown.iter().map(|row| (row.kind.as_str(), row.sent)).collect();
    assert_eq!(rows, [("valid", 1), ("retry", 2)]);
}

#[test]
fn an_event_that_is_never_acknowledged_is_told_and_not_lost() {
    let entries = [sent(What::Valid, "a", 503), sent(What::Retry, "a", 503), sent(What::Valid, "b", 200)];
    let result = check(&entries, &holding(&["b"]), [1, 0, 0, 0, 0, 2]);
    assert_eq!(result.unacknowledged.examples, ["a"]);
}

#[test]
fn an_acknowledged_retry_that_is_nowhere_is_lost() {
    let entries = [sent(What::Valid, "a", 503), sent(What::Retry, "a", 200)];
    let result = check(&entries, &holding(&[]), [0, 0, 0, 0, 1, 1]);
    assert_eq!(result.lost.examples.len(), 1);
}

#[test]
fn poison_may_lie_in_the_queue_once_for_each_delivery_that_got_through() {
    let letters = |count: usize| stores(&[], &[], &[], &vec![("p", "unknown currency"); count]);
    let entries = [sent(What::Poison, "p", 503), sent(What::Retry, "p", 200)];
    let once = check(&entries, &letters(1), [0, 0, 0, 2, 0, 0]);
    assert_eq!((once.dead_letters.repeated, once.dead_letters.unexpected), (0, 0));
    let twice = check(&entries, &letters(2), [0, 0, 0, 2, 0, 0]);
    assert_eq!(
        (twice.dead_letters.found, twice.dead_letters.repeated, twice.dead_letters.unexpected),
        (2, 1, 0)
    );
    let thrice = check(&entries, &letters(3), [0, 0, 0, 2, 0, 0]);
    assert_eq!(thrice.dead_letters.unexpected, 1, "more letters than deliveries");
    let refused = [sent(What::Poison, "p", 400), sent(What::Retry, "p", 200)];
    assert_eq!(join(&refused, &letters(2)).dead_letters.unexpected, 1);
    let by_two_errors = stores(&[], &[], &[], &[("p", "x"), ("p", "y"), ("p", "y")]);
    let letters = check(&entries, &by_two_errors, [0, 0, 0, 2, 0, 0]).dead_letters;
    assert_eq!((letters.found, letters.repeated, letters.unexpected), (3, 2, 1));
}

#[test]
fn the_first_of_two_records_tells_when_the_event_was_durable() {
    let mut stores = holding(&["a"]);
    stores.table =
        Some([0.0, 90.0, 50.0].map(|ms| (EventId::new("a"), (ms > 0.0).then_some(ms + 1e12))).into());
    let index_of = [sent(What::Valid, "a", 200)];
    let index = Index::new(&index_of);
    let result = reconcile(&stores.observed(&index, Foreign::Count), 1_000_000_000_000 - 1_000);
    assert_eq!(result.durable.max_ms().map(f64::round), Some(50.0));
}

//! Adding up, and where deliveries stand that are counted twice.

use super::*;

fn tally(sent: u64, outcomes: &[(&str, u64)]) -> Tally {
    let outcomes = outcomes.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
    Tally { sent, statuses: BTreeMap::new(), outcomes }
}

#[test]
fn parts_add_up_to_what_was_sent() {
    let check = |sent: u64, outcomes: &[(&str, u64)], expected: &[(&str, u64)]| {
        assert_eq!(tally(sent, outcomes).parts(), expected);
    };
    check(0, &[], &[]);
    check(10, &[("stored", 10)], &[("stored", 10)]);
    check(10, &[("rejected", 3), ("stored", 7)], &[("stored", 7), ("rejected", 3)]);
    // Accepted forgeries that were also found in the store stand once, in the graver place.
    check(
        10,
        &[("rejected", 8), ("stored", 2), ("forged_accepted", 2)],
        &[("rejected", 8), ("forged_accepted", 2)],
    );
    check(
        10,
        &[("stored", 4), ("rejected", 6), ("valid_rejected", 6)],
        &[("stored", 4), ("valid_rejected", 6)],
    );
    // What nobody accounts for is unknown, beside what is known to be.
    check(10, &[("stored", 5), ("unknown", 1)], &[("stored", 5), ("unknown", 5)]);
    check(5, &[("stored", 3), ("elsewhere", 2)], &[("stored", 3), ("elsewhere", 2)]);
    check(u64::MAX, &[("lost", u64::MAX), ("stored", u64::MAX)], &[("lost", u64::MAX)]);
}

#[test]
fn an_answer_or_a_trace_is_enough_to_be_let_in() {
    let check = |statuses: &[(u16, u64)], outcomes: &[(&str, u64)], expected: u64| {
        let tally = Tally { statuses: statuses.iter().copied().collect(), ..tally(10, outcomes) };
        assert_eq!(tally.let_in(), expected, "{tally:?}");
    };
    check(&[(401, 10)], &[("rejected", 10)], 0);
    check(&[(401, 8), (200, 2)], &[("rejected", 8), ("unknown", 2)], 2);
    check(&[(401, 10)], &[("rejected", 9), ("stored", 1)], 1);
    check(&[(401, 10)], &[("rejected", 9), ("dead_lettered", 1)], 1);
    check(&[(401, 9), (202, 1)], &[("rejected", 7), ("unknown", 3), ("forged_accepted", 3)], 3);
    check(&[(401, 5), (0, 3), (503, 2)], &[("rejected", 5), ("unknown", 5)], 0);
}

#[test]
fn names_from_elsewhere_come_after_the_known_ones() {
    let names = ["zeta", "square", "alpha", "stripe", "square"];
    assert_eq!(in_order(names.into_iter(), &PROVIDERS), ["stripe", "square", "alpha", "zeta"]);
}

#[test]
fn every_kind_belongs_somewhere_and_never_in_a_hole() {
    for kind in KINDS.into_iter().chain(["from elsewhere"]) {
        assert!(OUTCOMES.iter().any(|outcome| belongs(kind, outcome)), "{kind}");
        for hole in &OUTCOMES[4..] {
            assert!(!belongs(kind, hole), "{kind} {hole}");
        }
    }
}

//! The invariants of the ledger, read off the record: what must hold for every delivery, whatever the plan.

use crate::figures::count;
use crate::record::{Run, Slo};

/// One invariant, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invariant {
    /// Stable name.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// Absent: nobody can say.
    pub(crate) held: Option<bool>,
    /// The numbers behind it, and the judge's note.
    pub(crate) detail: String,
}

/// All invariants, the gravest first.
///
/// The judge's word stands where there is an objective for an invariant, with one exception: a hole that the counts
/// show is a hole, whatever else the record says.
pub(crate) fn invariants(run: &Run) -> Vec<Invariant> {
    let out = &run.outcome;
    let dead = &run.dead_letters;
    let wrong_letters = dead.unexpected.saturating_add(dead.missing).max(
        // What was delivered again may lie there again.
        dead.found.saturating_sub(dead.repeated).abs_diff(dead.expected),
    );
    let none_of = |name, title, objective, holes: u64| {
        let detail = format!("{} of {} deliveries", count(holes), count(run.sent.total));
        Invariant { name, title, ..judged(run, objective, holes, detail) }
    };
    vec![
        none_of("nothing_lost", "No acknowledged webhook is lost", "lost", out.lost),
        none_of("nothing_duplicated", "No event has more than one record", "duplicated", out.duplicated),
        none_of(
            "nothing_forged_accepted",
            "No forged or malformed webhook is accepted",
            "forged_accepted",
            out.forged_accepted,
        ),
        none_of(
            "nothing_valid_rejected",
            "No genuine webhook is rejected",
            "valid_rejected",
            out.valid_rejected,
        ),
        Invariant {
            name: "dead_letters_exactly_the_poison",
            title: "The dead-letter queue holds exactly the poison",
            ..judged(
                run,
                "dead_letters",
                wrong_letters,
                format!(
                    "{} found, {} expected, {} unexpected, {} missing",
                    count(dead.found),
                    count(dead.expected),
                    count(dead.unexpected),
                    count(dead.missing)
                ),
            )
        },
        accounted(run),
    ]
}

/// Whether there is no hole, by the counts and by the objective whose name starts so.
fn judged(run: &Run, objective: &str, holes: u64, mut detail: String) -> Invariant {
    let slo = run.slo.iter().find(|slo| slo.name.starts_with(objective));
    let held = match (holes, slo) {
        (1.., _) => Some(false),
        (0, Some(slo)) => slo.ok,
        // Without a judge, no hole is claimed only when something was sent and everything was found.
        (0, None) => (run.sent.total > 0 && run.outcome.unknown == 0).then_some(true),
    };
    if let Some(Slo { note, .. }) = slo.filter(|slo| !slo.note.is_empty()) {
        detail = format!("{detail}; {note}");
    }
    Invariant { name: "", title: "", held, detail }
}

/// Every delivery ends in exactly one place; events stored twice and attacks let in stand in one of them already.
fn accounted(run: &Run) -> Invariant {
    let out = &run.outcome;
    let sent = run.sent.total;
    let total = [out.stored, out.deduplicated, out.rejected, out.dead_lettered, out.lost, out.unknown]
        .into_iter()
        .fold(0, u64::saturating_add);
    let (held, detail) = match (sent, out.unknown) {
        (0, _) if total == 0 => (None, "nothing was sent".to_owned()),
        _ if total != sent => (Some(false), format!("{} sent, {} accounted for", count(sent), count(total))),
        (_, 0) => (Some(true), format!("{} of {}", count(total), count(sent))),
        (_, unknown) => (
            Some(true),
            format!("{} of {}, {} of them as unknown", count(total), count(sent), count(unknown)),
        ),
    };
    Invariant {
        name: "every_delivery_accounted_for",
        title: "Every delivery ends in exactly one place",
        held,
        detail,
    }
}

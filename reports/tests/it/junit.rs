//! `junit.xml`: well-formed, and nothing in it looks better than it is.

use quick_xml::Reader;
use quick_xml::events::Event;
use reports::junit;
use reports::record::{Run, Verdict};

use crate::samples;

/// Names of elements by how often they occur, after reading all of it.
fn count(text: &str, element: &str) -> usize {
    let mut reader = Reader::from_str(text);
    let mut found = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == element.as_bytes() => found += 1,
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn every_objective_and_the_verdict_have_a_case_and_nothing_is_skipped() {
    for (name, run) in samples::all() {
        let text = junit::render(&run).unwrap();
        let invariants = 6;
        assert_eq!(count(&text, "testcase"), 1 + run.slo.len() + invariants, "{name}");
        assert_eq!(count(&text, "skipped"), 0, "{name}: most readers count a skipped case as good");
    }
}

#[test]
fn what_failed_is_a_failure_and_what_is_open_is_an_error() {
    let check = |run: Run, failures: usize, errors: usize| {
        let text = junit::render(&run).unwrap();
        assert_eq!((count(&text, "failure"), count(&text, "error")), (failures, errors), "{text}");
    };
    check(samples::passing(), 0, 0);
    // The verdict, two objectives and the dead letters.
    check(samples::failing(), 4, 0);
    // The verdict, four objectives and their invariants.
    check(samples::open_door(), 9, 0);
    // Without objectives the counts speak, and with unknown deliveries they say nothing.
    check(Run { slo: Vec::new(), ..samples::interrupted() }, 0, 1);
    check(Run { slo: Vec::new(), ..samples::failing() }, 2, 4);
    // The verdict alone.
    check(Run { verdict: Verdict::Unknown, ..samples::passing() }, 0, 1);
    // A hole is a hole, although the objective does not know it.
    let mut run = samples::passing();
    run.outcome.stored -= 1;
    run.outcome.lost = 1;
    check(run, 1, 0);
    // What the judge could not judge stays open, although the counts are zero.
    let mut run = samples::passing();
    run.slo.iter_mut().filter(|slo| slo.name == "lost_eq_0").for_each(|slo| slo.ok = None);
    run.verdict = Verdict::Unknown;
    check(run, 0, 3);
    // A few webhooks without an answer do not turn a pass into something else.
    let mut run = samples::passing();
    run.outcome.stored -= 3;
    run.outcome.unknown = 3;
    check(run, 0, 0);
    // Deliveries that nobody accounts for are a failure, whatever the verdict says.
    let mut run = samples::passing();
    run.outcome.stored -= 1;
    check(run, 1, 0);
}

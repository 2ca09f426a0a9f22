use provider_sim::Provider;

use super::*;
use crate::entry::{Times, What};

const MS: fn(u64) -> Duration = Duration::from_millis;

fn entry(what: What, event: &str, intended_ms: u64, took_ms: u64, status: u16) -> Entry {
    let times = Times { measured: true, intended: MS(intended_ms), lag: MS(0), service: MS(took_ms) };
    Entry::new(Provider::Square, what, event, times, (status > 0).then_some(status))
}

fn timeline(p99: &[f64]) -> Vec<Second> {
    let second = |(t, p99): (usize, &f64)| Second { t: t as u32, p99: Some(*p99), ..Second::default() };
    p99.iter().enumerate().map(second).collect()
}

/// One second of warm-up, an outage from 2 s to 4 s.
fn recovered(entries: &[Entry], p99: &[f64]) -> Recovery {
    recovery(entries, &[Window { from: MS(2_000), to: MS(4_000) }], &timeline(p99), MS(1_000), 1_000.0)
}

#[test]
fn the_backlog_is_followed_until_nothing_waits() {
    let entries = [
        entry(What::Valid, "calm", 1_500, 10, 200),
        entry(What::Valid, "a", 2_500, 10, 503),
        entry(What::Retry, "a", 2_600, 10, 503),
        entry(What::Retry, "a", 5_000, 100, 200),
        entry(What::Poison, "b", 3_000, 10, 0),
        entry(What::Retry, "b", 5_500, 20, 200),
        // Fails after the outage, while others wait: the same backlog.
        entry(What::Valid, "c", 5_000, 50, 429),
        entry(What::Retry, "c", 7_000, 0, 200),
        entry(What::Valid, "d", 9_000, 10, 503),
        entry(What::Duplicate, "d", 9_500, 10, 200),
    ];
    let recovery = recovered(&entries, &[10.0, 9_000.0, 9_000.0, 2_000.0, 50.0, 50.0]);
    assert_eq!((recovery.delayed, recovery.retries, recovery.retries_max), (4, 4, 2));
    assert_eq!((recovery.backlog_max, recovery.unacknowledged), (3, 0));
    let outage = &recovery.outages[0];
    assert_eq!((outage.from_s, outage.to_s, outage.backlog), (1.0, 3.0, 2));
    assert_eq!(outage.backlog_empty_s, Some(3.0), "the last of the backlog came in at 7 s");
    assert_eq!(outage.p99_back_s, Some(1.0), "the second from 4 s on");
    assert_eq!(outage.recovered_s, Some(3.0));
    assert_eq!(recovery.delayed_ack_ms.samples, 4);
    assert!(recovery.delayed_ack_ms.max.is_some_and(|max| (max - 2_600.0).abs() < 5.0));
}

#[test]
fn what_never_comes_in_is_no_recovery() {
    let lost = [entry(What::Valid, "a", 2_500, 10, 503), entry(What::Retry, "a", 3_500, 10, 503)];
    let recovery = recovered(&lost, &[10.0; 6]);
    assert_eq!((recovery.unacknowledged, recovery.backlog_max), (1, 1));
    assert_eq!((recovery.outages[0].backlog_empty_s, recovery.outages[0].recovered_s), (None, None));
    let slow = recovered(&[], &[9_000.0; 6]);
    assert_eq!((slow.outages[0].backlog_empty_s, slow.outages[0].recovered_s), (Some(0.0), None));
    // The outage ends at 3 s of the measured part: a second that looks well is followed by the retries.
    let burst = recovered(&[], &[10.0, 10.0, 10.0, 50.0, 1_500.0, 10.0, 10.0, 10.0]);
    assert_eq!(burst.outages[0].p99_back_s, Some(2.0));
    let unharmed = recovered(&[entry(What::Valid, "a", 2_500, 10, 200)], &[10.0; 6]);
    assert_eq!((unharmed.delayed, unharmed.outages[0].recovered_s), (0, Some(0.0)));
}

#[test]
fn a_delivery_that_is_under_way_when_the_outage_begins_is_touched_by_it() {
    let window = Window { from: MS(2_000), to: MS(4_000) };
    let touched = |intended, took| {
        let entry = entry(What::Valid, "a", intended, took, 200);
        (window.touches(&entry), window.holds(&entry))
    };
    assert_eq!(touched(1_900, 50), (false, false));
    assert_eq!(touched(1_990, 50), (true, false));
    assert_eq!(touched(2_000, 1), (true, true));
    assert_eq!(touched(4_000, 1), (true, false));
    assert_eq!(touched(4_001, 1), (false, false));
}

#[test]
fn a_flood_is_compared_with_the_time_before() {
    let mut entries: Vec<Entry> = (0..1_000).map(|n| entry(What::Valid, "a", 1_000 + n, 10, 200)).collect();
    entries.extend((0..1_000).map(|n| entry(What::Valid, "a", 3_000 + n, 25, 200)));
    entries.extend((0..20).map(|n| entry(What::Valid, "a", 5_000 + n, 10, 200)));
    let window = Window { from: MS(3_000), to: MS(4_000) };
    let flood = flood(&[window], 0.5, &entries, MS(1_000)).expect("a flood");
    assert_eq!((flood.before.samples, flood.during.samples, flood.after.samples), (1_000, 1_000, 20));
    assert!(flood.p99_ratio.is_some_and(|ratio| (ratio - 2.5).abs() < 0.01), "{:?}", flood.p99_ratio);
    assert_eq!((flood.from_s, flood.after.p99), (2.0, None));
    assert_eq!(super::flood(&[], 0.5, &entries, MS(0)), None);
}

#[test]
fn a_fault_is_told_by_what_was_due_meanwhile() {
    let mut outcome = FaultOutcome::default();
    let entries = [
        entry(What::Valid, "a", 1_999, 10, 503),
        entry(What::Valid, "b", 2_000, 10, 200),
        entry(What::Duplicate, "b", 2_100, 10, 503),
        entry(What::Retry, "a", 2_200, 10, 503),
        entry(What::Forged(provider_sim::Tampering::WrongKey), "f", 2_300, 10, 401),
    ];
    seen_in(Window { from: MS(2_000), to: MS(4_000) }, &entries, &mut outcome);
    assert_eq!((outcome.deliveries, outcome.unacknowledged, outcome.ack_latency_ms.samples), (2, 1, 1));
}

//! What is a regression, what is chance, and what cannot be told.

use std::collections::BTreeMap;

use super::*;
use crate::latency::Recorder;

fn run() -> Run {
    crate::read::parse_run(include_bytes!("../../tests/data/passing.json")).unwrap()
}

/// A run whose acknowledgements took so many times as long, with its histogram.
fn slower(times: f64) -> Side {
    let mut recorder = Recorder::new();
    for n in 0..9_000u64 {
        let share = (n as f64 + 1.0) / 9_000.0;
        recorder.record_us(((2_000.0 + 20_000.0 * share * share) * times) as u64);
    }
    let mut run = run();
    run.ack_latency_ms = recorder.to_latency();
    run.service_time_ms = recorder.to_latency();
    run.durable_latency_ms = recorder.to_latency();
    let histograms = ["ack", "service"].map(|tag| (tag.to_owned(), recorder.clone()));
    Side { run, histograms: BTreeMap::from(histograms) }
}

fn of<'a>(report: &'a Comparison, name: &str) -> &'a Metric {
    report.metrics.iter().find(|metric| metric.name == name).unwrap()
}

#[track_caller]
fn check(a: &Side, b: &Side, limits: Limits, verdict: Change, words: &str) {
    let report = compare(a, b, limits);
    assert_eq!(report.verdict, verdict, "{}: {:#?}", report.sentence, report.metrics);
    assert!(report.sentence.contains(words), "{}", report.sentence);
}

#[test]
fn worse_by_more_than_threshold_and_chance_is_a_regression() {
    let limits = Limits::default();
    check(&slower(1.0), &slower(1.0), limits, Change::NoRegression, "Nothing is worse by more than 10 %");
    check(&slower(1.0), &slower(1.01), limits, Change::NoRegression, "Nothing");
    check(&slower(1.0), &slower(1.5), limits, Change::Regression, "Acknowledgement p50, Acknowledgement p99");
    check(&slower(1.5), &slower(1.0), limits, Change::NoRegression, "Better: Acknowledgement p50");
    check(&slower(1.0), &slower(1.5), Limits { threshold: 0.6, ..limits }, Change::NoRegression, "60 %");
    // Half a millisecond of 5 is 10 %, and nobody minds.
    check(&slower(0.01), &slower(0.02), limits, Change::NoRegression, "Nothing");
    check(&slower(0.01), &slower(0.02), Limits { least_ms: 0.0, ..limits }, Change::Regression, "Worse");
}

#[test]
fn without_histograms_the_record_says_nearly_the_same() {
    let bare = |times| Side { histograms: BTreeMap::new(), ..slower(times) };
    let (whole, record) = (
        compare(&slower(1.0), &slower(1.5), Limits::default()),
        compare(&bare(1.0), &bare(1.5), Limits::default()),
    );
    assert_eq!(record.verdict, Change::Regression);
    assert!(whole.a.histograms && !record.a.histograms);
    for name in ["ack_p50", "ack_p99"] {
        let (exact, near) = (of(&whole, name).ratio.unwrap(), of(&record, name).ratio.unwrap());
        assert_eq!(exact.value, near.value);
        assert!((exact.low.unwrap() - near.low.unwrap()).abs() < 0.05, "{exact:?} {near:?}");
    }
    // A log of another run is not believed.
    let mut foreign = slower(1.0);
    foreign.histograms.insert("ack".to_owned(), Recorder::new());
    assert!(of(&compare(&foreign, &slower(1.0), Limits::default()), "ack_p99").a.unwrap().low.is_some());
}

#[test]
fn intervals_hold_their_estimates_and_meet_the_definition() {
    let report = compare(&slower(1.0), &slower(1.2), Limits::default());
    for metric in &report.metrics {
        for one in [metric.a, metric.b, metric.ratio].into_iter().flatten() {
            if let (Some(low), Some(high)) = (one.low, one.high) {
                assert!(low <= one.value && one.value <= high, "{metric:?}");
            }
        }
    }
    // Nobody told an interval for the processor time.
    assert_eq!(of(&report, "cpu").change, MetricChange::Told);
    assert_eq!(of(&report, "cpu").ratio.unwrap().low, None);
}

#[test]
fn a_hole_is_a_regression_whatever_else_is_so() {
    let holed = |change: fn(&mut Run)| {
        let mut side = slower(1.0);
        change(&mut side.run);
        side
    };
    let limits = Limits::default();
    check(&slower(1.0), &holed(|run| run.outcome.lost = 1), limits, Change::Regression, "has a hole: 1 lost");
    check(
        &slower(1.0),
        &holed(|run| run.outcome.forged_accepted = 2),
        limits,
        Change::Regression,
        "2 forged accepted",
    );
    check(
        &slower(1.0),
        &holed(|run| run.dead_letters.missing = 1),
        limits,
        Change::Regression,
        "missing dead letters",
    );
    // Even where the runs are of different kinds, or stopped early.
    check(
        &slower(1.0),
        &holed(|run| {
            run.outcome.lost = 1;
            run.host.cpus = 64;
            run.interrupted = true;
        }),
        limits,
        Change::Regression,
        "hole",
    );
    // What was there before and is gone is none.
    check(&holed(|run| run.outcome.lost = 1), &slower(1.0), limits, Change::NoRegression, "Nothing");
    check(&slower(1.0), &holed(|run| run.verdict = Verdict::Fail), limits, Change::Regression, "passed,");
}

#[test]
fn runs_of_different_kinds_are_compared_only_when_told_to() {
    let other = |change: fn(&mut Run)| {
        let mut side = slower(1.0);
        change(&mut side.run);
        side
    };
    let check_kind = |change: fn(&mut Run), words: &str| {
        check(&slower(1.0), &other(change), Limits::default(), Change::Unknown, words);
        check(
            &slower(1.0),
            &other(change),
            Limits { anyway: true, ..Limits::default() },
            Change::NoRegression,
            "Nothing",
        );
    };
    check_kind(|run| run.target = "aws".to_owned(), "target: embedded, now aws");
    check_kind(|run| run.plan.name = "smoke".to_owned(), "plan: peak, now smoke");
    check_kind(|run| run.build_profile = "debug".to_owned(), "build: release, now debug");
    check_kind(|run| run.host.cpus = 8, "processors: 2, now 8");
    check_kind(|run| run.plan.rate_per_min = 5_000.0, "rate a minute: 10,000, now 5,000");
    check_kind(|run| run.plan.forged = 0.5, "forged share: 0.05, now 0.5");
    // Another seed and another version are what is compared.
    check(
        &slower(1.0),
        &other(|run| {
            run.seed = 9;
            run.tool_version = "9.9.9".to_owned();
        }),
        Limits::default(),
        Change::NoRegression,
        "Nothing",
    );
}

#[test]
fn what_cannot_be_told_is_unknown() {
    let with = |change: fn(&mut Run)| {
        let mut side = slower(1.0);
        change(&mut side.run);
        side
    };
    let limits = Limits::default();
    check(&slower(1.0), &with(|run| run.interrupted = true), limits, Change::Unknown, "was interrupted");
    check(
        &with(|run| run.generator.saturated = true),
        &slower(1.0),
        limits,
        Change::Unknown,
        "limited by its generator",
    );
    check(
        &slower(1.0),
        &with(|run| run.ack_latency_ms.p99 = None),
        limits,
        Change::Unknown,
        "Acknowledgement p99. Run for longer",
    );
    // p99.9 needs ten thousand samples; that it is missing stops nobody.
    let report = compare(&slower(1.0), &slower(1.0), limits);
    assert!(report.metrics.iter().all(|metric| metric.name != "ack_p999"));
}

#[test]
fn fewer_answers_and_a_lower_rate_are_worse() {
    let with = |change: fn(&mut Run)| {
        let mut side = slower(1.0);
        change(&mut side.run);
        side
    };
    let failing = with(|run| run.timeline.iter_mut().for_each(|second| second.errors = second.sent / 20));
    let report = compare(&slower(1.0), &failing, Limits::default());
    assert_eq!((report.verdict, of(&report, "errors").change), (Change::Regression, MetricChange::Worse));
    let slow = with(|run| run.achieved_per_min *= 0.7);
    let report = compare(&slower(1.0), &slow, Limits::default());
    assert_eq!((report.verdict, of(&report, "rate").change), (Change::Regression, MetricChange::Worse));
    // One error in ten thousand is chance.
    let one = with(|run| run.timeline[3].errors = 1);
    assert_eq!(compare(&slower(1.0), &one, Limits::default()).verdict, Change::NoRegression);
}

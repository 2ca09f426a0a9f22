use reports::record::Outcome;

use super::super::strategy::bracket;
use super::*;

/// A trial at a rate that held or broke, on a machine of two cores.
fn one(rate: f64, held: Option<bool>) -> Trial {
    let broke = held == Some(false);
    Trial {
        number: 1,
        run: format!("run-at-{rate}"),
        seed: 1,
        offered_per_min: rate,
        achieved_per_min: rate,
        duration_s: 15.0,
        held,
        why: if held == Some(true) {
            String::new()
        } else {
            "p99 acknowledgement below 1 s: 2.4 s".to_owned()
        },
        hole: String::new(),
        ack_p50_ms: Some(3.0),
        ack_p99_ms: Some(if broke { 2_400.0 } else { 10.0 + rate / 1_000.0 }),
        service_p50_ms: Some(3.0),
        service_p99_ms: Some(20.0),
        durable_p99_ms: Some(80.0),
        drain_s: 0.4,
        in_flight: rate / 60.0 * if broke { 0.2 } else { 0.004 },
        outcome: Outcome::default(),
        generator: TrialGenerator {
            cpu_cores: Some(if broke { 1.95 } else { 1.0 }),
            own_cpu_cores: Some(0.3),
            ..TrialGenerator::default()
        },
    }
}

fn searched() -> Vec<Trial> {
    let held = [3e3, 6e3, 12e3, 19e3, 19e3, 19e3].map(|rate| one(rate, Some(true)));
    let broke = [24e3, 20e3, 20e3, 20e3].map(|rate| one(rate, Some(false)));
    held.into_iter().chain(broke).collect()
}

fn found(trials: &[Trial], end: &End) -> Found {
    conclude(trials, bracket(&observations(trials)), end, 2)
}

#[track_caller]
fn says(found: &Found, verdict: Verdict, part: &str) {
    assert_eq!(found.verdict, verdict, "{found:#?}");
    assert!(
        found.findings.iter().any(|finding| finding.what.contains(part)),
        "no `{part}`: {:#?}",
        found.findings
    );
    assert!(found.findings.is_sorted_by_key(|finding| finding.severity));
}

#[test]
fn a_complete_search_passes_with_its_limit() {
    let found = found(&searched(), &End::Complete);
    says(&found, Verdict::Pass, "share 2 cores");
    let limit = found.limit.expect("a limit");
    assert!((19_000.0..=20_000.0).contains(&limit.rate_per_min), "{limit:?}");
    assert!(limit.low_per_min < limit.rate_per_min && limit.rate_per_min < limit.high_per_min, "{limit:?}");
    assert_eq!(limit.trials, 6);
    assert!(found.law.is_some());
    let knee = found.knee.expect("a knee");
    assert!(
        (knee.rate_per_min - 19_000.0).abs() < 1.0 && knee.cause.contains("the processors: 1.9"),
        "{knee:?}"
    );
}

#[test]
fn a_hole_at_any_rate_fails_and_is_named() {
    let mut trials = searched();
    trials[1].hole = "2 lost".to_owned();
    says(&found(&trials, &End::Hole), Verdict::Fail, "a hole at 6000 webhooks a minute (trial 1): 2 lost");
}

#[test]
fn a_lowest_rate_that_breaks_fails() {
    let trials = [one(3e3, Some(false)), one(3e3, Some(false)), one(3e3, Some(false))];
    let found = found(&trials, &End::Complete);
    says(&found, Verdict::Fail, "The lowest rate, 3000 webhooks a minute, already broke");
    assert_eq!((found.limit, found.law, found.knee), (None, None, None));
    assert!(found.findings[0].why.contains("2.4 s"), "{:?}", found.findings);
}

#[test]
fn no_verdict_without_a_limit() {
    let held = [3e3, 6e3, 12e3].map(|rate| one(rate, Some(true)));
    says(&found(&held, &End::Complete), Verdict::Unknown, "the limit lies above");
    says(&found(&held, &End::Interrupted), Verdict::Unknown, "interrupted after 3 trials");
    says(&found(&held, &End::OutOfTime), Verdict::Unknown, "The time was over");
    says(&found(&[], &End::OutOfTime), Verdict::Unknown, "The time was over");
    says(&found(&held, &End::OutOfBudget), Verdict::Unknown, "were used up after 3 trials");
    let two = [one(3e3, Some(true)), one(6e3, Some(false))];
    says(&found(&two, &End::Complete), Verdict::Unknown, "Only 2 different rates");
    let mut open = held.to_vec();
    open.extend([one(24e3, None), one(24e3, None)]);
    says(&found(&open, &End::Silent(24_000)), Verdict::Unknown, "could not be judged");
}

#[test]
fn a_generator_that_was_the_limit_gets_no_verdict_and_no_limit() {
    let mut trials = searched();
    trials.truncate(5);
    trials.extend([one(24e3, Some(false)), one(18e3, None), one(18e3, None)]);
    let found = found(&trials, &End::Saturated(18_000));
    says(&found, Verdict::Unknown, "was the limit at 18000");
    assert_eq!(found.limit, None);
}

#[test]
fn an_early_end_keeps_the_interval_that_there_is() {
    let mut trials = searched();
    trials.truncate(8);
    let found = found(&trials, &End::OutOfTime);
    assert_eq!(found.verdict, Verdict::Unknown);
    assert!(found.limit.is_some(), "{found:?}");
}

mod of_a_run {
    use reports::record::{Generator, Host, Latency, PlanSummary, Queries, Run, Sent};

    use super::*;

    fn slo(name: &str, ok: Option<bool>, measured: f64, note: &str) -> Slo {
        Slo {
            name: name.to_owned(),
            title: name.to_owned(),
            ok,
            measured: Some(measured),
            limit: 0.0,
            unit: "count".to_owned(),
            note: note.to_owned(),
        }
    }

    fn run() -> Run {
        let plan = PlanSummary {
            name: "peak".to_owned(),
            arrival: "constant".to_owned(),
            rate_per_min: 6_000.0,
            duration_s: 15.0,
            warmup_s: 3.0,
            mix: Default::default(),
            forged: 0.05,
            duplicates: 0.02,
            malformed: 0.02,
            poison: 20,
            queries_per_s: 2.0,
        };
        let names = LEDGER.into_iter().chain(OBJECTIVE).chain(["generator_not_saturated"]);
        Run {
            format: reports::record::FORMAT.to_owned(),
            id: "one".to_owned(),
            tool_version: String::new(),
            build_profile: "debug".to_owned(),
            started_at: String::new(),
            finished_at: String::new(),
            target: "embedded".to_owned(),
            plan,
            seed: 1,
            users: 200,
            command: String::new(),
            host: Host { cpus: 2, os: String::new() },
            interrupted: false,
            duration_s: 15.0,
            drain_s: 0.5,
            offered_per_min: 6_000.0,
            achieved_per_min: 6_000.0,
            sent: Sent::default(),
            outcome: Outcome::default(),
            breakdown: Vec::new(),
            ack_latency_ms: Latency::default(),
            service_time_ms: Latency { mean: Some(20.0), ..Latency::default() },
            durable_latency_ms: Latency::default(),
            ack_latency_by_provider_ms: Default::default(),
            queries: Queries::default(),
            timeline: Vec::new(),
            generator: Generator::default(),
            dead_letters: Default::default(),
            functions: None,
            rotation: None,
            faults: Vec::new(),
            recovery: None,
            redrive: None,
            flood: None,
            alarms: None,
            shard: None,
            merged_from: None,
            slo: names.map(|name| slo(name, Some(true), 0.0, "")).collect(),
            findings: Vec::new(),
            verdict: Verdict::Pass,
            exit_code: 0,
        }
    }

    /// What becomes of a trial whose run differs from a healthy one.
    fn after(change: impl Fn(&mut Run), rested: bool) -> (Option<bool>, String, String) {
        let mut run = run();
        change(&mut run);
        let trial = trial(1, &run, rested);
        (trial.held, trial.why, trial.hole)
    }

    fn set(run: &mut Run, name: &str, ok: Option<bool>, measured: f64) {
        let found = run.slo.iter_mut().find(|slo| slo.name == name).expect("an objective");
        *found = slo(name, ok, measured, if ok.is_none() { "why not" } else { "" });
    }

    #[test]
    fn a_healthy_run_held_and_its_deliveries_under_way_follow_from_littles_law() {
        let trial = trial(3, &run(), true);
        assert_eq!((trial.held, trial.number, trial.why.as_str()), (Some(true), 3, ""));
        assert!((trial.in_flight - 2.0).abs() < 1e-9, "100 a second of 20 ms each: {}", trial.in_flight);
    }

    #[test]
    fn a_broken_objective_is_no_hole_and_a_hole_is_both() {
        let late = after(|run| set(run, "ack_p99_lt_1s", Some(false), 1_500.0), true);
        assert_eq!(late, (Some(false), "ack_p99_lt_1s: 1,500".to_owned(), String::new()));
        let lost = after(|run| set(run, "lost_eq_0", Some(false), 2.0), true);
        assert_eq!(lost, (Some(false), "lost_eq_0: 2".to_owned(), "2 lost".to_owned()));
        let letters = after(|run| set(run, "dead_letters_exact", Some(false), 3.0), true);
        assert_eq!((letters.0, letters.2.as_str()), (Some(false), ""), "kept for a redrive is not lost");
    }

    #[test]
    fn what_is_under_way_in_a_busy_target_is_not_lost() {
        let busy = after(|run| set(run, "lost_eq_0", Some(false), 2.0), false);
        assert_eq!((busy.0, busy.2.as_str()), (Some(false), ""));
        assert!(busy.1.contains("still busy"), "{}", busy.1);
        let forged = after(|run| set(run, "forged_accepted_eq_0", Some(false), 1.0), false);
        assert_eq!(forged.2, "1 forged or malformed and let in");
    }

    #[test]
    fn a_saturated_generator_or_an_open_objective_says_nothing() {
        let saturated = |run: &mut Run| {
            run.generator.saturated = true;
            set(run, "generator_not_saturated", None, 150.0);
            set(run, "target_rate_reached", None, 5_000.0);
        };
        assert_eq!(after(saturated, true).0, None);
        let late_itself = |run: &mut Run| {
            saturated(run);
            set(run, "ack_p99_lt_1s", Some(false), 1_500.0);
        };
        assert_eq!(after(late_itself, true).0, Some(false), "the judge calls it late only if the target was");
        let held = |run: &mut Run| {
            run.generator.saturated = true;
            set(run, "generator_not_saturated", None, 150.0);
        };
        assert_eq!(after(held, true), (None, "generator_not_saturated: why not".to_owned(), String::new()));
        assert_eq!(after(|run| set(run, "ack_p99_lt_1s", None, 0.0), true).0, None);
        assert_eq!(after(|run| set(run, "lost_eq_0", None, 0.0), true).0, None, "stores that cannot be read");
        assert_eq!(after(|run| run.interrupted = true, true).0, None);
    }
}

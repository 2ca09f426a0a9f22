//! The model, the rules and what follows from them. Search and runs are made here; whole reports are compared with files in `tests/it`.

use proptest::prelude::*;
use time::macros::date;

use super::demand::fluctuating;
use super::quotas::QuotaId;
use super::resources::sensible;
use super::*;
use crate::record::{FunctionUse, OutageRecovery, Outcome, Recovery, Verdict};
use crate::search::{Limit, Search};

const TODAY: Date = date!(2026 - 11 - 30);

/// 6,000 a minute at the peak: two thirds Stripe's, one third Square's.
const FORECAST: &str = r#"
date = "2027-11-26"
growth = 0
spike_factor = 2
[providers.stripe]
baseline_per_min = 2000
[providers.square]
baseline_per_min = 1000
[traffic]
duplicates = 0
"#;

fn run() -> crate::record::Run {
    let text = include_str!("../../tests/data/passing.json");
    let mut run = crate::read::parse_run(text.as_bytes()).unwrap();
    run.finished_at = "2026-11-28T10:00:00Z".to_owned();
    run
}

/// A search on AWS whose limit lies between 9,500 and 10,500 a minute.
fn search() -> Search {
    let text = include_str!("../../tests/data/search-aws.json");
    let mut search: Search = serde_json::from_str(text).unwrap();
    search.limit = Some(Limit {
        rate_per_min: 10_000.0,
        low_per_min: 9_500.0,
        high_per_min: 10_500.0,
        confidence: 0.95,
        trials: 6,
    });
    search
}

/// The project's own data as if looked up on 22 November 2026, whenever that really was.
fn dated_anew(text: &str) -> String {
    let lines =
        text.lines().map(|line| if line.starts_with("date = ") { "date = \"2026-11-22\"" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn inputs() -> Inputs {
    Inputs {
        expected: forecast::parse(FORECAST, TODAY).unwrap(),
        found: Found { search: Some(search()), trial_runs: Vec::new(), runs: vec![run()] },
        prices: Prices::parse(&dated_anew(include_str!("../../prices/us-east-1.toml"))).unwrap(),
        quotas: Quotas::parse(&dated_anew(include_str!("../../quotas/us-east-1.toml"))).unwrap(),
        today: TODAY,
        allow_old: false,
    }
}

fn with(change: impl FnOnce(&mut Inputs)) -> Capacity {
    let mut inputs = inputs();
    change(&mut inputs);
    assess(&inputs).unwrap()
}

fn expecting(inputs: &mut Inputs, from: &str, to: &str) {
    assert!(FORECAST.contains(from), "{from}");
    inputs.expected = forecast::parse(&FORECAST.replacen(from, to, 1), TODAY).unwrap();
}

#[track_caller]
fn check(change: impl FnOnce(&mut Inputs), rule: &str, held: Option<bool>, verdict: Readiness) {
    let report = with(change);
    let found = report.rules.iter().find(|one| one.name == rule).unwrap();
    assert_eq!(found.held, held, "{found:?}");
    assert_eq!(report.verdict, verdict, "{:?}", report.rules);
    assert_eq!(found.next.is_empty(), held == Some(true), "{found:?}");
}

#[test]
fn ready_needs_every_rule() {
    use Readiness::{NotReady, Ready, Unknown};
    check(|_| {}, "proven", Some(true), Ready);
    check(|inputs| inputs.found.search = None, "search_on_aws", None, Unknown);
    let searched =
        |change: fn(&mut Search)| move |inputs: &mut Inputs| change(inputs.found.search.as_mut().unwrap());
    check(searched(|search| search.target = "embedded".to_owned()), "search_on_aws", None, Unknown);
    check(searched(|search| search.target = "embedded".to_owned()), "proven", None, Unknown);
    check(searched(|search| search.interrupted = true), "search_on_aws", None, Unknown);
    check(searched(|search| search.verdict = Verdict::Fail), "search_on_aws", Some(false), NotReady);
    check(searched(|search| search.verdict = Verdict::Unknown), "search_on_aws", None, Unknown);
    check(searched(|search| search.build_profile = "debug".to_owned()), "release", None, Unknown);
    check(searched(|search| search.objective.ack_p99_ms = 2_000.0), "objective", None, Unknown);
    check(searched(|search| search.objective.availability = 0.99), "objective", None, Unknown);
    check(searched(|search| search.finished_at = "2026-08-30T10:00:00Z".to_owned()), "fresh", None, Unknown);
    check(searched(|search| search.finished_at = "2026-12-01T10:00:00Z".to_owned()), "fresh", None, Unknown);
    check(searched(|search| search.finished_at = "lately".to_owned()), "fresh", None, Unknown);
    check(searched(|search| search.trials[0].outcome.lost = 1), "ledger", Some(false), NotReady);
    let ran =
        |change: fn(&mut crate::record::Run)| move |inputs: &mut Inputs| change(&mut inputs.found.runs[0]);
    check(ran(|run| run.outcome.duplicated = 1), "ledger", Some(false), NotReady);
    check(ran(|run| run.functions = None), "durations", None, Unknown);
    check(
        ran(|run| {
            run.functions.as_mut().unwrap().remove("webhook-processor");
        }),
        "durations",
        None,
        Unknown,
    );
    // A rate that does not hold on a laptop is no news of AWS; on AWS it is, unless nobody needs it.
    check(ran(|run| run.verdict = Verdict::Fail), "runs", Some(true), Ready);
    let fails_at = |rate: f64| {
        move |inputs: &mut Inputs| {
            let run = &mut inputs.found.runs[0];
            (run.target, run.verdict, run.offered_per_min) = ("aws".to_owned(), Verdict::Fail, rate);
        }
    };
    check(fails_at(9_000.0), "runs", Some(false), NotReady);
    check(fails_at(9_001.0), "runs", Some(true), Ready);
}

#[test]
fn nothing_that_looked_into_the_stores_is_no_closed_ledger() {
    let blind = |inputs: &mut Inputs| {
        inputs.found.runs[0].outcome = Outcome { unknown: 10_003, ..Outcome::default() };
        inputs
            .found
            .search
            .as_mut()
            .unwrap()
            .trials
            .iter_mut()
            .for_each(|trial| trial.outcome = Outcome::default());
    };
    check(blind, "ledger", None, Readiness::Unknown);
}

#[test]
fn the_interval_decides_what_is_proven() {
    use Readiness::{NotReady, Ready, Unknown};
    let limit = |low: f64, high: f64| {
        move |inputs: &mut Inputs| {
            let search = inputs.found.search.as_mut().unwrap();
            search.limit = Some(Limit {
                rate_per_min: f64::midpoint(low, high),
                low_per_min: low,
                high_per_min: high,
                confidence: 0.95,
                trials: 4,
            });
        }
    };
    // 6,000 × 1.5.
    check(limit(9_000.0, 9_100.0), "proven", Some(true), Ready);
    check(limit(8_999.0, 9_100.0), "proven", None, Unknown);
    check(limit(8_000.0, 8_999.0), "proven", Some(false), NotReady);
    // Less is enough where somebody says why.
    let margin = |low: f64, high: f64| {
        move |inputs: &mut Inputs| {
            limit(low, high)(inputs);
            expecting(
                inputs,
                "growth = 0\n",
                "growth = 0\nmargin = 1\nmargin_reason = \"the contract caps it\"\n",
            );
        }
    };
    check(margin(6_000.0, 6_100.0), "proven", Some(true), Ready);
    check(margin(5_000.0, 5_900.0), "proven", Some(false), NotReady);
    let report = with(margin(6_000.0, 6_100.0));
    assert!(report.rules[1].detail.contains("the contract caps it"), "{:?}", report.rules[1]);
    assert_eq!(
        (report.headroom.at_forecast, report.headroom.at_drill.map(|x| (x * 1e3).round())),
        (Some(1.0), Some(667.0))
    );
}

#[test]
fn what_held_is_proven_although_no_limit_was_found() {
    let report = with(|inputs| {
        let search = inputs.found.search.as_mut().unwrap();
        (search.limit, search.verdict) = (None, Verdict::Unknown);
        search.trials.iter_mut().for_each(|trial| trial.held = Some(false));
        (search.trials[0].held, search.trials[0].achieved_per_min) = (Some(true), 9_400.0);
    });
    let proven = report.headroom.proven.unwrap();
    assert_eq!((proven.low_per_min, proven.high_per_min, proven.rate_per_min), (9_400.0, None, None));
    assert!(report.bottlenecks.iter().all(|one| one.basis == "model"), "a lower bound is no end");
}

#[test]
fn quotas_decide_too() {
    use Readiness::{NotReady, Ready};
    let limited = |id: QuotaId, value: f64| {
        move |inputs: &mut Inputs| {
            inputs.quotas.limits.iter_mut().filter(|one| one.id == id).for_each(|one| one.value = value);
        }
    };
    // 6,000 a minute × 1.5, two thirds of them Stripe's: 100 a second.
    check(limited(QuotaId::StripeRate, 100.0), "quotas", Some(true), Ready);
    check(limited(QuotaId::StripeRate, 99.0), "quotas", Some(false), NotReady);
    let report = with(limited(QuotaId::StripeRate, 50.0));
    let first = &report.bottlenecks[0];
    assert!(first.what.contains("Stripe"), "{first:?}");
    assert_eq!(first.limit_per_min.map(f64::round), Some(4_500.0));
    assert_eq!(first.of_forecast.map(|of| (of * 100.0).round()), Some(75.0));
    let line = report.quotas.iter().find(|one| one.id == QuotaId::StripeRate).unwrap();
    assert_eq!((line.need.round(), line.need_at_drill.round(), line.raise_to), (67.0, 100.0, Some(100.0)));
    assert!(!report.quotas.iter().any(|one| one.id == QuotaId::PaypalRate), "PayPal sends nothing here");
}

#[test]
fn concurrency_is_rate_times_the_longer_duration() {
    let report = with(|_| {});
    let of = |name: &str| report.concurrency.iter().find(|one| one.function == name).unwrap().clone();
    // 4,000 a minute for 30 ms, of which 2.914 ms were measured on the embedded cloud.
    let stripe = of("stripe-webhook-validator");
    assert_eq!((stripe.measured_ms, stripe.assumed_ms.round()), (Some(2.914), 30.0));
    assert!((stripe.mean - 4_000.0 / 60.0 * 0.03).abs() < 1e-9, "{stripe:?}");
    // 2 + 3 √2 on average, and an environment for every ten a second.
    assert_eq!(stripe.enough, 7.0);
    assert!(stripe.measured_by.contains("embedded") && stripe.measured_by.contains("seed 1"), "{stripe:?}");
    // What AWS itself took counts alone, shorter or longer.
    let report = with(|inputs| {
        let mut aws = run();
        aws.target = "aws".to_owned();
        let functions = aws.functions.as_mut().unwrap();
        functions.insert(
            "webhook-processor".to_owned(),
            FunctionUse { duration_mean_ms: Some(12.0), ..FunctionUse::default() },
        );
        inputs.found.runs.push(aws);
    });
    let processor = report.concurrency.iter().find(|one| one.function == "webhook-processor").unwrap();
    assert!((processor.mean - 100.0 * 0.012).abs() < 1e-9, "{processor:?}");
}

#[test]
fn what_is_asked_for_is_a_round_number() {
    let check = |need: f64, expected: f64| assert_eq!(sensible(need), expected, "{need}");
    check(1_237.0, 1_300.0);
    check(1_200.0, 1_200.0);
    check(10_001.0, 11_000.0);
    check(99.2, 100.0);
    check(0.3, 1.0);
}

#[test]
fn old_prices_need_a_word_and_early_ones_are_a_mistake() {
    let check = |today: Date, allow_old: bool, expected: Result<usize, &str>| {
        let inputs = Inputs { today, allow_old, ..inputs() };
        match (assess(&inputs), expected) {
            (Ok(report), Ok(warnings)) => {
                assert_eq!(report.warnings.len(), warnings, "{:?}", report.warnings)
            }
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (got, wanted) => panic!("{today}: {got:?}, not {wanted:?}"),
        }
    };
    check(TODAY, false, Ok(0));
    check(date!(2027 - 11 - 23), false, Ok(0));
    check(date!(2027 - 11 - 24), false, Err("--allow-old"));
    check(date!(2027 - 11 - 24), true, Ok(2));
    check(date!(2026 - 11 - 21), false, Err("after today"));
}

#[test]
fn an_outage_is_worked_off_with_what_is_spare() {
    let report = with(|inputs| expecting(inputs, "growth = 0\n", "growth = 0\noutage_minutes = 10\n"));
    let recovery = report.recovery;
    assert_eq!(recovery.limit_per_min, Some(9_500.0));
    let cases: Vec<(f64, Option<f64>)> = recovery
        .cases
        .iter()
        .map(|case| (case.backlog, case.drained_min.map(|minutes| (minutes * 100.0).round())))
        .collect();
    // 60,000 by 3,500 a minute; 30,000 by 6,500.
    assert_eq!(cases, [(60_000.0, Some(1_714.0)), (30_000.0, Some(462.0))]);
    // Without a limit that was measured, the first bottleneck's, and it says so.
    let report = with(|inputs| {
        inputs.found.search = None;
        inputs
            .quotas
            .limits
            .iter_mut()
            .filter(|one| one.id == QuotaId::StripeRate)
            .for_each(|one| one.value = 50.0);
    });
    assert!(report.recovery.limit_of.contains("not measured: Throttle of Stripe"), "{:?}", report.recovery);
    assert_eq!(report.recovery.cases[0].drained_min, None);
}

#[test]
fn what_was_tried_is_not_listed_as_untested() {
    let listed =
        |change: fn(&mut Inputs), what: &str| with(change).untested.iter().any(|one| one.what.contains(what));
    assert!(!listed(|_| {}, "Anything on AWS"));
    assert!(listed(|inputs| inputs.found.search = None, "Anything on AWS"));
    assert!(listed(|_| {}, "An hour"));
    assert!(!listed(|inputs| inputs.found.runs[0].duration_s = 3_600.0, "An hour"));
    assert!(listed(|_| {}, "An outage"));
    let outage = |inputs: &mut Inputs| {
        let outage = OutageRecovery {
            from_s: 10.0,
            to_s: 40.0,
            backlog: 700,
            recovered_s: Some(12.5),
            ..Default::default()
        };
        inputs.found.runs[0].recovery =
            Some(Recovery { time_compression: 60.0, outages: vec![outage], ..Default::default() });
    };
    assert!(!listed(outage, "An outage"));
    let measured = with(outage).recovery.measured;
    assert_eq!(measured.len(), 1);
    assert_eq!((measured[0].outage_s, measured[0].recovered_s, measured[0].seed), (30.0, Some(12.5), 1));
    assert!(listed(|_| {}, "A spike"));
    assert!(!listed(|inputs| inputs.found.runs[0].plan.name = "spike".to_owned(), "A spike"));
    assert!(listed(|_| {}, "rotation"));
    assert!(!listed(|_| {}, "Dead letters"));
    assert!(listed(|inputs| inputs.found.runs[0].plan.poison = 0, "Dead letters"));
    assert!(listed(
        |inputs| {
            inputs.found.search = None;
            inputs.found.runs[0].plan.mix.remove("square");
        },
        "Webhooks of square"
    ));
    assert!(!listed(|_| {}, "Queries"), "the forecast has none");
}

#[test]
fn costs_are_of_a_month_and_of_the_busiest_hour() {
    let report = with(|_| {});
    // 3,000 a minute.
    assert_eq!(report.cost.month_webhooks, 129_600_000.0);
    let puts = report.cost.lines.iter().find(|line| line.what == "S3 PUT").unwrap();
    assert!((puts.month - 1_296.0).abs() < 0.01 && (puts.peak_hour - 3.6).abs() < 0.01, "{puts:?}");
    // One PUT of two, but one in a hundred.
    let batch = &report.cost.savings[0];
    assert!(batch.what.contains("objects of 100"), "{batch:?}");
    assert!((batch.month - 648.0 * 0.99).abs() < 0.01, "{batch:?}");
    assert!(report.cost.savings.windows(2).all(|pair| pair[0].month >= pair[1].month));
    let quiet = with(|inputs| {
        let shape = format!("day_shape = [{}]\n", ["0.5"; 24].join(", "));
        expecting(inputs, "growth = 0\n", &format!("growth = 0\n{shape}"));
    });
    assert_eq!(quiet.cost.month_webhooks, 64_800_000.0);
}

#[test]
fn batching_the_log_at_ten_thousand_a_minute_saves_some_two_thousand_dollars() {
    let report = with(|inputs| {
        let text = FORECAST
            .replace("spike_factor = 2", "spike_factor = 1")
            .replace("= 2000", "= 6000")
            .replace("= 1000", "= 4000");
        inputs.expected = forecast::parse(&text, TODAY).unwrap();
    });
    assert_eq!(report.cost.month_webhooks, 432e6);
    assert!((7_600.0..7_800.0).contains(&report.cost.month), "{}", report.cost.month);
    assert!((2_100.0..2_200.0).contains(&report.cost.savings[0].month), "{:?}", report.cost.savings[0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_limit_is_where_the_need_meets_it(stripe in 1.0f64..1e5, square in 1.0f64..1e5, size in 10.0f64..1e5) {
        let text = FORECAST.replace("= 2000", &format!("= {stripe:?}")).replace("= 1000", &format!("= {square:?}"));
        let inputs = inputs();
        let expected = forecast::parse(&text, TODAY).unwrap();
        let demand = Demand::new(&expected, &inputs.found, &inputs.prices, &inputs.quotas);
        for quota in &inputs.quotas.limits {
            if let Some(limit) = demand.limit(quota.id, size) {
                // What is reserved may be more than there is: then no rate fits.
                prop_assert!(limit == 0.0 || demand.need(quota.id, limit) <= size * 1.000_001);
                prop_assert!(demand.need(quota.id, limit * 1.01 + 1.0) >= size * 0.999);
            }
        }
    }

    #[test]
    fn fluctuation_is_above_the_mean_and_rises_with_it(mean in 0.0f64..1e6, more in 0.0f64..1e3) {
        prop_assert!(fluctuating(mean) >= mean);
        prop_assert!(fluctuating(mean + more) >= fluctuating(mean));
    }
}

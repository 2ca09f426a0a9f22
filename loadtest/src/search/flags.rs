//! The flags of `loadtest search`, and what they may be.

use std::time::Duration;

use clap::Parser;

use super::strategy::Bounds;
use crate::cli::{Args, Kind, duration, share};
use crate::exit::Failure;
use crate::plan::{Arrival, Plan};
use crate::preflight::{MAX_TOTAL, total};

/// Measured seconds of a trial, unless told; longer where the rate is too low for a p99.
const TRIAL_S: f64 = 15.0;
/// Genuine first deliveries that a trial measures at least: a p99 needs 1,000, and shares are exact only over longer stretches.
const VALID: f64 = 1_100.0;

const EXAMPLES: &str = "\
Examples:
  loadtest search                               from 3,000 webhooks a minute upwards
  loadtest search --from 6000 --to 60000 --duration 30s --repeats 5
                                                a narrower range, longer trials, a closer interval
  loadtest search --ready-file ready.json       on a running `localstack up --ready-file ready.json`
  loadtest search --target aws --terraform-dir infra/terraform --to 12000 --poison 0 --max-total 200000
                                                on AWS: told what it may cost, asked, ended before it sends more

Every trial is a run of its own, with its record in the search's folder. docs/search.md says how to read the result.

Exit codes: 0 a limit was found, 1 the lowest rate broke the objective or the ledger had a hole at any rate, 2 no verdict
(interrupted, out of time, the limit is above --to, the generator was the limit), 64 wrong usage, 69 target unavailable,
70 a mistake of this program.";

/// Finds the highest rate that holds the objective: doubles it until it breaks, halves the interval, repeats near the limit.
#[derive(Debug, Clone, Parser)]
#[command(after_help = EXAMPLES, max_term_width = 110)]
pub struct Flags {
    /// The first rate, webhooks a minute
    #[arg(long, value_name = "N", default_value = "3000", value_parser = whole_rate, help_heading = "Search")]
    pub from: u64,

    /// The highest rate that may be tried
    #[arg(long, value_name = "N", default_value = "600000", value_parser = whole_rate, help_heading = "Search")]
    pub to: u64,

    /// How close the rates that hold and break must come, as a part of the rate
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = share, help_heading = "Search")]
    pub precision: f64,

    /// Trials on either side of the limit
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20), help_heading = "Search")]
    pub repeats: u32,

    /// No trial begins that would not be over by then
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration, help_heading = "Search")]
    pub at_most: Duration,

    /// What each trial sends, and where; --duration and --warmup are each trial's.
    #[command(flatten)]
    pub args: Args,
}

impl Flags {
    /// The bounds of the search.
    ///
    /// # Errors
    /// Flags that do not go together, for the person who typed them.
    pub fn bounds(&self) -> Result<Bounds, Failure> {
        let usage = |text: String| Err(Failure::Usage(text));
        if self.from > self.to {
            return usage(format!("--from {} is above --to {}: a search goes upwards", self.from, self.to));
        }
        if !(0.005..=0.5).contains(&self.precision) {
            return usage("--precision must be 0.5 % to 50 %: no two trials agree to less".to_owned());
        }
        if self.args.rate.is_some() {
            return usage("--rate is of one run; a search goes from --from to --to".to_owned());
        }
        if self.args.rotate_secrets.is_some() {
            return usage("--rotate-secrets goes with one run, not with a search".to_owned());
        }
        if self.args.sharding.shard.is_some() {
            return usage(
                "--shard goes with one run, not with a search: the next rate follows from a verdict that no machine has alone"
                    .to_owned(),
            );
        }
        Ok(Bounds { from: self.from, to: self.to, precision: self.precision, repeats: self.repeats })
    }

    /// Most webhooks that all trials together may send; absent where nobody bills them.
    #[must_use]
    pub fn budget(&self) -> Option<u64> {
        (self.args.target == Kind::Aws).then(|| self.args.max_total.unwrap_or(MAX_TOTAL))
    }
}

/// The most that a search of such trials sends, as one plan: what is told, priced and asked about before it begins. Which rates it
/// will try, nobody knows then.
///
/// # Errors
/// The budget is not enough for one trial.
pub fn whole(trial: &Plan, budget: u64, at_most: Duration) -> Result<Plan, Failure> {
    let one = total(trial);
    if one > budget {
        return Err(Failure::Usage(format!(
            "the first trial alone sends {one} webhooks, but a search on AWS may send {budget} in all: nothing was sent\nNext: a lower \
             --from, or --max-total {} for some ten trials, if you mean it.",
            one.saturating_mul(20)
        )));
    }
    let mut plan = trial.clone();
    plan.warmup_s = 0.0;
    plan.poison = trial.poison.saturating_mul(budget / one.max(1));
    plan.set_duration(at_most);
    // Rounded up, it is the budget.
    #[expect(clippy::cast_precision_loss, reason = "a plan has at most 20 million webhooks")]
    plan.set_rate((budget as f64 - 0.5) * 60.0 / at_most.as_secs_f64());
    Ok(plan.checked()?)
}

/// The plan of a trial at a rate: the given one at that rate, long enough for a p99.
///
/// # Errors
/// The plan has no genuine deliveries, or does not work at that rate.
pub fn trial(plan: &Plan, rate_per_min: f64, duration: Option<Duration>) -> Result<Plan, Failure> {
    let mut plan = plan.clone();
    plan.arrival = if plan.arrival == Arrival::Max { Arrival::Constant } else { plan.arrival };
    plan.rotate_secrets_at_s = None;
    let shares = plan.shares.forged + plan.shares.duplicates + plan.shares.malformed;
    #[expect(clippy::cast_precision_loss, reason = "a number of poison events is far below 2^52")]
    let needed = (VALID + plan.poison as f64) / (1.0 - shares).max(0.05);
    let duration_s = duration
        .map_or(TRIAL_S, |duration| duration.as_secs_f64())
        .max((needed * 60.0 / rate_per_min).ceil());
    plan.set_rate(rate_per_min);
    // Set, not stretched: a whole number of seconds stays one.
    for phase in &mut plan.phases {
        phase.duration_s = duration_s;
    }
    Ok(plan.checked()?)
}

fn whole_rate(text: &str) -> Result<u64, String> {
    match text.replace(['_', ','], "").parse::<u64>() {
        Ok(rate) if (1..=10_000_000).contains(&rate) => Ok(rate),
        _ => Err("expected a whole number of webhooks per minute, 1 to 10,000,000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<Bounds, &str>) {
        let flags = Flags::try_parse_from(std::iter::once("search").chain(line.split_whitespace()));
        let bounds = flags
            .map_err(|error| error.to_string())
            .and_then(|flags| flags.bounds().map_err(|failure| failure.to_string()));
        match (bounds, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(text), Err(part)) => assert!(text.contains(part), "`{text}` lacks `{part}`"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn bounds_follow_from_the_flags() {
        check("", Ok(Bounds { from: 3_000, to: 600_000, precision: 0.05, repeats: 3 }));
        check(
            "--from 6,000 --to 60_000 --precision 0.1 --repeats 5 --users 100",
            Ok(Bounds { from: 6_000, to: 60_000, precision: 0.1, repeats: 5 }),
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        check("--from 6000 --to 3000", Err("--from 6000 is above --to 3000"));
        check("--from=-5", Err("1 to 10,000,000"));
        check("--from 0", Err("1 to 10,000,000"));
        check("--from 1.5", Err("whole number"));
        check("--to many", Err("whole number"));
        check("--precision 1", Err("0 to 90 %"));
        check("--precision 80%", Err("0.5 % to 50 %"));
        check("--precision 0", Err("0.5 % to 50 %"));
        check("--repeats 0", Err("1..=20"));
        check("--at-most soon", Err("--at-most"));
        check("--rate 5000", Err("--from to --to"));
        check("--rotate-secrets 10s", Err("one run"));
    }

    #[test]
    fn a_search_on_aws_is_told_as_the_most_that_it_may_send() {
        let budget = |line: &str| {
            Flags::try_parse_from(std::iter::once("search").chain(line.split_whitespace()))
                .expect("flags")
                .budget()
        };
        assert_eq!(budget(""), None, "nobody bills the embedded cloud");
        assert_eq!(budget("--target aws --outputs o.json"), Some(MAX_TOTAL));
        assert_eq!(budget("--target aws --outputs o.json --max-total 5000"), Some(5_000));

        let first = trial(&Plan::load("peak").expect("a plan"), 3_000.0, None).expect("a plan");
        let all = whole(&first, 100_000, Duration::from_secs(1800)).expect("a plan");
        assert_eq!((total(&all), all.duration_s()), (100_000, 1800.0));
        assert_eq!(all.poison, first.poison * (100_000 / total(&first)), "poison of every trial");
        let refused = whole(&first, total(&first) - 1, Duration::from_secs(1800)).expect_err("too little");
        assert!(
            refused.to_string().contains("nothing was sent") && refused.to_string().contains("--max-total")
        );
    }

    #[test]
    fn a_trial_lasts_long_enough_for_a_p99() {
        let plan = Plan::load("peak").expect("a plan");
        let seconds = |rate, given: Option<u64>| {
            trial(&plan, rate, given.map(Duration::from_secs)).expect("a plan").duration_s()
        };
        // (1,100 valid + 20 poison) / 0.91 of the deliveries.
        assert_eq!(seconds(600.0, None), 124.0);
        assert_eq!(seconds(3_000.0, None), 25.0);
        assert_eq!(seconds(30_000.0, None), 15.0);
        assert_eq!(seconds(30_000.0, Some(4)), 4.0);
        assert_eq!(seconds(30_000.0, Some(1)), 3.0);
        let trial = trial(&plan, 30_000.0, None).expect("a plan");
        assert_eq!((trial.rate_per_min(), trial.poison, trial.shares), (30_000.0, 20, plan.shares));
    }
}

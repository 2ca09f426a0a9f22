use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds { from: 3_000, to: 600_000, precision: 0.05, repeats: 3 };

/// Searches a target that answers by a function of the rate and of the number of the trial; the trials, and where it ended.
fn search(bounds: &Bounds, mut holds: impl FnMut(u64, usize) -> bool) -> (Vec<Observation>, Bracket) {
    let mut trials = Vec::new();
    loop {
        match next(bounds, &trials) {
            Step::Done(bracket) => return (trials, bracket),
            Step::Try(rate) => {
                let held = holds(rate, trials.len());
                trials.push(Observation { rate, held });
            }
        }
        assert!(trials.len() < 2_000, "the search does not end: {trials:?}");
    }
}

fn rates(trials: &[Observation]) -> Vec<u64> {
    trials.iter().map(|trial| trial.rate).collect()
}

#[test]
fn doubling_then_bisection_then_repeats_on_both_sides() {
    let bounds = Bounds { precision: 0.1, ..BOUNDS };
    let (trials, bracket) = search(&bounds, |rate, _| rate <= 20_000);
    assert_eq!(
        rates(&trials),
        [3_000, 6_000, 12_000, 24_000, 18_000, 21_000, 19_500, 19_500, 21_000, 19_500, 21_000]
    );
    assert_eq!(bracket, Bracket { holds: Some(19_500), breaks: Some(21_000) });
}

#[test]
fn a_lowest_rate_that_breaks_is_repeated_and_nothing_below_is_tried() {
    let (trials, bracket) = search(&BOUNDS, |_, _| false);
    assert_eq!(rates(&trials), [3_000; 3]);
    assert_eq!(bracket, Bracket { holds: None, breaks: Some(3_000) });
}

#[test]
fn a_target_without_a_limit_ends_at_the_highest_rate_allowed() {
    let bounds = Bounds { to: 10_000, repeats: 2, ..BOUNDS };
    let (trials, bracket) = search(&bounds, |_, _| true);
    assert_eq!(rates(&trials), [3_000, 6_000, 10_000, 10_000]);
    assert_eq!(bracket, Bracket { holds: Some(10_000), breaks: None });
}

#[test]
fn one_unlucky_trial_does_not_decide() {
    // The first trial at 6,000 breaks, as one does beside a backup; the repeats hold, and the search goes on above.
    let (trials, bracket) = search(&BOUNDS, |rate, number| rate <= 20_000 && number != 1);
    assert!(trials.iter().filter(|trial| trial.rate == 6_000).count() > 1, "{trials:?}");
    let (holds, breaks) = (bracket.holds.expect("a rate"), bracket.breaks.expect("a rate"));
    assert!(holds <= 20_000 && breaks > 20_000, "{bracket:?}: {trials:?}");
}

proptest! {
    #[test]
    fn a_sharp_limit_is_found_within_the_precision(
        from in 60_u64..20_000, span in 1_u64..200, limit in 0.0_f64..1.0, precision in 0.01_f64..0.5, repeats in 1_u32..6,
    ) {
        let bounds = Bounds { from, to: from * span, precision, repeats };
        let limit = from + ((bounds.to - from) as f64 * limit) as u64;
        let (trials, bracket) = search(&bounds, |rate, _| rate <= limit);
        prop_assert!(trials.iter().all(|trial| (bounds.from..=bounds.to).contains(&trial.rate)));
        let holds = bracket.holds.expect("the lowest rate holds");
        prop_assert!(holds <= limit);
        match bracket.breaks {
            None => prop_assert_eq!(holds, bounds.to),
            Some(breaks) => {
                prop_assert!(breaks > limit);
                prop_assert!((breaks - holds) as f64 <= (breaks as f64 * precision).max(1.0));
            }
        }
        for end in [bracket.holds, bracket.breaks].into_iter().flatten() {
            prop_assert!(trials.iter().filter(|trial| trial.rate == end).count() >= repeats as usize);
        }
    }

    #[test]
    fn whatever_the_trials_say_the_search_ends_within_its_bounds(
        from in 60_u64..20_000, span in 1_u64..100, repeats in 1_u32..5, precision in 0.01_f64..0.3, seed in any::<u64>(),
    ) {
        let bounds = Bounds { from, to: from * span, precision, repeats };
        let mut state = seed;
        let (trials, _) = search(&bounds, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 63 == 0
        });
        prop_assert!(trials.iter().all(|trial| (bounds.from..=bounds.to).contains(&trial.rate)));
        let most = trials.iter().map(|t| trials.iter().filter(|other| other.rate == t.rate).count()).max();
        prop_assert!(most.unwrap_or(0) <= repeats.max(1) as usize + 1);
    }

    #[test]
    fn noise_near_the_limit_moves_the_bracket_by_no_more_than_the_noise(
        limit in 5_000_u64..200_000, seed in any::<u64>(),
    ) {
        // Within 4 % of the limit a trial's outcome is a coin's.
        let mut state = seed;
        let (_, bracket) = search(&BOUNDS, |rate, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noisy = rate.abs_diff(limit) as f64 <= limit as f64 * 0.04;
            if noisy { state >> 63 == 0 } else { rate < limit }
        });
        let (holds, breaks) = (bracket.holds.expect("a rate") as f64, bracket.breaks.expect("a rate") as f64);
        let limit = limit as f64;
        prop_assert!(holds <= limit * 1.04 && breaks >= limit * 0.96, "{holds} to {breaks} around {limit}");
        prop_assert!(breaks / holds <= 1.2, "{holds} to {breaks} around {limit}");
    }
}

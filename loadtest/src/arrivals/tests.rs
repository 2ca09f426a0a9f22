use proptest::prelude::*;

use super::*;

fn flat(rate_per_min: f64, duration_s: f64) -> Profile {
    Profile::new(vec![Phase::flat(duration_s, rate_per_min)])
}

#[test]
fn constant_arrivals_are_even_and_complete() {
    let times: Vec<f64> = Arrivals::new(flat(600.0, 10.0), 100, Arrival::Constant, 0.5, 1).collect();
    assert_eq!(times.len(), 100);
    assert!((times[0] - 0.05).abs() < 1e-9 && (times[99] - 9.95).abs() < 1e-9, "{} {}", times[0], times[99]);
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 0.1).abs() < 1e-9));
}

#[test]
fn a_ramp_is_denser_at_its_end() {
    let ramp = Profile::new(vec![Phase::ramp(10.0, 0.0, 1200.0)]);
    assert!((ramp.total() - 100.0).abs() < 1e-9);
    let times: Vec<f64> = Arrivals::new(ramp, 100, Arrival::Constant, 0.5, 1).collect();
    let first_half = times.iter().filter(|t| **t < 5.0).count();
    assert_eq!(first_half, 25, "a quarter of the area lies in the first half of the time");
    assert!(times.is_sorted());
}

#[test]
fn phases_follow_one_another() {
    let phase = |rate: f64| Phase::flat(1.0, rate);
    let steps = Profile::new(vec![phase(600.0), phase(0.0), phase(1200.0)]);
    let times: Vec<f64> = Arrivals::new(steps, 30, Arrival::Constant, 0.5, 1).collect();
    let within = |from: f64, to: f64| times.iter().filter(|t| (from..to).contains(*t)).count();
    assert_eq!((within(0.0, 1.0), within(1.0, 2.0), within(2.0, 3.0)), (10, 0, 20));
}

#[test]
fn poisson_gaps_are_memoryless_and_the_total_is_exact() {
    let times: Vec<f64> = Arrivals::new(flat(60_000.0, 20.0), 20_000, Arrival::Poisson, 0.5, 7).collect();
    assert_eq!(times.len(), 20_000);
    assert!(times.is_sorted() && times[0] >= 0.0 && times[19_999] <= 20.0);
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    let variation = variance.sqrt() / mean;
    assert!((variation - 1.0).abs() < 0.05, "exponential gaps vary as much as their mean: {variation}");
    let same: Vec<f64> = Arrivals::new(flat(60_000.0, 20.0), 20_000, Arrival::Poisson, 0.5, 7).collect();
    assert_eq!(times, same, "the seed decides");
    let other: Vec<f64> = Arrivals::new(flat(60_000.0, 20.0), 20_000, Arrival::Poisson, 0.5, 8).collect();
    assert_ne!(times, other);
}

#[track_caller]
fn check(total: f64, parts: [f64; 3], expected: [u64; 3]) {
    assert_eq!(split(total, parts), expected);
}

#[test]
fn parts_add_up_to_the_total() {
    check(10_000.0, [0.45, 0.33, 0.22], [4500, 3300, 2200]);
    check(20.0, [0.45, 0.33, 0.22], [9, 7, 4]);
    check(1.0, [0.45, 0.33, 0.22], [0, 1, 0]);
    check(7.0, [1.0, 0.0, 0.0], [7, 0, 0]);
    check(0.0, [0.45, 0.33, 0.22], [0, 0, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the shape: as many as were promised, in order, within it, and as many in each phase as its rate says.
    #[test]
    fn every_shape_keeps_its_totals(
        phases in prop::collection::vec((0.1..20.0f64, 0.0..6_000.0f64, 0.0..6_000.0f64), 1..12),
        poisson in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let phases: Vec<Phase> = phases.into_iter().map(|(d, from, to)| Phase::ramp(d, from, to)).collect();
        let profile = Profile::new(phases.clone());
        let count = profile.total().round() as u64;
        let arrival = if poisson { Arrival::Poisson } else { Arrival::Constant };
        let times: Vec<f64> = Arrivals::new(profile, count, arrival, 0.5, seed).collect();
        prop_assert_eq!(times.len() as u64, count);
        prop_assert!(times.is_sorted());
        let mut start_s = 0.0;
        for phase in &phases {
            let end_s = start_s + phase.duration_s;
            let within = times.iter().filter(|t| (start_s..end_s).contains(*t)).count() as f64;
            if !poisson {
                prop_assert!((within - phase.webhooks()).abs() <= 2.0, "{within} instead of {}", phase.webhooks());
            }
            start_s = end_s;
        }
        prop_assert!(times.iter().all(|t| (0.0..=start_s + 1e-9).contains(t)));
    }
}

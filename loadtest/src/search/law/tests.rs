use proptest::prelude::*;

use super::*;

fn points(lambda: f64, sigma: f64, kappa: f64, numbers: &[f64], noise: impl Fn(usize) -> f64) -> Vec<Point> {
    let law = |n: f64| lambda * n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
    let point = |(index, n): (usize, &f64)| Point { in_flight: *n, per_s: law(*n) * (1.0 + noise(index)) };
    numbers.iter().enumerate().map(point).collect()
}

const NUMBERS: [f64; 8] = [0.3, 1.0, 2.5, 6.0, 15.0, 40.0, 90.0, 200.0];

proptest! {
    #[test]
    fn known_coefficients_are_recovered(
        lambda in 10.0_f64..2_000.0, sigma in 0.001_f64..0.5, kappa in 0.000_01_f64..0.01,
    ) {
        let law = fit(&points(lambda, sigma, kappa, &NUMBERS, |_| 0.0)).expect("a law");
        prop_assert!((law.lambda_per_s / lambda - 1.0).abs() < 1e-3, "{law:?}");
        prop_assert!((law.sigma - sigma).abs() < 1e-3 * (1.0 + sigma), "{law:?}");
        prop_assert!((law.kappa / kappa - 1.0).abs() < 1e-2, "{law:?}");
        prop_assert!(law.r_squared > 0.999_999, "{law:?}");
        let peak = ((1.0 - sigma) / kappa).sqrt();
        prop_assert!((law.peak_in_flight.expect("a peak") / peak - 1.0).abs() < 1e-2, "{law:?}");
    }

    #[test]
    fn noise_moves_the_fit_by_little_and_never_below_zero(
        lambda in 50.0_f64..500.0, sigma in 0.01_f64..0.3, kappa in 0.0001_f64..0.005, noise in proptest::collection::vec(-0.03_f64..0.03, 8),
    ) {
        let exact = points(lambda, sigma, kappa, &NUMBERS, |_| 0.0);
        let law = fit(&points(lambda, sigma, kappa, &NUMBERS, |index| noise[index])).expect("a law");
        prop_assert!(law.sigma >= 0.0 && law.kappa >= 0.0 && law.r_squared > 0.9, "{law:?}");
        let highest = exact.iter().map(|point| point.per_s).fold(0.0, f64::max);
        for point in exact {
            let n = point.in_flight;
            let fitted = law.lambda_per_s * n / (1.0 + law.sigma * (n - 1.0) + law.kappa * n * (n - 1.0));
            prop_assert!((fitted - point.per_s).abs() < 0.08 * highest, "{fitted} for {point:?}: {law:?}");
        }
    }
}

#[test]
fn what_only_rises_has_no_peak() {
    let linear = fit(&points(200.0, 0.0, 0.0, &NUMBERS, |_| 0.0)).expect("a law");
    assert!(linear.sigma < 1e-6 && linear.kappa < 1e-9, "{linear:?}");
    let faster_than_linear: Vec<Point> =
        NUMBERS.iter().map(|n| Point { in_flight: *n, per_s: n.powf(1.2) }).collect();
    let law = fit(&faster_than_linear).expect("a law");
    assert_eq!((law.sigma, law.kappa, law.peak_in_flight, law.peak_per_min), (0.0, 0.0, None, None));
}

#[test]
fn too_few_different_points_give_no_law() {
    assert_eq!(fit(&[]), None);
    assert_eq!(fit(&points(200.0, 0.1, 0.01, &[1.0, 2.0, 3.0], |_| 0.0)), None);
    assert_eq!(fit(&points(200.0, 0.1, 0.01, &[1.0, 2.0, 3.0, 3.01, 2.999, 1.0], |_| 0.0)), None);
    let broken = [f64::NAN, 0.0, -1.0].map(|per_s| Point { in_flight: 5.0, per_s });
    assert_eq!(fit(&broken), None);
}

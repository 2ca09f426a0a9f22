//! Where things stand in a plot.

use proptest::prelude::*;

use super::bars::widths;
use super::line::apart;
use super::*;

fn labels(axis: &Axis) -> Vec<&str> {
    axis.ticks.iter().map(|tick| tick.0.as_str()).collect()
}

#[test]
fn axes_have_round_labels_that_fit() {
    let check = |axis: Axis, expected: &[&str]| assert_eq!(labels(&axis), expected);
    check(time(59.0), &["0", "10 s", "20 s", "30 s", "40 s", "50 s"]);
    check(time(9.0), &["0", "2 s", "4 s", "6 s", "8 s"]);
    check(time(0.0), &["0", "1 s"]);
    check(time(3_599.0), &["0", "10 min", "20 min", "30 min", "40 min", "50 min"]);
    check(time(86_400.0), &["0", "4 h", "8 h", "12 h", "16 h", "20 h", "24 h"]);
    check(upright(200.0), &["0", "50", "100", "150", "200"]);
    check(upright(0.0), &["0", "1"]);
    check(log(2.3, 870.0), &["1 ms", "10 ms", "100 ms", "1 s"]);
    check(log(5.0, 5.0), &["1 ms", "10 ms"]);
    check(spectrum(99.95), &["50 %", "90 %", "99 %", "99.9 %"]);
    check(spectrum(20.0), &["50 %", "90 %"]);
}

#[test]
fn values_stand_in_their_place() {
    let check = |axis: &Axis, value: f64, expected: f64| {
        let at = axis.at(value);
        assert!((at - expected).abs() < 1e-6, "{value} at {at}, not {expected}");
    };
    let milliseconds = log(1.0, 1_000.0);
    check(&milliseconds, 10.0, 1.0 / 3.0);
    check(&milliseconds, 0.0, 0.0);
    check(&milliseconds, 5_000.0, 1.0);
    check(&milliseconds, f64::NAN, 0.0);
    let nines = spectrum(99.9);
    check(&nines, 0.0, 0.0);
    check(&nines, 90.0, 1.0 / 3.0);
    check(&nines, 99.9, 1.0);
}

#[test]
fn names_are_moved_apart_and_stay_in_the_plot() {
    let check = |heights: &[f64], expected: &[f64]| assert_eq!(apart(heights, 220.0), expected);
    check(&[], &[]);
    check(&[50.0, 100.0], &[50.0, 100.0]);
    check(&[50.0, 52.0, 54.0], &[50.0, 66.0, 82.0]);
    check(&[215.0, 220.0], &[204.0, 220.0]);
}

#[test]
fn a_single_part_in_a_million_is_wide_enough_to_be_seen() {
    let part = |n| Part { class: "", name: String::new(), n };
    let places = widths(&[part(1_000_000), part(1), part(0)]);
    assert!(places[1].1 > 0.007, "{places:?}");
    assert_eq!(places[2].1, 0.0);
    let end = places[1].0 + places[1].1;
    assert!((end - 1.0).abs() < 1e-9, "{places:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn thinning_keeps_the_extremes_and_the_order(
        values in prop::collection::vec(prop::option::weighted(0.9, 0.0f64..1e6), 0..4_000),
        buckets in 1usize..300,
    ) {
        let points: Vec<_> = values.iter().enumerate().map(|(x, y)| y.map(|y| (x as f64, y))).collect();
        let thinned = thin(&points, buckets);
        prop_assert!(thinned.len() <= buckets * 2);
        let ys = |points: &[Option<(f64, f64)>]| points.iter().flatten().map(|point| point.1).collect::<Vec<_>>();
        let highest = |ys: Vec<f64>| ys.into_iter().fold(f64::MIN, f64::max);
        prop_assert_eq!(highest(ys(&thinned)), highest(ys(&points)));
        let xs: Vec<f64> = thinned.iter().flatten().map(|point| point.0).collect();
        prop_assert!(xs.windows(2).all(|pair| pair[0] < pair[1]));
        for point in thinned.iter().flatten() {
            prop_assert!(points.contains(&Some(*point)));
        }
    }
}

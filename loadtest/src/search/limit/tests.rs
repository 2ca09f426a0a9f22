use super::super::strategy::{Bounds, Step, next};
use super::*;

fn trials(held: &[u64], broke: &[u64]) -> Vec<Observation> {
    let of = |held: bool| move |rate: &u64| Observation { rate: *rate, held };
    held.iter().map(of(true)).chain(broke.iter().map(of(false))).collect()
}

#[test]
fn one_side_alone_bounds_nothing() {
    assert_eq!(estimate(&trials(&[3_000, 6_000], &[])), None);
    assert_eq!(estimate(&trials(&[], &[3_000])), None);
    assert_eq!(estimate(&[]), None);
}

#[test]
fn repeats_on_both_sides_close_in_on_the_limit() {
    let once = estimate(&trials(&[3_000, 6_000, 12_000, 19_000], &[24_000, 20_000])).expect("an estimate");
    let thrice =
        estimate(&trials(&[3_000, 6_000, 12_000, 19_000, 19_000, 19_000], &[24_000, 20_000, 20_000, 20_000]));
    let thrice = thrice.expect("an estimate");
    for one in [once, thrice] {
        assert!((19_000.0..20_000.0).contains(&one.rate), "{one:?}");
        assert!(one.low < 19_000.0 + 500.0 && one.high > 19_500.0, "{one:?}");
    }
    assert!(thrice.high - thrice.low < once.high - once.low, "{thrice:?} is no closer than {once:?}");
    assert!(thrice.high - thrice.low < 0.15 * thrice.rate, "{thrice:?}");
}

#[test]
fn contradictions_widen_the_interval() {
    let agreed = estimate(&trials(&[10_000, 19_000, 19_000, 19_000], &[20_000; 3])).expect("an estimate");
    let torn =
        estimate(&trials(&[10_000, 19_000, 20_000, 20_000], &[20_000, 19_000, 19_000])).expect("an estimate");
    assert!(torn.high - torn.low > agreed.high - agreed.low, "{torn:?} against {agreed:?}");
}

#[test]
fn one_broken_trial_far_below_does_not_pull_the_limit_down() {
    let mut all = trials(&[3_000, 12_000, 19_000, 19_000, 19_000], &[20_000; 3]);
    let without = estimate(&all).expect("an estimate");
    all.push(Observation { rate: 6_000, held: false });
    let with = estimate(&all).expect("an estimate");
    assert!((with.rate - without.rate).abs() < 0.03 * without.rate, "{with:?} against {without:?}");
}

#[test]
fn the_interval_of_a_noisy_search_holds_the_limit_as_often_as_it_says() {
    let bounds = Bounds { from: 3_000, to: 600_000, precision: 0.05, repeats: 3 };
    let (limit, width) = (43_210.0_f64, 0.03);
    let mut state = 7_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut within = 0;
    for _ in 0..200 {
        let mut seen = Vec::new();
        while let Step::Try(rate) = next(&bounds, &seen) {
            let chance = 1.0 / (1.0 + ((ln(rate) - limit.ln()) / width).exp());
            seen.push(Observation { rate, held: uniform() < chance });
        }
        let found = estimate(&seen).expect("an estimate");
        within += u32::from((found.low..=found.high).contains(&limit));
        assert!((found.rate / limit - 1.0).abs() < 0.2, "{found:?}");
    }
    assert!(within >= 180, "the interval held the limit in {within} of 200 searches");
}

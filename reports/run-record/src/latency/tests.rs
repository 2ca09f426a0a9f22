//! What percentiles must do, whatever is recorded.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::record::Second;

fn recorded(values: &[u64]) -> Recorder {
    let mut recorder = Recorder::new();
    values.iter().for_each(|value| recorder.record_us(*value));
    recorder
}

/// The smallest value that at least this share do not exceed: what a percentile is, said without a histogram.
fn exact_quantile_us(values: &[u64], quantile: f64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[((quantile * sorted.len() as f64).ceil() as usize).max(1) - 1]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn merged_is_as_if_one_had_recorded_everything(
        a in prop::collection::vec(0u64..700_000_000, 0..400),
        b in prop::collection::vec(0u64..700_000_000, 0..400),
    ) {
        let mut merged = recorded(&a);
        merged.merge(&recorded(&b));
        let both: Vec<u64> = a.iter().chain(&b).copied().collect();
        let one = recorded(&both);
        prop_assert_eq!(merged.to_latency(), one.to_latency());
        prop_assert_eq!(merged, one);
    }

    #[test]
    fn percentiles_are_right_to_three_digits(values in prop::collection::vec(1u64..600_000_000, 100..600)) {
        let latency = recorded(&values).to_latency();
        for (told, quantile) in [(latency.p50, 0.5), (latency.p90, 0.9), (latency.max, 1.0)] {
            let exact = exact_quantile_us(&values, quantile) as f64 / 1_000.0;
            let told = told.unwrap();
            prop_assert!((told - exact).abs() <= exact * 0.001 + 0.001, "{told} for {exact} at {quantile}");
        }
    }

    #[test]
    fn a_spectrum_rises_and_ends_where_samples_do(values in prop::collection::vec(0u64..700_000_000, 0..3_000)) {
        let latency = recorded(&values).to_latency();
        for pair in latency.spectrum.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0, "percentiles rise: {:?}", pair);
            prop_assert!(pair[0].1 <= pair[1].1, "values rise: {:?}", pair);
        }
        prop_assert_eq!(latency.spectrum.is_empty(), values.len() < 10);
        if let Some((percentile, ms)) = latency.spectrum.last() {
            let beyond = (100.0 - percentile) / 100.0 * values.len() as f64;
            prop_assert!((beyond - 10.0).abs() < 0.01, "{beyond} samples beyond the last point");
            prop_assert!(*ms <= latency.max.unwrap());
        }
    }

    #[test]
    fn a_second_is_exact(values in prop::collection::vec(1u64..600_000_000, 1..200)) {
        let (left, right) = values.split_at(values.len() / 2);
        let mut per_second = PerSecond::new();
        left.iter().for_each(|value| per_second.record(1, Duration::from_micros(*value)));
        let mut other = PerSecond::new();
        right.iter().for_each(|value| other.record(1, Duration::from_micros(*value)));
        per_second.merge(&other);
        let mut timeline = [0, 1, 2].map(|t| Second { t, ..Second::default() });
        per_second.fill(&mut timeline);
        let exact = |quantile| Some(exact_quantile_us(&values, quantile) as f64 / 1_000.0);
        prop_assert_eq!((timeline[1].p50, timeline[1].p99, timeline[1].max), (exact(0.5), exact(0.99), exact(1.0)));
        for quiet in [&timeline[0], &timeline[2]] {
            prop_assert_eq!((quiet.p50, quiet.p99, quiet.max), (None, None, None));
        }
    }
}

#[test]
fn a_percentile_is_told_from_its_number_of_samples_on() {
    let check = |samples: u64, told: [bool; 4]| {
        let latency = recorded(&vec![1_000; samples as usize]).to_latency();
        let present = [latency.p50, latency.p90, latency.p99, latency.p999].map(|value| value.is_some());
        assert_eq!(present, told, "{samples} samples");
        assert_eq!(latency.samples, samples);
        assert_eq!(latency.max.is_some(), samples > 0);
        assert_eq!(latency.mean.is_some(), samples > 0);
    };
    check(0, [false; 4]);
    check(9, [false; 4]);
    check(10, [true, false, false, false]);
    check(99, [true, false, false, false]);
    check(100, [true, true, false, false]);
    check(999, [true, true, false, false]);
    check(1_000, [true, true, true, false]);
    check(9_999, [true, true, true, false]);
    check(10_000, [true; 4]);
}

#[test]
fn what_is_out_of_bounds_is_counted_at_the_end() {
    let mut recorder = Recorder::new();
    recorder.record(Duration::ZERO);
    recorder.record(Duration::MAX);
    recorder.record_us(u64::MAX);
    assert_eq!(recorder.samples(), 3);
    let max = recorder.max_ms().unwrap();
    assert!((600_000.0..601_000.0).contains(&max), "{max}");
    recorder.clear();
    assert_eq!(recorder, Recorder::new());
}

#[test]
fn a_spectrum_has_the_percentiles_that_people_name() {
    let values: Vec<u64> = (1..=100_000).collect();
    let spectrum = recorded(&values).to_latency().spectrum;
    assert_eq!(spectrum[0].0, 0.0);
    for named in [90.0, 99.0, 99.9] {
        assert!(spectrum.iter().any(|point| point.0 == named), "{named}");
    }
    assert_eq!(spectrum.last().unwrap().0, 99.99);
    assert!(spectrum.len() < 60, "{}", spectrum.len());
}

#[test]
fn a_window_forgets_what_is_older() {
    let ms = Duration::from_millis;
    let mut window = RollingWindow::new(3);
    assert_eq!(window.live(0), None);
    (0..1_000).for_each(|_| window.record(10, ms(500)));
    assert!(window.p99_ms(10).unwrap() >= 500.0);
    assert!(window.p99_ms(12).is_some());
    assert_eq!(window.p99_ms(13), None);
    (0..1_000).for_each(|_| window.record(13, ms(5)));
    assert!(window.p99_ms(13).unwrap() < 6.0, "second 10 has left");
    window.record(10, ms(900));
    assert_eq!(window.latency(13).samples, 1_000, "too late to count");
}

#[test]
fn a_window_tells_the_highest_percentile_that_it_can() {
    let check = |samples: u64, expected: Option<Percentile>| {
        let mut window = RollingWindow::new(2);
        (0..samples).for_each(|n| window.record(n % 2, Duration::from_millis(2)));
        assert_eq!(window.live(1).map(|live| live.percentile), expected, "{samples}");
    };
    check(9, None);
    check(10, Some(Percentile::P50));
    check(500, Some(Percentile::P90));
    check(20_000, Some(Percentile::P99));
}

proptest! {
    #[test]
    fn a_log_gives_back_what_was_recorded(values in prop::collection::vec(any::<u64>(), 0..200), cut in 0..200usize) {
        let recorder = recorded(&values);
        let (one, other) = values.split_at(cut.min(values.len()));
        let parts = [recorded(one), recorded(other)];
        let series = |tag, second, recorder| {
            let [start, length] = [second, 1].map(Duration::from_secs);
            Series { tag, start, length, recorder }
        };
        let mut log = Vec::new();
        let all = [series("whole", 0, &recorder), series("parts", 0, &parts[0]), series("parts", 1, &parts[1])];
        write_hlog(&mut log, SystemTime::UNIX_EPOCH, &all).unwrap();
        let read = read_hlog(&log).unwrap();
        prop_assert_eq!(read.len(), 2);
        prop_assert_eq!(&read["whole"], &recorder);
        prop_assert_eq!(&read["parts"], &recorder, "intervals of one tag are added");
        prop_assert_eq!(read["whole"].to_latency(), recorder.to_latency());
    }
}

#[test]
fn what_is_no_log_is_refused() {
    for text in ["no,log", "Tag=ack,0.0,1.0,2.0,!!", "Tag=ack,0.0,1.0,2.0,AAAA", "{}"] {
        assert!(read_hlog(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(read_hlog(b"#[a comment]\n").unwrap().len(), 0);
}

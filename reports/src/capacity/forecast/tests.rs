//! Forecasts that can come true, and those that cannot.

use proptest::prelude::*;
use time::macros::date;

use super::*;

const TODAY: Date = date!(2026 - 11 - 30);
const GOOD: &str = r#"
date = "2027-11-26"
growth = 0.35
spike_factor = 3

[providers.stripe]
baseline_per_min = 1000

[providers.square]
baseline_per_min = 500
growth = 0
spike_factor = 2
"#;

#[test]
fn growth_and_spike_multiply_and_a_provider_may_have_its_own() {
    let expected = parse(GOOD, TODAY).unwrap();
    let peaks: Vec<(&str, f64)> =
        expected.providers.iter().map(|one| (one.name.as_str(), one.peak_per_min.round())).collect();
    assert_eq!(peaks, [("stripe", 4_050.0), ("square", 1_000.0)]);
    assert_eq!(expected.peak_per_min.round(), 5_050.0);
    assert_eq!(expected.ordinary_per_min.round(), 1_850.0);
    assert_eq!(expected.days_ahead, 361);
    let shares: f64 = expected.providers.iter().map(|one| one.share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
}

#[test]
fn the_sample_is_a_forecast() {
    let text = include_str!("../../../samples/forecast.toml");
    let expected = parse(text, TODAY).unwrap();
    assert_eq!(expected.providers.len(), 3);
}

#[test]
fn what_cannot_be_is_refused_with_its_name() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1), TODAY).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    check("2027-11-26", "2026-11-29", "lies before today (2026-11-30)");
    check("2027-11-26", "26.11.2027", "write it as 2027-11-26");
    check("2027-11-26", "2027-02-30", "not a date");
    check("growth = 0.35", "growth = -1", "`growth`: -1 is not possible");
    check("growth = 0.35", "growth = nan", "`growth`");
    check("spike_factor = 3", "spike_factor = 0.5", "`spike_factor`: 0.5");
    check("spike_factor = 3", "spike_factor = 3\nmargin = 0.9", "`margin`: 0.9");
    check(
        "spike_factor = 3",
        "spike_factor = 3\nmargin = 1.2",
        "`margin_reason`: must say why a margin of 1.2 is enough",
    );
    check("spike_factor = 3", "spike_factor = 3\noutage_minutes = 5000", "`outage_minutes`");
    check("spike_factor = 3", "spike_factor = 3\nday_shape = [1, 2]", "24 numbers");
    check("baseline_per_min = 1000", "baseline_per_min = -1", "`providers.stripe.baseline_per_min`: -1");
    check("baseline_per_min = 1000", "baseline_per_min = inf", "`providers.stripe.baseline_per_min`");
    check("[providers.square]", "[providers.adyen]", "`providers.adyen`: no such provider; there are stripe");
    check("growth = 0\n", "growth = -1.5\n", "`providers.square.growth`");
    check("growth = 0.35\n", "growth = 0.35\nseason = 1\n", "season");
    check("growth = 0.35\n", "", "missing field `growth`");
    let last = "growth = 0\nspike_factor = 2\n";
    check(last, "[traffic]\nforged = 0.6\nduplicates = 0.4\n", "room for new webhooks");
    check(last, "[objective]\nack_p99_ms = 60000\n", "504 after 29 s");
}

#[test]
fn a_forecast_of_nothing_is_refused() {
    let nothing = GOOD.replace("= 1000", "= 0").replace("= 500", "= 0");
    assert!(parse(&nothing, TODAY).unwrap_err().to_string().contains("1 to 100,000,000 a minute"));
}

#[test]
fn the_day_itself_is_not_past() {
    assert_eq!(parse(GOOD, date!(2027 - 11 - 26)).unwrap().days_ahead, 0);
    let margin = GOOD.replace(
        "growth = 0.35",
        "growth = 0.35\nmargin = 1.2\nmargin_reason = \"the contract caps the rate\"",
    );
    assert_eq!(parse(&margin, TODAY).unwrap().forecast.margin, 1.2);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = parse(&text, TODAY);
    }

    #[test]
    fn more_growth_is_never_less_traffic(growth in -0.9f64..10.0, more in 0.0f64..10.0, spike in 1.0f64..50.0) {
        let of = |growth: f64| {
            let text = GOOD.replace("growth = 0.35", &format!("growth = {growth:?}")).replace("spike_factor = 3", &format!("spike_factor = {spike:?}"));
            parse(&text, TODAY).unwrap().peak_per_min
        };
        prop_assert!(of(growth + more) >= of(growth));
    }
}

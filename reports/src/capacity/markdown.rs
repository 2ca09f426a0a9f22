//! `capacity.md`: the report for a pull request or a wiki: the answer first, then what it follows from.

use super::record::{Capacity, MeasuredRecovery, Readiness, Rule};
use crate::figures::{ABSENT, count, millis_or_dash, number, span};
use crate::markdown::{line, mark, row, table, text};

/// The text of `capacity.md`.
pub fn render(report: &Capacity) -> String {
    let mut out = String::with_capacity(8 * 1024);
    head(&mut out, report);
    rules(&mut out, report);
    forecast(&mut out, report);
    bottlenecks(&mut out, report);
    quotas(&mut out, report);
    concurrency(&mut out, report);
    latency(&mut out, report);
    cost(&mut out, report);
    recovery(&mut out, report);
    untested(&mut out, report);
    evidence(&mut out, report);
    out
}

/// Dollars, with cents below a hundred.
pub(super) fn dollars(amount: f64) -> String {
    match amount.abs() {
        size if size >= 100.0 => format!("{} $", number(amount.round())),
        size if size >= 0.005 || size == 0.0 => format!("{amount:.2} $"),
        _ => "< 0.01 $".to_owned(),
    }
}

/// A multiple, with two decimals: `1.62 ×`; never rounded up, because 0.999 is not enough.
pub(super) fn times(value: f64) -> String {
    let floor = (value * 100.0 + 1e-9).floor() / 100.0;
    if floor >= 100.0 { format!("{} ×", number(floor.floor())) } else { format!("{floor:.2} ×") }
}

pub(super) fn rate(value: f64) -> String {
    number(value.round())
}

fn head(out: &mut String, report: &Capacity) {
    let sign = match report.verdict {
        Readiness::Ready => "✅",
        Readiness::NotReady => "❌",
        Readiness::Unknown => "❔",
    };
    let forecast = &report.forecast;
    line(out, &format!("## {sign} {} for {}\n", report.verdict.word(), forecast.date));
    line(out, &format!("{}\n", text(&report.sentence)));
    for warning in &report.warnings {
        line(out, &format!("> ⚠️ {}\n", text(warning)));
    }
    table(
        out,
        &[
            "Forecast/min",
            "Proven on AWS/min",
            "Headroom",
            "At 150 %",
            "First bottleneck/min",
            "Month",
            "Busiest hour",
        ],
        7,
    );
    let or_dash = |value: Option<f64>, show: fn(f64) -> String| value.map_or_else(|| ABSENT.to_owned(), show);
    row(
        out,
        &[
            rate(forecast.peak_per_min),
            or_dash(report.headroom.proven.as_ref().map(|one| one.low_per_min), rate),
            or_dash(report.headroom.at_forecast, times),
            or_dash(report.headroom.at_drill, times),
            or_dash(report.bottlenecks.first().and_then(|one| one.limit_per_min), rate),
            dollars(report.cost.month),
            dollars(report.cost.peak_hour),
        ],
    );
    out.push('\n');
}

fn rules(out: &mut String, report: &Capacity) {
    line(out, "### What the answer follows from\n");
    table(out, &["", "Rule", "Evidence", "Next"], 0);
    for Rule { title, held, detail, next, .. } in &report.rules {
        row(out, &[mark(*held).to_owned(), text(title), text(detail), text(next)]);
    }
    out.push('\n');
}

fn forecast(out: &mut String, report: &Capacity) {
    let forecast = &report.forecast;
    line(out, "### Forecast\n");
    table(out, &["Provider", "Now/min", "Ordinary/min then", "Peak/min", "Share"], 4);
    for one in &forecast.providers {
        let share = format!("{} %", number((one.share * 1_000.0).round() / 10.0));
        row(
            out,
            &[
                text(&one.provider),
                rate(one.baseline_per_min),
                rate(one.ordinary_per_min),
                rate(one.peak_per_min),
                share,
            ],
        );
    }
    line(
        out,
        &format!(
            "\n{}, {} days from {}.\n",
            forecast.date,
            count(forecast.days_ahead.unsigned_abs()),
            report.today
        ),
    );
}

fn bottlenecks(out: &mut String, report: &Capacity) {
    line(out, "### What ends first\n");
    table(out, &["", "Limit", "Webhooks/min", "Of the forecast", "Then"], 0);
    for (index, one) in report.bottlenecks.iter().enumerate() {
        let limit = one.limit_per_min.map_or_else(|| "beyond 100,000,000".to_owned(), rate);
        let of = one.of_forecast.map_or_else(|| ABSENT.to_owned(), times);
        row(
            out,
            &[
                (index + 1).to_string(),
                format!("{} ({})", text(&one.what), one.basis),
                limit,
                of,
                text(one.then),
            ],
        );
    }
    out.push('\n');
}

fn quotas(out: &mut String, report: &Capacity) {
    line(out, &format!("### Quotas and settings, as of {}\n", report.quotas_date));
    table(out, &["Limit", "Current", "At forecast", "At 150 %", "Margin", "Raise to", "How"], 0);
    for one in &report.quotas {
        let margin = format!("{} %", number((one.margin * 100.0).floor()));
        let raise = one.raise_to.map_or_else(|| ABSENT.to_owned(), number);
        let how = if one.margin < 0.0 { text(&one.raise) } else { String::new() };
        row(
            out,
            &[
                text(&one.title),
                number(one.current),
                number(one.need.ceil()),
                number(one.need_at_drill.ceil()),
                margin,
                raise,
                how,
            ],
        );
    }
    out.push('\n');
}

fn concurrency(out: &mut String, report: &Capacity) {
    line(out, "### Lambda concurrency by Little's law\n");
    table(
        out,
        &["Function", "A second", "Measured", "Assumed on AWS", "Mean at once", "Enough", "At 150 %", "By"],
        6,
    );
    for one in &report.concurrency {
        row(
            out,
            &[
                text(&one.function),
                number(one.per_s),
                millis_or_dash(one.measured_ms),
                millis_or_dash(Some(one.assumed_ms)),
                number(one.mean),
                number(one.enough),
                number(one.enough_at_drill),
                if one.measured_by.is_empty() { "not measured".to_owned() } else { text(&one.measured_by) },
            ],
        );
    }
    line(out, "\nThe longer duration counts, unless AWS's own was measured.\n");
}

fn latency(out: &mut String, report: &Capacity) {
    if report.trials.is_empty() {
        return;
    }
    line(out, "<details><summary>Latency against rate</summary>\n");
    table(out, &["", "Offered/min", "Reached/min", "p50", "p99", "Run", "Seed"], 0);
    for one in &report.trials {
        row(
            out,
            &[
                mark(one.held).to_owned(),
                rate(one.offered_per_min),
                rate(one.achieved_per_min),
                millis_or_dash(one.ack_p50_ms),
                millis_or_dash(one.ack_p99_ms),
                text(&one.run),
                one.seed.to_string(),
            ],
        );
    }
    if let Some(knee) = &report.knee {
        let p99 = millis_or_dash(Some(knee.ack_p99_ms));
        line(
            out,
            &format!(
                "\nKnee: {} a minute, p99 {p99}: {} (search {}, seed {}).",
                rate(knee.rate_per_min),
                text(&knee.cause),
                text(&knee.run),
                knee.seed
            ),
        );
    }
    line(out, "\n</details>\n");
}

fn cost(out: &mut String, report: &Capacity) {
    let cost = &report.cost;
    line(
        out,
        &format!(
            "### Cost: {} a month, {} in the busiest hour\n",
            dollars(cost.month),
            dollars(cost.peak_hour)
        ),
    );
    table(out, &["Line", "In a month", "Month", "Busiest hour"], 0);
    for one in &cost.lines {
        row(out, &[text(one.what), text(&one.amount), dollars(one.month), dollars(one.peak_hour)]);
    }
    let of = format!(
        "{} webhooks a month; list prices of {} as of {}",
        number(cost.month_webhooks.round()),
        text(&cost.region),
        text(&cost.prices_date)
    );
    line(
        out,
        &format!("\n{of}, no free tier. Not in it: storage, transfer, and what the deployment costs idle.\n"),
    );
    line(out, "What would make it cheaper:\n");
    for one in &cost.savings {
        line(
            out,
            &format!("- {}: **{} a month** less; but {}", text(&one.what), dollars(one.month), text(one.but)),
        );
    }
    out.push('\n');
}

fn recovery(out: &mut String, report: &Capacity) {
    let recovery = &report.recovery;
    line(out, &format!("### After an outage of {} minutes\n", number(recovery.outage_min)));
    table(out, &["While", "Webhooks/min", "Waiting at its end", "Worked off after"], 3);
    for one in &recovery.cases {
        let after = one.drained_min.map_or_else(
            || "never, while that lasts".to_owned(),
            |minutes| format!("{} min", number((minutes * 10.0).ceil() / 10.0)),
        );
        row(out, &[text(one.when), rate(one.rate_per_min), rate(one.backlog), after]);
    }
    line(out, &format!("\nComputed. {}\n", text(&recovery_words(report))));
    if recovery.measured.is_empty() {
        line(out, "Not measured.\n");
    }
    for one in &recovery.measured {
        line(out, &format!("- Measured. {}", text(&measured_words(one))));
    }
    if !recovery.measured.is_empty() {
        out.push('\n');
    }
}

/// An outage that a run went through, in a sentence.
pub(super) fn measured_words(one: &MeasuredRecovery) -> String {
    let recovered = one.recovered_s.map_or_else(
        || "it did not recover".to_owned(),
        |seconds| format!("recovered {} after its end", span(seconds)),
    );
    let schedule = if one.time_compression > 1.0 {
        format!(", providers' schedules {} times as fast", number(one.time_compression))
    } else {
        String::new()
    };
    format!(
        "An outage of {} at {} a minute on {}: {} events waited, {recovered}{schedule} (run {}, seed {}).",
        span(one.outage_s),
        rate(one.rate_per_min),
        one.target,
        count(one.backlog),
        one.run,
        one.seed
    )
}

/// What the computation rests on, and what it leaves out.
pub(super) fn recovery_words(report: &Capacity) -> String {
    let recovery = &report.recovery;
    let limit = recovery
        .limit_per_min
        .map_or_else(|| "an unknown rate".to_owned(), |limit| format!("{} a minute", rate(limit)));
    format!(
        "At {limit} ({}), if everything that failed came at once. It does not: providers send again by schedules of their own. \
         Square's longest wait by then is {} minutes; Stripe and PayPal try for three days and publish no times.",
        recovery.limit_of,
        number(recovery.square_wait_min)
    )
}

fn untested(out: &mut String, report: &Capacity) {
    if report.untested.is_empty() {
        return;
    }
    line(out, "### Not tested\n");
    for one in &report.untested {
        line(out, &format!("- **{}**: {}. `{}`", text(&one.what), text(one.why), one.how.replace('`', "'")));
    }
    out.push('\n');
}

fn evidence(out: &mut String, report: &Capacity) {
    line(out, "### Evidence\n");
    if report.evidence.is_empty() {
        line(out, "None was given.");
        return;
    }
    table(
        out,
        &["", "Run", "Seed", "Target", "Plan", "Build", "Processors", "Highest rate/min", "Verdict", "Day"],
        0,
    );
    for one in &report.evidence {
        row(
            out,
            &[
                one.kind.to_owned(),
                text(&one.run),
                one.seed.to_string(),
                text(&one.target),
                text(&one.plan),
                text(&one.build_profile),
                one.cpus.to_string(),
                rate(one.rate_per_min),
                format!("{:?}", one.verdict).to_lowercase(),
                match one.age_days {
                    Some(days) => format!("{}, {days} days ago", one.day),
                    None => ABSENT.to_owned(),
                },
            ],
        );
    }
}

//! `capacity.html`: one file that needs nothing else. The answer and the numbers people quote first, then the pictures, then the tables.

use maud::{Markup, html};

use super::markdown::{dollars, measured_words, rate, recovery_words, times};
use super::record::{Capacity, Readiness, Rule};
use crate::figures::{ABSENT, count, millis_or_dash, number, share};
use crate::html::{banner, card, judged, page, tile};
use crate::plot::{Line, LineChart, Mark, Marks, Rung, decades, ladder, log, marked_chart, upright};

/// The text of `capacity.html`.
pub fn render(report: &Capacity) -> String {
    let forecast = &report.forecast;
    let title = format!("{} for {} · Capacity · Peakproof", report.verdict.word(), forecast.date);
    let head = html! {
        p.brand { "Peakproof" }
        h1 { "Capacity for " (forecast.date) }
        p.sub { (rate(forecast.peak_per_min)) " webhooks a minute expected · " (count(forecast.days_ahead.unsigned_abs())) " days from " (report.today) }
    };
    let main = html! {
        (verdict(report))
        (key_numbers(report))
        div.pair { (limits_plot(report)) (latency_plot(report)) }
        (rules(report))
        (bottlenecks(report))
        (quotas(report))
        (concurrency(report))
        div.pair { (cost(report)) (savings(report)) }
        div.pair { (recovery(report)) (forecast_card(report)) }
        (untested(report))
        (evidence(report))
    };
    let footer = format!(
        "Drawn from capacity.json alone by Peakproof {}. Prices of {}, quotas of {}.",
        report.tool_version, report.cost.prices_date, report.quotas_date
    );
    page(&title, &head, &main, &footer)
}

fn verdict(report: &Capacity) -> Markup {
    let held = match report.verdict {
        Readiness::Ready => Some(true),
        Readiness::NotReady => Some(false),
        Readiness::Unknown => None,
    };
    let details = html! { @for warning in &report.warnings { p.detail { (warning) } } };
    banner(held, report.verdict.word(), &html! { (report.sentence) }, &details)
}

fn key_numbers(report: &Capacity) -> Markup {
    let headroom = &report.headroom;
    let dash = || ABSENT.to_owned();
    let proven = headroom.proven.as_ref();
    let first = report.bottlenecks.first();
    let short = |value: Option<f64>| value.is_some_and(|value| value < 1.0);
    let peak = report.forecast.peak_per_min;
    let raised = report.quotas.iter().filter(|line| line.margin < 0.0).count();
    html! {
        ul.tiles aria-label="Key numbers" {
            (tile("Forecast a minute", &rate(report.forecast.peak_per_min), "the busiest minute", false))
            (tile("Proven on AWS", &proven.map_or_else(dash, |one| rate(one.low_per_min)), &proven.map_or_else(|| "no search on AWS".to_owned(), |one| format!("seed {}", one.seed)), short(headroom.at_forecast)))
            (tile("Headroom", &headroom.at_forecast.map_or_else(dash, times), &format!("of {} a minute", rate(peak)), short(headroom.at_forecast)))
            (tile("At 150 %", &headroom.at_drill.map_or_else(dash, times), &format!("of {} a minute", rate(peak * 1.5)), short(headroom.at_drill)))
            (tile("First bottleneck", &first.and_then(|one| one.limit_per_min).map_or_else(dash, rate), first.map_or("", |one| if one.basis == "measured" { "a minute, measured" } else { "a minute, by quotas" }), short(first.and_then(|one| one.of_forecast))))
            (tile("Limits too low", &raised.to_string(), "at 150 %", raised > 0))
            (tile("A month", &dollars(report.cost.month), "at list prices", false))
        }
    }
}

fn rules(report: &Capacity) -> Markup {
    let content = html! {
        div.scroll { table.rules {
            thead { tr { th { "Rule" } th { "Holds" } } }
            tbody {
                @for Rule { name, title, held, detail, next } in &report.rules {
                    tr id={ "rule-" (name) } {
                        td {
                            (title)
                            span.why { (detail) }
                            @if !next.is_empty() { span.why { strong { "Next: " } (next) } }
                        }
                        td { (judged(*held, ["yes", "no", "cannot be told"])) }
                    }
                }
            }
        } }
    };
    card(
        "rules",
        "What the answer follows from",
        "Ready: all hold. Not ready: one does not. Unknown: one cannot be told.",
        content,
    )
}

/// Limits by rising rate, with the forecast and 150 % across.
fn limits_plot(report: &Capacity) -> Markup {
    const MOST: usize = 9;
    let peak = report.forecast.peak_per_min;
    let shown = &report.bottlenecks[..report.bottlenecks.len().min(MOST)];
    let ends = shown.iter().filter_map(|one| one.limit_per_min).chain([peak, peak * 1.5]);
    let (low, high) = ends.fold((f64::MAX, 0.0f64), |(low, high), end| (low.min(end), high.max(end)));
    let rungs: Vec<Rung> = shown
        .iter()
        .map(|one| Rung {
            class: match one.of_forecast {
                Some(of) if of < 1.0 => "s2",
                Some(of) if of < 1.5 => "s5",
                _ => "s1",
            },
            name: shortened(&one.what),
            value: one.limit_per_min.map_or_else(|| "no end in sight".to_owned(), rate),
            to: one.limit_per_min,
        })
        .collect();
    let marks = [
        Mark { at: peak, name: format!("forecast {}", rate(peak)) },
        Mark { at: peak * 1.5, name: format!("150 %: {}", rate(peak * 1.5)) },
    ];
    let words = shown.first().map(|one| format!("First: {}.", one.what)).unwrap_or_default();
    let content = ladder(
        "limits-plot",
        "Limits in webhooks a minute",
        &words,
        &decades(low / 2.0, high),
        &rungs,
        &marks,
    );
    card(
        "limits",
        "What ends first",
        "Webhooks a minute in the forecast's mix at which each limit is used up; lowest first.",
        content,
    )
}

/// The name of a limit without its explanation.
fn shortened(name: &str) -> String {
    const MOST: usize = 46;
    let name = name.split(" (run ").next().unwrap_or(name);
    if name.chars().count() <= MOST {
        name.to_owned()
    } else {
        name.chars().take(MOST - 1).chain(['…']).collect()
    }
}

fn latency_plot(report: &Capacity) -> Markup {
    let values = report.trials.iter().flat_map(|one| [one.ack_p50_ms, one.ack_p99_ms]).flatten();
    let Some((low, high)) = values.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    }) else {
        let nothing = html! { p.empty { "No search was given: nothing is known of latency by rate." } };
        return card("latency", "Latency against rate", "", nothing);
    };
    let line = |class, name, of: fn(&super::record::TrialPoint) -> Option<f64>| Line {
        class,
        name,
        value: report
            .trials
            .iter()
            .rev()
            .find_map(of)
            .map(|value| millis_or_dash(Some(value)))
            .unwrap_or_default(),
        points: report.trials.iter().map(|one| of(one).map(|value| (one.offered_per_min, value))).collect(),
    };
    let found = report.headroom.proven.as_ref().or(report.headroom.elsewhere.as_ref());
    let highest = report.trials.iter().map(|one| one.offered_per_min).fold(0.0, f64::max);
    let peak = report.forecast.peak_per_min;
    // A forecast far from what was tried would press the trials to the edge.
    let axis = upright(if peak <= highest * 2.0 { highest.max(peak) } else { highest } * 1.05);
    let mut upright_lines = vec![Mark { at: peak, name: format!("forecast {}", rate(peak)) }];
    if let Some(knee) = &report.knee {
        upright_lines.push(Mark { at: knee.rate_per_min, name: format!("knee {}", rate(knee.rate_per_min)) });
    }
    let marks = Marks {
        upright: upright_lines,
        band: found.and_then(|one| Some((one.low_per_min, one.high_per_min?))),
        points: true,
    };
    let limit = report.forecast.ack_p99_ms;
    let chart = LineChart {
        id: "latency-plot",
        title: "Acknowledgement latency by rate",
        description: report.knee.as_ref().map_or_else(
            || {
                format!(
                    "{} rates up to {} a minute; no knee within them.",
                    report.trials.len(),
                    rate(highest)
                )
            },
            |knee| {
                format!(
                    "{} rates up to {} a minute; knee at {}.",
                    report.trials.len(),
                    rate(highest),
                    rate(knee.rate_per_min)
                )
            },
        ),
        height: 300.0,
        x: axis,
        y: log(low, high.max(limit)),
        lines: vec![line("s1", "p50", |one| one.ack_p50_ms), line("s2", "p99", |one| one.ack_p99_ms)],
        limit: Some((limit, format!("limit {}", millis_or_dash(Some(limit))))),
    };
    let content = html! {
        (marked_chart(&chart, &marks))
        @if let Some(knee) = &report.knee {
            p.after { "Knee at " (rate(knee.rate_per_min)) " a minute, p99 " (millis_or_dash(Some(knee.ack_p99_ms))) ": " (knee.cause) "." }
        }
        @if let Some(found) = found {
            p.after { "Search " (found.run) ", seed " (found.seed) ", on " (found.target) ", " (found.cpus) " processors." }
        }
    };
    let note =
        "Acknowledgement by webhooks offered a minute; a dot is a trial. The shaded part holds the limit.";
    card("latency", "Latency against rate", note, content)
}

fn bottlenecks(report: &Capacity) -> Markup {
    let content = html! {
        div.scroll { table.wide {
            thead { tr { th { "Limit" } th.n { "Webhooks a minute" } th.n { "Of the forecast" } th { "From" } th { "What happens there" } } }
            tbody {
                @for one in &report.bottlenecks {
                    tr {
                        td { (one.what) }
                        td.n { (one.limit_per_min.map_or_else(|| "no end".to_owned(), rate)) }
                        td.n.bad[one.of_forecast.is_some_and(|of| of < 1.0)] { (one.of_forecast.map_or_else(|| ABSENT.to_owned(), times)) }
                        td.whole { (one.basis) }
                        td { (one.then) }
                    }
                }
            }
        } }
        @if let Some(one) = &report.headroom.elsewhere {
            p.after {
                "Not in this list: the limit of the software on another machine. Search " (one.run) ", seed " (one.seed) ", on "
                (one.target) " with " (one.cpus) " processors held " (rate(one.low_per_min)) " a minute."
            }
        }
    };
    card(
        "bottlenecks",
        "Bottlenecks",
        "The first is what ends first. A model's row is a quota or setting, and what a webhook takes of it.",
        content,
    )
}

fn quotas(report: &Capacity) -> Markup {
    let content = html! {
        div.scroll { table.wide {
            thead { tr { th { "Limit" } th.n { "Current" } th.n { "Forecast" } th.n { "150 %" } th.n { "Margin" } th.n { "Raise to" } } }
            tbody {
                @for one in &report.quotas {
                    tr {
                        td {
                            (one.title)
                            @if one.margin < 0.0 {
                                span.why { (one.raise) @if let Some(to) = one.raise_to { " " (plain(to, &one.raise)) } }
                            }
                        }
                        td.n { (number(one.current)) }
                        td.n.bad[one.need > one.current] { (number(one.need.ceil())) }
                        td.n.bad[one.need_at_drill > one.current] { (number(one.need_at_drill.ceil())) }
                        td.n.bad[one.margin < 0.0] { (number((one.margin * 100.0).floor())) " %" }
                        td.n { @match one.raise_to { Some(to) => strong { (number(to)) }, None => span.nil { (ABSENT) } } }
                    }
                }
            }
        } }
    };
    let note = format!(
        "As of {}. Margin: what is left at 150 % of the forecast. An account's own quotas may be lower: give them with --quotas.",
        report.quotas_date
    );
    card("quotas", "Quotas and settings", &note, content)
}

/// The value where the way to raise a limit is a command that ends with it.
fn plain(to: f64, raise: &str) -> String {
    if raise.ends_with("--desired-value") { format!("{to:.0}") } else { String::new() }
}

fn concurrency(report: &Capacity) -> Markup {
    let content = html! {
        div.scroll { table.wide {
            thead { tr {
                th { "Function" } th.n { "A second" } th.n { "Measured" } th.n { "Assumed" } th.n { "Mean" } th.n { "Enough" } th.n { "At 150 %" }
            } }
            tbody {
                @for one in &report.concurrency {
                    tr {
                        td {
                            (one.function)
                            span.why { @if one.measured_by.is_empty() { "not measured" } @else { (one.measured_by) } }
                        }
                        td.n { (number(one.per_s)) }
                        td.n { (millis_or_dash(one.measured_ms)) }
                        td.n { (millis_or_dash(Some(one.assumed_ms))) }
                        td.n { (number(one.mean)) }
                        td.n { strong { (number(one.enough)) } }
                        td.n { (number(one.enough_at_drill)) }
                    }
                }
            }
        } }
    };
    let note = "Little's law: rate × duration. The longer duration counts, because the embedded cloud's stores are near; AWS's own, once \
                measured, counts alone. Enough: three standard deviations above the mean, and an environment for every ten synchronous requests a second.";
    card("concurrency", "Lambda concurrency at the forecast", note, content)
}

fn cost(report: &Capacity) -> Markup {
    let cost = &report.cost;
    let content = html! {
        div.scroll { table {
            thead { tr { th { "Line" } th.n { "Month" } th.n { "Busiest hour" } } }
            tbody {
                @for one in &cost.lines {
                    tr {
                        td { (one.what) span.why { (one.amount) } }
                        td.n { (dollars(one.month)) }
                        td.n { (dollars(one.peak_hour)) }
                    }
                }
                tr { td { strong { "Together" } } td.n { strong { (dollars(cost.month)) } } td.n { strong { (dollars(cost.peak_hour)) } } }
            }
        } }
    };
    let note = format!(
        "{} webhooks in an ordinary month after the growth. List prices of {} as of {}, no free tier; without storage, transfer, and what is paid idle.",
        number(cost.month_webhooks.round()),
        cost.region,
        cost.prices_date
    );
    card("cost", "Cost", &note, content)
}

fn savings(report: &Capacity) -> Markup {
    let content = html! {
        div.scroll { table {
            thead { tr { th { "Change" } th.n { "Less a month" } } }
            tbody {
                @for one in &report.cost.savings {
                    tr { td { (one.what) span.why { "But: " (one.but) "." } } td.n { (dollars(one.month)) } }
                }
            }
        } }
    };
    card(
        "savings",
        "What would make it cheaper",
        "Each alone, by the same model with that one thing changed.",
        content,
    )
}

fn recovery(report: &Capacity) -> Markup {
    let recovery = &report.recovery;
    let content = html! {
        dl.facts {
            @for one in &recovery.cases {
                dt { "While " (one.when) }
                dd {
                    (rate(one.backlog)) " wait at its end; "
                    @match one.drained_min {
                        Some(minutes) => { "worked off after " strong { (number((minutes * 10.0).ceil() / 10.0)) " min" } }
                        None => span.flag { "never worked off while that lasts" }
                    }
                }
            }
        }
        p.after { "Computed. " (recovery_words(report)) }
        @if recovery.measured.is_empty() { p.after { "Not measured." } }
        @for one in &recovery.measured { p.after { strong { "Measured. " } (measured_words(one)) } }
    };
    card(
        "recovery",
        &format!("After an outage of {} minutes", number(recovery.outage_min)),
        "What has piled up, and how fast the spare capacity works it off.",
        content,
    )
}

fn forecast_card(report: &Capacity) -> Markup {
    let forecast = &report.forecast;
    let content = html! {
        div.scroll { table {
            thead { tr { th { "Provider" } th.n { "Now" } th.n { "Ordinary" } th.n { "Peak" } th.n { "Share" } } }
            tbody {
                @for one in &forecast.providers {
                    tr {
                        td { (one.provider) }
                        td.n { (rate(one.baseline_per_min)) }
                        td.n { (rate(one.ordinary_per_min)) }
                        td.n { (rate(one.peak_per_min)) }
                        td.n { (number((one.share * 1_000.0).round() / 10.0)) " %" }
                    }
                }
                tr {
                    td { strong { "Together" } }
                    td.n { (rate(forecast.providers.iter().map(|one| one.baseline_per_min).sum())) }
                    td.n { (rate(forecast.ordinary_per_min)) }
                    td.n { strong { (rate(forecast.peak_per_min)) } }
                    td.n { "100 %" }
                }
            }
        } }
        p.after {
            "To be proven: " (number(forecast.margin)) " times the peak, " (rate(forecast.required_per_min)) " a minute, p99 below "
            (millis_or_dash(Some(forecast.ack_p99_ms))) ", " (share(forecast.availability)) " acknowledged."
        }
    };
    card(
        "forecast",
        "Forecast",
        "Webhooks a minute: now, in an ordinary minute by then, in the busiest minute.",
        content,
    )
}

fn untested(report: &Capacity) -> Markup {
    let content = html! {
        @if report.untested.is_empty() { p.empty { "Nothing of what the report looks for." } }
        @else {
            ol.findings {
                @for one in &report.untested {
                    li.open {
                        p.what { (one.what) }
                        dl {
                            dt { "Why" } dd { (one.why) }
                            dt { "How" } dd { code { (one.how) } }
                        }
                    }
                }
            }
        }
    };
    card("untested", "Not tested", "By the evidence below.", content)
}

fn evidence(report: &Capacity) -> Markup {
    let content = html! {
        @if report.evidence.is_empty() { p.empty { "None was given." } }
        @else {
            div.scroll { table.wide {
                thead { tr { th { "Run" } th.n { "Seed" } th { "Target" } th { "Plan" } th { "Build" } th.n { "Processors" } th.n { "Highest rate" } th { "Verdict" } th { "Age" } } }
                tbody {
                    @for one in &report.evidence {
                        tr {
                            td { (one.kind) " " (one.run) }
                            td.n { (one.seed) }
                            td { (one.target) }
                            td { (one.plan) }
                            td { (one.build_profile) }
                            td.n { (one.cpus) }
                            td.n { (rate(one.rate_per_min)) }
                            td { (format!("{:?}", one.verdict).to_lowercase()) }
                            td { @match one.age_days { Some(days) => { (days) " days" } None => (ABSENT) } }
                        }
                    }
                }
            } }
        }
    };
    card("evidence", "Evidence", "Every measured number above is of one of these.", content)
}

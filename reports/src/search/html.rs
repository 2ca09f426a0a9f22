//! `search.html`: one file that needs nothing else, in the look of every report.

use maud::{Markup, html};

use super::{Search, Trial, Verdict, charts, highest_held, sentence, word};
use crate::figures::{ABSENT, count, millis, millis_or_dash, number, share, span};
use crate::html::{banner, build_note, card, finding_list, judged, page, tile};

/// The text of `search.html`.
#[must_use]
pub fn render(search: &Search) -> String {
    let held = match search.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Unknown => None,
    };
    let main = html! {
        (banner(held, word(search.verdict), &html! { (sentence(search)) }, &build_note(&search.build_profile)))
        (key_numbers(search))
        (finding_list(&search.findings))
        div.pair {
            (charts::latency_by_rate(search))
            (charts::throughput_by_in_flight(search))
        }
        (trials(search))
        div.pair {
            (law(search))
            (how(search))
        }
    };
    let title = format!("{} · search on {} · Peakproof", word(search.verdict), search.target);
    let footer = format!("Drawn from search.json alone by Peakproof {}. Times are UTC.", search.tool_version);
    page(&title, &head(search), &main, &footer)
}

fn head(search: &Search) -> Markup {
    html! {
        p.brand { "Peakproof" }
        h1 { "Search for the limit of " (search.target) }
        p.sub {
            (search.started_at.replace('T', " ").trim_end_matches('Z')) " UTC · plan " (search.plan.name)
            " · seed " (search.seed)
            @if search.build_profile != "release" { " · " span.flag { (search.build_profile) " build" } }
        }
    }
}

fn key_numbers(search: &Search) -> Markup {
    let rate = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| number(value.round()));
    let limit = search.limit.as_ref();
    let interval = limit.map_or_else(
        || "not told".to_owned(),
        |limit| {
            format!(
                "{:.0} %: {} to {}",
                limit.confidence * 100.0,
                number(limit.low_per_min),
                number(limit.high_per_min)
            )
        },
    );
    let knee = search.knee.as_ref();
    let knee_sub = knee.map_or_else(
        || "outside of what was tried".to_owned(),
        |knee| format!("p99 {} there", millis(knee.ack_p99_ms)),
    );
    let peak = search.law.as_ref().and_then(|law| law.peak_per_min);
    let holes = search.trials.iter().filter(|trial| !trial.hole.is_empty()).count();
    html! {
        ul.tiles aria-label="Key numbers" {
            (tile("Limit, webhooks a minute", &rate(limit.map(|limit| limit.rate_per_min)), &interval, false))
            (tile("Highest that held", &rate(highest_held(search)), "a minute, in one trial or more", false))
            (tile("Knee", &rate(knee.map(|knee| knee.rate_per_min)), &knee_sub, false))
            (tile("Most by the law", &rate(peak), "a minute, whatever is offered", false))
            (tile("Trials", &count(search.trials.len() as u64), "each with a record of its own", false))
            (tile("Ledgers with a hole", &count(holes as u64), "must be 0 at every rate", holes > 0))
        }
    }
}

fn trials(search: &Search) -> Markup {
    let note = "In the order in which they were run. p99 is of acknowledgements, from the intended send time; drained: until every store \
                was quiet after the last delivery. Cores are of everything on the generator's machine, and of the generator alone.";
    let content = html! {
        @if search.trials.is_empty() { p.empty { "No trial was run." } }
        @else {
            div.scroll { table.wide.trials {
                thead { tr {
                    th.n { "#" } th.n { "Offered/min" } th.n { "Reached" } th { "Held" } th.n { "p50" } th.n { "p99" } th.n { "Drained" }
                    th.n { "Under way" } th.n { "Cores" } th.n { "Scheduling lag" } th { "Why" }
                } }
                tbody { @for trial in &search.trials { (row(trial)) } }
            } }
        }
    };
    card("trials", "Trials", note, content)
}

fn row(trial: &Trial) -> Markup {
    let generator = &trial.generator;
    let cores = match (generator.cpu_cores, generator.own_cpu_cores) {
        (Some(all), Some(own)) => format!("{} ({})", number(all), number(own)),
        (Some(all), None) => number(all),
        (None, _) => ABSENT.to_owned(),
    };
    html! {
        tr {
            td.n { (trial.number) }
            td.n { (number(trial.offered_per_min)) }
            td.n { (number(trial.achieved_per_min.round())) }
            td { (judged(trial.held, ["held", "broke", "open"])) }
            td.n { (millis_or_dash(trial.ack_p50_ms)) }
            td.n { (millis_or_dash(trial.ack_p99_ms)) }
            td.n { (span(trial.drain_s)) }
            td.n { (number(trial.in_flight)) }
            td.n { (cores) }
            td.n { (millis_or_dash(generator.scheduling_lag_p99_ms)) }
            td.bad[!trial.hole.is_empty()] {
                @if trial.hole.is_empty() { (trial.why) } @else { "ledger: " (trial.hole) }
            }
        }
    }
}

fn law(search: &Search) -> Markup {
    let note = "X(N) = λN / (1 + σ(N−1) + κN(N−1)) after Gunther: N deliveries under way, X done a second.";
    let content = html! {
        @match &search.law {
            None => p.empty { "Too few different trials to fit it." },
            Some(law) => dl.facts {
                dt { "λ, one alone" } dd { (number(law.lambda_per_s)) " a second" }
                dt { "σ, in line" } dd { (share(law.sigma)) }
                dt { "κ, keeping together" } dd { (format!("{:.6}", law.kappa)) }
                dt { "Explains" } dd { (share(law.r_squared.max(0.0))) " of the variation" }
                dt { "Most under way" }
                dd { @match law.peak_in_flight { Some(peak) => (number(peak.round())), None => "throughput only rises" } }
            },
        }
        @if let Some(knee) = &search.knee { p.after { "At the knee: " (knee.cause) "." } }
    };
    card("law", "Universal scalability law", note, content)
}

fn how(search: &Search) -> Markup {
    let objective = &search.objective;
    let content = html! {
        pre.command { code { (search.command) } }
        dl.facts {
            dt { "Objective" }
            dd {
                "p99 acknowledgement below " (millis(objective.ack_p99_ms)) ", at least " (share(objective.availability))
                " acknowledged, at least " (share(objective.rate_share)) " of the rate reached, and the ledger closes"
            }
            dt { "Machine" } dd { (search.host.cpus) " processors, " (search.host.os) }
            dt { "Users" } dd { (count(u64::from(search.users))) }
            dt { "Until" } dd { (search.finished_at.replace('T', " ").trim_end_matches('Z')) " UTC" }
        }
    };
    card("how", "How it was run", "", content)
}

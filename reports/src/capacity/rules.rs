//! The answer: what must be so for "ready", one rule each, and what follows from all of them.
//!
//! A rule that is broken makes it not ready. One that cannot be judged makes it unknown. Only a search on AWS with a release build can
//! prove a rate for AWS: the embedded cloud shows that nothing is lost, and what the software costs on the machine it ran on.

use super::demand::{Demand, PROCESSOR, validator};
use super::evidence::{AWS, Found};
use super::forecast::Expected;
use super::record::{Evidence, Headroom, QuotaLine, Readiness, Rule};
use crate::figures::{count, millis, number, share};
use crate::record::Verdict;

/// Evidence older than this says little of what is deployed.
const FRESH_DAYS: i64 = 90;

/// What the rules look at.
pub(super) struct Facts<'a> {
    pub(super) expected: &'a Expected,
    pub(super) found: &'a Found,
    pub(super) evidence: &'a [Evidence],
    pub(super) headroom: &'a Headroom,
    pub(super) quotas: &'a [QuotaLine],
    pub(super) demand: &'a Demand,
}

/// All rules.
pub(super) fn rules(facts: &Facts<'_>) -> Vec<Rule> {
    vec![
        search_on_aws(facts),
        proven(facts),
        objective(facts),
        ledger(facts),
        runs(facts),
        quotas(facts),
        durations(facts),
        providers(facts),
        release(facts),
        fresh(facts),
    ]
}

/// What follows.
pub(super) fn readiness(rules: &[Rule]) -> Readiness {
    if rules.iter().any(|rule| rule.held == Some(false)) {
        Readiness::NotReady
    } else if rules.is_empty() || rules.iter().any(|rule| rule.held.is_none()) {
        Readiness::Unknown
    } else {
        Readiness::Ready
    }
}

fn rule(name: &'static str, title: &str, held: Option<bool>, detail: String, next: &str) -> Rule {
    let next = if held == Some(true) { String::new() } else { next.to_owned() };
    Rule { name, title: title.to_owned(), held, detail, next }
}

fn search_on_aws(facts: &Facts<'_>) -> Rule {
    let (held, detail) = match &facts.found.search {
        None => (None, "there is no search".to_owned()),
        Some(search) if search.target != AWS => {
            let machine = format!(
                "search {}, seed {}: {} on {} processors",
                search.id, search.seed, search.target, search.host.cpus
            );
            (
                None,
                format!(
                    "{machine}. It shows that nothing is lost and what the software costs there, not what AWS takes"
                ),
            )
        }
        Some(search) if search.interrupted => {
            (None, format!("search {}, seed {}, was interrupted", search.id, search.seed))
        }
        Some(search) => {
            let held = match search.verdict {
                Verdict::Pass => Some(true),
                Verdict::Fail => Some(false),
                Verdict::Unknown => None,
            };
            let word = match search.verdict {
                Verdict::Pass => "passed",
                Verdict::Fail => "failed: the lowest rate broke the objective, or the ledger has a hole",
                Verdict::Unknown => "found no limit",
            };
            (held, format!("search {}, seed {}, {word}", search.id, search.seed))
        }
    };
    let next = "Search for the limit on AWS, in an account like production's: cargo run --release -p loadtest -- search --target aws --terraform-dir infra/terraform";
    rule("search_on_aws", "A search on AWS passed", held, detail, next)
}

fn proven(facts: &Facts<'_>) -> Rule {
    let expected = facts.expected;
    let margin = expected.forecast.margin;
    let required = expected.peak_per_min * margin;
    let needed = format!(
        "{} a minute are needed ({} × {})",
        number(required.round()),
        number(expected.peak_per_min.round()),
        number(margin)
    );
    let (held, detail) = match &facts.headroom.proven {
        None => (None, format!("{needed}; nothing is proven on AWS")),
        Some(proven) => {
            let held = if proven.low_per_min >= required {
                Some(true)
            } else if proven.high_per_min.is_some_and(|high| high < required) {
                Some(false)
            } else {
                None
            };
            let up_to = match proven.high_per_min {
                Some(high) => format!(
                    "the limit lies between {} and {}",
                    number(proven.low_per_min.round()),
                    number(high.round())
                ),
                None => format!("{} held, and no limit was found", number(proven.low_per_min.round())),
            };
            (held, format!("{needed}; {up_to} (search {}, seed {})", proven.run, proven.seed))
        }
    };
    let title = format!("At least {} times the forecast is proven on AWS", number(margin));
    let detail = match expected.forecast.margin_reason.trim() {
        "" => detail,
        reason => format!("{detail}. Why {} is enough: {reason}", number(margin)),
    };
    rule(
        "proven",
        &title,
        held,
        detail,
        "Raise the first bottleneck below, then search again; or lower the margin, and say why in forecast.toml",
    )
}

fn objective(facts: &Facts<'_>) -> Rule {
    let wanted = &facts.expected.forecast.objective;
    let title = format!(
        "The search held at least this: p99 below {}, {} acknowledged",
        millis(wanted.ack_p99_ms),
        share(wanted.availability)
    );
    let (held, detail) = match &facts.found.search {
        None => (None, "there is no search".to_owned()),
        Some(search) => {
            let had = &search.objective;
            let strict = had.ack_p99_ms <= wanted.ack_p99_ms && had.availability >= wanted.availability;
            let told = format!(
                "search {}, seed {}, held p99 below {} and {}",
                search.id,
                search.seed,
                millis(had.ack_p99_ms),
                share(had.availability)
            );
            (strict.then_some(true), told)
        }
    };
    rule("objective", &title, held, detail, "Search again with the forecast's objective")
}

fn ledger(facts: &Facts<'_>) -> Rule {
    let outcomes = facts.found.outcomes();
    let holes: Vec<String> = outcomes
        .iter()
        .filter_map(|(run, seed, out)| {
            let wrong = [
                (out.lost, "lost"),
                (out.duplicated, "doubled"),
                (out.forged_accepted, "forged and accepted"),
                (out.valid_rejected, "genuine and refused"),
            ];
            let wrong: Vec<String> = wrong
                .iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, what)| format!("{} {what}", count(*n)))
                .collect();
            (!wrong.is_empty()).then(|| format!("{} in run {run}, seed {seed}", wrong.join(", ")))
        })
        .collect();
    let stored = outcomes.iter().any(|(_, _, out)| out.stored > 0);
    let (held, detail) = match (holes.is_empty(), stored) {
        (false, _) => (Some(false), holes.join("; ")),
        (true, true) => (Some(true), format!("runs and trials without a hole: {}", outcomes.len())),
        (true, false) => (None, "no run looked into the stores".to_owned()),
    };
    rule(
        "ledger",
        "No run lost, doubled, let in a forged or refused a genuine webhook",
        held,
        detail,
        "Find the hole before anything else: the run's report names the events",
    )
}

/// Runs on AWS that failed at a rate that is needed. Elsewhere a rate that does not hold says something of the machine.
fn runs(facts: &Facts<'_>) -> Rule {
    let required = facts.expected.peak_per_min * facts.expected.forecast.margin;
    let failed: Vec<String> = facts
        .found
        .runs
        .iter()
        .filter(|run| run.target == AWS && run.verdict == Verdict::Fail && run.offered_per_min <= required)
        .map(|run| {
            format!(
                "run {}, seed {}, failed at {} a minute",
                run.id,
                run.seed,
                number(run.offered_per_min.round())
            )
        })
        .collect();
    let (held, detail) = if failed.is_empty() {
        (Some(true), format!("runs given: {}", facts.found.runs.len()))
    } else {
        (Some(false), failed.join("; "))
    };
    rule(
        "runs",
        "No run on AWS failed at a rate that is needed",
        held,
        detail,
        "Mend what that run's report names, and run it again",
    )
}

fn quotas(facts: &Facts<'_>) -> Rule {
    let required = facts.expected.peak_per_min * facts.expected.forecast.margin;
    let short: Vec<String> = facts
        .quotas
        .iter()
        .filter_map(|line| {
            let need = facts.demand.need(line.id, required);
            (need > line.current).then(|| {
                format!("{}: {} of {} {}", line.title, number(need.ceil()), number(line.current), line.unit)
            })
        })
        .collect();
    let (held, detail) = if short.is_empty() {
        (Some(true), format!("limits that suffice: {}", facts.quotas.len()))
    } else {
        (Some(false), short.join("; "))
    };
    let title = format!(
        "Every quota and setting suffices for {} times the forecast",
        number(facts.expected.forecast.margin)
    );
    rule("quotas", &title, held, detail, "Raise them as the table of quotas says; AWS takes days to answer")
}

fn durations(facts: &Facts<'_>) -> Rule {
    let functions =
        facts.expected.providers.iter().map(|one| validator(&one.name)).chain([PROCESSOR.to_owned()]);
    let missing: Vec<String> = functions.filter(|name| facts.found.function(name).is_none()).collect();
    let (held, detail) = if missing.is_empty() {
        (Some(true), "by the functions' own reports".to_owned())
    } else {
        (None, format!("not measured: {}", missing.join(", ")))
    };
    rule(
        "durations",
        "How long functions take was measured",
        held,
        detail,
        "Give a run of the embedded cloud with --run: its record holds the functions' durations",
    )
}

fn providers(facts: &Facts<'_>) -> Rule {
    let sent = |name: &str| {
        let in_mix =
            |mix: &std::collections::BTreeMap<String, f64>| mix.get(name).is_some_and(|share| *share > 0.0);
        facts.found.all_runs().any(|run| in_mix(&run.plan.mix))
            || facts.found.search.as_ref().is_some_and(|search| in_mix(&search.plan.mix))
    };
    let missing: Vec<&str> =
        facts.expected.providers.iter().map(|one| one.name.as_str()).filter(|name| !sent(name)).collect();
    let (held, detail) = if missing.is_empty() {
        (
            Some(true),
            facts.expected.providers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
        )
    } else {
        (None, format!("never sent: {}", missing.join(", ")))
    };
    rule(
        "providers",
        "Every provider of the forecast was sent",
        held,
        detail,
        "Run with --mix, on the embedded cloud where AWS does not trust the stand-in for PayPal",
    )
}

fn release(facts: &Facts<'_>) -> Rule {
    let debug: Vec<String> = facts
        .evidence
        .iter()
        .filter(|one| one.build_profile != "release")
        .map(|one| format!("{} {}, seed {}", one.kind, one.run, one.seed))
        .collect();
    let (held, detail) = match (facts.evidence.is_empty(), debug.is_empty()) {
        (true, _) => (None, "there is no evidence".to_owned()),
        (false, true) => (Some(true), "all of it".to_owned()),
        (false, false) => (None, format!("debug: {}", debug.join("; "))),
    };
    rule("release", "Evidence is of release builds", held, detail, "Run it again with cargo run --release")
}

fn fresh(facts: &Facts<'_>) -> Rule {
    let stale: Vec<String> = facts
        .evidence
        .iter()
        .filter(|one| !one.age_days.is_some_and(|days| (0..=FRESH_DAYS).contains(&days)))
        .map(|one| {
            let age = match one.age_days {
                Some(days) if days < 0 => "from a day to come".to_owned(),
                Some(days) => format!("{days} days old"),
                None => "of unknown age".to_owned(),
            };
            format!("{} {}, {age}", one.kind, one.run)
        })
        .collect();
    let (held, detail) = match (facts.evidence.is_empty(), stale.is_empty()) {
        (true, _) => (None, "there is no evidence".to_owned()),
        (false, true) => (Some(true), "all of it".to_owned()),
        (false, false) => (None, stale.join("; ")),
    };
    rule(
        "fresh",
        &format!("Evidence is at most {FRESH_DAYS} days old"),
        held,
        detail,
        "Run it again: what is deployed has changed since",
    )
}

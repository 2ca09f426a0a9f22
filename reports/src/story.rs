//! The run in two sentences: the verdict, and what broke first.

use crate::figures::{count, measured, millis, number, of_unit, span};
use crate::ledger::invariants;
use crate::record::{Run, Severity, Slo, Verdict};

/// The head of every report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    /// `Pass`, `Fail` or `No verdict`.
    pub(crate) word: &'static str,
    /// What the verdict means here, one sentence.
    pub(crate) sentence: String,
    /// What else to know at once: where the trouble started, the share of the run that was judged; may be empty.
    pub(crate) detail: String,
}

/// Tells a run.
pub(crate) fn tell(run: &Run) -> Story {
    match run.verdict {
        Verdict::Pass => Story { word: "Pass", sentence: all_held(run), detail: String::new() },
        Verdict::Fail => Story { word: "Fail", sentence: what_broke(run), detail: where_it_began(run) },
        Verdict::Unknown => Story { word: "No verdict", sentence: why_open(run), detail: how_much_ran(run) },
    }
}

/// The objective about the 99th percentile of acknowledgements, if the run has one.
pub(crate) fn ack_p99_slo(run: &Run) -> Option<&Slo> {
    run.slo.iter().find(|slo| slo.name.starts_with("ack_p99") && slo.unit == "ms")
}

/// The command that repeats the run.
pub(crate) fn command(run: &Run) -> String {
    if !run.command.is_empty() {
        return run.command.clone();
    }
    let profile = if run.build_profile == "release" { "--release " } else { "" };
    let rate = if run.plan.arrival == "max" { "max".to_owned() } else { plain(run.plan.rate_per_min) };
    format!(
        "cargo run {profile}-p loadtest -- --plan {} --target {} --users {} --rate {rate} --duration {} --seed {}",
        run.plan.name,
        run.target,
        run.users,
        plain(run.plan.duration_s),
        run.seed
    )
}

/// The rotation of the secrets, if there was one: whose, when, and how much was signed with the new ones.
pub fn rotation(run: &Run) -> Option<String> {
    let rotation = run.rotation.as_ref()?;
    let whose = rotation.providers.join(", ");
    let replaced = format!("secrets of {whose} replaced after {}", span(rotation.put_s));
    Some(match rotation.signed_from_s {
        None => format!("{replaced}; the run ended before anything was signed with the new ones"),
        Some(from_s) => format!(
            "{replaced}; signed with the new ones from {} on: {} genuine deliveries, {} genuine ones refused in the whole run",
            span(from_s),
            count(rotation.deliveries_after),
            count(run.outcome.valid_rejected)
        ),
    })
}

/// Which part of a run on many machines this is, or which parts it was put together from.
pub fn shards(run: &Run) -> Option<String> {
    if let Some(merged) = &run.merged_from {
        let runs = merged.runs.join(", ");
        let missing: Vec<String> = merged.missing.iter().map(u32::to_string).collect();
        let whole = if missing.is_empty() {
            format!("all {} shards", merged.of)
        } else {
            format!("{} of {} shards, without {}", merged.runs.len(), merged.of, missing.join(", "))
        };
        return Some(format!("{whole} of {}: {runs}", merged.group));
    }
    let shard = run.shard.as_ref()?;
    Some(format!("shard {} of {} of {}: merge all for the verdict", shard.number, shard.of, shard.group))
}

/// What the alarms said, if any are watched: in one sentence.
pub fn alarms(run: &Run) -> Option<String> {
    let alarms = run.alarms.as_ref()?;
    if let Some(trouble) = &alarms.trouble {
        return Some(format!("not read: {trouble}"));
    }
    let expected = alarms.expected.as_deref();
    let told = match expected.map(|name| (name, alarms.changed.iter().find(|one| one.name == name))) {
        None => "none was expected to go off".to_owned(),
        Some((name, None)) => {
            format!("the alarm {name} should have gone off, and there is no alarm of that name")
        }
        Some((name, Some(one))) => match (one.before.as_str(), one.after.as_str()) {
            ("ALARM", _) => format!("the alarm {name} should have gone off, and was in alarm before"),
            (_, "ALARM") => format!("the alarm {name} went off, as it should"),
            _ => {
                format!("the alarm {name} should have gone off, and did not within {}", span(alarms.waited_s))
            }
        },
    };
    let others = alarms.changed.iter().filter(|one| Some(one.name.as_str()) != expected);
    let others: Vec<String> =
        others.map(|one| format!("{} {} → {}", one.name, one.before, one.after)).collect();
    let rest = if others.is_empty() { "no other changed".to_owned() } else { others.join(", ") };
    Some(format!("{told}; {rest} ({} read)", count(alarms.read)))
}

/// Resident memory at the beginning and at the end, and how fast it grew over the second half, when all is warm.
pub(crate) fn memory(run: &Run) -> Option<String> {
    let points = &run.generator.rss_mb;
    let (first, last) = (points.first()?, points.last()?);
    let shown =
        format!("{} MiB at first, {} MiB at the end", number(first.1.round()), number(last.1.round()));
    let warm = &points[points.len() / 2..];
    Some(match growth_per_hour(warm) {
        Some(growth) => format!("{shown}; {} MiB an hour over the second half", number(growth.round())),
        None => shown,
    })
}

/// Slope of the least-squares line through (seconds, MiB), MiB an hour; absent with less than ten seconds between the ends, over
/// which a page more or less would be a leak.
fn growth_per_hour(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let (first, last) = (points.first()?, points.last()?);
    if last.0 - first.0 < 10.0 {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (at, memory) = (mean(|point| point.0), mean(|point| point.1));
    let together: f64 = points.iter().map(|point| (point.0 - at) * (point.1 - memory)).sum();
    let spread: f64 = points.iter().map(|point| (point.0 - at).powi(2)).sum();
    Some(together / spread * 3_600.0)
}

/// Debug builds say nothing about capacity, and the report must say so.
pub(crate) fn is_debug(run: &Run) -> bool {
    run.build_profile != "release"
}

fn plain(value: f64) -> String {
    number(value).replace(',', "")
}

fn all_held(run: &Run) -> String {
    let p99 = run
        .ack_latency_ms
        .p99
        .map_or_else(String::new, |p99| format!(", p99 acknowledgement {}", millis(p99)));
    format!(
        "{} webhooks a minute for {}: nothing lost, nothing doubled, no forgery accepted{p99}.",
        number(run.achieved_per_min.round()),
        span(run.duration_s)
    )
}

fn what_broke(run: &Run) -> String {
    if let Some(finding) = run.findings.iter().find(|finding| finding.severity == Severity::Error) {
        return ended(&finding.what);
    }
    if let Some(slo) = run.slo.iter().find(|slo| slo.ok == Some(false)) {
        let limit = of_unit(&slo.unit, slo.limit);
        return format!("“{}” does not hold: measured {}, limit {limit}.", slo.title, measured(slo));
    }
    invariants(run).into_iter().find(|one| one.held == Some(false)).map_or_else(
        || "The record names no cause.".to_owned(),
        |one| format!("“{}” does not hold: {}.", one.title, one.detail),
    )
}

/// The first second with error answers, the first one above the limit of p99 where that was missed, and how much
/// else is wrong.
fn where_it_began(run: &Run) -> String {
    let mut began = Vec::new();
    if let Some(second) = run.timeline.iter().find(|second| second.errors > 0) {
        began.push(format!(
            "The first errors came {} into the run: {} of the {} webhooks due in that second.",
            span(f64::from(second.t)),
            count(second.errors),
            count(second.sent)
        ));
    }
    if let Some(limit) = ack_p99_slo(run).filter(|slo| slo.ok == Some(false)).map(|slo| slo.limit)
        && let Some(second) = run.timeline.iter().find(|second| second.p99.is_some_and(|p99| p99 > limit))
    {
        began.push(format!(
            "Acknowledgements first took longer than {} after {}.",
            millis(limit),
            span(f64::from(second.t))
        ));
    }
    let missed = run.slo.iter().filter(|slo| slo.ok == Some(false)).count();
    if missed > 0 {
        began.push(format!("{missed} of {} objectives are missed.", run.slo.len()));
    }
    began.join(" ")
}

fn why_open(run: &Run) -> String {
    if run.interrupted {
        return format!(
            "The run was interrupted after {} of {}.",
            span(run.duration_s),
            span(run.plan.duration_s)
        );
    }
    let open = run.slo.iter().find(|slo| slo.ok.is_none());
    let finding = run.findings.iter().find(|finding| finding.severity != Severity::Info);
    match (finding, open) {
        (Some(finding), _) => ended(&finding.what),
        (None, Some(slo)) if slo.note.is_empty() => format!("Could not be judged: {}.", slo.title),
        (None, Some(slo)) => {
            format!("Could not be judged: {} ({}).", slo.title, slo.note.trim_end_matches('.'))
        }
        (None, None) => "The record does not say why.".to_owned(),
    }
}

fn how_much_ran(run: &Run) -> String {
    let judged = run.slo.iter().filter(|slo| slo.ok.is_some()).count();
    format!(
        "{} deliveries were sent; {judged} of {} objectives could be judged. This is not a pass.",
        count(run.sent.total),
        run.slo.len()
    )
}

fn ended(sentence: &str) -> String {
    let sentence = sentence.trim();
    if sentence.ends_with(['.', '!', '?']) { sentence.to_owned() } else { format!("{sentence}.") }
}

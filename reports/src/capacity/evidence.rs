//! What the report rests on: one search, and runs. Read as they are; nothing is judged anew that they judged.

use std::path::{Path, PathBuf};

use time::Date;

use super::dates::{day_of, days_between};
use super::record::{Evidence, Proven};
use crate::read::{ReadError, read_run, read_search};
use crate::record::{FunctionUse, Outcome, Run};
use crate::search::Search;

/// The target that can prove something for AWS.
pub(super) const AWS: &str = "aws";

/// A search with the runs of its trials, as far as they were kept, and further runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The search.
    pub search: Option<Search>,
    /// Runs of the search's trials, for what only a run's record holds.
    pub trial_runs: Vec<Run>,
    /// Runs.
    pub runs: Vec<Run>,
}

/// Reads everything.
///
/// # Errors
/// A record that was named is missing or malformed. A trial's run that was not kept is no error.
pub fn read(search: Option<&Path>, runs: &[PathBuf]) -> Result<Found, ReadError> {
    let mut found = Found::default();
    if let Some(path) = search {
        let search = read_search(path)?;
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
        found.trial_runs = search
            .trials
            .iter()
            // An id from a file names a folder beside it, and nothing elsewhere.
            .filter(|trial| {
                !trial.run.is_empty() && !trial.run.contains(['/', '\\']) && !trial.run.starts_with('.')
            })
            .filter_map(|trial| read_run(&folder.join(&trial.run)).ok())
            .collect();
        found.search = Some(search);
    }
    for path in runs {
        found.runs.push(read_run(path)?);
    }
    Ok(found)
}

impl Found {
    /// All of it, as lines of the report.
    pub(super) fn lines(&self, today: Date) -> Vec<Evidence> {
        let searches = self.search.iter().map(|search| {
            let day = day_of(&search.finished_at);
            Evidence {
                kind: "search",
                run: search.id.clone(),
                seed: search.seed,
                target: search.target.clone(),
                plan: search.plan.name.clone(),
                build_profile: search.build_profile.clone(),
                cpus: search.host.cpus,
                verdict: search.verdict,
                rate_per_min: search.trials.iter().map(|trial| trial.achieved_per_min).fold(0.0, f64::max),
                day: day.map(|day| day.to_string()).unwrap_or_default(),
                age_days: day.map(|day| days_between(day, today)),
            }
        });
        let runs = self.runs.iter().map(|run| {
            let day = day_of(&run.finished_at);
            Evidence {
                kind: "run",
                run: run.id.clone(),
                seed: run.seed,
                target: run.target.clone(),
                plan: run.plan.name.clone(),
                build_profile: run.build_profile.clone(),
                cpus: run.host.cpus,
                verdict: run.verdict,
                rate_per_min: run.achieved_per_min,
                day: day.map(|day| day.to_string()).unwrap_or_default(),
                age_days: day.map(|day| days_between(day, today)),
            }
        });
        searches.chain(runs).collect()
    }

    /// What the search proves; absent: there is none, or it held nothing.
    pub(super) fn proven(&self) -> Option<Proven> {
        let search = self.search.as_ref()?;
        let held = search
            .trials
            .iter()
            .filter(|trial| trial.held == Some(true) && !trial.generator.saturated)
            .map(|trial| trial.achieved_per_min)
            .fold(None, |most: Option<f64>, rate| Some(most.map_or(rate, |most| most.max(rate))));
        let proven = Proven {
            rate_per_min: None,
            low_per_min: 0.0,
            high_per_min: None,
            confidence: None,
            target: search.target.clone(),
            cpus: search.host.cpus,
            run: search.id.clone(),
            seed: search.seed,
        };
        match &search.limit {
            Some(limit) => Some(Proven {
                rate_per_min: Some(limit.rate_per_min),
                low_per_min: limit.low_per_min,
                high_per_min: Some(limit.high_per_min),
                confidence: Some(limit.confidence),
                ..proven
            }),
            // No limit was found, yet what held did hold.
            None => Some(Proven { low_per_min: held?, ..proven }),
        }
    }

    /// The outcome of everything that was sent, with the run that it is of.
    pub(super) fn outcomes(&self) -> Vec<(&str, u64, &Outcome)> {
        let trials = self.search.iter().flat_map(|search| &search.trials);
        trials
            .map(|trial| (trial.run.as_str(), trial.seed, &trial.outcome))
            .chain(self.runs.iter().map(|run| (run.id.as_str(), run.seed, &run.outcome)))
            .collect()
    }

    /// All runs, those of trials among them.
    pub(super) fn all_runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().chain(&self.trial_runs)
    }

    /// What a function did in the run that tells most of AWS: one on AWS before others, a release build before debug, then the busiest.
    pub(super) fn function(&self, name: &str) -> Option<(&Run, &FunctionUse)> {
        self.all_runs()
            .filter_map(|run| Some((run, run.functions.as_ref()?.get(name)?)))
            .filter(|(_, used)| used.duration_mean_ms.is_some())
            .max_by(|(a, _), (b, _)| {
                let rank = |run: &Run| (run.target == AWS, run.build_profile == "release");
                rank(a).cmp(&rank(b)).then(a.achieved_per_min.total_cmp(&b.achieved_per_min))
            })
    }
}

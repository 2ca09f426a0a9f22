//! Runs cases: side by side on one system where they do not share state, one after another where they change it for others.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt as _;
use futures::stream;
use provider_sim::{Behaviour, Keys};
use sha2::{Digest as _, Sha256};

use crate::case::{Case, Settings, Subject};
use crate::clock::unix_ms;
use crate::compose::Impossible;
use crate::exit::Failure;
use crate::look::look;
use crate::perform::perform;
use crate::results::{CaseResult, Outcome, StepResult};
use crate::scene::Scene;
use crate::target::embedded::System;
use crate::target::{Target, embedded};
use crate::words;

/// Systems of different settings that run at the same time.
const SYSTEMS_AT_ONCE: usize = 2;

/// A case that is to be run.
pub type Selected<'a> = (&'a Subject, &'a Case);

/// Where cases run.
pub enum Place {
    /// On embedded clouds, one for all cases with equal settings.
    Embedded {
        /// What is started.
        system: System,
        /// The providers' side.
        keys: Arc<Keys>,
        /// Where logs go.
        log_dir: PathBuf,
    },
    /// On a target that somebody else started.
    Elsewhere(Box<Target>),
}

/// How they run.
#[derive(Debug, Clone)]
pub struct How {
    /// Every random choice follows from it.
    pub seed: u64,
    /// Makes ids differ from those of earlier runs, where the target remembers them; empty where it does not.
    pub salt: String,
    /// Cases at once on one system.
    pub at_once: usize,
}

/// Told of every case that ended.
pub type Told<'a> = &'a (dyn Fn(&CaseResult) + Sync);

/// Runs the cases; results come in the order of the cases.
///
/// # Errors
/// A system does not start.
pub async fn run(
    cases: &[Selected<'_>],
    place: &Place,
    how: &How,
    told: Told<'_>,
) -> Result<Vec<CaseResult>, Failure> {
    let mut results = match place {
        Place::Elsewhere(target) => on(target, &numbered(cases), how, told).await,
        Place::Embedded { system, keys, log_dir } => {
            let groups = groups(cases);
            let systems = groups.iter().enumerate().map(|(at, (settings, members))| {
                let log_dir = log_dir.join(at.to_string());
                async move {
                    let target = embedded::start(system, settings, Arc::clone(keys), &log_dir).await?;
                    let results = on(&target, members, how, told).await;
                    // The cloud in this process leaves nothing.
                    drop(target.close().await);
                    Ok::<_, Failure>(results)
                }
            });
            let all: Vec<_> = stream::iter(systems).buffer_unordered(SYSTEMS_AT_ONCE).collect().await;
            all.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
        }
    };
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

type Numbered<'a> = (usize, Selected<'a>);

fn numbered<'a>(cases: &[Selected<'a>]) -> Vec<Numbered<'a>> {
    cases.iter().copied().enumerate().collect()
}

/// Cases by their settings; the largest group first, since the others can run beside it.
fn groups<'a>(cases: &[Selected<'a>]) -> Vec<(&'a Settings, Vec<Numbered<'a>>)> {
    let mut groups: Vec<(&Settings, Vec<Numbered<'a>>)> = Vec::new();
    for (at, selected) in numbered(cases) {
        let settings = &selected.1.settings;
        match groups.iter_mut().find(|(known, _)| *known == settings) {
            Some((_, members)) => members.push((at, selected)),
            None => groups.push((settings, vec![(at, selected)])),
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    groups
}

async fn on(target: &Target, cases: &[Numbered<'_>], how: &How, told: Told<'_>) -> Vec<(usize, CaseResult)> {
    let (alone, together): (Vec<Numbered<'_>>, Vec<Numbered<'_>>) =
        cases.iter().copied().partition(|(_, (_, case))| case.alone);
    let together = together.into_iter().map(|numbered| one(target, numbered, how, told));
    let mut results: Vec<_> = stream::iter(together).buffer_unordered(how.at_once).collect().await;
    for numbered in alone {
        results.push(one(target, numbered, how, told).await);
        undo_drills(target);
    }
    results
}

async fn one(
    target: &Target,
    (at, (subject, case)): Numbered<'_>,
    how: &How,
    told: Told<'_>,
) -> (usize, CaseResult) {
    let result = Box::pin(case_on(target, subject, case, how)).await;
    told(&result);
    (at, result)
}

/// What a case did to the system beside its own deliveries.
fn undo_drills(target: &Target) {
    if let Some(embedded) = target.embedded() {
        embedded.set_faults(Vec::new());
    }
    if let Some(paypal) = &target.paypal {
        paypal.set_postback(Behaviour::Normal);
        paypal.set_api(Behaviour::Normal);
    }
}

async fn case_on(target: &Target, subject: &Subject, case: &Case, how: &How) -> CaseResult {
    let began = Instant::now();
    let mut result = CaseResult {
        id: case.id.clone(),
        subject: subject.subject.clone(),
        title: case.title.clone(),
        level: case.level,
        why: case.why.clone(),
        source: case.source.clone(),
        outcome: Outcome::Skipped,
        reason: None,
        duration_ms: 0.0,
        steps: Vec::new(),
    };
    let lacking = case.needs().beyond(&target.offers);
    if !lacking.is_empty() {
        let reasons: Vec<_> = lacking.iter().map(|lack| lack.lack()).collect();
        result.reason = Some(reasons.join("; "));
        return result;
    }
    let mut steps = Vec::new();
    let longest = target.case_max();
    let ended = tokio::time::timeout(longest, steps_of(target, case, how, &mut steps)).await;
    result.steps = steps;
    (result.outcome, result.reason) = match ended {
        Ok(Ok(())) => judged(&result.steps),
        Ok(Err(impossible)) => (Outcome::Broken, Some(impossible.to_string())),
        Err(_) => (Outcome::Broken, Some(format!("it took longer than {} s", longest.as_secs()))),
    };
    result.duration_ms = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    result
}

fn judged(steps: &[StepResult]) -> (Outcome, Option<String>) {
    if steps.iter().any(|step| !step.findings.is_empty()) {
        return (Outcome::Failed, None);
    }
    let mut unseen: Vec<&str> =
        steps.iter().flat_map(|step| &step.not_observed).map(String::as_str).collect();
    unseen.dedup();
    if unseen.is_empty() {
        return (Outcome::Passed, None);
    }
    (Outcome::Partly, Some(format!("not looked at here: {}", unseen.join("; "))))
}

/// Step by step; what follows a step that went wrong would say nothing.
async fn steps_of(
    target: &Target,
    case: &Case,
    how: &How,
    results: &mut Vec<StepResult>,
) -> Result<(), Impossible> {
    let (nonce, seed) = own(case, how);
    let mut scene = Scene::new(nonce);
    // Requests by the names of their deliveries, for findings of later steps.
    let mut shown = BTreeMap::new();
    for step in &case.steps {
        scene.now_ms = unix_ms();
        let mut result = StepResult {
            what: words::step(step),
            findings: Vec::new(),
            not_observed: Vec::new(),
            replay: None,
        };
        let done = match step.action() {
            Some(action) => Box::pin(perform(action, &mut scene, target, seed)).await?,
            None => crate::perform::Done::default(),
        };
        let seen = Box::pin(look(step, &done.answers, &mut scene, target)).await?;
        result.findings = seen.findings;
        result.not_observed = seen.not_observed;
        let failed = !result.findings.is_empty();
        if let (Some(request), Some(name)) = (&done.shown, step.about()) {
            shown.insert(name.to_owned(), request.clone());
        }
        if failed {
            let request = done.shown.or_else(|| shown.get(step.about()?).cloned());
            result.replay = request.map(|request| request.curl());
        }
        results.push(result);
        if failed {
            break;
        }
    }
    Ok(())
}

/// A word and a seed of the case's own, from the run's.
fn own(case: &Case, how: &How) -> (String, u64) {
    let hash = Sha256::digest(format!("{}\n{}\n{}", how.seed, how.salt, case.id));
    let nonce: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let seed = hash[8..16].iter().fold(0_u64, |seed, byte| (seed << 8) | u64::from(*byte));
    (format!("n{nonce}"), seed)
}

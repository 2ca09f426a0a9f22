//! What the logs hold: lines of one delivery, and texts that belong in no log.

use std::path::Path;

use serde_json::Value;

use super::{Seen, unmet};
use crate::capability::Capability;
use crate::case::{LogLine, Step};
use crate::compose::Impossible;
use crate::scene::{Scene, Sent};
use crate::target::Target;
use crate::template::fill;

/// Members of a line by which it belongs to a delivery or a question.
const IDS: [&str; 4] = ["api_request_id", "requestId", "event_id", "request_id"];

/// Everything the step expects of the logs.
pub(super) async fn look(
    step: &Step,
    scene: &Scene,
    target: &Target,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    if step.log.is_empty() && step.nowhere.is_empty() {
        return Ok(());
    }
    let Some(folder) = target.log_dir.as_deref().filter(|_| target.offers.has(Capability::Logs)) else {
        seen.not_observed.push("what the logs hold".to_owned());
        return Ok(());
    };
    if let Some(stores) = target.stores.as_ref().filter(|_| scene.settled.is_none()) {
        // Lines of what is still under way are still to come.
        target.settled(stores).await.map_err(Impossible::from_error)?;
    }
    if let Some(embedded) = target.embedded() {
        embedded.flush_logs();
    }
    for wanted in &step.log {
        line(wanted, folder, scene, seen)?;
    }
    nowhere(step, folder, scene, seen)
}

fn line(wanted: &LogLine, folder: &Path, scene: &Scene, seen: &mut Seen) -> Result<(), Impossible> {
    let sent =
        scene.sent.get(&wanted.of).ok_or_else(|| Impossible(format!("there is no `{}`", wanted.of)))?;
    let text = read(&folder.join(format!("{}.log", wanted.function)))?;
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of_it: Vec<&Value> = lines.iter().filter(|line| belongs(line, sent)).collect();
    let mut right = Vec::new();
    for line in &of_it {
        let mut met = true;
        for (pointer, expected) in &wanted.line {
            met &= unmet(expected, line.pointer(pointer), scene)?.is_none();
        }
        if met {
            right.push(line.to_string());
        }
    }
    if !wanted.count.holds(right.len() as u64) {
        let expected: Vec<_> =
            wanted.line.iter().map(|(pointer, expected)| format!("{pointer} {expected:?}")).collect();
        let observed = if of_it.is_empty() {
            "no line of it".to_owned()
        } else {
            of_it.iter().map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
        };
        seen.differs(
            format!("log of {}", wanted.function),
            format!("{} lines with {}", wanted.count, expected.join(", ")),
            observed,
        );
    }
    Ok(())
}

fn belongs(line: &Value, sent: &Sent) -> bool {
    let ids: Vec<&str> = sent.answers.iter().filter_map(|answer| answer.request_id()).collect();
    IDS.iter()
        .filter_map(|name| line.get(name)?.as_str())
        .any(|id| ids.contains(&id) || (!sent.event_id.is_empty() && id == sent.event_id))
}

fn nowhere(step: &Step, folder: &Path, scene: &Scene, seen: &mut Seen) -> Result<(), Impossible> {
    if step.nowhere.is_empty() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(Impossible::from_error)?;
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let Ok(text) = read(&path) else { continue };
        for canary in &step.nowhere {
            let canary = fill(canary, scene).map_err(Impossible::from_error)?;
            if let Some(line) = text.lines().find(|line| line.contains(&canary)) {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                seen.differs(format!("log {name}"), format!("nowhere `{canary}`"), line.to_owned());
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Impossible> {
    let bytes = std::fs::read(path).map_err(|error| Impossible(format!("{}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

//! What takes a deployment down when the deployer cannot: a second process that outlives it, and acts only if it died without saying
//! that everything is in order.
//!
//! The deployer writes what there is, one line of JSON each time that changes; the last line counts. The end of the pipe is the sign.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use serde::{Deserialize, Serialize};

use crate::engine::{self, Mark};
use crate::steps::Steps;
use crate::stop::Stop;
use crate::terraform::Stack;

/// How long Terraform may take to finish what is under way and write its state.
const FINISH: Duration = Duration::from_secs(60);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_millis(200);

/// What there is to take down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The deployment's folder, by whose name its containers are labelled.
    pub folder: Option<PathBuf>,
    /// Whether there may be containers.
    pub containers: bool,
    /// The stack that is to be destroyed, since its emulator goes on.
    pub stack: Option<PathBuf>,
    /// Where that takes the provider from.
    pub mirror: Option<PathBuf>,
    /// Terraform, if it runs; it leads a process group.
    pub terraform: Option<i32>,
    /// The file that says where everything is.
    pub ready_file: Option<PathBuf>,
}

/// The guard, as the deployer sees it.
#[derive(Debug, Clone, Default)]
pub struct Guard(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    charge: Charge,
    /// None where there is no guard.
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts one: this very program, with another order.
    pub fn start() -> std::io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("guard").stdin(Stdio::piped()).stdout(Stdio::null());
        // What is sent to the deployer's group is not for it.
        command.process_group(0);
        let pipe = command.spawn()?.stdin.take();
        Ok(Self(Arc::new(Mutex::new(Held { charge: Charge::default(), pipe }))))
    }

    /// Something has changed.
    pub fn update(&self, change: impl FnOnce(&mut Charge)) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut held.charge);
        let line = serde_json::to_string(&held.charge).unwrap_or_default();
        if let Some(pipe) = &mut held.pipe {
            // Without its guard the deployer goes on alone.
            let _ = writeln!(pipe, "{line}");
        }
    }

    /// Everything is as it should be: taken down, or left up on purpose.
    pub fn dismiss(&self) {
        self.update(|charge| *charge = Charge::default());
    }
}

/// The guard's own course: reads until the deployer is gone, and gives what is left to do.
pub fn watch(input: impl std::io::BufRead) -> Charge {
    let lines = input.lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok()).last().unwrap_or_default()
}

/// As a program: watches standard input, and takes down what is left.
pub async fn run() -> Result<(), String> {
    let charge = watch(std::io::stdin().lock());
    if charge == Charge::default() {
        return Ok(());
    }
    let steps = Steps::default();
    steps.say("the deployer was ended in the middle; taking down what it left");
    take_down(&charge, &steps).await
}

async fn take_down(charge: &Charge, steps: &Steps) -> Result<(), String> {
    if let Some(group) = charge.terraform.and_then(Pid::from_raw) {
        end(group, charge.stack.is_some()).await;
    }
    if let Some(path) = &charge.ready_file {
        // It may not have been written yet.
        let _ = std::fs::remove_file(path);
    }
    let Some(folder) = &charge.folder else { return Ok(()) };
    if charge.containers {
        let mark = Mark::of(folder);
        engine::remove(&mark).await.map_err(|reason| {
            format!(
                "containers are still there: {reason}\nNext: docker ps --all --filter label={}",
                mark.label()
            )
        })?;
    }
    if let Some(stack) = &charge.stack {
        let stack = Stack::found(stack.clone(), charge.mirror.clone());
        stack.destroy(steps, &Stop::never()).await.map_err(|error| stack.still_there(&error))?;
    }
    // Nobody misses what is still there.
    let _ = std::fs::remove_dir_all(folder);
    steps.say("nothing is left");
    Ok(())
}

/// Ends Terraform: at once where its emulator goes, and in good order where its state is needed.
async fn end(group: Pid, orderly: bool) {
    let began = Instant::now();
    if orderly && kill_process_group(group, Signal::INT).is_ok() {
        while test_kill_process_group(group).is_ok() && began.elapsed() < FINISH {
            tokio::time::sleep(LOOK).await; // poll
        }
    }
    // It may have ended this moment.
    let _ = kill_process_group(group, Signal::KILL);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(change: impl FnOnce(&mut Charge)) -> String {
        let mut charge = Charge::default();
        change(&mut charge);
        serde_json::to_string(&charge).expect("JSON")
    }

    #[test]
    fn the_last_word_counts() {
        let up = line(|charge| charge.containers = true);
        let more = line(|charge| charge.terraform = Some(7));
        assert_eq!(watch(format!("{up}\n{more}\n").as_bytes()).terraform, Some(7));
        let dismissed = line(|_| ());
        assert_eq!(watch(format!("{up}\n{dismissed}\n").as_bytes()), Charge::default());
        // A line that the deployer did not finish says nothing.
        assert!(watch(format!("{up}\n{}", &more[..9]).as_bytes()).containers);
        assert_eq!(watch(&b""[..]), Charge::default());
    }
}

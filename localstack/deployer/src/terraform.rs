//! Terraform on a copy of the stack: its state, plugins and plans lie in a folder of the deployment, never in the checkout.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::guard::Guard;
use crate::steps::Steps;
use crate::stop::Stop;

/// What Terraform or a person may have left beside the files.
const NOT_COPIED: [&str; 5] = [".terraform", ".tfstate", ".tfplan", "terraform.tfvars", ".auto.tfvars"];
/// Values of the environment that is deployed, and ours after it.
const VARIABLES: [&str; 2] = ["-var-file=environments/dev.tfvars", "-var-file=deployment.tfvars.json"];
/// What to do without Terraform's registry.
const NO_REGISTRY: &str = "Next: name a folder made by `terraform providers mirror` by the variable TF_PLUGIN_MIRROR; \
    `infra/terraform/check --mirror` prints one that is on this machine.";
/// What to do about an apply that failed in the middle.
const HALF_WAY: &str =
    "Next: mend what stands there; with --keep, what was made before it stays to be looked at.";
/// Words of a diagnostic that are shown.
const DETAIL: usize = 1200;

/// Terraform does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It is not installed.
    #[error(
        "terraform is not on the PATH\nNext: install 1.5 or newer, https://developer.hashicorp.com/terraform/install"
    )]
    Missing,
    /// It is too old.
    #[error(
        "terraform {0} is too old\nNext: install 1.5 or newer, https://developer.hashicorp.com/terraform/install"
    )]
    Old(String),
    /// The stack cannot be copied.
    #[error("the stack cannot be copied from {}: {source}", .from.display())]
    Copy {
        /// Where it is.
        from: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("terraform {command} failed:\n{told}")]
    Ended {
        /// What it was asked for.
        command: String,
        /// What it said.
        told: String,
    },
    /// It cannot be started, or said something that it should not.
    #[error("terraform {command}: {source}")]
    Broken {
        /// What it was asked for.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// Told to stop; what was begun stands in the state.
    #[error("told to stop")]
    Stopped,
}

/// The oldest version that the stack works with.
const OLDEST: (u32, u32) = (1, 5);

/// Whether Terraform is there and new enough, found out before anything is started.
pub async fn there() -> Result<(), Failed> {
    let words = ["version", "-json"];
    let told = Command::new("terraform").args(words).stdin(Stdio::null()).kill_on_drop(true).output().await;
    let told = told.map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Failed::Missing,
        _ => Failed::Broken { command: words[0].to_owned(), source },
    })?;
    let told: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
    match told["terraform_version"].as_str() {
        Some(version) if too_old(version) => Err(Failed::Old(version.to_owned())),
        // Whatever does not say its version says what is wrong when it is used.
        _ => Ok(()),
    }
}

fn too_old(version: &str) -> bool {
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    parts.next().zip(parts.next()).is_some_and(|found| found < OLDEST)
}

/// A resource that a plan wants to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its address.
    pub address: String,
    /// Attributes that differ, sorted.
    pub attributes: Vec<String>,
}

/// A copy of the stack with its values.
#[derive(Debug)]
pub struct Stack {
    folder: PathBuf,
    mirror: Option<PathBuf>,
    guard: Guard,
}

impl Stack {
    /// Copies the stack and what it reads of the checkout into `folder`, with these values.
    pub fn copy(
        checkout: &Path,
        folder: &Path,
        values: &Value,
        mirror: Option<PathBuf>,
        guard: &Guard,
    ) -> Result<Self, Failed> {
        let stack = folder.join("infra/terraform");
        for part in ["infra/terraform", "system/schemas"] {
            let from = checkout.join(part);
            copy(&from, &folder.join(part)).map_err(|source| Failed::Copy { from, source })?;
        }
        std::fs::write(stack.join("deployment.tfvars.json"), values.to_string())
            .map_err(|source| Failed::Copy { from: stack.clone(), source })?;
        let folder = std::path::absolute(&stack).map_err(|source| Failed::Copy { from: stack, source })?;
        Ok(Self { folder, mirror, guard: guard.clone() })
    }

    /// One that was copied before.
    pub fn found(folder: PathBuf, mirror: Option<PathBuf>) -> Self {
        Self { folder, mirror, guard: Guard::default() }
    }

    /// What to say when it cannot be destroyed.
    pub fn still_there(&self, error: &Failed) -> String {
        format!(
            "the system is still there, in whole or in part: {error}\nNext: terraform destroy {} {} in {}, with AWS_ACCESS_KEY_ID=test and \
             AWS_SECRET_ACCESS_KEY=test; where the emulator is gone for good, remove that deployment's folder.",
            VARIABLES[0],
            VARIABLES[1],
            self.folder.display()
        )
    }

    /// Leaves its process to the guard, or takes it back.
    fn watched(&self, child: Option<&tokio::process::Child>) {
        let pid = child.and_then(tokio::process::Child::id).and_then(|id| i32::try_from(id).ok());
        self.guard.update(|charge| charge.terraform = pid);
    }

    /// Where state and plans are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gets the provider.
    pub async fn init(&self, stop: &Stop) -> Result<(), Failed> {
        let mut words =
            vec!["init".to_owned(), "-backend=false".into(), "-input=false".into(), "-no-color".into()];
        words.extend(self.mirror.iter().map(|mirror| format!("-plugin-dir={}", mirror.display())));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run(&words, stop, &mut |_| {}).await.map(drop).map_err(|failed| match failed {
            Failed::Ended { command, told } if told.contains("query available provider packages") => {
                Failed::Ended { command, told: format!("{told}\n{NO_REGISTRY}") }
            }
            other => other,
        })
    }

    /// Makes everything, and gives the outputs.
    pub async fn apply(&self, steps: &Steps, stop: &Stop) -> Result<Value, Failed> {
        let words = ["apply", "-json", "-auto-approve", "-input=false", VARIABLES[0], VARIABLES[1]];
        self.run(&words, stop, &mut progress("applying", steps)).await.map_err(|failed| match failed {
            Failed::Ended { command, told } => Failed::Ended { command, told: format!("{told}{HALF_WAY}") },
            other => other,
        })?;
        let text = self.run(&["output", "-json"], stop, &mut |_| {}).await?;
        serde_json::from_str(&text)
            .map_err(|error| Failed::Broken { command: "output".to_owned(), source: error.into() })
    }

    /// What a second plan wants to change.
    pub async fn changes(&self, stop: &Stop) -> Result<Vec<Change>, Failed> {
        let words = ["plan", "-json", "-input=false", "-out=again.tfplan", VARIABLES[0], VARIABLES[1]];
        self.run(&words, stop, &mut |_| {}).await?;
        let text = self.run(&["show", "-json", "again.tfplan"], stop, &mut |_| {}).await?;
        let plan: Value = serde_json::from_str(&text)
            .map_err(|error| Failed::Broken { command: "show".to_owned(), source: error.into() })?;
        Ok(changes(&plan))
    }

    /// Removes everything.
    pub async fn destroy(&self, steps: &Steps, stop: &Stop) -> Result<(), Failed> {
        let words = ["destroy", "-json", "-auto-approve", "-input=false", VARIABLES[0], VARIABLES[1]];
        self.run(&words, stop, &mut progress("destroying", steps)).await.map(drop)
    }

    /// Runs a command to its end. Told to stop, it lets Terraform finish what is under way and write its state.
    async fn run(
        &self,
        words: &[&str],
        stop: &Stop,
        line: &mut (dyn FnMut(&Value) + Send),
    ) -> Result<String, Failed> {
        let command = words[0].to_owned();
        let broken = |source| Failed::Broken { command: command.clone(), source };
        let mut child = self.command().args(words).spawn().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Failed::Missing,
            _ => Failed::Broken { command: command.clone(), source },
        })?;
        self.watched(Some(&child));
        let no_stream = || std::io::Error::other("no standard output");
        let stdout = child.stdout.take().ok_or_else(no_stream).map_err(broken)?;
        let stderr = child.stderr.take().ok_or_else(no_stream).map_err(broken)?;
        let complaints = tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            let mut text = String::new();
            while let Ok(Some(one)) = lines.next_line().await {
                text.push_str(&one);
                text.push('\n');
            }
            text
        });
        let (mut lines, mut text, mut told) = (BufReader::new(stdout).lines(), String::new(), String::new());
        let mut stopping = false;
        loop {
            let next = tokio::select! {
                next = lines.next_line() => next.map_err(broken)?,
                () = stop.wait(), if !stopping => {
                    stopping = true;
                    interrupt(&child);
                    continue;
                }
            };
            let Some(next) = next else { break };
            if let Ok(message) = serde_json::from_str::<Value>(&next) {
                told.push_str(&diagnostic(&message));
                line(&message);
            }
            text.push_str(&next);
            text.push('\n');
        }
        let status = child.wait().await.map_err(broken)?;
        self.watched(None);
        let complaints = complaints.await.unwrap_or_default();
        if stopping {
            return Err(Failed::Stopped);
        }
        if status.success() {
            return Ok(text);
        }
        let told = if told.is_empty() { shortened(&format!("{text}{complaints}")) } else { told };
        Err(Failed::Ended { command, told })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("terraform");
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Signals are passed on in good order.
        command.process_group(0).kill_on_drop(true);
        command.env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
        // An emulator takes any keys; a real account's must not get there.
        for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"] {
            command.env_remove(name);
        }
        if !std::env::var_os("TF_CLI_CONFIG_FILE").is_some_and(|path| Path::new(&path).is_file()) {
            command.env_remove("TF_CLI_CONFIG_FILE");
        }
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

fn interrupt(child: &tokio::process::Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended this moment.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
    }
}

/// Counts what Terraform says of resources.
fn progress<'a>(verb: &'static str, steps: &'a Steps) -> impl FnMut(&Value) + Send + 'a {
    let (mut all, mut done) = (0_u32, 0_u32);
    move |message| {
        let kind = message["type"].as_str().unwrap_or_default();
        if kind == "planned_change" {
            all += 1;
        }
        if kind != "apply_complete" || message["hook"]["action"] == "read" {
            return;
        }
        done += 1;
        let resource = message["hook"]["resource"]["addr"].as_str().unwrap_or_default();
        steps.further(|| format!("{verb} {done} of {all}: {resource}"));
    }
}

fn diagnostic(message: &Value) -> String {
    let diagnostic = &message["diagnostic"];
    if diagnostic["severity"] != "error" {
        return String::new();
    }
    let text = |name: &str| diagnostic[name].as_str().unwrap_or_default();
    let (address, detail) = (text("address"), shortened(text("detail")));
    let place = if address.is_empty() { String::new() } else { format!("{address}: ") };
    format!("  {place}{}\n  {}\n", text("summary"), detail.replace('\n', "\n  "))
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    let start = text.len().saturating_sub(DETAIL);
    let start = (start..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[start..].to_owned()
}

/// The resources that a plan, as `terraform show -json` has it, does not leave alone.
fn changes(plan: &Value) -> Vec<Change> {
    let resources = plan["resource_changes"].as_array().into_iter().flatten();
    let mut changes: Vec<Change> = resources.filter_map(change).collect();
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    changes
}

fn change(resource: &Value) -> Option<Change> {
    let change = &resource["change"];
    let idle = |action: &Value| action == "no-op" || action == "read";
    if change["actions"].as_array().is_none_or(|actions| actions.iter().all(idle)) {
        return None;
    }
    let empty = serde_json::Map::new();
    let part = |name: &str| change[name].as_object().unwrap_or(&empty).clone();
    let (before, after, unknown) = (part("before"), part("after"), part("after_unknown"));
    let mut attributes: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| before.get(*name) != after.get(*name) && !settled(unknown.get(*name)))
        .cloned()
        .collect();
    attributes.sort();
    attributes.dedup();
    Some(Change { address: resource["address"].as_str().unwrap_or_default().to_owned(), attributes })
}

/// Whether an attribute is only computed anew.
fn settled(unknown: Option<&Value>) -> bool {
    unknown == Some(&Value::Bool(true))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_COPIED.iter().any(|left| name.to_string_lossy().contains(left)) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            std::fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

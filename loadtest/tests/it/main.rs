//! The program as a person runs it: exit codes, the files it leaves, and what the report says when things are bad.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

mod bad_weather;
mod canary;
mod chaos;
mod elsewhere;
mod healthy;
mod invariants;
mod mutant;
mod rotation;
mod search;
mod shards;
mod stopped;
mod usage;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No run of these tests takes longer on a machine that is merely busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// The program with these arguments, writing into `out`.
fn loadtest(out: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    command.args(arguments).arg("--out").arg(out).stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

/// What a finished run left.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
    out: TempDir,
}

impl Ended {
    /// The only run's folder.
    fn dir(&self) -> PathBuf {
        let mut dirs: Vec<_> = std::fs::read_dir(self.out.path()).expect("the runs").collect();
        assert_eq!(dirs.len(), 1, "one run, one folder: {dirs:?}");
        dirs.remove(0).expect("a folder").path()
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.dir().join(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    }

    /// Expects the code; shows what was said otherwise.
    #[track_caller]
    fn ended_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "standard error:\n{}\nstandard output:\n{}", self.stderr, self.stdout);
        self
    }

    #[track_caller]
    fn says(&self, part: &str) -> &Self {
        assert!(self.stderr.contains(part), "`{part}` is not in:\n{}", self.stderr);
        self
    }
}

/// A run loads the machine, and what it measures would not be its own if another ran beside it.
fn alone() -> MutexGuard<'static, ()> {
    static RUNNING: Mutex<()> = Mutex::new(());
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the program to its end.
fn run(arguments: &[&str]) -> Ended {
    let _alone = alone();
    let out = tempfile::tempdir().expect("a folder");
    let child = spawn(out.path(), arguments);
    finish(child, out)
}

fn spawn(out: &Path, arguments: &[&str]) -> Child {
    let mut command = loadtest(out, arguments);
    // A group of its own, so that a test can signal it as a terminal would.
    command
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Waits for the end, reading both streams meanwhile.
fn finish(mut child: Child, out: TempDir) -> Ended {
    let stdout = read_on(child.stdout.take().expect("standard output"));
    let stderr = read_on(child.stderr.take().expect("standard error"));
    let status = wait(&mut child);
    let text = |reader: std::thread::JoinHandle<String>| reader.join().expect("a reader");
    Ended { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr), out }
}

fn read_on(mut stream: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("text");
        text
    })
}

fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("the process can be asked") {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().expect("the process can be ended");
            panic!("the program did not end within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20)); // poll
    }
}

/// A count of the record, by its path of keys.
#[track_caller]
fn count(record: &Value, path: &[&str]) -> u64 {
    let found = path.iter().fold(record, |value, key| &value[*key]);
    found.as_u64().unwrap_or_else(|| panic!("{path:?} is {found}"))
}

/// Whether an objective was held.
#[track_caller]
fn held(record: &Value, name: &str) -> Option<bool> {
    let all = record["slo"].as_array().expect("objectives");
    all.iter().find(|slo| slo["name"] == name).unwrap_or_else(|| panic!("no {name}"))["ok"].as_bool()
}

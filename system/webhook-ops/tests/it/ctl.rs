//! The program, run.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

/// What a finished run left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Expects the code; shows what was said otherwise.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard error:\n{}\nstandard output:\n{}", self.stderr, self.stdout);
        self
    }

    /// The one JSON object.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The JSON objects, one a line.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last JSON object: a summary.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let last = self.lines().pop().unwrap();
        assert_eq!(last["event"], "summary");
        last
    }

    /// Neither stream shows `text`.
    #[track_caller]
    pub(crate) fn hides(&self, text: &str) {
        for stream in [&self.stdout, &self.stderr] {
            assert!(!stream.contains(text), "{text} is in:\n{stream}");
        }
    }
}

/// Starts the program with the words of `line` and further arguments.
pub(crate) fn spawn(line: &str, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_webhookctl"))
        .args(line.split_whitespace())
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Runs it to its end, with `input` on standard input.
pub(crate) async fn run_with(line: &str, more: &[&str], input: &str) -> Ended {
    let mut child = spawn(line, more);
    let mut stdin = child.stdin.take().unwrap();
    // A program that reads nothing has closed its end.
    drop(stdin.write_all(input.as_bytes()).await);
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Runs it to its end.
pub(crate) async fn run(line: &str, more: &[&str]) -> Ended {
    run_with(line, more, "").await
}

/// Sends it a signal after its first line of output, and tells how it ended (-1: by the signal).
pub(crate) async fn signalled_after_first_line(mut child: Child, signal: &str) -> Ended {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut stdout = String::new();
    lines.read_line(&mut stdout).await.unwrap();
    let pid = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status().await.unwrap();
    assert!(sent.success());
    lines.read_to_string(&mut stdout).await.unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
    Ended { code: child.wait().await.unwrap().code().unwrap_or(-1), stdout, stderr }
}

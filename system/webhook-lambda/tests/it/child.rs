//! A `bootstrap` process with an environment of its own, gone at the latest when its owner is.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Variables that Lambda sets, for a function whose handler is `handler`.
pub(crate) fn environment(handler: &str, runtime_api: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let lambda = [
        ("_HANDLER", handler),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", handler),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example-secret-key"),
    ];
    lambda.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The `bootstrap` that Cargo built along with the test or bench.
pub(crate) const BUILT: &str = env!("CARGO_BIN_EXE_bootstrap");

/// The process, and what it logs: read as it comes, so that a full pipe never stops it.
pub(crate) struct Bootstrap {
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Bootstrap {
    pub(crate) fn start(program: &str, environment: &[(String, String)]) -> Self {
        let mut command = Command::new(program);
        command.env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let log = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap());
        Self { child, log: Some(log) }
    }

    /// The process's resident memory, in megabytes.
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line =
            status.lines().find(|line| line.starts_with("VmRSS:")).expect("a running process has a size");
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// User and system time of the process so far, counted in ticks of 10 ms.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let ticks = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap());
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// Waits for the process to end by itself; what it logged comes back with its status.
    pub(crate) fn ended(mut self) -> (ExitStatus, Vec<Value>) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the process is still there after 30 s");
            std::thread::sleep(Duration::from_millis(5)); // poll
        };
        let log = self.log.take().unwrap().join().unwrap();
        let lines = log.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
        (status, lines)
    }
}

impl Drop for Bootstrap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

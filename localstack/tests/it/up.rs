//! `localstack up` as a process.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use localstack::Ready;
use tempfile::TempDir;

fn up(folder: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_localstack"));
    command.arg("up").args(flags).current_dir(folder).stdin(Stdio::null());
    command
}

fn run(flags: &[&str]) -> Output {
    up(tempfile::tempdir().unwrap().path(), flags).output().unwrap()
}

/// A running `up`, killed when a test fails.
struct Running {
    child: Child,
    ready_path: PathBuf,
    folder: TempDir,
}

impl Running {
    fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ready_path = folder.path().join("ready.json");
        let child = up(folder.path(), flags)
            .args(["--ready-file", "ready.json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, ready_path, folder }
    }

    fn ready(&mut self) -> Ready {
        let appeared = within(Duration::from_secs(20), || self.ready_path.exists());
        assert!(appeared, "no ready file; the process says: {:?}", self.child.try_wait());
        // It is renamed into place, so what is there is complete.
        serde_json::from_str(&std::fs::read_to_string(&self.ready_path).unwrap()).unwrap()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Exit code, standard output, standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        let ended = within(Duration::from_secs(10), || self.child.try_wait().unwrap().is_some());
        assert!(ended, "it does not end");
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn within(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5)); // poll
    }
    true
}

/// Process ids whose parent is `pid`.
fn children(pid: u32) -> Vec<u32> {
    let parent_of = |stat: &str| stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| {
            std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|s| parent_of(&s) == Some(pid))
        })
        .collect()
}

fn runs_and_stops_on(signal: &str) {
    let mut running = Running::start(&[]);
    let ready = running.ready();
    let pid = running.child.id();
    assert_eq!(
        (ready.target.as_str(), ready.region.as_str(), ready.pid),
        ("embedded", "us-east-1", Some(pid))
    );
    assert_eq!(ready.raw_bucket, "000000000000-webhook-payloads-dev");
    assert!(ready.api_base_url.starts_with("http://127.0.0.1:") && ready.api_base_url.ends_with("/dev"));
    assert!(ready.log_dir.is_absolute() && ready.log_dir.join("webhook-processor.log").exists());
    let functions = children(pid);
    assert_eq!(functions.len(), 6, "one process a function");
    let ready_path = running.ready_path.clone();
    running.signal(signal);
    let (code, stdout, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout.lines().count(), 1, "standard output carries the one object");
    assert_eq!(serde_json::from_str::<Ready>(&stdout).unwrap(), ready);
    assert!(stderr.contains("get-secret-value") && !stderr.contains("whsec_"), "{stderr}");
    let query = format!(
        r#"curl --aws-sigv4 "aws:amz:us-east-1:execute-api" --user test:test "{}/api/v1/transactions?limit=10&provider=stripe""#,
        ready.api_base_url
    );
    assert!(stderr.contains(&query), "{stderr}");
    assert!(!ready_path.exists(), "the ready file is left");
    for function in functions {
        assert!(!Path::new(&format!("/proc/{function}")).exists(), "process {function} is left");
    }
}

#[test]
fn sigterm_ends_it_and_every_process() {
    runs_and_stops_on("TERM");
}

#[test]
fn ctrl_c_ends_it_and_every_process() {
    runs_and_stops_on("INT");
}

#[test]
fn flags_reach_the_cloud() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets.json");
    std::fs::write(&secrets, r#"{"stripe": {"secret": "whsec_SENSITIVE"}, "square": {"key": "SENSITIVE"}, "paypal": {"webhook_id": "8PT5"}}"#).unwrap();
    let secrets = secrets.to_str().unwrap();
    let mut running = Running::start(&[
        "--environment",
        "staging",
        "--secrets",
        secrets,
        "--log-dir",
        "elsewhere",
        "--open-queries",
        "--paypal-endpoint",
        "http://127.0.0.1:1",
        "--paypal-receiver",
        "shop@example.org",
    ]);
    let ready = running.ready();
    assert_eq!(ready.query_auth, None);
    assert!(ready.api_base_url.ends_with("/staging"));
    assert_eq!(ready.processed_bucket, "000000000000-transaction-logs-staging");
    assert_eq!(ready.paypal_receivers, ["shop@example.org"]);
    assert_eq!(ready.log_dir, running.folder.path().canonicalize().unwrap().join("elsewhere"));
    running.signal("TERM");
    let (code, stdout, stderr) = running.end();
    assert_eq!(code, Some(0));
    assert!(!format!("{stdout}{stderr}").contains("SENSITIVE"));
    assert!(!stderr.contains("--aws-sigv4"), "{stderr}");
    assert!(stderr.contains("receiver_email=shop%40example.org"), "{stderr}");
}

fn check_refused(flags: &[&str], told: &str) {
    let output = run(flags);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{flags:?}: {stderr}");
    assert!(stderr.contains(told), "{flags:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{flags:?} printed to standard output");
    assert!(!stderr.contains("SENSITIVE"), "{stderr}");
}

#[test]
fn a_wrong_command_line_is_64() {
    check_refused(&["--no-such-flag"], "--no-such-flag");
    check_refused(&["--fault", "s3.PutObject"], "expected service.Operation=ErrorCode");
    check_refused(&["--retry-delays", "soon,later"], "does not begin with a number");
    check_refused(&["--secrets", "/no/such/file"], "/no/such/file");
    check_refused(&["--bootstrap", "/no/such/bootstrap"], "/no/such/bootstrap");
    check_refused(&["--environment", "Not A Name"], "Not A Name");
    check_refused(&["--disable-provider", "adyen"], "providers are stripe, paypal, square");
    check_refused(&["--usage-quota", "stripe"], "expected a provider and a whole number");
    check_refused(&["--paypal-trust-root", "root.pem"], "--paypal-endpoint");
    check_refused(&["--paypal-receiver", "a@example.com,b@example.com"], "one a flag");
    check_refused(&["--paypal-verification", "none"], "offline or api");
    check_refused(
        &["--paypal-endpoint", "http://x", "--paypal-trust-root", "root.pem", "--environment", "production"],
        "refused with --environment production",
    );
}

#[test]
fn a_bad_secrets_file_is_64_and_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    for content in ["SENSITIVE", r#"{"stripe": "SENSITIVE"}"#, r#"{"stripe": {"secrets": "SENSITIVE"}}"#] {
        std::fs::write(&path, content).unwrap();
        check_refused(&["--secrets", path.to_str().unwrap()], r#"expected: {"stripe": {"secret""#);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for flag in ["--help", "--version"] {
        let output = Command::new(env!("CARGO_BIN_EXE_localstack")).arg(flag).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.is_empty());
    }
    assert_eq!(Command::new(env!("CARGO_BIN_EXE_localstack")).output().unwrap().status.code(), Some(64));
}

#[test]
fn a_taken_port_is_69() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = run(&["--port", &taken.local_addr().unwrap().port().to_string()]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69), "{stderr}");
    assert!(stderr.contains("the gateway cannot listen on 127.0.0.1:"), "{stderr}");
}

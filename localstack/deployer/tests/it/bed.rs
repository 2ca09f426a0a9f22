//! A small stack, the deployer over it, and looks at what is left.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use localstack::embedded::FUNCTION_NAMES;
use tempfile::TempDir;

/// The emulator's image, which `localstack/image/build` makes.
pub(crate) const IMAGE: &str = "peakproof/ministack:1.5.33";
/// For whatever has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(100);

/// What is missing here for a container.
pub(crate) fn lacking() -> Option<String> {
    let runs = |program: &str, words: &[&str]| {
        let quiet = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    };
    if !runs("docker", &["info"]) {
        return Some("no Docker engine answers".to_owned());
    }
    if !runs("docker", &["image", "inspect", IMAGE]) {
        return Some(format!("there is no image {IMAGE}; localstack/image/build makes it"));
    }
    (!runs("terraform", &["version"])).then(|| "terraform is not installed".to_owned())
}

/// Folders of a test.
pub(crate) struct Bed {
    folder: TempDir,
}

impl Bed {
    /// With a stack of one secret, after which a command runs as part of the apply.
    pub(crate) fn with(command: &str) -> Self {
        let bed = Self { folder: tempfile::tempdir().expect("a folder") };
        let put = |path: &str, text: &str| {
            let path = bed.folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        put("checkout/infra/terraform/main.tf", &include_str!("stack.tf").replace("COMMAND", command));
        put("checkout/infra/terraform/environments/dev.tfvars", "");
        put("checkout/system/schemas/none.json", "{}");
        for function in FUNCTION_NAMES {
            put(&format!("packages/fat/{function}.zip"), "");
        }
        bed
    }

    /// The deployer, to bring the stack up.
    pub(crate) fn up(&self, words: &[&str]) -> Command {
        self.deployer(&[&["up"], words].concat())
    }

    /// The same by an order, as the harness has it.
    pub(crate) fn up_ordered(&self, words: &[&str]) -> Command {
        self.deployer(&[&["up", "--ordered"], words].concat())
    }

    fn deployer(&self, words: &[&str]) -> Command {
        let at = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_deployer"));
        command.args(words).arg("--package-dir").arg(at("packages"));
        command.arg("--work-dir").arg(at("work")).arg("--checkout").arg(at("checkout"));
        command.arg("--ready-file").arg(at("ready.json"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// A folder with a program of this name alone.
    pub(crate) fn path_with(&self, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.folder.path().join("bin");
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join(name), script).expect("written");
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).expect("set");
        folder
    }

    /// Waits for a file in the deployment's folder.
    pub(crate) fn waits_for(&self, path: &str) {
        let began = Instant::now();
        while !self.deployment().join(path).exists() {
            assert!(began.elapsed() < PATIENCE, "there is no {path}");
            std::thread::sleep(LOOK); // poll
        }
    }

    /// The folder of the one deployment.
    fn deployment(&self) -> PathBuf {
        let mut names =
            std::fs::read_dir(self.folder.path().join("work")).expect("the folder of deployments");
        names.next().expect("a deployment").expect("an entry").path()
    }

    /// The label of its containers.
    pub(crate) fn label(&self) -> String {
        let folder = self.deployment();
        format!("peakproof.deployment={}", folder.file_name().expect("a name").to_string_lossy())
    }

    /// Waits until nothing is left: no folder, no ready file, no process in the folder, no container.
    pub(crate) fn is_left_clean(&self) {
        let began = Instant::now();
        loop {
            let left = self.left();
            if left.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "left behind: {left:?}");
            std::thread::sleep(LOOK); // poll
        }
    }

    fn left(&self) -> Vec<String> {
        let work = self.folder.path().join("work");
        let names = std::fs::read_dir(&work).into_iter().flatten().flatten();
        let mut left: Vec<String> =
            names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        if self.folder.path().join("ready.json").exists() {
            left.push("ready.json".to_owned());
        }
        for process in std::fs::read_dir("/proc").expect("processes").flatten() {
            let place = std::fs::read_link(process.path().join("cwd")).unwrap_or_default();
            if place.starts_with(&work) {
                left.push(format!("process {}", process.file_name().to_string_lossy()));
            }
        }
        left
    }
}

/// The deployer at work.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Running {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the deployer starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (tell, lines) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines, said: String::new() }
    }

    /// Waits until it says this.
    pub(crate) fn says(&mut self, text: &str) -> &mut Self {
        let began = Instant::now();
        while !self.said.contains(text) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.said.push_str(&format!("{line}\n")),
                Err(_) => panic!("it does not say `{text}`, but\n{}", self.said),
            }
        }
        self
    }

    /// Sends it a signal.
    pub(crate) fn signal(&mut self, signal: &str) -> &mut Self {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        self
    }

    /// What it wrote to, to be let go.
    pub(crate) const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for its end, and says how it ended and what it said.
    pub(crate) fn ended(&mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                // Whatever holds the pipe beyond its end is not waited for.
                while let Ok(line) = self.lines.recv_timeout(LOOK) {
                    self.said.push_str(&format!("{line}\n"));
                }
                return (status, std::mem::take(&mut self.said));
            }
            assert!(began.elapsed() < PATIENCE, "it does not end:\n{}", self.said);
            std::thread::sleep(LOOK); // poll
        }
    }

    /// Waits for its end with a code.
    pub(crate) fn ended_with(&mut self, code: i32) -> String {
        let (status, said) = self.ended();
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The guard takes down what a failed test leaves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ids of containers with a label.
pub(crate) fn containers(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    let told = Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &filter]).output();
    let told = told.expect("docker");
    assert!(told.status.success());
    String::from_utf8_lossy(&told.stdout).lines().map(str::to_owned).collect()
}

/// A container of the emulator for a test, removed with it.
pub(crate) struct Emulator {
    id: String,
    /// Where it answers.
    pub(crate) url: String,
}

impl Emulator {
    /// Starts it on any free port.
    pub(crate) fn start() -> Self {
        let run = ["run", "--detach", "--rm", "--publish", "127.0.0.1::4566", IMAGE];
        let id = docker(&run);
        let port = docker(&["port", &id, "4566"]);
        let emulator = Self { url: format!("http://{}", port.lines().next().expect("a port")), id };
        let began = Instant::now();
        while !emulator.asked("GET /_ministack/health").contains("200") {
            assert!(began.elapsed() < PATIENCE, "the emulator does not answer");
            std::thread::sleep(LOOK); // poll
        }
        emulator
    }

    /// The answer to a request, as it comes; the headers make one of Secrets Manager a question for its list.
    fn asked(&self, request: &str) -> String {
        use std::io::{Read as _, Write as _};
        let address = self.url.trim_start_matches("http://");
        let mut text = String::new();
        if let Ok(mut stream) = std::net::TcpStream::connect(address) {
            let request = format!(
                "{request} HTTP/1.1\r\nhost: {address}\r\nx-amz-target: secretsmanager.ListSecrets\r\n\
                 content-type: application/x-amz-json-1.1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
            );
            // What does not come is missed by whoever asked.
            let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut text));
        }
        text
    }

    /// Whether the stack's secret is there.
    pub(crate) fn has_the_secret(&self) -> bool {
        let told = self.asked("POST /");
        assert!(told.contains("SecretList"), "{told}");
        told.contains("deployer-test")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may be gone.
        let _ = Command::new("docker").args(["rm", "--force", &self.id]).output();
    }
}

fn docker(words: &[&str]) -> String {
    let told = Command::new("docker").args(words).output().expect("docker");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8_lossy(&told.stdout).trim().to_owned()
}

//! What the tests of gateway and Lambda service share: the fake function, a dead-letter sink, an HTTP client.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use localstack::lambda::{Bootstrap, Config, DeadLetterSink, FunctionSpec, Lambda};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The fake function's executable, an example target: cargo builds it with the tests.
pub(crate) fn bootstrap() -> Bootstrap {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path: PathBuf = target.join("examples").join("echo_bootstrap");
    assert!(path.exists(), "run `cargo build -p localstack --examples` first: {} is missing", path.display());
    Bootstrap::Path(path)
}

/// A Lambda service with fake functions, and the folder of its logs.
pub(crate) struct Fake {
    pub(crate) lambda: Lambda,
    pub(crate) dir: TempDir,
    pub(crate) letters: Letters,
}

impl Fake {
    /// One function named `f`, changed as wanted.
    pub(crate) fn with(change: impl FnOnce(&mut FunctionSpec)) -> Fake {
        Fake::configured(|_, spec| change(spec))
    }

    pub(crate) fn configured(change: impl FnOnce(&mut Config, &mut FunctionSpec)) -> Fake {
        let dir = tempfile::tempdir().unwrap();
        let letters = Letters::default();
        let mut config = Config::new(bootstrap(), dir.path());
        config.retry_delays = [Duration::from_millis(5), Duration::from_millis(10)];
        let mut spec = FunctionSpec::new("f");
        spec.timeout = Duration::from_secs(20);
        spec.dead_letter = Some(Arc::new(letters.clone()));
        change(&mut config, &mut spec);
        Fake { lambda: Lambda::start(config, vec![spec]).unwrap(), dir, letters }
    }

    /// A path in the test's own folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    pub(crate) fn log(&self) -> String {
        self.lambda.flush_logs();
        std::fs::read_to_string(self.dir.path().join("f.log")).unwrap()
    }

    /// The answer to `{"do": action}`, or the error object.
    pub(crate) async fn act(&self, action: &str) -> Result<Value, Value> {
        let invocation = self.lambda.invoke("f", event(action)).await.unwrap();
        match invocation.result {
            Ok(payload) => Ok(serde_json::from_slice(&payload).unwrap()),
            Err(error) => Err(serde_json::from_slice(&error.payload).unwrap()),
        }
    }

    pub(crate) async fn pid(&self) -> u64 {
        self.act("who").await.unwrap()["pid"].as_u64().unwrap()
    }
}

pub(crate) fn event(action: &str) -> Bytes {
    Bytes::from(json!({ "do": action }).to_string())
}

/// A dead-letter queue.
#[derive(Clone, Default)]
pub(crate) struct Letters(Arc<Mutex<Vec<Letter>>>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Letter {
    pub(crate) body: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Letters {
    pub(crate) fn all(&self) -> Vec<Letter> {
        self.0.lock().unwrap().clone()
    }
}

impl DeadLetterSink for Letters {
    fn send(&self, body: String, attributes: Vec<(String, String)>) {
        self.0.lock().unwrap().push(Letter { body, attributes });
    }
}

/// Waits until `done`, for at most 20 s.
#[track_caller]
pub(crate) fn until(what: &'static str, done: impl Fn() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < deadline, "{caller}: not in time: {what}");
            tokio::time::sleep(Duration::from_millis(1)).await; // poll
        }
    }
}

/// Is the process gone, reaped and all?
pub(crate) fn is_gone(pid: u64) -> bool {
    !std::fs::exists(format!("/proc/{pid}")).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn send(address: std::net::SocketAddr, request: Request<Bytes>) -> Answer {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = request.map(Full::new);
    request.headers_mut().insert("host", address.to_string().parse().unwrap());
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    connection.await.unwrap().unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

//! One execution environment: a child process, the listener its Runtime API is on, and the supervisor of both.
//!
//! Invariant: the supervisor returns only after the process is gone and reaped, and after what it had sent
//! before its end was taken in.

use std::fmt::Write as _;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;

use crate::clock;

use super::function::{Alarm, Function, failure, timed_out};
use super::logs::LogFile;
use super::platform_log;
use super::pool::EnvironmentId;
use super::runtime_api;
use super::service::{FunctionError, RequestId};

/// How long connections and pipes of a dead process may take to run dry.
const DRAIN_MAX: Duration = Duration::from_secs(1);
/// Peak memory is read from /proc at most so often: reading it costs as much as a small invocation.
const MEMORY_SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// A start that takes longer keeps the others waiting no more: it hangs, or waits for something else than a processor.
const TURN_MAX: Duration = Duration::from_secs(1);
/// Longest piece of a log line that is held back while waiting for its end.
const LINE_MAX_BYTES: usize = 256 * 1024;

/// What the supervisor and the Runtime API of one environment share.
pub(super) struct Environment {
    pub(super) id: EnvironmentId,
    pub(super) function: Arc<Function>,
    state: Mutex<Mutable>,
}

#[derive(Default)]
struct Mutable {
    /// What the function posted to `/init/error`.
    init_error: Option<Bytes>,
    pid: Option<u32>,
    /// Held until it asks for its first event: what lets the next environment start.
    turn: Option<OwnedSemaphorePermit>,
    asked: u64,
    memory_sampled: Option<Instant>,
}

/// Why an environment ended.
enum End {
    /// By itself, or by somebody's signal.
    Exited(std::io::Result<ExitStatus>),
    /// Its invocation ran too long.
    Expired,
    /// Its init ran too long.
    InitTimeout,
    /// It could not be started.
    NotStarted(std::io::Error),
    /// The service ends.
    Stopped,
}

/// Runs an environment from start to end.
pub(super) async fn run(function: Arc<Function>, id: EnvironmentId) {
    let mut stopping = function.shared.stopping.subscribe();
    let turn = tokio::select! {
        turn = function.turn_to_start(id) => match turn {
            Some(turn) => Some(turn),
            None => return,
        },
        // Ends below, as one that never lived.
        _ = stopping.wait_for(|stop| *stop) => None,
    };
    let started = Instant::now();
    let state = Mutex::new(Mutable { turn, ..Mutable::default() });
    let environment = Arc::new(Environment { id, function: Arc::clone(&function), state });
    let end = environment.live().await;
    let init_error = environment.state().init_error.take();
    if init_error.is_some() || matches!(end, End::InitTimeout | End::NotStarted(_)) {
        function.log.append(|out| platform_log::init_failed(out, "Runtime.InitError", started.elapsed()));
    }
    let init_timeout = function.shared.config.init_timeout;
    function.ended(id, |request| match (&init_error, &end) {
        (Some(payload), _) => FunctionError { payload: payload.clone(), timed_out: false },
        (None, End::InitTimeout) => timed_out(request, init_timeout),
        (None, end) => exit_error(request, end),
    });
}

impl Environment {
    fn state(&self) -> std::sync::MutexGuard<'_, Mutable> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_init_error(&self, payload: Bytes) {
        self.state().init_error = Some(payload);
    }

    /// It asks for an event. The first time, it is up, and another may start; after its first invocation, and rarely after
    /// that, its process's peak memory is read.
    pub(super) fn asks(&self) {
        let pid = {
            let mut state = self.state();
            state.asked += 1;
            state.turn = None;
            let now = Instant::now();
            let due = match state.memory_sampled {
                None => state.asked == 2,
                Some(at) => now.duration_since(at) > MEMORY_SAMPLE_EVERY,
            };
            if !due {
                return;
            }
            state.memory_sampled = Some(now);
            state.pid
        };
        if let Some(memory_mb) = pid.and_then(peak_memory_mb) {
            let mut pool = self.function.pool();
            pool.stats.memory_mb_max = pool.stats.memory_mb_max.max(memory_mb);
        }
    }

    async fn live(self: &Arc<Self>) -> End {
        if self.function.shared.is_stopping() {
            return End::Stopped;
        }
        let started = async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let child = self.spawn(&listener)?;
            std::io::Result::Ok((listener, child))
        };
        let (listener, mut child) = match started.await {
            Ok(started) => started,
            Err(error) => return End::NotStarted(error),
        };
        // Before its process is known: who is counted among the killed is killed.
        let mut kills = self.function.kills();
        self.state().pid = child.id();
        self.function.pool().set_pid(self.id, child.id());

        let mut pumps = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            pumps.spawn(pump(stdout, self.function.log.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            pumps.spawn(pump(stderr, self.function.log.clone()));
        }
        let mut connections = JoinSet::new();
        let end = self.supervise(&listener, &mut child, &mut kills, &mut connections).await;
        if !matches!(end, End::Exited(_)) {
            // It may have ended in the meantime, and then there is nothing to kill.
            let _ = child.kill().await;
        }
        self.function.pool().set_pid(self.id, None);
        // What the process sent before its end still counts: an answer, an init error, its last words.
        while let Some(Ok((stream, _))) = listener.accept().now_or_never() {
            connections.spawn(runtime_api::serve(stream, Arc::clone(self)));
        }
        let dry = async {
            while connections.join_next().await.is_some() {}
            while pumps.join_next().await.is_some() {}
        };
        // Past the limit the tasks are dropped with their sets: a grandchild may hold a pipe open for ever.
        let _ = tokio::time::timeout(DRAIN_MAX, dry).await;
        end
    }

    /// Until the process ends, has to be killed, or the service ends.
    async fn supervise(
        self: &Arc<Self>,
        listener: &TcpListener,
        child: &mut Child,
        kills: &mut watch::Receiver<u64>,
        connections: &mut JoinSet<()>,
    ) -> End {
        let init_timeout = self.function.shared.config.init_timeout;
        let mut stopping = self.function.shared.stopping.subscribe();
        let stopped = async { drop(stopping.wait_for(|stop| *stop).await) };
        tokio::pin!(stopped);
        // Looked at when it rings, and set anew by what is found: an invocation costs no timer of its own.
        let alarm = tokio::time::sleep(init_timeout.min(self.function.spec.timeout));
        tokio::pin!(alarm);
        let overdue = tokio::time::sleep(TURN_MAX);
        tokio::pin!(overdue);
        let mut in_turn = true;
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(runtime_api::serve(stream, Arc::clone(self)));
                    }
                }
                status = child.wait() => return End::Exited(status),
                () = &mut overdue, if in_turn => {
                    self.state().turn = None;
                    in_turn = false;
                }
                () = &mut stopped => return End::Stopped,
                // Its end is seen above, as that of any process that somebody kills.
                Ok(()) = kills.changed() => drop(child.start_kill()),
                () = &mut alarm => match self.function.alarm(self.id) {
                    Alarm::Again(time) => alarm.as_mut().reset(time.into()),
                    Alarm::InitTimeout => return End::InitTimeout,
                    Alarm::Expired => return End::Expired,
                },
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
    }

    fn spawn(&self, listener: &TcpListener) -> std::io::Result<Child> {
        let function = &self.function;
        let config = &function.shared.config;
        let spec = &function.spec;
        let mut log_stream = Vec::new();
        clock::push_rfc3339(&mut log_stream, clock::unix_millis());
        let date = String::from_utf8_lossy(&log_stream)[..10].replace('-', "/");
        let mut command = Command::new(&function.shared.program);
        command
            .arg0("bootstrap")
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "embedded")
            .env("AWS_SECRET_ACCESS_KEY", "embedded")
            .envs(&spec.environment)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
            .env("_HANDLER", &spec.handler)
            .env("AWS_REGION", &config.region)
            .env("AWS_DEFAULT_REGION", &config.region)
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &spec.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mb.to_string())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", format!("{date}/[$LATEST]{}", uuid::Uuid::new_v4().simple()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal goes to the whole foreground group. It is the cloud that decides when functions end: it
            // may still have events to finish.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn()
    }
}

/// Lambda's error for an invocation whose process went away.
fn exit_error(request: RequestId, end: &End) -> FunctionError {
    let mut message = format!("RequestId: {request} Error: ");
    // Writing to a String cannot fail.
    let _ = match end {
        End::Exited(Ok(status)) if status.success() => {
            write!(message, "Runtime exited without providing a reason")
        }
        End::Exited(Ok(status)) => write!(message, "Runtime exited with error: {}", exit_words(*status)),
        End::Exited(Err(error)) => write!(message, "Runtime exited: {error}"),
        End::NotStarted(error) => write!(message, "Runtime could not be started: {error}"),
        End::Stopped => write!(message, "the service is shutting down"),
        End::Expired | End::InitTimeout => write!(message, "Runtime was killed"),
    };
    failure("Runtime.ExitError", &message)
}

/// `exit status 1` or `signal: killed`, as Lambda words it.
fn exit_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;

    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(9)) => "signal: killed".to_owned(),
        (None, Some(11)) => "signal: segmentation fault".to_owned(),
        (None, Some(6)) => "signal: aborted".to_owned(),
        (None, Some(15)) => "signal: terminated".to_owned(),
        (None, signal) => format!("signal: {}", signal.unwrap_or_default()),
    }
}

/// Copies a pipe to the log, whole lines at a time, so that lines of different environments do not mix.
async fn pump(mut pipe: impl AsyncRead + Unpin, log: LogFile) {
    let mut pending = Vec::with_capacity(4096);
    while let Ok(1..) = pipe.read_buf(&mut pending).await {
        let whole = match pending.iter().rposition(|b| *b == b'\n') {
            Some(last) => last + 1,
            None if pending.len() < LINE_MAX_BYTES => continue,
            None => pending.len(),
        };
        log.append(|out| out.extend_from_slice(&pending[..whole]));
        pending.drain(..whole);
    }
    if !pending.is_empty() {
        pending.push(b'\n');
        log.append(|out| out.extend_from_slice(&pending));
    }
}

/// `VmHWM` of a process, MiB rounded up. Absent where there is no /proc.
fn peak_memory_mb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}

//! The handle that everything else holds: finds functions, counts what is in flight, shuts down.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::function::Function;
use super::logs::Logs;
use super::spec::{Bootstrap, Config, FunctionSpec};

/// Largest payload, and largest answer, of a synchronous invocation: 6 MB on AWS.
pub const SYNC_PAYLOAD_MAX_BYTES: usize = 6 * 1024 * 1024;
/// Largest payload of an asynchronous invocation: 1 MB on AWS.
pub const ASYNC_PAYLOAD_MAX_BYTES: usize = 1024 * 1024;

/// Identifies an invocation; an asynchronous event keeps its own over all attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) Uuid);

impl RequestId {
    pub(super) fn random() -> Self {
        RequestId(Uuid::new_v4())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A finished synchronous invocation. Without the answer in `Debug`: it may hold records.
pub struct Invocation {
    /// The invocation's id.
    pub request_id: RequestId,
    /// The function's answer, or how it failed.
    pub result: Result<Bytes, FunctionError>,
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("request_id", &self.request_id)
            .field("answer_bytes", &self.result.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// The function was invoked and failed: by its own error, a time-out or a crash. Without the payload in `Debug`.
#[derive(Clone)]
pub struct FunctionError {
    /// JSON with `errorType` and `errorMessage`, as the caller gets it.
    pub payload: Bytes,
    /// It ran longer than its time-out, and was killed.
    pub timed_out: bool,
}

impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionError").field("timed_out", &self.timed_out).finish_non_exhaustive()
    }
}

/// The service did not invoke the function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No function of that name.
    #[error("function not found: {0}")]
    NotFound(String),
    /// The function's reserved concurrency, or the account's, is used up.
    #[error("rate exceeded")]
    Throttled,
    /// Payload above [`SYNC_PAYLOAD_MAX_BYTES`] or [`ASYNC_PAYLOAD_MAX_BYTES`].
    #[error("payload of {size} bytes exceeds {limit} bytes")]
    TooLarge {
        /// Payload size, bytes.
        size: usize,
        /// Limit, bytes.
        limit: usize,
    },
    /// An injected fault of the service itself.
    #[error("service failure")]
    Service,
    /// Environments fail before they take an event; only from [`Lambda::warm`].
    #[error("environments of {0} keep failing at init")]
    Init(String),
    /// The service is shutting down.
    #[error("the Lambda service is shutting down")]
    ShuttingDown,
}

/// The service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The log folder or a file in it.
    #[error("cannot write logs in {path}: {source}")]
    Logs {
        /// Folder.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The bootstrap does not exist, or its path cannot be told.
    #[error("no bootstrap at {path}: {source}")]
    Bootstrap {
        /// Where it should be.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// Two functions of one name.
    #[error("function {0} is defined twice")]
    Duplicate(String),
    /// A name that cannot stand in an ARN or a file name.
    #[error("{0:?} is no function name: 1 to 64 letters, digits, '-' and '_'")]
    Name(String),
}

/// What a function did so far. Durations in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct FunctionStats {
    /// Attempts that reached an environment or failed at its init.
    pub invocations: u64,
    /// Attempts that failed, in whatever way.
    pub errors: u64,
    /// … of which by time-out.
    pub timeouts: u64,
    /// Synchronous invocations refused for lack of concurrency.
    pub throttles: u64,
    /// Environments that came up.
    pub cold_starts: u64,
    /// Environments that failed before their first event.
    pub init_failures: u64,
    /// Environments now alive.
    pub environments: u64,
    /// Most invocations at once.
    pub concurrent_max: u64,
    /// Sum of all attempts' durations.
    pub duration_ms_total: u64,
    /// Sum of all init durations.
    pub init_ms_total: u64,
    /// Peak resident memory of any environment, MiB; sampled.
    pub memory_mb_max: u64,
    /// Asynchronous events accepted.
    pub async_events: u64,
    /// Attempts after the first.
    pub async_retries: u64,
    /// Events handed to the dead-letter sink.
    pub dead_lettered: u64,
    /// Events whose last attempt failed without a dead-letter sink.
    pub dropped: u64,
    /// Events now waiting for an environment.
    pub queue_length: u64,
    /// Longest time from acceptance to the start of a first attempt.
    pub async_age_ms_max: u64,
}

/// What every function of a service shares.
pub(super) struct Shared {
    pub(super) config: Config,
    /// The executable behind [`Config::bootstrap`].
    pub(super) program: PathBuf,
    /// Synchronous invocations in flight, all functions.
    pub(super) in_flight: AtomicU32,
    /// Asynchronous events that are not at their end yet, all functions.
    pub(super) outstanding: AtomicU64,
    /// Turns true once: no more work is taken, environments end.
    pub(super) stopping: watch::Sender<bool>,
    /// One permit a processor. Starting a process costs processor time that the running ones need: a short stall would
    /// otherwise start dozens of environments, which make the stall a long one.
    pub(super) starting: Arc<Semaphore>,
    tasks: Mutex<JoinSet<()>>,
}

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Runs a task that `Lambda::shutdown` waits for.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

struct Inner {
    functions: BTreeMap<String, Arc<Function>>,
    shared: Arc<Shared>,
    logs: Logs,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // No handle is left: environments end, each killed by its own task.
        self.shared.stopping.send_replace(true);
    }
}

/// The running service. Clones are handles to the same one.
#[derive(Clone)]
pub struct Lambda {
    inner: Arc<Inner>,
}

impl Lambda {
    /// Starts the service, without starting any environment. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// The log folder cannot be written, the bootstrap is not there, or names are wrong.
    pub fn start(config: Config, specs: Vec<FunctionSpec>) -> Result<Lambda, StartError> {
        let program = program(&config.bootstrap)?;
        let logs = Logs::start(&config.log_dir)
            .map_err(|source| StartError::Logs { path: config.log_dir.clone(), source })?;
        let shared = Arc::new(Shared {
            program,
            in_flight: AtomicU32::new(0),
            outstanding: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            starting: Arc::new(Semaphore::new(cpus())),
            tasks: Mutex::new(JoinSet::new()),
            config,
        });
        let mut functions = BTreeMap::new();
        for spec in specs {
            let name = spec.name.clone();
            if !is_function_name(&name) {
                return Err(StartError::Name(name));
            }
            let log = logs
                .file(&format!("{name}.log"))
                .map_err(|source| StartError::Logs { path: shared.config.log_dir.clone(), source })?;
            let function = Function::new(spec, Arc::clone(&shared), log);
            if functions.insert(name.clone(), function).is_some() {
                return Err(StartError::Duplicate(name));
            }
        }
        Ok(Lambda { inner: Arc::new(Inner { functions, shared, logs }) })
    }

    /// Invokes a function, by name or ARN, and waits for its answer. Dropping the future does not stop the function.
    ///
    /// # Errors
    /// The function was not invoked. A function that ran and failed is an `Ok` with a [`FunctionError`] inside.
    pub async fn invoke(&self, name: &str, payload: Bytes) -> Result<Invocation, InvokeError> {
        self.function(name)?.invoke(payload).await
    }

    /// Queues an event for a function: the 202 of an `Event` invocation.
    ///
    /// # Errors
    /// The event was not accepted.
    pub fn invoke_async(&self, name: &str, payload: Bytes) -> Result<RequestId, InvokeError> {
        let function = self.function(name)?;
        function.accept_event(payload, function.follow(None))
    }

    /// Starts environments of a function before they are needed, and waits until that many are up: what
    /// provisioned concurrency does on AWS.
    ///
    /// # Errors
    /// Unknown function, or its environments fail at init.
    pub async fn warm(&self, name: &str, environments: u32) -> Result<(), InvokeError> {
        self.function(name)?.warm(environments).await
    }

    /// Are all asynchronous events at their end: none queued, running or waiting for a retry?
    pub fn idle(&self) -> bool {
        self.inner.shared.outstanding.load(Ordering::Acquire) == 0
    }

    /// Process ids of all environments now alive.
    pub fn child_pids(&self) -> Vec<u32> {
        self.inner.functions.values().flat_map(|f| f.pids()).collect()
    }

    /// Kills every process of a function, or with `*` of all functions; how many there were. A process that is about to be
    /// started is left alone.
    pub fn kill(&self, name: &str) -> usize {
        self.inner.functions.values().filter(|f| name == "*" || f.name() == name).map(|f| f.kill()).sum()
    }

    /// Counters of every function.
    pub fn stats(&self) -> BTreeMap<String, FunctionStats> {
        self.inner.functions.iter().map(|(name, f)| (name.clone(), f.stats())).collect()
    }

    /// Writes out what the logs hold in memory.
    pub fn flush_logs(&self) {
        self.inner.logs.flush();
    }

    /// Ends every environment, waits until each process is gone, and writes out the logs. Events still queued
    /// are discarded; waiting callers get [`InvokeError::ShuttingDown`].
    pub async fn shutdown(self) {
        self.inner.shared.stopping.send_replace(true);
        for function in self.inner.functions.values() {
            function.discard_waiting();
        }
        loop {
            // Taken out of the lock, since nothing may be awaited under it; a task may still add another.
            let mut tasks = {
                let mut tasks = self.inner.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::replace(&mut *tasks, JoinSet::new())
            };
            if tasks.is_empty() {
                break;
            }
            while tasks.join_next().await.is_some() {}
        }
        self.inner.logs.flush();
    }

    /// All functions, by name.
    pub(super) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.inner.functions.values()
    }

    /// The function a name, a partial ARN or an ARN (with or without qualifier) stands for.
    pub(crate) fn function(&self, name: &str) -> Result<&Arc<Function>, InvokeError> {
        self.inner.functions.get(unqualified(name)).ok_or_else(|| InvokeError::NotFound(name.to_owned()))
    }

    pub(super) fn config(&self) -> &Config {
        &self.inner.shared.config
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`, `ACCOUNT:function:NAME`, `NAME[:QUALIFIER]` → `NAME`.
fn unqualified(name: &str) -> &str {
    let rest = match name.split_once("function:") {
        Some((head, rest)) if head.is_empty() || head.ends_with(':') => rest,
        _ => name,
    };
    rest.split(':').next().unwrap_or(rest)
}

fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn program(bootstrap: &Bootstrap) -> Result<PathBuf, StartError> {
    let path = match bootstrap {
        // The link of the running image: still right after the file was replaced by a rebuild.
        Bootstrap::SelfExec if cfg!(target_os = "linux") => PathBuf::from("/proc/self/exe"),
        Bootstrap::SelfExec => std::env::current_exe()
            .map_err(|source| StartError::Bootstrap { path: PathBuf::new(), source })?,
        Bootstrap::Path(path) => path.clone(),
    };
    match std::fs::canonicalize(&path) {
        Ok(absolute) if matches!(bootstrap, Bootstrap::Path(_)) => Ok(absolute),
        Ok(_) => Ok(path),
        Err(source) => Err(StartError::Bootstrap { path, source }),
    }
}

/// Processors of this machine.
pub(super) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Rounded up, as Lambda bills.
pub(super) fn millis_up(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_every_form_of_its_name() {
        for name in [
            "webhook-processor",
            "webhook-processor:$LATEST",
            "arn:aws:lambda:us-east-1:000000000000:function:webhook-processor",
            "arn:aws:lambda:us-east-1:000000000000:function:webhook-processor:live",
            "000000000000:function:webhook-processor",
            "function:webhook-processor",
        ] {
            assert_eq!(unqualified(name), "webhook-processor", "{name}");
        }
        assert_eq!(unqualified("my-function:1"), "my-function");
    }
}

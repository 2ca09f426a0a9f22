//! What is asked of the Lambda service: its functions, where their code is, and how failures are handled.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::xray::Tracer;

/// The executable that plays the functions' `bootstrap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrap {
    /// This very program, started again with `bootstrap` as its name.
    SelfExec,
    /// A packaged `bootstrap`.
    Path(PathBuf),
}

/// One function. Field meanings follow Lambda's own configuration.
#[derive(Clone)]
pub struct FunctionSpec {
    /// Unqualified name, e.g. `webhook-processor`.
    pub name: String,
    /// `_HANDLER`: picks the function inside a multi-call bootstrap.
    pub handler: String,
    /// The function's own variables; the reserved ones (`AWS_LAMBDA_…`, `_HANDLER`) are added, and win.
    pub environment: BTreeMap<String, String>,
    /// An invocation that runs longer is ended by killing its environment (Lambda allows at most 900 s).
    pub timeout: Duration,
    /// Configured memory, MiB. Reported to the function; not enforced.
    pub memory_mb: u32,
    /// Concurrent executions this function may have at most; `Some(0)` switches it off.
    pub reserved_concurrency: Option<u32>,
    /// Environments this machine carries at most. A further synchronous invocation waits for a free one,
    /// where AWS would start another.
    pub max_environments: u32,
    /// Where an asynchronous event goes when its last attempt failed.
    pub dead_letter: Option<Arc<dyn DeadLetterSink>>,
    /// Attempts after the first for an asynchronous event: 0 to 2 on AWS.
    pub max_retries: u32,
    /// An asynchronous event older than this is not attempted again (60 s to 6 h on AWS).
    pub max_event_age: Duration,
}

impl FunctionSpec {
    /// A function with AWS's defaults: 3 s, 128 MiB, no reserved concurrency, two retries, six hours; and as
    /// many environments as eight per processor.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let cpus = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        FunctionSpec {
            handler: name.clone(),
            name,
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            reserved_concurrency: None,
            max_environments: cpus.saturating_mul(8).max(8),
            dead_letter: None,
            max_retries: 2,
            max_event_age: Duration::from_secs(6 * 3600),
        }
    }
}

/// Receives events whose last attempt failed. Called from within the service, so it must not block for long.
pub trait DeadLetterSink: Send + Sync {
    /// `body` is the original event. `attributes` are SQS message attributes as Lambda sets them: `RequestID`
    /// (String), `ErrorCode` (Number: the HTTP status, 200 for a function's own error) and `ErrorMessage`
    /// (String, at most 1 KiB).
    fn send(&self, body: String, attributes: Vec<(String, String)>);

    /// ARN of where the events go, as the function's configuration tells it; `None` where there is none to tell.
    fn arn(&self) -> Option<&str> {
        None
    }
}

/// A fault to put in place of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectedError {
    /// `TooManyRequestsException` throttles, `ServiceException` makes the service itself fail with 500, any
    /// other code is the `errorType` of a function error (`Unhandled`, say). Empty: latency only.
    pub code: String,
    /// Waited before the attempt.
    pub latency: Duration,
}

/// Asked before every attempt, with the function's name.
pub type FaultHook = Arc<dyn Fn(&str) -> Option<InjectedError> + Send + Sync>;

/// Which of the platform's own lines (`platform.initReport`, `platform.start`, `platform.report`) go to the functions' logs;
/// Lambda's system log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemLog {
    /// Failed invocations only.
    Warn,
    /// One report an invocation, cold starts.
    Report,
    /// A start and a report for every invocation, as Lambda's default (INFO) writes them.
    Info,
}

/// The Lambda service.
#[derive(Clone)]
pub struct Config {
    /// What the functions run.
    pub bootstrap: Bootstrap,
    /// `<function>.log` is written here; created if absent.
    pub log_dir: PathBuf,
    /// Delay before the first and the second retry of an asynchronous event. AWS waits 60 s and 120 s.
    pub retry_delays: [Duration; 2],
    /// Faults, if a plan asks for some.
    pub fault: Option<FaultHook>,
    /// Region named in ARNs and handed to functions.
    pub region: String,
    /// Account named in ARNs.
    pub account_id: String,
    /// Concurrent executions of all functions together; a synchronous invocation beyond is throttled.
    pub account_concurrency: u32,
    /// Lines of the platform itself in the functions' logs.
    pub system_log: SystemLog,
    /// An environment that has not asked for its first event by then is killed (10 s on AWS).
    pub init_timeout: Duration,
    /// Takes segments; without one no trace is sampled.
    pub tracer: Option<Tracer>,
}

impl Config {
    /// us-east-1, account 000000000000, 1,000 concurrent executions, retries after 200 and 400 ms, no faults.
    pub fn new(bootstrap: Bootstrap, log_dir: impl Into<PathBuf>) -> Self {
        Config {
            bootstrap,
            log_dir: log_dir.into(),
            retry_delays: [Duration::from_millis(200), Duration::from_millis(400)],
            fault: None,
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            account_concurrency: 1_000,
            system_log: SystemLog::Report,
            init_timeout: Duration::from_secs(10),
            tracer: None,
        }
    }
}

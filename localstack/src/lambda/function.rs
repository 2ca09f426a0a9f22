//! One function: its pool under its lock, and the ways of work into and out of it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot, watch};

use super::environment;
use super::logs::LogFile;
use super::platform_log::{self, Status};
use super::pool::{Answer, EnvironmentId, Job, Limits, Next, Origin, Pool, Running, Watch};
use super::service::{
    FunctionError, FunctionStats, Invocation, InvokeError, RequestId, SYNC_PAYLOAD_MAX_BYTES, Shared, cpus,
};
use super::spec::{FunctionSpec, InjectedError, SystemLog};
use super::tracing::Trace;
use crate::xray::TraceContext;

/// See the module.
pub(crate) struct Function {
    pub(super) spec: FunctionSpec,
    pub(super) arn: HeaderValue,
    pub(super) shared: Arc<Shared>,
    pub(super) log: LogFile,
    pool: Mutex<Pool>,
    /// An environment came up or went away.
    changed: Notify,
    /// Counts the calls of [`Function::kill`]; environments that live kill their process when it changes.
    kills: watch::Sender<u64>,
}

/// What an environment's alarm found.
pub(super) enum Alarm {
    /// Nothing; to be set to this time.
    Again(Instant),
    /// Its init takes too long.
    InitTimeout,
    /// Its time is up. The invocation that took too long, if there was one, has been failed.
    Expired,
}

/// What an injected fault leaves of an attempt.
pub(super) enum Injected {
    /// Goes on as if nothing had been.
    Nothing,
    /// The service refuses.
    Refused(InvokeError),
    /// The function fails.
    Failed(FunctionError),
}

impl Function {
    pub(super) fn new(spec: FunctionSpec, shared: Arc<Shared>, log: LogFile) -> Arc<Self> {
        let reserved = spec.reserved_concurrency.map(|r| r as usize);
        let limits = Limits {
            environments: (spec.max_environments as usize).min(reserved.unwrap_or(usize::MAX)),
            // How many of these have a process is for `Shared::starting` to say.
            starting: 2 * cpus(),
            reserved,
            timeout: spec.timeout,
        };
        let config = &shared.config;
        let arn = format!("arn:aws:lambda:{}:{}:function:{}", config.region, config.account_id, spec.name);
        let arn = HeaderValue::from_str(&arn).unwrap_or(HeaderValue::from_static(""));
        Arc::new(Function {
            spec,
            arn,
            shared,
            log,
            pool: Mutex::new(Pool::new(limits)),
            changed: Notify::new(),
            kills: watch::Sender::new(0),
        })
    }

    pub(super) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    /// A synchronous invocation, in a trace of its own.
    pub(crate) async fn invoke(self: &Arc<Self>, payload: Bytes) -> Result<Invocation, InvokeError> {
        self.invoke_in(payload, self.follow(None)).await
    }

    /// A synchronous invocation in its caller's trace.
    pub(crate) async fn invoke_in(
        self: &Arc<Self>,
        payload: Bytes,
        caller: TraceContext,
    ) -> Result<Invocation, InvokeError> {
        let trace = Trace::new(caller);
        let mut telling = self.telling(&trace);
        let result = self.invoke_once(payload, trace).await;
        telling.ended(&result);
        result
    }

    async fn invoke_once(
        self: &Arc<Self>,
        payload: Bytes,
        trace: Box<Trace>,
    ) -> Result<Invocation, InvokeError> {
        if payload.len() > SYNC_PAYLOAD_MAX_BYTES {
            return Err(InvokeError::TooLarge { size: payload.len(), limit: SYNC_PAYLOAD_MAX_BYTES });
        }
        let _in_flight = self.enter()?;
        let request_id = RequestId::random();
        if let Some(fault) = self.fault() {
            match self.inject(fault, request_id).await {
                Injected::Nothing => {}
                Injected::Refused(error) => return Err(error),
                Injected::Failed(error) => return Ok(Invocation { request_id, result: Err(error) }),
            }
        }
        if self.shared.is_stopping() {
            return Err(InvokeError::ShuttingDown);
        }
        let (sender, receiver) = oneshot::channel();
        let job = Job { id: request_id, payload, from: Origin::Caller(sender, trace) };
        let starts = {
            let now = Instant::now();
            let mut pool = self.pool();
            pool.offer(job, now).map_err(|_| InvokeError::Throttled)?;
            pool.starts_wanted(now)
        };
        self.start_all(starts);
        let result = receiver.await.map_err(|_| InvokeError::ShuttingDown)?;
        Ok(Invocation { request_id, result })
    }

    /// Counts an invocation in, until the guard is dropped.
    fn enter(&self) -> Result<InFlight<'_>, InvokeError> {
        let before = self.shared.in_flight.fetch_add(1, Ordering::Relaxed);
        let guard = InFlight(&self.shared);
        if before >= self.shared.config.account_concurrency {
            self.pool().stats.throttles += 1;
            return Err(InvokeError::Throttled);
        }
        Ok(guard)
    }

    /// The fault planned for the next attempt.
    pub(super) fn fault(&self) -> Option<InjectedError> {
        self.shared.config.fault.as_ref().and_then(|hook| hook(&self.spec.name))
    }

    /// Waits a fault's latency, then tells what it makes of the attempt.
    pub(super) async fn inject(&self, fault: InjectedError, id: RequestId) -> Injected {
        if !fault.latency.is_zero() {
            tokio::time::sleep(fault.latency).await;
        }
        match fault.code.as_str() {
            "" => Injected::Nothing,
            "TooManyRequestsException" => {
                self.pool().stats.throttles += 1;
                Injected::Refused(InvokeError::Throttled)
            }
            "ServiceException" => Injected::Refused(InvokeError::Service),
            code => {
                let mut pool = self.pool();
                pool.stats.invocations += 1;
                pool.stats.errors += 1;
                Injected::Failed(failure(code, &format!("RequestId: {id} Error: injected fault")))
            }
        }
    }

    pub(super) fn start_all(self: &Arc<Self>, ids: Vec<EnvironmentId>) {
        for id in ids {
            self.shared.spawn(environment::run(Arc::clone(self), id));
        }
    }

    /// Starts environments ahead of demand, and waits for them.
    pub(super) async fn warm(self: &Arc<Self>, wanted: u32) -> Result<(), InvokeError> {
        loop {
            let changed = self.changed.notified();
            let starts = {
                let mut pool = self.pool();
                let limits = pool.limits();
                let wanted = (wanted as usize).min(limits.environments);
                let (up, all) = pool.environments();
                if up >= wanted {
                    return Ok(());
                }
                if pool.init_keeps_failing() {
                    return Err(InvokeError::Init(self.spec.name.clone()));
                }
                let free = limits.starting.saturating_sub(all - up);
                let now = Instant::now();
                (0..wanted.saturating_sub(all).min(free)).map(|_| pool.start(now)).collect()
            };
            if self.shared.is_stopping() {
                return Err(InvokeError::ShuttingDown);
            }
            self.start_all(starts);
            changed.await;
        }
    }

    /// Waits until the machine can afford to start this environment's process. `None`: it is not needed any more.
    pub(super) async fn turn_to_start(self: &Arc<Self>, id: EnvironmentId) -> Option<OwnedSemaphorePermit> {
        let all = u32::try_from(cpus()).unwrap_or(u32::MAX);
        // The first one of a function is waited for by somebody; a further one comes beside others that serve, and starts
        // alone.
        let permits = if self.pool().environments().0 == 0 { 1 } else { all };
        // The semaphore is never closed.
        let turn = Arc::clone(&self.shared.starting).acquire_many_owned(permits).await.ok()?;
        self.pool().begin(id, Instant::now()).then_some(turn)
    }

    /// An environment asks for its next event.
    pub(super) fn next(&self, id: EnvironmentId) -> Next {
        let (next, came_up) = {
            let mut pool = self.pool();
            let cold_starts = pool.stats.cold_starts;
            let next = pool.next(id, Instant::now());
            (next, pool.stats.cold_starts > cold_starts)
        };
        if came_up {
            self.changed.notify_waiters();
        }
        next
    }

    /// The connection on which an environment waited for its next event broke; see [`Pool::unpark`].
    pub(super) fn unpark(self: &Arc<Self>, id: EnvironmentId, undelivered: bool) {
        let starts = {
            let now = Instant::now();
            let mut pool = self.pool();
            pool.unpark(id, undelivered, now);
            pool.starts_wanted(now)
        };
        self.start_all(starts);
    }

    /// An environment has an answer. False: not to a question it was asked.
    pub(super) fn respond(self: &Arc<Self>, id: EnvironmentId, request: RequestId, answer: Answer) -> bool {
        let now = Instant::now();
        let Some(running) = self.pool().finish(id, request, now) else { return false };
        let status = if answer.is_ok() { Status::Success } else { Status::Error };
        self.report(&running, status, now);
        self.complete(running.job, answer);
        true
    }

    /// Checks an environment's time limits; an invocation that is over its own has failed.
    pub(super) fn alarm(self: &Arc<Self>, id: EnvironmentId) -> Alarm {
        let now = Instant::now();
        let watch = self.pool().watch(id, now);
        match watch {
            Watch::Until(time) => Alarm::Again(time),
            Watch::Starting(since) if now - since >= self.shared.config.init_timeout => Alarm::InitTimeout,
            Watch::Starting(since) => Alarm::Again(since + self.shared.config.init_timeout),
            Watch::Expired(None) => Alarm::Expired,
            Watch::Expired(Some(running)) => {
                self.report(&running, Status::Timeout, now);
                self.pool().stats.timeouts += 1;
                let error = timed_out(running.job.id, self.spec.timeout);
                self.complete(running.job, Err(error));
                Alarm::Expired
            }
        }
    }

    /// An environment is gone. `cause` makes the error of an invocation that fails with it.
    pub(super) fn ended(self: &Arc<Self>, id: EnvironmentId, cause: impl Fn(RequestId) -> FunctionError) {
        let now = Instant::now();
        let removed = self.pool().remove(id, now);
        if let Some(running) = removed.running {
            self.report(&running, Status::Failure, now);
            let error = cause(running.job.id);
            self.complete(running.job, Err(error));
        }
        for job in removed.failed {
            let error = cause(job.id);
            self.complete(job, Err(error));
        }
        self.changed.notify_waiters();
        if self.shared.is_stopping() {
            self.discard_waiting();
            return;
        }
        let starts = self.pool().starts_wanted(now);
        self.start_all(starts);
    }

    /// Hands an attempt's end to whoever waits for it.
    fn complete(self: &Arc<Self>, job: Job, answer: Answer) {
        if answer.is_err() {
            self.pool().stats.errors += 1;
        }
        match job.from {
            // A caller that went away does not want it.
            Origin::Caller(sender, _) => drop(sender.send(answer)),
            Origin::Event(event) => self.attempt_ended(job.id, job.payload, event, answer),
        }
    }

    fn report(&self, running: &Running, status: Status, now: Instant) {
        self.tell_run(running, status, now);
        let level = self.shared.config.system_log;
        if status == Status::Success && level < SystemLog::Report {
            return;
        }
        let duration = now.saturating_duration_since(running.started);
        let memory_used_mb = self.pool().stats.memory_mb_max;
        self.log.append(|out| {
            platform_log::report(
                out,
                &platform_log::Report {
                    id: running.job.id,
                    status,
                    duration,
                    init: running.cold_start,
                    memory_mb: self.spec.memory_mb,
                    memory_used_mb,
                },
            );
        });
    }

    /// Drops what waits: callers see their sender go, events are gone with the service.
    pub(super) fn discard_waiting(&self) {
        let jobs = self.pool().discard();
        let events = jobs.iter().filter(|job| matches!(job.from, Origin::Event(_))).count() as u64;
        self.shared.outstanding.fetch_sub(events, Ordering::AcqRel);
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        self.pool().pids().collect()
    }

    /// Kills the processes that there are, by their supervisors; how many there were.
    pub(super) fn kill(&self) -> usize {
        let killed = self.pool().pids().count();
        self.kills.send_modify(|kills| *kills += 1);
        killed
    }

    /// Changes with every [`Function::kill`] from now on.
    pub(super) fn kills(&self) -> watch::Receiver<u64> {
        self.kills.subscribe()
    }

    pub(super) fn stats(&self) -> FunctionStats {
        self.pool().stats()
    }
}

struct InFlight<'a>(&'a Shared);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The JSON error object that Lambda hands to callers.
pub(super) fn failure(error_type: &str, message: &str) -> FunctionError {
    let payload = serde_json::json!({ "errorType": error_type, "errorMessage": message }).to_string();
    FunctionError { payload: Bytes::from(payload), timed_out: false }
}

/// Lambda's error for an invocation, or an init, that ran too long.
pub(super) fn timed_out(id: RequestId, limit: Duration) -> FunctionError {
    let message = format!("RequestId: {id} Error: Task timed out after {:.2} seconds", limit.as_secs_f64());
    FunctionError { timed_out: true, ..failure("Sandbox.Timedout", &message) }
}

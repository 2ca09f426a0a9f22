//! Which environment takes which work, and when another is started: decisions only, no I/O, under one lock a function.
//!
//! Invariants: work waits only while no environment is idle; a job is in exactly one place (waiting, queued,
//! with an environment, or returned to the caller of a method here); environments never exceed [`Limits::environments`].

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::asynchronous::Event;
use super::service::{FunctionError, FunctionStats, RequestId, millis_up};
use super::tracing::Trace;
use crate::xray::TraceContext;

/// Names an environment for as long as the service runs.
pub(super) type EnvironmentId = u64;

/// How an attempt ended.
pub(super) type Answer = Result<Bytes, FunctionError>;

/// One attempt to be made.
pub(super) struct Job {
    pub(super) id: RequestId,
    pub(super) payload: Bytes,
    pub(super) from: Origin,
}

/// Who waits for the answer.
pub(super) enum Origin {
    /// A synchronous caller. Dropping the sender tells it that the service ends.
    Caller(oneshot::Sender<Answer>, Box<Trace>),
    /// An asynchronous event.
    Event(Event),
}

/// What an environment gets for its `next`.
pub(super) struct Delivery {
    pub(super) id: RequestId,
    pub(super) payload: Bytes,
    pub(super) trace: TraceContext,
}

impl Job {
    fn delivery(&self) -> Delivery {
        Delivery { id: self.id, payload: self.payload.clone(), trace: self.trace().inside() }
    }

    pub(super) fn trace(&self) -> &Trace {
        match &self.from {
            Origin::Caller(_, trace) => trace,
            Origin::Event(event) => &event.trace,
        }
    }
}

/// Bounds, from the function's configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Environments at most, starting ones included.
    pub(super) environments: usize,
    /// Environments starting at once.
    pub(super) starting: usize,
    /// Reserved concurrency.
    pub(super) reserved: Option<usize>,
    /// Time-out of an invocation.
    pub(super) timeout: Duration,
}

/// After so many init failures in a row, with no environment left, waiting work fails too.
const INIT_FAILURES_MAX: u32 = 3;

enum State {
    /// Has not asked for its first event.
    Starting,
    /// Its `next` waits for this to be sent.
    Idle(oneshot::Sender<Delivery>),
    /// Runs a job.
    Busy(Running),
    /// Answered, and will ask for the next event in a moment; since then.
    Between(Instant),
    /// Timed out or stopped: gets no work any more.
    Dying,
}

/// A job that an environment has.
pub(super) struct Running {
    pub(super) job: Job,
    pub(super) started: Instant,
    deadline: Instant,
    /// This is the environment's first invocation; its init took so long.
    pub(super) cold_start: Option<Duration>,
}

struct Slot {
    state: State,
    pid: Option<u32>,
    created: Instant,
    /// Init duration, until a first job has reported it.
    init: Option<Duration>,
    /// Started for work that waited; if none does when its turn comes, it is not needed.
    on_demand: bool,
}

/// What `next` gives.
pub(super) enum Next {
    /// Work at once.
    Work(Delivery),
    /// Nothing to do: wait here.
    Park(oneshot::Receiver<Delivery>),
    /// The environment has a job already, or is to die.
    Refused,
}

/// What an environment left behind.
pub(super) struct Removed {
    /// The job it had.
    pub(super) running: Option<Running>,
    /// Work that fails with it, since environments keep failing at init.
    pub(super) failed: Vec<Job>,
}

/// When a time limit of an environment has to be looked at again.
pub(super) enum Watch {
    /// Not before then.
    Until(Instant),
    /// Still starting, since then.
    Starting(Instant),
    /// Its time is up, and it gets no further work. The invocation that took too long; absent if it answered and
    /// did not come back for more.
    Expired(Option<Box<Running>>),
}

/// See the module.
pub(super) struct Pool {
    limits: Limits,
    slots: BTreeMap<EnvironmentId, Slot>,
    /// Environments in state `Idle`; the last one in is the first one out, so that few stay warm in the caches.
    idle: Vec<EnvironmentId>,
    /// Synchronous work.
    waiting: VecDeque<Job>,
    /// Asynchronous work.
    queue: VecDeque<Job>,
    next_id: EnvironmentId,
    starting: usize,
    between: usize,
    busy: usize,
    init_failures_in_a_row: u32,
    /// Queue length at the last [`Pool::tick`].
    queue_before: usize,
    /// Somebody calls [`Pool::tick`].
    ticking: bool,
    pub(super) stats: FunctionStats,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Pool {
            limits,
            slots: BTreeMap::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
            queue: VecDeque::new(),
            next_id: 0,
            starting: 0,
            between: 0,
            busy: 0,
            init_failures_in_a_row: 0,
            queue_before: 0,
            ticking: false,
            stats: FunctionStats::default(),
        }
    }

    /// Takes a synchronous job: hands it to an idle environment or lets it wait. Gives it back when reserved
    /// concurrency is used up.
    pub(super) fn offer(&mut self, job: Job, now: Instant) -> Result<(), Job> {
        if self.limits.reserved.is_some_and(|r| self.busy + self.waiting.len() >= r) {
            self.stats.throttles += 1;
            return Err(job);
        }
        if let Err(job) = self.hand_over(job, now) {
            self.waiting.push_back(job);
        }
        Ok(())
    }

    /// Takes an asynchronous job: hands it over or queues it. True: somebody has to call [`Pool::tick`] at
    /// intervals from now on, until it says that the queue is empty.
    pub(super) fn offer_event(&mut self, job: Job, now: Instant) -> bool {
        let left = if self.queue.is_empty() { self.hand_over(job, now) } else { Err(job) };
        let Err(job) = left else { return false };
        self.queue.push_back(job);
        !std::mem::replace(&mut self.ticking, true)
    }

    fn hand_over(&mut self, job: Job, now: Instant) -> Result<(), Job> {
        while let Some(id) = self.idle.pop() {
            let Some(slot) = self.slots.get_mut(&id) else { continue };
            let State::Idle(parked) = std::mem::replace(&mut slot.state, State::Between(now)) else {
                continue;
            };
            let delivery = job.delivery();
            self.between += 1;
            if parked.send(delivery).is_ok() {
                self.assign(id, job, now);
                return Ok(());
            }
            // Its connection broke while it waited; its process is about to be missed.
        }
        Err(job)
    }

    /// An environment asks for work.
    pub(super) fn next(&mut self, id: EnvironmentId, now: Instant) -> Next {
        let Some(slot) = self.slots.get_mut(&id) else { return Next::Refused };
        match slot.state {
            State::Starting => {
                slot.init = Some(now - slot.created);
                self.starting -= 1;
                self.init_failures_in_a_row = 0;
                self.stats.cold_starts += 1;
                self.stats.init_ms_total += millis_up(now - slot.created);
                slot.state = State::Between(now);
                self.between += 1;
            }
            State::Between(_) => {}
            State::Idle(_) | State::Busy(_) | State::Dying => return Next::Refused,
        }
        if let Some(job) = self.pop() {
            let delivery = job.delivery();
            self.assign(id, job, now);
            return Next::Work(delivery);
        }
        let (sender, receiver) = oneshot::channel();
        self.set(id, State::Idle(sender));
        self.between -= 1;
        self.idle.push(id);
        Next::Park(receiver)
    }

    /// Synchronous work first: somebody waits for it.
    fn pop(&mut self) -> Option<Job> {
        while let Some(job) = self.waiting.pop_front() {
            match &job.from {
                Origin::Caller(caller, _) if caller.is_closed() => {}
                _ => return Some(job),
            }
        }
        self.queue.pop_front()
    }

    /// From `Between` to `Busy`.
    fn assign(&mut self, id: EnvironmentId, mut job: Job, now: Instant) {
        if let Origin::Event(event) = &mut job.from {
            event.trace.began = now;
            if event.attempt == 1 {
                let age = millis_up(now.saturating_duration_since(event.accepted));
                self.stats.async_age_ms_max = self.stats.async_age_ms_max.max(age);
            }
        }
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let running =
            Running { job, started: now, deadline: now + self.limits.timeout, cold_start: slot.init.take() };
        slot.state = State::Busy(running);
        self.between -= 1;
        self.busy += 1;
        self.stats.concurrent_max = self.stats.concurrent_max.max(self.busy as u64);
    }

    fn set(&mut self, id: EnvironmentId, state: State) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.state = state;
        }
    }

    /// The connection on which an environment waited is gone. `undelivered`: work had been sent its way, and
    /// goes back to the front of its line.
    pub(super) fn unpark(&mut self, id: EnvironmentId, undelivered: bool, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        match std::mem::replace(&mut slot.state, State::Dying) {
            State::Busy(running) if undelivered => {
                slot.init = running.cold_start;
                self.busy -= 1;
                match running.job.from {
                    Origin::Caller(..) => self.waiting.push_front(running.job),
                    Origin::Event(_) => self.queue.push_front(running.job),
                }
                slot.state = State::Between(now);
                self.between += 1;
            }
            State::Idle(_) => {
                self.idle.retain(|other| *other != id);
                slot.state = State::Between(now);
                self.between += 1;
            }
            other => slot.state = other,
        }
    }

    /// An environment answers the job of this id.
    pub(super) fn finish(&mut self, id: EnvironmentId, request: RequestId, now: Instant) -> Option<Running> {
        match &self.slots.get(&id)?.state {
            State::Busy(running) if running.job.id == request => {}
            _ => return None,
        }
        let running = self.take_running(id, now, State::Between(now))?;
        self.between += 1;
        Some(running)
    }

    fn take_running(&mut self, id: EnvironmentId, now: Instant, then: State) -> Option<Running> {
        let slot = self.slots.get_mut(&id)?;
        match std::mem::replace(&mut slot.state, then) {
            State::Busy(running) => {
                self.busy -= 1;
                self.stats.invocations += 1;
                self.stats.duration_ms_total += millis_up(now.saturating_duration_since(running.started));
                Some(running)
            }
            other => {
                slot.state = other;
                None
            }
        }
    }

    /// Checks an environment's time limits.
    pub(super) fn watch(&mut self, id: EnvironmentId, now: Instant) -> Watch {
        // Nothing that begins from now on can be due earlier.
        let later = Watch::Until(now + self.limits.timeout);
        let Some(slot) = self.slots.get_mut(&id) else { return later };
        let deadline = match &slot.state {
            State::Starting => return Watch::Starting(slot.created),
            State::Idle(_) | State::Dying => return later,
            State::Busy(running) => running.deadline,
            State::Between(since) => *since + self.limits.timeout,
        };
        if deadline > now {
            return Watch::Until(deadline);
        }
        if let State::Between(_) = slot.state {
            self.between -= 1;
            slot.state = State::Dying;
        }
        Watch::Expired(self.take_running(id, now, State::Dying).map(Box::new))
    }

    /// An environment's process is gone.
    pub(super) fn remove(&mut self, id: EnvironmentId, now: Instant) -> Removed {
        let running = self.take_running(id, now, State::Dying);
        let mut failed = Vec::new();
        if let Some(slot) = self.slots.remove(&id) {
            match slot.state {
                State::Starting => {
                    self.starting -= 1;
                    self.init_failures_in_a_row += 1;
                    self.stats.init_failures += 1;
                }
                State::Between(_) => self.between -= 1,
                State::Idle(_) => self.idle.retain(|other| *other != id),
                State::Busy(_) | State::Dying => {}
            }
        }
        if self.init_failures_in_a_row >= INIT_FAILURES_MAX && self.slots.len() == self.starting {
            failed.extend(self.waiting.drain(..));
            failed.extend(self.queue.drain(..));
            self.stats.invocations += failed.len() as u64;
        }
        Removed { running, failed }
    }

    /// Reserves and names the environments that should be started now: for synchronous work as many as wait
    /// beyond those about to be free, within the limits; for asynchronous work the first one only. More for
    /// the queue is [`Pool::tick`]'s matter.
    pub(super) fn starts_wanted(&mut self, now: Instant) -> Vec<EnvironmentId> {
        // Nearly always: nothing waits.
        if self.waiting.is_empty() && self.queue.is_empty() {
            return Vec::new();
        }
        let mut starts = Vec::new();
        while self.waiting.len() > self.starting + self.between && self.may_start() {
            starts.push(self.start_on_demand(now));
        }
        if !self.queue.is_empty() && self.slots.is_empty() && self.may_start() {
            starts.push(self.start_on_demand(now));
        }
        starts
    }

    fn may_start(&self) -> bool {
        let at_once = if self.init_failures_in_a_row >= INIT_FAILURES_MAX { 1 } else { self.limits.starting };
        self.starting < at_once && self.slots.len() < self.limits.environments
    }

    /// Reserves and names one environment, whatever the demand.
    pub(super) fn start(&mut self, now: Instant) -> EnvironmentId {
        let id = self.next_id;
        self.next_id += 1;
        self.starting += 1;
        let slot = Slot { state: State::Starting, pid: None, created: now, init: None, on_demand: false };
        self.slots.insert(id, slot);
        id
    }

    fn start_on_demand(&mut self, now: Instant) -> EnvironmentId {
        let id = self.start(now);
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.on_demand = true;
        }
        id
    }

    /// The turn of a reserved environment to start has come. False: the work it was reserved for is done by others, and
    /// the reservation is gone.
    pub(super) fn begin(&mut self, id: EnvironmentId, now: Instant) -> bool {
        let nothing_waits = self.waiting.is_empty() && self.queue.is_empty();
        let others_serve = self.slots.len() > self.starting;
        let Some(slot) = self.slots.get_mut(&id) else { return false };
        if slot.on_demand && nothing_waits && others_serve {
            self.slots.remove(&id);
            self.starting -= 1;
            return false;
        }
        slot.created = now;
        true
    }

    /// Called at intervals while events are queued: one more environment if the queue did not shrink since
    /// the last call and none is starting; and the events that are too old. The last value tells if the
    /// queue is empty.
    pub(super) fn tick(&mut self, now: Instant) -> (Option<EnvironmentId>, Vec<Job>, bool) {
        let mut expired = Vec::new();
        while let Some(Job { from: Origin::Event(event), .. }) = self.queue.front() {
            if !event.is_too_old(now) {
                break;
            }
            expired.extend(self.queue.pop_front());
        }
        let length = self.queue.len();
        let growing = length > 0 && length >= self.queue_before && self.queue_before > 0;
        let start = (growing && self.starting == 0 && self.may_start()).then(|| self.start_on_demand(now));
        self.queue_before = length;
        self.ticking = length > 0;
        (start, expired, length == 0)
    }

    /// Empties both lines, at shutdown.
    pub(super) fn discard(&mut self) -> Vec<Job> {
        self.waiting.drain(..).chain(self.queue.drain(..)).collect()
    }

    pub(super) fn set_pid(&mut self, id: EnvironmentId, pid: Option<u32>) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.pid = pid;
        }
    }

    pub(super) fn pids(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.values().filter_map(|slot| slot.pid)
    }

    /// Environments that are up, and environments in all.
    pub(super) fn environments(&self) -> (usize, usize) {
        (self.slots.len() - self.starting, self.slots.len())
    }

    pub(super) fn init_keeps_failing(&self) -> bool {
        self.init_failures_in_a_row >= INIT_FAILURES_MAX
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn stats(&self) -> FunctionStats {
        FunctionStats {
            environments: self.slots.len() as u64,
            queue_length: self.queue.len() as u64,
            ..self.stats.clone()
        }
    }
}

#[cfg(test)]
mod tests;

//! What all goose users share while a run goes on: the sources of slots, the keys, the ledger, the clocks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ledger::entry::{Entry, Kind, Ledger};
use provider_sim::{Delivery, Keys, Provider};
use reports::latency::Recorder;
use reports::record::{Queries, Rotation};
use reqwest::header::HeaderMap;

use crate::arrivals::{Arrivals, Profile};
use crate::backoff::Backoff;
use crate::clock::Start;
use crate::interrupt;
use crate::live::Live;
use crate::pacer::Pacer;
use crate::plan::{Arrival, Phase, Plan};
use crate::retries::Retries;
use crate::rotation::Signing;
use crate::shard::Shard;
use crate::source::{Slot, Source, sources};
use localstack::signing::QuerySigner;

/// Between the first user's arrival and the first slot: all users are up by then.
pub const RUN_UP: Duration = Duration::from_millis(300);
/// A waiting user looks this often whether the run is to stop.
const LOOK: Duration = Duration::from_millis(200);
/// Payments remembered for queries.
const KNOWN: usize = 256;
/// Mistakes of the generator that are kept.
const ERRORS: usize = 20;

/// The shared state of one run.
pub struct Load {
    /// The providers' keys.
    pub keys: Signing,
    /// Headers that a provider's webhooks carry beside the provider's own.
    pub headers: BTreeMap<Provider, HeaderMap>,
    /// Base URL of the API with its stage, without a slash at the end.
    pub base_url: String,
    /// What was sent and answered.
    pub ledger: Ledger,
    /// Counters for the eye.
    pub live: Live,
    /// Precise waiting.
    pub pacer: Pacer,
    /// Signs queries, if the target wants that.
    pub query_signer: Option<QuerySigner>,
    /// HTTP client of all users.
    pub client: reqwest::Client,
    /// Queries sent, and how they went.
    pub queries: QueryBook,
    /// The generator's own lateness: from the moment when a user was free and the delivery due.
    pub send_lag: Mutex<Recorder>,
    /// The rotation of the secrets, as far as it has come.
    pub rotation: Mutex<Option<Rotation>>,
    sources: [Mutex<Source>; 3],
    retries: Option<Retries>,
    query_times: Mutex<Arrivals>,
    /// Queries between two of this shard's.
    query_skip: usize,
    start: OnceLock<Start>,
    length: Duration,
    warmup: Duration,
    planned: bool,
    backoff: Option<Backoff>,
    stopped: AtomicBool,
    under_way: AtomicUsize,
    exhausted: [AtomicBool; 3],
    given_up: AtomicU64,
    last_accepted: [Mutex<Option<Delivery>>; 3],
    known: Mutex<VecDeque<(Duration, String)>>,
    errors: Mutex<Vec<String>>,
}

/// How the queries went.
#[derive(Debug, Default)]
pub struct QueryBook {
    /// Sent.
    pub sent: AtomicU64,
    /// Answered as expected.
    pub ok: AtomicU64,
    /// From the intended send time.
    pub latency: Mutex<Recorder>,
}

impl QueryBook {
    /// The figures as the record wants them.
    pub fn to_record(&self) -> Queries {
        let (sent, ok) = (self.sent.load(Ordering::Relaxed), self.ok.load(Ordering::Relaxed));
        Queries { sent, ok, failed: sent.saturating_sub(ok), latency_ms: lock(&self.latency).to_latency() }
    }
}

/// Locks without caring whether another user panicked: counters stay valid.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A provider's place in [`Provider::ALL`].
pub(crate) const fn place(provider: Provider) -> usize {
    match provider {
        Provider::Stripe => 0,
        Provider::Paypal => 1,
        Provider::Square => 2,
    }
}

impl Load {
    /// Ready to be driven; the clock starts with the first user.
    pub fn new(
        plan: &Plan,
        seed: u64,
        run: &str,
        users: usize,
        keys: Arc<Keys>,
        base_url: &str,
        client: reqwest::Client,
    ) -> std::io::Result<Self> {
        let length = plan.length();
        let rate = plan.queries_per_s * 60.0;
        let queries = Phase::flat(length.as_secs_f64(), rate);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 1,000 a second for a day"
        )]
        let count = (plan.queries_per_s * length.as_secs_f64()) as u64;
        let query_times = Arrivals::new(Profile::new(vec![queries]), count, Arrival::Constant, 0.9, seed);
        let planned = plan.arrival != Arrival::Max;
        Ok(Self {
            keys: Signing::new(keys),
            base_url: base_url.trim_end_matches('/').to_owned(),
            ledger: Ledger::default(),
            live: Live::default(),
            pacer: Pacer::start()?,
            query_signer: None,
            headers: BTreeMap::new(),
            client,
            queries: QueryBook::default(),
            send_lag: Mutex::new(Recorder::new()),
            rotation: Mutex::new(None),
            sources: sources(plan, seed, run).map(Mutex::new),
            retries: plan.retries.map(Retries::new),
            query_times: Mutex::new(query_times),
            query_skip: 0,
            start: OnceLock::new(),
            length,
            warmup: Duration::from_secs_f64(plan.warmup_s),
            planned,
            backoff: (!planned).then(|| Backoff::new(users)),
            stopped: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            exhausted: plan.mix.parts().map(|part| AtomicBool::new(part <= 0.0)),
            given_up: AtomicU64::new(0),
            last_accepted: [const { Mutex::new(None) }; 3],
            known: Mutex::new(VecDeque::with_capacity(KNOWN)),
            errors: Mutex::new(Vec::new()),
        })
    }

    /// Carries out one shard's part of the schedule only, from a common start on.
    pub fn share(&mut self, shard: Shard, start: Start) {
        for source in &mut self.sources {
            source.get_mut().unwrap_or_else(PoisonError::into_inner).only(shard);
        }
        let [before, skip] = [shard.number() - 1, shard.of() - 1].map(|n| usize::try_from(n).unwrap_or(0));
        let times = self.query_times.get_mut().unwrap_or_else(PoisonError::into_inner);
        times.by_ref().take(before).for_each(drop);
        self.query_skip = skip;
        self.start = OnceLock::from(start);
    }

    /// The start of the run; the first caller sets it.
    pub fn start(&self) -> Start {
        *self.start.get_or_init(|| Start::after(RUN_UP))
    }

    /// The start, once a user has set it.
    pub fn started(&self) -> Option<Start> {
        self.start.get().copied()
    }

    /// Warm-up and measured part.
    pub const fn length(&self) -> Duration {
        self.length
    }

    /// The warm-up.
    pub const fn warmup(&self) -> Duration {
        self.warmup
    }

    /// No more slots are handed out, and users that wait for theirs give up.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Whether users are to stop.
    pub fn stopping(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || interrupt::asked()
    }

    /// Everything due has been sent and answered, and nothing waits to be sent again.
    pub fn finished(&self) -> bool {
        // In this order: what is under way may come to wait, not the other way round.
        self.exhausted.iter().all(|one| one.load(Ordering::SeqCst))
            && self.under_way() == 0
            && self.retries.as_ref().is_none_or(Retries::is_empty)
    }

    /// How long retries may go on after the last first delivery.
    pub fn retries_last(&self) -> Duration {
        self.retries.as_ref().map_or(Duration::ZERO, Retries::longest)
    }

    /// Slots that users have taken and not yet recorded.
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// The next slot for this user, or `None` if there is none (any more, or for now).
    pub fn take(&self, provider: Provider, user: usize) -> Option<Slot> {
        if self.stopping() {
            return None;
        }
        let start = self.start();
        let elapsed = start.elapsed();
        if let Some(backoff) = &self.backoff {
            backoff.look(elapsed, || self.live.snapshot(elapsed).latency.map(|live| live.ms));
            if Instant::now() < start.instant || !backoff.admits(user) {
                // The end must be noticed even by a user that may not send.
                if elapsed >= self.length {
                    self.exhausted[place(provider)].store(true, Ordering::SeqCst);
                }
                return None;
            }
        }
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let again = self.retries.as_ref().and_then(|retries| retries.next(provider, elapsed));
        let slot = again.or_else(|| lock(&self.sources[place(provider)]).next(start.unix_ms, elapsed));
        if slot.is_none() {
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            self.exhausted[place(provider)].store(true, Ordering::SeqCst);
        }
        slot
    }

    /// Waits for a moment of the run; false if the run is to stop before.
    pub async fn wait_for(&self, moment: Instant) -> bool {
        loop {
            if self.stopping() {
                return false;
            }
            let next = Instant::now() + LOOK;
            if next >= moment {
                self.pacer.until(moment).await;
                return true;
            }
            tokio::time::sleep_until(next.into()).await;
        }
    }

    /// A slot that was taken and will not be sent.
    pub fn give_up(&self) {
        self.given_up.fetch_add(1, Ordering::SeqCst);
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }

    /// Records what became of a slot. Where providers send again, what was not acknowledged comes back in its time; repetitions that
    /// are none of the provider's own do not.
    pub fn record(&self, user: usize, slot: &Slot, entry: Entry, own_lag: Duration) {
        let sent_again = matches!(entry.kind, Kind::Valid | Kind::Poison | Kind::Retry) && !entry.accepted();
        if let Some(retries) = self.retries.as_ref().filter(|_| sent_again)
            && !retries.failed(slot, self.start().elapsed())
        {
            self.mistake("more events waited to be sent again than the generator can hold".to_owned());
        }
        self.live.count(&entry, self.start().elapsed());
        if entry.measured {
            lock(&self.send_lag).record(own_lag);
        }
        self.ledger.record(user, entry);
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }

    /// Remembers a genuine delivery that was accepted: for forgeries that need a captured one, and for queries.
    pub fn remember(&self, delivery: Delivery) {
        let mut known = lock(&self.known);
        if known.len() == KNOWN {
            known.pop_front();
        }
        known.push_back((self.start().elapsed(), delivery.transaction_id.clone()));
        drop(known);
        let place = place(delivery.provider);
        *lock(&self.last_accepted[place]) = Some(delivery);
    }

    /// The last accepted genuine delivery of a provider.
    pub fn captured(&self, provider: Provider) -> Option<Delivery> {
        lock(&self.last_accepted[place(provider)]).clone()
    }

    /// A payment whose event was accepted at least `age` ago; `draw` picks one of those there are.
    pub fn known_payment(&self, age: Duration, draw: u64) -> Option<String> {
        let elapsed = self.start().elapsed();
        let known = lock(&self.known);
        let old = known.iter().take_while(|(at, _)| elapsed.saturating_sub(*at) >= age).count();
        let index = usize::try_from(draw % u64::try_from(old.max(1)).unwrap_or(1)).unwrap_or(0);
        known.get(index).filter(|_| old > 0).map(|(_, id)| id.clone())
    }

    /// When the next query is due, since the start.
    pub fn next_query(&self) -> Option<Duration> {
        let mut times = lock(&self.query_times);
        let due = times.next().map(Duration::from_secs_f64);
        times.by_ref().take(self.query_skip).for_each(drop);
        due
    }

    /// Slots that were due and not sent. To be asked once, after the run.
    pub fn unsent(&self) -> u64 {
        let left: u64 = self.sources.iter().map(|source| lock(source).left()).sum();
        left + self.given_up.load(Ordering::SeqCst)
    }

    /// Whether slots had planned times.
    pub const fn planned(&self) -> bool {
        self.planned
    }

    /// Notes a mistake of the generator.
    pub fn mistake(&self, what: String) {
        let mut errors = lock(&self.errors);
        if errors.len() < ERRORS {
            errors.push(what);
        }
    }

    /// The mistakes noted.
    pub fn mistakes(&self) -> Vec<String> {
        lock(&self.errors).clone()
    }
}

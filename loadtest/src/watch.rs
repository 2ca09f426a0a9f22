//! Watches the generator itself while deliveries are measured: how late the scheduler wakes a thread that is due, the memory of
//! the process, and its sockets.
//!
//! A generator that is woken late, or that may open no further connection, measures itself. What is seen here is recorded with
//! the run, and the judge refuses a verdict by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use reports::latency::Recorder;
use reports::record::Latency;

use crate::host;

/// Between two moments at which the thread is due: five seconds give a p99.
const TICK: Duration = Duration::from_millis(5);
/// Least time between two looks at memory and sockets.
const LOOK: Duration = Duration::from_secs(1);
/// Looks over a run of the expected length.
const LOOKS: u32 = 300;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Watched {
    /// How late the thread was woken.
    pub scheduling_lag: Latency,
    /// Cores in use by the generator's own threads.
    pub own_cpu_cores: Option<f64>,
    /// Most sockets that were open at once.
    pub open_sockets: Option<u64>,
    /// Files that the process may open.
    pub open_files_limit: Option<u64>,
    /// Seconds since the watch began, and MiB resident.
    pub rss_mb: Vec<(f64, f64)>,
}

/// A watch that goes on until it is ended.
#[derive(Debug)]
pub struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
    began: Instant,
    own_cpu_s: Option<f64>,
}

impl Watch {
    /// Begins. `length` is how long it is expected to go on.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(length: Duration) -> std::io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (told, every) = (Arc::clone(&over), LOOK.max(length / LOOKS));
        let thread =
            thread::Builder::new().name("watch".to_owned()).spawn(move || Seen::until(&told, every))?;
        Ok(Self { over, thread, began: Instant::now(), own_cpu_s: host::generator_cpu_seconds() })
    }

    /// Ends it.
    #[must_use]
    pub fn end(self) -> Watched {
        let wall_s = self.began.elapsed().as_secs_f64();
        let used_s = self.own_cpu_s.zip(host::generator_cpu_seconds()).map(|(before, now)| now - before);
        self.over.store(true, Ordering::Relaxed);
        // A thread that panicked has seen nothing.
        let seen = self.thread.join().unwrap_or_default();
        Watched {
            scheduling_lag: seen.lag.to_latency(),
            own_cpu_cores: used_s.filter(|_| wall_s > 0.0).map(|used_s| used_s.max(0.0) / wall_s),
            open_sockets: seen.sockets,
            open_files_limit: host::open_files_limit(),
            rss_mb: seen.rss_mb,
        }
    }
}

#[derive(Debug, Default)]
struct Seen {
    lag: Recorder,
    sockets: Option<u64>,
    rss_mb: Vec<(f64, f64)>,
}

impl Seen {
    fn until(over: &AtomicBool, every: Duration) -> Self {
        let mut seen = Self::default();
        let began = Instant::now();
        let (mut due, mut look) = (began + TICK, began);
        while !over.load(Ordering::Relaxed) {
            if Instant::now() >= look {
                seen.look(began.elapsed());
                look += every;
                // What looking took is not the scheduler's.
                due = Instant::now() + TICK;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let now = Instant::now();
            // Every moment that was slept through is a sample, not a gap.
            while due <= now {
                seen.lag.record(now - due);
                due += TICK;
            }
        }
        seen.look(began.elapsed());
        seen
    }

    fn look(&mut self, since: Duration) {
        self.sockets = self.sockets.max(host::open_sockets());
        if let Some(rss_mb) = host::rss_mb() {
            self.rss_mb.push((thousandths(since.as_secs_f64()), thousandths(rss_mb)));
        }
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_sees_its_own_process() {
        let watch = Watch::start(Duration::from_secs(1)).expect("a thread");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
        let deadline = Instant::now() + Duration::from_secs(30);
        while watch.began.elapsed() < Duration::from_millis(60) && Instant::now() < deadline {
            std::hint::spin_loop();
        }
        let seen = watch.end();
        assert!(seen.scheduling_lag.samples > 0, "{seen:?}");
        drop(listener);
        if cfg!(target_os = "linux") {
            assert!(seen.open_sockets >= Some(1), "{seen:?}");
            assert!(seen.open_files_limit > Some(10), "{seen:?}");
            assert!(seen.own_cpu_cores.is_some(), "{seen:?}");
            let (first, last) = (seen.rss_mb[0], seen.rss_mb[seen.rss_mb.len() - 1]);
            assert!(first.1 > 0.5 && last.0 >= 0.05 && first.0 <= last.0, "{seen:?}");
        }
    }
}

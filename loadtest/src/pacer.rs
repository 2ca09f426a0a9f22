//! Waiting for an intended send time more precisely than the runtime's timer, which counts whole milliseconds.
//!
//! The runtime's timer does the long part; the last two milliseconds belong to a thread of its own that sleeps on the
//! system's timer (about 60 µs off) and wakes one task at a time. Spinning would be as precise and would cost the
//! machine under test its processors.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How long before the moment the runtime's timer hands over.
const FINE: Duration = Duration::from_millis(2);

/// Wakes tasks at given moments.
#[derive(Debug)]
pub struct Pacer {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: BinaryHeap<Reverse<Waiting>>,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    at: Instant,
    wake: oneshot::Sender<()>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl Pacer {
    /// Starts the thread; it ends when the pacer is dropped.
    pub fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::Builder::new().name("pacer".to_owned()).spawn(move || keep_time(&own))?;
        Ok(Self { shared })
    }

    /// Returns at the given moment, or at once if it has passed.
    pub async fn until(&self, at: Instant) {
        let coarse = at.checked_sub(FINE).unwrap_or(at);
        if Instant::now() < coarse {
            tokio::time::sleep_until(coarse.into()).await;
        }
        if Instant::now() >= at {
            return;
        }
        let (wake, woken) = oneshot::channel();
        let first = {
            let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            let first = state.waiting.peek().is_none_or(|Reverse(next)| at < next.at);
            state.waiting.push(Reverse(Waiting { at, wake }));
            first
        };
        if first {
            self.shared.changed.notify_one();
        }
        // An error means that the pacer is gone, and with it the reason to wait.
        drop(woken.await);
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.changed.notify_one();
    }
}

fn keep_time(shared: &Shared) {
    let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.closed {
        let now = Instant::now();
        while state.waiting.peek().is_some_and(|Reverse(next)| next.at <= now) {
            if let Some(Reverse(due)) = state.waiting.pop() {
                // The task may have given up waiting.
                let _ = due.wake.send(());
            }
        }
        state = match state.waiting.peek().map(|Reverse(next)| next.at.saturating_duration_since(now)) {
            Some(rest) => shared.changed.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_woken_early_or_forgotten() {
        let pacer = Arc::new(Pacer::start().expect("a thread"));
        let start = Instant::now();
        let tasks = [9_u64, 3, 6, 0, 30, 30].map(|ms| {
            let pacer = Arc::clone(&pacer);
            tokio::spawn(async move {
                let at = start + Duration::from_millis(ms);
                pacer.until(at).await;
                assert!(Instant::now() >= at, "woken before {ms} ms");
            })
        });
        for task in tasks {
            task.await.expect("task");
        }
    }

    #[tokio::test]
    async fn a_moment_that_has_passed_does_not_wait() {
        let pacer = Pacer::start().expect("a thread");
        pacer.until(Instant::now()).await;
        pacer.until(Instant::now() - Duration::from_secs(1)).await;
    }
}

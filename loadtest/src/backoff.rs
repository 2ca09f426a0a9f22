//! How many users may send when there is no planned rate: more while the objective holds, fewer when it does not.
//!
//! Additive increase, multiplicative decrease on the moving p99. It looks for nothing; it only keeps a closed loop from
//! running into the wall for the whole run.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Time between two corrections.
const EVERY: Duration = Duration::from_millis(500);
/// Half the objective: by the time p99 reaches the limit itself, the run has failed.
const AIM_MS: f64 = 500.0;
/// Users at the beginning.
const FIRST: usize = 8;

/// The number of users that may send.
#[derive(Debug)]
pub struct Backoff {
    users: usize,
    allowed: AtomicUsize,
    corrected: Mutex<Duration>,
}

impl Backoff {
    /// For so many users in all, of whom a few begin.
    #[must_use]
    pub fn new(users: usize) -> Self {
        Self { users, allowed: AtomicUsize::new(FIRST.min(users)), corrected: Mutex::new(Duration::ZERO) }
    }

    /// Whether the user of this number (from 0) may send now.
    #[must_use]
    pub fn admits(&self, user: usize) -> bool {
        user < self.allowed.load(Ordering::Relaxed)
    }

    /// Looks at the moving latency and corrects the number, at most twice a second; `p99_ms` is asked for only then.
    pub fn look(&self, elapsed: Duration, p99_ms: impl FnOnce() -> Option<f64>) {
        let mut corrected = self.corrected.lock().unwrap_or_else(PoisonError::into_inner);
        if elapsed < *corrected + EVERY {
            return;
        }
        *corrected = elapsed;
        let allowed = self.allowed.load(Ordering::Relaxed);
        let next = match p99_ms() {
            Some(p99) if p99 > AIM_MS => allowed * 4 / 5,
            Some(p99) if p99 > AIM_MS / 2.0 => allowed,
            _ => allowed + (allowed / 10).max(2),
        };
        self.allowed.store(next.clamp(FIRST.min(self.users), self.users), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of admitted users after each of the latencies.
    fn run(users: usize, latencies: &[Option<f64>]) -> Vec<usize> {
        let backoff = Backoff::new(users);
        let mut elapsed = Duration::ZERO;
        latencies
            .iter()
            .map(|p99| {
                elapsed += EVERY;
                backoff.look(elapsed, || *p99);
                (0..users).filter(|user| backoff.admits(*user)).count()
            })
            .collect()
    }

    #[test]
    fn more_while_it_holds_fewer_when_it_does_not() {
        assert_eq!(run(100, &[Some(20.0), Some(20.0), None]), [10, 12, 14]);
        assert_eq!(run(100, &[Some(20.0), Some(300.0), Some(900.0)]), [10, 10, 8]);
        assert_eq!(run(11, &[Some(1.0); 4]), [10, 11, 11, 11]);
        assert_eq!(run(4, &[Some(900.0)]), [4]);
    }

    #[test]
    fn corrections_take_their_time() {
        let backoff = Backoff::new(100);
        backoff.look(Duration::from_millis(500), || None);
        backoff.look(Duration::from_millis(600), || None);
        assert!(backoff.admits(9) && !backoff.admits(10));
    }
}

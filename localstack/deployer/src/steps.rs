//! What this program says: progress on standard error, one line a step; standard output carries the ready object alone.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Between two lines of the same step.
const EVERY: Duration = Duration::from_secs(5);

/// Tells how far it is.
#[derive(Debug)]
pub struct Steps {
    began: Instant,
    told: Mutex<Option<Instant>>,
}

impl Default for Steps {
    /// From now on.
    fn default() -> Self {
        Self { began: Instant::now(), told: Mutex::new(None) }
    }
}

impl Steps {
    /// A new step.
    pub fn say(&self, text: &str) {
        self.print(text);
        self.told(Some(Instant::now()));
    }

    /// The same step, further on; told every few seconds.
    pub fn further(&self, text: impl FnOnce() -> String) {
        let last = *self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= EVERY) {
            self.say(&text());
        }
    }

    fn told(&self, at: Option<Instant>) {
        *self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }

    fn print(&self, text: &str) {
        let seconds = self.began.elapsed().as_secs();
        // A closed terminal is no reason to stop.
        let _ = writeln!(std::io::stderr().lock(), "deploying {seconds:>4} s  {text}");
    }
}

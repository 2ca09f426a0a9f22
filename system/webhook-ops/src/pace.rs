//! How fast events go back into the processor: evenly, at a rate that leaves live traffic its share.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A rate, e.g. `20/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(NonZeroU32);

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        match number.parse::<NonZeroU32>() {
            Ok(rate) if rate.get() <= 1000 => Ok(Self(rate)),
            _ => Err("expected events a second from 1 to 1000, e.g. 20/s".to_owned()),
        }
    }
}

/// Hands out evenly spaced turns.
#[derive(Debug)]
pub(crate) struct Pace {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Turns at this rate, the first at once.
    pub(crate) fn new(rate: Rate) -> Self {
        Self { between: Duration::from_secs(1) / rate.0.get(), next: Mutex::new(None) }
    }

    /// Waits for the next turn. Turns that nobody took are not saved up.
    pub(crate) async fn turn(&self) {
        tokio::time::sleep_until(self.take(Instant::now())).await;
    }

    /// Takes the next turn there is from `now` on.
    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.between);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        let check = |text: &str, expected: Option<u32>| {
            assert_eq!(text.parse::<Rate>().ok().map(|rate| rate.0.get()), expected, "{text}");
        };
        check("20/s", Some(20));
        check("1", Some(1));
        for wrong in ["0", "0/s", "1001", "-1", "20/m", "", "/s"] {
            check(wrong, None);
        }
    }

    #[test]
    fn turns_are_evenly_spaced_and_not_saved_up() {
        let pace = Pace::new("4/s".parse().unwrap());
        let began = Instant::now();
        let turns: Vec<u128> = (0..5).map(|_| (pace.take(began) - began).as_millis()).collect();
        assert_eq!(turns, [0, 250, 500, 750, 1000]);
        let later = began + Duration::from_secs(60);
        let turns: Vec<u128> = (0..3).map(|_| (pace.take(later) - later).as_millis()).collect();
        assert_eq!(turns, [0, 250, 500]);
    }
}

//! Timestamps that keep two events of one second apart: the event's second plus six digits derived from its id, so that
//! every delivery of an event arrives at the same number.

use aws_lc_rs::digest::{SHA256, digest};
use rust_decimal::Decimal;

use crate::mutant::{self, Mutant};
use crate::unix_time::UnixTime;

/// Steps in a second.
const STEPS: i64 = 1_000_000;

/// Digits after the point.
const SCALE: u32 = 6;

/// The event's first choice: its whole second plus a fraction from the SHA-256 of its id.
#[must_use]
pub fn first(occurred_at: UnixTime, event_id: &str) -> Decimal {
    if mutant::active(Mutant::WholeSecondsOnly) {
        return Decimal::from(occurred_at.secs());
    }
    let hash = digest(&SHA256, event_id.as_bytes());
    let number = hash.as_ref().iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    // The remainder is below STEPS, so the conversion cannot fail.
    let fraction = i64::try_from(number % STEPS.unsigned_abs()).unwrap_or(0);
    Decimal::new(occurred_at.secs() * STEPS + fraction, SCALE)
}

/// The next choice within the same second, round and round: where an event goes if another one of the same payment is there.
#[must_use]
pub fn next_fraction(timestamp: Decimal) -> Decimal {
    let next = timestamp + Decimal::new(1, SCALE);
    if next.floor() == timestamp.floor() { next } else { next - Decimal::ONE }
}

#[cfg(test)]
mod tests;

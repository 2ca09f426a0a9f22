//! What the fuzz targets do with their input. `system/fuzz` runs them under libFuzzer; this crate's test runs them over
//! the corpus that is kept there, so that every `cargo test` holds what fuzzing found.
//!
//! A target takes any bytes, tells the system under test to read them, and panics when a rule is broken: not only "does not
//! crash" but what must be true of every answer. Rules are written again here, not taken from the code that they judge.
//!
//! Invariant: a target is a pure function of its input, so that a finding can be repeated.
//! Non-goals: making inputs (libFuzzer's task, from the seeds of `examples/seeds.rs`), and measuring time.

pub mod certificates;
pub mod events;
pub mod headers;
mod input;
pub mod ipn;
#[cfg(feature = "functions")]
pub mod proxy_event;
pub mod query;
pub mod secrets_and_masking;
mod signing;

/// Largest input looked at: what the system takes at most, 256 KiB, with room for a target's own framing.
pub const MAX_INPUT_BYTES: usize = 256 * 1024 + 4096;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Name of the target, of its binary in `system/fuzz` and of its folders there.
    pub name: &'static str,
    /// Runs one input; panics when a rule is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub const ALL: &[Target] = &[
    Target { name: "headers", run: headers::run },
    Target { name: "events", run: events::run },
    Target { name: "ipn", run: ipn::run },
    #[cfg(feature = "functions")]
    Target { name: "proxy_event", run: proxy_event::run },
    Target { name: "query", run: query::run },
    Target { name: "certificates", run: certificates::run },
    Target { name: "secrets_and_masking", run: secrets_and_masking::run },
];

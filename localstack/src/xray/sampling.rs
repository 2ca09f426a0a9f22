//! Which new traces are kept: the first of each second (the reservoir), and of the others a share.

use std::sync::{Mutex, PoisonError};

/// X-Ray's sampling rule, with a reservoir of one a second.
#[derive(Debug)]
pub(super) struct Sampler {
    share: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The second whose first request was kept.
    second: u64,
    dice: fastrand::Rng,
}

impl Sampler {
    /// Keeps a share from 0 to 1. At 0 nothing is kept, the first of a second included.
    pub(super) fn new(share: f64, seed: u64) -> Self {
        Self { share, state: Mutex::new(State { second: 0, dice: fastrand::Rng::with_seed(seed) }) }
    }

    /// Decides about a trace that begins in this second.
    pub(super) fn keeps(&self, second: u64) -> bool {
        if self.share <= 0.0 {
            return false;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.second < second {
            state.second = second;
            return true;
        }
        state.dice.f64() < self.share
    }
}

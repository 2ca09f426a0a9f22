//! What the parts of the cloud hold to take part in traces.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::{TraceContext, TraceHeader, TraceId};
use super::sampling::Sampler;
use super::segment::Span;
use super::store::{Head, Limits, Refused, Store};
use crate::clock;

/// Decides about new traces, and takes segments. Clones share one store.
#[derive(Clone)]
pub struct Tracer(Arc<Inner>);

struct Inner {
    sampler: Sampler,
    store: Mutex<Store>,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer")
    }
}

impl Tracer {
    /// Keeps the first new trace of each second and this share (0 to 1) of the others; at 0 none. `seed` makes the
    /// choice repeatable.
    #[must_use]
    pub fn new(share: f64, seed: u64) -> Self {
        Self::with_limits(share, seed, Limits::default())
    }

    pub(super) fn with_limits(share: f64, seed: u64, limits: Limits) -> Self {
        let store = Mutex::new(Store::new(limits));
        Self(Arc::new(Inner { sampler: Sampler::new(share, seed), store }))
    }

    /// Goes on with the trace that a caller's header names, or begins one. What the header decides is not decided again.
    pub(crate) fn follow(&self, header: Option<&str>) -> TraceContext {
        let TraceHeader { root, parent, sampled } = header.map(TraceHeader::read).unwrap_or_default();
        let sampled = sampled.unwrap_or_else(|| self.0.sampler.keeps(clock::unix_millis() / 1000));
        match root {
            Some(root) => TraceContext { root, parent, sampled },
            // A parent is somebody's in another trace.
            None => TraceContext { root: TraceId::fresh(), parent: None, sampled },
        }
    }

    /// Takes a segment of the cloud's own.
    pub(crate) fn tell(&self, span: Span) {
        let text = span.into_value().to_string();
        if let Err(refused) = self.take(&text) {
            tracing::warn!(code = refused.code, "a segment of the cloud's own is not well formed");
        }
    }

    /// Takes a document as somebody sent it.
    pub(super) fn take(&self, text: &str) -> Result<(), Refused> {
        let head = Head::read(text)?;
        self.store().put(head, Arc::from(text));
        Ok(())
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

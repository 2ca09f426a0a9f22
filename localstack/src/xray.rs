//! X-Ray on the embedded cloud: what the gateway and the Lambda service tell of each request, a daemon that takes what
//! functions tell (UDP), and the API that traces are read back by (HTTP, REST-JSON).
//!
//! Invariant: bounded memory, whatever is sent; the oldest traces go first. Non-goals: sampling rules to be configured,
//! groups, insights, the service graph, signature checks.

mod api;
mod assembly;
mod context;
mod daemon;
mod filter;
mod sampling;
mod segment;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod tracer;

pub(crate) use api::Api;
pub(crate) use context::{SegmentId, TraceContext, TraceHeader, TraceId};
pub(crate) use daemon::Daemon;
pub(crate) use segment::{Outcome, Span};
pub use tracer::Tracer;

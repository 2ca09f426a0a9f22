//! The Lambda service of the embedded cloud: functions are child processes that speak the real Runtime API,
//! one invocation at a time each, started cold, kept warm, killed on time-out.
//!
//! Invariant: every accepted asynchronous event ends in exactly one of: a successful attempt, the dead-letter
//! sink, or (without a sink) the `dropped` count of [`FunctionStats`].
//!
//! Non-goals: isolation (functions are trusted code of this project), memory limits, versions and aliases,
//! layers, response streaming (a streamed response is collected).
//!
//! How the parts meet: [`Lambda`] finds the function; `pool` decides, purely, which environment takes which
//! work and when to start another; `environment` owns one child process; `runtime_api` is what the child talks
//! to; `asynchronous` is the way of an event through its attempts; `tracing` tells X-Ray of them.

mod api;
mod asynchronous;
mod environment;
mod function;
mod logs;
mod platform_log;
mod pool;
mod runtime_api;
mod service;
mod spec;
mod tracing;

pub use api::api_router;
pub(crate) use function::Function;
pub(crate) use logs::{LogFile, Logs};
pub use service::{
    ASYNC_PAYLOAD_MAX_BYTES, FunctionError, FunctionStats, Invocation, InvokeError, Lambda, RequestId,
    SYNC_PAYLOAD_MAX_BYTES, StartError,
};
pub use spec::{Bootstrap, Config, DeadLetterSink, FaultHook, FunctionSpec, InjectedError, SystemLog};

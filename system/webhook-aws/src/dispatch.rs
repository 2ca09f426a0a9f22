//! Hands verified deliveries to the processor by Lambda's asynchronous invocation.

use std::fmt;
use std::sync::Arc;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use webhook_core::envelope::Envelope;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::{Dispatch, PortError};

use crate::errors::{port_error, refused, unavailable};

pub(crate) const OPERATION: &str = "lambda:Invoke";
/// What Lambda answers once an event is in its queue.
const QUEUED: i32 = 202;
/// Lambda puts the invocation that is asked for into the trace that this names.
const TRACE_HEADER: &str = "x-amzn-trace-id";

/// Tells the trace header of the call that is about to be made.
type TraceHeader = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The processor function, or any other that takes events.
#[derive(Clone)]
pub struct LambdaDispatch {
    client: Client,
    function: String,
    trace_header: Option<TraceHeader>,
}

impl LambdaDispatch {
    pub(crate) const fn new(client: Client, function: String) -> Self {
        Self { client, function, trace_header: None }
    }

    /// The same; each call carries the header that `trace_header` tells when the call is made. Where it tells none,
    /// the SDK passes on the one that Lambda gave the process (`_X_AMZN_TRACE_ID`).
    #[must_use]
    pub fn with_trace_header(
        self,
        trace_header: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { trace_header: Some(Arc::new(trace_header)), ..self }
    }

    /// Queues any event for the function.
    pub(crate) async fn queue(&self, payload: Vec<u8>) -> Result<(), PortError> {
        let awaited = mutant::active(Mutant::ProcessorAwaited);
        let kind = if awaited { InvocationType::RequestResponse } else { InvocationType::Event };
        let invoke = self
            .client
            .invoke()
            .function_name(&self.function)
            .invocation_type(kind)
            .payload(Blob::new(payload));
        let sent = match self.trace_header.as_ref().and_then(|header| header()) {
            None => invoke.send().await,
            Some(header) => {
                let traced = move |request: &mut HttpRequest| {
                    // A header that is none leaves the call without; it is not worth the delivery.
                    let _ = request.headers_mut().try_insert(TRACE_HEADER, header.clone());
                };
                // On the heap, so that the one trace in ten does not make every call's future twice as long.
                Box::pin(invoke.customize().mutate_request(traced).send()).await
            }
        };
        match sent {
            Ok(answer) if answer.status_code() == QUEUED || awaited => Ok(()),
            Ok(answer) => Err(unavailable(OPERATION, &format!("HTTP status {}", answer.status_code()))),
            Err(error) => Err(port_error(OPERATION, &error)),
        }
    }
}

impl fmt::Debug for LambdaDispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaDispatch").field("function", &self.function).finish_non_exhaustive()
    }
}

impl Dispatch for LambdaDispatch {
    async fn dispatch(&self, envelope: &Envelope) -> Result<(), PortError> {
        let payload =
            serde_json::to_vec(envelope).map_err(|_| refused(OPERATION, "envelope could not be written"))?;
        self.queue(payload).await
    }
}

//! The way back into the processor: Lambda's asynchronous invocation with an event as it is.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::RequestId as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use bytes::Bytes;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::ProcessorQueue;

use crate::errors::{port_error, unavailable};

const OPERATION: &str = "lambda:Invoke";
/// What Lambda answers once an event is in its queue.
const QUEUED: i32 = 202;

/// The processor.
#[derive(Debug, Clone)]
pub struct LambdaProcessor {
    client: Client,
    function: String,
}

impl LambdaProcessor {
    pub(crate) const fn new(client: Client, function: String) -> Self {
        Self { client, function }
    }
}

impl ProcessorQueue for LambdaProcessor {
    async fn invoke(&self, event: Bytes) -> Result<String, PortError> {
        let invoke = self
            .client
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(event));
        let answer = invoke.send().await.map_err(|error| port_error(OPERATION, &error))?;
        if answer.status_code() != QUEUED {
            return Err(unavailable(OPERATION, &format!("HTTP status {}", answer.status_code())));
        }
        Ok(answer.request_id().unwrap_or_default().to_owned())
    }
}

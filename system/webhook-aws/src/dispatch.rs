//! Hands verified deliveries to the processor by Lambda's asynchronous invocation.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use webhook_core::envelope::Envelope;
use webhook_core::ports::{Dispatch, PortError};

use crate::errors::{port_error, refused, unavailable};

const OPERATION: &str = "lambda:Invoke";
/// What Lambda answers once an event is in its queue.
const QUEUED: i32 = 202;

/// The processor function.
#[derive(Debug, Clone)]
pub struct LambdaDispatch {
    client: Client,
    function: String,
}

impl LambdaDispatch {
    pub(crate) const fn new(client: Client, function: String) -> Self {
        Self { client, function }
    }
}

impl Dispatch for LambdaDispatch {
    async fn dispatch(&self, envelope: &Envelope) -> Result<(), PortError> {
        let payload =
            serde_json::to_vec(envelope).map_err(|_| refused(OPERATION, "envelope could not be written"))?;
        let invoke = self
            .client
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(payload));
        match invoke.send().await {
            Ok(answer) if answer.status_code() == QUEUED => Ok(()),
            Ok(answer) => Err(unavailable(OPERATION, &format!("HTTP status {}", answer.status_code()))),
            Err(error) => Err(port_error(OPERATION, &error)),
        }
    }
}

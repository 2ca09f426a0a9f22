//! Starts the compactor's next invocation by Lambda's asynchronous invocation, as the processor's are started.

use webhook_core::compact::Task;
use webhook_core::ports::PortError;
use webhook_core::ports::compact::Handover;

use crate::dispatch::{LambdaDispatch, OPERATION};
use crate::errors::refused;

impl Handover for LambdaDispatch {
    async fn hand_over(&self, task: &Task) -> Result<(), PortError> {
        let payload =
            serde_json::to_vec(task).map_err(|_| refused(OPERATION, "task could not be written"))?;
        self.queue(payload).await
    }
}

//! Asks PayPal whether it sent a notification.
//!
//! Invariant: what is posted is PayPal's command and the untouched bytes; whatever is not exactly one of its two words is no answer,
//! and so a reason to ask again later, never to process or to throw away.

use std::time::Duration;

use bytes::Bytes;
use webhook_core::ports::PortError;
use webhook_core::ports::ipn::{IpnPostback, IpnVerdict};

use crate::connections::{Connections, Post};
use crate::errors::unavailable;
use crate::paypal::{PaypalHosts, USER_AGENT};

const OPERATION: &str = "paypal:ConfirmNotification";
/// What PayPal wants before the message.
const COMMAND: &[u8] = b"cmd=_notify-validate&";
/// The whole call, connecting included: a third of the processor's 30 s.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// `VERIFIED` has 8.
const ANSWER_BYTES_MAX: usize = 64;

/// PayPal's host for confirmations.
#[derive(Debug, Clone)]
pub struct PaypalPostback {
    connections: Connections,
    url: String,
}

impl PaypalPostback {
    pub(crate) fn new(connections: Connections, hosts: &PaypalHosts) -> Self {
        Self { connections, url: hosts.postback() }
    }
}

impl IpnPostback for PaypalPostback {
    async fn confirm(&self, body: &[u8]) -> Result<IpnVerdict, PortError> {
        let post = Post {
            url: &self.url,
            headers: &[("content-type", "application/x-www-form-urlencoded"), ("user-agent", USER_AGENT)],
            body: Bytes::from([COMMAND, body].concat()),
        };
        let answered = self.connections.post(post, CALL_TIMEOUT, ANSWER_BYTES_MAX).await;
        let (status, answer) = answered.map_err(|error| unavailable(OPERATION, &error.to_string()))?;
        match (status, answer.trim_ascii()) {
            (200, b"VERIFIED") => Ok(IpnVerdict::Verified),
            (200, b"INVALID") => Ok(IpnVerdict::Invalid),
            (200, _) => Err(unavailable(OPERATION, "neither VERIFIED nor INVALID")),
            (status, _) => Err(unavailable(OPERATION, &format!("HTTP status {status}"))),
        }
    }
}

//! Asks PayPal whether it sent a notification.
//!
//! Invariant: what is posted is PayPal's command and the untouched bytes; whatever is not exactly one of its two words is no answer,
//! and so a reason to ask again later, never to process or to throw away.

use std::time::Duration;

use bytes::Bytes;
use webhook_core::mutant::{self, Mutant};
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
            body: if mutant::active(Mutant::IpnAskedAboutAnew) {
                // A form that was read and written again: a space has two ways to be written.
                Bytes::from([COMMAND, String::from_utf8_lossy(body).replace('+', "%20").as_bytes()].concat())
            } else {
                Bytes::from([COMMAND, body].concat())
            },
        };
        let answered = self.connections.post(post, CALL_TIMEOUT, ANSWER_BYTES_MAX).await;
        let decided =
            matches!(&answered, Ok((200, answer)) if matches!(answer.trim_ascii(), b"VERIFIED" | b"INVALID"));
        if !decided && mutant::active(Mutant::IpnSilenceIsYes) {
            return Ok(IpnVerdict::Verified);
        }
        if !decided && mutant::active(Mutant::IpnSilenceIsNo) {
            return Ok(IpnVerdict::Invalid);
        }
        let (status, answer) = answered.map_err(|error| unavailable(OPERATION, &error.to_string()))?;
        match (status, answer.trim_ascii()) {
            (200, b"VERIFIED") => Ok(IpnVerdict::Verified),
            (200, b"INVALID") => Ok(IpnVerdict::Invalid),
            (200, _) => Err(unavailable(OPERATION, "neither VERIFIED nor INVALID")),
            (status, _) => Err(unavailable(OPERATION, &format!("HTTP status {status}"))),
        }
    }
}

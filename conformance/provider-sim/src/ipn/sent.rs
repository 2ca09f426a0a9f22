//! What PayPal remembers of having sent.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Notification;
use crate::delivery::Delivery;
use crate::provider::Provider;

/// The bodies PayPal sent, by their SHA-256: one changed byte, and it never sent that. Clones share one memory.
#[derive(Clone, Default)]
pub struct Sent(Arc<Mutex<HashSet<[u8; 32]>>>);

impl Sent {
    /// Remembers these bytes as sent by PayPal.
    pub fn remember(&self, body: &[u8]) {
        self.memory().insert(Sha256::digest(body).into());
    }

    /// Whether PayPal sent exactly these bytes.
    #[must_use]
    pub fn holds(&self, body: &[u8]) -> bool {
        self.memory().contains(&<[u8; 32]>::from(Sha256::digest(body)))
    }

    fn memory(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        // A set of hashes is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// PayPal's own delivery of a notification, which `sent` vouches for from now on. PayPal repeats a delivery byte for byte,
/// so that sending twice gives the same.
#[must_use]
pub fn send(sent: &Sent, notification: &Notification) -> Delivery {
    sent.remember(&notification.body);
    unsent(notification, notification.body.clone())
}

/// A delivery of these bytes in PayPal's manner, whoever sends it.
pub(super) fn unsent(notification: &Notification, body: bytes::Bytes) -> Delivery {
    Delivery {
        provider: Provider::Paypal,
        event_id: notification.event_id.clone(),
        transaction_id: notification.transaction_id.clone(),
        id_in_body: Some(notification.event_id.clone()),
        headers: vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("user-agent", "PayPal IPN ( https://www.paypal.com/ipn )".to_owned()),
            ("accept", "*/*".to_owned()),
        ],
        body,
    }
}

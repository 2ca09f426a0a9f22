//! PayPal's side of form-encoded notifications in memory, and the place where they wait for it.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;

use super::Twin;
use crate::ports::PortError;
use crate::ports::ipn::{IpnPostback, IpnVerdict, Quarantine};

/// PayPal, as far as it knows its own messages.
#[derive(Default)]
pub struct MemoryPostback {
    twin: Twin<HashSet<Vec<u8>>>,
}
switches!(MemoryPostback);

impl MemoryPostback {
    /// From now on PayPal remembers having sent `body`.
    pub fn sent(&self, body: &[u8]) {
        self.twin.lock().state.insert(body.to_vec());
    }
}

impl IpnPostback for MemoryPostback {
    async fn confirm(&self, body: &[u8]) -> Result<IpnVerdict, PortError> {
        self.twin.call(|sent| if sent.contains(body) { IpnVerdict::Verified } else { IpnVerdict::Invalid })
    }
}

/// Unproven bodies by key.
#[derive(Default)]
pub struct MemoryQuarantine {
    twin: Twin<BTreeMap<String, Bytes>>,
}
switches!(MemoryQuarantine);

impl MemoryQuarantine {
    /// Everything that lies there.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.twin.lock().state.clone()
    }
}

impl Quarantine for MemoryQuarantine {
    async fn put_unproven(&self, key: &str, body: Bytes) -> Result<(), PortError> {
        self.twin.call(|objects| drop(objects.insert(key.to_owned(), body)))
    }

    async fn discard(&self, key: &str) -> Result<(), PortError> {
        self.twin.call(|objects| drop(objects.remove(key)))
    }
}

//! What PayPal's form-encoded notifications need from the outside world.

use bytes::Bytes;

use crate::ports::PortError;

/// PayPal's word about a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpnVerdict {
    /// PayPal sent exactly these bytes.
    Verified,
    /// It did not.
    Invalid,
}

/// The way back to PayPal: it gets the message again and says whether it sent it.
pub trait IpnPostback: Send + Sync {
    /// Posts `cmd=_notify-validate&` and the untouched `body` to PayPal's own host, which the configuration names and never the
    /// message. Anything but one of the two words is [`PortError::Unavailable`]: nobody knows, so ask again later.
    fn confirm(&self, body: &[u8]) -> impl Future<Output = Result<IpnVerdict, PortError>> + Send;
}

/// Where notifications lie until PayPal has confirmed them: a folder of the raw bucket that nothing is processed from.
pub trait Quarantine: Send + Sync {
    /// Stores `body` under `key`; writing the same key again replaces it with the same bytes.
    fn put_unproven(&self, key: &str, body: Bytes) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Removes what lies under `key`; that nothing lies there is a success.
    fn discard(&self, key: &str) -> impl Future<Output = Result<(), PortError>> + Send;
}

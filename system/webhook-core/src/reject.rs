//! Why a delivery is refused. Variants are named for the cause; [`Reject::status`] is the one place where a cause
//! becomes an HTTP status. Messages hold header and field names of our own, never anything a sender wrote.

/// A delivery that must not be processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reject {
    /// A header that carries the proof is absent.
    #[error("the header {name} is missing")]
    MissingHeader {
        /// The header.
        name: &'static str,
    },
    /// A header that must be unambiguous is present more than once.
    #[error("the header {name} is present more than once")]
    RepeatedHeader {
        /// The header.
        name: &'static str,
    },
    /// A header holds bytes that are not printable ASCII.
    #[error("the header {name} is not printable text")]
    UnreadableHeader {
        /// The header.
        name: &'static str,
    },
    /// The signature header cannot be read as the provider writes it.
    #[error("the signature cannot be read")]
    MalformedSignature,
    /// The transmission's id or time does not have the provider's form.
    #[error("the header {name} does not have the provider's form")]
    MalformedTransmission {
        /// The header.
        name: &'static str,
    },
    /// The signature is of a scheme or algorithm that is not accepted.
    #[error("the signature's algorithm is not accepted")]
    UnsupportedAlgorithm,
    /// No key of this endpoint made the signature.
    #[error("the signature does not match")]
    SignatureMismatch,
    /// Signed too long ago.
    #[error("the signature is too old")]
    StaleTimestamp,
    /// Signed too far in the future.
    #[error("the signature's time is in the future")]
    FutureTimestamp,
    /// The certificate URL is not one of the provider's own.
    #[error("the certificate address is not the provider's")]
    CertificateUrl,
    /// There is no such certificate, or it is no certificate the provider signs with.
    #[error("the certificate is not trusted")]
    CertificateUntrusted,
    /// The certificate is not valid at this time.
    #[error("the certificate is not valid now")]
    CertificateExpired,
    /// The transmission id was used before, with another body.
    #[error("the transmission was seen before with another body")]
    TransmissionReused,
    /// The notification is meant for somebody else.
    #[error("the notification is for another receiver")]
    IpnReceiver,
    /// The endpoint takes no body of this kind.
    #[error("the endpoint takes no body of this content type")]
    UnsupportedMediaType,
    /// The body is larger than this system takes.
    #[error("the body is too large")]
    TooLarge,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// The body is JSON, but no object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// The event lacks a field that every event of the provider has, or it has the wrong type.
    #[error("the event does not have the provider's form")]
    WrongShape,
    /// The body is not the form its content type says.
    #[error("the body is not a form")]
    MalformedForm,
    /// A field that must be unambiguous is present more than once.
    #[error("the field {name} is present more than once")]
    RepeatedField {
        /// The field.
        name: &'static str,
    },
    /// A stored body lies under another key than its event has.
    #[error("the body does not belong to its key")]
    ForeignKey,
    /// A field that must identify something is empty, too long, or holds characters no provider uses.
    #[error("the field {name} does not have the provider's form")]
    MalformedField {
        /// The field.
        name: &'static str,
    },
}

impl Reject {
    /// The HTTP status: 401 where the sender did not prove who it is, 413 for size, 415 for a kind of body that is not
    /// taken, 400 where a body does not have the right form.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::MissingHeader { .. }
            | Self::RepeatedHeader { .. }
            | Self::UnreadableHeader { .. }
            | Self::MalformedSignature
            | Self::MalformedTransmission { .. }
            | Self::UnsupportedAlgorithm
            | Self::SignatureMismatch
            | Self::StaleTimestamp
            | Self::FutureTimestamp
            | Self::CertificateUrl
            | Self::CertificateUntrusted
            | Self::CertificateExpired
            | Self::TransmissionReused
            | Self::IpnReceiver => 401,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::NotUtf8
            | Self::NotJson
            | Self::NotAnObject
            | Self::WrongShape
            | Self::ForeignKey
            | Self::MalformedForm
            | Self::RepeatedField { .. }
            | Self::MalformedField { .. } => 400,
        }
    }

    /// A stable name for answers, logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "missing_header",
            Self::RepeatedHeader { .. } => "repeated_header",
            Self::UnreadableHeader { .. } => "unreadable_header",
            Self::MalformedSignature => "malformed_signature",
            Self::MalformedTransmission { .. } => "malformed_transmission",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::SignatureMismatch => "signature_mismatch",
            Self::StaleTimestamp => "stale_timestamp",
            Self::FutureTimestamp => "future_timestamp",
            Self::CertificateUrl => "certificate_url",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::CertificateExpired => "certificate_expired",
            Self::TransmissionReused => "transmission_reused",
            Self::IpnReceiver => "ipn_receiver",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::TooLarge => "too_large",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::WrongShape => "wrong_shape",
            Self::MalformedForm => "malformed_form",
            Self::RepeatedField { .. } => "repeated_field",
            Self::ForeignKey => "foreign_key",
            Self::MalformedField { .. } => "malformed_field",
        }
    }
}

#[cfg(test)]
mod tests;

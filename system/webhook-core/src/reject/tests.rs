use super::*;

/// Every cause with its status and code: both are an interface.
const ALL: [(Reject, u16, &str); 24] = [
    (Reject::MissingHeader { name: "h" }, 401, "missing_header"),
    (Reject::RepeatedHeader { name: "h" }, 401, "repeated_header"),
    (Reject::UnreadableHeader { name: "h" }, 401, "unreadable_header"),
    (Reject::MalformedSignature, 401, "malformed_signature"),
    (Reject::MalformedTransmission { name: "h" }, 401, "malformed_transmission"),
    (Reject::UnsupportedAlgorithm, 401, "unsupported_algorithm"),
    (Reject::SignatureMismatch, 401, "signature_mismatch"),
    (Reject::StaleTimestamp, 401, "stale_timestamp"),
    (Reject::FutureTimestamp, 401, "future_timestamp"),
    (Reject::CertificateUrl, 401, "certificate_url"),
    (Reject::CertificateUntrusted, 401, "certificate_untrusted"),
    (Reject::CertificateExpired, 401, "certificate_expired"),
    (Reject::TransmissionReused, 401, "transmission_reused"),
    (Reject::IpnReceiver, 401, "ipn_receiver"),
    (Reject::UnsupportedMediaType, 415, "unsupported_media_type"),
    (Reject::MalformedForm, 400, "malformed_form"),
    (Reject::RepeatedField { name: "f" }, 400, "repeated_field"),
    (Reject::TooLarge, 413, "too_large"),
    (Reject::NotUtf8, 400, "not_utf8"),
    (Reject::NotJson, 400, "not_json"),
    (Reject::NotAnObject, 400, "not_an_object"),
    (Reject::WrongShape, 400, "wrong_shape"),
    (Reject::ForeignKey, 400, "foreign_key"),
    (Reject::MalformedField { name: "f" }, 400, "malformed_field"),
];

#[test]
fn status_and_code_are_stable() {
    for (reject, status, code) in ALL {
        assert_eq!((reject.status(), reject.code()), (status, code));
    }
}

#[test]
fn messages_are_one_plain_sentence() {
    for (reject, _, _) in ALL {
        let message = reject.to_string();
        assert!(!message.is_empty() && !message.contains(['\n', '"', '{']), "{message}");
    }
}

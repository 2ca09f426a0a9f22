//! Classification of failures, and what of them may be seen.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

/// A DynamoDB error answer: its status, its code, and a message that must stay behind.
fn answered(status: u16, code: &str) -> SdkError<PutItemError, HttpResponse> {
    let metadata =
        ErrorMetadata::builder().code(code).message("User arn:aws:iam::1 may not touch sk_live_1").build();
    let status = StatusCode::try_from(status).unwrap();
    SdkError::service_error(PutItemError::generic(metadata), HttpResponse::new(status, SdkBody::empty()))
}

#[track_caller]
fn check(status: u16, code: &str, expected: &str) {
    let shown = port_error("dynamodb:PutItem", &answered(status, code)).to_string();
    assert_eq!(shown, format!("dynamodb:PutItem {expected}"));
}

#[test]
fn what_time_may_cure_is_unavailable() {
    check(503, "SlowDown", "is unavailable: SlowDown");
    check(500, "InternalServerError", "is unavailable: InternalServerError");
    check(502, "NeverHeardOf", "is unavailable: NeverHeardOf");
    check(429, "TooManyRequestsException", "is unavailable: TooManyRequestsException");
    check(
        400,
        "ProvisionedThroughputExceededException",
        "is unavailable: ProvisionedThroughputExceededException",
    );
    check(400, "ThrottlingException", "is unavailable: ThrottlingException");
}

#[test]
fn what_a_person_must_cure_is_refused() {
    check(400, "AccessDeniedException", "was refused: AccessDeniedException");
    check(404, "ResourceNotFoundException", "was refused: ResourceNotFoundException");
    check(403, "SignatureDoesNotMatch", "was refused: SignatureDoesNotMatch");
    check(400, "ValidationException", "was refused: ValidationException");
}

#[test]
fn only_a_word_passes_as_a_code() {
    check(400, "", "was refused: HTTP status 400");
    check(400, "no such bucket: secret bucket", "was refused: HTTP status 400");
    check(500, &"X".repeat(65), "is unavailable: HTTP status 500");
}

#[test]
fn failures_without_an_answer() {
    let timeout = SdkError::<PutItemError, HttpResponse>::timeout_error("sk_live_1");
    assert_eq!(port_error("s3:PutObject", &timeout), unavailable("s3:PutObject", "timeout"));
    let broken =
        SdkError::<PutItemError, HttpResponse>::dispatch_failure(ConnectorError::io("sk_live_1".into()));
    assert_eq!(port_error("s3:PutObject", &broken), unavailable("s3:PutObject", "connection failed"));
    let malformed = SdkError::<PutItemError, HttpResponse>::construction_failure("sk_live_1");
    assert_eq!(port_error("s3:PutObject", &malformed), refused("s3:PutObject", "request could not be built"));
}

#[test]
fn certificate_reads() {
    let status = |code: u16| FetchError::Status(StatusCode::try_from(code).unwrap());
    assert_eq!(
        fetch_error("paypal:GetCertificate", FetchError::Timeout),
        unavailable("paypal:GetCertificate", "timeout")
    );
    assert_eq!(
        fetch_error("paypal:GetCertificate", status(503)),
        unavailable("paypal:GetCertificate", "HTTP status 503")
    );
    assert_eq!(
        fetch_error("paypal:GetCertificate", status(404)),
        refused("paypal:GetCertificate", "HTTP status 404")
    );
    assert_eq!(
        fetch_error("paypal:GetCertificate", FetchError::TooLarge),
        refused("paypal:GetCertificate", "answer too large")
    );
}

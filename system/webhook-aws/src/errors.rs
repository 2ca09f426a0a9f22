//! One mapping from the SDK's errors to the ports' two kinds: worth another try, or not until somebody acts.
//!
//! Invariant: the text is built from the operation's name and the service's error code alone; a service's message
//! may quote keys, bucket names or parts of a request, so it never travels.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use webhook_core::ports::PortError;

use crate::connections::FetchError;

/// Codes that come with a 4xx status and still ask the caller to come back.
const RETRYABLE_CODES: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalServerError",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Longest error code passed on, in bytes; AWS's are shorter.
const CODE_BYTES_MAX: usize = 64;

/// What a failed call means to the core.
pub fn port_error<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ConstructionFailure(_) => refused(operation, "request could not be built"),
        SdkError::TimeoutError(_) => unavailable(operation, "timeout"),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) => unavailable(operation, connector_kind(connector)),
            None => unavailable(operation, "connection failed"),
        },
        SdkError::ResponseError(_) => unavailable(operation, "unreadable answer"),
        SdkError::ServiceError(service) => {
            service_error(operation, service.err().code(), service.raw().status().as_u16())
        }
        _ => unavailable(operation, "unknown failure"),
    }
}

/// What a failed call to PayPal means to the core.
pub(crate) fn fetch_error(operation: &'static str, error: FetchError) -> PortError {
    match error {
        FetchError::Timeout | FetchError::Connection(_) => unavailable(operation, &error.to_string()),
        FetchError::Status(status) if worth_another_try(status.as_u16()) => {
            unavailable(operation, &error.to_string())
        }
        FetchError::Status(_) | FetchError::TooLarge | FetchError::BadRequest => {
            refused(operation, &error.to_string())
        }
    }
}

/// A failure that another try may cure.
pub(crate) fn unavailable(operation: &'static str, reason: &str) -> PortError {
    PortError::Unavailable { operation, reason: reason.to_owned() }
}

/// A failure that lasts until somebody changes something.
pub(crate) fn refused(operation: &'static str, reason: &str) -> PortError {
    PortError::Refused { operation, reason: reason.to_owned() }
}

fn service_error(operation: &'static str, code: Option<&str>, status: u16) -> PortError {
    let reason = code
        .filter(|code| is_plain_code(code))
        .map_or_else(|| format!("HTTP status {status}"), str::to_owned);
    if worth_another_try(status) || RETRYABLE_CODES.contains(&reason.as_str()) {
        PortError::Unavailable { operation, reason }
    } else {
        PortError::Refused { operation, reason }
    }
}

pub(crate) const fn worth_another_try(status: u16) -> bool {
    status >= 500 || status == 429 || status == 408
}

/// A code is a word; anything else is text from the other side that is not passed on.
fn is_plain_code(code: &str) -> bool {
    !code.is_empty()
        && code.len() <= CODE_BYTES_MAX
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn connector_kind(error: &ConnectorError) -> &'static str {
    if error.is_timeout() {
        "connect timeout"
    } else if error.is_io() {
        "connection failed"
    } else {
        "protocol error"
    }
}

#[cfg(test)]
mod tests;

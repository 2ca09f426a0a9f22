//! Why a caller is turned away, in API Gateway's words.
//!
//! Invariant: no answer holds anything of a credential or of what was signed. AWS quotes the canonical request on a wrong
//! signature and the header on a malformed one; this gateway does not.

use std::borrow::Cow;

use http::StatusCode;

use crate::clock;

/// Why a caller is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// The request is not signed.
    NotSigned,
    /// The signature's parts are not all there, or have not the form they must have. Says what is wrong.
    Incomplete(&'static str),
    /// No such access key.
    UnknownAccessKey,
    /// Signed for something else than this API, or not over what must be signed. Says what is wrong.
    InvalidScope(&'static str),
    /// Another key, or another request, was signed.
    WrongSignature,
    /// Signed too long ago.
    Expired {
        /// When, Unix seconds.
        signed_at: i64,
        /// Now, Unix seconds.
        now: i64,
        /// How long a signature is good for, seconds.
        window_s: i64,
    },
    /// Signed in the future.
    NotYetCurrent {
        /// When, Unix seconds.
        signed_at: i64,
        /// Now, Unix seconds.
        now: i64,
        /// By how much clocks may differ, seconds.
        window_s: i64,
    },
    /// The authorizer does not know the caller, or the request lacks what the authorizer decides by.
    Unauthorized,
    /// The authorizer's policy does not allow the method.
    NotAllowed,
    /// The authorizer's policy denies the method.
    ExplicitlyDenied,
    /// The authorizer failed, or its answer is none.
    AuthorizerFailed,
    /// No API key, an unknown one, a disabled one, or one without a usage plan.
    InvalidApiKey,
    /// The key's plan takes no more requests at the moment.
    PlanThrottled,
    /// The key's plan takes no more requests today.
    QuotaExceeded,
}

impl Denial {
    /// Status, `x-amzn-ErrorType`, body.
    pub(super) fn parts(self) -> (StatusCode, &'static str, Cow<'static, str>) {
        const SIGNATURE: &str = "InvalidSignatureException";
        let forbidden = |error_type, message: &str| {
            (StatusCode::FORBIDDEN, error_type, Cow::Owned(format!(r#"{{"message":"{message}"}}"#)))
        };
        let fixed = |status, error_type, body| (status, error_type, Cow::Borrowed(body));
        match self {
            Denial::NotSigned => {
                forbidden("MissingAuthenticationTokenException", "Missing Authentication Token")
            }
            Denial::Incomplete(what) => forbidden("IncompleteSignatureException", what),
            Denial::UnknownAccessKey => forbidden(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            Denial::InvalidScope(what) => forbidden(SIGNATURE, what),
            Denial::WrongSignature => forbidden(
                SIGNATURE,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.",
            ),
            Denial::Expired { signed_at, now, window_s } => forbidden(
                SIGNATURE,
                &format!(
                    "Signature expired: {} is now earlier than {} ({} - {})",
                    clock::basic_format(signed_at),
                    clock::basic_format(now - window_s),
                    clock::basic_format(now),
                    length(window_s)
                ),
            ),
            Denial::NotYetCurrent { signed_at, now, window_s } => forbidden(
                SIGNATURE,
                &format!(
                    "Signature not yet current: {} is still later than {} ({} + {})",
                    clock::basic_format(signed_at),
                    clock::basic_format(now + window_s),
                    clock::basic_format(now),
                    length(window_s)
                ),
            ),
            Denial::Unauthorized => {
                fixed(StatusCode::UNAUTHORIZED, "UnauthorizedException", r#"{"message":"Unauthorized"}"#)
            }
            Denial::NotAllowed => fixed(
                StatusCode::FORBIDDEN,
                "AccessDeniedException",
                r#"{"Message":"User is not authorized to access this resource"}"#,
            ),
            Denial::ExplicitlyDenied => fixed(
                StatusCode::FORBIDDEN,
                "AccessDeniedException",
                r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
            ),
            Denial::AuthorizerFailed => fixed(
                StatusCode::INTERNAL_SERVER_ERROR,
                "AuthorizerConfigurationException",
                r#"{"message":null}"#,
            ),
            Denial::InvalidApiKey => {
                fixed(StatusCode::FORBIDDEN, "ForbiddenException", r#"{"message":"Forbidden"}"#)
            }
            // THROTTLED and QUOTA_EXCEEDED are two gateway responses: only the quota's says "Limit Exceeded".
            Denial::PlanThrottled => fixed(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                r#"{"message":"Too Many Requests"}"#,
            ),
            Denial::QuotaExceeded => fixed(
                StatusCode::TOO_MANY_REQUESTS,
                "LimitExceededException",
                r#"{"message":"Limit Exceeded"}"#,
            ),
        }
    }
}

/// AWS counts in minutes.
fn length(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min.", seconds / 60) } else { format!("{seconds} sec.") }
}

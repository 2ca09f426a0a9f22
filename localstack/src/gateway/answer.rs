//! Answers: the gateway's own, and those that a function's proxy response asks for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::Value;

use crate::lambda::InvokeError;

use super::denial::Denial;

pub(super) type Answer = Response<Full<Bytes>>;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why the gateway answers by itself. Statuses and bodies are API Gateway's default gateway responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such stage.
    NoStage,
    /// No such resource, or the resource has no such method.
    NoMethod,
    /// The body does not match its model.
    InvalidBody,
    /// The body broke off.
    BrokenBody,
    /// The body is above 10 MB, or the event above what Lambda takes.
    TooLarge,
    /// A token bucket is empty.
    Throttled,
    /// The Lambda service refused the invocation (AWS documents 500 for that, a throttled function included).
    NotInvoked,
    /// The function failed, or its answer has not the shape of a proxy response.
    FunctionFailed,
    /// The function did not answer in time.
    TimedOut,
    /// The caller may not.
    Denied(Denial),
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Refusal::Denied(denial)
    }
}

impl Refusal {
    pub(super) fn from_invoke(error: &InvokeError) -> Self {
        match error {
            InvokeError::TooLarge { .. } => Refusal::TooLarge,
            InvokeError::NotFound(_)
            | InvokeError::Throttled
            | InvokeError::Service
            | InvokeError::Init(_)
            | InvokeError::ShuttingDown => Refusal::NotInvoked,
        }
    }

    /// Status, `x-amzn-ErrorType`, body. The blanks in some bodies are AWS's.
    fn parts(self) -> (StatusCode, &'static str, Cow<'static, str>) {
        let (status, error_type, body) = match self {
            Refusal::NoStage => (StatusCode::FORBIDDEN, "ForbiddenException", r#"{"message":"Forbidden"}"#),
            Refusal::NoMethod => (
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                r#"{"message":"Missing Authentication Token"}"#,
            ),
            Refusal::InvalidBody => {
                (StatusCode::BAD_REQUEST, "BadRequestException", r#"{"message": "Invalid request body"}"#)
            }
            Refusal::BrokenBody => {
                (StatusCode::BAD_REQUEST, "BadRequestException", r#"{"message":"Bad Request"}"#)
            }
            Refusal::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                r#"{"message":"Request Too Long"}"#,
            ),
            Refusal::Throttled => (
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                r#"{"message":"Too Many Requests"}"#,
            ),
            Refusal::NotInvoked => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerErrorException",
                r#"{"message": "Internal server error"}"#,
            ),
            Refusal::FunctionFailed => (
                StatusCode::BAD_GATEWAY,
                "InternalServerErrorException",
                r#"{"message": "Internal server error"}"#,
            ),
            Refusal::TimedOut => (
                StatusCode::GATEWAY_TIMEOUT,
                "InternalServerErrorException",
                r#"{"message": "Endpoint request timed out"}"#,
            ),
            Refusal::Denied(denial) => return denial.parts(),
        };
        (status, error_type, Cow::Borrowed(body))
    }

    /// For the access log.
    pub(super) fn error_type(self) -> &'static str {
        self.parts().1
    }

    pub(super) fn answer(self) -> Answer {
        let (status, error_type, body) = self.parts();
        let mut answer = Response::new(Full::new(match body {
            Cow::Borrowed(body) => Bytes::from_static(body.as_bytes()),
            Cow::Owned(body) => Bytes::from(body),
        }));
        *answer.status_mut() = status;
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error_type));
        answer
    }
}

/// What a function may answer; any other member, or a member of another type, makes it malformed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyResponse {
    status_code: Value,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// Turns a function's payload into an answer. None: malformed.
pub(super) fn from_function(payload: &[u8]) -> Option<Answer> {
    let response: ProxyResponse = serde_json::from_slice(payload).ok()?;
    let status = status(&response.status_code)?;
    let body = response.body.unwrap_or_default();
    let body = match response.is_base64_encoded {
        Some(true) => Bytes::from(BASE64_STANDARD.decode(body).ok()?),
        _ => Bytes::from(body),
    };
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let multi = response.multi_value_headers.unwrap_or_default();
    for (name, value) in response.headers.unwrap_or_default() {
        // Where both name a header, the list wins.
        if !multi.keys().any(|listed| listed.eq_ignore_ascii_case(&name)) {
            append(headers, &name, &value)?;
        }
    }
    for (name, values) in multi {
        for value in values {
            append(headers, &name, &value)?;
        }
    }
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Some(answer)
}

/// 200 to 599; a number in a string will do.
fn status(value: &Value) -> Option<StatusCode> {
    let code = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let code = u16::try_from(code).ok().filter(|code| (200..600).contains(code))?;
    StatusCode::from_u16(code).ok()
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => return Some(()),
        Value::Array(_) | Value::Object(_) => return None,
    };
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(text.as_bytes()).ok()?;
    headers.append(remapped(name), value);
    Some(())
}

/// Headers that belong to the gateway's own connection: a function's are renamed, as API Gateway does.
fn remapped(name: HeaderName) -> HeaderName {
    const OWN: [(HeaderName, &str); 6] = [
        (header::CONNECTION, "x-amzn-remapped-connection"),
        (header::CONTENT_LENGTH, "x-amzn-remapped-content-length"),
        (header::DATE, "x-amzn-remapped-date"),
        (header::HOST, "x-amzn-remapped-host"),
        (header::SERVER, "x-amzn-remapped-server"),
        (header::WWW_AUTHENTICATE, "x-amzn-remapped-www-authenticate"),
    ];
    if name == header::TRANSFER_ENCODING {
        return HeaderName::from_static("x-amzn-remapped-transfer-encoding");
    }
    match OWN.iter().find(|(own, _)| *own == name) {
        Some((_, other)) => HeaderName::from_static(other),
        None => name,
    }
}

#[cfg(test)]
mod tests;

//! The access log: one JSON line a request, without bodies, header values, queries or paths: what a sender writes is not
//! for a log. The resource that matched says enough.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use crate::clock;

/// One request and its answer.
pub(super) struct Access<'a> {
    pub(super) request_id: &'a str,
    pub(super) extended_id: &'a str,
    pub(super) ip: IpAddr,
    pub(super) now_ms: u64,
    pub(super) method: &'a str,
    /// The resource that matched, if one did.
    pub(super) resource: Option<&'a str>,
    pub(super) status: u16,
    pub(super) response_bytes: u64,
    pub(super) latency: Duration,
    /// Time in the function, if it was invoked.
    pub(super) integration_latency: Option<Duration>,
    /// The gateway's own error.
    pub(super) error_type: Option<&'static str>,
    /// The request's address and headers, which no gateway that behaves has here.
    pub(super) head: Option<&'a str>,
    /// The request's body, which no gateway that behaves has here.
    pub(super) body: Option<&'a [u8]>,
}

// Writing to a Vec cannot fail.

/// Appends the line.
pub(super) fn write(out: &mut Vec<u8>, access: &Access<'_>) {
    let _ = write!(
        out,
        r#"{{"requestId":"{}","extendedRequestId":"{}","ip":"{}","requestTime":""#,
        access.request_id, access.extended_id, access.ip
    );
    clock::push_rfc3339(out, access.now_ms);
    let _ = write!(out, r#"","httpMethod":"{}","resourcePath":"#, access.method);
    let _ = serde_json::to_writer(&mut *out, &access.resource);
    let _ = write!(
        out,
        r#","protocol":"HTTP/1.1","status":{},"responseLength":{},"responseLatencyMs":{:.3}"#,
        access.status,
        access.response_bytes,
        access.latency.as_secs_f64() * 1e3
    );
    if let Some(latency) = access.integration_latency {
        let _ = write!(out, r#","integrationLatencyMs":{:.3}"#, latency.as_secs_f64() * 1e3);
    }
    if let Some(error_type) = access.error_type {
        let _ = write!(out, r#","errorType":"{error_type}""#);
    }
    if let Some(head) = access.head {
        out.extend_from_slice(br#","head":"#);
        let _ = serde_json::to_writer(&mut *out, head);
    }
    if let Some(body) = access.body {
        out.extend_from_slice(br#","body":"#);
        let _ = serde_json::to_writer(&mut *out, &String::from_utf8_lossy(body));
    }
    out.extend_from_slice(b"}\n");
}

//! The proxy event (payload format 1.0) that a function gets, written straight into one buffer.
//!
//! What is the same for every request of a method is written once, in the [`Template`]; the body is escaped
//! directly from the received bytes.

use std::io::Write as _;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use crate::clock;

use super::config::{GatewayConfig, Route};
use super::gatekeeper::Caller;

mod authorizer;

/// Headers between the sender and the gateway; they are not passed on.
const HOP_BY_HOP: [HeaderName; 6] = [
    http::header::CONNECTION,
    http::header::EXPECT,
    http::header::TE,
    http::header::TRAILER,
    http::header::TRANSFER_ENCODING,
    http::header::UPGRADE,
];

/// The constant parts of a method's events.
pub(super) struct Template {
    /// From the opening brace to the value of `path`.
    head: Vec<u8>,
    /// The request context, without its closing brace.
    context: Vec<u8>,
    stage: String,
}

/// One request.
pub(super) struct Request<'a> {
    /// Without the stage.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    /// Percent-encoded.
    pub(super) parameters: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) source_ip: IpAddr,
    pub(super) request_id: &'a str,
    pub(super) extended_id: &'a str,
    pub(super) now_ms: u64,
    /// The request's trace, as a header.
    pub(super) trace: &'a str,
}

// Writing to a Vec cannot fail, here and below; serde_json fails only on maps with odd keys, and there are none.

impl Template {
    pub(super) fn new(config: &GatewayConfig, route: &Route) -> Self {
        let stage_variables = match config.stage_variables.is_empty() {
            true => serde_json::Value::Null,
            false => json!(config.stage_variables),
        };
        let head = json!({
            "resource": route.resource,
            "httpMethod": route.method.as_str(),
            "stageVariables": stage_variables,
        });
        let context = json!({
            "resourcePath": route.resource,
            "httpMethod": route.method.as_str(),
            "protocol": "HTTP/1.1",
            "stage": config.stage,
            "apiId": config.api_id,
            "accountId": config.account_id,
            "resourceId": resource_id(&route.resource),
            "domainPrefix": config.api_id,
        });
        Template {
            head: open(&head.to_string(), "path"),
            context: open(&context.to_string(), "path"),
            stage: config.stage.clone(),
        }
    }

    /// Writes the event of a caller that was let in.
    pub(super) fn event(&self, request: &Request<'_>, caller: &Caller) -> Bytes {
        let mut out = Vec::with_capacity(self.capacity(request));
        out.extend_from_slice(&self.head);
        string(&mut out, request.path);
        headers(&mut out, request, caller);
        query(&mut out, caller.query.as_deref().or(request.query).unwrap_or_default());
        parameters(&mut out, request.parameters);
        self.request_context(&mut out, request, caller);
        body(&mut out, request.body);
        out.push(b'}');
        Bytes::from(out)
    }

    /// Enough for nearly every event, so that the buffer does not grow: escaping lengthens JSON by a tenth or so.
    fn capacity(&self, request: &Request<'_>) -> usize {
        let headers: usize = request.headers.iter().map(|(n, v)| 2 * (n.as_str().len() + v.len()) + 24).sum();
        self.head.len() + self.context.len() + headers + request.body.len() + request.body.len() / 4 + 1024
    }

    fn request_context(&self, out: &mut Vec<u8>, request: &Request<'_>, caller: &Caller) {
        out.extend_from_slice(b",\"requestContext\":");
        out.extend_from_slice(&self.context);
        string(out, &format!("/{}{}", self.stage, request.path));
        let _ = write!(
            out,
            r#","requestId":"{}","extendedRequestId":"{}","requestTimeEpoch":{},"requestTime":""#,
            request.request_id, request.extended_id, request.now_ms
        );
        clock::push_request_time(out, request.now_ms);
        out.extend_from_slice(b"\",\"domainName\":");
        text(out, request.headers.get(http::header::HOST));
        if let Some(decision) = &caller.decision {
            out.extend_from_slice(b",\"authorizer\":");
            out.extend_from_slice(&decision.context);
        }
        let _ = write!(out, r#","identity":{{"sourceIp":"{}","#, request.source_ip);
        identity(out, caller);
        out.extend_from_slice(
            br#""cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"#,
        );
        out.extend_from_slice(br#""cognitoIdentityPoolId":null,"principalOrgId":null,"#);
        out.extend_from_slice(b"\"userAgent\":");
        text(out, request.headers.get(http::header::USER_AGENT));
        out.extend_from_slice(b"}}");
    }
}

/// Who called: by a signature, by an API key, or nobody in particular. Of the key only its id is told: AWS hands functions its
/// value too, which none of them needs.
fn identity(out: &mut Vec<u8>, caller: &Caller) {
    if let Some(key) = &caller.key {
        member(out, "apiKeyId", key.id());
    }
    let Some(signer) = &caller.identity else {
        out.extend_from_slice(
            br#""accessKey":null,"accountId":null,"caller":null,"user":null,"userArn":null,"#,
        );
        return;
    };
    member(out, "accessKey", &signer.access_key);
    member(out, "accountId", &signer.account_id);
    member(out, "caller", &signer.user_id);
    member(out, "user", &signer.user_id);
    member(out, "userArn", &signer.user_arn);
}

/// A JSON object's text, reopened for one more member.
fn open(object: &str, member: &str) -> Vec<u8> {
    let mut out = object.as_bytes().to_vec();
    out.pop();
    let _ = write!(out, r#","{member}":"#);
    out
}

/// Six letters and digits that stand for the resource.
fn resource_id(resource: &str) -> String {
    let hash = resource
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{:06x}", hash & 0xff_ffff)
}

/// `headers` (the last value of each) and `multiValueHeaders` (all of them, in order).
fn headers(out: &mut Vec<u8>, request: &Request<'_>, caller: &Caller) {
    let forwarded_for = forwarded_for(request);
    // Added by API Gateway to what the sender sent.
    let added: [(&str, &str); 4] = [
        ("X-Forwarded-For", &forwarded_for),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
        ("X-Amzn-Trace-Id", request.trace),
    ];
    let passed = |name: &&HeaderName| {
        // API Gateway keeps a signature to itself.
        let signature = caller.identity.is_some() && *name == http::header::AUTHORIZATION;
        !signature
            && !HOP_BY_HOP.contains(name)
            && !name.as_str().starts_with("x-forwarded-")
            && name.as_str() != "x-amzn-trace-id"
    };

    out.extend_from_slice(b",\"headers\":{");
    for name in request.headers.keys().filter(passed) {
        string(out, name.as_str());
        out.push(b':');
        text(out, request.headers.get_all(name).iter().next_back());
        out.push(b',');
    }
    for (name, value) in &added {
        let _ = write!(out, r#""{name}":"#);
        string(out, value);
        out.push(b',');
    }
    out.pop();
    out.extend_from_slice(b"},\"multiValueHeaders\":{");
    for name in request.headers.keys().filter(passed) {
        string(out, name.as_str());
        out.extend_from_slice(b":[");
        for value in request.headers.get_all(name) {
            text(out, Some(value));
            out.push(b',');
        }
        out.pop();
        out.extend_from_slice(b"],");
    }
    for (name, value) in &added {
        let _ = write!(out, r#""{name}":["#);
        string(out, value);
        out.extend_from_slice(b"],");
    }
    out.pop();
    out.push(b'}');
}

/// The sender's address behind those that the sender names itself.
fn forwarded_for(request: &Request<'_>) -> String {
    let mut list = String::new();
    for value in request.headers.get_all("x-forwarded-for") {
        list.push_str(&latin1(value.as_bytes()));
        list.push_str(", ");
    }
    list.push_str(&request.source_ip.to_string());
    list
}

fn query(out: &mut Vec<u8>, query: &str) {
    let mut pairs: Vec<(String, Vec<String>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (query_decoded(name), query_decoded(value));
        match pairs.iter_mut().find(|(n, _)| *n == name) {
            Some((_, values)) => values.push(value),
            None => pairs.push((name, vec![value])),
        }
    }
    if pairs.is_empty() {
        out.extend_from_slice(b",\"queryStringParameters\":null,\"multiValueQueryStringParameters\":null");
        return;
    }
    out.extend_from_slice(b",\"queryStringParameters\":{");
    for (name, values) in &pairs {
        member(out, name, values.last().map_or("", String::as_str));
    }
    out.pop();
    out.extend_from_slice(b"},\"multiValueQueryStringParameters\":{");
    for (name, values) in &pairs {
        string(out, name);
        out.push(b':');
        let _ = serde_json::to_writer(&mut *out, values);
        out.push(b',');
    }
    out.pop();
    out.push(b'}');
}

/// Path parameters as they stand in the address: a REST API leaves decoding them to the function.
fn parameters(out: &mut Vec<u8>, parameters: &[(&str, &str)]) {
    if parameters.is_empty() {
        out.extend_from_slice(b",\"pathParameters\":null");
        return;
    }
    out.extend_from_slice(b",\"pathParameters\":{");
    for (name, value) in parameters {
        member(out, name, value);
    }
    out.pop();
    out.push(b'}');
}

/// Text as text; anything else in base64, as with a binary media type of `*/*`. An empty body is null.
fn body(out: &mut Vec<u8>, body: &[u8]) {
    match std::str::from_utf8(body) {
        Ok("") => out.extend_from_slice(br#","body":null,"isBase64Encoded":false"#),
        Ok(text) => {
            out.extend_from_slice(b",\"body\":");
            string(out, text);
            out.extend_from_slice(b",\"isBase64Encoded\":false");
        }
        Err(_) => {
            let _ = write!(out, r#","body":"{}","isBase64Encoded":true"#, BASE64_STANDARD.encode(body));
        }
    }
}

/// `"name":"value",`
fn member(out: &mut Vec<u8>, name: &str, value: &str) {
    string(out, name);
    out.push(b':');
    string(out, value);
    out.push(b',');
}

fn string(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

/// A header's value, or null.
fn text(out: &mut Vec<u8>, value: Option<&HeaderValue>) {
    match value.map(|v| (v.to_str(), v)) {
        None => out.extend_from_slice(b"null"),
        Some((Ok(ascii), _)) => string(out, ascii),
        Some((Err(_), value)) => string(out, &latin1(value.as_bytes())),
    }
}

/// HTTP/1.1 gives bytes above 127 no meaning; read as ISO 8859-1, none is lost.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// Decodes `%XX` and `+` of a query. What is not UTF-8 then is replaced; a `%` that begins no escape stays.
pub(super) fn query_decoded(text: &str) -> String {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match (byte, hex(bytes.get(at)), hex(bytes.get(at + 1))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;

//! What a sender says of its signature: in the `Authorization` header, or in the query of a presigned URL.

use http::{HeaderMap, header};

use super::super::denial::Denial;
use super::super::event::query_decoded;

pub(super) const DATE: &str = "x-amz-date";
pub(super) const SECURITY_TOKEN: &str = "x-amz-security-token";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Longest life of a presigned URL: seven days.
const EXPIRES_MAX_S: u64 = 604_800;

/// Parameters of a presigned URL.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query.
    Query {
        /// How long the URL is good for, seconds.
        expires_s: u64,
    },
}

/// A signature and what it claims. Nothing of it is proven.
pub(super) struct Presented {
    pub(super) form: Form,
    pub(super) access_key: String,
    pub(super) day: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) terminator: String,
    pub(super) date: String,
    pub(super) signature: String,
    /// Whether a presigned URL names a session token.
    pub(super) has_token: bool,
    /// A presigned URL's query without its own parameters.
    pub(super) rest_of_query: Option<String>,
    signed_headers: String,
}

impl Presented {
    /// Reads one of the two forms; the header goes before the query.
    pub(super) fn of(headers: &HeaderMap, query: Option<&str>) -> Result<Self, Denial> {
        if headers.contains_key(header::AUTHORIZATION) {
            return Self::in_header(headers);
        }
        match query.filter(|query| query.contains("X-Amz-")) {
            Some(query) => Self::in_query(query),
            None => Err(Denial::NotSigned),
        }
    }

    /// Names of the headers that were signed.
    pub(super) fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    fn in_header(headers: &HeaderMap) -> Result<Self, Denial> {
        const NO_PAIRS: Denial =
            Denial::Incomplete("Invalid key=value pair (missing equal-sign) in Authorization header.");
        let text = only(headers, header::AUTHORIZATION.as_str()).ok_or(NO_PAIRS)?;
        let (algorithm, rest) = text.trim().split_once(' ').ok_or(NO_PAIRS)?;
        if algorithm != ALGORITHM {
            return Err(Denial::Incomplete(
                "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.",
            ));
        }
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for pair in rest.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or(NO_PAIRS)?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Denial::Incomplete("Authorization header has a parameter twice."));
            }
        }
        let required = |value: Option<&str>, what| value.map(str::to_owned).ok_or(Denial::Incomplete(what));
        let credential = required(credential, "Authorization header requires 'Credential' parameter.")?;
        let signature = required(signature, "Authorization header requires 'Signature' parameter.")?;
        let signed_headers =
            required(signed_headers, "Authorization header requires 'SignedHeaders' parameter.")?;
        let date = required(
            only(headers, DATE),
            "Authorization header requires existence of a 'X-Amz-Date' header.",
        )?;
        Self::new(Form::Header, credential, signed_headers, date, signature)
    }

    fn in_query(query: &str) -> Result<Self, Denial> {
        let mut values: [Option<String>; PARAMETERS.len()] = Default::default();
        let mut rest = String::with_capacity(query.len());
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = query_decoded(name);
            let Some(place) = PARAMETERS.iter().position(|parameter| *parameter == name) else {
                if !rest.is_empty() {
                    rest.push('&');
                }
                rest.push_str(pair);
                continue;
            };
            if values[place].replace(query_decoded(value)).is_some() {
                return Err(Denial::Incomplete("AWS query-string parameters must not be repeated."));
            }
        }
        let [algorithm, credential, date, expires, signed_headers, signature, token] = values;
        if [&credential, &signature].iter().all(|value| value.is_none()) {
            return Err(Denial::NotSigned);
        }
        let required = |value: Option<String>, what| value.ok_or(Denial::Incomplete(what));
        let algorithm = required(algorithm, "AWS query-string parameters must include 'X-Amz-Algorithm'.")?;
        if algorithm != ALGORITHM {
            return Err(Denial::Incomplete("'X-Amz-Algorithm' must be 'AWS4-HMAC-SHA256'."));
        }
        let credential =
            required(credential, "AWS query-string parameters must include 'X-Amz-Credential'.")?;
        let signature = required(signature, "AWS query-string parameters must include 'X-Amz-Signature'.")?;
        let signed_headers =
            required(signed_headers, "AWS query-string parameters must include 'X-Amz-SignedHeaders'.")?;
        let date = required(date, "AWS query-string parameters must include 'X-Amz-Date'.")?;
        let expires_s = required(expires, "AWS query-string parameters must include 'X-Amz-Expires'.")?
            .parse()
            .ok()
            .filter(|seconds| (1..=EXPIRES_MAX_S).contains(seconds))
            .ok_or(Denial::Incomplete("'X-Amz-Expires' must be a number of seconds from 1 to 604800."))?;
        let form = Form::Query { expires_s };
        let presented = Self::new(form, credential, signed_headers, date, signature)?;
        Ok(Presented { has_token: token.is_some(), rest_of_query: Some(rest), ..presented })
    }

    fn new(
        form: Form,
        credential: String,
        signed_headers: String,
        date: String,
        signature: String,
    ) -> Result<Self, Denial> {
        let parts: Vec<String> = credential.split('/').map(str::to_owned).collect();
        let [access_key, day, region, service, terminator] =
            <[String; 5]>::try_from(parts).map_err(|_| {
                Denial::Incomplete(
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
                )
            })?;
        Ok(Presented {
            form,
            access_key,
            day,
            region,
            service,
            terminator,
            date,
            signature,
            has_token: false,
            rest_of_query: None,
            signed_headers,
        })
    }
}

/// The value of a header that stands once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

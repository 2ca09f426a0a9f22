//! API Gateway's REST proxy event (payload format 1.0) and its answer, as far as this system reads them.
//!
//! Borrowed from the event's text wherever JSON allows; what is not listed here is skipped without being stored.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use webhook_core::headers::Headers;
use webhook_core::mutant::{self, Mutant};

use crate::stage::StageVariable;

/// An HTTP request as API Gateway passes it on. Deliberately without `Debug`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxyRequest<'a> {
    #[serde(borrow)]
    headers: Option<Pairs<'a, Text<'a>>>,
    #[serde(borrow)]
    multi_value_headers: Option<Pairs<'a, Vec<Text<'a>>>>,
    #[serde(borrow)]
    query_string_parameters: Option<Pairs<'a, Text<'a>>>,
    #[serde(borrow)]
    multi_value_query_string_parameters: Option<Pairs<'a, Vec<Text<'a>>>>,
    #[serde(borrow)]
    path_parameters: Option<Pairs<'a, Text<'a>>>,
    #[serde(borrow)]
    stage_variables: Option<StageVariables<'a>>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    is_base64_encoded: bool,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestContext<'a> {
    #[serde(borrow)]
    request_id: Option<Text<'a>>,
}

/// What the stage says of itself, as far as it is compared.
#[derive(Default)]
struct StageVariables<'a> {
    environment: Option<Text<'a>>,
    table: Option<Text<'a>>,
    raw_bucket: Option<Text<'a>>,
}

impl<'a> StageVariables<'a> {
    const fn get(&self, variable: StageVariable) -> Option<&Text<'a>> {
        match variable {
            StageVariable::Environment => self.environment.as_ref(),
            StageVariable::Table => self.table.as_ref(),
            StageVariable::RawBucket => self.raw_bucket.as_ref(),
        }
    }

    fn set(&mut self, variable: StageVariable, value: Option<Text<'a>>) {
        *match variable {
            StageVariable::Environment => &mut self.environment,
            StageVariable::Table => &mut self.table,
            StageVariable::RawBucket => &mut self.raw_bucket,
        } = value;
    }
}

/// The event is not a proxy event, or its body is not what its flag says. Tells nothing of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not the JSON of a proxy event.
    #[error("the event is not an API Gateway proxy event")]
    NotAProxyEvent,
    /// Flagged as base64, but is none.
    #[error("the body is flagged as base64 but is not")]
    NotBase64,
}

impl<'a> ProxyRequest<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// It is not a proxy event.
    pub fn parse(event: &'a str) -> Result<Self, BadRequest> {
        // A derived reader would take an array for the fields in order.
        if !event.trim_start().starts_with('{') {
            return Err(BadRequest::NotAProxyEvent);
        }
        serde_json::from_str(event).map_err(|_| BadRequest::NotAProxyEvent)
    }

    /// Every header with every value: a repeated header stays repeated, so that a verifier can refuse it.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        match (&self.multi_value_headers, &self.headers) {
            (Some(all), _) if !all.0.is_empty() => Headers::new(all.every()),
            (_, Some(single)) => Headers::new(single.each()),
            _ => Headers::default(),
        }
    }

    /// Every query parameter with every value, percent-decoded by the gateway.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.multi_value_query_string_parameters.as_ref().filter(|all| !all.0.is_empty());
        let single = self.query_string_parameters.as_ref().filter(|_| all.is_none());
        all.into_iter().flat_map(Pairs::every).chain(single.into_iter().flat_map(Pairs::each))
    }

    /// A parameter of the path, percent-decoded; the gateway leaves that to the function.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let parameters = self.path_parameters.as_ref()?;
        parameters.each().find(|(known, _)| *known == name).map(|(_, value)| percent_decoded(value))
    }

    /// A variable of the stage; nothing where the stage does not have it.
    #[must_use]
    pub fn stage_variable(&self, variable: StageVariable) -> Option<&str> {
        let variables = self.stage_variables.as_ref()?;
        variables.get(variable).map(Text::as_str).filter(|value| !value.is_empty())
    }

    /// API Gateway's id of the request.
    #[must_use]
    pub fn api_request_id(&self) -> Option<&str> {
        self.request_context.request_id.as_ref().map(Text::as_str)
    }

    /// The body, byte for byte as it was sent.
    ///
    /// # Errors
    /// It is flagged as base64 and is not.
    pub fn take_body(&mut self) -> Result<Bytes, BadRequest> {
        let text = self.body.take().unwrap_or_default().0;
        if self.is_base64_encoded {
            if mutant::active(Mutant::Base64NotDecoded) {
                return Ok(Bytes::from(text.into_owned()));
            }
            return STANDARD.decode(text.as_bytes()).map(Bytes::from).map_err(|_| BadRequest::NotBase64);
        }
        Ok(Bytes::from(text.into_owned()))
    }
}

/// The answer that API Gateway turns into an HTTP response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyResponse {
    /// HTTP status.
    pub status_code: u16,
    /// Headers of the response.
    pub headers: ResponseHeaders,
    /// JSON text, or nothing.
    pub body: String,
    /// Whether `body` is base64; it never is.
    pub is_base64_encoded: bool,
}

/// The headers of every answer.
#[derive(Serialize)]
pub struct ResponseHeaders {
    #[serde(rename = "content-type")]
    content_type: &'static str,
    #[serde(rename = "cache-control")]
    cache_control: &'static str,
}

impl ProxyResponse {
    /// A JSON answer. An empty one is plain text, since nothing is no JSON.
    #[must_use]
    pub fn json(status_code: u16, body: String) -> Self {
        let content_type = if body.is_empty() || mutant::active(Mutant::AnswersAsPlainText) {
            "text/plain"
        } else {
            "application/json"
        };
        let headers = ResponseHeaders { content_type, cache_control: "no-store" };
        Self { status_code, headers, body, is_base64_encoded: false }
    }
}

/// Text that is borrowed where it holds no escapes.
#[derive(Default, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

/// A JSON object as a list: looked through once or twice, never worth hashing.
struct Pairs<'a, V>(Vec<(Text<'a>, V)>);

impl Pairs<'_, Text<'_>> {
    fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Pairs<'_, Vec<Text<'_>>> {
    fn every(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| values.iter().map(|value| (name.as_str(), value.as_str())))
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(std::marker::PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Vec<(Text<'de>, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }

        deserializer.deserialize_map(Entries(std::marker::PhantomData)).map(Pairs)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for StageVariables<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Compared;

        impl<'de> Visitor<'de> for Compared {
            type Value = StageVariables<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut variables = StageVariables::default();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    match StageVariable::named(name.as_str()) {
                        Some(variable) => variables.set(variable, map.next_value()?),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(variables)
            }
        }

        deserializer.deserialize_map(Compared)
    }
}

/// `text` with its `%xx` sequences resolved; what does not decode to text stays as it is.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests;

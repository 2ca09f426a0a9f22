//! The request validator: bodies against their model, before anything is invoked.

use http::HeaderValue;
use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::config::BodyValidation;

/// What API Gateway takes a request without a `Content-Type` for.
const CONTENT_TYPE_ABSENT: &str = "application/json";

pub(super) struct BodyValidator {
    validator: Validator,
    content_types: Vec<String>,
    default: bool,
}

impl BodyValidator {
    /// Compiles the model; the message says what is wrong with it.
    pub(super) fn compile(validation: &BodyValidation) -> Result<Self, String> {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft4)
            .build(&validation.schema)
            .map_err(|error| error.to_string())?;
        let (default, named): (Vec<_>, Vec<_>) =
            validation.content_types.iter().map(|t| t.to_ascii_lowercase()).partition(|t| t == "$default");
        Ok(BodyValidator { validator, content_types: named, default: !default.is_empty() })
    }

    /// Whether the request may go on to its function.
    pub(super) fn accepts(&self, content_type: Option<&HeaderValue>, body: &[u8]) -> bool {
        if !self.applies_to(content_type) {
            return true;
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => self.validator.is_valid(&value),
            Err(_) => false,
        }
    }

    fn applies_to(&self, content_type: Option<&HeaderValue>) -> bool {
        if self.default {
            return true;
        }
        let media_type = match content_type.map(HeaderValue::to_str) {
            None => CONTENT_TYPE_ABSENT,
            // Parameters (`; charset=utf-8`) do not count.
            Some(Ok(text)) => text.split(';').next().unwrap_or(text).trim(),
            Some(Err(_)) => return false,
        };
        self.content_types.iter().any(|t| t.eq_ignore_ascii_case(media_type))
    }
}

#[cfg(test)]
mod tests;

//! The structural check of a message against `definitions.ipn` of the schema that API Gateway has for the PayPal endpoint. The
//! gateway validates JSON bodies only, so a form is turned into a JSON object of strings and checked here. Compiled when the first
//! form arrives, once: nobody else pays for it.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::form::Form;
use crate::reject::Reject;

/// The product's schema of the endpoint: one text for the gateway and for this check.
const SCHEMA: &str = include_str!("../../../../../schemas/paypal-webhook.json");

static IPN: LazyLock<Option<Validator>> = LazyLock::new(compile);

fn compile() -> Option<Validator> {
    let mut schema: Value = serde_json::from_str(SCHEMA).ok()?;
    let definition = schema.pointer_mut("/definitions/ipn")?.take();
    jsonschema::draft4::new(&definition).ok()
}

/// Whether the form can be one of PayPal's messages. Without a usable schema, which a test rules out, none is.
pub(super) fn check(form: &Form<'_>) -> Result<(), Reject> {
    match IPN.as_ref() {
        Some(schema) if schema.is_valid(&form.to_json()) => Ok(()),
        Some(_) | None => Err(Reject::WrongShape),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_of_the_endpoint_describes_the_form_too() {
        assert!(super::compile().is_some());
    }
}

//! The models of the webhook methods: the product's schemas, unless the deployment is to get them wrong.

use serde_json::{Value, json};

use super::{Defect, Options};
use crate::gateway::BodyValidation;

/// What types begin with that this system has words for.
const KNOWN_TYPES: &str = "^(payment|charge|refund|dispute|payout|PAYMENT|CHECKOUT|CUSTOMER)[._]";

/// What makes a field's value wrong.
const RULES: [&str; 7] = ["type", "enum", "pattern", "minimum", "maximum", "maxLength", "minLength"];

/// The validation of a provider's bodies.
pub(super) fn validation(
    options: &Options,
    provider: &str,
    mut schema: Value,
    content_types: &[&str],
) -> Option<BodyValidation> {
    let without = match provider {
        "stripe" => Defect::NoStripeSchema,
        "paypal" => Defect::NoPaypalSchema,
        _ => Defect::NoSquareSchema,
    };
    if options.has(Defect::NoSchemas) || options.has(without) {
        return None;
    }
    if options.has(Defect::SchemasClosed) {
        schema["additionalProperties"] = json!(false);
    }
    if options.has(Defect::SchemasKnowTypes) {
        let field = if provider == "paypal" { "event_type" } else { "type" };
        schema["properties"][field]["pattern"] = json!(KNOWN_TYPES);
    }
    if options.has(Defect::SchemasRequireNothing) {
        strip(&mut schema, &["required"]);
    }
    if options.has(Defect::SchemasWithoutTypes) {
        strip_fields(&mut schema, &RULES);
    }
    if options.has(Defect::SchemasWithoutNull) {
        refuse_null(&mut schema);
    }
    let json_only = options.has(Defect::SchemasForJsonOnly);
    let content_types = content_types.iter().filter(|&&kind| !json_only || kind == "application/json");
    Some(BodyValidation { schema, content_types: content_types.map(|&kind| kind.to_owned()).collect() })
}

/// Takes null out of the types of a schema's fields.
fn refuse_null(schema: &mut Value) {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for types in fields
        .into_iter()
        .flat_map(|fields| fields.values_mut())
        .filter_map(|field| field["type"].as_array_mut())
    {
        types.retain(|kind| kind != "null");
    }
}

/// Takes keywords out of a schema and of those of its fields.
fn strip(schema: &mut Value, keywords: &[&str]) {
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|keyword, _| !keywords.contains(&keyword.as_str()));
    }
    strip_fields(schema, keywords);
}

/// Takes keywords out of the schemas of a schema's fields.
fn strip_fields(schema: &mut Value, keywords: &[&str]) {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    fields.into_iter().flat_map(|fields| fields.values_mut()).for_each(|field| strip(field, keywords));
}

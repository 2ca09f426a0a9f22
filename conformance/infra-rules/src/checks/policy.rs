//! IAM policy documents, as far as rules look at them.

use crate::value::Value;

/// One statement.
pub(super) struct Statement {
    /// `Allow` or `Deny`.
    pub(super) effect: String,
    /// What it is about.
    pub(super) actions: Vec<String>,
    /// On what.
    pub(super) resources: Vec<String>,
    /// Says what it is *not* about, which allows everything else.
    pub(super) inverted: bool,
    /// All of it.
    pub(super) document: Value,
}

/// The statements of a document.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn statements(document: &Value) -> Result<Vec<Statement>, String> {
    let text = match document {
        Value::Unknown => return Err("the plan does not know it".to_owned()),
        Value::Text(text) => text,
        _ => return Err("no policy document".to_owned()),
    };
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    let document = Value::from(json);
    let all = match document.member("Statement") {
        Value::List(items) => items.clone(),
        one @ Value::Map(_) => vec![one.clone()],
        _ => return Err("a document without statements".to_owned()),
    };
    Ok(all.into_iter().map(statement).collect())
}

fn statement(document: Value) -> Statement {
    let inverted =
        ["NotAction", "NotResource", "NotPrincipal"].iter().any(|name| !document.member(name).is_empty());
    Statement {
        effect: document.member("Effect").text().unwrap_or_default().to_owned(),
        actions: one_or_many(document.member("Action")),
        resources: one_or_many(document.member("Resource")),
        inverted,
        document,
    }
}

/// IAM takes a text for a list of one.
pub(super) fn one_or_many(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.clone()],
        other => other.items().iter().filter_map(Value::text).map(str::to_owned).collect(),
    }
}

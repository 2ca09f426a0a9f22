//! The document as JSON, with OpenAPI's dialect of JSON Schema turned into draft-04.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// `system/openapi.yaml`.
pub(super) struct Document {
    whole: Value,
    /// Compiling a schema costs more than using it a hundred times.
    validators: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Document {
    pub(super) fn read() -> Self {
        let whole = serde_yaml_ng::from_str(include_str!("../../../../openapi.yaml")).unwrap();
        Self { whole, validators: RefCell::default() }
    }

    /// What a `$ref` stands for, or the value itself.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            None => value,
            Some(reference) => {
                let target = self.whole.pointer(reference.strip_prefix('#').unwrap());
                self.resolve(target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
        }
    }

    pub(super) fn schema(&self, name: &str) -> &Value {
        let schema = &self.whole["components"]["schemas"][name];
        assert!(schema.is_object(), "there is no schema {name}");
        schema
    }

    pub(super) fn operation(&self, path: &str, method: &str) -> &Value {
        let operation = &self.whole["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not described");
        operation
    }

    /// Path, method and operation of everything there is.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.whole["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    pub(super) fn parameters(&self, path: &str) -> impl Iterator<Item = &Value> {
        self.operation(path, "get")["parameters"].as_array().unwrap().iter()
    }

    pub(super) fn parameter(&self, path: &str, name: &str) -> Value {
        self.parameters(path).find(|parameter| parameter["name"] == name).unwrap().clone()
    }

    /// The described answer, if the operation has one of this status.
    pub(super) fn response(&self, path: &str, method: &str, status: u16) -> Option<&Value> {
        self.operation(path, method)["responses"].get(status.to_string()).map(|answer| self.resolve(answer))
    }

    /// A validator for a schema that may refer to the document's own.
    pub(super) fn validator(&self, schema: &Value) -> Rc<Validator> {
        let mut validators = self.validators.borrow_mut();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let root = draft_04(&json!({"allOf": [schema], "components": self.whole["components"]}));
            Rc::new(jsonschema::options().with_draft(Draft::Draft4).build(&root).unwrap())
        });
        Rc::clone(validator)
    }

    /// Every example of a body, of a request or an answer, with its schema.
    pub(super) fn for_each_example(&self, visit: &mut impl FnMut(&str, &Value, &Value)) {
        for (path, method, operation) in self.operations() {
            let answers = operation["responses"].as_object().unwrap().iter();
            let answers = answers.map(|(status, answer)| (status.as_str(), self.resolve(answer)));
            let request = operation.get("requestBody").map(|body| ("request", body));
            for (what, body) in answers.chain(request) {
                for (media_type, content) in body["content"].as_object().into_iter().flatten() {
                    for (name, example) in content["examples"].as_object().into_iter().flatten() {
                        let place = format!("{method} {path} {what} {media_type} {name}");
                        visit(&place, &content["schema"], &self.resolve(example)["value"]);
                    }
                }
            }
        }
    }
}

/// `nullable: true` as draft-04 has it: one more type.
fn draft_04(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut plain: Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), draft_04(value))).collect();
            if plain.remove("nullable") == Some(Value::Bool(true)) {
                match (plain.get("type").cloned(), plain.remove("anyOf")) {
                    (Some(one), _) => plain.insert("type".to_owned(), json!([one, "null"])),
                    (None, Some(Value::Array(mut some))) => {
                        some.push(json!({"type": "null"}));
                        plain.insert("anyOf".to_owned(), Value::Array(some))
                    }
                    (None, _) => panic!("nullable what? {members:?}"),
                };
            }
            Value::Object(plain)
        }
        Value::Array(values) => Value::Array(values.iter().map(draft_04).collect()),
        other => other.clone(),
    }
}

/// A schema without what does not decide about a body: texts, definitions that nothing refers to, and ways of writing.
pub(super) fn plain(schema: &Value) -> Value {
    fn simplify(schema: &Value) -> Value {
        match schema {
            Value::Object(members) => {
                let texts = ["$schema", "title", "description", "definitions"];
                let kept = members.iter().filter(|(name, value)| {
                    !(texts.contains(&name.as_str()) && !value.is_object() || name.as_str() == "definitions")
                });
                let mut plain: Map<_, _> =
                    kept.map(|(name, value)| (name.clone(), simplify(value))).collect();
                // A choice between types alone is a list of types.
                let types = plain.get("anyOf").and_then(Value::as_array).and_then(|choices| {
                    let only_type = |choice: &Value| {
                        choice.as_object().filter(|members| members.len() == 1)?.get("type").cloned()
                    };
                    choices.iter().map(only_type).collect::<Option<Vec<_>>>()
                });
                if let Some(types) = types {
                    plain.remove("anyOf");
                    plain.insert("type".to_owned(), Value::Array(types));
                }
                // What every array has, OpenAPI wants to be said.
                if plain.get("items") == Some(&json!({})) {
                    plain.remove("items");
                }
                Value::Object(plain)
            }
            Value::Array(values) => Value::Array(values.iter().map(simplify).collect()),
            other => other.clone(),
        }
    }
    simplify(&draft_04(schema))
}

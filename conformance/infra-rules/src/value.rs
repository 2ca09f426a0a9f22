//! A value of a resource, where "not known yet" is a value of its own: what a plan does not know must fail a rule and never
//! pass for absent.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// Characters of a value that are shown; the whole stands in the plan.
const SHOWN_MAX: usize = 400;

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Absent, or null.
    #[default]
    Null,
    /// The plan does not know it.
    Unknown,
    /// A truth value.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list or a set.
    List(Vec<Value>),
    /// An object or a map.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// What is known, with what is not: `unknown` has the shape of `known` and `true` at what a plan does not know.
    #[must_use]
    pub fn merged(known: &serde_json::Value, unknown: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        const NULL: Json = Json::Null;
        match (known, unknown) {
            (_, Json::Bool(true)) => Self::Unknown,
            (Json::Object(members), Json::Object(mask)) => {
                let names = members.keys().chain(mask.keys());
                let one = |name: &String| {
                    let member = members.get(name).unwrap_or(&NULL);
                    (name.clone(), Self::merged(member, mask.get(name).unwrap_or(&NULL)))
                };
                Self::Map(names.map(one).collect())
            }
            (Json::Array(items), Json::Array(mask)) => {
                let longest = items.len().max(mask.len());
                let one = |at| Self::merged(items.get(at).unwrap_or(&NULL), mask.get(at).unwrap_or(&NULL));
                Self::List((0..longest).map(one).collect())
            }
            (Json::Null, Json::Object(mask)) if !mask.is_empty() => {
                Self::merged(&Json::Object(serde_json::Map::new()), unknown)
            }
            (known, _) => Self::from(known.clone()),
        }
    }

    /// Its text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Its items, if it is a list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// A member of a map; null where there is none.
    #[must_use]
    pub fn member(&self, name: &str) -> &Self {
        const NULL: &Value = &Value::Null;
        match self {
            Self::Map(members) => members.get(name).unwrap_or(NULL),
            Self::Unknown => self,
            _ => NULL,
        }
    }

    /// Null, and what means as much: an empty text, list or map.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
            Self::Unknown | Self::Bool(_) | Self::Number(_) => false,
        }
    }

    /// Whether a part of it is not known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::List(items) => items.iter().any(Self::has_unknown),
            Self::Map(members) => members.values().any(Self::has_unknown),
            _ => false,
        }
    }

    /// Every text in it, also in maps' names.
    pub fn texts(&self, take: &mut impl FnMut(&str)) {
        match self {
            Self::Text(text) => take(text),
            Self::List(items) => items.iter().for_each(|item| item.texts(take)),
            Self::Map(members) => members.iter().for_each(|(name, member)| {
                take(name);
                member.texts(take);
            }),
            Self::Null | Self::Unknown | Self::Bool(_) | Self::Number(_) => {}
        }
    }

    /// As JSON. What is not known becomes a text that no rule expects.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Unknown => Json::from("(not known)"),
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
                let whole = *number as i64;
                Json::from(whole)
            }
            Self::Number(number) => Json::from(*number),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(members) => {
                Json::Object(members.iter().map(|(name, one)| (name.clone(), one.to_json())).collect())
            }
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(truth),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Map(members.into_iter().map(|(name, one)| (name, Self::from(one))).collect())
            }
        }
    }
}

impl From<toml::Value> for Value {
    fn from(toml: toml::Value) -> Self {
        match toml {
            toml::Value::String(text) => Self::Text(text),
            #[expect(clippy::cast_precision_loss, reason = "rules hold small numbers")]
            toml::Value::Integer(number) => Self::Number(number as f64),
            toml::Value::Float(number) => Self::Number(number),
            toml::Value::Boolean(truth) => Self::Bool(truth),
            toml::Value::Datetime(moment) => Self::Text(moment.to_string()),
            toml::Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            toml::Value::Table(members) => {
                Self::Map(members.into_iter().map(|(name, one)| (name, Self::from(one))).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        toml::Value::deserialize(from).map(Self::from)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Unknown => f.write_str("the plan does not know it"),
            other => {
                let text = other.to_json().to_string();
                let shown: String = text.chars().take(SHOWN_MAX).collect();
                let cut = if shown.len() < text.len() { " …" } else { "" };
                write!(f, "{shown}{cut}")
            }
        }
    }
}

#[cfg(test)]
mod tests;

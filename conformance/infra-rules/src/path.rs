//! Where a value is in a resource: `tracing_config.0.mode`, `global_secondary_index[name=CustomerIndex].hash_key`,
//! `policy.@json.Statement.*.Action`.
//!
//! A part is a name (in quotes if it holds a dot), a number, `*` (each item or member), `[name=value]` (the items of a list
//! whose member has that value) or `@json` (the document that a text is).

use std::fmt;

use crate::value::Value;

/// A path that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no path: {why}")]
pub struct BadPath {
    path: String,
    why: &'static str,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Name(String),
    Each,
    Where(String, String),
    Json,
}

/// A value with the path that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The path, numbers in place of `*`.
    pub at: String,
    /// What is there; null if nothing is.
    pub value: Value,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, BadPath> {
        let bad = |why| BadPath { path: text.to_owned(), why };
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (name, after) = quoted.split_once('"').ok_or_else(|| bad("a quote is not closed"))?;
                parts.push(Part::Name(name.to_owned()));
                rest = after;
            } else if let Some(filter) = rest.strip_prefix('[') {
                let (filter, after) = filter.split_once(']').ok_or_else(|| bad("a bracket is not closed"))?;
                let (name, value) =
                    filter.split_once('=').ok_or_else(|| bad("in brackets stands name=value"))?;
                parts.push(Part::Where(name.to_owned(), value.to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                parts.push(match name {
                    "" => return Err(bad("a part is empty")),
                    "*" => Part::Each,
                    "@json" => Part::Json,
                    name => Part::Name(name.to_owned()),
                });
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some("") => return Err(bad("it ends with a dot")),
                Some(after) => rest = after,
                None if rest.is_empty() || rest.starts_with('[') => {}
                None => return Err(bad("parts are divided by dots")),
            }
        }
        if parts.is_empty() { Err(bad("it is empty")) } else { Ok(Self(parts)) }
    }

    /// The attribute that it begins with.
    #[must_use]
    pub fn attribute(&self) -> &str {
        match self.0.first() {
            Some(Part::Name(name)) => name,
            _ => "",
        }
    }

    /// What is there. Never empty: where nothing is, null is found, so that nothing holds because there is nothing.
    #[must_use]
    pub fn get(&self, from: &Value) -> Vec<Found> {
        let mut found = Vec::new();
        walk(&self.0, from, String::new(), &mut found);
        found
    }

    /// Changes what is there, and says how many values were changed. `change` gives what comes into its place.
    pub fn edit(&self, within: &mut Value, change: &mut dyn FnMut(&Value) -> Value) -> usize {
        edit(&self.0, within, change)
    }
}

fn walk(parts: &[Part], value: &Value, at: String, found: &mut Vec<Found>) {
    let Some((part, rest)) = parts.split_first() else {
        found.push(Found { at, value: value.clone() });
        return;
    };
    if *value == Value::Unknown {
        found.push(Found { at, value: Value::Unknown });
        return;
    }
    let join = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let nothing = |at: String| Found { at, value: Value::Null };
    match (part, value) {
        (Part::Name(name), Value::List(items)) => match name.parse::<usize>().ok().and_then(|n| items.get(n))
        {
            Some(item) => walk(rest, item, join(name), found),
            None => found.push(nothing(join(name))),
        },
        (Part::Name(name), value) => walk(rest, value.member(name), join(name), found),
        (Part::Each, Value::List(items)) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(n, item)| walk(rest, item, join(&n.to_string()), found));
        }
        (Part::Each, Value::Map(members)) if !members.is_empty() => {
            members.iter().for_each(|(name, member)| walk(rest, member, join(name), found));
        }
        (Part::Each, _) => found.push(nothing(join("*"))),
        (Part::Where(name, wanted), list) => {
            let at = format!("{at}[{name}={wanted}]");
            let before = found.len();
            for item in list.items() {
                match item.member(name) {
                    Value::Unknown => found.push(Found { at: at.clone(), value: Value::Unknown }),
                    value if is(value, wanted) => walk(rest, item, at.clone(), found),
                    _ => {}
                }
            }
            if found.len() == before {
                found.push(nothing(at));
            }
        }
        (Part::Json, value) => {
            let json = value.text().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            match json {
                Some(json) => walk(rest, &Value::from(json), at, found),
                None => found.push(nothing(join("@json"))),
            }
        }
    }
}

/// Whether a value is what stands in brackets.
fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Text(text) => text == wanted,
        Value::Bool(truth) => wanted.parse() == Ok(*truth),
        Value::Number(number) => wanted.parse() == Ok(*number),
        _ => false,
    }
}

fn edit(parts: &[Part], value: &mut Value, change: &mut dyn FnMut(&Value) -> Value) -> usize {
    let Some((part, rest)) = parts.split_first() else {
        let changed = change(value);
        let differs = changed != *value;
        *value = changed;
        return usize::from(differs);
    };
    match (part, value) {
        (Part::Name(name), Value::List(items)) => {
            let item = name.parse::<usize>().ok().and_then(|n| items.get_mut(n));
            item.map_or(0, |item| edit(rest, item, change))
        }
        (Part::Name(name), Value::Map(members)) => {
            let mut member = members.get(name).cloned().unwrap_or_default();
            let count = edit(rest, &mut member, change);
            if count > 0 {
                members.insert(name.clone(), member);
            }
            count
        }
        (Part::Each, Value::List(items)) => items.iter_mut().map(|item| edit(rest, item, change)).sum(),
        (Part::Each, Value::Map(members)) => {
            members.values_mut().map(|member| edit(rest, member, change)).sum()
        }
        (Part::Where(name, wanted), Value::List(items)) => {
            let chosen = items.iter_mut().filter(|item| is(item.member(name), wanted));
            chosen.map(|item| edit(rest, item, change)).sum()
        }
        (Part::Json, Value::Text(text)) => {
            let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return 0 };
            let mut document = Value::from(json);
            let count = edit(rest, &mut document, change);
            *text = document.to_json().to_string();
            count
        }
        _ => 0,
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match part {
                Part::Name(name) if name.contains('.') => write!(f, "{dot}\"{name}\"")?,
                Part::Name(name) => write!(f, "{dot}{name}")?,
                Part::Each => write!(f, "{dot}*")?,
                Part::Where(name, value) => write!(f, "[{name}={value}]")?,
                Part::Json => write!(f, "{dot}@json")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

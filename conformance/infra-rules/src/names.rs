//! Names that differ from stack to stack (`{account}`, `{environment}`, `{suffix}`), filled into what rules expect.

use std::collections::BTreeMap;

use crate::value::Value;

/// Names that every stack has.
pub const OF_STACK: [&str; 4] = ["account", "region", "environment", "suffix"];

/// A name that nobody knows, or a brace that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{{{0}}}` is not known here")]
pub struct UnknownName(pub String);

/// Values by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names(BTreeMap<String, Value>);

impl Names {
    /// Those of a stack. The suffix comes with its hyphen, or is empty.
    #[must_use]
    pub fn of_stack(account: &str, region: &str, environment: &str, suffix: &str) -> Self {
        let values = [account, region, environment, suffix].map(Value::from);
        Self(OF_STACK.into_iter().map(str::to_owned).zip(values).collect())
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// These, and others besides. What the others hold may use these.
    ///
    /// # Errors
    /// A name in the others is not known.
    pub fn with(&self, others: &BTreeMap<String, Value>) -> Result<Self, UnknownName> {
        let mut all = self.0.clone();
        for (name, value) in others {
            all.insert(name.clone(), self.fill(value)?);
        }
        Ok(Self(all))
    }

    /// The value with every name in its texts replaced. A text that is one name alone becomes that name's value, whatever it is.
    ///
    /// # Errors
    /// A name is not known.
    pub fn fill(&self, value: &Value) -> Result<Value, UnknownName> {
        Ok(match value {
            Value::Text(text) => match alone(text).and_then(|name| self.0.get(name)) {
                Some(value) => value.clone(),
                None => Value::Text(self.text(text)?),
            },
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?)
            }
            Value::Map(members) => {
                let one = |(name, member): (&String, &Value)| Ok((self.text(name)?, self.fill(member)?));
                Value::Map(members.iter().map(one).collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }

    /// The text with every name replaced. A brace of its own is written twice.
    ///
    /// # Errors
    /// A name is not known.
    pub fn text(&self, text: &str) -> Result<String, UnknownName> {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            out.push_str(before);
            if brace.starts_with("{{") || brace.starts_with("}}") {
                out.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let (name, after) =
                brace[1..].split_once('}').ok_or_else(|| UnknownName(brace[1..].to_owned()))?;
            let value = self.0.get(name).ok_or_else(|| UnknownName(name.to_owned()))?;
            match value {
                Value::Text(text) => out.push_str(text),
                other => out.push_str(&other.to_json().to_string()),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn alone(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in() {
        let names = Names::of_stack("123456789012", "us-east-1", "dev", "-a");
        let more = BTreeMap::from([
            ("rate".to_owned(), Value::Number(2000.0)),
            ("f".to_owned(), "x{suffix}".into()),
        ]);
        let names = names.with(&more).expect("names");
        let check =
            |text: &str, expected: Value| assert_eq!(names.fill(&text.into()), Ok(expected), "{text}");
        check("{account}-logs-{environment}{suffix}", "123456789012-logs-dev-a".into());
        check("{rate}", Value::Number(2000.0));
        check("{rate} a second", "2000 a second".into());
        check("{f}", "x-a".into());
        check("{{f}}", "{f}".into());
        for bad in ["{nobody}", "{open", "a } b"] {
            assert!(names.fill(&bad.into()).is_err(), "{bad}");
        }
    }
}

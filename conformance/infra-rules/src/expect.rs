//! What a rule expects of a value: the value itself, or words about it. A value that the plan does not know meets no
//! expectation but those about links.

use serde::Deserialize;

use crate::names::{Names, UnknownName};
use crate::path::Found;
use crate::rule::Select;
use crate::stack::{Resource, Stack};
use crate::value::Value;

/// Every word, for who misspelt one.
const WORDS: &str = "equals, one-of, from, to, at-least, set, has, lacks, keys, optional-keys, length, empty, not-given, \
    starts, ends, links-to";

/// Words about one value; all of them hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected(Vec<Word>);

#[derive(Debug, Clone, PartialEq)]
enum Word {
    /// Is this.
    Equals(Value),
    /// Is one of these.
    OneOf(Vec<Value>),
    /// Is a number of at least this.
    From(f64),
    /// Is a number of at most this.
    To(f64),
    /// Is a version of at least this.
    AtLeast(String),
    /// Holds exactly these, in any order.
    Set(Vec<Value>),
    /// Holds these, and maybe more; as a text, has this in it.
    Has(Vec<Value>),
    /// Holds none of these; as a text, has none of them in it.
    Lacks(Vec<Value>),
    /// Is a map with exactly these keys, and maybe some of the optional ones.
    Keys(Vec<Value>),
    /// See `Keys`.
    OptionalKeys(Vec<Value>),
    /// Has so many items.
    Length(f64),
    /// Is absent or empty, or is not.
    Empty(bool),
    /// Is written nowhere in the configuration: AWS decides.
    NotGiven,
    /// Is a text that begins so.
    Starts(Value),
    /// Is a text that ends so.
    Ends(Value),
    /// Comes from such a resource.
    LinksTo(Box<Select>),
}

impl Expected {
    /// Whether the value is as expected; if not, what was expected.
    ///
    /// # Errors
    /// What was expected.
    pub fn check(&self, found: &Found, resource: &Resource, stack: &Stack) -> Result<(), String> {
        let optional = self.0.iter().find_map(|word| match word {
            Word::OptionalKeys(keys) => Some(keys.as_slice()),
            _ => None,
        });
        let met = |word: &Word| word.met(found, resource, stack, optional.unwrap_or_default());
        if self.0.iter().all(met) { Ok(()) } else { Err(self.words()) }
    }

    /// What is expected, in words.
    #[must_use]
    pub fn words(&self) -> String {
        self.0.iter().map(Word::words).collect::<Vec<_>>().join(", ")
    }

    /// With names filled in.
    ///
    /// # Errors
    /// A name is not known.
    pub fn fill(&self, names: &Names) -> Result<Self, UnknownName> {
        // A name may stand for a whole list.
        let filled = |values: &Vec<Value>| {
            let mut all = Vec::new();
            for value in values {
                match (value, names.fill(value)?) {
                    (Value::Text(_), Value::List(items)) => all.extend(items),
                    (_, one) => all.push(one),
                }
            }
            Ok::<_, UnknownName>(all)
        };
        let one = |word: &Word| {
            Ok(match word {
                Word::Equals(value) => Word::Equals(names.fill(value)?),
                Word::OneOf(values) => Word::OneOf(filled(values)?),
                Word::Set(values) => Word::Set(filled(values)?),
                Word::Has(values) => Word::Has(filled(values)?),
                Word::Lacks(values) => Word::Lacks(filled(values)?),
                Word::Keys(values) => Word::Keys(filled(values)?),
                Word::OptionalKeys(values) => Word::OptionalKeys(filled(values)?),
                Word::Starts(value) => Word::Starts(names.fill(value)?),
                Word::Ends(value) => Word::Ends(names.fill(value)?),
                Word::LinksTo(select) => Word::LinksTo(Box::new(select.fill(names)?)),
                other => other.clone(),
            })
        };
        Ok(Self(self.0.iter().map(one).collect::<Result<_, _>>()?))
    }
}

impl From<Value> for Expected {
    fn from(value: Value) -> Self {
        Self(vec![Word::Equals(value)])
    }
}

impl Word {
    fn met(&self, found: &Found, resource: &Resource, stack: &Stack, optional: &[Value]) -> bool {
        let value = &found.value;
        let attribute = found.at.split(['.', '[']).next().unwrap_or_default();
        match self {
            Self::LinksTo(select) => {
                let linked = stack.linked(resource, attribute);
                let wanted = stack.select(select);
                return linked.iter().any(|one| wanted.iter().any(|other| other.address == one.address));
            }
            // Unknown because AWS decides it, and not because something not yet known was written.
            Self::NotGiven if *value == Value::Unknown => return !resource.given.contains(attribute),
            _ if value.has_unknown() => return false,
            _ => {}
        }
        let texts = |wanted: &Value, how: fn(&str, &str) -> bool| match (value.text(), wanted.text()) {
            (Some(text), Some(wanted)) => how(text, wanted),
            _ => false,
        };
        let has = |wanted: &Value| match value {
            Value::Text(_) => texts(wanted, |text, wanted| text.contains(wanted)),
            Value::Map(members) => wanted.text().is_some_and(|name| members.contains_key(name)),
            other => other.items().contains(wanted),
        };
        match self {
            Self::Equals(wanted) => value == wanted,
            Self::OneOf(wanted) => wanted.contains(value),
            Self::From(least) => value.number().is_some_and(|number| number >= *least),
            Self::To(most) => value.number().is_some_and(|number| number <= *most),
            Self::AtLeast(least) => {
                value.text().is_some_and(|version| version_of(version) >= version_of(least))
            }
            Self::Set(wanted) => {
                let items = value.items();
                (matches!(value, Value::List(_)) || wanted.is_empty() && value.is_empty())
                    && items.len() == wanted.len()
                    && wanted.iter().all(|one| items.contains(one))
                    && items.iter().all(|one| wanted.contains(one))
            }
            Self::Has(wanted) => wanted.iter().all(has),
            Self::Lacks(wanted) => !wanted.iter().any(has),
            Self::Keys(wanted) => match value {
                Value::Map(members) => {
                    let known = |name: &String| {
                        let named = |one: &Value| one.text() == Some(name);
                        wanted.iter().any(named) || optional.iter().any(named)
                    };
                    wanted.iter().all(has) && members.keys().all(known)
                }
                _ => false,
            },
            Self::Length(length) => {
                let count = match value {
                    Value::Map(members) => members.len(),
                    other => other.items().len(),
                };
                #[expect(clippy::cast_precision_loss, reason = "a count of items")]
                let same = count as f64 == *length;
                same && matches!(value, Value::List(_) | Value::Map(_))
            }
            Self::Empty(empty) => value.is_empty() == *empty,
            Self::NotGiven => value.is_empty(),
            Self::Starts(wanted) => texts(wanted, |text, wanted| text.starts_with(wanted)),
            Self::Ends(wanted) => texts(wanted, |text, wanted| text.ends_with(wanted)),
            Self::OptionalKeys(_) | Self::LinksTo(_) => true,
        }
    }

    fn words(&self) -> String {
        let list = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Equals(value) => value.to_string(),
            Self::OneOf(values) => format!("one of {}", list(values)),
            Self::From(least) => format!("at least {least}"),
            Self::To(most) => format!("at most {most}"),
            Self::AtLeast(version) => format!("version {version} or newer"),
            Self::Set(values) if values.is_empty() => "an empty list".to_owned(),
            Self::Set(values) => format!("exactly {}, in any order", list(values)),
            Self::Has(values) => format!("has {}", list(values)),
            Self::Lacks(values) => format!("without {}", list(values)),
            Self::Keys(values) => format!("exactly the keys {}", list(values)),
            Self::OptionalKeys(values) => format!("perhaps also {}", list(values)),
            Self::Length(length) => format!("{length} items"),
            Self::Empty(true) => "nothing".to_owned(),
            Self::Empty(false) => "something".to_owned(),
            Self::NotGiven => "nothing written".to_owned(),
            Self::Starts(value) => format!("begins with {value}"),
            Self::Ends(value) => format!("ends with {value}"),
            Self::LinksTo(select) => format!("comes from {}", select.words()),
        }
    }
}

/// `1.11.4-beta` as numbers.
fn version_of(text: &str) -> Vec<u64> {
    text.split(['.', '-']).map_while(|part| part.parse().ok()).collect()
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let table = match toml::Value::deserialize(from)? {
            toml::Value::Table(table) => table,
            other => return Ok(Self::from(Value::from(other))),
        };
        if table.is_empty() {
            return Err(D::Error::custom(format!("it expects nothing; words are {WORDS}")));
        }
        let words = table.into_iter().map(|(name, value)| word(&name, value).map_err(D::Error::custom));
        Ok(Self(words.collect::<Result<_, _>>()?))
    }
}

fn word(name: &str, value: toml::Value) -> Result<Word, String> {
    if name == "links-to" {
        let select =
            value.try_into().map_err(|error: toml::de::Error| format!("links-to: {}", error.message()))?;
        return Ok(Word::LinksTo(Box::new(select)));
    }
    let value = Value::from(value);
    let number = || value.number().ok_or_else(|| format!("{name} needs a number"));
    let text = || value.text().map(str::to_owned).ok_or_else(|| format!("{name} needs a text"));
    let truth = || {
        if let Value::Bool(truth) = value { Ok(truth) } else { Err(format!("{name} needs true or false")) }
    };
    let list = || match &value {
        Value::List(items) => Ok(items.clone()),
        Value::Text(text) if text.starts_with('{') && text.ends_with('}') => Ok(vec![value.clone()]),
        _ => Err(format!("{name} needs a list")),
    };
    Ok(match name {
        "equals" => Word::Equals(value),
        "one-of" => Word::OneOf(list()?),
        "from" => Word::From(number()?),
        "to" => Word::To(number()?),
        "at-least" => Word::AtLeast(text()?),
        "set" => Word::Set(list()?),
        "has" => Word::Has(list()?),
        "lacks" => Word::Lacks(list()?),
        "keys" => Word::Keys(list()?),
        "optional-keys" => Word::OptionalKeys(list()?),
        "length" => Word::Length(number()?),
        "empty" => Word::Empty(truth()?),
        "not-given" if truth()? => Word::NotGiven,
        "not-given" => return Err("not-given is true or not there".to_owned()),
        "starts" => Word::Starts(Value::Text(text()?)),
        "ends" => Word::Ends(Value::Text(text()?)),
        other => return Err(format!("unknown word `{other}`; words are {WORDS}")),
    })
}

#[cfg(test)]
mod tests;

//! What a step expects to see.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// One value or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Any of these, or all of them, as the place says.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// As a list.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A number, or bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Count {
    /// Exactly so many.
    Exactly(u64),
    /// Within these bounds.
    Between {
        /// At least.
        #[serde(default)]
        min: u64,
        /// At most.
        #[serde(default = "unbounded")]
        max: u64,
    },
}

impl Count {
    /// Whether so many are right.
    #[must_use]
    pub const fn holds(self, seen: u64) -> bool {
        match self {
            Self::Exactly(wanted) => seen == wanted,
            Self::Between { min, max } => min <= seen && seen <= max,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(wanted) => write!(f, "{wanted}"),
            Self::Between { min, max: u64::MAX } => write!(f, "at least {min}"),
            Self::Between { min: 0, max } => write!(f, "at most {max}"),
            Self::Between { min, max } => write!(f, "{min} to {max}"),
        }
    }
}

const fn unbounded() -> u64 {
    u64::MAX
}

/// A value that is expected. In TOML: the value itself, or a table with exactly one of the words `matches` (a regular
/// expression), `lacks` (texts), `length`, `one-of`, `exists`, `is` (a value that looks like such a table).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// By a word.
    Word(Word),
    /// Equal to this; a text is a template.
    Is(Value),
}

/// See [`Expected`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Word {
    /// Its text matches this regular expression.
    Matches(String),
    /// Its text holds none of these, which are templates.
    Lacks(Vec<String>),
    /// So many elements, members or characters.
    Length(Count),
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// It is there, or it is not.
    Exists(bool),
    /// Equal to this.
    Is(Value),
}

/// What answers are like.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Answer {
    /// The status, or any of several. Of every answer, where the step sends several requests.
    pub status: Option<OneOrMany<u16>>,
    /// How many of the answers have this status, by status.
    pub counts: BTreeMap<String, Count>,
    /// No body.
    pub empty: bool,
    /// Members of the JSON body, by JSON pointer.
    pub json: BTreeMap<String, Expected>,
    /// Texts in the body.
    pub contains: Vec<String>,
    /// Texts that are not in the body.
    pub lacks: Vec<String>,
    /// Headers, by name in lower case.
    pub headers: BTreeMap<String, Expected>,
    /// Slowest answer, in milliseconds.
    pub within_ms: Option<u64>,
}

/// What is kept of one delivery. Left out, a count is 1, but for dead letters and quarantine, which are 0.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Stored {
    /// Name of the delivery.
    pub of: String,
    /// Records of the event in the table.
    pub records: Count,
    /// Objects of the event in the raw bucket, without quarantine.
    pub raw: Count,
    /// Objects of the event in the processed bucket.
    pub processed: Count,
    /// Messages of the event in the dead-letter queue.
    pub dead_letters: Count,
    /// Objects of the event in quarantine (IPN before PayPal has spoken).
    pub quarantine: Count,
    /// Records of the event's payment, other events included.
    pub transaction_records: Option<Count>,
    /// Attributes of the record; numbers are given as texts, as DynamoDB gives them.
    pub record: BTreeMap<String, Expected>,
    /// DynamoDB types of attributes: `N`, `S`, `M`.
    pub types: BTreeMap<String, String>,
    /// Size of the record, in bytes as DynamoDB counts them.
    pub record_bytes: Option<Count>,
    /// The attribute by which the table lets its records expire.
    pub expires_by: Option<String>,
    /// Key of the raw object, a template.
    pub raw_key: Option<String>,
    /// Whether the raw object is the body that was sent, byte for byte. Always looked at where there is one object.
    pub raw_bytes: bool,
    /// Storage class of the raw and the processed object.
    pub storage_class: Option<String>,
    /// Key of the processed object, a template.
    pub processed_key: Option<String>,
    /// Members of the processed object's JSON, by JSON pointer.
    pub processed_json: BTreeMap<String, Expected>,
    /// Attributes of the dead letter's message.
    pub letter_attributes: BTreeMap<String, Expected>,
    /// Members of the dead letter's body, by JSON pointer.
    pub letter_json: BTreeMap<String, Expected>,
}

impl Default for Stored {
    fn default() -> Self {
        Self {
            of: "it".to_owned(),
            records: Count::Exactly(1),
            raw: Count::Exactly(1),
            processed: Count::Exactly(1),
            dead_letters: Count::Exactly(0),
            quarantine: Count::Exactly(0),
            transaction_records: None,
            record: BTreeMap::new(),
            types: BTreeMap::new(),
            record_bytes: None,
            expires_by: None,
            raw_key: None,
            raw_bytes: true,
            storage_class: None,
            processed_key: None,
            processed_json: BTreeMap::new(),
            letter_attributes: BTreeMap::new(),
            letter_json: BTreeMap::new(),
        }
    }
}

/// A day's file in the processed bucket: newline-delimited JSON, one object a line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DayFile {
    /// Its key, a template.
    pub key: String,
    /// How many lines hold these texts, which are templates.
    #[serde(default)]
    pub lines: BTreeMap<String, Count>,
}

/// Lines in a function's log that belong to one delivery or query: by the gateway's request id, or by the event's id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogLine {
    /// Name of the function, or `api-gateway`.
    pub function: String,
    /// Name of the delivery or query.
    #[serde(default = "it")]
    pub of: String,
    /// Members of the line, by JSON pointer.
    #[serde(default)]
    pub line: BTreeMap<String, Expected>,
    /// How many such lines.
    #[serde(default = "at_least_one")]
    pub count: Count,
}

/// The trace of one delivery or query.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trace {
    /// Name of the delivery or query.
    #[serde(default = "it")]
    pub of: String,
    /// Segments and subsegments that are in it.
    #[serde(default)]
    pub has: Vec<Span>,
    /// Names that no segment or subsegment has.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// A segment or subsegment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Name of a segment or subsegment it is somewhere below.
    #[serde(default)]
    pub under: Option<String>,
    /// Its annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, Expected>,
    /// Members of its document, by JSON pointer.
    #[serde(default)]
    pub json: BTreeMap<String, Expected>,
}

fn it() -> String {
    "it".to_owned()
}

const fn at_least_one() -> Count {
    Count::Between { min: 1, max: u64::MAX }
}

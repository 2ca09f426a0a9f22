//! Filter expressions: the part of X-Ray's language that finds a webhook. Terms joined by `AND`:
//! `annotation.KEY = VALUE` (or `!=`, or `annotation[KEY]`), `service("NAME")`, `http.status OP NUMBER`, and the words `error`,
//! `fault`, `throttle` and `ok`. Anything else is refused rather than half understood.

use serde_json::Value;

use super::summary::Summary;

/// A parsed expression.
#[derive(Debug, PartialEq)]
pub(super) struct Filter(Vec<Term>);

#[derive(Debug, PartialEq)]
enum Term {
    Annotation { key: String, equal: bool, value: Value },
    Service(String),
    Status(Comparison, u64),
    Error,
    Fault,
    Throttle,
    Ok,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// Letters, digits, `.`, `_` and `-`: a name, a number, `AND`.
    Word(String),
    Text(String),
    Compare(Comparison),
    Open(char),
    Close(char),
}

/// The expression is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUnderstood;

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let tokens = tokens(text)?;
        let terms =
            tokens.split(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("and")));
        Ok(Self(terms.map(term).collect::<Result<_, _>>()?))
    }

    pub(super) fn matches(&self, summary: &Summary) -> bool {
        self.0.iter().all(|term| term.matches(summary))
    }
}

impl Term {
    fn matches(&self, summary: &Summary) -> bool {
        match self {
            Self::Annotation { key, equal, value } => {
                let mut values = summary.annotations.get(key).into_iter().flatten();
                values.any(|known| same(known, value) == *equal)
            }
            Self::Service(name) => summary.has_service(name),
            Self::Status(comparison, wanted) => {
                summary.http_status.is_some_and(|status| comparison.holds(status, *wanted))
            }
            Self::Error => summary.error,
            Self::Fault => summary.fault,
            Self::Throttle => summary.throttle,
            Self::Ok => !(summary.error || summary.fault || summary.throttle),
        }
    }
}

impl Comparison {
    const fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// 1 and 1.0 are the same number.
fn same(known: &Value, wanted: &Value) -> bool {
    known == wanted || known.as_f64().is_some_and(|number| wanted.as_f64() == Some(number))
}

fn term(tokens: &[Token]) -> Result<Term, NotUnderstood> {
    use Token::{Close, Compare, Open, Text, Word};
    match tokens {
        [Word(word)] => match word.as_str() {
            "error" => Ok(Term::Error),
            "fault" => Ok(Term::Fault),
            "throttle" => Ok(Term::Throttle),
            "ok" => Ok(Term::Ok),
            _ => Err(NotUnderstood),
        },
        [Word(service), Open('('), Text(name), Close(')')] if service == "service" => {
            Ok(Term::Service(name.clone()))
        }
        [Word(status), Compare(comparison), Word(number)] if status == "http.status" => {
            Ok(Term::Status(*comparison, number.parse().map_err(|_| NotUnderstood)?))
        }
        [Word(word), Compare(comparison), value] => {
            annotation(word.strip_prefix("annotation.").ok_or(NotUnderstood)?, *comparison, value)
        }
        [Word(word), Open('['), Word(key) | Text(key), Close(']'), Compare(comparison), value]
            if word == "annotation" =>
        {
            annotation(key, *comparison, value)
        }
        _ => Err(NotUnderstood),
    }
}

fn annotation(key: &str, comparison: Comparison, value: &Token) -> Result<Term, NotUnderstood> {
    let equal = match comparison {
        Comparison::Equal => true,
        Comparison::NotEqual => false,
        _ => return Err(NotUnderstood),
    };
    let value = match value {
        Token::Text(text) => Value::from(text.as_str()),
        Token::Word(word) if word == "true" || word == "false" => Value::from(word == "true"),
        Token::Word(word) => Value::from(word.parse::<f64>().map_err(|_| NotUnderstood)?),
        _ => return Err(NotUnderstood),
    };
    if key.is_empty() {
        Err(NotUnderstood)
    } else {
        Ok(Term::Annotation { key: key.to_owned(), equal, value })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, NotUnderstood> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' => quoted(rest)?,
            '(' | '[' => (Token::Open(first), 1),
            ')' | ']' => (Token::Close(first), 1),
            '=' => (Token::Compare(Comparison::Equal), 1),
            '!' if rest.starts_with("!=") => (Token::Compare(Comparison::NotEqual), 2),
            '<' if rest.starts_with("<=") => (Token::Compare(Comparison::LessOrEqual), 2),
            '>' if rest.starts_with(">=") => (Token::Compare(Comparison::GreaterOrEqual), 2),
            '<' => (Token::Compare(Comparison::Less), 1),
            '>' => (Token::Compare(Comparison::Greater), 1),
            _ => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                if length == 0 {
                    return Err(NotUnderstood);
                }
                (Token::Word(rest[..length].to_owned()), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A text in quotes, with `\"` and `\\` inside; its length in the expression.
fn quoted(text: &str) -> Result<(Token, usize), NotUnderstood> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((Token::Text(value), at + 1)),
            '\\' => value.push(characters.next().ok_or(NotUnderstood)?.1),
            _ => value.push(character),
        }
    }
    Err(NotUnderstood)
}

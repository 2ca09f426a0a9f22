//! Looks at what a step expects, and says what is otherwise.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::case::{Answer, Count, Expected, Step, Word};
use crate::compose::Impossible;
use crate::results::Finding;
use crate::scene::{Answered, Scene};
use crate::target::Target;
use crate::template::{fill, fill_value};

mod kept;
mod logs;
mod traces;

/// Longest piece of an observation that is reported.
const SHOWN_MAX: usize = 600;

/// What was seen of a step's expectations.
#[derive(Debug, Default)]
pub struct Seen {
    /// What is otherwise than expected.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub not_observed: Vec<String>,
}

impl Seen {
    /// Adds a difference.
    fn differs(&mut self, what: impl Into<String>, expected: impl Into<String>, observed: impl Into<String>) {
        let (expected, observed) = (shortened(expected.into()), shortened(observed.into()));
        self.findings.push(Finding { what: what.into(), expected, observed });
    }

    /// Adds a difference in number, if there is one.
    fn count(&mut self, what: &str, wanted: Count, seen: &[String]) {
        let number = seen.len() as u64;
        if !wanted.holds(number) {
            let observed =
                if seen.is_empty() { "none".to_owned() } else { format!("{number}: {}", seen.join(", ")) };
            self.differs(what, wanted.to_string(), observed);
        }
    }

    /// Compares a value with what is expected of it.
    fn value(
        &mut self,
        what: &str,
        wanted: &Expected,
        seen: Option<&Value>,
        scene: &Scene,
    ) -> Result<(), Impossible> {
        if let Some(expected) = unmet(wanted, seen, scene)? {
            self.differs(what, expected, seen.map_or_else(|| "nothing".to_owned(), plain));
        }
        Ok(())
    }

    /// Compares members of a JSON document.
    fn members(
        &mut self,
        what: &str,
        wanted: &BTreeMap<String, Expected>,
        json: &Value,
        scene: &Scene,
    ) -> Result<(), Impossible> {
        for (pointer, wanted) in wanted {
            self.value(&format!("{what} {pointer}"), wanted, json.pointer(pointer), scene)?;
        }
        Ok(())
    }
}

/// Everything that a step expects.
///
/// # Errors
/// Something between here and the target is broken, or the case is not written as it should be.
pub async fn look(
    step: &Step,
    answers: &[Answered],
    scene: &mut Scene,
    target: &Target,
) -> Result<Seen, Impossible> {
    let mut seen = Seen::default();
    if let Some(wanted) = &step.answer {
        answered(wanted, answers, scene, &mut seen)?;
    }
    kept::look(step, scene, target, &mut seen).await?;
    logs::look(step, scene, target, &mut seen).await?;
    traces::look(step, scene, target, &mut seen).await?;
    if let Some(answer) =
        answers.iter().find(|answer| step.nowhere.iter().any(|text| contains(answer, text, scene)))
    {
        seen.differs("an answer", "no text that belongs nowhere", answer.body.clone());
    }
    Ok(seen)
}

fn contains(answer: &Answered, text: &str, scene: &Scene) -> bool {
    fill(text, scene)
        .is_ok_and(|text| answer.body.contains(&text) || answer.headers.values().any(|v| v.contains(&text)))
}

fn answered(wanted: &Answer, answers: &[Answered], scene: &Scene, seen: &mut Seen) -> Result<(), Impossible> {
    for (at, answer) in answers.iter().enumerate() {
        let of = if answers.len() == 1 { String::new() } else { format!(" {}", at + 1) };
        if let Some(statuses) = &wanted.status
            && !statuses.as_slice().contains(&answer.status)
        {
            let expected: Vec<_> = statuses.as_slice().iter().map(u16::to_string).collect();
            seen.differs(format!("status{of}"), expected.join(" or "), status_words(answer));
        }
        if wanted.empty && !answer.body.is_empty() {
            seen.differs(format!("body{of}"), "no body", answer.body.clone());
        }
        if let Some(limit_ms) = wanted.within_ms
            && answer.took.as_millis() > u128::from(limit_ms)
        {
            seen.differs(
                format!("time{of}"),
                format!("at most {limit_ms} ms"),
                format!("{} ms", answer.took.as_millis()),
            );
        }
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        seen.members(&format!("body{of}"), &wanted.json, &json, scene)?;
        for text in &wanted.contains {
            let text = fill(text, scene).map_err(Impossible::from_error)?;
            if !answer.body.contains(&text) {
                seen.differs(format!("body{of}"), format!("contains `{text}`"), answer.body.clone());
            }
        }
        for text in &wanted.lacks {
            let text = fill(text, scene).map_err(Impossible::from_error)?;
            if answer.body.contains(&text) {
                seen.differs(format!("body{of}"), format!("does not contain `{text}`"), answer.body.clone());
            }
        }
        for (name, wanted) in &wanted.headers {
            let value = answer.headers.get(name).map(|value| Value::String(value.clone()));
            seen.value(&format!("header {name}{of}"), wanted, value.as_ref(), scene)?;
        }
    }
    for (status, wanted) in &wanted.counts {
        let with: Vec<String> = answers
            .iter()
            .filter(|answer| answer.status.to_string() == *status)
            .map(|answer| answer.status.to_string())
            .collect();
        if !wanted.holds(with.len() as u64) {
            let all: Vec<_> = answers.iter().map(|answer| answer.status.to_string()).collect();
            seen.differs(
                format!("answers with {status}"),
                wanted.to_string(),
                format!("{} of {}", with.len(), all.join(", ")),
            );
        }
    }
    Ok(())
}

fn status_words(answer: &Answered) -> String {
    match answer.status {
        0 => answer.body.clone(),
        status if answer.body.is_empty() => status.to_string(),
        status => format!("{status} {}", answer.body),
    }
}

/// What was expected, in words, if it is not met.
fn unmet(wanted: &Expected, seen: Option<&Value>, scene: &Scene) -> Result<Option<String>, Impossible> {
    let filled = |value: &Value| fill_value(value, scene).map_err(Impossible::from_error);
    let (met, words) = match wanted {
        Expected::Is(value) | Expected::Word(Word::Is(value)) => {
            let value = filled(value)?;
            (seen.is_some_and(|seen| same(seen, &value)), plain(&value))
        }
        Expected::Word(Word::Exists(wanted)) => {
            let there = seen.is_some_and(|seen| !seen.is_null());
            (there == *wanted, if *wanted { "something".to_owned() } else { "nothing".to_owned() })
        }
        Expected::Word(Word::Lacks(texts)) => {
            let texts = texts.iter().map(|text| fill(text, scene).map_err(Impossible::from_error));
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            let lacks = |seen: &Value| texts.iter().all(|text| !plain(seen).contains(text));
            (seen.is_some_and(lacks), format!("lacks {}", texts.join(", ")))
        }
        Expected::Word(Word::Length(count)) => {
            let length = match seen {
                Some(Value::Array(items)) => Some(items.len()),
                Some(Value::Object(members)) => Some(members.len()),
                Some(Value::String(text)) => Some(text.chars().count()),
                _ => None,
            };
            (length.is_some_and(|length| count.holds(length as u64)), format!("{count} elements"))
        }
        Expected::Word(Word::OneOf(values)) => {
            let values = values.iter().map(filled).collect::<Result<Vec<_>, _>>()?;
            let words: Vec<_> = values.iter().map(plain).collect();
            (seen.is_some_and(|seen| values.iter().any(|value| same(seen, value))), words.join(" or "))
        }
        Expected::Word(Word::Matches(pattern)) => {
            let filled = fill(&pattern.replace('{', "{{").replace('}', "}}"), scene)
                .map_err(Impossible::from_error)?;
            let regex = Regex::new(&filled).map_err(Impossible::from_error)?;
            (seen.is_some_and(|seen| regex.is_match(&plain(seen))), format!("matches {pattern}"))
        }
    };
    Ok((!met).then_some(words))
}

/// Equal, numbers by their value: 10 and 10.0 are the same amount of money.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// A value as a person writes it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests;

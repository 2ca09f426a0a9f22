//! What is expected.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{code, listed, plural};
use crate::case::{Answer, Count, DayFile, Expected, LogLine, Span, Stored, Trace, Word};

/// A value of JSON; texts as they are written, in the marks of code.
pub(super) fn value(value: &Value) -> String {
    code(value.to_string())
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Is(is) | Expected::Word(Word::Is(is)) => format!("is {}", value(is)),
        Expected::Word(Word::Matches(pattern)) => format!("matches {}", code(pattern)),
        Expected::Word(Word::Lacks(texts)) => {
            format!("holds neither {}", listed(texts.iter().map(code), "nor"))
        }
        Expected::Word(Word::Length(count)) => format!("has the length {count}"),
        Expected::Word(Word::OneOf(values)) => format!("is {}", listed(values.iter().map(value), "or")),
        Expected::Word(Word::Exists(true)) => "is there".to_owned(),
        Expected::Word(Word::Exists(false)) => "is not there".to_owned(),
    }
}

fn members<'a>(what: &'a str, members: &'a BTreeMap<String, Expected>) -> impl Iterator<Item = String> + 'a {
    members.iter().map(move |(at, value)| format!("{what}{at} {}", expected(value)))
}

pub(super) fn answer(answer: &Answer) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(status) = &answer.status {
        let any = listed(status.as_slice().iter().map(ToString::to_string), "or");
        out.push(format!("it is answered {any}"));
    }
    for (status, count) in &answer.counts {
        out.push(format!("{count} of the answers {} {status}", if one(*count) { "is" } else { "are" }));
    }
    if answer.empty {
        out.push("the answer has no body".to_owned());
    }
    out.extend(members("in the answer, ", &answer.json));
    if !answer.contains.is_empty() {
        out.push(format!("the answer holds {}", listed(answer.contains.iter().map(code), "and")));
    }
    if !answer.lacks.is_empty() {
        out.push(format!("the answer does not hold {}", listed(answer.lacks.iter().map(code), "or")));
    }
    out.extend(members("the answer's header ", &answer.headers));
    out.extend(answer.within_ms.map(|ms| format!("the answer is there within {ms} ms")));
    out
}

const fn one(count: Count) -> bool {
    matches!(count, Count::Exactly(1))
}

pub(super) fn stored(stored: &Stored) -> Vec<String> {
    let of = code(&stored.of);
    let mut out = vec![kept(stored, &of)];
    out.extend(stored.transaction_records.map(|count| {
        format!("{count} {} of its payment in the table", if one(count) { "record" } else { "records" })
    }));
    out.extend(members("in the record, ", &stored.record));
    out.extend(stored.types.iter().map(|(name, kind)| format!("in the record, {name} has the type {kind}")));
    out.extend(
        stored.expires_by.as_ref().map(|name| format!("the table lets records expire by {}", code(name))),
    );
    out.extend(stored.record_bytes.map(|count| format!("the record has {count} bytes")));
    for (what, key) in [("raw", &stored.raw_key), ("processed", &stored.processed_key)] {
        out.extend(key.as_ref().map(|key| format!("the key of the {what} object is {}", code(key))));
    }
    out.extend(
        stored.storage_class.as_ref().map(|class| format!("both objects have the storage class {class}")),
    );
    out.extend(members("in the processed object, ", &stored.processed_json));
    out.extend(members("the dead letter's attribute ", &stored.letter_attributes));
    out.extend(members("in the dead letter, ", &stored.letter_json));
    out
}

/// The counts, short where they are the usual ones.
/// What a day's file holds.
pub(super) fn day_file(file: &DayFile) -> Vec<String> {
    let key = code(&file.key);
    let lines = file.lines.iter().map(|(text, count)| format!("in {key}, {count} lines hold {}", code(text)));
    std::iter::once(format!("the processed bucket has {key}, a JSON object a line")).chain(lines).collect()
}

fn kept(stored: &Stored, of: &str) -> String {
    let usual = Stored::default();
    let bytes = if stored.raw_bytes { " with the bytes that were sent" } else { "" };
    let counts = |stored: &Stored| {
        [stored.records, stored.raw, stored.processed, stored.dead_letters, stored.quarantine]
    };
    if counts(stored) == counts(&usual) {
        return format!(
            "{of} is stored once: one record, one raw object{bytes}, one processed object, no dead letter"
        );
    }
    let named = [
        (stored.records, "record", "records"),
        (stored.raw, "raw object", "raw objects"),
        (stored.processed, "processed object", "processed objects"),
        (stored.dead_letters, "dead letter", "dead letters"),
        (stored.quarantine, "object in quarantine", "objects in quarantine"),
    ];
    let said = named.into_iter().map(|(count, singular, more)| match count {
        Count::Exactly(0) => format!("no {singular}"),
        Count::Exactly(exactly) => plural(exactly, singular, more),
        Count::Between { min: 1, max: u64::MAX } => format!("at least one {singular}"),
        Count::Between { min: 0, max: 1 } => format!("at most one {singular}"),
        between @ Count::Between { .. } => format!("{between} {more}"),
    });
    format!("of {of} there are: {}", listed(said, "and"))
}

pub(super) fn log(log: &LogLine) -> String {
    let lines = match log.count {
        Count::Exactly(0) => "no line".to_owned(),
        count if one(count) => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    let what: Vec<String> = members("", &log.line).collect();
    let of_which = if what.is_empty() {
        String::new()
    } else {
        format!(" in which {}", listed(what.into_iter(), "and"))
    };
    format!("the log of {} has {lines} about {}{of_which}", log.function, code(&log.of))
}

pub(super) fn trace(trace: &Trace) -> Vec<String> {
    let of = code(&trace.of);
    let mut out: Vec<String> =
        trace.has.iter().map(|span| format!("the trace of {of} has {}", segment(span))).collect();
    if !trace.lacks.is_empty() {
        out.push(format!("the trace of {of} does not have {}", listed(trace.lacks.iter().map(code), "or")));
    }
    out
}

fn segment(span: &Span) -> String {
    let under = span.under.as_ref().map_or_else(String::new, |under| format!(" below {}", code(under)));
    let mut said: Vec<String> = members("annotation ", &span.annotations).collect();
    said.extend(members("", &span.json));
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(" in which {}", listed(said.into_iter(), "and"))
    };
    format!("{}{under}{said}", code(&span.name))
}

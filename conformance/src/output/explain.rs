//! `conformance explain ID`: one case, so that nobody needs to read its file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::list::level;
use super::text::{Ink, Look};
use crate::case::{Case, CaseId, Level, Settings, Subject};
use crate::suite::Coverage;
use crate::words;

/// All of a case, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Its ID.
    pub id: CaseId,
    /// What a correct receiver does.
    pub title: String,
    /// How binding that is.
    pub level: Level,
    /// Name of its subject.
    pub subject: String,
    /// What happens otherwise.
    pub why: String,
    /// Who says so.
    pub source: String,
    /// Sentences of the specification that it covers, by their keys.
    pub covers: BTreeMap<String, String>,
    /// What a target must offer so that it can be run.
    pub needs: Vec<String>,
    /// What a target must offer besides so that everything can be looked at.
    pub looks_at: Vec<String>,
    /// Whether it needs a receiver that is set up for it.
    pub own_settings: bool,
    /// Whether no other case may run beside it.
    pub alone: bool,
    /// What happens.
    pub steps: Vec<ExplainedStep>,
}

/// One step of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedStep {
    /// What is done.
    pub does: String,
    /// What a correct receiver shows then.
    pub expects: Vec<String>,
}

impl Explained {
    /// Explains a case.
    #[must_use]
    pub fn of(subject: &Subject, case: &Case, coverage: &Coverage) -> Self {
        let needs = case.needs();
        let sentence = |key: &String| {
            coverage.sentences.get(key).map_or_else(String::new, |sentence| sentence.text.clone())
        };
        let names = |all: Vec<crate::capability::Capability>| {
            all.into_iter().map(|one| one.name().to_owned()).collect()
        };
        Self {
            id: case.id.clone(),
            title: case.title.clone(),
            level: case.level,
            subject: subject.subject.clone(),
            why: case.why.clone(),
            source: case.source.clone(),
            covers: case.covers.iter().map(|key| (key.clone(), sentence(key))).collect(),
            looks_at: names(case.looks_at().beyond(&needs)),
            needs: names(needs.iter().collect()),
            own_settings: case.settings != Settings::default(),
            alone: case.alone,
            steps: case
                .steps
                .iter()
                .map(|step| ExplainedStep { does: words::step(step), expects: words::expectations(step) })
                .collect(),
        }
    }
}

/// The text for a terminal.
#[must_use]
pub fn text(case: &Explained, look: Look) -> String {
    const ALL: usize = usize::MAX;
    let mut text = format!(
        "{}  {}  {}\n",
        look.ink(Ink::Strong, case.id.as_str()),
        level(case.level),
        look.ink(Ink::Quiet, &case.subject)
    );
    text.push_str(&look.paragraph("", &case.title, ALL));
    text.push('\n');
    text.push_str(&look.paragraph("why     ", &case.why, ALL));
    text.push_str(&look.paragraph("source  ", &case.source, ALL));
    for (key, sentence) in &case.covers {
        text.push_str(&look.paragraph("covers  ", &format!("{key}: {sentence}"), ALL));
    }
    text.push_str(&look.paragraph("needs   ", &or_nothing(&case.needs), ALL));
    if !case.looks_at.is_empty() {
        text.push_str(&look.paragraph("sees    ", &or_nothing(&case.looks_at), ALL));
    }
    if case.own_settings {
        text.push_str(&look.paragraph("set up  ", "a receiver with settings of its own", ALL));
    }
    if case.alone {
        text.push_str(&look.paragraph("alone   ", "nothing else runs on the receiver meanwhile", ALL));
    }
    for (at, step) in case.steps.iter().enumerate() {
        text.push('\n');
        text.push_str(&look.paragraph(&format!("{:>2}. ", at + 1), &step.does, ALL));
        for expected in &step.expects {
            text.push_str(&look.paragraph("    → ", expected, ALL));
        }
    }
    let _ = writeln!(
        text,
        "\nrun it  {}",
        look.ink(Ink::Strong, &format!("cargo run -p conformance -- run --id {}", case.id))
    );
    text
}

fn or_nothing(names: &[String]) -> String {
    if names.is_empty() { "nothing but an HTTP endpoint".to_owned() } else { names.join(", ") }
}

//! A case is data: what is sent to a receiver, what a correct receiver does then, why, and who says so.
//!
//! The files in `cases/` hold one subject each. This module is their format and nothing else: no I/O, and nothing is
//! judged here. Unknown names are errors, so that a misspelt expectation cannot be an expectation that never fails.

mod action;
mod expectation;
mod id;
mod settings;

use serde::{Deserialize, Serialize};

pub use action::{
    Action, Credentials, Drill, Edit, Ipn, KeyChoice, PostbackMode, Query, Request, Send, Sign, Spoil,
};
pub use expectation::{Answer, Count, DayFile, Expected, LogLine, OneOrMany, Span, Stored, Trace, Word};
pub use id::{BadId, CaseId};
pub use settings::{Rate, Settings};

use crate::capability::{Capabilities, Capability};

/// One file of cases.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name for filters, in lower case: `stripe-signatures`.
    pub subject: String,
    /// Heading in reports.
    pub title: String,
    /// What all its cases are about, in a sentence or two.
    pub about: String,
    /// The cases, in the order of their numbers.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// How binding a rule is, in the sense of RFC 2119.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A receiver that breaks it is not correct; the gate is red.
    Must,
    /// There may be good reasons to do otherwise; the gate tells it and stays green, unless it is strict.
    Should,
}

/// One rule, tried once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Permanent: never given to another case, not even when this one is gone.
    pub id: CaseId,
    /// What a correct receiver does, as one sentence.
    pub title: String,
    /// How binding that is.
    pub level: Level,
    /// What happens to people or money if a receiver does otherwise.
    pub why: String,
    /// Who says so: document and section.
    pub source: String,
    /// Sentences of the specification that this case covers, by their keys in `cases/coverage.toml`.
    #[serde(default)]
    pub covers: Vec<String>,
    /// How the receiver must be set up, where that differs from its defaults. Only the embedded target can be set up.
    #[serde(default)]
    pub settings: Settings,
    /// Runs while no other case runs on the same system: it changes what others would notice.
    #[serde(default)]
    pub alone: bool,
    /// What happens, in this order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing that is done, or none, and what is to be seen after it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Step {
    /// A webhook is delivered.
    pub send: Option<Box<Send>>,
    /// A PayPal IPN message is delivered.
    pub ipn: Option<Ipn>,
    /// The transactions API is asked.
    pub query: Option<Query>,
    /// Any other HTTP request to the API.
    pub request: Option<Request>,
    /// Something happens to the receiver or around it.
    pub drill: Option<Drill>,

    /// What each answer to this step's request is like.
    pub answer: Option<Answer>,
    /// What is kept of a delivery, once nothing is under way any more.
    pub stored: Option<Stored>,
    /// Deliveries, by name, of which no store holds anything.
    pub absent: Vec<String>,
    /// What the file of a compacted day holds.
    pub file: Option<DayFile>,
    /// What the logs hold.
    pub log: Vec<LogLine>,
    /// What the traces hold.
    pub trace: Option<Trace>,
    /// Texts that stand in no log, no trace and no answer.
    pub nowhere: Vec<String>,
}

/// A step that is no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStep {
    /// More than one thing is done in it.
    #[error("it does {0} things; a step does one")]
    Several(usize),
    /// Nothing is done and nothing expected.
    #[error("it does nothing and expects nothing")]
    Empty,
    /// An answer is expected of nothing.
    #[error("it expects an answer and sends nothing")]
    AnswerToNothing,
}

impl Step {
    /// What is done, if anything is.
    #[must_use]
    pub fn action(&self) -> Option<Action<'_>> {
        self.actions().next()
    }

    fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        [
            self.send.as_deref().map(Action::Send),
            self.ipn.as_ref().map(Action::Ipn),
            self.query.as_ref().map(Action::Query),
            self.request.as_ref().map(Action::Request),
            self.drill.as_ref().map(Action::Drill),
        ]
        .into_iter()
        .flatten()
    }

    fn expects_nothing(&self) -> bool {
        self.answer.is_none()
            && self.stored.is_none()
            && self.absent.is_empty()
            && self.file.is_none()
            && self.log.is_empty()
            && self.trace.is_none()
            && self.nowhere.is_empty()
    }

    /// Name of the delivery or question it sends; of one that sends nothing, whose traces it looks at first.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        match self.action() {
            Some(Action::Send(send)) => Some(&send.name),
            Some(Action::Ipn(message)) => Some(&message.name),
            Some(Action::Query(_)) => Some("query"),
            Some(Action::Request(_)) => None,
            Some(Action::Drill(_)) | None => {
                let stored = self.stored.as_ref().map(|stored| stored.of.as_str());
                let absent = self.absent.first().map(String::as_str);
                let logged = self.log.first().map(|line| line.of.as_str());
                stored.or(absent).or(logged).or(self.trace.as_ref().map(|trace| trace.of.as_str()))
            }
        }
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// It does not.
    pub fn check(&self) -> Result<(), BadStep> {
        match self.actions().count() {
            0 if self.expects_nothing() => Err(BadStep::Empty),
            0 if self.answer.is_some() => Err(BadStep::AnswerToNothing),
            0 | 1 => match (&self.drill, &self.answer) {
                (Some(_), Some(_)) => Err(BadStep::AnswerToNothing),
                _ => Ok(()),
            },
            several => Err(BadStep::Several(several)),
        }
    }

    /// What a target must offer so that the step can be done at all.
    #[must_use]
    pub fn needs(&self) -> Capabilities {
        self.action().map_or_else(Capabilities::none, |action| action.needs())
    }

    /// What a target must offer so that everything the step expects can be looked at.
    #[must_use]
    pub fn looks_at(&self) -> Capabilities {
        let mut looked = Capabilities::none();
        if self.stored.is_some() || !self.absent.is_empty() || self.file.is_some() {
            looked.insert(Capability::Stores);
        }
        if !self.log.is_empty() {
            looked.insert(Capability::Logs);
        }
        if self.trace.is_some() {
            looked.insert(Capability::Traces);
        }
        if !self.nowhere.is_empty() {
            looked.insert(Capability::Logs);
            looked.insert(Capability::Traces);
        }
        looked
    }
}

impl Case {
    /// What a target must offer so that the case can be run.
    #[must_use]
    pub fn needs(&self) -> Capabilities {
        let mut needs = Capabilities::none();
        for step in &self.steps {
            needs.extend(step.needs());
        }
        if self.settings != Settings::default() {
            needs.insert(Capability::Settings);
        }
        needs
    }

    /// What a target must offer so that everything can be looked at.
    #[must_use]
    pub fn looks_at(&self) -> Capabilities {
        let mut looked = Capabilities::none();
        for step in &self.steps {
            looked.extend(step.looks_at());
        }
        looked
    }
}

//! Whose stage a request came by, and whether that is the function's own environment.
//!
//! An API has a stage for each environment, and a stage's variables name its environment and its stores. What a function works with
//! is its own environment's, always: the variables are compared and never used. A stage that leads to another environment's
//! function is a mistake of the deployment, by which tests would be booked as money, or money as tests. Nothing is done with such a
//! request but to ask for it again, so that nothing is lost once the mistake is mended.

use serde::Serialize;
use webhook_core::answer::Answer;
use webhook_core::mutant::{self, Mutant};

use crate::proxy::ProxyRequest;

/// A variable of a stage that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageVariable {
    /// The environment's name.
    Environment,
    /// The table of the transactions.
    Table,
    /// The bucket of the raw bodies.
    RawBucket,
}

impl StageVariable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Environment, Self::Table, Self::RawBucket];

    /// The one that a stage calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }

    /// What the stage calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "env",
            Self::Table => "table",
            Self::RawBucket => "raw_bucket",
        }
    }
}

/// What a function was deployed with, as far as its environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// The environment's name.
    pub environment: Option<String>,
    /// The table of the transactions.
    pub table: Option<String>,
    /// The bucket of the raw bodies.
    pub raw_bucket: Option<String>,
}

impl Deployment {
    /// The first variable of the request's stage that names something else. What only one side names says nothing.
    #[must_use]
    pub fn contradicted_by(&self, request: &ProxyRequest<'_>) -> Option<StageVariable> {
        StageVariable::ALL
            .into_iter()
            .filter(|variable| {
                *variable == StageVariable::Environment || !mutant::active(Mutant::StageEnvironmentOnly)
            })
            .find(|variable| {
                let both = request.stage_variable(*variable).zip(self.own(*variable));
                both.is_some_and(|(of_stage, own)| of_stage != own)
            })
    }

    fn own(&self, variable: StageVariable) -> Option<&str> {
        match variable {
            StageVariable::Environment => self.environment.as_deref(),
            StageVariable::Table => self.table.as_deref(),
            StageVariable::RawBucket => self.raw_bucket.as_deref(),
        }
    }
}

/// 503: the stage's `variable` is another environment's. Its value is not told.
pub(crate) fn mismatch(variable: StageVariable) -> Answer {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        message: &'static str,
    }
    let body = Body {
        error: "stage_mismatch",
        message: "the stage and the function behind it are of different environments; try again later",
    };
    Answer {
        status: 503,
        body: serde_json::to_string(&body).unwrap_or_default(),
        outcome: body.error,
        event_id: None,
        transaction_id: None,
        detail: Some(format!(
            "the stage variable {} is not what the function was deployed with",
            variable.name()
        )),
    }
}

#[cfg(test)]
mod tests;

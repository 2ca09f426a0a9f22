//! The limits that the system meets on AWS, as data (`quotas/us-east-1.toml`): AWS's quotas and the stack's own settings.

use serde::{Deserialize, Serialize};

const STANDARD: &str = include_str!("../../quotas/us-east-1.toml");

/// A dated list of limits; every one that the model needs is there once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// When they were looked up, `YYYY-MM-DD`.
    pub date: String,
    /// The region that they are of.
    pub region: String,
    /// The limits.
    #[serde(rename = "limit")]
    pub limits: Vec<Quota>,
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// What the model knows it by.
    pub id: QuotaId,
    /// For people.
    pub title: String,
    /// How much it is, in its own unit.
    pub value: f64,
    /// The unit.
    pub unit: String,
    /// Whether it can be raised, and by whom.
    pub kind: Kind,
    /// How it is raised: a command without its value, a variable, or words.
    pub raise: String,
    /// Where it is documented.
    pub source: String,
}

/// The limits that the model knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the titles stand in the file")]
pub enum QuotaId {
    ApiGatewayRate,
    ApiGatewayBurst,
    StripeRate,
    PaypalRate,
    SquareRate,
    LambdaConcurrency,
    ProcessorConcurrency,
    LambdaScaling,
    DynamodbPartition,
    DynamodbTable,
    DynamodbWarm,
    S3Prefix,
}

impl QuotaId {
    const ALL: [QuotaId; 12] = [
        Self::ApiGatewayRate,
        Self::ApiGatewayBurst,
        Self::StripeRate,
        Self::PaypalRate,
        Self::SquareRate,
        Self::LambdaConcurrency,
        Self::ProcessorConcurrency,
        Self::LambdaScaling,
        Self::DynamodbPartition,
        Self::DynamodbTable,
        Self::DynamodbWarm,
        Self::S3Prefix,
    ];
}

/// Who can raise a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// AWS, when asked.
    Quota,
    /// Nobody.
    Fixed,
    /// Whoever deploys.
    Setting,
}

/// What is wrong with a file of quotas.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// Not TOML, or not of this form.
    #[error("not a file of quotas: {0}")]
    Form(#[from] toml::de::Error),
    /// A limit that the model needs.
    #[error("a file of quotas holds each limit once; {0:?} is there {1} times")]
    Not(QuotaId, usize),
    /// A number that no limit can be.
    #[error("the limit {0:?} is {1}: it must be more than 0 and finite")]
    Value(QuotaId, f64),
}

impl Quotas {
    /// The project's own: AWS's defaults, and the stack's.
    ///
    /// # Errors
    /// They are not as they should be, which a test excludes.
    pub fn standard() -> Result<Self, QuotaError> {
        Self::parse(STANDARD)
    }

    /// Quotas of a file's text.
    ///
    /// # Errors
    /// The text is not of the form of `quotas/us-east-1.toml`, or a limit is missing, there twice, or no limit.
    pub fn parse(text: &str) -> Result<Self, QuotaError> {
        let quotas: Self = toml::from_str(text)?;
        for id in QuotaId::ALL {
            let found = quotas.limits.iter().filter(|one| one.id == id).count();
            if found != 1 {
                return Err(QuotaError::Not(id, found));
            }
        }
        match quotas.limits.iter().find(|one| !(one.value > 0.0 && one.value.is_finite())) {
            Some(bad) => Err(QuotaError::Value(bad.id, bad.value)),
            None => Ok(quotas),
        }
    }

    /// The value of a limit.
    pub(super) fn value(&self, id: QuotaId) -> f64 {
        self.limits.iter().find(|one| one.id == id).map_or(f64::INFINITY, |one| one.value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_projects_own_are_whole_and_name_their_sources() {
        let quotas = Quotas::standard().unwrap();
        let ids: BTreeSet<QuotaId> = quotas.limits.iter().map(|one| one.id).collect();
        assert_eq!(ids.len(), QuotaId::ALL.len());
        for one in &quotas.limits {
            assert!(one.source.contains('/') && !one.raise.is_empty() && !one.title.is_empty(), "{one:?}");
        }
        assert_eq!(quotas.value(QuotaId::LambdaConcurrency), 1_000.0);
    }

    #[test]
    fn a_file_that_lacks_a_limit_or_makes_none_is_refused() {
        let check = |from: &str, to: &str, expected: &str| {
            let error = Quotas::parse(&STANDARD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{expected}: {error}");
        };
        check("id = \"s3-prefix\"", "id = \"s3-prefixes\"", "s3-prefixes");
        check("id = \"s3-prefix\"", "id = \"dynamodb-warm\"", "DynamodbWarm is there 2 times");
        check("value = 10000", "value = 0", "more than 0");
        check("value = 10000", "value = inf", "finite");
        check("kind = \"fixed\"", "kind = \"soft\"", "soft");
    }
}

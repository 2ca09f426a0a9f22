//! What data cannot say of resources: joins, policy documents, searches over everything. What is expected still is data, in
//! `tables/`.

mod access;
mod alarms;
mod api;
mod buckets;
mod policy;
mod secrets;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::judge::{Finding, Step};
use crate::names::Names;
use crate::stack::Stack;
use crate::value::Value;

/// A check by its name in the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The API has exactly its methods, each on its path.
    Routes,
    /// Each method hands on to its function, as the API's role.
    Integrations,
    /// Each body is held against its model, with its content types.
    RequestValidation,
    /// Each method asks who calls.
    Authorization,
    /// Each provider has a plan and a key of its own, joined, on every stage.
    UsagePlans,
    /// Each function has a role of its own that Lambda alone may take.
    Trust,
    /// Each role may do exactly what its list says.
    RoleActions,
    /// No wildcard in what is allowed.
    Wildcards,
    /// Every alarm of the list is there as the list says, and every alarm tells somebody.
    Alarms,
    /// Every bucket refuses what does not come by TLS 1.2.
    TlsOnly,
    /// Raw bodies are moved and deleted when they should be.
    LifecyclesRaw,
    /// The transaction log likewise.
    LifecyclesProcessed,
    /// The audit trail likewise.
    LifecyclesTrail,
    /// Nothing looks like a secret.
    NoSecrets,
}

impl Check {
    /// Runs it.
    #[must_use]
    pub fn run(self, stack: &Stack) -> Step {
        let findings = match self {
            Self::Routes => api::routes(stack),
            Self::Integrations => api::integrations(stack),
            Self::RequestValidation => api::request_validation(stack),
            Self::Authorization => api::authorization(stack),
            Self::UsagePlans => api::usage_plans(stack),
            Self::Trust => access::trust(stack),
            Self::RoleActions => access::role_actions(stack),
            Self::Wildcards => access::wildcards(stack),
            Self::Alarms => alarms::alarms(stack),
            Self::TlsOnly => buckets::tls_only(stack),
            Self::LifecyclesRaw => buckets::lifecycles(stack, "webhook-payloads"),
            Self::LifecyclesProcessed => buckets::lifecycles(stack, "transaction-logs"),
            Self::LifecyclesTrail => buckets::lifecycles(stack, "webhook-audit-trail"),
            Self::NoSecrets => secrets::no_secrets(stack),
        };
        Step { findings: findings.unwrap_or_else(|error| vec![error.finding()]), ..Step::default() }
    }
}

/// A table that is wrong, which tests find.
#[derive(Debug)]
struct BadTable(String);

impl BadTable {
    fn finding(self) -> Finding {
        Finding::new("the rule's own table", "can be understood", self.0)
    }
}

type Findings = Result<Vec<Finding>, BadTable>;

/// A table with the stack's names filled in.
fn table<T: DeserializeOwned>(text: &str, names: &Names) -> Result<T, BadTable> {
    let raw: toml::Table = toml::from_str(text).map_err(|error| BadTable(error.to_string()))?;
    filled(&Value::from(toml::Value::Table(raw)), names)
}

/// A part of a table with names filled in.
fn filled<T: DeserializeOwned>(raw: &Value, names: &Names) -> Result<T, BadTable> {
    let filled = names.fill(raw).map_err(|error| BadTable(error.to_string()))?;
    serde_json::from_value(filled.to_json()).map_err(|error| BadTable(error.to_string()))
}

/// Whether a variable of the plan is something: what is only there when a variable is set is asked for only then.
fn is_given(stack: &Stack, variable: &str) -> bool {
    let variables = stack.of(crate::stack::OF_PLAN).map(|plan| plan.values.member("variables"));
    variables.into_iter().any(|all| !all.member(variable).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Stack {
        Stack {
            source: crate::stack::Source::Plan,
            names: Names::of_stack("123456789012", "us-east-1", "dev", ""),
            resources: Vec::new(),
            made_at: None,
        }
    }

    #[test]
    fn the_tables_can_be_read() {
        let stack = nothing();
        for check in [
            Check::RoleActions,
            Check::Alarms,
            Check::LifecyclesRaw,
            Check::LifecyclesProcessed,
            Check::LifecyclesTrail,
            Check::Routes,
            Check::Trust,
        ] {
            let findings = check.run(&stack).findings;
            assert!(!findings.is_empty(), "{check:?} passes where there is nothing");
            let own: Vec<_> = findings.iter().filter(|one| one.what.contains("own table")).collect();
            assert!(own.is_empty(), "{check:?}: {own:?}");
        }
    }

    #[test]
    fn nothing_passes_where_there_is_nothing() {
        let stack = nothing();
        for check in [
            Check::Integrations,
            Check::RequestValidation,
            Check::Authorization,
            Check::UsagePlans,
            Check::Wildcards,
            Check::TlsOnly,
            Check::NoSecrets,
        ] {
            assert!(!check.run(&stack).findings.is_empty(), "{check:?}");
        }
    }
}

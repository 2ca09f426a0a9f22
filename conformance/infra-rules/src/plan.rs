//! Reads what `terraform show -json` says of a plan: what is planned, or what Terraform read back of a deployment, through AWS's
//! own APIs, before it planned. Whatever the text is, the answer is a stack or an error that says what to
//! do; the text never brings this down.

mod links;
mod live;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::names::Names;
use crate::stack::{OF_PLAN, Resource, Source, Stack};
use crate::value::Value;

/// Larger than any plan of one stack.
const BYTES_MAX: u64 = 256 << 20;

/// Why there is no plan to judge.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read the plan {}: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It is too large to be one.
    #[error("the plan has {bytes} bytes; more than {BYTES_MAX} are not read. Is it the JSON of one plan?")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// It is not JSON.
    #[error(
        "the plan is not JSON ({0})\nNext: `terraform show -json PLAN > plan.json`; the binary plan itself cannot be read here."
    )]
    NotJson(String),
    /// It is JSON of something else.
    #[error(
        "this is no plan: {0}\nNext: `terraform plan -out PLAN`, then `terraform show -json PLAN > plan.json`."
    )]
    NotAPlan(String),
    /// Another format.
    #[error("the plan's format_version is {0}; 1.x is known here")]
    Version(String),
    /// Terraform did not finish it.
    #[error("the plan is not complete: {0}")]
    Incomplete(String),
    /// Nothing is in it.
    #[error(
        "the plan has no resources, so there is nothing to judge\nNext: plan the stack in infra/terraform."
    )]
    Empty,
    /// Nothing was read back.
    #[error(
        "the plan read nothing back, so nothing is deployed by this state\nNext: run `terraform plan -refresh-only -out PLAN` where \
         the stack was applied, then `terraform show -json PLAN > now.json`."
    )]
    NothingDeployed,
    /// It may be of a state that nobody looked at again.
    #[error(
        "this plan was not made with -refresh-only, so nothing in it says that Terraform read back what is deployed\nNext: \
         `terraform plan -refresh-only -out PLAN`, then `terraform show -json PLAN > now.json`; or give --live the folder of the stack."
    )]
    NotReadBack,
    /// It is a plan of something else.
    #[error("this is a plan of another stack: {0}\nNext: plan the stack in infra/terraform.")]
    OtherStack(String),
}

/// The parts of a plan that are read.
#[derive(Debug, Deserialize)]
struct Plan {
    terraform_version: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    resource_changes: Option<Vec<Change>>,
    #[serde(default)]
    configuration: Json,
    #[serde(default)]
    prior_state: Json,
    #[serde(default)]
    errored: bool,
    complete: Option<bool>,
    timestamp: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    #[serde(default)]
    value: Json,
}

#[derive(Debug, Clone, Deserialize)]
struct Change {
    address: String,
    #[serde(default)]
    module_address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    index: Json,
    change: Planned,
}

#[derive(Debug, Clone, Deserialize)]
struct Planned {
    actions: Vec<String>,
    #[serde(default)]
    after: Json,
    #[serde(default)]
    after_unknown: Json,
}

/// Reads a file: the resources as planned, or as they were read back.
///
/// # Errors
/// There is no plan of this stack in it.
pub fn read(path: &Path, source: Source) -> Result<Stack, PlanError> {
    let unreadable =
        |error: std::io::Error| PlanError::Unreadable { path: path.to_owned(), why: error.to_string() };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > BYTES_MAX {
        return Err(PlanError::TooLarge { bytes });
    }
    parse(&std::fs::read(path).map_err(unreadable)?, source)
}

/// Reads a text.
///
/// # Errors
/// There is no plan of this stack in it.
pub fn parse(text: &[u8], source: Source) -> Result<Stack, PlanError> {
    let json: Json = serde_json::from_slice(text).map_err(|error| PlanError::NotJson(error.to_string()))?;
    check_kind(&json)?;
    let plan: Plan = serde_json::from_value(json).map_err(|error| PlanError::NotAPlan(error.to_string()))?;
    if plan.errored {
        return Err(PlanError::Incomplete("Terraform met errors while it made it".to_owned()));
    }
    if plan.complete == Some(false) {
        // Only plans of a part (-target) say so besides.
        return Err(PlanError::Incomplete(
            "it is a plan of a part of the stack, or some of it was deferred".to_owned(),
        ));
    }
    let found = match source {
        // A record is written in the shape of a plan.
        Source::Plan | Source::Pulumi => plan.resource_changes.clone().unwrap_or_default(),
        Source::Live => live::resources(&plan.prior_state),
    };
    let found: Vec<&Change> = found.iter().filter(|change| change.stays()).collect();
    if found.is_empty() {
        return Err(if source == Source::Live { PlanError::NothingDeployed } else { PlanError::Empty });
    }
    // A plan with -refresh-only plans nothing, and Terraform makes none with -refresh=false. Any other may hold the state as it was.
    if source == Source::Live && plan.resource_changes.as_ref().is_some_and(|changes| !changes.is_empty()) {
        return Err(PlanError::NotReadBack);
    }
    let names = names(&plan)?;
    let links = links::Links::new(&plan.configuration, &found);
    let mut resources: Vec<Resource> = found.iter().map(|change| resource(change, &links)).collect();
    if source == Source::Live {
        // What is deployed is joined by the ids that it has, not by what the configuration says of it.
        resources.iter_mut().for_each(|resource| resource.links.clear());
    }
    resources.push(about(&plan));
    Ok(Stack { source, names, resources, made_at: plan.timestamp })
}

/// Says what the JSON is, if it is no plan.
fn check_kind(json: &Json) -> Result<(), PlanError> {
    let no_plan = |what: &str| Err(PlanError::NotAPlan(what.to_owned()));
    let Json::Object(members) = json else { return no_plan("it is no JSON object") };
    let has = |name: &str| members.contains_key(name);
    if has("lineage") || has("serial") {
        return no_plan("it is a state file");
    }
    if has("@level") {
        return no_plan("it is the log of `terraform plan -json`");
    }
    if !has("resource_changes") && has("values") {
        return no_plan("it is what `terraform show -json` says of a state");
    }
    match members.get("format_version") {
        None => no_plan("it has no format_version"),
        Some(Json::String(version)) if version == "1" || version.starts_with("1.") => {
            if has("planned_values") || has("resource_changes") {
                Ok(())
            } else {
                no_plan("it has no planned_values")
            }
        }
        Some(Json::String(version)) => Err(PlanError::Version(version.clone())),
        Some(other) => Err(PlanError::Version(other.to_string())),
    }
}

impl Change {
    /// Whether it is a resource that is there once the plan is applied.
    fn stays(&self) -> bool {
        let gone = |action: &String| action == "delete" || action == "forget";
        self.mode == "managed" && !self.change.actions.iter().all(gone)
    }
}

/// What the stack's names are made of: its variables.
fn names(plan: &Plan) -> Result<Names, PlanError> {
    let variable =
        |name: &str| plan.variables.get(name).and_then(|one| one.value.as_str()).unwrap_or_default();
    let missing = |what: &str| Err(PlanError::OtherStack(what.to_owned()));
    let environment = variable("environment");
    if environment.is_empty() {
        return missing("it has no variable `environment`");
    }
    let asked = caller(&plan.prior_state);
    let account = Some(variable("account_id")).filter(|id| !id.is_empty()).or(asked).unwrap_or_default();
    if account.is_empty() {
        return missing(
            "neither the variable `account_id` nor a caller's identity says which account it is for",
        );
    }
    let region = Some(variable("aws_region")).filter(|region| !region.is_empty());
    let Some(region) = region else { return missing("it has no variable `aws_region`") };
    let suffix = match variable("name_suffix") {
        "" => String::new(),
        suffix => format!("-{suffix}"),
    };
    Ok(Names::of_stack(account, region, environment, &suffix))
}

/// The account that the data source found.
fn caller(prior_state: &Json) -> Option<&str> {
    let resources = prior_state.pointer("/values/root_module/resources")?.as_array()?;
    let identity = resources.iter().find(|one| one["type"] == "aws_caller_identity")?;
    identity.pointer("/values/account_id")?.as_str()
}

fn resource(change: &Change, links: &links::Links<'_>) -> Resource {
    let (given, links) = links.of(change);
    Resource {
        address: change.address.clone(),
        kind: change.kind.clone(),
        values: Value::merged(&change.change.after, &change.change.after_unknown),
        links,
        given,
    }
}

/// What the plan says beside its resources, as a resource: rules then need no other words for it.
fn about(plan: &Plan) -> Resource {
    let variables = plan.variables.iter().map(|(name, one)| (name.clone(), Value::from(one.value.clone())));
    let text = |json: &Json| json.as_str().map_or(Value::Null, Value::from);
    let providers = plan.configuration["provider_config"].as_object();
    let providers = providers.into_iter().flatten().map(|(name, one)| {
        let version = one["version_constraint"].as_str();
        // A constraint in the root stands in the plan under the provider's name; a module's under its own.
        (name.clone(), version.map_or(Value::Null, Value::from))
    });
    let calls = plan.configuration["root_module"]["module_calls"].as_object();
    let mut modules: Vec<Value> =
        calls.into_iter().flatten().map(|(_, call)| text(&call["source"])).collect();
    modules.sort_by_key(ToString::to_string);
    modules.dedup();
    let values = BTreeMap::from([
        ("terraform_version".to_owned(), plan.terraform_version.as_deref().map_or(Value::Null, Value::from)),
        ("variables".to_owned(), Value::Map(variables.collect())),
        ("providers".to_owned(), Value::Map(providers.collect())),
        ("modules".to_owned(), Value::List(modules)),
    ]);
    Resource {
        address: "the plan".to_owned(),
        kind: OF_PLAN.to_owned(),
        values: Value::Map(values),
        ..Resource::default()
    }
}

#[cfg(test)]
mod tests;

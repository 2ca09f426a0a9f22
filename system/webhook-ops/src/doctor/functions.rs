//! The functions: are they there, and set up as specified?

use std::collections::BTreeMap;

use webhook_aws::ops::inspect::{FunctionFacts, RetryFacts};
use webhook_core::masking::mask;
use webhook_core::ports::PortError;
use webhook_core::provider::Provider;

use super::check::Findings;
use crate::target::{Deployment, Kind};

/// What a function does, as far as its settings depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Validator(Provider),
    Processor,
    Query,
    Other,
}

/// A function as specified.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// At least so much memory, MiB; 0: whatever it has.
    memory_mb: i32,
    /// Exactly this time-out, seconds; 0: whatever it has.
    timeout_s: i32,
    /// Not part of a stand-in.
    pub(super) aws_only: bool,
}

const fn specified(name: &'static str, role: Role, memory_mb: i32, timeout_s: i32) -> Expected {
    Expected { name, role, memory_mb, timeout_s, aws_only: false }
}

/// Every function.
pub(super) const EXPECTED: [Expected; 7] = [
    specified("stripe-webhook-validator", Role::Validator(Provider::Stripe), 512, 10),
    specified("paypal-webhook-validator", Role::Validator(Provider::Paypal), 512, 10),
    specified("square-webhook-validator", Role::Validator(Provider::Square), 512, 10),
    specified("webhook-processor", Role::Processor, 1024, 30),
    specified("transaction-query", Role::Query, 256, 5),
    Expected { aws_only: true, ..specified("usage-key-authorizer", Role::Other, 0, 0) },
    Expected { aws_only: true, ..specified("transaction-log-compactor", Role::Other, 0, 0) },
];

const APPLY: &str = "apply the infrastructure again (terraform apply), which sets it";
/// Variables that replace a provider's or AWS's own servers.
const OVERRIDES: [&str; 7] = [
    "PAYPAL_ENDPOINT",
    "PAYPAL_TRUST_ROOT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_LAMBDA",
];
/// Switches PayPal's form-encoded notifications on.
const RECEIVERS: &str = "PAYPAL_RECEIVERS";
/// What a target tells in the place of a value that it keeps to itself.
const HIDDEN: &str = "***";

/// Judges a function by its configuration.
pub(super) fn judge(
    deployment: &Deployment,
    expected: &Expected,
    facts: &Result<FunctionFacts, PortError>,
    findings: &mut Findings,
) {
    let name = deployment.function(expected.name);
    let what = |aspect: &str| format!("function {name}: {aspect}");
    let Some(facts) =
        findings.read(&what("configuration"), facts, "deploy it (terraform apply); check --name-suffix")
    else {
        return;
    };
    if !facts.state.is_empty() {
        let fix = "see its last update in the console: `aws lambda get-function` says why it is not active";
        findings.judge(facts.state == "Active", what("state"), &facts.state, fix);
    }
    if deployment.kind == Kind::Aws {
        let told = facts.architectures.join(", ");
        findings.judge(facts.architectures == ["arm64"], what("architecture"), told, "deploy it for arm64");
    }
    if expected.memory_mb > 0 {
        let fix = format!("set {} MB or more; {APPLY}", expected.memory_mb);
        findings.judge(
            facts.memory_mb >= expected.memory_mb,
            what("memory"),
            format!("{} MB", facts.memory_mb),
            fix,
        );
    }
    if expected.timeout_s > 0 {
        let fix = format!("set {} s; {APPLY}", expected.timeout_s);
        findings.judge(
            facts.timeout_s == expected.timeout_s,
            what("time-out"),
            format!("{} s", facts.timeout_s),
            fix,
        );
    }
    let fix = format!("set the handler to {}: the bootstrap goes by it", expected.name);
    findings.judge(is_handler(&facts.handler, expected.name), what("handler"), &facts.handler, fix);
    if deployment.traced {
        let fix = format!("switch active tracing on; {APPLY}");
        findings.judge(facts.tracing == "Active", what("tracing"), &facts.tracing, fix);
    }
    judge_variables(deployment, expected.role, facts, &what("environment"), findings);
    if expected.role == Role::Processor {
        judge_dead_letters(deployment, facts, &what("dead-letter queue"), findings);
    }
}

/// The bootstrap takes the function's name, also with a deployment's suffix.
fn is_handler(handler: &str, name: &str) -> bool {
    handler
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('-') && rest.len() > 1))
}

/// What a variable has to say.
enum Wanted {
    /// Exactly this.
    Text(String),
    /// The resource of this name: its name, or an ARN of it.
    Resource(String),
}

fn wanted(deployment: &Deployment, role: Role) -> Vec<(&'static str, Wanted)> {
    let resource = |name: &str| Wanted::Resource(name.to_owned());
    match role {
        Role::Validator(provider) => vec![
            ("PROVIDER_NAME", Wanted::Text(provider.as_str().to_owned())),
            ("PROVIDER_SECRET_ARN", Wanted::Resource(deployment.secret(provider))),
            ("DYNAMODB_TABLE", resource(&deployment.table)),
            ("S3_BUCKET", resource(&deployment.raw_bucket)),
            ("PROCESSOR_FUNCTION_ARN", Wanted::Resource(deployment.processor())),
        ],
        Role::Processor => vec![
            ("DYNAMODB_TABLE", resource(&deployment.table)),
            ("S3_PROCESSED_BUCKET", resource(&deployment.processed_bucket)),
        ],
        Role::Query => vec![("DYNAMODB_TABLE", resource(&deployment.table))],
        Role::Other => Vec::new(),
    }
}

fn judge_variables(
    deployment: &Deployment,
    role: Role,
    facts: &FunctionFacts,
    what: &str,
    findings: &mut Findings,
) {
    let mut wanted = wanted(deployment, role);
    if role == Role::Validator(Provider::Paypal)
        && (deployment.transmissions_table != "webhook-transmissions"
            || facts.variables.contains_key("TRANSMISSIONS_TABLE"))
    {
        wanted.push(("TRANSMISSIONS_TABLE", Wanted::Resource(deployment.transmissions_table.clone())));
    }
    let (mut right, mut hidden) = (true, Vec::new());
    for (variable, wanted) in &wanted {
        let (Wanted::Text(expected) | Wanted::Resource(expected)) = wanted;
        let fix = format!("set {variable} to {expected}; {APPLY}");
        match facts.variables.get(*variable).map(String::as_str) {
            None | Some("") => findings.wrong(what, format!("{variable} is not set"), fix),
            Some(HIDDEN) => {
                hidden.push(*variable);
                continue;
            }
            Some(value) if fits(value, wanted) => continue,
            // Another deployment's name, or a typing error: worth showing, once it is sure to be no secret.
            Some(value) => {
                let shown = crate::text::shown(value, 120);
                findings.wrong(what, format!("{variable} is {shown}, which is not {expected}"), fix);
            }
        }
        right = false;
    }
    if !hidden.is_empty() {
        findings.unclear(what, format!("the target does not tell the values of {}", hidden.join(", ")));
    } else if right && !wanted.is_empty() {
        findings.ok(what, "every variable names this deployment's resources");
    }
    judge_unwanted(facts, what, findings);
}

fn fits(value: &str, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Text(text) => value == text,
        Wanted::Resource(name) if !value.starts_with("arn:") => value == name,
        Wanted::Resource(name) => {
            let resource = value.rsplit(':').next().unwrap_or_default();
            // `table/NAME`, and a secret's six random characters.
            let resource = resource.strip_prefix("table/").unwrap_or(resource);
            let is_suffix = |rest: &str| rest.is_empty() || (rest.len() == 7 && rest.starts_with('-'));
            resource.strip_prefix(name.as_str()).is_some_and(is_suffix)
        }
    }
}

/// What must not be there: test overrides in production, and secrets anywhere.
fn judge_unwanted(facts: &FunctionFacts, what: &str, findings: &mut Findings) {
    let environment = facts.variables.get("ENVIRONMENT").map_or("", String::as_str);
    if ["prod", "production"].iter().any(|name| environment.eq_ignore_ascii_case(name)) {
        for name in OVERRIDES.iter().filter(|name| facts.variables.contains_key(**name)) {
            findings.wrong(
                what,
                format!("{name} is set in production"),
                format!("remove {name}: it is for tests"),
            );
        }
    }
    for (name, value) in &facts.variables {
        if mask(value).contains("[secret]") {
            let fix = format!(
                "move it to Secrets Manager, remove {name}, and rotate it: variables can be read by many"
            );
            findings.wrong(what, format!("{name} looks like a secret"), fix);
        }
    }
}

fn judge_dead_letters(deployment: &Deployment, facts: &FunctionFacts, what: &str, findings: &mut Findings) {
    let queue = deployment.dlq_url.rsplit('/').next().unwrap_or_default();
    let fix =
        format!("set it to the queue {queue}; until then, events that fail three times are LOST; {APPLY}");
    match &facts.dead_letter_arn {
        None => findings.wrong(what, "there is none", fix),
        Some(arn) => {
            let right = arn.rsplit(':').next() == Some(queue);
            findings.judge(right, what, crate::text::shown(arn, 200), fix);
        }
    }
}

/// Judges whether validator and processor agree about PayPal's form-encoded notifications: what one takes in, the other must confirm.
pub(super) fn judge_notifications(all: &[(Role, Result<FunctionFacts, PortError>)], findings: &mut Findings) {
    let what = "PayPal's form-encoded notifications";
    let variables = |role: Role| {
        let facts = all.iter().find(|(one, _)| *one == role).map(|(_, facts)| facts);
        facts.and_then(|facts| facts.as_ref().ok()).map(|facts| &facts.variables)
    };
    let paypal = Role::Validator(Provider::Paypal);
    // A function that cannot be looked at has been told already.
    let (Some(validator), Some(processor)) = (variables(paypal), variables(Role::Processor)) else { return };
    let value = |variables: &BTreeMap<String, String>, name: &str| {
        variables.get(name).filter(|value| !value.is_empty()).cloned()
    };
    match (value(validator, RECEIVERS), value(processor, RECEIVERS)) {
        (None, None) => findings.ok(what, "off: no receiver is configured"),
        (Some(taken), Some(confirmed)) if taken == confirmed && value(processor, "S3_BUCKET").is_some() => {
            findings.ok(what, "on, with the same receivers in validator and processor");
        }
        (Some(_), Some(_)) => {
            let fix = format!(
                "give the processor the validator's {RECEIVERS}, and the raw bucket as S3_BUCKET; {APPLY}"
            );
            findings.wrong(what, "validator and processor are set up differently", fix);
        }
        (Some(_), None) => {
            let fix = format!(
                "set {RECEIVERS} and S3_BUCKET for the processor; {APPLY}; then redrive what is dead"
            );
            findings.wrong(what, "the validator takes them in, and the processor cannot confirm them", fix);
        }
        (None, Some(_)) => {
            let fix = format!("set {RECEIVERS} for the validator, or remove it from the processor; {APPLY}");
            findings.wrong(what, "the processor would confirm them, but the validator refuses them", fix);
        }
    }
}

/// Judges the processor's reserved concurrency.
pub(super) fn judge_concurrency(name: &str, fact: &Result<Option<i32>, PortError>, findings: &mut Findings) {
    let what = format!("function {name}: reserved concurrency");
    let Some(reserved) = findings.read(&what, fact, "deploy the function") else { return };
    let fix = format!("reserve 100; {APPLY}");
    match reserved {
        None => findings.wrong(what, "none: other functions of the account can starve it", fix),
        Some(0) => findings.wrong(what, "0: the function is switched off, and events wait for it", fix),
        Some(number) => findings.judge(*number >= 100, what, number, fix),
    }
}

/// Judges how the processor's events are tried again.
pub(super) fn judge_retries(name: &str, fact: &Result<RetryFacts, PortError>, findings: &mut Findings) {
    let what = format!("function {name}: asynchronous retries");
    let Some(facts) = findings.read(&what, fact, "deploy the function") else { return };
    let right = *facts == RetryFacts { retries: 2, event_age_s: 21_600 };
    let found = format!("{} retries, events live {} s", facts.retries, facts.event_age_s);
    findings.judge(right, what, found, format!("set 2 retries and 21600 s; {APPLY}"));
}

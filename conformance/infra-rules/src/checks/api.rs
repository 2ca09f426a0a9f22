//! The API as a whole: methods are joined with their paths, integrations, models, authorizers and plans. `tables/routes.toml` has
//! what there must be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{BadTable, Findings, table};
use crate::judge::Finding;
use crate::stack::{OF_PLAN, Resource, Stack};
use crate::value::Value;

const ROUTES: &str = include_str!("../../tables/routes.toml");
/// Parts of a path that are followed; no API of ours is deeper.
const DEPTH_MAX: usize = 12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Routes {
    route: Vec<Route>,
    role: String,
    authorizer: String,
    invocation: String,
    stages: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Route {
    method: String,
    path: String,
    function: String,
    /// Whose webhooks it takes.
    provider: Option<String>,
    /// Content types that its model stands for.
    #[serde(default)]
    content_types: BTreeSet<String>,
}

fn expected(stack: &Stack) -> Result<Routes, BadTable> {
    table(ROUTES, &stack.names)
}

/// The path of a resource of the API, from the root.
fn path_of(resource: &Resource, stack: &Stack) -> Option<String> {
    if let Some(path) = resource.values.member("path").text() {
        return Some(path.to_owned());
    }
    let (mut parts, mut one) = (Vec::new(), resource);
    for _ in 0..DEPTH_MAX {
        parts.push(one.values.member("path_part").text()?);
        match stack.one_linked(one, "parent_id", "aws_api_gateway_resource") {
            Some(parent) => one = parent,
            None => {
                // At the root the parent is the API itself, and not just something that could not be told.
                stack.one_linked(one, "parent_id", "aws_api_gateway_rest_api")?;
                parts.reverse();
                return Some(format!("/{}", parts.join("/")));
            }
        }
    }
    None
}

/// `POST /api/v1/webhooks/stripe`, of a method or an integration.
fn route_of(one: &Resource, stack: &Stack) -> Result<(String, String), Finding> {
    let what = |attribute: &str| format!("{}: {attribute}", one.address);
    let method = one.values.member("http_method");
    let Some(method) = method.text() else {
        return Err(Finding::new(what("http_method"), "a method", method.to_string()));
    };
    let resource = stack.one_linked(one, "resource_id", "aws_api_gateway_resource");
    match resource.and_then(|resource| path_of(resource, stack)) {
        Some(path) => Ok((method.to_owned(), path)),
        None => Err(Finding::new(
            what("resource_id"),
            "a path that can be told",
            "the plan does not say which it is",
        )),
    }
}

/// Methods by route; those that cannot be told become findings.
fn by_route<'a>(
    kind: &'a str,
    stack: &'a Stack,
    findings: &mut Vec<Finding>,
) -> BTreeMap<(String, String), &'a Resource> {
    let mut all = BTreeMap::new();
    for one in stack.of(kind) {
        match route_of(one, stack) {
            Ok(route) => {
                if let Some(other) = all.insert(route.clone(), one) {
                    let what = format!("{} {}", route.0, route.1);
                    let seen = format!("{} and {}", other.address, one.address);
                    findings.push(Finding::new(what, "one of it", seen));
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    all
}

/// Exactly the methods of the table.
pub(super) fn routes(stack: &Stack) -> Findings {
    let table = expected(stack)?;
    let mut findings = Vec::new();
    let seen = by_route("aws_api_gateway_method", stack, &mut findings);
    let wanted: BTreeSet<(String, String)> =
        table.route.iter().map(|route| (route.method.clone(), route.path.clone())).collect();
    for (method, path) in wanted.iter().filter(|route| !seen.contains_key(*route)) {
        findings.push(Finding::new(format!("{method} {path}"), "is there", "there is none"));
    }
    for ((method, path), one) in seen.iter().filter(|(route, _)| !wanted.contains(*route)) {
        findings.push(Finding::new(format!("{method} {path}"), "no such method", one.address.clone()));
    }
    Ok(findings)
}

/// The method and integration of each route of the table; what is missing is a finding.
fn of_route<'a>(
    route: &Route,
    all: &BTreeMap<(String, String), &'a Resource>,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Option<&'a Resource> {
    let found = all.get(&(route.method.clone(), route.path.clone())).copied();
    if found.is_none() {
        findings.push(Finding::new(
            format!("{what} of {} {}", route.method, route.path),
            "is there",
            "there is none",
        ));
    }
    found
}

fn compare(one: &Resource, attribute: &str, expected: Value, findings: &mut Vec<Finding>) {
    let observed = one.values.member(attribute);
    if *observed != expected {
        let what = format!("{}: {attribute}", one.address);
        findings.push(Finding::new(what, expected.to_string(), observed.to_string()));
    }
}

/// Each route hands on to its function by proxy, as the API's role.
pub(super) fn integrations(stack: &Stack) -> Findings {
    let table = expected(stack)?;
    let mut findings = Vec::new();
    let all = by_route("aws_api_gateway_integration", stack, &mut findings);
    for route in &table.route {
        let Some(one) = of_route(route, &all, "integration", &mut findings) else { continue };
        let uri = table.invocation.replace("FUNCTION", &route.function);
        for (attribute, expected) in [
            ("type", "AWS_PROXY"),
            ("integration_http_method", "POST"),
            ("uri", &uri),
            ("credentials", &table.role),
        ] {
            compare(one, attribute, expected.into(), &mut findings);
        }
    }
    Ok(findings)
}

/// Each webhook's body is held against the model of its provider.
pub(super) fn request_validation(stack: &Stack) -> Findings {
    let table = expected(stack)?;
    let mut findings = Vec::new();
    let all = by_route("aws_api_gateway_method", stack, &mut findings);
    for route in &table.route {
        let Some(provider) = &route.provider else { continue };
        let Some(method) = of_route(route, &all, "method", &mut findings) else { continue };
        match stack.one_linked(method, "request_validator_id", "aws_api_gateway_request_validator") {
            Some(validator) => compare(validator, "validate_request_body", Value::Bool(true), &mut findings),
            None => findings.push(Finding::new(
                format!("{}: request_validator_id", method.address),
                "a validator",
                method.values.member("request_validator_id").to_string(),
            )),
        }
        let models = method.values.member("request_models");
        let seen: BTreeSet<String> = match models {
            Value::Map(models) => models.keys().cloned().collect(),
            _ => BTreeSet::new(),
        };
        if seen != route.content_types {
            let expected = route.content_types.iter().cloned().collect::<Vec<_>>().join(", ");
            findings.push(Finding::new(
                format!("{}: request_models", method.address),
                expected,
                models.to_string(),
            ));
        }
        let Value::Map(models) = models else { continue };
        for name in models.values() {
            findings.extend(model(name, provider, method, stack));
        }
    }
    Ok(findings)
}

/// A model must be draft-04, open, and of this provider.
fn model(name: &Value, provider: &str, method: &Resource, stack: &Stack) -> Vec<Finding> {
    let found = stack.of("aws_api_gateway_model").find(|model| model.values.member("name") == name);
    let Some(model) = found else {
        return vec![Finding::new(
            format!("{}: request_models", method.address),
            "a model of this API",
            name.to_string(),
        )];
    };
    let what = format!("{}: schema", model.address);
    let text = model.values.member("schema");
    let schema = text.text().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let Some(schema) = schema else { return vec![Finding::new(what, "a JSON schema", text.to_string())] };
    let mut findings = Vec::new();
    if schema["$schema"] != "http://json-schema.org/draft-04/schema#" {
        findings.push(Finding::new(what.clone(), "draft-04", schema["$schema"].to_string()));
    }
    let title = schema["title"].as_str().unwrap_or_default().to_lowercase();
    let of_provider = name.text().unwrap_or_default().to_lowercase().contains(provider);
    if !title.contains(provider) || !of_provider {
        findings.push(Finding::new(
            what.clone(),
            format!("the schema of {provider}"),
            format!("{name}, “{title}”"),
        ));
    }
    if schema["required"].as_array().is_none_or(Vec::is_empty) && !schema.to_string().contains("\"required\"")
    {
        findings.push(Finding::new(what, "something is required", "nothing is"));
    }
    findings
}

/// Webhooks are told apart by an authorizer a provider; queries are signed.
pub(super) fn authorization(stack: &Stack) -> Findings {
    let table = expected(stack)?;
    let mut findings = Vec::new();
    let all = by_route("aws_api_gateway_method", stack, &mut findings);
    let mut used = BTreeSet::new();
    for route in &table.route {
        let Some(method) = of_route(route, &all, "method", &mut findings) else { continue };
        compare(method, "api_key_required", Value::Bool(route.provider.is_some()), &mut findings);
        let Some(provider) = &route.provider else {
            compare(method, "authorization", "AWS_IAM".into(), &mut findings);
            continue;
        };
        compare(method, "authorization", "CUSTOM".into(), &mut findings);
        let Some(authorizer) = stack.one_linked(method, "authorizer_id", "aws_api_gateway_authorizer") else {
            let seen = method.values.member("authorizer_id").to_string();
            findings.push(Finding::new(format!("{}: authorizer_id", method.address), "an authorizer", seen));
            continue;
        };
        if !used.insert(&authorizer.address) {
            let what = format!("{}: authorizer_id", method.address);
            findings.push(Finding::new(
                what,
                format!("an authorizer of {provider} alone"),
                authorizer.address.clone(),
            ));
        }
        let uri = table.invocation.replace("FUNCTION", &table.authorizer);
        for (attribute, expected) in [
            ("type", "REQUEST"),
            ("identity_source", "stageVariables.env"),
            ("authorizer_uri", &uri),
            ("authorizer_credentials", &table.role),
        ] {
            compare(authorizer, attribute, expected.into(), &mut findings);
        }
        compare(authorizer, "authorizer_result_ttl_in_seconds", Value::Number(3600.0), &mut findings);
    }
    Ok(findings)
}

/// One plan and one enabled key a provider, joined, on every stage; a provider is disabled by its key alone.
pub(super) fn usage_plans(stack: &Stack) -> Findings {
    let table = expected(stack)?;
    let mut findings = Vec::new();
    let providers: Vec<&String> = table.route.iter().filter_map(|route| route.provider.as_ref()).collect();
    let counts = [
        ("aws_api_gateway_usage_plan", "plans"),
        ("aws_api_gateway_api_key", "keys"),
        ("aws_api_gateway_usage_plan_key", "plans with a key"),
    ];
    for (kind, what) in counts {
        let seen = stack.of(kind).count();
        if seen != providers.len() {
            findings.push(Finding::new(what, providers.len().to_string(), seen.to_string()));
        }
    }
    let stages = stages(stack).unwrap_or(table.stages);
    for provider in providers {
        let ends = |one: &&Resource| {
            one.values.member("name").text().is_some_and(|name| name.ends_with(&format!("-{provider}")))
        };
        let plan = stack.of("aws_api_gateway_usage_plan").find(ends);
        let key = stack.of("aws_api_gateway_api_key").find(ends);
        let (Some(plan), Some(key)) = (plan, key) else {
            findings.push(Finding::new(format!("plan and key of {provider}"), "both", "not both are there"));
            continue;
        };
        let joins = |one: &&Resource| {
            let to = |attribute, kind| stack.one_linked(one, attribute, kind).map(|one| one.address.as_str());
            to("usage_plan_id", "aws_api_gateway_usage_plan") == Some(plan.address.as_str())
                && to("key_id", "aws_api_gateway_api_key") == Some(key.address.as_str())
        };
        if !stack.of("aws_api_gateway_usage_plan_key").any(|one| joins(&one)) {
            findings.push(Finding::new(
                format!("key of {provider}"),
                "joined with its plan",
                "it is joined with no plan of its own",
            ));
        }
        let disabled = is_disabled(stack, provider);
        compare(key, "enabled", Value::Bool(!disabled), &mut findings);
        let on: BTreeSet<String> = plan
            .values
            .member("api_stages")
            .items()
            .iter()
            .filter_map(|stage| stage.member("stage").text().map(str::to_owned))
            .collect();
        if on != stages {
            let what = format!("{}: api_stages", plan.address);
            let words = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(", ");
            findings.push(Finding::new(what, words(&stages), words(&on)));
        }
    }
    Ok(findings)
}

/// The stages that a plan's variable names.
fn stages(stack: &Stack) -> Option<BTreeSet<String>> {
    let stages = variable(stack, "stages")?.items();
    Some(stages.iter().filter_map(Value::text).map(str::to_owned).collect())
}

fn is_disabled(stack: &Stack, provider: &str) -> bool {
    let disabled = variable(stack, "disabled_providers");
    disabled.is_some_and(|all| all.items().iter().any(|one| one.text() == Some(provider)))
}

fn variable<'a>(stack: &'a Stack, name: &str) -> Option<&'a Value> {
    let plan = stack.resources.iter().find(|one| one.kind == OF_PLAN)?;
    Some(plan.values.member("variables").member(name))
}

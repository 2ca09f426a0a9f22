//! Who may do what: `tables/roles.toml` has every role with exactly what it may do, and why where that is more than the
//! specification's list.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::policy::{one_or_many, statements};
use super::{BadTable, Findings, is_given, table};
use crate::judge::Finding;
use crate::stack::{Resource, Stack};
use crate::value::Value;

const ROLES: &str = include_str!("../../tables/roles.toml");

/// Types with a document of what is allowed, and the attribute that it is in. Documents of principals and of resources.
const DOCUMENTS: [(&str, &str); 11] = [
    ("aws_iam_role_policy", "policy"),
    ("aws_iam_policy", "policy"),
    ("aws_iam_user_policy", "policy"),
    ("aws_iam_group_policy", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_sqs_queue_policy", "policy"),
    ("aws_sqs_queue", "policy"),
    ("aws_sns_topic_policy", "policy"),
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_cloudwatch_log_resource_policy", "policy_document"),
    ("aws_api_gateway_rest_api_policy", "policy"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    role: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Role {
    /// Its name.
    name: String,
    /// The service that takes it.
    service: Option<String>,
    /// There only when this variable is set.
    when: Option<String>,
    may: Vec<May>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct May {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    /// Only when this variable is set.
    when: Option<String>,
    /// Why, where the specification's list does not have it. For the reader of the table.
    #[serde(rename = "because")]
    _because: Option<String>,
}

fn expected(stack: &Stack) -> Result<Vec<Role>, BadTable> {
    let all: Roles = table(ROLES, &stack.names)?;
    let there = |when: &Option<String>| when.as_ref().is_none_or(|variable| is_given(stack, variable));
    let roles = all.role.into_iter().filter(|role| there(&role.when));
    Ok(roles
        .map(|role| Role { may: role.may.into_iter().filter(|may| there(&may.when)).collect(), ..role })
        .collect())
}

/// Each function has its own role, and only its service takes it.
pub(super) fn trust(stack: &Stack) -> Findings {
    let roles = expected(stack)?;
    let mut findings = Vec::new();
    for role in &roles {
        let Some(service) = &role.service else { continue };
        let found = named(stack, &role.name);
        let [one] = found[..] else {
            findings.push(Finding::new(format!("role {}", role.name), "one", format!("{}", found.len())));
            continue;
        };
        let what = format!("{}: assume_role_policy", one.address);
        let expected = format!("exactly {service} may take it");
        match statements(one.values.member("assume_role_policy")) {
            Err(error) => findings.push(Finding::new(what, expected, error)),
            Ok(all) => {
                let alone = all.iter().all(|statement| {
                    let Value::Map(principal) = statement.document.member("Principal") else { return false };
                    let services = principal.get("Service").map(one_or_many).unwrap_or_default();
                    statement.effect == "Allow"
                        && !statement.inverted
                        && principal.len() == 1
                        && services == [service.as_str()]
                        && statement.actions == ["sts:AssumeRole"]
                });
                if !alone || all.len() != 1 {
                    let seen = one.values.member("assume_role_policy").to_string();
                    findings.push(Finding::new(what, expected, seen));
                }
            }
        }
    }
    for function in stack.of("aws_lambda_function") {
        let name = function.values.member("function_name");
        let expected = name.text().map(|name| format!("{name}-role"));
        let observed = function.values.member("role");
        let own = match (&expected, observed.text()) {
            (Some(expected), Some(arn)) => arn.rsplit('/').next() == Some(expected),
            _ => false,
        };
        if !own {
            let expected = expected.unwrap_or_else(|| "a role of its own".to_owned());
            findings.push(Finding::new(
                format!("{}: role", function.address),
                expected,
                observed.to_string(),
            ));
        }
    }
    Ok(findings)
}

fn named<'a>(stack: &'a Stack, name: &str) -> Vec<&'a Resource> {
    stack.of("aws_iam_role").filter(|role| role.values.member("name").text() == Some(name)).collect()
}

/// Action and resource, each pair.
type Allowed = BTreeSet<(String, String)>;

/// What each role may do, compared with the table.
pub(super) fn role_actions(stack: &Stack) -> Findings {
    let roles = expected(stack)?;
    let mut findings = Vec::new();
    let mut allowed: BTreeMap<String, Allowed> = BTreeMap::new();
    for role in stack.of("aws_iam_role") {
        let name = role.values.member("name");
        let Some(name) = name.text() else {
            findings.push(Finding::new(format!("{}: name", role.address), "a name", name.to_string()));
            continue;
        };
        let mine = allowed.entry(name.to_owned()).or_default();
        for inline in role.values.member("inline_policy").items() {
            add(mine, &format!("{}: inline_policy", role.address), inline.member("policy"), &mut findings);
        }
    }
    for policy in stack.of("aws_iam_role_policy") {
        match role_of(policy, stack) {
            Some(name) => {
                let mine = allowed.entry(name).or_default();
                add(
                    mine,
                    &format!("{}: policy", policy.address),
                    policy.values.member("policy"),
                    &mut findings,
                );
            }
            None => {
                let seen = policy.values.member("role").to_string();
                findings.push(Finding::new(
                    format!("{}: role", policy.address),
                    "a role of this stack",
                    seen,
                ));
            }
        }
    }
    for role in &roles {
        let wanted: Allowed = role.may.iter().flat_map(|may| pairs(&may.actions, &may.resources)).collect();
        match allowed.remove(&role.name) {
            None => findings.push(Finding::new(format!("role {}", role.name), "is there", "there is none")),
            Some(seen) => {
                let lines = |one: &Allowed, other: &Allowed| -> Vec<String> {
                    one.difference(other)
                        .map(|(action, resource)| format!("{action} on {resource}"))
                        .collect()
                };
                let (more, less) = (lines(&seen, &wanted), lines(&wanted, &seen));
                if !more.is_empty() {
                    findings.push(Finding::new(
                        format!("role {}", role.name),
                        "nothing else",
                        format!("also {}", more.join(", ")),
                    ));
                }
                if !less.is_empty() {
                    findings.push(Finding::new(
                        format!("role {}", role.name),
                        less.join(", "),
                        "not allowed",
                    ));
                }
            }
        }
    }
    let unknown = allowed
        .keys()
        .map(|name| Finding::new(format!("role {name}"), "one of the list's", "it is in no list"));
    findings.extend(unknown);
    Ok(findings)
}

fn role_of(policy: &Resource, stack: &Stack) -> Option<String> {
    if let Some(name) = policy.values.member("role").text() {
        return Some(name.to_owned());
    }
    let role = stack.one_linked(policy, "role", "aws_iam_role")?;
    role.values.member("name").text().map(str::to_owned)
}

fn pairs<'a>(
    actions: impl IntoIterator<Item = &'a String>,
    resources: &'a BTreeSet<String>,
) -> impl Iterator<Item = (String, String)> {
    actions.into_iter().flat_map(move |action| resources.iter().map(|one| (action.clone(), one.clone())))
}

fn add(mine: &mut Allowed, what: &str, document: &Value, findings: &mut Vec<Finding>) {
    match statements(document) {
        Err(error) => findings.push(Finding::new(what, "a policy document", error)),
        Ok(all) => {
            for statement in all.iter().filter(|statement| statement.effect != "Deny") {
                if statement.inverted || statement.effect != "Allow" {
                    let seen = statement.document.to_string();
                    findings.push(Finding::new(what, "allows by Action and Resource", seen));
                }
                mine.extend(pairs(&statement.actions, &statement.resources.iter().cloned().collect()));
            }
        }
    }
}

/// No `*` in an allowed action, and none as a principal's whole resource but for X-Ray, which has no resources.
pub(super) fn wildcards(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    let mut documents = 0_usize;
    let mut look = |what: String, document: &Value, of_principal: bool| {
        documents += 1;
        let all = match statements(document) {
            Ok(all) => all,
            Err(error) => return findings.push(Finding::new(what, "a policy document", error)),
        };
        for statement in all.iter().filter(|statement| statement.effect != "Deny") {
            let wild: Vec<&String> =
                statement.actions.iter().filter(|action| action.contains(['*', '?'])).collect();
            if !wild.is_empty() || statement.inverted {
                findings.push(Finding::new(&what, "no wildcard action", statement.document.to_string()));
            }
            let xray =
                !statement.actions.is_empty() && statement.actions.iter().all(|one| one.starts_with("xray:"));
            if of_principal && !xray && statement.resources.iter().any(|one| one == "*") {
                findings.push(Finding::new(
                    &what,
                    "Resource \"*\" for X-Ray alone",
                    statement.document.to_string(),
                ));
            }
        }
    };
    for (kind, attribute) in DOCUMENTS {
        for resource in stack.of(kind) {
            let document = resource.values.member(attribute);
            let unset = *document == Value::Null
                || *document == Value::Unknown && !resource.given.contains(attribute);
            // A policy of the API names the API, whose id is not known in a plan; what is allowed there is not in a role.
            let of_api = kind == "aws_api_gateway_rest_api_policy" && *document == Value::Unknown;
            if !unset && !of_api {
                look(format!("{}: {attribute}", resource.address), document, kind.starts_with("aws_iam_"));
            }
        }
    }
    for role in stack.of("aws_iam_role") {
        for inline in role.values.member("inline_policy").items() {
            look(format!("{}: inline_policy", role.address), inline.member("policy"), true);
        }
    }
    if documents == 0 {
        findings.push(Finding::new("policies", "at least one", "none"));
    }
    Ok(findings)
}

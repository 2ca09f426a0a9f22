//! Buckets: what their policies refuse, and when objects are moved and deleted (`tables/lifecycles.toml`).

use std::collections::BTreeSet;

use serde::Deserialize;

use super::policy::{Statement, one_or_many, statements};
use super::{Findings, table};
use crate::judge::Finding;
use crate::stack::{Resource, Stack};
use crate::value::Value;

const LIFECYCLES: &str = include_str!("../../tables/lifecycles.toml");

/// Every bucket denies everything to requests without TLS, and to requests below 1.2.
pub(super) fn tls_only(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for bucket in stack.of("aws_s3_bucket") {
        let name = bucket.values.member("bucket");
        let policies: Vec<&Resource> = match name.text() {
            None => Vec::new(),
            Some(_) => {
                stack.of("aws_s3_bucket_policy").filter(|one| one.values.member("bucket") == name).collect()
            }
        };
        let [policy] = policies[..] else {
            findings.push(Finding::new(
                format!("policies of {}", bucket.address),
                "one",
                policies.len().to_string(),
            ));
            continue;
        };
        let what = format!("{}: policy", policy.address);
        let all = match statements(policy.values.member("policy")) {
            Ok(all) => all,
            Err(error) => {
                findings.push(Finding::new(what, "a policy document", error));
                continue;
            }
        };
        let arn = format!("arn:aws:s3:::{}", name.text().unwrap_or_default());
        for (operator, key, value, expected) in [
            ("Bool", "aws:SecureTransport", "false", "denies everything without TLS"),
            ("NumericLessThan", "s3:TlsVersion", "1.2", "denies everything below TLS 1.2"),
        ] {
            if !all.iter().any(|one| denies(one, &arn, operator, key, value)) {
                findings.push(Finding::new(what.clone(), expected, "it does not"));
            }
        }
        for open in all.iter().filter(|one| one.effect == "Allow" && is_public(one)) {
            findings.push(Finding::new(
                what.clone(),
                "allows nothing to everybody",
                open.document.to_string(),
            ));
        }
    }
    if stack.of("aws_s3_bucket").next().is_none() {
        findings.push(Finding::new("buckets", "at least one", "none"));
    }
    Ok(findings)
}

fn denies(statement: &Statement, arn: &str, operator: &str, key: &str, value: &str) -> bool {
    let conditions = statement.document.member("Condition");
    let wanted = conditions.member(operator).member(key);
    let alone = matches!(conditions, Value::Map(all) if all.len() == 1)
        && matches!(conditions.member(operator), Value::Map(all) if all.len() == 1);
    let same = match wanted {
        Value::Bool(truth) => truth.to_string() == value,
        Value::Number(number) => value.parse() == Ok(*number),
        other => one_or_many(other) == [value],
    };
    let resources: BTreeSet<&str> = statement.resources.iter().map(String::as_str).collect();
    let objects = format!("{arn}/*");
    statement.effect == "Deny"
        && !statement.inverted
        && statement.actions == ["s3:*"]
        && resources == BTreeSet::from([arn, objects.as_str()])
        && is_public(statement)
        && alone
        && same
}

/// Whether it is about everybody.
fn is_public(statement: &Statement) -> bool {
    let principal = statement.document.member("Principal");
    principal.text() == Some("*") || one_or_many(principal.member("AWS")).iter().any(|one| one == "*")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifecycles {
    lifecycle: Vec<Lifecycle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Lifecycle {
    /// What its name has between account and environment.
    purpose: String,
    bucket: String,
    prefix: String,
    /// Only in this environment.
    environment: Option<String>,
    /// Class, and the day on which objects move there.
    #[serde(default)]
    moved: Vec<(String, u64)>,
    /// The day on which they are deleted: one of these.
    deleted: Vec<u64>,
    /// Whether versions that are no longer current are deleted some day.
    #[serde(default)]
    noncurrent_deleted: bool,
    /// Whether uploads that were never finished are deleted within a week.
    #[serde(default)]
    unfinished_deleted: bool,
}

/// What happens to the objects of a prefix, all enabled rules together.
#[derive(Default)]
struct Fate {
    moved: BTreeSet<(String, u64)>,
    deleted: BTreeSet<u64>,
    noncurrent: Vec<u64>,
    unfinished: Vec<u64>,
    unknown: bool,
}

/// A bucket's rules, compared with the table.
pub(super) fn lifecycles(stack: &Stack, purpose: &str) -> Findings {
    let all: Lifecycles = table(LIFECYCLES, &stack.names)?;
    let environment = stack.names.get("environment").and_then(Value::text).unwrap_or_default();
    let mut findings = Vec::new();
    for wanted in all.lifecycle.iter().filter(|one| one.purpose == purpose) {
        if wanted.environment.as_ref().is_some_and(|one| one != environment) {
            continue;
        }
        let what = match wanted.prefix.as_str() {
            "" => format!("objects of {}", wanted.bucket),
            prefix => format!("objects of {}/{prefix}", wanted.bucket),
        };
        let configurations: Vec<&Resource> = stack
            .of("aws_s3_bucket_lifecycle_configuration")
            .filter(|one| one.values.member("bucket").text() == Some(&wanted.bucket))
            .collect();
        let [configuration] = configurations[..] else {
            findings.push(Finding::new(
                what,
                "one lifecycle configuration",
                configurations.len().to_string(),
            ));
            continue;
        };
        let fate = fate(configuration, &wanted.prefix);
        differences(wanted, &fate, &what, &mut findings);
    }
    Ok(findings)
}

fn differences(wanted: &Lifecycle, fate: &Fate, what: &str, findings: &mut Vec<Finding>) {
    let list = |moved: &BTreeSet<(String, u64)>| {
        let words: Vec<String> = moved.iter().map(|(class, day)| format!("{class} on day {day}")).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    };
    if fate.unknown {
        findings.push(Finding::new(format!("{what}: rules"), "known", "the plan does not know them"));
    }
    let moved: BTreeSet<(String, u64)> = wanted.moved.iter().cloned().collect();
    if fate.moved != moved {
        findings.push(Finding::new(format!("{what}: moved"), list(&moved), list(&fate.moved)));
    }
    let right = fate.deleted.len() == 1 && fate.deleted.iter().all(|day| wanted.deleted.contains(day));
    if !right {
        let expected = format!("on day {:?}", wanted.deleted).replace(['[', ']'], "").replace(", ", " or ");
        findings.push(Finding::new(format!("{what}: deleted"), expected, format!("{:?}", fate.deleted)));
    }
    if wanted.noncurrent_deleted && !fate.noncurrent.iter().any(|day| (1..=365).contains(day)) {
        let seen = format!("{:?}", fate.noncurrent);
        findings.push(Finding::new(format!("{what}: noncurrent versions"), "deleted within a year", seen));
    }
    if wanted.unfinished_deleted && !fate.unfinished.iter().any(|day| (1..=7).contains(day)) {
        let seen = format!("{:?}", fate.unfinished);
        findings.push(Finding::new(format!("{what}: unfinished uploads"), "deleted within a week", seen));
    }
}

fn fate(configuration: &Resource, prefix: &str) -> Fate {
    let mut fate =
        Fate { unknown: *configuration.values.member("rule") == Value::Unknown, ..Fate::default() };
    for rule in configuration.values.member("rule").items() {
        if rule.member("status").text() != Some("Enabled") || prefix_of(rule).as_deref() != Some(prefix) {
            continue;
        }
        let mut days = |value: &Value, into: &mut Vec<u64>| match value {
            Value::Number(number) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a number of days"
                )]
                into.push(*number as u64);
            }
            Value::Unknown => fate.unknown = true,
            _ => {}
        };
        let mut deleted = Vec::new();
        rule.member("expiration").items().iter().for_each(|one| days(one.member("days"), &mut deleted));
        let (mut noncurrent, mut unfinished, mut moved) = (Vec::new(), Vec::new(), Vec::new());
        for one in rule.member("noncurrent_version_expiration").items() {
            days(one.member("noncurrent_days"), &mut noncurrent);
        }
        for one in rule.member("abort_incomplete_multipart_upload").items() {
            days(one.member("days_after_initiation"), &mut unfinished);
        }
        for one in rule.member("transition").items() {
            let mut day = Vec::new();
            days(one.member("days"), &mut day);
            let class = one.member("storage_class").text().unwrap_or("(not known)").to_owned();
            moved.extend(day.into_iter().map(|day| (class.clone(), day)));
        }
        fate.deleted.extend(deleted);
        fate.noncurrent.extend(noncurrent);
        fate.unfinished.extend(unfinished);
        fate.moved.extend(moved);
    }
    fate
}

/// The prefix that a rule is for; `None` if it is for something narrower.
fn prefix_of(rule: &Value) -> Option<String> {
    let own = rule.member("prefix").text().unwrap_or_default();
    let Some(filter) = rule.member("filter").items().first() else { return Some(own.to_owned()) };
    let narrower = ["tag", "and", "object_size_greater_than", "object_size_less_than"];
    let narrower = narrower.iter().any(|name| match filter.member(name) {
        // Sizes that nobody asked for may come back as a number that means none.
        Value::Number(number) => *number > 0.0,
        other => !other.is_empty(),
    });
    let prefix = filter.member("prefix").text().filter(|prefix| !prefix.is_empty()).unwrap_or(own);
    (!narrower).then(|| prefix.to_owned())
}

//! Deliberate defects of a plan, as data (`mutants.toml`): each breaks one thing, and names the rules that must notice.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::path::Path;
use crate::rule::{PathText, Place, Rule, Select};
use crate::rules::Rules;
use crate::stack::{Resource, Stack};
use crate::value::Value;

/// The mutants that come with this program.
const FILE: &str = include_str!("../mutants.toml");

/// `mutants.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutants {
    /// All of them.
    #[serde(rename = "mutant")]
    pub mutants: Vec<Mutant>,
}

/// One defect: every resource that is selected is edited.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// The defect, in a sentence.
    pub defect: String,
    /// The rules that notice it, all of them.
    pub caught_by: BTreeSet<String>,
    /// What is broken: the plan of the Terraform stack, unless it says otherwise.
    #[serde(rename = "where")]
    place: Option<Place>,
    /// Only in this environment is it a defect.
    environment: Option<String>,
    /// Which resources.
    select: Select,
    /// Values that are replaced.
    #[serde(default)]
    set: BTreeMap<PathText, Value>,
    /// Values that are taken away.
    #[serde(default)]
    remove: Vec<PathText>,
    /// Values that the plan does not know any more.
    #[serde(default)]
    unknown: Vec<PathText>,
    /// Items that are put at the end of lists.
    #[serde(default)]
    push: BTreeMap<PathText, Value>,
    /// The resources are gone.
    #[serde(default)]
    drop: bool,
    /// A second one of each, with these values.
    #[serde(default)]
    copy: Option<BTreeMap<PathText, Value>>,
    /// The copy is of this type.
    copy_type: Option<String>,
    /// Attributes that lead elsewhere.
    #[serde(default)]
    relink: BTreeMap<String, Select>,
}

/// Why a mutant could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotMutate {
    /// Nothing is selected.
    #[error("nothing is selected: there is no {0}")]
    Nothing(String),
    /// It is the same as before.
    #[error("the edit changes nothing")]
    NoChange,
    /// The edit is wrong.
    #[error("{0}")]
    Wrong(String),
}

impl Mutants {
    /// The mutants that come with this program.
    ///
    /// # Errors
    /// Their file is wrong, which a test finds.
    pub fn built_in() -> Result<Self, String> {
        toml::from_str(FILE).map_err(|error| error.to_string())
    }

    /// What is wrong with them as a proof of the rules, one sentence each.
    #[must_use]
    pub fn gaps(&self, rules: &Rules) -> Vec<String> {
        let (mut gaps, mut names, mut catching) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for mutant in &self.mutants {
            if !names.insert(&mutant.name) {
                gaps.push(format!("there are two mutants `{}`", mutant.name));
            }
            if mutant.caught_by.is_empty() {
                gaps.push(format!("no rule is named for the mutant `{}`", mutant.name));
            }
            for id in &mutant.caught_by {
                if rules.rule(id).is_none_or(|(_, rule)| !rule.is_at(mutant.place())) {
                    let (name, place) = (&mutant.name, mutant.place().word());
                    gaps.push(format!("{id}, named for the mutant `{name}`, is no rule about a {place}"));
                }
                catching.insert(id);
            }
        }
        let proven = |rule: &Rule| rule.is_at(Place::Plan) || rule.is_at(Place::Pulumi);
        let idle = rules.all().filter(|(_, rule)| proven(rule) && !catching.contains(&rule.id));
        gaps.extend(idle.map(|(_, rule)| format!("{} is named for no mutant", rule.id)));
        gaps
    }
}

impl Mutant {
    /// Where its rules are looked at.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place.unwrap_or(Place::Plan)
    }

    /// Whether it is a defect of this stack.
    #[must_use]
    pub fn is_about(&self, stack: &Stack) -> bool {
        if self.place() != stack.source.place() {
            return false;
        }
        let environment = stack.names.get("environment").and_then(Value::text);
        self.environment.as_ref().is_none_or(|one| Some(one.as_str()) == environment)
    }

    /// The stack with the defect in it.
    ///
    /// # Errors
    /// There is nothing to break, or the edit breaks nothing: the mutant no longer fits the stack.
    pub fn of(&self, stack: &Stack) -> Result<Stack, CannotMutate> {
        let wrong = |error: &dyn std::fmt::Display| CannotMutate::Wrong(error.to_string());
        let select = self.select.fill(&stack.names).map_err(|error| wrong(&error))?;
        let chosen: BTreeSet<String> = stack.select(&select).iter().map(|one| one.address.clone()).collect();
        if chosen.is_empty() {
            return Err(CannotMutate::Nothing(select.words()));
        }
        let mut mutant = stack.clone();
        if self.drop {
            mutant.resources.retain(|one| !chosen.contains(&one.address));
            return Ok(mutant);
        }
        if let Some(values) = &self.copy {
            for original in stack.resources.iter().filter(|one| chosen.contains(&one.address)) {
                let mut copy =
                    Resource { address: format!("{} (copy)", original.address), ..original.clone() };
                if let Some(kind) = &self.copy_type {
                    copy.kind.clone_from(kind);
                }
                for (path, value) in values {
                    replace(&mut copy, path, &stack.names.fill(value).map_err(|error| wrong(&error))?)?;
                }
                mutant.resources.push(copy);
            }
            return Ok(mutant);
        }
        let mut links = BTreeMap::new();
        for (attribute, target) in &self.relink {
            let target = target.fill(&stack.names).map_err(|error| wrong(&error))?;
            let addresses: BTreeSet<String> =
                stack.select(&target).iter().map(|one| one.address.clone()).collect();
            links.insert(attribute.clone(), addresses);
        }
        for one in mutant.resources.iter_mut().filter(|one| chosen.contains(&one.address)) {
            self.edit(one, stack, &links)?;
        }
        if mutant == *stack { Err(CannotMutate::NoChange) } else { Ok(mutant) }
    }

    fn edit(
        &self,
        one: &mut Resource,
        stack: &Stack,
        links: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<(), CannotMutate> {
        let wrong = |error: &dyn std::fmt::Display| CannotMutate::Wrong(error.to_string());
        for (path, value) in &self.set {
            replace(one, path, &stack.names.fill(value).map_err(|error| wrong(&error))?)?;
        }
        for path in &self.remove {
            replace(one, path, &Value::Null)?;
        }
        for path in &self.unknown {
            replace(one, path, &Value::Unknown)?;
        }
        for (path, item) in &self.push {
            let item = stack.names.fill(item).map_err(|error| wrong(&error))?;
            change(one, path, &mut |value| {
                let mut items = match value {
                    Value::List(items) => items.clone(),
                    Value::Null => Vec::new(),
                    other => vec![other.clone()],
                };
                items.push(item.clone());
                Value::List(items)
            })?;
        }
        for (attribute, addresses) in links {
            if one.links.insert(attribute.clone(), addresses.clone()).as_ref() == Some(addresses) {
                return Err(CannotMutate::NoChange);
            }
        }
        Ok(())
    }
}

fn replace(one: &mut Resource, path: &PathText, value: &Value) -> Result<(), CannotMutate> {
    change(one, path, &mut |_| value.clone())
}

fn change(
    one: &mut Resource,
    path: &PathText,
    how: &mut dyn FnMut(&Value) -> Value,
) -> Result<(), CannotMutate> {
    let path = Path::parse(&path.0).map_err(|error| CannotMutate::Wrong(error.to_string()))?;
    match path.edit(&mut one.values, how) {
        0 => Err(CannotMutate::NoChange),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

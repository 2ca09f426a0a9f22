//! What is judged: resources in Terraform's shape, wherever they were read from.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Names;
use crate::rule::{Place, Select};
use crate::value::Value;

/// Type of the one resource that stands for what a plan says beside its resources: versions, variables, modules.
pub const OF_PLAN: &str = "terraform";

/// Where resources come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A plan.
    Plan,
    /// A target that runs.
    Live,
    /// What the Pulumi program declares, as its mocks record it.
    Pulumi,
}

impl Source {
    /// The place in which rules are then looked at.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            Self::Plan => Place::Plan,
            Self::Live => Place::Live,
            Self::Pulumi => Place::Pulumi,
        }
    }
}

/// All resources of one deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Where they come from.
    pub source: Source,
    /// What its names are made of.
    pub names: Names,
    /// Every resource.
    pub resources: Vec<Resource>,
    /// When Terraform planned or read it back, as it says so.
    pub made_at: Option<String>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// `module.tables["transactions"].aws_dynamodb_table.this`.
    pub address: String,
    /// `aws_dynamodb_table`.
    pub kind: String,
    /// Its attributes.
    pub values: Value,
    /// Addresses that an attribute is made from, as far as a plan tells it. They join resources whose ids are not known yet.
    pub links: BTreeMap<String, BTreeSet<String>>,
    /// Attributes that are written in the configuration, where there is one.
    pub given: BTreeSet<String>,
}

impl Stack {
    /// Resources of a type.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources.iter().filter(move |one| one.kind == kind)
    }

    /// Resources that an attribute leads to: by the plan's references, or by an id or ARN that is known.
    #[must_use]
    pub fn linked(&self, from: &Resource, attribute: &str) -> Vec<&Resource> {
        if let Some(addresses) = from.links.get(attribute) {
            return self.resources.iter().filter(|one| addresses.contains(&one.address)).collect();
        }
        let mut wanted = Vec::new();
        from.values.member(attribute).texts(&mut |text| wanted.push(text.to_owned()));
        let is = |value: &Value| value.text().is_some_and(|text| wanted.iter().any(|one| one == text));
        let named = |one: &&Resource| is(one.values.member("id")) || is(one.values.member("arn"));
        self.resources.iter().filter(named).collect()
    }

    /// The one resource of this type that an attribute leads to.
    #[must_use]
    pub fn one_linked(&self, from: &Resource, attribute: &str, kind: &str) -> Option<&Resource> {
        let mut found = self.linked(from, attribute).into_iter().filter(|one| one.kind == kind);
        found.next().filter(|_| found.next().is_none())
    }

    /// Resources that a selection means. Names in it are filled in already.
    #[must_use]
    pub fn select(&self, select: &Select) -> Vec<&Resource> {
        let chosen = self.resources.iter().filter(|one| one.kind == select.kind);
        chosen.filter(|one| self.is_selected(one, select)).collect()
    }

    fn is_selected(&self, resource: &Resource, select: &Select) -> bool {
        select.with.iter().all(|(path, expected)| {
            let found = path.get(&resource.values);
            found.iter().all(|one| expected.check(one, resource, self).is_ok())
        })
    }
}

//! Which resources an attribute is made from. Ids are not known in a plan, so a method's path or a function's layer can only be
//! told by the references in the configuration: through variables and outputs of modules, not through locals, which a plan's
//! JSON leaves out.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Change;

/// References that are followed for one attribute; a configuration that needs more is none of a person's.
const FOLLOWED_MAX: u32 = 5_000;
/// Modules in modules, outputs of outputs.
const DEPTH_MAX: u32 = 24;

/// See the module.
pub(super) struct Links<'a> {
    root: &'a Json,
    /// Instances by address without index: index and address.
    instances: BTreeMap<String, Vec<(String, &'a str)>>,
    /// Instances of modules by address without the last index: the last index.
    modules: BTreeMap<String, BTreeSet<String>>,
}

/// A module instance on the way to a resource.
#[derive(Clone)]
struct Step {
    name: String,
    index: String,
}

/// Where references are read: in this module, by something with this index.
struct Scope<'s> {
    steps: &'s [Step],
    index: &'s str,
    depth: u32,
    fuel: &'s Cell<u32>,
}

impl<'a> Links<'a> {
    pub(super) fn new(configuration: &'a Json, changes: &[&'a Change]) -> Self {
        let mut all = Self {
            root: &configuration["root_module"],
            instances: BTreeMap::new(),
            modules: BTreeMap::new(),
        };
        for change in changes {
            let base = join(&change.module_address, &format!("{}.{}", change.kind, change.name));
            all.instances.entry(base).or_default().push((index_of(&change.index), &change.address));
            let steps = steps(&change.module_address);
            for count in 1..=steps.len() {
                let (parents, last) = steps.split_at(count - 1);
                let base = join(&address(parents), &format!("module.{}", last[0].name));
                all.modules.entry(base).or_default().insert(last[0].index.clone());
            }
        }
        all
    }

    /// The attributes that are written for a resource, and the addresses that each is made from.
    pub(super) fn of(&self, change: &Change) -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
        let steps = steps(&change.module_address);
        let wanted = format!("{}.{}", change.kind, change.name);
        let resources = self.module(&steps).and_then(|module| module["resources"].as_array());
        let written = resources.into_iter().flatten().find(|one| one["address"] == *wanted);
        let expressions = written.and_then(|one| one["expressions"].as_object());
        let index = index_of(&change.index);
        let (mut given, mut links) = (BTreeSet::new(), BTreeMap::new());
        for (attribute, expression) in expressions.into_iter().flatten() {
            given.insert(attribute.clone());
            let mut references = Vec::new();
            collect(expression, &mut references);
            let fuel = Cell::new(FOLLOWED_MAX);
            let scope = Scope { steps: &steps, index: &index, depth: 0, fuel: &fuel };
            let mut found = BTreeSet::new();
            self.follow(&references, &scope, &mut found);
            if !found.is_empty() {
                links.insert(attribute.clone(), found);
            }
        }
        (given, links)
    }

    fn module(&self, steps: &[Step]) -> Option<&'a Json> {
        steps.iter().try_fold(self.root, |module, step| module["module_calls"].get(&step.name)?.get("module"))
    }

    fn follow(&self, references: &[&str], scope: &Scope<'_>, found: &mut BTreeSet<String>) {
        let by_index = references.iter().any(|one| one.starts_with("each.") || *one == "count.index");
        for (at, reference) in references.iter().enumerate() {
            // Terraform lists `a.b["c"].id`, then `a.b["c"]`, then `a.b`: the first says most.
            let said = at > 0
                && references[at - 1]
                    .strip_prefix(reference)
                    .is_some_and(|rest| rest.starts_with(['.', '[']));
            let Some(left) = scope.fuel.get().checked_sub(1).filter(|_| scope.depth < DEPTH_MAX) else {
                return;
            };
            scope.fuel.set(left);
            if said {
                continue;
            }
            let parts = parts(reference);
            let wanted = |index: &str| match parts.index {
                "" if by_index => index == scope.index || index.is_empty(),
                "" => true,
                named => index == named,
            };
            match (parts.kind, parts.name) {
                ("var", name) => self.variable(name, scope, found),
                ("each" | "count" | "local" | "data" | "path" | "self" | "terraform", _) => {}
                ("module", name) => self.output(name, parts.rest, &wanted, scope, found),
                (kind, name) => {
                    let base = join(&address(scope.steps), &format!("{kind}.{name}"));
                    let instances = self.instances.get(&base).into_iter().flatten();
                    found.extend(
                        instances.filter(|(index, _)| wanted(index)).map(|(_, one)| (*one).to_owned()),
                    );
                }
            }
        }
    }

    /// What the caller of a module gave it.
    fn variable(&self, name: &str, scope: &Scope<'_>, found: &mut BTreeSet<String>) {
        let Some((last, parents)) = scope.steps.split_last() else { return };
        let call = self.module(parents).and_then(|module| module["module_calls"].get(&last.name));
        let mut references = Vec::new();
        if let Some(expression) = call.and_then(|call| call["expressions"].get(name)) {
            collect(expression, &mut references);
        }
        let scope = Scope { steps: parents, index: &last.index, depth: scope.depth + 1, fuel: scope.fuel };
        self.follow(&references, &scope, found);
    }

    /// What a module gives back: an output, or all of them where none is named.
    fn output(
        &self,
        module: &str,
        output: &str,
        wanted: &dyn Fn(&str) -> bool,
        scope: &Scope<'_>,
        found: &mut BTreeSet<String>,
    ) {
        let base = join(&address(scope.steps), &format!("module.{module}"));
        for index in self.modules.get(&base).into_iter().flatten().filter(|index| wanted(index)) {
            let mut steps = scope.steps.to_vec();
            steps.push(Step { name: module.to_owned(), index: index.clone() });
            let outputs = self.module(&steps).and_then(|module| module["outputs"].as_object());
            let mut references = Vec::new();
            for (name, one) in outputs.into_iter().flatten() {
                if output.is_empty() || name == output {
                    collect(&one["expression"], &mut references);
                }
            }
            let scope = Scope { steps: &steps, index: "", depth: scope.depth + 1, fuel: scope.fuel };
            self.follow(&references, &scope, found);
        }
    }
}

/// `module.tables["a"].arn` in its parts.
struct Parts<'r> {
    kind: &'r str,
    name: &'r str,
    index: &'r str,
    rest: &'r str,
}

fn parts(reference: &str) -> Parts<'_> {
    let (kind, after) = reference.split_once('.').unwrap_or((reference, ""));
    let end = after.find(['.', '[']).unwrap_or(after.len());
    let (name, after) = after.split_at(end);
    let end = if after.starts_with('[') { after.find(']').map_or(after.len(), |at| at + 1) } else { 0 };
    let (index, after) = after.split_at(end);
    let rest = after.trim_start_matches('.');
    let rest = rest.split(['.', '[']).next().unwrap_or_default();
    Parts { kind, name, index, rest }
}

/// Every reference in an expression, also in blocks within it.
fn collect<'j>(expression: &'j Json, references: &mut Vec<&'j str>) {
    match expression {
        Json::Object(members) => {
            for (name, member) in members {
                match member {
                    Json::Array(items) if name == "references" => {
                        references.extend(items.iter().filter_map(Json::as_str));
                    }
                    Json::Object(_) | Json::Array(_) if name != "constant_value" => {
                        collect(member, references)
                    }
                    _ => {}
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

fn join(module: &str, rest: &str) -> String {
    if module.is_empty() { rest.to_owned() } else { format!("{module}.{rest}") }
}

fn index_of(index: &Json) -> String {
    match index {
        Json::String(key) => format!("[\"{key}\"]"),
        Json::Number(number) => format!("[{number}]"),
        _ => String::new(),
    }
}

fn address(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("module.{}{}", step.name, step.index)).collect::<Vec<_>>().join(".")
}

/// `module.a["x"].module.b` as steps. A key may hold dots.
fn steps(address: &str) -> Vec<Step> {
    let (mut steps, mut rest) = (Vec::new(), address);
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let end = match (after.starts_with("[\""), after.starts_with('[')) {
            (true, _) => after.find("\"]").map_or(after.len(), |at| at + 2),
            (_, true) => after.find(']').map_or(after.len(), |at| at + 1),
            _ => 0,
        };
        let (index, after) = after.split_at(end);
        steps.push(Step { name: name.to_owned(), index: index.to_owned() });
        rest = after.strip_prefix('.').unwrap_or_default();
    }
    steps
}

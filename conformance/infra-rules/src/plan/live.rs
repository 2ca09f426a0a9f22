//! What Terraform read back of a deployment: every resource of its state as AWS's APIs describe it now. It stands in each plan of
//! a stack that is applied, as the state before the plan.

use serde_json::Value as Json;

use super::{Change, Planned};

/// Modules in modules; deeper ones are none of a person's.
const DEPTH_MAX: u32 = 24;

/// The resources, in the form that planned ones have.
pub(super) fn resources(prior_state: &Json) -> Vec<Change> {
    let mut found = Vec::new();
    collect(&prior_state["values"]["root_module"], 0, &mut found);
    found
}

fn collect(module: &Json, depth: u32, found: &mut Vec<Change>) {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| module[name].as_array().map(Vec::as_slice).unwrap_or_default();
    found.extend(list("resources").iter().map(|resource| Change {
        address: text(&resource["address"]),
        module_address: text(&module["address"]),
        mode: text(&resource["mode"]),
        kind: text(&resource["type"]),
        name: text(&resource["name"]),
        index: resource["index"].clone(),
        change: Planned {
            actions: vec!["no-op".to_owned()],
            after: resource["values"].clone(),
            after_unknown: Json::Null,
        },
    }));
    if depth < DEPTH_MAX {
        for child in list("child_modules") {
            collect(child, depth + 1, found);
        }
    }
}

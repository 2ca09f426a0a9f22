use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A small plan with a layer, functions that get it through a module, and paths that are joined by id.
fn sample() -> Json {
    let change = |address: &str,
                  module: &str,
                  kind: &str,
                  name: &str,
                  index: Json,
                  after: Json,
                  unknown: Json| {
        json!({
            "address": address, "module_address": module, "mode": "managed", "type": kind, "name": name, "index": index,
            "change": { "actions": ["create"], "after": after, "after_unknown": unknown }
        })
    };
    let gone = json!({
        "address": "aws_sqs_queue.old", "mode": "managed", "type": "aws_sqs_queue", "name": "old",
        "change": { "actions": ["delete"], "after": null, "after_unknown": {} }
    });
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {
            "environment": { "value": "dev" }, "account_id": { "value": "123456789012" },
            "aws_region": { "value": "us-east-1" }, "name_suffix": { "value": "a" },
        },
        "planned_values": {},
        "resource_changes": [
            change("module.layer[0].aws_lambda_layer_version.this", "module.layer[0]", "aws_lambda_layer_version", "this",
                Json::Null, json!({ "layer_name": "deps" }), json!({ "arn": true })),
            change("module.f[\"a.b\"].aws_lambda_function.this", "module.f[\"a.b\"]", "aws_lambda_function", "this",
                Json::Null, json!({ "function_name": "f" }), json!({ "layers": true })),
            change("aws_api_gateway_resource.hook[\"stripe\"]", "", "aws_api_gateway_resource", "hook", json!("stripe"),
                json!({ "path_part": "stripe" }), json!({ "id": true })),
            change("aws_api_gateway_resource.hook[\"paypal\"]", "", "aws_api_gateway_resource", "hook", json!("paypal"),
                json!({ "path_part": "paypal" }), json!({ "id": true })),
            change("aws_api_gateway_method.hook[\"stripe\"]", "", "aws_api_gateway_method", "hook", json!("stripe"),
                json!({ "http_method": "POST" }), json!({ "resource_id": true })),
            gone,
        ],
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "version_constraint": ">= 5.80, < 6.0" } },
            "root_module": {
                "resources": [
                    { "address": "aws_api_gateway_resource.hook", "expressions": { "path_part": { "references": ["each.key"] } } },
                    { "address": "aws_api_gateway_method.hook", "expressions": {
                        "http_method": { "constant_value": "POST" },
                        "resource_id": { "references": ["aws_api_gateway_resource.hook", "each.key"] },
                    } },
                ],
                "module_calls": {
                    "layer": { "source": "./modules/lambda-layer", "module": {
                        "outputs": { "arn": { "expression": { "references": ["aws_lambda_layer_version.this.arn", "aws_lambda_layer_version.this"] } } },
                        "resources": [{ "address": "aws_lambda_layer_version.this", "expressions": {} }],
                    } },
                    "f": { "source": "./modules/lambda-function",
                        "expressions": { "layer_arns": { "references": ["module.layer"] } },
                        "module": { "resources": [{ "address": "aws_lambda_function.this", "expressions": { "layers": { "references": ["var.layer_arns"] } } }] },
                    },
                },
            },
        },
    })
}

fn read(plan: &Json) -> Result<Stack, PlanError> {
    parse(plan.to_string().as_bytes(), Source::Plan)
}

#[test]
fn resources_are_joined_by_what_the_configuration_refers_to() {
    let stack = read(&sample()).expect("a plan");
    let one = |kind: &'static str| stack.of(kind).next().expect(kind);
    let layer = stack.one_linked(one("aws_lambda_function"), "layers", "aws_lambda_layer_version");
    assert_eq!(layer.map(|layer| layer.values.member("layer_name").to_string()), Some("\"deps\"".to_owned()));
    let path = stack.one_linked(one("aws_api_gateway_method"), "resource_id", "aws_api_gateway_resource");
    assert_eq!(path.map(|path| path.values.member("path_part").to_string()), Some("\"stripe\"".to_owned()));
    assert!(one("aws_api_gateway_method").given.contains("http_method"));
    assert_eq!(stack.of("aws_sqs_queue").count(), 0, "what is deleted is not there");
}

#[test]
fn the_stack_is_named_by_its_variables() {
    let stack = read(&sample()).expect("a plan");
    assert_eq!(
        stack.names.text("{account} {region} {environment} x{suffix}").as_deref(),
        Ok("123456789012 us-east-1 dev x-a")
    );
    let plan = stack.of(OF_PLAN).next().expect("what the plan says");
    assert_eq!(plan.values.member("providers").member("aws").to_string(), "\">= 5.80, < 6.0\"");
    assert_eq!(plan.values.member("modules").items().len(), 2);
}

#[test]
fn what_is_no_plan_of_this_stack_is_named() {
    let check = |change: &dyn Fn(&mut Json), expected: &str| {
        let mut plan = sample();
        change(&mut plan);
        let error = read(&plan).expect_err(expected).to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    check(&|plan| *plan = json!([]), "no JSON object");
    check(&|plan| *plan = json!({ "version": 4, "lineage": "x", "serial": 1 }), "a state file");
    check(&|plan| *plan = json!({ "format_version": "1.0", "values": {} }), "of a state");
    check(&|plan| *plan = json!({ "hello": 1 }), "no format_version");
    check(&|plan| *plan = json!({ "format_version": "1.0" }), "no planned_values");
    check(&|plan| plan["format_version"] = json!("2.0"), "2.0");
    check(&|plan| plan["format_version"] = json!(2), "format_version is 2");
    check(&|plan| plan["resource_changes"] = json!([]), "no resources");
    check(&|plan| plan["resource_changes"] = json!([{}]), "no plan");
    check(&|plan| plan["errored"] = json!(true), "not complete");
    check(&|plan| plan["complete"] = json!(false), "not complete");
    check(&|plan| plan["variables"]["environment"] = json!({}), "`environment`");
    check(&|plan| plan["variables"]["account_id"] = json!({ "value": "" }), "`account_id`");
    check(&|plan| plan["variables"]["aws_region"] = json!({}), "`aws_region`");
    assert!(matches!(parse(b"PK\x03\x04", Source::Plan), Err(PlanError::NotJson(_))));
    assert!(matches!(parse(b"", Source::Plan), Err(PlanError::NotJson(_))));
    let nowhere =
        super::read(Path::new("/nonexistent/plan.json"), Source::Plan).expect_err("no file").to_string();
    assert!(nowhere.contains("/nonexistent/plan.json"), "{nowhere}");
}

#[test]
fn the_account_may_be_the_callers() {
    let mut plan = sample();
    plan["variables"]["account_id"] = json!({ "value": "" });
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        { "type": "aws_caller_identity", "values": { "account_id": "210987654321" } }
    ] } } });
    assert_eq!(read(&plan).expect("a plan").names.text("{account}").as_deref(), Ok("210987654321"));
}

#[test]
fn modules_that_refer_to_themselves_come_to_an_end() {
    let mut plan = sample();
    plan["configuration"]["root_module"]["module_calls"]["layer"]["module"]["outputs"]["arn"]["expression"]
        ["references"] = json!(["var.x", "module.layer.arn"]);
    plan["configuration"]["root_module"]["module_calls"]["layer"]["expressions"] =
        json!({ "x": { "references": ["module.layer", "module.layer.arn", "module.f"] } });
    plan["configuration"]["root_module"]["module_calls"]["f"]["module"]["outputs"] =
        json!({ "x": { "expression": { "references": ["var.layer_arns", "var.layer_arns"] } } });
    let stack = read(&plan).expect("a plan");
    assert!(stack.of("aws_lambda_function").next().expect("a function").links.is_empty());
}

/// Any JSON, and any JSON in the places that are read.
fn any_json() -> impl Strategy<Value = Json> {
    let words = prop::sample::select(vec![
        "module.a",
        "module.a[\"",
        "var.x",
        "each.key",
        "aws_x.y[0].id",
        "",
        "[",
        "].",
        "create",
        "1.2",
        "managed",
        "{}",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        words.prop_map(Json::from),
        ".{0,8}".prop_map(Json::from),
    ];
    let names = prop::sample::select(vec![
        "address",
        "module_address",
        "mode",
        "type",
        "name",
        "index",
        "change",
        "actions",
        "after",
        "after_unknown",
        "references",
        "expressions",
        "resources",
        "module_calls",
        "module",
        "outputs",
        "expression",
        "root_module",
        "value",
        "x",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|members| Json::Object(
                members.into_iter().map(|(name, one)| (name.to_owned(), one)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_brings_the_reader_down(json in any_json(), at in 0_usize..6) {
        let mut plan = sample();
        match at {
            0 => plan = json,
            1 => plan["resource_changes"] = json,
            2 => plan["configuration"] = json,
            3 => plan["configuration"]["root_module"] = json,
            4 => plan["variables"] = json,
            _ => plan["resource_changes"][1]["change"] = json,
        }
        drop(read(&plan));
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse(&bytes, Source::Plan));
        drop(parse(&bytes, Source::Live));
    }

    #[test]
    fn no_address_brings_the_reader_down(address in ".{0,40}", reference in ".{0,40}") {
        let mut plan = sample();
        plan["resource_changes"][1]["module_address"] = json!(format!("module.{address}"));
        plan["configuration"]["root_module"]["resources"][1]["expressions"]["resource_id"]["references"] = json!([reference]);
        drop(read(&plan));
    }
}

#[test]
fn what_is_deployed_is_read_from_what_terraform_read_back() {
    let mut plan = sample();
    let live = |plan: &Json| parse(plan.to_string().as_bytes(), Source::Live);
    let error = live(&plan).unwrap_err();
    assert!(matches!(error, PlanError::NothingDeployed), "{error}");
    let resource = |address: &str, kind: &str, name: &str, values: Json| json!({ "address": address, "mode": "managed", "type": kind, "name": name, "values": values });
    plan["prior_state"] = json!({ "values": { "root_module": {
        "resources": [resource("aws_sqs_queue.letters", "aws_sqs_queue", "letters", json!({ "name": "letters" }))],
        "child_modules": [
            { "address": "module.layer[0]", "resources": [resource("module.layer[0].aws_lambda_layer_version.this",
                "aws_lambda_layer_version", "this", json!({ "arn": "arn:layer:1" }))] },
            { "address": "module.f[\"a.b\"]", "resources": [resource("module.f[\"a.b\"].aws_lambda_function.this",
                "aws_lambda_function", "this", json!({ "layers": ["arn:layer:2"] }))] },
        ],
    } } });
    // With changes it is another plan than one of -refresh-only, and may be of a state that nobody looked at again.
    let error = live(&plan).unwrap_err();
    assert!(matches!(error, PlanError::NotReadBack), "{error}");
    plan.as_object_mut().unwrap().remove("resource_changes");
    plan["timestamp"] = json!("2026-11-30T11:56:20Z");
    let stack = live(&plan).unwrap();
    assert_eq!(stack.source, Source::Live);
    assert_eq!(stack.made_at.as_deref(), Some("2026-11-30T11:56:20Z"));
    assert_eq!(stack.of("aws_sqs_queue").count(), 1);
    // The configuration leads from the function to the layer; what is deployed is another version of it.
    let function = stack.of("aws_lambda_function").next().unwrap();
    assert_eq!(stack.linked(function, "layers"), Vec::<&Resource>::new());
}

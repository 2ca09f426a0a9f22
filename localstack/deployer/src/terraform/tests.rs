use serde_json::json;

use super::*;

#[test]
fn a_second_plan_is_read_for_what_it_would_change() {
    let plan = json!({ "resource_changes": [
        { "address": "aws_b.x", "change": { "actions": ["update"], "before": { "a": 1, "b": [1], "c": null }, "after": { "a": 1, "b": [2], "d": 3 } } },
        { "address": "aws_a.x", "change": { "actions": ["delete", "create"], "before": { "id": "1", "n": 1 }, "after": { "n": 2 }, "after_unknown": { "id": true } } },
        { "address": "aws_c.x", "change": { "actions": ["no-op"], "before": { "a": 1 }, "after": { "a": 1 } } },
        { "address": "data.x", "change": { "actions": ["read"], "before": null, "after": { "a": 1 } } },
    ] });
    let change = |address: &str, attributes: &[&str]| Change {
        address: address.to_owned(),
        attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(changes(&plan), [change("aws_a.x", &["n"]), change("aws_b.x", &["b", "c", "d"])]);
}

#[test]
fn what_is_too_old_for_the_stack_is_known() {
    for (version, old) in
        [("1.4.7", true), ("0.15.5", true), ("1.5.0", false), ("1.11.4", false), ("1.10.0-rc1", false)]
    {
        assert_eq!(too_old(version), old, "{version}");
    }
    assert!(!too_old("unknown"));
}

#[test]
fn an_error_is_told_with_its_resource_and_its_detail() {
    let error = json!({ "type": "diagnostic", "diagnostic": { "severity": "error", "summary": "creating Bucket", "detail": "refused\nby it", "address": "aws_s3_bucket.raw" } });
    assert_eq!(diagnostic(&error), "  aws_s3_bucket.raw: creating Bucket\n  refused\n  by it\n");
    assert_eq!(diagnostic(&json!({ "diagnostic": { "severity": "warning", "summary": "old" } })), "");
    assert_eq!(shortened(&"ü".repeat(DETAIL)).len(), DETAIL);
}

#[test]
fn the_stack_is_copied_without_what_lies_beside_it() {
    let (checkout, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let put = |path: &str| {
        let path = checkout.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, b"text").expect("written");
    };
    for path in ["infra/terraform/a.tf", "infra/terraform/modules/m/b.tf", "system/schemas/s.json"] {
        put(path);
    }
    for path in
        ["terraform.tfstate", "terraform.tfstate.backup", ".terraform/p", "my.auto.tfvars", "old.tfplan"]
    {
        put(&format!("infra/terraform/{path}"));
    }
    let values = json!({ "account_id": "000000000000" });
    let stack =
        Stack::copy(checkout.path(), folder.path(), &values, None, &Guard::default()).expect("copied");
    let mut names: Vec<_> = std::fs::read_dir(stack.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["a.tf", "deployment.tfvars.json", "modules"]);
    assert!(folder.path().join("system/schemas/s.json").is_file());
    let missing = Stack::copy(Path::new("/nowhere"), folder.path(), &values, None, &Guard::default())
        .expect_err("no stack")
        .to_string();
    assert!(missing.contains("/nowhere/infra/terraform"), "{missing}");
}

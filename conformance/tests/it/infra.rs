//! `conformance infra` from its command line to its files, on a small plan; on the stack's own plan where terraform is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::schema;

const PROGRAM: &str = env!("CARGO_BIN_EXE_conformance");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout").to_path_buf()
}

fn small_plan() -> String {
    root().join("conformance/infra-rules/tests/small-plan.json").display().to_string()
}

fn infra(args: &[&str]) -> Output {
    Command::new(PROGRAM).arg("infra").args(args).current_dir(root()).output().expect("the program runs")
}

#[track_caller]
fn ended(output: &Output, code: i32, words: &[&str]) {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// The record of the one run in a folder.
fn record(out: &Path, file: &str) -> Value {
    let run = std::fs::read_dir(out).expect("a folder").next().expect("a run").expect("an entry").path();
    let text = std::fs::read_to_string(run.join(file)).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_plan_is_judged_told_and_recorded() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().display().to_string();
    let plan = small_plan();
    let output = infra(&["--plan", &plan, "--id", "Q1", "--id", "X1", "--out", &folder]);
    let words = ["✓ Q1", "✗ X1", "FAIL", "fixed_rate", "0.1", "mend it in xray.tf", "infra --plan"];
    ended(&output, 1, &words);
    let results = record(out.path(), "results.json");
    assert_eq!(schema::errors(&results), Vec::<String>::new());
    assert_eq!((&results["target"], &results["base_url"]), (&"plan".into(), &plan.as_str().into()));
    let run =
        std::fs::read_dir(out.path()).expect("a folder").next().expect("a run").expect("an entry").path();
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.contains("The infrastructure as planned"), "its heading");
    for file in ["junit.xml", "report.html"] {
        assert!(std::fs::read_to_string(run.join(file)).expect(file).contains("X1"), "{file}");
    }
}

#[test]
fn what_is_deployed_is_judged_as_it_was_read_back() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().display().to_string();
    let text = std::fs::read_to_string(small_plan()).expect("the plan");
    let mut plan: Value = serde_json::from_str(&text).expect("JSON");
    let resource = |change: &Value| {
        let mut resource = change.clone();
        resource["values"] = change["change"]["after"].clone();
        resource
    };
    let mut resources: Vec<Value> =
        plan["resource_changes"].as_array().expect("changes").iter().map(resource).collect();
    let queue = resources.iter_mut().find(|one| one["type"] == "aws_sqs_queue").expect("a queue");
    // Planned for 14 days, and then somebody changed it by hand.
    queue["values"]["message_retention_seconds"] = 60.into();
    plan["prior_state"]["values"]["root_module"]["resources"] = resources.into();
    let write = |plan: &Value| {
        let file = out.path().join("now.json");
        std::fs::write(&file, plan.to_string()).expect("a file");
        file.display().to_string()
    };
    let file = write(&plan);
    ended(&infra(&["--plan", &file, "--id", "Q1", "--out", &folder]), 0, &["✓ Q1"]);
    // Whether that plan looked at AWS, nobody can tell: Terraform makes such ones with -refresh=false too.
    ended(&infra(&["--live", &file, "--id", "Q1", "--out", &folder]), 64, &["not made with -refresh-only"]);
    plan.as_object_mut().expect("an object").remove("resource_changes");
    plan["timestamp"] = "2026-11-30T11:56:20Z".into();
    let file = write(&plan);
    let words = ["as it was at 2026-11-30T11:56:20Z", "✗ Q1", "60", "infra --live"];
    ended(&infra(&["--live", &file, "--id", "Q1", "--out", &folder]), 1, &words);
    ended(&infra(&["--live", &file, "--var-file", &file, "--out", &folder]), 64, &["in which they are"]);
    ended(&infra(&["--plan", &file, "--var-file", &file, "--out", &folder]), 64, &["cannot be used with"]);
    ended(
        &infra(&["--live", &small_plan(), "--out", &folder]),
        64,
        &["nothing is deployed", "-refresh-only"],
    );
}

/// A `terraform` that reads nothing back but what is in a file, and writes down how it was called. What the real one reads through
/// AWS's APIs is seen where an emulator runs (`.ci/run`).
fn stand_in(folder: &Path, plan: &Value) -> String {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(folder.join("plan.json"), plan.to_string()).expect("a file");
    let here = folder.display();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$PWD\" \"$@\" >>{here}/called\ncase $1 in show) cat {here}/plan.json ;; esac\n\
         [ ! -e {here}/fails ] || {{ echo 'Error: No valid credential sources found' >&2; exit 1; }}\n"
    );
    let program = folder.join("terraform");
    std::fs::write(&program, script).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    format!("{here}:/usr/bin:/bin")
}

#[test]
fn a_deployment_is_read_back_where_it_was_applied() {
    let scratch = tempfile::tempdir().expect("a folder");
    let (tools, stack) = (scratch.path().join("tools"), scratch.path().join("stack"));
    for folder in [&tools, &stack] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let text = std::fs::read_to_string(small_plan()).expect("the plan");
    let mut plan: Value = serde_json::from_str(&text).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("changes").clone();
    let read = changes.into_iter().map(|mut one| {
        one["values"] = one["change"]["after"].clone();
        one
    });
    plan["prior_state"]["values"]["root_module"]["resources"] = read.collect();
    plan.as_object_mut().expect("an object").remove("resource_changes");
    let path = stand_in(&tools, &plan);
    let values = scratch.path().join("my.tfvars");
    std::fs::write(&values, "environment = \"dev\"\n").expect("a file");
    let (stack, values) = (stack.display().to_string(), values.display().to_string());
    let live = |more: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["infra", "--live", &stack, "--id", "Q1", "--out"]).arg(scratch.path().join("out"));
        command.args(more).env("PATH", &path).current_dir(scratch.path()).output().expect("the program runs")
    };
    ended(&live(&["--var-file", "my.tfvars"]), 0, &["reading back what is deployed", "✓ Q1"]);
    let called = std::fs::read_to_string(tools.join("called")).expect("how it was called");
    assert!(called.starts_with(&format!("{stack}\nplan\n-refresh-only\n")), "{called}");
    assert!(
        called.contains(&format!("-var-file={values}\n")) && called.contains("show\n-json\n"),
        "{called}"
    );
    ended(&live(&["--var-file", "absent.tfvars"]), 64, &["absent.tfvars", "no such file"]);
    // How to do it again stands with what failed.
    let again = format!("infra --live {stack} --var-file my.tfvars --id D1");
    ended(&live(&["--var-file", "my.tfvars", "--id", "D1"]), 1, &["✗ D1", &again]);
    std::fs::write(tools.join("fails"), "").expect("a file");
    ended(&live(&[]), 69, &["No valid credential sources", "--var-file"]);
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let scratch = tempfile::tempdir().expect("a folder");
    let out = scratch.path().join("out").display().to_string();
    let write = |name: &str, text: &str| {
        std::fs::write(scratch.path().join(name), text).expect("a file");
        scratch.path().join(name).display().to_string()
    };
    let plan = small_plan();
    let zip = write("binary.tfplan", "PK\u{3}\u{4}");
    let state = write("state.json", r#"{ "version": 4, "serial": 1, "lineage": "x" }"#);
    let newer = write("newer.json", r#"{ "format_version": "2.0", "planned_values": {} }"#);
    let empty =
        write("empty.json", r#"{ "format_version": "1.2", "planned_values": {}, "resource_changes": [] }"#);
    let other =
        write("other.json", &std::fs::read_to_string(&plan).expect("a plan").replace("environment", "stage"));
    for (args, code, words) in [
        (&["--plan", &plan, "--id", "Q1"][..], 0, &["PASS", "1 of 1 passed"][..]),
        (&["--plan", &plan, "--id", "L7"], 2, &["NO VERDICT", "cold_start"]),
        (&["--plan", &plan, "--id", "PU"], 2, &["it is about infra/pulumi: give --pulumi FILE"]),
        (&["--plan", &plan, "--id", "AG99"], 64, &["AG99", "infra list"]),
        (&["--plan", &plan, "--environment", "dev"], 64, &["--environment"]),
        (&["--plan", "/nonexistent/plan.json"], 64, &["/nonexistent/plan.json"]),
        (&["--plan", &zip], 64, &["not JSON", "terraform show -json"]),
        (&["--plan", &state], 64, &["state file"]),
        (&["--plan", &newer], 64, &["2.0"]),
        (&["--plan", &empty], 64, &["no resources"]),
        (&["--plan", &other], 64, &["another stack", "environment"]),
        (&["--terraform", "/nonexistent"], 64, &["/nonexistent/check", "--plan FILE"]),
        (&["--plan", &plan, "--checkout", "/nonexistent"], 64, &["no checkout"]),
        (&["--environment", "moon"], 64, &["moon"]),
        (&["explain", "ZZ1"], 64, &["ZZ1"]),
        (&["mutants", "--plan", &plan, "--mutant", "nonsense"], 64, &["nonsense"]),
        (&["mutants", "--plan", &plan], 69, &["fail on the plan as it is"]),
    ] {
        let judges = !["explain"].contains(&args[0]);
        let mut args = args.to_vec();
        if judges {
            args.extend(["--out", &out]);
        }
        ended(&infra(&args), code, words);
    }
}

#[test]
fn without_terraform_it_is_said_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "import sys\nprint('check: terraform is not on the PATH', file=sys.stderr)\nsys.exit(69)\n";
    std::fs::write(folder.path().join("check"), script).expect("a file");
    let stack = folder.path().display().to_string();
    ended(&infra(&["--terraform", &stack]), 69, &["terraform is not on the PATH", "--plan FILE"]);
}

#[test]
fn rules_are_listed_and_explained() {
    let closing = [
        "AG1",
        "PU5",
        "49 rules: 36 judge a plan, 35 what is deployed, 5 the Pulumi stack",
        "L7, D5, S5, Q2, X2, C2, N1",
    ];
    ended(&infra(&["list"]), 0, &closing);
    let listed: Value = serde_json::from_slice(&infra(&["list", "--json"]).stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(49));
    ended(&infra(&["explain", "q1"]), 0, &["webhook-processing-dlq", "why", "1209600", "infra --id Q1"]);
    let told: Value = serde_json::from_slice(&infra(&["explain", "M3", "--json"]).stdout).expect("JSON");
    assert_eq!(told["id"], "M3");
}

/// The stack's own plan, through its script: the rules hold, and each defect is noticed.
#[test]
fn the_stack_keeps_its_rules_and_every_mutant_of_its_plan_is_caught() {
    let there =
        |program: &str| Command::new(program).arg("-version").output().is_ok_and(|one| one.status.success());
    if !root().join("infra/terraform/check").is_file() || !there("terraform") {
        println!("skipped: no terraform on this machine, so there is no plan of the stack");
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().display().to_string();
    let plan = out.path().join("plan.json");
    let script = root().join("infra/terraform/check");
    let made =
        Command::new("python3").arg(script).args(["--only", "plan", "--plan-json"]).arg(&plan).output();
    let made = made.expect("python3 runs");
    if made.status.code() == Some(69) {
        println!("skipped: {}", String::from_utf8_lossy(&made.stderr));
        return;
    }
    let plan = plan.display().to_string();
    let runs = format!("{folder}/runs");
    ended(&infra(&["--plan", &plan, "--out", &runs]), 0, &["PASS"]);
    let mutants = format!("{folder}/mutants");
    ended(&infra(&["mutants", "--plan", &plan, "--out", &mutants]), 0, &["PASS", "mutants caught"]);
    let matrix = record(Path::new(&mutants), "mutants.json");
    assert_eq!(matrix["idle_cases"], serde_json::json!([]));
}

#[test]
fn the_pulumi_stack_is_judged_by_its_own_rules_and_they_are_proven() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().display().to_string();
    let recorded = root().join("conformance/infra-rules/tests/pulumi-record.json").display().to_string();
    let output = infra(&["--pulumi", &recorded, "--out", &folder]);
    ended(&output, 0, &["✓ PU1", "✓ PU5", "5 of 5 passed"]);
    assert_eq!(record(out.path(), "results.json")["target"], "pulumi");
    let output = infra(&["mutants", "--pulumi", &recorded, "--out", &folder]);
    ended(&output, 0, &["✓ pulumi-table-not-retained", "PASS"]);
    // A rule of the other stack says so instead of passing on what it is not about.
    let output = infra(&["--pulumi", &recorded, "--id", "Q1", "--id", "PU1", "--out", &folder]);
    ended(&output, 0, &["it is about infra/terraform", "1 of 2 passed", "1 skipped"]);
    let output = infra(&["--pulumi", &recorded, "--plan", &recorded]);
    ended(&output, 64, &["cannot be used with"]);
}

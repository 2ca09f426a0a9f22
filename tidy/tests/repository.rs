//! What must stay true of the repository as a whole, whoever changes it: the direction of the crate arrows, every
//! provider present everywhere, files that a person reads in one go, and nothing in the tree that belongs to one machine.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The arrows that exist. A dependency that is not listed here is a decision: make it here first, and in
/// ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("webhook-core", &[]),
    ("webhook-aws", &["webhook-core"]),
    ("webhook-lambda", &["webhook-aws", "webhook-core"]),
    ("fuzz-targets", &["webhook-core", "webhook-lambda"]),
    ("webhook-ops", &["webhook-aws", "webhook-core"]),
    ("webhook-python", &["webhook-lambda"]),
    ("provider-sim", &[]),
    ("run-record", &[]),
    ("reports", &["ledger", "run-record"]),
    ("ledger", &["provider-sim", "run-record"]),
    ("localstack", &["shared-features", "webhook-lambda"]),
    ("target-clients", &["localstack"]),
    ("aws-access", &["shared-features"]),
    ("deployer", &["localstack", "target-clients"]),
    ("loadtest", &["ledger", "localstack", "provider-sim", "reports", "target-clients"]),
    ("conformance", &["infra-rules", "localstack", "provider-sim", "reports", "target-clients"]),
    ("infra-rules", &[]),
    ("mutant-bootstrap", &["shared-features", "webhook-lambda"]),
    ("shared-features", &["webhook-aws", "webhook-core"]),
    ("tidy", &[]),
];

/// Longest file that may stand, in lines.
const LONGEST_FILE: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace root").to_path_buf()
}

/// Every file that git knows or would add.
fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(output.status.success(), "git ls-files failed: is this a git checkout?");
    let listed: Vec<PathBuf> = String::from_utf8(output.stdout)
        .expect("file names are UTF-8")
        .lines()
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect();
    assert!(listed.len() > 20, "only {} files: the listing is broken", listed.len());
    listed
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Non-development dependencies of every member: crate → names.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let names = package["dependencies"].as_array().expect("dependencies");
            let names = names
                .iter()
                .filter(|d| d["kind"].as_str() != Some("dev"))
                .map(|d| d["name"].as_str().expect("a name").to_owned())
                .collect();
            (package["name"].as_str().expect("a name").to_owned(), names)
        })
        .collect()
}

#[test]
fn crate_arrows_point_one_way() {
    let dependencies = dependencies();
    let members: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, to)| (*name, to.iter().copied().collect())).collect();
    assert_eq!(
        members,
        allowed.keys().copied().collect(),
        "the members of the workspace and the list of arrows in this test differ"
    );
    for (member, names) in &dependencies {
        let inside: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| members.contains(name)).collect();
        assert_eq!(inside, allowed[member.as_str()], "the arrows of `{member}` are not the listed ones");
    }
}

#[test]
fn only_the_adapters_name_an_aws_sdk_in_the_product() {
    for (member, names) in dependencies() {
        let product = member.starts_with("webhook-") && member != "webhook-aws";
        let sdk: Vec<_> =
            names.iter().filter(|n| n.starts_with("aws-sdk-") || n.starts_with("aws-smithy")).collect();
        assert!(!product || sdk.is_empty(), "`{member}` names {sdk:?}; only webhook-aws may");
    }
}

#[test]
fn the_shipped_bootstrap_is_built_without_mutants() {
    for package in metadata()["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let asks = package["dependencies"].as_array().expect("dependencies").iter().any(|dependency| {
            let features = dependency["features"].as_array().expect("features");
            features.iter().any(|feature| feature == "mutants")
        });
        assert_eq!(asks, name == "mutant-bootstrap", "`{name}` and the feature `mutants`");
        let defaults = &package["features"]["default"];
        assert!(!defaults.to_string().contains("mutants"), "`{name}` has mutants by default");
    }
    let manifest = read(Path::new("Cargo.toml")).expect("Cargo.toml");
    let defaults = manifest.split("default-members").nth(1).and_then(|rest| rest.split(']').next());
    let defaults = defaults.expect("default-members are listed");
    assert!(
        !defaults.contains("deployer"),
        "the default build must not hold what only a deployment needs: containers, archives"
    );
    assert!(
        !defaults.contains("aws-access"),
        "the default build must not hold what only AWS needs; its crates ask for other features of the SDKs' foundations"
    );
    assert!(
        !defaults.contains("mutant-bootstrap"),
        "a default member with the feature `mutants` would switch it on for the whole default build"
    );
}

#[test]
fn every_provider_is_present_everywhere() {
    for provider in ["stripe", "paypal", "square"] {
        for place in [
            "system/webhook-core/src/providers/{}.rs",
            "system/schemas/{}-webhook.json",
            "conformance/provider-sim/src/payload/{}.rs",
            "conformance/provider-sim/src/sign/{}.rs",
            "loadtest/src/scenarios/{}.rs",
        ] {
            let path = place.replace("{}", provider);
            assert!(root().join(&path).is_file(), "{path} is missing");
        }
    }
}

#[test]
fn schemas_are_draft_04_and_open() {
    for provider in ["stripe", "paypal", "square"] {
        let path = format!("system/schemas/{provider}-webhook.json");
        let text = read(Path::new(&path)).expect("the schema is there");
        let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-04/schema#", "{path}");
        jsonschema::draft4::new(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
        // API Gateway takes draft-04 only, and a closed object would refuse a field that a provider adds tomorrow.
        for word in ["\"const\"", "\"if\"", "additionalProperties"] {
            assert!(!text.contains(word), "{path} uses {word}");
        }
    }
}

#[test]
fn files_are_short_enough_to_read_in_one_go() {
    let long: Vec<String> = files()
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs" || e == "py" || e == "tf"))
        .filter_map(|path| read(path).map(|text| (path, text.lines().count())))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(path, lines)| format!("{} ({lines} lines)", path.display()))
        .collect();
    assert!(long.is_empty(), "should these be two files each? {long:#?}");
}

#[test]
fn no_unfinished_or_switched_off_code() {
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
    ];
    for path in files().iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = read(path).expect("a source file");
        for word in words {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn tests_poll_instead_of_sleeping() {
    for path in files().iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let name = path.to_string_lossy();
        if !(name.contains("tests/") || name.ends_with("tests.rs")) || name.starts_with("tidy/") {
            continue;
        }
        for (number, line) in read(path).expect("a source file").lines().enumerate() {
            let sleeps = line.contains("thread::sleep(") || line.contains("time::sleep(");
            // A poll to a deadline has to wait between two looks; such a line says so.
            assert!(
                !sleeps || line.contains("// poll"),
                "{name}:{} sleeps: poll to a deadline, and mark the wait between two looks with `// poll`",
                number + 1
            );
        }
    }
}

#[test]
fn nothing_in_the_tree_belongs_to_one_machine() {
    let home = std::env::home_dir().map(|home| format!("{}/", home.display()));
    let checkout = root().parent().map(|parent| format!("{}/", parent.display())).filter(|p| p.len() > 2);
    for path in files().iter().filter(|path| path.extension().is_none_or(|e| e != "lock")) {
        let Some(text) = read(path) else { continue };
        for place in [&home, &checkout].into_iter().flatten() {
            assert!(!text.contains(place.as_str()), "{} names {place}", path.display());
        }
    }
}

#[test]
fn architecture_fits_three_pages() {
    let text = read(Path::new("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let lines = text.lines().count();
    assert!(lines <= 180, "ARCHITECTURE.md has {lines} lines; three pages are about 180");
    let missing: Vec<_> =
        dependencies().into_keys().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not mention {missing:?}");
}

#[test]
fn links_in_documents_lead_somewhere() {
    let documents = files().into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"));
    let mut broken = Vec::new();
    for document in documents {
        let text = read(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        // Commands and sample output stand between fences, and are no links.
        let prose: String = text.split("```").step_by(2).collect();
        for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") || target.contains(' ') {
                continue;
            }
            let file = if path.is_empty() { document.clone() } else { folder.join(path) };
            let found = root().join(&file).exists()
                && (anchor.is_empty() || read(&file).is_none_or(|text| anchors(&text).contains(anchor)));
            if !found {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// What a heading can be linked by, as GitHub makes it: lower case, hyphens for blanks, no other punctuation.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    let plain = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title.chars().filter(plain).map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn continuous_integration_runs_what_the_readme_says() {
    let readme = read(Path::new("README.md")).expect("README.md");
    let ci = read(Path::new(".ci/run")).expect(".ci/run");
    for command in ["cargo test", "cargo run -p loadtest"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
        assert!(ci.contains(command), ".ci/run does not run `{command}`");
    }
}

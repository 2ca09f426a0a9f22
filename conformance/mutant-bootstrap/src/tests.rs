//! The list of defects agrees with `mutants.toml`, where the cases that catch them are named.

use std::collections::BTreeMap;

use webhook_lambda::mutant::Mutant;

const LISTED: &str = include_str!("../../mutants.toml");

/// Name and sentence of every defect of the code in `mutants.toml`.
fn listed() -> BTreeMap<String, String> {
    let file: toml::Table = LISTED.parse().unwrap();
    let text = |entry: &toml::Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = file["mutant"].as_array().unwrap().iter();
    let code = entries.filter(|entry| entry["kind"].as_str() == Some("code"));
    code.map(|entry| (text(entry, "name"), text(entry, "defect"))).collect()
}

#[test]
fn every_name_is_unique_and_in_kebab_case() {
    let mut names: Vec<&str> = Mutant::ALL.iter().map(|mutant| mutant.name()).collect();
    let kebab = |name: &&str| {
        let letters =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        letters && !name.starts_with('-') && !name.ends_with('-') && !name.contains("--")
    };
    assert!(names.iter().all(kebab), "{names:?}");
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two mutants have one name");
}

#[test]
fn the_file_of_mutants_lists_the_defects_of_the_code() {
    let built: BTreeMap<String, String> =
        Mutant::ALL.iter().map(|mutant| (mutant.name().to_owned(), mutant.defect().to_owned())).collect();
    assert_eq!(listed(), built);
}

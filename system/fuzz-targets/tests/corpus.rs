//! Every target over what is kept of fuzzing: the corpus, which covers what was reached, and the inputs that once broke a rule.
//! This is what holds fuzzing's findings where cargo-fuzz is not installed.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use fuzz_targets::{ALL, Target};

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind).join(target)
}

/// The inputs in a folder; a regression folder that is not there holds none.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(folder) else { return Vec::new() };
    listed.map(|entry| entry.expect("a file").path()).collect()
}

/// Runs every input and names those that break a rule.
fn broken(target: Target, inputs: &[PathBuf]) -> Vec<String> {
    let breaks = |path: &&PathBuf| {
        let input = fs::read(path).expect("an input");
        catch_unwind(|| (target.run)(&input)).is_err()
    };
    inputs.iter().filter(breaks).map(|path| path.display().to_string()).collect()
}

#[test]
fn the_kept_inputs_break_no_rule() {
    for target in ALL {
        let corpus = inputs(&folder("corpus", target.name));
        assert!(corpus.len() >= 5, "{}: {} inputs are no corpus", target.name, corpus.len());
        let regressions = inputs(&folder("regressions", target.name));
        let found = [broken(*target, &corpus), broken(*target, &regressions)].concat();
        assert!(found.is_empty(), "{} breaks on {found:#?}", target.name);
    }
}

#[test]
fn nothing_at_all_breaks_no_rule() {
    for target in ALL {
        for input in [&b""[..], b"0", b"1", b"2", b"\n\n", b"0\n\n", &[0xff; 9]] {
            (target.run)(input);
        }
    }
}

#[test]
fn every_target_has_its_binary_and_no_corpus_is_without_a_target() {
    let named = |folder: &str| -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
        let mut names: Vec<String> =
            inputs(&path).iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        names.sort();
        names
    };
    let mut targets: Vec<&str> = ALL.iter().map(|target| target.name).collect();
    targets.sort_unstable();
    assert_eq!(named("fuzz_targets"), targets);
    assert_eq!(named("corpus"), targets);
    for name in named("regressions") {
        assert!(targets.contains(&name.as_str()), "regressions/{name} belongs to no target");
    }
}

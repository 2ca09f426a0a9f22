//! The files of the checkout, for what is neither in a plan nor in a target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::judge::{Finding, Step};
use crate::rule::Code;

/// Where the files are, and which cases the gate has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// The root of the checkout; `None` where there is none.
    pub root: Option<PathBuf>,
    /// IDs of the gate's cases.
    pub cases: BTreeSet<String>,
}

impl Checkout {
    /// Compares files with what is expected of them.
    #[must_use]
    pub fn judge(&self, code: &Code) -> Step {
        let mut findings = self.missing_cases(&code.cases);
        let reads = !code.files.is_empty() || code.file.is_some();
        let not_observed = match &self.root {
            None if reads => vec!["the checkout's files are not here; give --checkout DIR".to_owned()],
            None => Vec::new(),
            Some(root) => {
                let missing = code.files.iter().filter(|file| !root.join(file).exists());
                findings.extend(missing.map(|file| Finding::new(file, "is there", "nothing")));
                if let Some(file) = &code.file {
                    findings.extend(texts(root, file, code));
                }
                Vec::new()
            }
        };
        Step { what: code.what.clone(), findings, not_observed }
    }

    /// Cases that a rule names and the gate does not have.
    #[must_use]
    pub fn missing_cases(&self, cases: &[String]) -> Vec<Finding> {
        let missing = cases.iter().filter(|id| !self.cases.contains(*id));
        missing.map(|id| Finding::new(format!("case {id}"), "one of the gate's", "there is none")).collect()
    }
}

fn texts(root: &Path, file: &str, code: &Code) -> Vec<Finding> {
    let text = match std::fs::read_to_string(root.join(file)) {
        Ok(text) => text,
        Err(error) => return vec![Finding::new(file, "can be read", error.to_string())],
    };
    let missing = code.has.iter().filter(|wanted| !text.contains(wanted.as_str()));
    let missing = missing.map(|wanted| Finding::new(file, format!("has “{wanted}”"), "it is not in it"));
    let present = code.lacks.iter().filter(|unwanted| text.contains(unwanted.as_str()));
    let present =
        present.map(|unwanted| Finding::new(file, format!("is without “{unwanted}”"), "it is in it"));
    missing.chain(present).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_compared_with_what_is_expected_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.md"), "## Costs\n").expect("a file");
        let checkout =
            Checkout { root: Some(folder.path().to_owned()), cases: ["DLQ-001".to_owned()].into() };
        let check = |text: &str, expected: &[&str]| {
            let code: Code = toml::from_str(&format!("what = \"w\"\n{text}")).expect(text);
            let found: Vec<String> = checkout.judge(&code).findings.into_iter().map(|one| one.what).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("files = ['a.md']", &[]);
        check("files = ['a.md', 'b.md']", &["b.md"]);
        check("file = 'a.md'\nhas = ['## Costs']\nlacks = ['## Other']", &[]);
        check("file = 'a.md'\nhas = ['## Other']", &["a.md"]);
        check("file = 'a.md'\nlacks = ['Costs']", &["a.md"]);
        check("file = 'b.md'\nlacks = ['Costs']", &["b.md"]);
        check("cases = ['DLQ-001', 'DLQ-002']", &["case DLQ-002"]);
        let nowhere =
            Checkout::default().judge(&toml::from_str("what = 'w'\nfiles = ['a.md']").expect("code"));
        assert!(nowhere.findings.is_empty() && nowhere.not_observed.len() == 1, "{nowhere:?}");
    }
}

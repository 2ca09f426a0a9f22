//! All cases together: read from their files, and checked before anything is sent. A suite with a mistake in it is refused as
//! a whole, with every mistake named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::case::{Case, CaseId, Subject};

/// The cases that come with this program.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// Sentences of the specification that cases cover; not a subject.
const COVERAGE: &str = "coverage.toml";

/// Every subject, every case.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    subjects: Vec<Subject>,
    coverage: Coverage,
}

/// `coverage.toml`: sentences of the specification.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The sentences, by the keys that cases name in `covers`.
    #[serde(rename = "sentence", default)]
    pub sentences: BTreeMap<String, Sentence>,
}

/// A sentence of the specification.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sentence {
    /// Heading it stands under.
    pub section: String,
    /// The sentence.
    pub text: String,
    /// What covers it where no case can: a check of the infrastructure, a load run.
    #[serde(default)]
    pub covered_elsewhere: Option<String>,
}

/// Why there is no suite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The folder has no cases.
    #[error("there are no case files (*.toml) in {}", .0.display())]
    Empty(PathBuf),
    /// Mistakes in the files, each with its place.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

impl Suite {
    /// The cases that come with this program.
    ///
    /// # Errors
    /// They are wrong, which a test of this crate finds.
    pub fn built_in() -> Result<Self, SuiteError> {
        let files = BUILT_IN.files().filter_map(|file| {
            let name = file.path().to_str()?.to_owned();
            Some((name, file.contents_utf8().unwrap_or_default().to_owned()))
        });
        Self::parse(files.filter(|(name, _)| is_toml(name)).collect())
    }

    /// The cases of a folder.
    ///
    /// # Errors
    /// It cannot be read, or its files are wrong.
    pub fn read(folder: &Path) -> Result<Self, SuiteError> {
        let unreadable = |path: &Path, error: std::io::Error| SuiteError::Unreadable {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if is_toml(&name) {
                files.push((name, std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?));
            }
        }
        if files.is_empty() {
            return Err(SuiteError::Empty(folder.to_owned()));
        }
        Self::parse(files)
    }

    fn parse(mut files: Vec<(String, String)>) -> Result<Self, SuiteError> {
        files.sort();
        let mut wrong = Vec::new();
        let (mut subjects, mut coverage) = (Vec::new(), Coverage::default());
        for (name, text) in files {
            if name == COVERAGE {
                match toml::from_str(&text) {
                    Ok(read) => coverage = read,
                    Err(error) => wrong.push(format!("{name}: {error}")),
                }
                continue;
            }
            match toml::from_str::<Subject>(&text) {
                Ok(subject) => subjects.push((name, subject)),
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        check(&subjects, &coverage, &mut wrong);
        if !wrong.is_empty() {
            return Err(SuiteError::Wrong(wrong));
        }
        let subjects = subjects.into_iter().map(|(_, subject)| subject).collect();
        Ok(Self { subjects, coverage })
    }

    /// The subjects, by the names of their files.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Every case with its subject.
    pub fn cases(&self) -> impl Iterator<Item = (&Subject, &Case)> {
        self.subjects.iter().flat_map(|subject| subject.cases.iter().map(move |case| (subject, case)))
    }

    /// The case of this ID.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<(&Subject, &Case)> {
        self.cases().find(|(_, case)| case.id == *id)
    }

    /// Sentences of the specification.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }
}

fn is_toml(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

/// What no single file can be asked about, and what its format cannot say.
fn check(subjects: &[(String, Subject)], coverage: &Coverage, wrong: &mut Vec<String>) {
    let mut ids: BTreeMap<&CaseId, &str> = BTreeMap::new();
    let mut series: BTreeMap<&str, &str> = BTreeMap::new();
    let mut covered = BTreeSet::new();
    for (file, subject) in subjects {
        for case in &subject.cases {
            let id = &case.id;
            if let Some(other) = ids.insert(id, file) {
                wrong.push(format!("{file}: {id} is in {other} already; IDs are never used twice"));
            }
            if let Some(other) = series.insert(id.series(), file).filter(|other| other != file) {
                wrong.push(format!("{file}: {id} belongs to the series of {other}"));
            }
            if id.is_rule() {
                wrong.push(format!("{file}: {id} is the ID of a rule of the infrastructure"));
            }
            if case.steps.is_empty() {
                wrong.push(format!("{file}: {id} has no steps"));
            }
            let texts = [("title", &case.title), ("why", &case.why), ("source", &case.source)];
            for (what, _) in texts.into_iter().filter(|(_, text)| text.trim().is_empty()) {
                wrong.push(format!("{file}: {id} has an empty {what}"));
            }
            for (at, step) in case.steps.iter().enumerate() {
                if let Err(error) = step.check() {
                    wrong.push(format!("{file}: {id}, step {}: {error}", at + 1));
                }
            }
            if case.steps.iter().all(|step| step.looks_at().iter().next().is_none() && step.answer.is_none())
            {
                wrong.push(format!("{file}: {id} expects nothing, so it cannot fail"));
            }
            for key in &case.covers {
                covered.insert(key.as_str());
                if !coverage.sentences.contains_key(key) {
                    wrong.push(format!("{file}: {id} covers `{key}`, which is not in {COVERAGE}"));
                }
            }
        }
    }
    for (key, sentence) in &coverage.sentences {
        let elsewhere = sentence.covered_elsewhere.is_some();
        if !elsewhere && !covered.contains(key.as_str()) {
            wrong.push(format!("{COVERAGE}: no case covers `{key}`"));
        }
    }
}

#[cfg(test)]
mod tests;

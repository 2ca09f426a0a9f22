//! All rules together: read from the files that come with this program, and checked before anything is judged.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};

use crate::names::Names;
use crate::path::Path;
use crate::rule::{Expect, Place, Rule, Subject};
use crate::value::Value;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Every rule, by subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    subjects: Vec<Subject>,
}

/// The rules are wrong, each mistake with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct BadRules(pub Vec<String>);

impl Rules {
    /// The rules that come with this program.
    ///
    /// # Errors
    /// They are wrong, which a test finds.
    pub fn built_in() -> Result<Self, BadRules> {
        let files = BUILT_IN.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
        Self::parse(files)
    }

    /// Reads files: name and text.
    ///
    /// # Errors
    /// One is wrong, or they do not go together.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadRules> {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable();
        let (mut wrong, mut subjects) = (Vec::new(), Vec::new());
        for (name, text) in files {
            match toml::from_str::<Subject>(text) {
                Ok(subject) => {
                    let mut ids = BTreeSet::new();
                    for rule in &subject.rules {
                        wrong.extend(
                            mistakes(rule).into_iter().map(|text| format!("{name}: {}: {text}", rule.id)),
                        );
                        ids.insert(rule.id.clone());
                    }
                    subjects.push(subject);
                }
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        let mut ids = BTreeSet::new();
        for rule in subjects.iter().flat_map(|subject| &subject.rules) {
            if !ids.insert(&rule.id) {
                wrong.push(format!("there are two rules {}", rule.id));
            }
        }
        if wrong.is_empty() { Ok(Self { subjects }) } else { Err(BadRules(wrong)) }
    }

    /// Every rule with its subject, in the order of the files.
    pub fn all(&self) -> impl Iterator<Item = (&Subject, &Rule)> {
        self.subjects.iter().flat_map(|subject| subject.rules.iter().map(move |rule| (subject, rule)))
    }

    /// The rule of this ID.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<(&Subject, &Rule)> {
        self.all().find(|(_, rule)| rule.id == id)
    }
}

/// What is wrong with a rule that its format cannot say.
fn mistakes(rule: &Rule) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, text) in
        [("title", &rule.title), ("why", &rule.why), ("source", &rule.source), ("mend", &rule.mend)]
    {
        if text.trim().is_empty() {
            wrong.push(format!("its {what} is empty"));
        }
    }
    if rule.expect.is_empty() && rule.code.is_empty() && rule.elsewhere.is_empty() {
        wrong.push("it expects nothing, so it cannot fail".to_owned());
    }
    for place in [Place::Plan, Place::Pulumi] {
        if rule.is_at(place) && rule.expected_at(place).next().is_none() {
            wrong
                .push(format!("it is said to be looked at in a {}, and expects nothing there", place.word()));
        }
    }
    for expect in &rule.expect {
        wrong.extend(mistakes_of(expect).into_iter().map(|text| format!("“{}”: {text}", expect.what)));
    }
    for code in &rule.code {
        let reads = code.file.is_some() != (code.has.is_empty() && code.lacks.is_empty());
        if !reads || code.files.is_empty() && code.file.is_none() && code.cases.is_empty() {
            wrong.push(format!("“{}”: it needs files, cases, or a file with texts", code.what));
        }
    }
    wrong
}

fn mistakes_of(expect: &Expect) -> Vec<String> {
    let mut wrong = Vec::new();
    match (&expect.select, &expect.check) {
        (Some(_), Some(_)) => wrong.push("it has a selection and a check".to_owned()),
        (None, None) => wrong.push("it has neither a selection nor a check".to_owned()),
        (None, Some(_)) if expect.count.is_some() || !expect.values.is_empty() => {
            wrong.push("a check needs neither count nor values".to_owned());
        }
        _ => {}
    }
    if expect.count == Some(0) && !expect.values.is_empty() {
        wrong.push("values of what must not be there".to_owned());
    }
    let stack = Names::of_stack("", "", "", "");
    let none = [BTreeMap::<String, Value>::new()];
    for each in if expect.each.is_empty() { &none[..] } else { &expect.each } {
        let try_all = || -> Result<(), String> {
            let names = stack.with(each).map_err(|error| error.to_string())?;
            names.text(&expect.what).map_err(|error| error.to_string())?;
            if let Some(select) = &expect.select {
                select.fill(&names).map_err(|error| error.to_string())?;
            }
            for (path, expected) in &expect.values {
                let path = names.text(&path.0).map_err(|error| error.to_string())?;
                Path::parse(&path).map_err(|error| error.to_string())?;
                expected.fill(&names).map_err(|error| error.to_string())?;
            }
            Ok(())
        };
        if let Err(error) = try_all() {
            wrong.push(error);
        }
    }
    wrong.dedup();
    wrong
}

#[cfg(test)]
mod tests;

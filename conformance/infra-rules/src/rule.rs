//! A rule is data: what must hold of the infrastructure, why, who says so, and what shows it. This module is the format of
//! `rules/*.toml` and nothing else. Unknown names are errors, so that a misspelt expectation cannot be one that never fails.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::checks::Check;
use crate::expect::Expected;
use crate::names::{Names, UnknownName};
use crate::path::Path;
use crate::value::Value;

/// One file of rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name for reports, in lower case.
    pub subject: String,
    /// What its rules are about, in a sentence.
    pub about: String,
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// Where a rule can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a plan.
    Plan,
    /// By the AWS APIs of a running target.
    Live,
    /// In the files of the checkout.
    Code,
    /// In the resources of the Pulumi program.
    Pulumi,
}

impl Place {
    /// The word in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Live => "live",
            Self::Code => "code",
            Self::Pulumi => "pulumi",
        }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Permanent.
    pub id: String,
    /// What holds, as one sentence.
    pub title: String,
    /// What happens otherwise.
    pub why: String,
    /// Who says so.
    pub source: String,
    /// Where it can be looked at.
    #[serde(rename = "where")]
    pub places: Vec<Place>,
    /// Where a mistake is mended.
    pub mend: String,
    /// What is expected of resources.
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// What is expected of files.
    #[serde(default)]
    pub code: Vec<Code>,
    /// What other programs show.
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
}

/// One expectation: resources are chosen, and their values compared; or a check that data cannot say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// What is looked at, in words.
    pub what: String,
    /// Where this one is looked at, if not at all places of its rule.
    #[serde(rename = "where")]
    pub places: Option<Vec<Place>>,
    /// Only where the stack's names have these values.
    #[serde(default)]
    pub when: BTreeMap<String, Value>,
    /// Once for each of these sets of names.
    #[serde(default)]
    pub each: Vec<BTreeMap<String, Value>>,
    /// Which resources.
    pub select: Option<Select>,
    /// How many there are; at least one if nothing is said.
    pub count: Option<usize>,
    /// There may be none: their values are compared where there are some.
    #[serde(default)]
    pub if_any: bool,
    /// What their values are.
    #[serde(default)]
    pub values: BTreeMap<PathText, Expected>,
    /// A check in code, in place of the three above.
    pub check: Option<Check>,
}

/// Resources of a type, with such values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Type in Terraform.
    #[serde(rename = "type")]
    pub kind: String,
    /// What their values are.
    #[serde(default, deserialize_with = "paths")]
    pub with: Vec<(Path, Expected)>,
}

/// A path as it is written: names in it are filled in before it is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct PathText(pub String);

/// What is expected of files of the checkout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Code {
    /// What is looked at, in words.
    pub what: String,
    /// Files that are there.
    #[serde(default)]
    pub files: Vec<String>,
    /// A file that is read.
    pub file: Option<String>,
    /// Texts that it has.
    #[serde(default)]
    pub has: Vec<String>,
    /// Texts that it does not have.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Cases of the gate that prove it; all exist.
    #[serde(default)]
    pub cases: Vec<String>,
}

/// What is shown by running something else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Elsewhere {
    /// What, in words.
    pub what: String,
    /// The command that shows it.
    pub command: String,
    /// Cases of the gate among it; all exist.
    #[serde(default)]
    pub cases: Vec<String>,
}

fn paths<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<(Path, Expected)>, D::Error> {
    use serde::de::Error;
    let with = BTreeMap::<String, Expected>::deserialize(from)?;
    with.into_iter().map(|(path, one)| Ok((Path::parse(&path).map_err(D::Error::custom)?, one))).collect()
}

impl Select {
    /// With names filled in.
    ///
    /// # Errors
    /// A name is not known.
    pub fn fill(&self, names: &Names) -> Result<Self, UnknownName> {
        let one = |(path, expected): &(Path, Expected)| Ok((path.clone(), expected.fill(names)?));
        Ok(Self { kind: self.kind.clone(), with: self.with.iter().map(one).collect::<Result<_, _>>()? })
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let with: Vec<String> =
            self.with.iter().map(|(path, expected)| format!("{path} {}", expected.words())).collect();
        if with.is_empty() { self.kind.clone() } else { format!("{} with {}", self.kind, with.join(", ")) }
    }
}

impl Rule {
    /// Whether something of it can be looked at in this place.
    #[must_use]
    pub fn is_at(&self, place: Place) -> bool {
        self.places.contains(&place)
    }

    /// What is expected of resources in this place.
    pub fn expected_at(&self, place: Place) -> impl Iterator<Item = &Expect> {
        let here = move |expect: &&Expect| {
            expect.places.as_ref().map_or_else(|| self.is_at(place), |places| places.contains(&place))
        };
        self.expect.iter().filter(here)
    }
}

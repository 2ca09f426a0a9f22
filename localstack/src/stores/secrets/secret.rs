//! One secret: its versions and the staging labels that move between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The version that readers get when they do not ask for another.
pub(super) const CURRENT: &str = "AWSCURRENT";
/// The version that was current before.
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// A secret value. `Debug` shows only its kind.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `SecretString`.
    Text(String),
    /// `SecretBinary`, in base64 as JSON carries it.
    Binary(String),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Binary(_) => "Binary(…)",
        })
    }
}

/// One version of a secret.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) value: Option<Value>,
    /// Seconds since the epoch.
    pub(super) created_s: f64,
    pub(super) stages: BTreeSet<String>,
}

/// A secret with its versions by id.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) tags: Vec<Tag>,
    /// Seconds since the epoch, this and the next two.
    pub(super) created_s: f64,
    pub(super) changed_s: f64,
    pub(super) deletion_s: Option<f64>,
    pub(super) versions: BTreeMap<String, Version>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Tag {
    #[serde(rename = "Key")]
    pub(super) key: String,
    #[serde(rename = "Value", default)]
    pub(super) value: String,
}

/// What became of a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It is there now.
    New,
    /// The same id with the same value was there: a repeated request.
    Repeated,
    /// The id stands for another value.
    Conflict,
}

impl Secret {
    /// Without any version.
    pub(super) fn new(name: &str, arn: String, now_s: f64) -> Self {
        Self {
            name: name.to_owned(),
            arn,
            description: None,
            kms_key_id: None,
            tags: Vec::new(),
            created_s: now_s,
            changed_s: now_s,
            deletion_s: None,
            versions: BTreeMap::new(),
        }
    }

    /// The id of the version that carries a label.
    pub(super) fn version_at(&self, stage: &str) -> Option<&str> {
        self.versions.iter().find(|(_, version)| version.stages.contains(stage)).map(|(id, _)| id.as_str())
    }

    /// Adds a version and moves the labels to it. The id is the request's token, which makes repeats harmless.
    pub(super) fn add_version(&mut self, id: String, value: Value, stages: &[String], now_s: f64) -> Added {
        if let Some(there) = self.versions.get(&id) {
            return if there.value.as_ref() == Some(&value) { Added::Repeated } else { Added::Conflict };
        }
        let version = Version { value: Some(value), created_s: now_s, stages: BTreeSet::new() };
        // A secret always has a current version, whatever labels the first one came with.
        let first = self.version_at(CURRENT).is_none();
        self.versions.insert(id.clone(), version);
        for stage in stages {
            self.move_stage(stage, &id);
        }
        if first {
            self.move_stage(CURRENT, &id);
        }
        self.changed_s = now_s;
        Added::New
    }

    /// Takes a label from wherever it is to version `to`. When AWSCURRENT moves, AWSPREVIOUS goes to the version it
    /// left.
    pub(super) fn move_stage(&mut self, stage: &str, to: &str) {
        let from = self.version_at(stage).map(str::to_owned);
        if from.as_deref() == Some(to) {
            return;
        }
        if let Some(version) = from.as_ref().and_then(|from| self.versions.get_mut(from)) {
            version.stages.remove(stage);
        }
        if let Some(version) = self.versions.get_mut(to) {
            version.stages.insert(stage.to_owned());
        }
        if stage == CURRENT
            && let Some(from) = from
        {
            self.move_stage(PREVIOUS, &from);
        }
    }

    /// Takes a label off without giving it to another version.
    pub(super) fn drop_stage(&mut self, stage: &str) {
        for version in self.versions.values_mut() {
            version.stages.remove(stage);
        }
    }
}

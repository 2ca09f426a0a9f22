//! Reading a record back: which file, whose format, and where exactly it is wrong.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::record::{FORMAT, Run};
use crate::write::RUN_JSON;

/// Why a record could not be read. Every one of these is for the person who named the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file, or it may not be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file that was tried.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file, but not a record of this format.
    #[error("{path}: {source}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: ParseError,
    },
}

/// What is wrong with a record's text.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Json(serde_json::Error),
    /// JSON without the field that every record starts with.
    #[error("not a run record: it has no text field `format`")]
    NoFormat,
    /// A record of another version of the format.
    #[error("the record's format is `{found}`; this version reads `{FORMAT}`")]
    OtherFormat {
        /// The format it names.
        found: String,
    },
    /// A record with a missing or misshapen value.
    #[error("at `{path}`: {why}")]
    Field {
        /// Where, e.g. `slo[2].limit`; `.` is the whole record.
        path: String,
        /// What is wrong there.
        why: String,
    },
}

/// Reads a record from `run.json`, or from the folder that holds it.
pub fn read_run(path: &Path) -> Result<Run, ReadError> {
    let file = if path.is_dir() { path.join(RUN_JSON) } else { path.to_owned() };
    match fs::read(&file) {
        Ok(bytes) => parse_run(&bytes).map_err(|source| ReadError::Content { path: file, source }),
        Err(source) => Err(ReadError::File { path: file, source }),
    }
}

/// Reads a record from JSON text.
pub fn parse_run(bytes: &[u8]) -> Result<Run, ParseError> {
    // The format first: a record of another version should be called that, not be picked apart field by field.
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(ParseError::Json)?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => {}
        Some(found) => return Err(ParseError::OtherFormat { found: found.chars().take(100).collect() }),
        None => return Err(ParseError::NoFormat),
    }
    serde_path_to_error::deserialize(value)
        .map_err(|error| ParseError::Field { path: error.path().to_string(), why: error.inner().to_string() })
}

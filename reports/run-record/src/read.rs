//! Reading a record back, a run's or a search's: which file, whose format, and where exactly it is wrong.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::record::{FORMAT, Run};
use crate::search::{self, SEARCH_JSON, Search};

/// Name of the record in a run's folder.
pub const RUN_JSON: &str = "run.json";

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
    #[error("not a record of `{wanted}`: it has no text field `format`")]
    NoFormat {
        /// The format that is read.
        wanted: &'static str,
    },
    /// A record of another kind, or of another version of the format.
    #[error("the record's format is `{found}`; what is read here is `{wanted}`")]
    OtherFormat {
        /// The format it names.
        found: String,
        /// The format that is read.
        wanted: &'static str,
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
///
/// # Errors
/// There is no such file, or it holds something else.
pub fn read_run(path: &Path) -> Result<Run, ReadError> {
    read(path, RUN_JSON, FORMAT)
}

/// Reads the record of a search from `search.json`, or from the folder that holds it.
///
/// # Errors
/// There is no such file, or it holds something else.
pub fn read_search(path: &Path) -> Result<Search, ReadError> {
    read(path, SEARCH_JSON, search::FORMAT)
}

/// Reads a run's record from JSON text.
///
/// # Errors
/// It is something else.
pub fn parse_run(bytes: &[u8]) -> Result<Run, ParseError> {
    parse(bytes, FORMAT)
}

fn read<T: DeserializeOwned>(path: &Path, name: &str, format: &'static str) -> Result<T, ReadError> {
    let file = if path.is_dir() { path.join(name) } else { path.to_owned() };
    match fs::read(&file) {
        Ok(bytes) => parse(&bytes, format).map_err(|source| ReadError::Content { path: file, source }),
        Err(source) => Err(ReadError::File { path: file, source }),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], wanted: &'static str) -> Result<T, ParseError> {
    // The format first: a record of another version should be called that, not be picked apart field by field.
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(ParseError::Json)?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(found) if found == wanted => {}
        Some(found) => {
            return Err(ParseError::OtherFormat { found: found.chars().take(100).collect(), wanted });
        }
        None => return Err(ParseError::NoFormat { wanted }),
    }
    serde_path_to_error::deserialize(value)
        .map_err(|error| ParseError::Field { path: error.path().to_string(), why: error.inner().to_string() })
}

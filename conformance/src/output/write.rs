//! The folder of a run: every file whole or not at all, the record first.

use std::path::{Path, PathBuf};

use reports::write::{WriteError, make_dir, write_file};

use super::{html, junit};
use crate::results::{Results, SCHEMA_VERSION};

/// Name of the record.
pub const RESULTS_JSON: &str = "results.json";

/// Where the files of a run are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// `results.json`, the record.
    pub results: PathBuf,
    /// `junit.xml`.
    pub junit: PathBuf,
    /// `report.html`.
    pub html: PathBuf,
}

/// Why files could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file or the folder.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The record holds something that its format cannot carry.
    #[error("cannot encode {file}: {why}")]
    Encode {
        /// Which file.
        file: &'static str,
        /// Why.
        why: String,
    },
    /// A record cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Writes the record and what is drawn from it into a folder, which is made if need be.
///
/// The record goes first, so that the rest can be drawn again, and is read back before it is written: a number that JSON
/// cannot carry (NaN, infinity) is an error here and not a surprise for whoever reads it.
///
/// # Errors
/// A file cannot be written or encoded. Files that were written before stay.
pub fn write_all(folder: &Path, results: &Results) -> Result<Files, OutputError> {
    let json = encode(results)?;
    let xml = junit::render(results)
        .map_err(|error| OutputError::Encode { file: "junit.xml", why: error.to_string() })?;
    let page = html::render(results);
    make_dir(folder)?;
    Ok(Files {
        results: write_file(folder, RESULTS_JSON, &json)?,
        junit: write_file(folder, "junit.xml", xml.as_bytes())?,
        html: write_file(folder, "report.html", page.as_bytes())?,
    })
}

fn encode(results: &Results) -> Result<Vec<u8>, OutputError> {
    let refused = |why: String| OutputError::Encode { file: RESULTS_JSON, why };
    let mut json = serde_json::to_vec_pretty(results).map_err(|error| refused(error.to_string()))?;
    json.push(b'\n');
    serde_json::from_slice::<Results>(&json).map_err(|error| refused(error.to_string()))?;
    Ok(json)
}

/// Reads a record: the file, or the folder it is in.
///
/// # Errors
/// It is not there, or no record of a version that is known here.
pub fn read(path: &Path) -> Result<Results, OutputError> {
    let path = if path.is_dir() { path.join(RESULTS_JSON) } else { path.to_owned() };
    let refused = |why: String| OutputError::Read { path: path.clone(), why };
    let json = std::fs::read(&path).map_err(|error| refused(error.to_string()))?;
    // The version is looked at alone and first: what else is wrong with a record of another version says nothing.
    let version = serde_json::from_slice::<serde_json::Value>(&json)
        .map_err(|error| refused(error.to_string()))?["schema_version"]
        .as_u64();
    if version != Some(u64::from(SCHEMA_VERSION)) {
        let found = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        return Err(refused(format!("its schema_version is {found}, and {SCHEMA_VERSION} is known here")));
    }
    serde_json::from_slice(&json).map_err(|error| refused(error.to_string()))
}

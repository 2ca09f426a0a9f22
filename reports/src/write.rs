//! A run's folder: every file written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::latency::{HlogError, Series, write_hlog};
use crate::read::RUN_JSON;
use crate::record::Run;
use crate::summary::Summary;
use crate::{html, junit, markdown};

/// Where the files of a run are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The record; absent where it was not written because only the drawings were asked for.
    pub run: Option<PathBuf>,
    /// The histograms; absent likewise.
    pub hlog: Option<PathBuf>,
    /// `summary.json`.
    pub summary: PathBuf,
    /// `report.html`.
    pub html: PathBuf,
    /// `report.md`.
    pub markdown: PathBuf,
    /// `junit.xml`.
    pub junit: PathBuf,
}

/// Why a folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file or the folder.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record holds something that the format cannot carry.
    #[error("cannot encode {file}: {why}")]
    Encode {
        /// Which file.
        file: &'static str,
        /// Why.
        why: String,
    },
}

/// Writes the record, the histograms and everything drawn from the record into a folder, which is made if need be.
///
/// The record goes first, so that what follows can always be drawn again. It is read back before it is written:
/// a number that JSON cannot carry (NaN, infinity) is an error here and not a surprise later.
pub fn write_all(dir: &Path, run: &Run, series: &[Series<'_>]) -> Result<Files, WriteError> {
    make_dir(dir)?;
    let run_path = write_file(dir, RUN_JSON, &record_json(run)?)?;
    let mut log = Vec::new();
    write_hlog(&mut log, started(run), series).map_err(|error| match error {
        HlogError::Io(source) => WriteError::Io { path: dir.join("latency.hlog"), source },
        HlogError::Encode(why) | HlogError::Decode(why) => WriteError::Encode { file: "latency.hlog", why },
    })?;
    let hlog = write_file(dir, "latency.hlog", &log)?;
    Ok(Files { run: Some(run_path), hlog: Some(hlog), ..render_all(dir, run)? })
}

/// Writes what is drawn from the record, and leaves the record and the histograms alone.
pub fn render_all(dir: &Path, run: &Run) -> Result<Files, WriteError> {
    make_dir(dir)?;
    let junit = junit::render(run)
        .map_err(|error| WriteError::Encode { file: "junit.xml", why: error.to_string() })?;
    Ok(Files {
        run: None,
        hlog: None,
        summary: write_file(dir, "summary.json", Summary::from(run).to_json().as_bytes())?,
        html: write_file(dir, "report.html", html::render(run).as_bytes())?,
        markdown: write_file(dir, "report.md", markdown::render(run).as_bytes())?,
        junit: write_file(dir, "junit.xml", junit.as_bytes())?,
    })
}

fn record_json(run: &Run) -> Result<Vec<u8>, WriteError> {
    let encode = |why: String| WriteError::Encode { file: RUN_JSON, why };
    let mut json = serde_json::to_vec_pretty(run).map_err(|error| encode(error.to_string()))?;
    json.push(b'\n');
    crate::read::parse_run(&json).map_err(|error| encode(error.to_string()))?;
    Ok(json)
}

/// The log wants a time of day; a record without a readable one gets the epoch, not a refusal.
fn started(run: &Run) -> SystemTime {
    OffsetDateTime::parse(&run.started_at, &Rfc3339).map_or(SystemTime::UNIX_EPOCH, SystemTime::from)
}

/// Makes a folder and what is missing above it.
pub fn make_dir(dir: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(dir).map_err(|source| WriteError::Io { path: dir.to_owned(), source })
}

/// Writes beside the final name and renames: a reader sees the old file or the new one.
pub fn write_file(dir: &Path, name: &str, content: &[u8]) -> Result<PathBuf, WriteError> {
    let path = dir.join(name);
    let temporary = dir.join(format!(".{name}.{}.part", std::process::id()));
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, &path));
    match written {
        Ok(()) => Ok(path),
        Err(source) => {
            // What is left of a failed attempt helps nobody; that it could not be removed changes nothing.
            drop(fs::remove_file(&temporary));
            Err(WriteError::Io { path, source })
        }
    }
}

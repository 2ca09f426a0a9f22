//! `latency.hlog`: the histograms themselves in HdrHistogram's interval log, for its own tools.
//!
//! Values are microseconds; the column of maxima is in milliseconds, as the log's header says.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, IntervalLogWriterError, LogEntry, Tag,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

use super::Recorder;

/// Tag of the generator's own lateness.
pub const SEND_LAG: &str = "send-lag";
/// Tag of the queries' latency.
pub const QUERIES: &str = "queries";

/// One histogram of the log.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Its name, e.g. `ack` or `ack-stripe`; characters that the format forbids become `_`.
    pub tag: &'a str,
    /// Start of the interval, from the start of the measured part.
    pub start: Duration,
    /// Length of the interval.
    pub length: Duration,
    /// What was recorded in it.
    pub recorder: &'a Recorder,
}

/// Why a log could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HlogError {
    /// The writer failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A histogram could not be encoded.
    #[error("a histogram could not be encoded: {0}")]
    Encode(String),
    /// Not a log, or a histogram in it that this program does not write.
    #[error("not a log of latencies: {0}")]
    Decode(String),
}

/// Writes an interval log (format 1.3, V2 compressed histograms) with a tag for every series, by start time.
pub fn write_hlog(out: &mut impl Write, started: SystemTime, series: &[Series<'_>]) -> Result<(), HlogError> {
    // The version line must come before the builder's own headers, and without a space, to be read elsewhere.
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[Values in microseconds; Interval_Max in milliseconds]")
        .with_start_time(started)
        .with_base_time(started)
        .with_max_value_divisor(1_000.0);
    let mut ordered: Vec<&Series<'_>> = series.iter().collect();
    ordered.sort_by_key(|one| one.start);

    let mut log = builder.begin_log_with(out, &mut serializer)?;
    for one in ordered {
        let tag = one.tag.replace([',', '\r', '\n', ' '], "_");
        log.write_histogram(one.recorder.histogram(), one.start, one.length, Tag::new(&tag)).map_err(
            |error| match error {
                IntervalLogWriterError::IoError(error) => HlogError::Io(error),
                IntervalLogWriterError::SerializeError(error) => HlogError::Encode(error.to_string()),
            },
        )?;
    }
    Ok(())
}

/// Reads a log back: what was recorded under each tag, its intervals added up.
pub fn read_hlog(log: &[u8]) -> Result<BTreeMap<String, Recorder>, HlogError> {
    let mut recorders: BTreeMap<String, Recorder> = BTreeMap::new();
    for entry in IntervalLogIterator::new(log) {
        let entry = entry.map_err(|error| HlogError::Decode(format!("{error:?}")))?;
        let LogEntry::Interval(interval) = entry else { continue };
        let tag = interval.tag().map_or_else(String::new, |tag| tag.as_str().to_owned());
        let recorded = decoded(interval.encoded_histogram())
            .map_err(|why| HlogError::Decode(format!("`{tag}`: {why}")))?;
        recorders.entry(tag).or_default().merge(&recorded);
    }
    Ok(recorders)
}

fn decoded(text: &str) -> Result<Recorder, String> {
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    let histogram =
        Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
    Recorder::of(&histogram).ok_or_else(|| "holds values that no recorder counts".to_owned())
}

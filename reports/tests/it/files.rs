//! A run's folder: complete, whole, and readable again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use reports::latency::{Recorder, Series};
use reports::read::{ParseError, ReadError, parse_run};
use reports::record::Run;
use reports::write::WriteError;
use reports::{read_run, render_all, write_all};

use crate::samples;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_holds_every_file_and_no_leftover() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("runs/one");
    for (name, run) in samples::all() {
        let files = write_all(&folder, &run, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            names(&folder),
            ["junit.xml", "latency.hlog", "report.html", "report.md", "run.json", "summary.json"]
        );
        assert_eq!(files.html, folder.join("report.html"));
        assert_eq!(read_run(&folder).unwrap(), run, "{name}");
    }
}

#[test]
fn drawing_again_gives_the_same_files_and_leaves_the_record_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let written = write_all(&first, &samples::failing(), &[]).unwrap();
    let record = written.run.unwrap();
    let drawn = render_all(&second, &read_run(&record).unwrap()).unwrap();
    assert_eq!((drawn.run, drawn.hlog), (None, None));
    assert_eq!(names(&second), ["junit.xml", "report.html", "report.md", "summary.json"]);
    for name in names(&second) {
        assert!(
            fs::read(first.join(&name)).unwrap() == fs::read(second.join(&name)).unwrap(),
            "{name} differs"
        );
    }
}

#[test]
fn the_log_holds_the_histograms_with_their_tags() {
    let mut ack = Recorder::new();
    let mut durable = Recorder::new();
    (1..=5_000).for_each(|n| ack.record_us(n));
    durable.record_us(123_456);
    let minute = Duration::from_secs(60);
    let of =
        |tag, start, recorder| Series { tag, start: Duration::from_secs(start), length: minute, recorder };
    let dir = tempfile::tempdir().unwrap();
    let series = [of("ack of all", 60, &ack), of("durable", 0, &durable)];
    let files = write_all(dir.path(), &samples::passing(), &series).unwrap();

    let text = fs::read(files.hlog.unwrap()).unwrap();
    assert!(text.starts_with(b"#[Histogram log format version 1.3]\n"));
    assert!(String::from_utf8_lossy(&text).contains("#[StartTime: 1795284902.000"), "2026-11-21T18:15:02Z");
    let mut read = Vec::new();
    for entry in IntervalLogIterator::new(&text) {
        if let LogEntry::Interval(one) = entry.unwrap() {
            let bytes = base64(one.encoded_histogram());
            let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
            read.push((
                one.tag().unwrap().as_str().to_owned(),
                one.start_timestamp().as_secs(),
                one.max(),
                histogram,
            ));
        }
    }
    let tags: Vec<(&str, u64)> = read.iter().map(|one| (one.0.as_str(), one.1)).collect();
    assert_eq!(tags, [("durable", 0), ("ack_of_all", 60)], "by time, and without what the format forbids");
    assert!((123.4..123.6).contains(&read[0].2), "maximum in milliseconds: {}", read[0].2);
    assert_eq!(&read[1].3, ack.histogram());
}

/// The few lines of base64 that reading the log back needs.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | ALPHABET.iter().position(|letter| *letter == byte).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

#[test]
fn a_record_that_json_cannot_carry_is_refused_before_anything_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let run = Run { achieved_per_min: f64::NAN, ..samples::passing() };
    let error = write_all(dir.path(), &run, &[]).unwrap_err();
    assert!(matches!(error, WriteError::Encode { .. }));
    assert!(error.to_string().contains("achieved_per_min"), "{error}");
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "in the way").unwrap();
    let error = write_all(&file, &samples::passing(), &[]).unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
}

#[test]
fn what_is_wrong_in_a_record_is_said_with_its_place() {
    let check = |text: &str, expected: &str| {
        let error = parse_run(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut record = serde_json::to_value(samples::passing()).unwrap();
        *record.pointer_mut(pointer).unwrap() = value;
        record.to_string()
    };
    check("", "not JSON");
    check("{\"format\": ", "not JSON");
    check("[1]", "no text field `format`");
    check("{\"format\": 1}", "no text field `format`");
    check("{\"format\": \"peakproof.run/2\"}", "`peakproof.run/2`; what is read here is `peakproof.run/1`");
    check("{\"format\": \"peakproof.run/1\"}", "missing field `id`");
    check(&changed("/slo/2/limit", "high".into()), "at `slo[2].limit`");
    check(&changed("/sent/total", (-1).into()), "at `sent.total`");
    check(&changed("/verdict", "maybe".into()), "at `verdict`");
    check(&changed("/breakdown/0/statuses", serde_json::json!({"ok": 1})), "at `breakdown[0].statuses");
}

#[test]
fn a_missing_record_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = read_run(dir.path()).unwrap_err();
    assert!(matches!(error, ReadError::File { .. }));
    assert!(error.to_string().contains("run.json"), "{error}");
    fs::write(dir.path().join("run.json"), "{}").unwrap();
    let error = read_run(dir.path()).unwrap_err();
    assert!(matches!(error, ReadError::Content { source: ParseError::NoFormat { .. }, .. }), "{error}");
}

//! Targets that were not started by the run: somebody's receiver, judged by its answers, and a running embedded cloud, whose
//! stores are read.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use localstack::embedded::{self, Bootstrap, Options};

use super::{Ended, count, held, run};

const BRIEF: [&str; 8] = ["--users", "10", "--rate", "1200", "--duration", "3s", "--warmup", "1s"];

/// A receiver that gives the same answer to everything, `times` times, and then hangs up at once. Returns its base URL.
fn receiver(status: &'static str, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/any", listener.local_addr().expect("an address"));
    let left = Arc::new(AtomicUsize::new(times));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let left = Arc::clone(&left);
            std::thread::spawn(move || answer_all(stream, status, &left));
        }
    });
    url
}

fn answer_all(stream: TcpStream, status: &str, left: &AtomicUsize) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).ok()?;
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

fn against(url: &str) -> Ended {
    let secrets = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(
        &secrets,
        r#"{"stripe": {"secret": "whsec_x"}, "square": {"key": "k", "notification_url": "http://u"}}"#,
    )
    .expect("secrets");
    let path = secrets.path().display().to_string();
    run(&[&BRIEF[..], &["--target", "url", "--base-url", url, "--secrets", &path]].concat())
}

#[test]
fn a_receiver_that_accepts_everything_fails() {
    let ended = against(&receiver("200 OK", usize::MAX));
    ended.ended_with(1).says("let in").says("paypal is left out");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "forged_accepted_eq_0"), Some(false));
    assert_eq!(held(&record, "lost_eq_0"), None, "a bare URL shows no stores");
    assert_eq!(held(&record, "valid_rejected_eq_0"), Some(true));
}

#[test]
fn a_receiver_that_refuses_everything_fails() {
    let ended = against(&receiver("401 Unauthorized", usize::MAX));
    ended.ended_with(1).says("refused with a 4xx").says("--secrets");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "valid_rejected_eq_0"), Some(false));
    assert_eq!(held(&record, "availability_ge_999"), Some(false));
}

#[test]
fn a_receiver_that_goes_away_in_the_middle_fails() {
    let ended = against(&receiver("200 OK", 30));
    ended.ended_with(1).says("without an answer");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "availability_ge_999"), Some(false));
    assert!(record["breakdown"].as_array().expect("rows").iter().any(|row| row["statuses"]["0"].is_u64()));
}

#[test]
fn a_running_cloud_is_found_by_its_ready_file_and_its_stores_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let bootstrap = folder.path().join("bootstrap");
    symlink(env!("CARGO_BIN_EXE_loadtest"), &bootstrap).expect("a link");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let log_dir = folder.path().join("logs");
    let options = Options { bootstrap: Bootstrap::Path(bootstrap), log_dir, ..Options::default() };
    let cloud = runtime.block_on(Box::pin(embedded::start(options))).expect("the cloud starts");
    let ready = folder.path().join("ready.json");
    std::fs::write(&ready, serde_json::to_vec(cloud.ready()).expect("JSON")).expect("a ready file");
    let path = ready.display().to_string();
    for _ in 0..2 {
        // The same seed twice: the second run must not meet the events of the first.
        let ended = run(&[&BRIEF[..], &["--ready-file", &path, "--poison", "2"]].concat());
        ended.ended_with(2).says("too few");
        let record = ended.json("run.json");
        assert_eq!(held(&record, "lost_eq_0"), Some(true));
        assert_eq!(held(&record, "forged_accepted_eq_0"), Some(true));
        assert_eq!(held(&record, "dead_letters_exact"), Some(true));
        assert_eq!(count(&record, &["outcome", "stored"]), count(&record, &["sent", "valid"]));
    }
    runtime.block_on(cloud.shutdown());
}

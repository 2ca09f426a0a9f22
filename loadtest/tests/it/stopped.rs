//! What is interrupted still writes what it has.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Ended, PATIENCE, alone, finish, held, spawn};

/// A minute of load.
const RUN: &[&str] = &["--users", "20", "--rate", "1200", "--warmup", "1s"];

/// Starts what the flags say, sends the signals once deliveries are under way, and waits for the end. They go to the whole
/// process group, as a terminal sends Ctrl-C: functions that fell to it would leave the drain with nothing to wait for.
fn interrupted(flags: &[&str], signals: &[&str]) -> Ended {
    let _alone = alone();
    let out = tempfile::tempdir().expect("a folder");
    let child = spawn(out.path(), flags);
    let deadline = Instant::now() + PATIENCE;
    while !under_way(out.path()) {
        assert!(Instant::now() < deadline, "the run did not get under way");
        std::thread::sleep(Duration::from_millis(50)); // poll
    }
    for signal in signals {
        let group = format!("-{}", child.id());
        let sent = Command::new("kill").args([signal, "--", &group]).status().expect("kill");
        assert!(sent.success());
    }
    finish(child, out)
}

/// The processor has written lines into its log, so that events have come through.
fn under_way(out: &std::path::Path) -> bool {
    let logs = std::fs::read_dir(out).into_iter().flatten().flatten().map(|run| run.path().join("logs"));
    let mut sizes = logs.filter_map(|logs| std::fs::metadata(logs.join("api-gateway.log")).ok());
    sizes.any(|log| log.len() > 10_000)
}

#[test]
fn ctrl_c_writes_what_there_is_without_a_verdict() {
    let ended = interrupted(RUN, &["-INT"]);
    ended.ended_with(2).says("NO VERDICT").says("interrupted");
    let record = ended.json("run.json");
    assert_eq!((&record["verdict"], &record["interrupted"]), (&"unknown".into(), &true.into()));
    assert_eq!(held(&record, "target_rate_reached"), None);
    assert_eq!(held(&record, "lost_eq_0"), Some(true), "what was sent is reconciled all the same");
    assert!(record["duration_s"].as_f64().expect("a number") < 60.0);
    for file in ["summary.json", "report.html", "report.md", "junit.xml"] {
        assert!(ended.dir().join(file).is_file(), "{file}");
    }
}

/// `timeout` sends its child a SIGTERM, and one more to the whole group.
#[test]
fn a_termination_does_the_same_though_it_comes_twice() {
    interrupted(RUN, &["-TERM", "-TERM"]).ended_with(2).says("NO VERDICT");
}

#[test]
fn a_search_keeps_the_trials_it_has() {
    let flags = ["search", "--from", "1200", "--to", "2400", "--users", "20", "--duration", "60s"];
    let ended = interrupted(&flags, &["-INT"]);
    ended.ended_with(2).says("NO VERDICT").says("interrupted");
    let record = ended.json("search.json");
    assert_eq!((&record["verdict"], &record["interrupted"]), (&"unknown".into(), &true.into()));
    assert_eq!(record["trials"].as_array().map(Vec::len), Some(1));
    for file in ["summary.json", "search.html", "search.md"] {
        assert!(ended.dir().join(file).is_file(), "{file}");
    }
}

//! A search: its schema, its folder, and what is drawn.

use std::collections::BTreeSet;
use std::fs;

use reports::record::{Finding, Host, Outcome, Severity, Verdict};
use reports::search::{self, Knee, Limit, Objective, ScalabilityLaw, Search, Trial, TrialGenerator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::samples;
use crate::schema::walk;

const SCHEMA: &str = include_str!("../../schemas/search.schema.json");

fn trial(number: u32, rate: f64, held: Option<bool>) -> Trial {
    let late = held != Some(true);
    Trial {
        number,
        run: format!("20261121T18{number:02}00Z-embedded-peak"),
        seed: u64::from(number),
        offered_per_min: rate,
        achieved_per_min: if late { rate * 0.97 } else { rate },
        duration_s: 15.0,
        held,
        why: if late { "p99 acknowledgement below 1 s: 2.4 s".to_owned() } else { String::new() },
        hole: String::new(),
        ack_p50_ms: Some(if late { 900.0 } else { 3.1 }),
        ack_p99_ms: Some(if late { 2_400.0 } else { 9.0 + rate / 1_000.0 }),
        service_p50_ms: Some(3.0),
        service_p99_ms: Some(8.8),
        durable_p99_ms: Some(if late { 9_000.0 } else { 61.0 }),
        drain_s: if late { 8.4 } else { 0.3 },
        in_flight: rate / 60.0 * if late { 0.2 } else { 0.004 },
        outcome: Outcome { stored: 1_000, ..Outcome::default() },
        generator: TrialGenerator {
            send_lag_p99_ms: Some(0.8),
            scheduling_lag_p99_ms: Some(2.1),
            cpu_cores: Some(if late { 1.96 } else { rate / 15_000.0 }),
            own_cpu_cores: Some(rate / 90_000.0),
            other_cpu_cores: Some(0.02),
            open_sockets: Some(412),
            open_files_limit: Some(65_536),
            saturated: false,
        },
    }
}

/// A search that found its limit.
fn found() -> Search {
    let rates = [
        (3e3, true),
        (6e3, true),
        (12e3, true),
        (24e3, false),
        (18e3, true),
        (21e3, false),
        (19.5e3, true),
        (20_250.0, false),
    ];
    let trials = (1..).zip(rates).map(|(number, (rate, held))| trial(number, rate, Some(held))).collect();
    Search {
        format: search::FORMAT.to_owned(),
        id: "20261121T181500Z-embedded-search".to_owned(),
        tool_version: "0.1.0".to_owned(),
        build_profile: "release".to_owned(),
        started_at: "2026-11-21T18:15:00Z".to_owned(),
        finished_at: "2026-11-21T18:22:12Z".to_owned(),
        target: "embedded".to_owned(),
        plan: samples::passing().plan,
        seed: 1,
        users: 200,
        command: "cargo run --release -p loadtest -- search --seed 1".to_owned(),
        host: Host { cpus: 2, os: "linux x86_64".to_owned() },
        interrupted: false,
        objective: Objective { ack_p99_ms: 1_000.0, availability: 0.999, rate_share: 0.99 },
        trials,
        limit: Some(Limit {
            rate_per_min: 19_870.0,
            low_per_min: 19_020.0,
            high_per_min: 20_760.0,
            confidence: 0.95,
            trials: 6,
        }),
        law: Some(ScalabilityLaw {
            lambda_per_s: 251.0,
            sigma: 0.62,
            kappa: 0.000_4,
            r_squared: 0.97,
            peak_in_flight: Some(30.8),
            peak_per_min: Some(20_400.0),
        }),
        knee: Some(Knee {
            rate_per_min: 18_000.0,
            ack_p99_ms: 27.0,
            cause: "the processors: 2.0 of 2 cores in use".to_owned(),
        }),
        findings: vec![Finding {
            severity: Severity::Info,
            what: "On this machine, generator and system share 2 cores.".to_owned(),
            why: "At 20250 webhooks a minute 1.96 cores were in use.".to_owned(),
            next: "For the system's own limit, run the generator on another machine.".to_owned(),
            examples: Vec::new(),
        }],
        verdict: Verdict::Pass,
        exit_code: 0,
    }
}

/// One that never got anywhere, with text that wants to be more than text.
fn hostile() -> Search {
    const SCRIPT: &str = "<script>alert('x')</script>";
    let warning = Finding {
        severity: Severity::Warning,
        what: format!("{SCRIPT}\u{7}"),
        why: "| `a` @everyone".to_owned(),
        next: SCRIPT.to_owned(),
        examples: Vec::new(),
    };
    let mut search = Search { target: SCRIPT.to_owned(), id: SCRIPT.to_owned(), ..found() };
    search.verdict = Verdict::Unknown;
    (search.limit, search.law, search.knee) = (None, None, None);
    search.findings = vec![warning];
    search.trials.truncate(1);
    search.trials[0].why = SCRIPT.to_owned();
    search.trials[0].held = None;
    search
}

fn nothing() -> Search {
    Search { trials: Vec::new(), ..hostile() }
}

fn errors(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[test]
fn schema_and_record_say_the_same() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    for search in [found(), hostile(), nothing()] {
        assert_eq!(errors(&serde_json::to_value(&search).unwrap()), Vec::<String>::new());
    }
    let mut seen = BTreeSet::new();
    walk("search", &serde_json::to_value(found()).unwrap(), &schema, &schema, &mut seen);
    for deep in
        ["search.trials[].generator.own_cpu_cores", "search.limit.low_per_min", "search.law.peak_in_flight"]
    {
        assert!(seen.contains(deep), "{deep} was not reached: {seen:?}");
    }
    assert_eq!(schema["properties"]["format"]["const"], search::FORMAT);
    let mut wrong = serde_json::to_value(found()).unwrap();
    wrong["limit"]["surprise"] = json!(1);
    assert!(!errors(&wrong).is_empty());
}

#[test]
fn a_record_from_before_holes_were_named_is_read() {
    let mut value = serde_json::to_value(found()).unwrap();
    value["trials"][0].as_object_mut().unwrap().remove("hole");
    assert_eq!(errors(&value), Vec::<String>::new());
    assert_eq!(serde_json::from_value::<Search>(value).unwrap(), found());
}

#[test]
fn a_folder_holds_every_file_and_the_record_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    for search in [found(), hostile(), nothing()] {
        let files = search::write_all(dir.path(), &search).unwrap();
        let read: Search = serde_json::from_slice(&fs::read(files.record).unwrap()).unwrap();
        assert_eq!(read, search);
    }
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["search.html", "search.json", "search.md", "summary.json"]);
}

#[test]
fn a_number_that_json_cannot_carry_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = found();
    wrong.trials[2].in_flight = f64::NAN;
    let error = search::write_all(dir.path(), &wrong).unwrap_err().to_string();
    assert!(error.contains("trials[2].in_flight"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

fn text(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.text().collect::<Vec<_>>().join("")).collect()
}

#[test]
fn the_page_says_the_verdict_first_and_shows_every_trial() {
    let page = search::html(&found());
    let parsed = Html::parse_document(&page);
    assert_eq!(parsed.errors, Vec::<String>::new());
    let banner = &text(&parsed, ".banner")[0];
    assert!(
        banner.contains("Pass") && banner.contains("19,870 webhooks a minute hold the objective"),
        "{banner}"
    );
    assert!(banner.contains("95 % interval: 19,020 to 20,760"), "{banner}");
    assert_eq!(text(&parsed, "table.trials tbody tr").len(), 8);
    assert_eq!(text(&parsed, "svg[role=img]").len(), 2);
    let latency = &text(&parsed, "#latency svg")[0];
    for part in ["knee", "limit", "objective 1 s", "held", "broke"] {
        assert!(latency.contains(part), "{part}: {latency}");
    }
    assert!(text(&parsed, "#throughput svg")[0].contains("R² 0.97"));
    assert_eq!(text(&parsed, "#throughput path.dots").len(), 2, "held and broke; there are no open ones");
}

#[test]
fn hostile_text_stays_text_and_nothing_is_drawn_from_nothing() {
    for search in [hostile(), nothing()] {
        let page = search::html(&search);
        assert!(!page.contains("<script") && page.contains("default-src 'none'"));
        let parsed = Html::parse_document(&page);
        assert_eq!(parsed.errors, Vec::<String>::new());
        assert!(text(&parsed, ".banner")[0].contains("No verdict"));
        let markdown = search::markdown(&search);
        assert!(!markdown.contains("<script") && !markdown.contains("@everyone"), "{markdown}");
    }
    assert!(text(&Html::parse_document(&search::html(&nothing())), "svg").is_empty());
}

#[test]
fn a_hole_is_told_in_its_trial() {
    let mut search = found();
    search.trials[1].hole = "2 lost".to_owned();
    let parsed = Html::parse_document(&search::html(&search));
    assert_eq!(text(&parsed, ".trials td.bad"), ["ledger: 2 lost"]);
    assert!(search::markdown(&search).contains("2 lost"));
}

#[test]
fn the_summary_is_an_interface() {
    let summary: Value = serde_json::from_str(&search::summary(&found())).unwrap();
    assert_eq!(
        (&summary["verdict"], &summary["exit_code"], &summary["trials"]),
        (&json!("pass"), &json!(0), &json!(8))
    );
    assert_eq!(summary["limit"]["low_per_min"], 19_020.0);
    assert_eq!(summary["knee"]["rate_per_min"], 18_000.0);
    assert_eq!(summary["law"]["sigma"], 0.62);
    let none: Value = serde_json::from_str(&search::summary(&nothing())).unwrap();
    assert!(none["limit"].is_null() && none["law"].is_null() && none["knee"].is_null());
}

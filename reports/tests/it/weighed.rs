//! Capacity, comparison and trend: their texts, their data, their pages and the program's exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reports::capacity::evidence::Found;
use reports::capacity::forecast;
use reports::capacity::quotas::Quotas;
use reports::capacity::record::Capacity;
use reports::capacity::{self, Inputs, assess};
use reports::compare::{self, Comparison, Limits, Side, compare};
use reports::cost::Prices;
use reports::record::Run;
use reports::search::Search;
use reports::trend::{self, Trend, trend};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use time::macros::date;

use crate::samples;
use crate::snapshots::check as snapshot;

const FORECAST: &str = include_str!("../../samples/forecast.toml");

/// The project's own data as if looked up on one day, so that snapshots change with prices and not with days.
fn dated_anew(text: &str) -> String {
    let lines =
        text.lines().map(|line| if line.starts_with("date = ") { "date = \"2026-11-22\"" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn search() -> Search {
    serde_json::from_str(include_str!("../data/search-aws.json")).unwrap()
}

fn report(change: impl FnOnce(&mut Inputs)) -> Capacity {
    let today = date!(2026 - 11 - 30);
    let run = Run { finished_at: "2026-11-28T18:16:02Z".to_owned(), ..samples::passing() };
    let mut inputs = Inputs {
        expected: forecast::parse(FORECAST, today).unwrap(),
        found: Found { search: Some(search()), trial_runs: Vec::new(), runs: vec![run] },
        prices: Prices::parse(&dated_anew(include_str!("../../prices/us-east-1.toml"))).unwrap(),
        quotas: Quotas::parse(&dated_anew(include_str!("../../quotas/us-east-1.toml"))).unwrap(),
        today,
        allow_old: false,
    };
    change(&mut inputs);
    assess(&inputs).unwrap()
}

/// Ready, not ready, unknown, and hostile.
fn capacities() -> Vec<(&'static str, Capacity)> {
    vec![
        ("capacity-not-ready", report(|_| {})),
        (
            "capacity-ready",
            report(|inputs| {
                let calm = FORECAST
                    .replace("spike_factor = 3.0", "spike_factor = 1.5")
                    .replace("spike_factor = 2.5", "spike_factor = 1.5");
                inputs.expected = forecast::parse(&calm, inputs.today).unwrap();
            }),
        ),
        (
            "capacity-unknown",
            report(|inputs| {
                inputs.found = Found { runs: vec![samples::failing()], ..Found::default() };
                inputs.found.runs[0].outcome.unknown = 0;
            }),
        ),
        ("capacity-bare", report(|inputs| inputs.found = Found::default())),
        (
            "capacity-hostile",
            report(|inputs| {
                let mut search = search();
                let hostile = samples::hostile();
                (search.id, search.target) = (hostile.id.clone(), "aws".to_owned());
                search.knee.as_mut().unwrap().cause = hostile.plan.name.clone();
                search.trials.iter_mut().for_each(|trial| trial.achieved_per_min = 1e300);
                search.limit.as_mut().unwrap().high_per_min = 1e300;
                inputs.found.search = Some(search);
                inputs.found.runs = vec![hostile];
            }),
        ),
    ]
}

fn side(run: Run) -> Side {
    Side { run, histograms: Default::default() }
}

fn comparisons() -> Vec<(&'static str, Comparison)> {
    let limits = Limits::default();
    let slow = {
        let mut run = samples::passing();
        run.id = "20261128T181500Z-embedded-peak".to_owned();
        for latency in [&mut run.ack_latency_ms, &mut run.service_time_ms] {
            [&mut latency.p50, &mut latency.p90, &mut latency.p99]
                .into_iter()
                .for_each(|value| *value = value.map(|ms| ms * 1.6));
            latency.spectrum.iter_mut().for_each(|point| point.1 *= 1.6);
        }
        run
    };
    let before = || side(samples::passing());
    vec![
        ("compare-same", compare(&before(), &before(), limits)),
        ("compare-worse", compare(&before(), &side(slow), limits)),
        ("compare-hole", compare(&before(), &side(samples::open_door()), limits)),
        ("compare-empty", compare(&side(samples::empty()), &side(samples::interrupted()), limits)),
        ("compare-hostile", compare(&before(), &side(samples::hostile()), Limits { anyway: true, ..limits })),
    ]
}

fn trends() -> Vec<(&'static str, Trend)> {
    let month: Vec<Run> = (1..=12)
        .map(|day| {
            let mut run = samples::passing();
            run.id = format!("202611{day:02}T030000Z-embedded-peak");
            run.started_at = format!("2026-11-{day:02}T03:00:00Z");
            run.seed = day;
            let slower = 1.0 + day as f64 / 10.0;
            run.ack_latency_ms.p99 = run.ack_latency_ms.p99.map(|ms| (ms * slower * 1e3).round() / 1e3);
            run
        })
        .chain([samples::failing(), samples::interrupted()])
        .collect();
    let hostile = [samples::hostile(), samples::empty()];
    vec![
        ("trend-month", trend(&month, vec!["runs/torn/run.json: not JSON".to_owned()])),
        ("trend-hostile", trend(&hostile, vec!["<script>alert(1)</script>".to_owned()])),
    ]
}

fn pages() -> Vec<(&'static str, String)> {
    let capacities = capacities().into_iter().map(|(name, report)| (name, capacity::html::render(&report)));
    let comparisons = comparisons().into_iter().map(|(name, report)| (name, compare::html::render(&report)));
    let trends = trends().into_iter().map(|(name, report)| (name, trend::html::render(&report)));
    capacities.chain(comparisons).chain(trends).collect()
}

#[test]
fn texts_and_data_are_the_committed_ones() {
    for (name, report) in capacities() {
        snapshot(&format!("snapshots/{name}.md"), &capacity::markdown::render(&report));
    }
    for (name, report) in comparisons() {
        snapshot(&format!("snapshots/{name}.md"), &compare::markdown::render(&report));
    }
    for (name, report) in trends() {
        snapshot(&format!("snapshots/{name}.md"), &trend::markdown::render(&report));
    }
    snapshot("snapshots/capacity-not-ready.json", &capacities()[0].1.to_json());
    snapshot("snapshots/compare-worse.json", &comparisons()[1].1.to_json());
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

#[test]
fn pages_are_well_formed_and_alone_whatever_is_in_them() {
    for (name, text) in pages() {
        let page = Html::parse_document(&text);
        assert_eq!(page.errors, Vec::<String>::new(), "{name}");
        let ids: Vec<&str> =
            all(&page, "[id]").into_iter().filter_map(|element| element.attr("id")).collect();
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{name}: an id is there twice: {ids:?}"
        );
        for element in [
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "foreignObject",
            "image",
            "use",
        ] {
            assert!(all(&page, element).is_empty(), "{name}: <{element}>");
        }
        for element in all(&page, "*") {
            for (attribute, value) in element.value().attrs() {
                assert!(!attribute.starts_with("on"), "{name}: {attribute}");
                assert!(
                    !value.contains("://") || attribute == "content" || attribute.starts_with("xmlns"),
                    "{name}: {attribute}={value}"
                );
                assert!(
                    !matches!(value, "NaN" | "inf" | "-inf" | "NaN%" | "inf%"),
                    "{name}: {attribute}={value}"
                );
            }
        }
        let policy = all(&page, "meta[http-equiv=Content-Security-Policy]")[0].attr("content").unwrap();
        assert!(policy.contains("default-src 'none'"), "{name}");
        assert!(!text.contains("NaN"), "{name}");
    }
}

#[test]
fn pictures_are_named_and_described() {
    for (name, text) in pages() {
        let page = Html::parse_document(&text);
        for plot in all(&page, "svg[role=img]") {
            for id in plot.attr("aria-labelledby").unwrap().split(' ') {
                let said: String = all(&page, &format!("#{id}"))[0].text().collect();
                assert!(!said.is_empty() || id.ends_with("-d"), "{name}: {id}");
            }
        }
    }
    let plots = |name: &str| {
        let (_, text) = pages().into_iter().find(|(page, _)| *page == name).unwrap();
        all(&Html::parse_document(&text), "svg[role=img]").len()
    };
    assert_eq!((plots("capacity-not-ready"), plots("capacity-bare")), (2, 1));
    assert_eq!((plots("compare-worse"), plots("trend-month")), (2, 4));
}

#[test]
fn every_rule_limit_and_gap_is_on_the_page() {
    for (name, report) in capacities() {
        let page = Html::parse_document(&capacity::html::render(&report));
        let shown: String = page.root_element().text().collect();
        let clean = |text: &str| text.replace(|c: char| c.is_control() && c != '\n', "\u{FFFD}");
        for rule in &report.rules {
            assert!(
                shown.contains(&clean(&rule.title)) && shown.contains(&clean(&rule.detail)),
                "{name}: {rule:?}"
            );
        }
        for one in &report.bottlenecks {
            assert!(shown.contains(&clean(&one.what)), "{name}: {one:?}");
        }
        for one in &report.untested {
            assert!(shown.contains(&one.what) && shown.contains(&one.how), "{name}: {one:?}");
        }
        for saving in &report.cost.savings {
            assert!(shown.contains(&saving.what), "{name}: {saving:?}");
        }
    }
}

#[test]
fn every_measured_number_names_its_run_and_seed() {
    let report = capacities().remove(0).1;
    let proven = report.headroom.proven.as_ref().unwrap();
    assert_eq!((proven.run.as_str(), proven.seed), ("20261128T091500Z-aws-search", 100));
    assert!(report.trials.iter().all(|trial| !trial.run.is_empty() && trial.seed > 100));
    assert!(
        report.concurrency.iter().all(|one| one.measured_by.contains("seed 1")),
        "{:?}",
        report.concurrency
    );
    let knee = report.knee.as_ref().unwrap();
    assert_eq!((knee.run.as_str(), knee.seed), ("20261128T091500Z-aws-search", 100));
}

#[test]
fn the_schemas_describe_the_data() {
    let check = |schema: &str, value: &Value, format: &str| {
        let schema: Value = serde_json::from_str(schema).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        assert_eq!(schema["properties"]["format"]["const"], format);
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        let mut changed = value.clone();
        changed["surprise"] = json!(1);
        assert!(!validator.is_valid(&changed), "{format} is open");
        let mut changed = value.clone();
        changed["verdict"] = json!("perhaps");
        assert!(
            value.get("verdict").is_none() || !validator.is_valid(&changed),
            "{format} takes any verdict"
        );
    };
    for (_, report) in capacities() {
        let text = include_str!("../../schemas/capacity.schema.json");
        check(text, &serde_json::to_value(&report).unwrap(), capacity::record::FORMAT);
    }
    for (_, report) in comparisons() {
        check(
            include_str!("../../schemas/compare.schema.json"),
            &serde_json::to_value(&report).unwrap(),
            compare::FORMAT,
        );
    }
    for (_, report) in trends() {
        check(
            include_str!("../../schemas/trend.schema.json"),
            &serde_json::to_value(&report).unwrap(),
            trend::FORMAT,
        );
    }
}

fn program(arguments: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reports")).args(arguments).current_dir(dir).output().unwrap()
}

#[track_caller]
fn run(arguments: &[&str], dir: &Path, code: i32, expected: &str) {
    let output = program(arguments, dir);
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(expected), "{arguments:?}: {text}");
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("forecast.toml", FORECAST);
    write("past.toml", &FORECAST.replace("2027-11-26", "2025-11-28"));
    write("impossible.toml", &FORECAST.replace("growth = 0.35", "growth = -2"));
    write("search.json", include_str!("../data/search-aws.json"));
    write("no-search.json", "{\"format\": \"peakproof.run/1\"}");
    write(
        "bad-limit.json",
        &include_str!("../data/search-aws.json")
            .replace("\"low_per_min\": 9880.0", "\"low_per_min\": \"much\""),
    );
    let run = Run { finished_at: "2026-11-28T18:16:02Z".to_owned(), ..samples::passing() };
    write("run.json", &serde_json::to_string(&run).unwrap());
    write("holed.json", &serde_json::to_string(&samples::open_door()).unwrap());
    write(
        "debug.json",
        &serde_json::to_string(&Run { build_profile: "debug".to_owned(), ..samples::passing() }).unwrap(),
    );
    write("prices.toml", include_str!("../../prices/us-east-1.toml"));
    dir
}

#[test]
fn capacity_answers_by_its_exit_code() {
    let dir = folder();
    let at = |day: &str, more: &[&str], code, expected: &str| {
        let mut arguments = vec!["capacity", "--forecast", "forecast.toml", "--today", day];
        arguments.extend(more);
        run(&arguments, dir.path(), code, expected);
    };
    let day = "2026-11-30";
    at(day, &["--search", "search.json", "--run", "run.json"], 1, "Not ready");
    at(day, &[], 2, "there is no search");
    at(day, &["--run", "holed.json"], 1, "❌ Not ready");
    at(day, &["--search", "search.json", "--json"], 1, "\"format\": \"peakproof.capacity/1\"");
    at(day, &["--search", "search.json", "--out", "made/deep"], 1, "capacity.html");
    for name in ["capacity.json", "capacity.md", "capacity.html"] {
        assert!(dir.path().join("made/deep").join(name).is_file(), "{name}");
    }
    at("2027-11-27", &[], 64, "lies before today");
    at("2026-02-30", &[], 64, "not a date");
    at(day, &["--search", "nowhere.json"], 64, "cannot read nowhere.json");
    at(day, &["--search", "no-search.json"], 64, "what is read here is `peakproof.search/1`");
    at(day, &["--search", "bad-limit.json"], 64, "at `limit.low_per_min`");
    at(day, &["--run", "search.json"], 64, "peakproof.search/1");
    at(day, &["--quotas", "prices.toml"], 64, "not a file of quotas");
    at(day, &["--prices", "forecast.toml"], 64, "not a price file");
    run(&["capacity"], dir.path(), 64, "--forecast");
    run(&["capacity", "--forecast", "past.toml", "--today", day], dir.path(), 64, "lies before today");
    run(
        &["capacity", "--forecast", "impossible.toml", "--today", day],
        dir.path(),
        64,
        "`growth`: -2 is not possible",
    );
    run(&["capacity", "--forecast", "run.json", "--today", day], dir.path(), 64, "not a forecast");
}

#[test]
fn old_prices_are_refused_unless_they_are_wanted() {
    let dir = folder();
    let prices = include_str!("../../prices/us-east-1.toml");
    let old: String = prices
        .lines()
        .map(|line| {
            if line.starts_with("date = ") {
                "date = \"2025-01-01\"\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    fs::write(dir.path().join("old.toml"), old).unwrap();
    let arguments =
        ["capacity", "--forecast", "forecast.toml", "--today", "2026-11-30", "--prices", "old.toml"];
    run(&arguments, dir.path(), 64, "the prices are of 2025-01-01");
    let mut allowed = arguments.to_vec();
    allowed.push("--allow-old");
    run(&allowed, dir.path(), 2, "warning: The prices are of 2025-01-01");
}

#[test]
fn compare_and_trend_answer_by_their_exit_codes() {
    let dir = folder();
    run(&["compare", "run.json", "run.json"], dir.path(), 0, "✅ No regression");
    run(&["compare", "run.json", "holed.json"], dir.path(), 1, "has a hole");
    run(&["compare", "run.json", "debug.json"], dir.path(), 2, "build: release, now debug");
    run(&["compare", "run.json", "debug.json", "--anyway"], dir.path(), 0, "No regression");
    run(&["compare", "run.json", "run.json", "--json"], dir.path(), 0, "peakproof.compare/1");
    run(&["compare", "run.json", "run.json", "--out", "c"], dir.path(), 0, "compare.html");
    run(&["compare", "run.json"], dir.path(), 64, "<NOW>");
    run(&["compare", "run.json", "nowhere"], dir.path(), 64, "cannot read nowhere");
    run(&["compare", "run.json", "run.json", "--threshold", "10"], dir.path(), 64, "0.1 is a tenth");
    run(&["trend", "."], dir.path(), 0, "1 runs over time");
    run(&["trend", ".", "--json"], dir.path(), 0, "peakproof.trend/1");
    run(&["trend", "c"], dir.path(), 2, "there is no run");
    run(&["trend", "nowhere"], dir.path(), 64, "cannot read nowhere");
}

#[test]
fn histograms_beside_a_record_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = reports::latency::Recorder::new();
    (1..=2_000).for_each(|n| recorder.record_us(n * 10));
    let mut sample = samples::passing();
    sample.ack_latency_ms = recorder.to_latency();
    let one = |start| reports::latency::Series {
        tag: "ack",
        start: std::time::Duration::from_secs(start),
        length: std::time::Duration::from_secs(60),
        recorder: &recorder,
    };
    reports::write_all(dir.path(), &sample, &[one(0)]).unwrap();
    let read = Side::read(dir.path()).unwrap();
    assert_eq!(read.histograms["ack"], recorder);
    assert_eq!(Side::read(&dir.path().join("run.json")).unwrap(), read);
    // Two intervals of one tag add up; what is no log is left out.
    reports::write_all(dir.path(), &sample, &[one(0), one(60)]).unwrap();
    assert_eq!(Side::read(dir.path()).unwrap().histograms["ack"].samples(), 4_000);
    fs::write(dir.path().join("latency.hlog"), "Tag=ack,0,60,1,nonsense").unwrap();
    assert!(Side::read(dir.path()).unwrap().histograms.is_empty());
}

#[test]
fn published_samples_are_what_the_records_beside_them_give() {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("sh")
        .arg(samples.join("make"))
        .arg(dir.path())
        .env("REPORTS", env!("CARGO_BIN_EXE_reports"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let names: Vec<String> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        let kept = fs::read(samples.join(&name)).unwrap_or_default();
        assert!(
            kept == fs::read(dir.path().join(&name)).unwrap(),
            "reports/samples/{name} is not what its records give: run reports/samples/make"
        );
    }
}

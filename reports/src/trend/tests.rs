//! Which runs belong together, in which order, and how they are drawn.

use super::markdown::sparkline;
use super::*;

fn run(started_at: &str, change: impl FnOnce(&mut Run)) -> Run {
    let mut run = crate::read::parse_run(include_bytes!("../../tests/data/passing.json")).unwrap();
    run.started_at = started_at.to_owned();
    run.id = format!("{started_at}-run");
    change(&mut run);
    run
}

#[test]
fn runs_of_one_kind_are_together_and_in_order() {
    let runs = [
        run("2026-11-03T10:00:00Z", |_| {}),
        run("2026-11-01T10:00:00Z", |_| {}),
        run("2026-11-05T10:00:00Z", |run| run.build_profile = "debug".to_owned()),
        run("2026-11-02T10:00:00Z", |run| run.seed = 99),
        run("2026-11-02T11:00:00Z", |run| run.host.cpus = 64),
        run("2026-11-02T11:00:00Z", |run| run.plan.rate_per_min = 1.0),
    ];
    let trend = trend(&runs, Vec::new());
    let groups: Vec<Vec<&str>> = trend
        .groups
        .iter()
        .map(|group| group.runs.iter().map(|run| &run.started_at[8..10]).collect())
        .collect();
    assert_eq!(groups, [vec!["05"], vec!["01", "02", "03"], vec!["02"], vec!["02"]]);
    assert_eq!(trend.runs(), 6);
    assert!(trend.groups[0].title().contains("debug build"), "{}", trend.groups[0].title());
}

#[test]
fn holes_are_counted_together() {
    let run = run("2026-11-03T10:00:00Z", |run| {
        run.outcome.lost = 2;
        run.outcome.forged_accepted = u64::MAX;
    });
    assert_eq!(trend(&[run], Vec::new()).groups[0].runs[0].holes, u64::MAX);
}

#[test]
fn a_folder_is_read_with_searches_in_it_and_what_is_torn_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, started_at) in [("one", "2026-11-03T10:00:00Z"), ("search/trial", "2026-11-04T10:00:00Z")] {
        let folder = dir.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(RUN_JSON), serde_json::to_vec(&run(started_at, |_| {})).unwrap()).unwrap();
    }
    fs::create_dir(dir.path().join("torn")).unwrap();
    fs::write(dir.path().join("torn").join(RUN_JSON), "{").unwrap();
    fs::write(dir.path().join("notes.txt"), "no run").unwrap();
    let trend = read(dir.path()).unwrap();
    assert_eq!((trend.runs(), trend.groups.len(), trend.unreadable.len()), (2, 1, 1));
    assert!(trend.unreadable[0].contains("torn"), "{:?}", trend.unreadable);
    assert!(read(&dir.path().join("absent")).is_err());
}

#[test]
fn a_line_of_text_is_as_high_as_its_values() {
    let check = |values: &[Option<f64>], expected: &str| assert_eq!(sparkline(values), expected);
    check(&[Some(1.0), Some(4.0), None, Some(8.0)], "▁▄ █");
    check(&[Some(0.0)], "▁");
    check(&[], "");
}

//! The page: well-formed, alone, complete, and safe with hostile text.

use std::collections::BTreeSet;

use reports::html;
use scraper::{Html, Selector};

use crate::samples;

fn page(run: &reports::record::Run) -> (String, Html) {
    let text = html::render(run);
    let parsed = Html::parse_document(&text);
    (text, parsed)
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

fn text_of(element: &scraper::ElementRef<'_>) -> String {
    element.text().collect::<Vec<_>>().join("")
}

#[test]
fn every_page_is_well_formed_and_its_ids_are_unique() {
    for (name, run) in samples::all() {
        let (_, parsed) = page(&run);
        assert_eq!(parsed.errors, Vec::<String>::new(), "{name}");
        let ids: Vec<&str> =
            all(&parsed, "[id]").into_iter().filter_map(|element| element.attr("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let plain = run.slo.iter().map(|slo| &slo.name).collect::<BTreeSet<_>>().len();
        assert_eq!(ids.len() - run.slo.len(), unique.len() - plain, "{name}");
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    for (name, run) in samples::all() {
        let (text, parsed) = page(&run);
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
            assert!(all(&parsed, element).is_empty(), "{name}: <{element}>");
        }
        for element in all(&parsed, "*") {
            for (attribute, value) in element.value().attrs() {
                assert!(!attribute.starts_with("on"), "{name}: {attribute}");
                let loads =
                    ["src", "href", "xlink:href", "action", "data", "srcset", "style"].contains(&attribute);
                assert!(!loads, "{name}: {attribute}={value}");
            }
        }
        let style: String = all(&parsed, "style").iter().map(text_of).collect();
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("//"), "{name}");
        assert!(text.contains("default-src 'none'"), "{name}");
        assert_eq!(all(&parsed, "style").len(), 1, "{name}");
    }
}

#[test]
fn hostile_text_is_shown_as_text() {
    let (text, parsed) = page(&samples::hostile());
    assert!(!text.contains("<script"));
    assert!(!text.contains("<img"));
    let shown = text_of(&all(&parsed, "body")[0]);
    assert!(shown.contains("<script>alert('x')</script>"));
    assert!(shown.contains("</svg></style>"));
}

#[test]
fn every_objective_finding_kind_and_tampering_is_on_the_page() {
    for (name, run) in samples::all().into_iter().filter(|sample| sample.0 != "hostile") {
        let (_, parsed) = page(&run);
        let shown = text_of(&all(&parsed, "body")[0]);
        let objectives = all(&parsed, "table.objectives tbody tr");
        assert_eq!(objectives.len(), run.slo.len(), "{name}");
        for (row, slo) in objectives.iter().zip(&run.slo) {
            let row = text_of(row);
            assert!(row.to_lowercase().contains(&slo.title.to_lowercase()), "{name}: {row}");
            let judged = match slo.ok {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not judged",
            };
            assert!(row.ends_with(judged), "{name}: {row}");
        }
        for finding in &run.findings {
            for part in [&finding.what, &finding.why, &finding.next].into_iter().chain(&finding.examples) {
                assert!(shown.contains(part.as_str()), "{name}: {part}");
            }
        }
        for row in &run.breakdown {
            assert!(shown.contains(&row.variant.replace('_', " ")), "{name}: {}", row.variant);
        }
    }
}

#[test]
fn the_verdict_is_said_in_words() {
    let check = |run: reports::record::Run, word: &str, sentence: &str| {
        let (_, parsed) = page(&run);
        let banner = text_of(&all(&parsed, ".banner")[0]);
        assert!(banner.contains(word) && banner.contains(sentence), "{banner}");
    };
    check(samples::passing(), "Pass", "nothing lost, nothing doubled, no forgery accepted");
    check(samples::failing(), "Fail", "What broke first: ");
    check(samples::failing(), "Fail", "ended in the dead-letter queue.");
    check(samples::failing(), "Fail", "The first errors came 20 s into the run");
    check(samples::failing(), "Fail", "debug build");
    check(
        samples::open_door(),
        "Fail",
        "“no acknowledged webhook is lost” does not hold: measured 8, limit 0.",
    );
    check(samples::open_door(), "Fail", "4 of 9 objectives are missed.");
    check(samples::interrupted(), "No verdict", "interrupted after 4 s of 1 min");
    check(samples::empty(), "No verdict", "This is not a pass.");
}

#[test]
fn accepted_forgeries_stand_out_in_their_table() {
    let run = samples::open_door();
    let (_, parsed) = page(&run);
    let accepted = all(&parsed, "#forgeries td:last-child.bad");
    let total: u64 = accepted.iter().map(|cell| text_of(cell).replace(',', "").parse::<u64>().unwrap()).sum();
    assert_eq!(total, run.outcome.forged_accepted);
    let (_, parsed) = page(&samples::passing());
    assert!(all(&parsed, "#forgeries td.bad").is_empty());
    assert!(all(&parsed, "#forgeries td:last-child").iter().all(|cell| text_of(cell) == "0"));
}

#[test]
fn plots_are_named_described_and_hold_real_text() {
    let (_, parsed) = page(&samples::passing());
    let plots = all(&parsed, "svg[role=img]");
    assert_eq!(plots.len(), 4);
    for plot in plots {
        let labels = plot.attr("aria-labelledby").unwrap();
        for id in labels.split(' ') {
            let named = all(&parsed, &format!("#{id}"));
            assert!(!text_of(&named[0]).is_empty(), "{id}");
        }
        let text = Selector::parse("text").unwrap();
        assert!(plot.select(&text).count() > 5);
    }
}

#[test]
fn a_run_without_data_says_so_instead_of_drawing_nothing() {
    let (_, parsed) = page(&samples::empty());
    assert!(all(&parsed, "svg").is_empty());
    assert!(all(&parsed, ".empty").len() >= 6);
    let tiles: Vec<String> = all(&parsed, ".tiles .value").iter().map(text_of).collect();
    assert_eq!(tiles[2..6], ["–", "–", "–", "–"], "nothing sent is not nothing lost");
}

#[test]
fn an_hour_is_thinned_for_drawing_and_keeps_its_peak() {
    let (text, parsed) = page(&samples::an_hour());
    let longest =
        all(&parsed, "path").into_iter().filter_map(|path| path.attr("d")).map(str::len).max().unwrap();
    assert!(longest < 12_000, "{longest} bytes for one line");
    assert!(text.len() < 200_000, "{} bytes for the page", text.len());
    let peak = all(&parsed, "#latency path.s3")[0].attr("d").unwrap();
    let highest = peak
        .split(['M', 'L'])
        .filter_map(|point| point.split_once(' ')?.1.trim_end_matches("h0").parse::<f64>().ok())
        .fold(f64::MAX, f64::min);
    assert!(highest < 30.0, "the peak of 4.3 s stands near the top of the plot: {highest}");
}

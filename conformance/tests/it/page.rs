//! The page: well-formed, alone, complete, and safe with hostile text.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use conformance::output::html;
use conformance::results::{Outcome, Results};
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest as _, Sha256};

use crate::samples;

fn page(results: &Results) -> (String, Html) {
    let text = html::render(results);
    let parsed = Html::parse_document(&text);
    (text, parsed)
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

fn text_of(element: &ElementRef<'_>) -> String {
    element.text().collect::<Vec<_>>().join("")
}

#[test]
fn every_page_is_well_formed_and_its_ids_are_unique_and_its_links_lead_somewhere() {
    for (name, results) in samples::all() {
        let (_, parsed) = page(&results);
        assert_eq!(parsed.errors, Vec::<String>::new(), "{name}");
        let ids: Vec<&str> = all(&parsed, "[id]").into_iter().filter_map(|one| one.attr("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}");
        for link in all(&parsed, "a") {
            let href = link.attr("href").unwrap();
            assert!(href.strip_prefix('#').is_some_and(|id| unique.contains(id)), "{name}: {href}");
        }
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_runs_its_own_script_alone() {
    for (name, results) in samples::all() {
        let (_, parsed) = page(&results);
        for element in ["link", "img", "iframe", "object", "embed", "base", "form", "svg"] {
            assert!(all(&parsed, element).is_empty(), "{name}: <{element}>");
        }
        for element in all(&parsed, "*") {
            for (attribute, value) in element.value().attrs() {
                assert!(!attribute.starts_with("on"), "{name}: {attribute}");
                let loads = ["src", "action", "data", "srcset", "style"].contains(&attribute);
                assert!(!loads, "{name}: {attribute}={value}");
            }
        }
        let style: String = all(&parsed, "style").iter().map(text_of).collect();
        assert!(!style.contains("url(") && !style.contains("@import"), "{name}");
        let scripts = all(&parsed, "script");
        assert_eq!(scripts.len(), 1, "{name}");
        let hash = BASE64_STANDARD.encode(Sha256::digest(text_of(&scripts[0])));
        let policy = all(&parsed, "meta[http-equiv]")[0].attr("content").unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(
            policy.contains(&format!("script-src 'sha256-{hash}';")),
            "the script's hash is {hash}: {policy}"
        );
    }
}

#[test]
fn hostile_text_is_shown_as_text() {
    let (text, parsed) = page(&samples::hostile());
    assert_eq!(text.matches("<script").count(), 1);
    assert!(!text.contains("<img"));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    let shown = text_of(&all(&parsed, "body")[0]);
    assert!(shown.contains("<script>alert('x')</script>") && shown.contains("]]></failure>&amp;"));
    let again = text_of(&all(&parsed, "#again pre")[0]);
    assert!(again.contains(r"--base-url 'https://x.example/'\''; rm -rf ~ #'"), "{again}");
}

#[test]
fn every_case_has_a_row_and_whoever_needs_a_person_has_a_card() {
    for (name, results) in samples::all() {
        let (_, parsed) = page(&results);
        let rows = all(&parsed, "details[data-row]");
        assert_eq!(rows.len(), results.cases.len(), "{name}");
        let cards = all(&parsed, "article.case");
        let told = [Outcome::Failed, Outcome::UnexpectedPass, Outcome::Broken, Outcome::KnownFailure];
        let expected: u64 = told.into_iter().map(|outcome| results.counted(outcome)).sum();
        assert_eq!(cards.len() as u64, expected, "{name}");
        for case in &results.cases {
            let row = rows.iter().find(|row| row.attr("data-id") == Some(case.id.as_str())).unwrap();
            assert_eq!(row.attr("data-outcome"), Some(case.outcome.word()));
            assert_eq!(row.attr("data-subject"), Some(case.subject.as_str()));
        }
    }
}

#[test]
fn a_failure_says_all_that_is_needed_and_the_worst_comes_first() {
    let (_, parsed) = page(&samples::each());
    let cards = all(&parsed, "#wrong article");
    let ids: Vec<_> = cards.iter().filter_map(|card| card.attr("id")).collect();
    assert_eq!(ids, ["STRIPE-SIG-004", "LOG-003", "STRIPE-SIG-009"]);
    let shown = text_of(&cards[0]);
    for part in [
        "failed",
        "MUST",
        "A signature that is 301 seconds old is refused",
        "Whoever captured a webhook",
        "Source: Stripe",
        "signed 301 s ago",
        "expected",
        "401",
        "observed",
        "200",
        "curl -sS",
        "cargo run -p conformance -- run --id STRIPE-SIG-004 --seed 20261122",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let banner = text_of(&all(&parsed, ".banner")[0]);
    assert!(banner.contains("Fail") && banner.contains("1 of 8 passed"), "{banner}");
    assert!(banner.contains("1 case with the level MUST failed: STRIPE-SIG-004"), "{banner}");
}

#[test]
fn a_page_of_many_cases_stays_small() {
    let (text, _) = page(&samples::failing());
    assert!(text.len() < 300_000, "{} bytes", text.len());
}

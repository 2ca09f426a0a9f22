//! A comparison for a terminal.

use std::fmt::Write as _;

use super::{Comparison, Difference, Group, Side};
use crate::case::CaseId;
use crate::exit::Exit;
use crate::output::Look;
use crate::output::text::{Ink, plain};
use crate::results::Finding;

/// Lines of one finding or reason.
const LINES: usize = 3;

/// The text.
#[must_use]
pub fn text(comparison: &Comparison, look: Look) -> String {
    let names = names(comparison);
    let mut text = String::from("\n");
    head(&mut text, comparison, &names, look);
    for group in Group::ALL {
        let of: Vec<&Difference> =
            comparison.differences.iter().filter(|difference| difference.group == group).collect();
        if of.is_empty() {
            continue;
        }
        let (heading, ink) = heading(group, &names);
        let _ = writeln!(text, "\n{}", look.ink(ink, &format!("{heading}: {}", of.len())));
        for difference in of {
            one(&mut text, difference, &names, look);
        }
    }
    for (ids, name) in [(&comparison.only_in_a, &names.0), (&comparison.only_in_b, &names.1)] {
        if !ids.is_empty() {
            let ids: Vec<&str> = ids.iter().map(CaseId::as_str).collect();
            text.push('\n');
            text.push_str(&look.paragraph(&format!("only in {name}: "), &ids.join(", "), usize::MAX));
        }
    }
    text
}

/// What the sides are called: by their targets, unless these are the same.
fn names(comparison: &Comparison) -> (String, String) {
    let (a, b) = (plain(&comparison.a.target), plain(&comparison.b.target));
    if a == b { (format!("{a} (A)"), format!("{b} (B)")) } else { (a.into_owned(), b.into_owned()) }
}

fn head(text: &mut String, comparison: &Comparison, names: &(String, String), look: Look) {
    let differ = comparison.differences.len() + comparison.only_in_a.len() + comparison.only_in_b.len();
    let (word, ink) = match comparison.exit() {
        Exit::Passed => ("= THE SAME".to_owned(), Ink::Good),
        Exit::Failed => (format!("≠ {differ} DIFFER"), Ink::Bad),
        _ => ("? NOTHING TO COMPARE: no case was looked at in both".to_owned(), Ink::Open),
    };
    let _ = writeln!(text, "{}", look.ink(ink, &word));
    for (name, Side { base_url, started_at, seed, cases, .. }) in
        [(&names.0, &comparison.a), (&names.1, &comparison.b)]
    {
        let about = format!("{base_url}, {started_at}, seed {seed}, {cases} cases");
        text.push_str(&look.paragraph(&format!("  {name:12} "), &about, LINES));
    }
    let same = comparison.same;
    let mut said = vec![format!("{} right in both", same.right)];
    for (count, words) in [
        (same.partly, "right in both as far as could be seen"),
        (same.wrong, "wrong alike"),
        (same.not_looked_at, "looked at in neither"),
    ] {
        if count > 0 {
            said.push(format!("{count} {words}"));
        }
    }
    text.push_str(&look.paragraph("  the same     ", &format!("{}: {}", same.all(), said.join(", ")), LINES));
    let seeds_differ = comparison.a.seed != comparison.b.seed;
    if seeds_differ && comparison.differences.iter().any(|one| one.group == Group::WrongInBothOtherwise) {
        text.push_str(&look.paragraph(
            "  ",
            "The seeds differ, and so do the ids in findings; for a closer comparison run both with one seed.",
            LINES,
        ));
    }
}

fn heading(group: Group, (a, b): &(String, String)) -> (String, Ink) {
    match group {
        Group::RightInAWrongInB => (format!("right on {a}, wrong on {b}"), Ink::Bad),
        Group::WrongInARightInB => (format!("wrong on {a}, right on {b}"), Ink::Bad),
        Group::WrongInBothOtherwise => ("wrong on both, otherwise".to_owned(), Ink::Bad),
        Group::NotLookedAtInB => (format!("could not be looked at on {b}, or only in part"), Ink::Open),
        Group::NotLookedAtInA => (format!("could not be looked at on {a}, or only in part"), Ink::Open),
    }
}

fn one(text: &mut String, difference: &Difference, (a, b): &(String, String), look: Look) {
    text.push_str(&look.paragraph(&format!("  {}  ", difference.id), &difference.title, 2));
    let sides = [
        (a, difference.a, &difference.a_reason, &difference.a_findings),
        (b, difference.b, &difference.b_reason, &difference.b_findings),
    ];
    for (name, outcome, reason, findings) in sides {
        let label = format!("    {name}: ");
        let mut said = outcome.word().to_owned();
        if let Some(reason) = reason {
            let _ = write!(said, " ({reason})");
        }
        text.push_str(&look.paragraph(&label, &said, LINES));
        for Finding { what, expected, observed } in findings {
            let said = format!("{what}: expected {expected}, observed {observed}");
            text.push_str(&look.paragraph("      ", &said, LINES));
        }
    }
}

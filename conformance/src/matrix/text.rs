//! The matrix for a terminal: a mutant a line, with the IDs that caught it.

use super::{Catch, Matrix, MutantResult};
use crate::case::CaseId;
use crate::output::Look;
use crate::output::text::{Ink, columns, plain};
use crate::results::Verdict;

/// Lines of IDs behind one mutant: a broken signature check fails half the suite.
const LINES: usize = 2;

/// The table, and at its end what is wrong with the gate.
#[must_use]
pub fn table(matrix: &Matrix, look: Look) -> String {
    let width = matrix.mutants.iter().map(|mutant| columns(&mutant.name)).max().unwrap_or_default().min(44);
    let mut text = String::from("\n");
    for mutant in &matrix.mutants {
        text.push_str(&line(mutant, width, look));
    }
    let survivors: Vec<&MutantResult> = matrix.survivors().collect();
    if !survivors.is_empty() {
        text.push_str(&format!(
            "\n{}\n",
            look.ink(Ink::Bad, "survivors: no case that is named for them failed")
        ));
        for mutant in survivors {
            text.push_str(&look.paragraph(&format!("  {}  ", plain(&mutant.name)), &mutant.defect, LINES));
            let named: Vec<String> = mutant.named_in_vain().map(ended).collect();
            let named = if named.is_empty() { "no case".to_owned() } else { named.join(", ") };
            text.push_str(&look.paragraph("    named: ", &named, LINES));
        }
    }
    if !matrix.idle_cases.is_empty() {
        let ids: Vec<&str> = matrix.idle_cases.iter().map(CaseId::as_str).collect();
        text.push('\n');
        text.push_str(&look.paragraph("cases that caught nothing: ", &ids.join(", "), usize::MAX));
    }
    let (word, ink) = match matrix.verdict {
        Verdict::Pass => ("✓ PASS", Ink::Good),
        Verdict::Fail => ("✗ FAIL", Ink::Bad),
        Verdict::Unknown => ("? NO VERDICT", Ink::Open),
    };
    let took = reports::figures::span(matrix.duration_s);
    text.push_str(&format!("\n{}  {}, seed {}, {took}\n", look.ink(ink, word), matrix.counts(), matrix.seed));
    text
}

fn line(mutant: &MutantResult, width: usize, look: Look) -> String {
    let (mark, ink) = match (&mutant.reason, mutant.caught) {
        (Some(_), _) => ("?", Ink::Open),
        (None, true) => ("✓", Ink::Good),
        (None, false) => ("✗", Ink::Bad),
    };
    let mut said = Vec::new();
    if let Some(reason) = &mutant.reason {
        said.push(format!("could not be tried: {reason}"));
    }
    // Those that are named come first: they are what the mutant is there for.
    let (named, others): (Vec<&Catch>, Vec<&Catch>) =
        mutant.caught_by().partition(|case| case.expected_to_catch);
    let ids = |cases: &[&Catch]| cases.iter().map(|case| case.id.as_str()).collect::<Vec<_>>().join(" ");
    if !named.is_empty() {
        said.push(ids(&named));
    }
    let in_vain: Vec<String> = mutant.named_in_vain().map(ended).collect();
    if !in_vain.is_empty() {
        said.push(format!("named, did not fail: {}", in_vain.join(" ")));
    }
    if !others.is_empty() {
        said.push(format!("also {}: {}", others.len(), ids(&others)));
    }
    let label = format!("{mark} {:width$}  ", plain(&mutant.name));
    let shown = look.paragraph(&label, &said.join("; "), LINES);
    // The mark is one character, and whatever follows it is plain.
    let rest = shown.strip_prefix(mark).unwrap_or(&shown);
    format!("{}{rest}", look.ink(ink, mark))
}

fn ended(case: &Catch) -> String {
    format!("{} ({})", case.id, case.outcome.word())
}

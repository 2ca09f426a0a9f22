//! Rules in words: the table of a run, the list, one rule explained.

use infra_rules::rule::{Expect, Place, Rule, Subject};
use infra_rules::rules::Rules;
use serde::Serialize;

use super::cli::ExplainArgs;
use crate::cli::Telling;
use crate::exit::{Exit, Failure};
use crate::output::Look;
use crate::output::text::Ink;
use crate::results::{Outcome, Results};
use crate::terminal::Terminal;

/// A line a rule.
pub(super) fn table(results: &Results, look: Look) -> String {
    let mut text = String::from("\n");
    for case in &results.cases {
        let (mark, ink) = match case.outcome {
            Outcome::Passed => ("✓", Ink::Good),
            Outcome::Partly => ("◐", Ink::Good),
            Outcome::Failed | Outcome::UnexpectedPass => ("✗", Ink::Bad),
            Outcome::Skipped | Outcome::KnownFailure => ("–", Ink::Quiet),
            Outcome::Broken => ("?", Ink::Open),
        };
        let line = look.paragraph(&format!("{mark} {:<4} ", case.id), &case.title, 2);
        let (marked, rest) = line.split_at(mark.len());
        text.push_str(&look.ink(ink, marked));
        text.push_str(rest);
    }
    text.trim_end().to_owned()
}

/// A rule in a list.
#[derive(Serialize)]
struct Listed<'r> {
    id: &'r str,
    subject: &'r str,
    places: Vec<&'static str>,
    title: &'r str,
    /// What shows the part of it that neither resources nor files show.
    elsewhere: Vec<&'r str>,
}

/// `conformance infra list`.
pub(super) fn list(rules: &Rules, telling: &Telling, terminal: Terminal) -> Result<Exit, Failure> {
    let listed = rules.all().map(|(subject, rule)| Listed {
        id: &rule.id,
        subject: &subject.subject,
        places: rule.places.iter().map(|place| place.word()).collect(),
        title: &rule.title,
        elsewhere: rule.elsewhere.iter().map(|one| one.command.as_str()).collect(),
    });
    let listed: Vec<Listed<'_>> = listed.collect();
    if telling.json {
        crate::json(terminal, &listed)?;
        return Ok(Exit::Passed);
    }
    let look = terminal.look();
    let mut text =
        format!("{}\n", look.ink(Ink::Quiet, &format!("ID   {:13}  {:10}  TITLE", "SUBJECT", "WHERE")));
    for rule in &listed {
        let label = format!("{:<4} {:13}  {:10}  ", rule.id, rule.subject, rule.places.join(", "));
        text.push_str(&look.paragraph(&label, rule.title, usize::MAX));
    }
    text.push_str(&format!("\n{}\n", closing(rules)));
    terminal.result(&text);
    Ok(Exit::Passed)
}

/// How many rules there are for what, and which of them show nothing here.
fn closing(rules: &Rules) -> String {
    let all = || rules.all().map(|(_, rule)| rule);
    let judged =
        |place| all().filter(|rule| rule.is_at(place) && rule.expected_at(place).next().is_some()).count();
    let behaviour: Vec<&str> = all()
        .filter(|rule| rule.expect.is_empty() && !rule.elsewhere.is_empty())
        .map(|rule| rule.id.as_str())
        .collect();
    format!(
        "{} rules: {} judge a plan, {} what is deployed, {} the Pulumi stack\n\
         Behaviour is shown by other commands, which `conformance infra explain ID` tells: {}",
        all().count(),
        judged(Place::Plan),
        judged(Place::Live),
        judged(Place::Pulumi),
        behaviour.join(", ")
    )
}

/// All of a rule, in words.
#[derive(Serialize)]
struct Explained<'r> {
    id: &'r str,
    title: &'r str,
    subject: &'r str,
    why: &'r str,
    source: &'r str,
    places: Vec<&'static str>,
    mend: &'r str,
    expects: Vec<String>,
    elsewhere: Vec<String>,
}

/// `conformance infra explain ID`.
pub(super) fn explain(rules: &Rules, args: &ExplainArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let found = rules.rule(&args.id.to_ascii_uppercase());
    let (subject, rule) = found.ok_or_else(|| {
        Failure::Usage(format!("there is no rule {}; `conformance infra list` has them all", args.id))
    })?;
    let explained = explained(subject, rule);
    if args.telling.json {
        crate::json(terminal, &explained)?;
    } else {
        terminal.result(&text(&explained, terminal.look()));
    }
    Ok(Exit::Passed)
}

fn explained<'r>(subject: &'r Subject, rule: &'r Rule) -> Explained<'r> {
    let mut expects: Vec<String> = rule.expect.iter().map(expectation).collect();
    for code in &rule.code {
        let files = code.files.iter().chain(&code.file).chain(&code.cases);
        expects.push(format!("{}: {}", code.what, files.cloned().collect::<Vec<_>>().join(", ")));
    }
    Explained {
        id: &rule.id,
        title: &rule.title,
        subject: &subject.subject,
        why: &rule.why,
        source: &rule.source,
        places: rule.places.iter().map(|place| place.word()).collect(),
        mend: &rule.mend,
        expects,
        elsewhere: rule.elsewhere.iter().map(|one| format!("{}: {}", one.what, one.command)).collect(),
    }
}

fn expectation(expect: &Expect) -> String {
    let mut text = expect.what.clone();
    if let Some(select) = &expect.select {
        let count = match expect.count {
            Some(count) => format!("{count} × "),
            None if expect.if_any => "any ".to_owned(),
            None => "at least one ".to_owned(),
        };
        text.push_str(&format!(": {count}{}", select.words()));
    }
    let values: Vec<String> =
        expect.values.iter().map(|(path, expected)| format!("{} is {}", path.0, expected.words())).collect();
    if !values.is_empty() {
        text.push_str(&format!("; {}", values.join("; ")));
    }
    for names in &expect.each {
        let names: Vec<String> = names.iter().map(|(name, value)| format!("{name} {value}")).collect();
        text.push_str(&format!(" ({})", names.join(", ")));
    }
    text
}

fn text(rule: &Explained<'_>, look: Look) -> String {
    const ALL: usize = usize::MAX;
    let mut text = format!("{}  {}\n", look.ink(Ink::Strong, rule.id), look.ink(Ink::Quiet, rule.subject));
    text.push_str(&look.paragraph("", rule.title, ALL));
    text.push('\n');
    for (label, what) in [
        ("why     ", rule.why),
        ("source  ", rule.source),
        ("where   ", &rule.places.join(", ")),
        ("mend    ", rule.mend),
    ] {
        text.push_str(&look.paragraph(label, what, ALL));
    }
    text.push('\n');
    for expected in &rule.expects {
        text.push_str(&look.paragraph("    → ", expected, ALL));
    }
    for shown in &rule.elsewhere {
        text.push_str(&look.paragraph("    elsewhere  ", shown, ALL));
    }
    let command = format!("cargo run -p conformance -- infra --id {}", rule.id);
    text.push_str(&format!("\nrun it  {}\n", look.ink(Ink::Strong, &command)));
    text
}

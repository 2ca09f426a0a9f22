//! Every error code of the product's sources is described with its status, and every described code is in the sources.
//!
//! The sources are read as text, so that a code which is added tomorrow, in a file of its own, is found without being listed here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::document::Document;

type Codes = BTreeSet<(u16, String)>;

/// Codes that no answer carries: they end in the processor or the operator's tools.
const NOT_ANSWERED: [&str; 1] = ["foreign_key"];

/// What a file of the sources says, of queries or of webhooks.
struct Source {
    of_queries: bool,
    of_webhooks: bool,
    text: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for crate_name in ["webhook-core", "webhook-lambda"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(crate_name).join("src");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&root).unwrap().to_string_lossy();
                // `direct` answers webhooks as well, but behind no API of this document; infra/pulumi/README.md has its codes.
                let answers_elsewhere =
                    ["process", "compact", "authorizer", "direct"].iter().any(|part| name.starts_with(part));
                if !name.ends_with("tests.rs") && !answers_elsewhere {
                    // What the stage says is compared whatever is asked for.
                    let of_both = name == "stage.rs";
                    let of_queries = of_both || name.starts_with("query");
                    let of_webhooks = of_both || !of_queries;
                    found.push(Source { of_queries, of_webhooks, text: fs::read_to_string(&path).unwrap() });
                }
            }
        }
    }
    assert!(found.len() > 30, "only {} files: the listing is broken", found.len());
    found
}

/// The codes of the sources that are wanted.
fn coded(wanted: fn(&Source) -> bool) -> Codes {
    let mut codes = Codes::new();
    for source in sources().iter().filter(|source| wanted(source)) {
        let text = source.text.as_str();
        // `Answer::error(503, "code", …)`
        for call in text.split("Answer::error(").skip(1).chain(text.split("Self::error(").skip(1)) {
            let mut arguments = call.splitn(3, ',').map(str::trim);
            let (status, code) = (arguments.next().unwrap(), arguments.next().unwrap());
            if let (Ok(status), Some(code)) = (status.parse(), literal(code)) {
                codes.insert((status, code.to_owned()));
            }
        }
        // `again("code", …)`, `error: "timeout"`
        for before in ["again(", "error: "] {
            for rest in text.split(before).skip(1) {
                codes.extend(literal(rest.trim_start()).map(|code| (503, code.to_owned())));
            }
        }
        // `Self::Cause => "code"`, with a status for each cause or one for all.
        for (function, status) in
            [("fn key_code(", Some(503)), ("fn remote_code(", Some(503)), ("fn code(", None)]
        {
            let Some(body) = text.split(function).nth(1) else { continue };
            let statuses = text.split("fn status(&self) -> u16").nth(1);
            for (cause, code) in arms(body) {
                let status = status.unwrap_or_else(|| match statuses {
                    Some(statuses) => status_of(statuses, &cause),
                    None => 400,
                });
                codes.insert((status, code));
            }
        }
    }
    codes.retain(|(_, code)| !NOT_ANSWERED.contains(&code.as_str()));
    codes
}

/// The string literal that `text` begins with, if it looks like a code.
fn literal(text: &str) -> Option<&str> {
    let code = text.strip_prefix('"')?.split('"').next()?;
    let is_code =
        !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_code.then_some(code)
}

/// The arms of a function's `match` that give a code: the cause's name and the code.
fn arms(body: &str) -> Vec<(String, String)> {
    let end = body.find("\n    }\n").or_else(|| body.find("\n}\n")).unwrap_or(body.len());
    let lines = body[..end].lines().filter_map(|line| line.split_once("=>"));
    let coded = lines.filter_map(|(cause, code)| Some((cause, literal(code.trim())?)));
    coded.map(|(cause, code)| (name(cause), code.to_owned())).collect()
}

/// `Self::MissingHeader { .. }` → `MissingHeader`.
fn name(cause: &str) -> String {
    let cause = cause.trim().rsplit("::").next().unwrap_or_default();
    cause.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// The status that the `match` in `body` gives to a cause.
fn status_of(body: &str, cause: &str) -> u16 {
    let mut named = false;
    for line in body.lines() {
        let causes = line.split("=>").next().unwrap_or_default();
        named |= causes.split('|').any(|one| one.contains("Self::") && name(one) == cause);
        if let Some((_, status)) = line.split_once("=>")
            && named
        {
            return status.trim().trim_end_matches(',').parse().unwrap();
        }
    }
    panic!("{cause} has no status");
}

/// The codes of the document.
fn described(document: &Document, tag: &str) -> Codes {
    let mut codes = Codes::new();
    for (_, _, operation) in document.operations() {
        if operation["tags"][0] != tag {
            continue;
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let schema = &document.resolve(answer)["content"]["application/json"]["schema"];
            let choices = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
            for choice in &choices {
                let listed = document.resolve(choice)["properties"]["error"]["enum"].as_array();
                for code in listed.into_iter().flatten() {
                    codes.insert((status.parse().unwrap(), code.as_str().unwrap().to_owned()));
                }
            }
        }
    }
    codes
}

#[track_caller]
fn check(tag: &str, coded: &Codes, described: &Codes) {
    let missing: Vec<_> = coded.difference(described).collect();
    let invented: Vec<_> = described.difference(coded).collect();
    assert!(missing.is_empty(), "{tag}: answered, but not described: {missing:?}");
    assert!(invented.is_empty(), "{tag}: described, but never answered: {invented:?}");
}

#[test]
fn webhooks_answer_the_codes_that_are_described() {
    let coded = coded(|source| source.of_webhooks);
    assert!(coded.len() >= 25 && coded.contains(&(401, "signature_mismatch".to_owned())), "{coded:?}");
    check("webhooks", &coded, &described(&Document::read(), "webhooks"));
}

#[test]
fn queries_answer_the_codes_that_are_described() {
    let coded = coded(|source| source.of_queries);
    assert!(coded.len() >= 16 && coded.contains(&(400, "malformed_token".to_owned())), "{coded:?}");
    check("transactions", &coded, &described(&Document::read(), "transactions"));
}

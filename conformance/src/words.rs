//! Cases in words: what a step does, and what a correct receiver shows after it. Templates stay as they are written, but for
//! moments: `{now-301}` is "301 s ago".

mod doing;
mod expecting;

use crate::case::{Action, Step};
use crate::template;

/// What a step does: `POST /api/v1/webhooks/stripe: a payment_intent.succeeded event, signed 301 s ago`.
#[must_use]
pub fn step(step: &Step) -> String {
    match step.action() {
        Some(Action::Send(send)) => doing::send(send),
        Some(Action::Ipn(ipn)) => doing::ipn(ipn),
        Some(Action::Query(query)) => doing::query(query),
        Some(Action::Request(request)) => doing::request(request),
        Some(Action::Drill(drill)) => doing::drill(drill),
        None => match step.about() {
            Some(name) => format!("nothing is sent; what is there of `{name}` is looked at"),
            None => "nothing is sent; what is there is looked at".to_owned(),
        },
    }
}

/// What a correct receiver shows after a step, one sentence for each thing that is looked at.
#[must_use]
pub fn expectations(step: &Step) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(answer) = &step.answer {
        out.extend(expecting::answer(answer));
    }
    if let Some(stored) = &step.stored {
        out.extend(expecting::stored(stored));
    }
    if let Some(file) = &step.file {
        out.extend(expecting::day_file(file));
    }
    if !step.absent.is_empty() {
        out.push(format!("no store holds anything of {}", listed(step.absent.iter().map(code), "or")));
    }
    out.extend(step.log.iter().map(expecting::log));
    if let Some(trace) = &step.trace {
        out.extend(expecting::trace(trace));
    }
    if !step.nowhere.is_empty() {
        let texts = listed(step.nowhere.iter().map(code), "or");
        out.push(format!("no log, no trace and no answer holds {texts}"));
    }
    out
}

/// A text of a case as it is written there, cut where it is long.
fn code(text: impl AsRef<str>) -> String {
    const LONGEST: usize = 72;
    let text = text.as_ref();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// `a`, `a or b`, `a, b or c`.
fn listed(items: impl Iterator<Item = String>, last: &str) -> String {
    let mut items: Vec<String> = items.collect();
    match items.pop() {
        None => String::new(),
        Some(only) if items.is_empty() => only,
        Some(end) => format!("{} {last} {end}", items.join(", ")),
    }
}

/// `now-1d` or `{now-301}` as `1 day ago`, `301 s ago`, `10 s ahead`; nothing for other texts.
fn moment(text: &str) -> Option<String> {
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let bare = bare.split_once(':').map_or(bare, |(moment, _)| moment);
    let ms = template::moment_ms(bare, 0)?;
    Some(match ms {
        0 => "now".to_owned(),
        past if past < 0 => format!("{} ago", length(past.unsigned_abs())),
        ahead => format!("{} ahead", length(ahead.unsigned_abs())),
    })
}

/// A length of time, in the largest unit that it is a whole number of; minutes only where seconds are hard to read.
fn length(ms: u64) -> String {
    match ms {
        _ if ms.is_multiple_of(86_400_000) => plural(ms / 86_400_000, "day", "days"),
        _ if ms.is_multiple_of(3_600_000) => format!("{} h", ms / 3_600_000),
        _ if ms.is_multiple_of(60_000) && ms >= 600_000 => format!("{} min", ms / 60_000),
        _ if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        _ => format!("{ms} ms"),
    }
}

fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

#[cfg(test)]
mod tests;

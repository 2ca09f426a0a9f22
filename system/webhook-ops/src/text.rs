//! Text for people, made safe: what comes from another side is masked, of bounded length, and cannot steer a terminal.

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webhook_core::masking::mask;
use webhook_core::unix_time::UnixTime;

/// Text from another side, for a terminal or a JSON field: card numbers, addresses and secrets masked, control characters and
/// line breaks made visible, at most `chars_max` characters.
pub(crate) fn shown(text: &str, chars_max: usize) -> String {
    let masked = mask(text);
    let mut safe: String = masked
        .chars()
        .take(chars_max)
        // Besides control characters: marks that reverse the direction of what follows, and invisible ones.
        .map(|c| {
            if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    if masked.chars().nth(chars_max).is_some() {
        safe.push('…');
    }
    safe
}

/// `2025-11-21T18:33:20Z`, whole seconds.
pub(crate) fn rfc3339(time: UnixTime) -> String {
    let at = OffsetDateTime::from_unix_timestamp(time.secs()).ok();
    at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{} s", time.secs()))
}

/// The time between, in its two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`.
pub(crate) fn age(since: UnixTime, now: UnixTime) -> String {
    let seconds = now.secs().saturating_sub(since.secs()).max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `1 event`, `2 events`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    format!("{number} {singular}{}", if number == 1 { "" } else { "s" })
}

/// Rows under headings, columns as wide as they need to be, without trailing blanks.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    let mut line = |cells: [&str; N]| {
        let mut row = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            // Writing to a String cannot fail.
            let _ = write!(row, "{cell:<width$}  ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    };
    line(headings);
    for row in rows {
        line(std::array::from_fn(|column| row[column].as_str()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_another_side_cannot_steer_a_terminal_nor_carry_secrets() {
        assert_eq!(shown("plain", 10), "plain");
        assert_eq!(shown("a\u{1b}[2Jb\r\nc", 20), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
        assert_eq!(shown("x\u{202e}y", 20), "x\u{fffd}y");
        assert_eq!(shown("card 4242424242424242", 40), "card [card]");
        assert_eq!(shown("to jane@example.com with whsec_abc123", 60), "to [email] with [secret]");
        assert_eq!(shown("ééééé", 3), "ééé…");
    }

    #[test]
    fn ages() {
        let check = |seconds: i64, expected: &str| {
            assert_eq!(age(UnixTime::from_secs(1000), UnixTime::from_secs(1000 + seconds)), expected);
        };
        check(0, "0 s");
        check(-5, "0 s");
        check(59, "59 s");
        check(61, "1 min 1 s");
        check(3_700, "1 h 1 min");
        check(90_000, "1 d 1 h");
    }

    #[test]
    fn tables_are_aligned() {
        let rows = [["1".to_owned(), "one".to_owned()], ["22".to_owned(), String::new()]];
        assert_eq!(table(["ID", "NAME"], &rows), "ID  NAME\n1   one\n22\n");
    }
}

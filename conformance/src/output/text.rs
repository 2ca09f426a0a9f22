//! Text for a terminal: width, colour, and nothing in it that a terminal would obey.

use std::borrow::Cow;

/// How text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Right.
    Good,
    /// Wrong.
    Bad,
    /// Not known.
    Open,
    /// Beside the point.
    Quiet,
    /// To be seen.
    Strong,
}

impl Look {
    /// Narrower than this, words are broken to pieces.
    const NARROWEST: usize = 40;

    /// The text in its colour, or as it is where there are none.
    pub(crate) fn ink(self, ink: Ink, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Open => "33",
            Ink::Quiet => "2",
            Ink::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A paragraph behind a label, further lines below its first word: `    why   A webhook …`. At most `most` lines; what is cut
    /// off is marked.
    pub(crate) fn paragraph(self, label: &str, text: &str, most: usize) -> String {
        self.hanging(label, columns(label), text, most)
    }

    /// A paragraph behind a label of any length, further lines `indent` columns from the edge.
    pub(crate) fn hanging(self, label: &str, indent: usize, text: &str, most: usize) -> String {
        let width = self.width.max(Self::NARROWEST).saturating_sub(indent).max(Self::NARROWEST / 2);
        // The first line has less room by what the label is longer than the indent; those columns are taken and given back.
        let taken = "\u{0}".repeat(columns(label).saturating_sub(indent).min(width.saturating_sub(1)));
        let mut lines = wrap(&format!("{taken}{}", plain(text).trim_start()), width);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let kept: String = last.chars().take(width.saturating_sub(2)).collect();
                *last = format!("{} …", kept.trim_end());
            }
        }
        let mut out = String::new();
        for (at, line) in lines.iter().enumerate() {
            let line = line.trim_start_matches('\u{0}');
            if at == 0 {
                out.push_str(label);
            } else {
                out.extend(std::iter::repeat_n(' ', indent));
            }
            out.push_str(line);
            out.push('\n');
        }
        out
    }
}

/// The text without characters that a terminal obeys; a line break becomes a mark, so that a text stays where it was put.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let seen = text.chars().filter(|c| *c != '\r').map(|c| match c {
        '\n' => '⏎',
        '\t' => ' ',
        c if obeyed(c) => '\u{FFFD}',
        c => c,
    });
    Cow::Owned(seen.collect())
}

/// Control characters, and those that turn the direction of writing.
fn obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

/// Characters as columns, which holds for what cases and receivers write; colours are put on afterwards.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Lines of at most so many columns, broken at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && columns(&line) + 1 + columns(word) <= width {
            line.push(' ');
        } else if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while let Some((at, _)) = rest.char_indices().nth(width).filter(|_| line.is_empty()) {
            lines.push(rest[..at].to_owned());
            rest = &rest[at..];
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_long_words_anywhere() {
        let check = |text: &str, expected: &[&str]| assert_eq!(wrap(text, 6), expected, "{text}");
        check("", &[""]);
        check("one two three", &["one", "two", "three"]);
        check("a b c d e", &["a b c", "d e"]);
        check("abcdefghijklm n", &["abcdef", "ghijkl", "m n"]);
        check("ab abcdefgh", &["ab", "abcdef", "gh"]);
    }

    #[test]
    fn nothing_is_obeyed_by_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\r\nc\u{7}\u{202e}"), "a\u{FFFD}[31mb⏎c\u{FFFD}\u{FFFD}");
        assert!(matches!(plain("plain — text"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_label_does_not_push_the_paragraph_to_the_right() {
        let look = Look { colour: false, width: 40 };
        let shown =
            look.hanging("12 skipped because of this: ", 4, "the stores cannot be read (A-001, A-002)", 3);
        assert_eq!(shown, "12 skipped because of this: the stores\n    cannot be read (A-001, A-002)\n");
    }

    #[test]
    fn paragraphs_stay_below_their_first_word_and_say_that_they_were_cut() {
        let look = Look { colour: false, width: 40 };
        let text = "word ".repeat(30);
        let shown = look.paragraph("  why  ", &text, 2);
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.lines().all(|line| columns(line) <= 40), "{shown}");
        assert!(
            shown.lines().nth(1).is_some_and(|line| line.starts_with("       word") && line.ends_with('…'))
        );
    }
}

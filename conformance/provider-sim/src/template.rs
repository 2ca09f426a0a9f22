//! Bodies as text with holes. A template is parsed once per factory; making an event is then a walk over its
//! pieces. The files hold `${slot}` where a value goes, inside or outside of a JSON string.

/// How the provider spaces its JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As the file has it: two spaces a level, as Stripe sends.
    Pretty,
    /// No whitespace between tokens, as PayPal and Square send.
    Compact,
}

/// One piece of a body.
enum Piece<S> {
    Text(Box<[u8]>),
    Slot(S),
}

/// A parsed template whose holes are of type `S`.
pub(crate) struct Template<S> {
    pieces: Vec<Piece<S>>,
    text_bytes: usize,
}

impl<S: Copy> Template<S> {
    /// Parses `source` after putting in the constants `set`. A hole that `slot` does not know stays as text.
    pub(crate) fn parse(
        source: &str,
        style: Style,
        set: &[(&str, &str)],
        slot: impl Fn(&str) -> Option<S>,
    ) -> Self {
        let mut text = source.trim_end().to_owned();
        for (name, value) in set {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        if style == Style::Compact {
            text = compact(&text);
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text.as_str();
        while let Some((before, name, after)) = next_hole(rest) {
            literal.push_str(before);
            match slot(name) {
                Some(found) => {
                    pieces.push(Piece::Text(std::mem::take(&mut literal).into_bytes().into()));
                    pieces.push(Piece::Slot(found));
                }
                None => literal.push_str(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal.into_bytes().into()));
        let text_bytes =
            pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum();
        Self { pieces, text_bytes }
    }

    /// The body, each hole filled by `fill`.
    pub(crate) fn render(&self, mut fill: impl FnMut(S, &mut Vec<u8>)) -> Vec<u8> {
        // Values take less room than the text around them: one allocation in nearly every case.
        let mut out = Vec::with_capacity(self.text_bytes + self.pieces.len() * 12 + 256);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Slot(slot) => fill(*slot, &mut out),
            }
        }
        out
    }
}

/// Text before the next hole, its name, and the text after it.
fn next_hole(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("${")?;
    let end = start + text[start..].find('}')?;
    Some((&text[..start], &text[start + 2..end], &text[end + 1..]))
}

/// Takes out the whitespace between JSON tokens.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, style: Style, set: &[(&str, &str)], expected: &str) {
        let template = Template::parse(source, style, set, |name| match name {
            "a" => Some(b'1'),
            "b" => Some(b'2'),
            _ => None,
        });
        let body = template.render(|slot, out| out.push(slot));
        assert_eq!(String::from_utf8(body).expect("text"), expected);
    }

    #[test]
    fn holes_are_filled_and_unknown_ones_stay_visible() {
        check("{\"x\": ${a}, \"y\": \"${b}\"}\n", Style::Pretty, &[], "{\"x\": 1, \"y\": \"2\"}");
        check("${a}${b}${c}", Style::Pretty, &[], "12${c}");
        check("${a} ${", Style::Pretty, &[], "1 ${");
    }

    #[test]
    fn constants_are_put_in_first_and_may_hold_holes() {
        check("${status} ${a}", Style::Pretty, &[("status", "<${b}>")], "<2> 1");
    }

    #[test]
    fn compact_keeps_the_spaces_inside_strings() {
        check(
            "{ \"a b\" : \"c \\\" d\" ,\n \"e\": [ ${a} ] }",
            Style::Compact,
            &[],
            r#"{"a b":"c \" d","e":[1]}"#,
        );
        check(r#"{ "x\\" : 1 }"#, Style::Compact, &[], r#"{"x\\":1}"#);
    }
}

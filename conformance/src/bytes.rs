//! Changes of a body's bytes, each under its name in [`Spoil`].

use serde_json::Value;

use crate::case::Spoil;

/// A change that means nothing to this body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be changed so ({spoil:?}): {why}")]
pub struct Unchangeable {
    /// The change.
    pub spoil: Spoil,
    /// Why not.
    pub why: &'static str,
}

/// The body after the change.
///
/// # Errors
/// The change means nothing to this body, or leaves it as it was: a case that changes nothing would prove nothing.
pub fn spoilt(body: &[u8], spoil: &Spoil) -> Result<Vec<u8>, Unchangeable> {
    let cannot = |why| Unchangeable { spoil: spoil.clone(), why };
    let parsed = || serde_json::from_slice::<Value>(body).map_err(|_| cannot("it is not JSON"));
    let out = match spoil {
        Spoil::Bom => [b"\xef\xbb\xbf", body].concat(),
        Spoil::Pretty => serde_json::to_vec_pretty(&parsed()?).map_err(|_| cannot("it cannot be written"))?,
        Spoil::Compact => serde_json::to_vec(&parsed()?).map_err(|_| cannot("it cannot be written"))?,
        Spoil::Crlf => with_line_ends(body, b"\r\n"),
        Spoil::Lf => with_line_ends(body, b"\n"),
        Spoil::FlipBit => with_bit_flipped(body).ok_or_else(|| cannot("it has no text"))?,
        Spoil::Truncate => body[..body.len() / 2].to_vec(),
        Spoil::TrailingSpace => [body, b" "].concat(),
        Spoil::TrailingNewline => [body, b"\n"].concat(),
        Spoil::InvalidUtf8 => {
            with_member(body, b"\"extra\":\"\xff\xfe\"").ok_or_else(|| cannot("it is no object"))?
        }
        Spoil::Lossy => String::from_utf8_lossy(body).into_owned().into_bytes(),
        Spoil::Unreplace => with_replacements_undone(body),
        Spoil::Empty => Vec::new(),
        Spoil::Array => [b"[", body, b"]"].concat(),
        Spoil::PadTo(bytes) => [vec![b' '; bytes.saturating_sub(body.len())].as_slice(), body].concat(),
        Spoil::GrowTo(bytes) => {
            let frame = br#""padding":"",""#.len();
            let fill =
                bytes.checked_sub(body.len() + frame - 1).ok_or_else(|| cannot("it is larger already"))?;
            let member = [b"\"padding\":\"", vec![b'x'; fill].as_slice(), b"\""].concat();
            with_member(body, &member).ok_or_else(|| cannot("it is no object"))?
        }
        Spoil::Nest(depth) => {
            let member = ["\"nested\":", &"[".repeat(*depth), &"]".repeat(*depth)].concat();
            with_member(body, member.as_bytes()).ok_or_else(|| cannot("it is no object"))?
        }
    };
    if out == body {
        return Err(cannot("it would stay as it is"));
    }
    Ok(out)
}

fn with_line_ends(body: &[u8], end: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..at];
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(end);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out
}

/// A byte that is no UTF-8 in the place of each U+FFFD.
fn with_replacements_undone(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = match rest.strip_prefix("\u{fffd}".as_bytes()) {
            Some(after) => (0xff, after),
            None => (*byte, after),
        };
        out.push(byte);
        rest = after;
    }
    out
}

/// The last letter or digit of the last text that is a value becomes its neighbour: the JSON stays whole, its meaning does not.
fn with_bit_flipped(body: &[u8]) -> Option<Vec<u8>> {
    let ends_a_value = |at: usize| {
        let behind = body[at + 2..].iter().find(|byte| !byte.is_ascii_whitespace());
        body[at].is_ascii_alphanumeric() && body[at + 1] == b'"' && behind != Some(&b':')
    };
    let at = (0..body.len().saturating_sub(1)).rev().find(|at| ends_a_value(*at))?;
    let flipped = [1, 2, 4].into_iter().map(|bit| body[at] ^ bit).find(u8::is_ascii_alphanumeric)?;
    let mut out = body.to_vec();
    out[at] = flipped;
    Some(out)
}

/// The object with another member in front of its first one.
fn with_member(body: &[u8], member: &[u8]) -> Option<Vec<u8>> {
    let open = body.iter().position(|byte| *byte == b'{')? + 1;
    Some([&body[..open], member, b",", &body[open..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, spoil: Spoil, expected: &[u8]) {
        let out = spoilt(body.as_bytes(), &spoil).map_err(|error| error.to_string());
        assert_eq!(out.as_deref(), Ok(expected), "{spoil:?}");
    }

    #[test]
    fn each_change_is_what_its_name_says() {
        check("{}", Spoil::Bom, b"\xef\xbb\xbf{}");
        check("{ \"a\": 1 }", Spoil::Compact, b"{\"a\":1}");
        check("{\"a\":1}", Spoil::Pretty, b"{\n  \"a\": 1\n}");
        check("a\nb\r\nc", Spoil::Crlf, b"a\r\nb\r\nc");
        check("a\nb\r\nc", Spoil::Lf, b"a\nb\nc");
        check("{\"id\":\"evt_9\"}", Spoil::FlipBit, b"{\"id\":\"evt_8\"}");
        check("{\"id\":\"evtz\",\"n\":1}", Spoil::FlipBit, b"{\"id\":\"evtx\",\"n\":1}");
        check("abcd", Spoil::Truncate, b"ab");
        check("a\u{fffd}b\u{fffc}", Spoil::Unreplace, b"a\xffb\xef\xbf\xbc");
        check("{\"a\":1}", Spoil::InvalidUtf8, b"{\"extra\":\"\xff\xfe\",\"a\":1}");
        check("{\"a\":1}", Spoil::Nest(2), b"{\"nested\":[[]],\"a\":1}");
        for bytes in [22, 23, 1000] {
            let grown = spoilt(b"{\"a\":1}", &Spoil::GrowTo(bytes)).expect("grown");
            assert_eq!(grown.len(), bytes);
            assert!(serde_json::from_slice::<Value>(&grown).is_ok());
        }
        assert_eq!(spoilt(b"{}", &Spoil::PadTo(9)).expect("padded").len(), 9);
    }

    #[test]
    fn a_change_that_changes_nothing_is_refused() {
        for (body, spoil) in [
            ("{\"a\":1}", Spoil::Compact),
            ("no lines", Spoil::Crlf),
            ("plain", Spoil::Lossy),
            ("[1]", Spoil::InvalidUtf8),
            ("not json", Spoil::Pretty),
            ("{\"a\":1}", Spoil::GrowTo(5)),
        ] {
            assert!(spoilt(body.as_bytes(), &spoil).is_err(), "{spoil:?}");
        }
    }
}

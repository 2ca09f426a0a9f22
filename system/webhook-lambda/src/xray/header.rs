//! The trace header: `Root=1-…;Parent=…;Sampled=0|1`, and whatever else Lambda puts in (`Lineage=…`).

use super::document::SpanId;

/// Lambda's headers have a hundred bytes or two; a longer one is not worth reading.
const HEADER_BYTES_MAX: usize = 1024;
/// The header's parts that are read here.
const ROOT: &str = "Root=";
const PARENT: &str = "Parent=";
const SAMPLED: &str = "Sampled=";

/// The context that Lambda gave an invocation, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TraceHeader {
    text: String,
    sampled: bool,
}

impl TraceHeader {
    /// `None` where there is no trace to add to.
    pub(super) fn read(text: String) -> Option<Self> {
        if text.len() > HEADER_BYTES_MAX {
            return None;
        }
        // First what nine in ten fail. A subsegment must name its parent, so a header without one cannot be added to.
        let sampled = part(&text, SAMPLED) == Some("1")
            && part(&text, ROOT).is_some_and(is_trace_id)
            && part(&text, PARENT).is_some_and(is_span_id);
        Some(Self { text, sampled })
    }

    /// The trace's id. Looked at only where something is told, which is seldom.
    pub(super) fn root(&self) -> Option<&str> {
        part(&self.text, ROOT).filter(|id| is_trace_id(id))
    }

    /// The segment that Lambda makes for this invocation.
    pub(super) fn parent(&self) -> Option<&str> {
        part(&self.text, PARENT)
    }

    /// Whether the trace is kept.
    pub(super) const fn sampled(&self) -> bool {
        self.sampled
    }

    /// The header for a call that `parent` makes. Every other part goes along: Lambda's `Lineage` stops
    /// functions that invoke each other in a circle.
    pub(super) fn from(&self, parent: SpanId) -> String {
        let parts =
            self.text.split(';').map(str::trim).map(|part| {
                if part.starts_with(PARENT) { format!("{PARENT}{parent}") } else { part.to_owned() }
            });
        parts.collect::<Vec<_>>().join(";")
    }
}

/// The value of a part of the header.
fn part<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';').find_map(|part| part.trim().strip_prefix(name))
}

/// `1-` + 8 hexadecimal digits (seconds) + `-` + 24 hexadecimal digits.
fn is_trace_id(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next() == Some("1")
        && parts.next().is_some_and(|part| is_hex(part, 8))
        && parts.next().is_some_and(|part| is_hex(part, 24))
        && parts.next().is_none()
}

fn is_span_id(text: &str) -> bool {
    is_hex(text, 16)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT_ID: &str = "1-6920b070-111142228333444455556666";

    #[track_caller]
    fn check(header: &str, expected: Option<(Option<&str>, bool)>) {
        let read = TraceHeader::read(header.to_owned());
        let read = read.as_ref().and_then(|read| Some((read.root()?, read.parent(), read.sampled())));
        let expected = expected.map(|(parent, sampled)| (ROOT_ID, parent, sampled));
        assert_eq!(read, expected, "{header}");
    }

    #[test]
    fn headers() {
        let parent = "53995c3f42cd8ad8";
        check(&format!("Root={ROOT_ID};Parent={parent};Sampled=1"), Some((Some(parent), true)));
        check(&format!("Root={ROOT_ID};Parent={parent};Sampled=0"), Some((Some(parent), false)));
        check(&format!("Sampled=1; Parent={parent}; Root={ROOT_ID}"), Some((Some(parent), true)));
        check(
            &format!("Root={ROOT_ID};Parent={parent};Sampled=1;Lineage=a87bd80c:1"),
            Some((Some(parent), true)),
        );
        // Undecided, or nothing to be a child of: nothing is added, but a fault still finds its trace.
        check(&format!("Root={ROOT_ID};Parent={parent};Sampled=?"), Some((Some(parent), false)));
        check(&format!("Root={ROOT_ID};Sampled=1"), Some((None, false)));
        check(&format!("Root={ROOT_ID};Parent=x;Sampled=1"), Some((Some("x"), false)));
        check(&format!("Root={ROOT_ID}"), Some((None, false)));
        check("", None);
        check("Root=1-6920b070-1111;Parent=53995c3f42cd8ad8;Sampled=1", None);
        check("Root=1-6920b07g-111142228333444455556666", None);
        check(&format!("Root={ROOT_ID}-1"), None);
        check("Parent=53995c3f42cd8ad8;Sampled=1", None);
        check(&format!("Root={ROOT_ID};Lineage={}", "x".repeat(1024)), None);
    }

    #[test]
    fn a_call_is_made_by_its_own_subsegment_and_the_rest_goes_along() {
        let header =
            TraceHeader::read(format!("Root={ROOT_ID};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1|b:2"));
        let onward = header.unwrap().from(SpanId::new(0xab));
        assert_eq!(onward, format!("Root={ROOT_ID};Parent=00000000000000ab;Sampled=1;Lineage=a:1|b:2"));
    }
}

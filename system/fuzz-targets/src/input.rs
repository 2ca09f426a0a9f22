//! How targets take their input apart: a byte that chooses, lines of pairs, an empty line, and the rest. Text where the system
//! reads text, so that dictionaries and a person's eye are of use.

use webhook_core::provider::Provider;

/// The first byte, and what follows.
pub(crate) fn choice(input: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = input.split_first()?;
    (input.len() <= crate::MAX_INPUT_BYTES).then_some((*first, rest))
}

/// The provider that the first byte stands for (`0`, `1`, `2`, or any byte by its remainder), and what follows.
pub(crate) fn provider(input: &[u8]) -> Option<(Provider, &[u8])> {
    let (first, rest) = choice(input)?;
    Some((Provider::ALL[usize::from(first) % Provider::ALL.len()], rest))
}

/// What stands before and after the first empty line; without one, all of it stands before.
pub(crate) fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    match input.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&input[..at], &input[at + 2..]),
        None => (input, b""),
    }
}

/// Lines of a name, `mark`, and a value of any bytes. Lines without a mark or with a name that is no text are left out.
pub(crate) fn pairs(lines: &[u8], mark: u8) -> Vec<(&str, &[u8])> {
    let pair = |line| {
        let at = memchr(mark, line)?;
        Some((std::str::from_utf8(&line[..at]).ok()?, &line[at + 1..]))
    };
    lines.split(|byte| *byte == b'\n').filter_map(pair).collect()
}

fn memchr(wanted: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

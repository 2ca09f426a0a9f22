//! Masking of free text that might be logged (error texts of providers and SDKs): card numbers, e-mail addresses, secrets. The
//! last line of defence; the first is never to put such text into an error.

mod named;

use std::borrow::Cow;
use std::ops::Range;

use crate::mutant::{self, Mutant};

/// Beginnings of secrets as providers and AWS write them. What follows, up to the end of the word, goes too. All but the first
/// count at the start of a word only: `task_test_1` is none.
const SECRET_PREFIXES: [&str; 9] =
    ["whsec_", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pi_secret_", "EAAA", "sq0csp-", "A21AA"];

/// Schemes of `Authorization`, in lower case, with the fewest characters of a credential: after `basic` a sentence may go on.
const SCHEMES: [(&str, usize); 2] = [("bearer ", 1), ("basic ", 16)];

/// What an `@` becomes in a form.
const ENCODED_AT: &str = "%40";

/// What Stripe writes between an intent's id and its client secret.
const CLIENT_SECRET: &str = "_secret_";

/// Passes over a text in which something was found. Two are enough for all but made-up texts.
const ROUNDS_MAX: usize = 16;

const CARD: &str = "[card]";
const EMAIL: &str = "[email]";
const SECRET: &str = "[secret]";

/// `text` without card numbers (13 to 19 digits that pass the Luhn check, in one run or in groups with single spaces or
/// hyphens), e-mail addresses, secrets, and values whose name says that they are secret or personal. Borrowed if there is
/// nothing to hide.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    if mutant::active(Mutant::NothingMasked) {
        return Cow::Borrowed(text);
    }
    let mut masked = mask_once(text);
    if matches!(masked, Cow::Borrowed(_)) {
        return masked;
    }
    // What is hidden may have stood before something else and kept it from being seen: a secret right after a card number.
    for _ in 0..ROUNDS_MAX {
        match mask_once(&masked) {
            Cow::Owned(further) if further != masked => masked = Cow::Owned(further),
            _ => break,
        }
    }
    masked
}

fn mask_once(text: &str) -> Cow<'_, str> {
    let mut found = Vec::new();
    let lower = text.to_ascii_lowercase();
    find_secrets(text, &mut found);
    find_credentials(&lower, &mut found);
    named::find_values(&lower, |value| found.push((value, SECRET)));
    find_emails(text, &mut found);
    find_cards(text.as_bytes(), &mut found);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut masked = String::with_capacity(text.len());
    let mut copied_to = 0;
    for (range, replacement) in found {
        if range.end <= copied_to {
            continue;
        }
        // An overlap (an address with a card number in it) hides both.
        if range.start >= copied_to {
            masked.push_str(&text[copied_to..range.start]);
            masked.push_str(replacement);
        }
        copied_to = range.end;
    }
    masked.push_str(&text[copied_to..]);
    // What was masked before is found again, and stays as it is.
    if masked == text { Cow::Borrowed(text) } else { Cow::Owned(masked) }
}

type Found = Vec<(Range<usize>, &'static str)>;

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=')
}

fn word_end(text: &str, from: usize) -> usize {
    text.as_bytes()[from..].iter().position(|byte| !is_word(*byte)).map_or(text.len(), |length| from + length)
}

fn find_secrets(text: &str, found: &mut Found) {
    for (number, prefix) in SECRET_PREFIXES.into_iter().enumerate() {
        // However often the prefix stands in a long word, its end is looked for once.
        let mut known_end = 0;
        for (start, _) in text.match_indices(prefix) {
            if number > 0 && is_inside_a_word(text, start) {
                continue;
            }
            let from = start + prefix.len();
            if from > known_end {
                known_end = word_end(text, from);
            }
            if known_end > from {
                found.push((start..known_end, SECRET));
            }
        }
    }
    let mut known_end = 0;
    for (start, _) in text.match_indices(CLIENT_SECRET) {
        if start >= known_end {
            known_end = word_end(text, start);
        }
        found.push((start..known_end, SECRET));
    }
}

/// Whether the word that stands at `start` began before. A letter of an escape (`\n`, as in the text of a `Debug`) is no word.
fn is_inside_a_word(text: &str, start: usize) -> bool {
    match text.as_bytes()[..start] {
        [.., b'\\', b'n' | b'r' | b't'] => false,
        [.., last] => last.is_ascii_alphanumeric(),
        [] => false,
    }
}

fn find_credentials(lower: &str, found: &mut Found) {
    for (scheme, shortest) in SCHEMES {
        for (start, _) in lower.match_indices(scheme) {
            let inside_a_word = start > 0 && lower.as_bytes()[start - 1].is_ascii_alphanumeric();
            let end = word_end(lower, start + scheme.len());
            if !inside_a_word && end >= start + scheme.len() + shortest {
                found.push((start..end, SECRET));
            }
        }
    }
}

/// Characters of an address's local part and domain; more than the standard allows, since hiding too much does no harm.
fn is_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._%+-!#$&'*/=?^`{|}~".contains(&byte)
}

fn find_emails(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    for (at, sign) in text.match_indices('@').chain(text.match_indices(ENCODED_AT)) {
        let end = at + sign.len();
        // In a form `=` and `&` divide; they are no part of an address there, as rare as they are anywhere.
        let encoded = sign == ENCODED_AT;
        let belongs = |byte: &&u8| is_address(**byte) && !(encoded && matches!(**byte, b'=' | b'&'));
        let before = bytes[..at].iter().rev().take_while(belongs).count();
        let after = bytes[end..].iter().take_while(belongs).count();
        if before > 0 && after > 0 {
            found.push((at - before..end + after, EMAIL));
        }
    }
}

/// Shortest and longest card number, in digits.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Every group may begin a card number, also one that belongs to another number already: of two that share groups, both go.
fn find_cards(bytes: &[u8], found: &mut Found) {
    let groups = digit_groups(bytes);
    for first in 0..groups.len() {
        if let Some(last) = longest_card(bytes, &groups, first) {
            found.push((groups[first].start..groups[last].end, CARD));
        }
    }
}

/// Maximal runs of digits.
fn digit_groups(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match groups.last_mut() {
            Some(group) if group.end == at => group.end += 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// The last group of the longest card number that begins with group `first`.
fn longest_card(bytes: &[u8], groups: &[Range<usize>], first: usize) -> Option<usize> {
    let mut digits = Vec::with_capacity(*CARD_DIGITS.end());
    let mut longest = None;
    for last in first..groups.len() {
        let joined = last == first || {
            let (from, to) = (groups[last - 1].end, groups[last].start);
            to - from == 1 && matches!(bytes[from], b' ' | b'-')
        };
        if !joined || digits.len() + groups[last].len() > *CARD_DIGITS.end() {
            break;
        }
        digits.extend_from_slice(&bytes[groups[last].clone()]);
        if CARD_DIGITS.contains(&digits.len()) && passes_luhn(&digits) {
            longest = Some(last);
        }
    }
    longest
}

/// ISO/IEC 7812-1, annex B: every second digit from the right counts double, digits of a product add up.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') * if at % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests;

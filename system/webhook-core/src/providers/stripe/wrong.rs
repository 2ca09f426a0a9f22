//! Wrong ways to check Stripe's signature, for the build with deliberate defects.

use aws_lc_rs::hmac;

use super::{Claim, parts, unix_seconds};
use crate::mutant::wrong::hex;
use crate::mutant::{self, Mutant};
use crate::unix_time::UnixTime;

/// How long ago "now" may have been when a signature without a time was made, in seconds.
const MOMENT_SECS: i64 = 30;

/// The time that a forgiving parser reads out of `text`.
pub(super) fn time_text(text: &str) -> &str {
    if unix_seconds(text).is_some() || !mutant::active(Mutant::StripeTimeReadLoosely) {
        return text;
    }
    let whole = text.split('.').next().unwrap_or_default();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    // One a request that is wrong in this way, in a process that lives for a test.
    Box::leak(digits.into_boxed_str())
}

/// What a wrong check of the header says; `None` where the right one is to be made. `expected` is the MAC.
pub(super) fn decided(
    claim: &Claim<'_>,
    body: &[u8],
    key: &hmac::Key,
    expected: &[u8],
    now: UnixTime,
) -> Option<bool> {
    let expected = hex(expected);
    let v1 = || parts(claim.header).filter(|(scheme, _)| *scheme == "v1").map(|(_, value)| value);
    if claim.timestamp_text.is_empty() && mutant::active(Mutant::StripeMissingTimeIsNow) {
        let signed_at = |secs: i64| {
            let message = [secs.to_string().as_bytes(), b".", body].concat();
            let mac = hex(hmac::sign(key, &message).as_ref());
            v1().any(|given| given == mac)
        };
        return Some((now.secs() - MOMENT_SECS..=now.secs()).any(signed_at));
    }
    if mutant::active(Mutant::StripeFirstV1Only) {
        return Some(v1().next() == Some(&expected));
    }
    if mutant::active(Mutant::StripeLastV1Wins) {
        return Some(v1().last() == Some(&expected));
    }
    if mutant::active(Mutant::StripePrefixCompared) {
        return Some(v1().any(|given| given.get(..8) == expected.get(..8)));
    }
    if mutant::active(Mutant::StripeShortSignatureAccepted) {
        return Some(v1().any(|given| expected.starts_with(given)));
    }
    if mutant::active(Mutant::StripeUpperCaseHexAccepted) {
        return Some(v1().any(|given| given.eq_ignore_ascii_case(&expected)));
    }
    if mutant::active(Mutant::StripeV0Accepted) {
        return Some(
            parts(claim.header).any(|(scheme, value)| scheme == "v0" && value == expected)
                || v1().any(|given| given == expected),
        );
    }
    if mutant::active(Mutant::StripeAnySchemeAccepted) {
        return Some(parts(claim.header).any(|(scheme, value)| scheme == expected || value == expected));
    }
    None
}

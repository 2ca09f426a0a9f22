//! Attacks on the body under headers that stay as they were captured.

use bytes::Bytes;
use rand::Rng;
use serde_json::Value;

use crate::delivery::Delivery;
use crate::dice::Dice;
use crate::ids;
use crate::provider::Provider;
use crate::tamper::crc32;

/// The captured delivery with an event id in the body that was never sent.
pub(super) fn other_event(captured: &Delivery, rng: &mut impl Rng) -> Delivery {
    let mut forged = captured.clone();
    let id = ids::forged_event_id(captured.provider, rng);
    match &captured.id_in_body {
        Some(old) => {
            forged.body = replaced(&captured.body, old, &id).into();
            forged.id_in_body = Some(id);
        }
        None => forged.body = Bytes::from([&captured.body, &b" "[..]].concat()),
    }
    forged
}

/// The captured delivery with another event, of another payment, in the body.
pub(super) fn other_payment(captured: &Delivery, rng: &mut impl Rng) -> Delivery {
    let mut forged = other_event(captured, rng);
    let old = &captured.transaction_id;
    // Keep a prefix such as `pi_`; the digits after it are another payment's.
    let prefix = old.find('_').map_or("", |end| &old[..=end]);
    let mut dice = Dice::new(rng.random());
    let new = match captured.provider {
        Provider::Paypal => ids::base36(&mut dice, prefix, old.len() - prefix.len()),
        Provider::Stripe | Provider::Square => ids::base62(&mut dice, prefix, old.len() - prefix.len()),
    };
    forged.body = replaced(&forged.body, old, &new).into();
    forged.transaction_id = new;
    forged
}

/// The captured body with one bit of the event id flipped, so that it is another id of the same shape.
pub(super) fn bit_flipped(captured: &Delivery, rng: &mut impl Rng) -> Delivery {
    let mut forged = captured.clone();
    let mut body = captured.body.to_vec();
    let id = captured.id_in_body.as_deref().unwrap_or_default();
    match position(&body, id.as_bytes()) {
        Some(start) if !id.is_empty() => {
            let (place, flipped) = flippable(captured.provider, id, rng);
            body[start + place] = flipped;
            let mut new = id.to_owned();
            new.replace_range(place..=place, char::from(flipped).encode_utf8(&mut [0; 4]));
            forged.id_in_body = Some(new);
        }
        _ => {
            let last = body.len() / 2;
            body.get_mut(last).into_iter().for_each(|byte| *byte ^= 1);
        }
    }
    forged.body = body.into();
    forged
}

/// A place in the id's run part, and its character with one bit flipped that still may stand there.
fn flippable(provider: Provider, id: &str, rng: &mut impl Rng) -> (usize, u8) {
    let places = ids::run_part(provider);
    let candidates: Vec<(usize, u8)> = places
        .filter_map(|place| Some((place, *id.as_bytes().get(place)?)))
        .flat_map(|(place, byte)| (0..7).map(move |bit| (place, byte ^ (1 << bit))))
        .filter(|(_, byte)| ids::in_alphabet(provider, *byte))
        .collect();
    candidates.get(rng.random_range(0..candidates.len().max(1))).copied().unwrap_or((0, b'X'))
}

/// The same JSON value with other whitespace: compact where the provider indents, indented where it does not.
pub(super) fn reserialized(captured: &Delivery) -> Delivery {
    let mut forged = captured.clone();
    let written = serde_json::from_slice::<Value>(&captured.body).and_then(|value| match captured.provider {
        Provider::Stripe => serde_json::to_vec(&value),
        Provider::Paypal | Provider::Square => serde_json::to_vec_pretty(&value),
    });
    // What is no JSON gets a line feed at its end, which means as little.
    forged.body = written.unwrap_or_else(|_| [&captured.body, &b"\n"[..]].concat()).into();
    forged
}

/// A PayPal body with another event id and the CRC-32 of the captured one, so that the captured signature is right
/// for it. The `summary`, free text for people, takes the letters that make the CRC come out.
pub(super) fn colliding(captured: &Delivery, rng: &mut impl Rng) -> Delivery {
    let mut forged = other_event(captured, rng);
    let (mut body, field) = with_summary(&forged.body, &crc32::random_field(rng));
    crc32::force(&mut body, field, crc32fast::hash(&captured.body));
    forged.body = body.into();
    forged
}

/// The body with this text in its top-level `summary`, and where the text begins. PayPal's summaries hold no escaped quotes.
fn with_summary(body: &[u8], text: &[u8]) -> (Vec<u8>, usize) {
    const NAME: &[u8] = b"\"summary\":\"";
    if let Some(start) = position(body, NAME).map(|at| at + NAME.len())
        && let Some(len) = body[start..].iter().position(|b| *b == b'"')
    {
        return ([&body[..start], text, &body[start + len..]].concat(), start);
    }
    let open = body.iter().position(|b| *b == b'{').map_or(0, |at| at + 1);
    ([&body[..open], NAME, text, b"\",", &body[open..]].concat(), open + NAME.len())
}

/// Every occurrence of `old` replaced.
fn replaced(body: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let mut rest = body;
    if !old.is_empty() {
        while let Some(at) = position(rest, old.as_bytes()) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(new.as_bytes());
            rest = &rest[at + old.len()..];
        }
    }
    out.extend_from_slice(rest);
    out
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len().max(1)).position(|window| window == needle)
}

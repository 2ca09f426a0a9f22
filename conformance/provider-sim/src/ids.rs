//! Ids in each provider's own shape. An event id holds a *run part* (from seed, run and provider) and a *serial
//! part* (a bijection of lane and counter): two events of one run cannot share an id, by construction.

use crate::dice::{Dice, mix};
use crate::provider::Provider;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Makes the event ids of one factory.
#[derive(Clone)]
pub(crate) struct EventIds {
    provider: Provider,
    run: [u64; 2],
    key: u64,
    /// 16 bits of lane, then 40 bits of counter.
    next: u64,
}

impl EventIds {
    pub(crate) fn new(provider: Provider, run: [u64; 2], lane: u16) -> Self {
        let key = mix(run[0] ^ run[1].rotate_left(32));
        Self { provider, run, key, next: u64::from(lane) << 40 }
    }

    /// The next id, never returned before.
    pub(crate) fn next_id(&mut self) -> String {
        let serial = mix(self.next ^ self.key);
        self.next += 1;
        event_id(self.provider, self.run, serial)
    }
}

/// An event id that no factory makes: its run part is drawn anew. For bodies that only a forger sends.
pub(crate) fn forged_event_id(provider: Provider, rng: &mut impl rand::Rng) -> String {
    event_id(provider, rng.random(), rng.random())
}

/// Where an event id of this provider keeps its run part. Changing characters there gives the id of no event
/// of the run, whatever its counter.
pub(crate) const fn run_part(provider: Provider) -> std::ops::Range<usize> {
    match provider {
        Provider::Stripe => 5..17,
        Provider::Paypal => 3..20,
        Provider::Square => 0..8,
    }
}

/// Whether `byte` may stand in an event id of this provider.
pub(crate) fn in_alphabet(provider: Provider, byte: u8) -> bool {
    match provider {
        Provider::Stripe => byte.is_ascii_alphanumeric(),
        Provider::Paypal => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Provider::Square => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    }
}

fn event_id(provider: Provider, run: [u64; 2], serial: u64) -> String {
    match provider {
        // evt_ and 24 characters, the first of which is 1 in live accounts.
        Provider::Stripe => {
            let mut id = String::with_capacity(28);
            id.push_str("evt_1");
            digits(&mut id, BASE62, run[0], 10);
            digits(&mut id, BASE62, run[1], 2);
            digits(&mut id, BASE62, serial, 11);
            id
        }
        // WH- and twice 17 characters; 13 of base 36 hold 64 bits.
        Provider::Paypal => {
            let mut id = String::with_capacity(38);
            id.push_str("WH-");
            digits(&mut id, BASE36, run[0], 12);
            digits(&mut id, BASE36, run[1], 5);
            id.push('-');
            digits(&mut id, BASE36, run[1] >> 32, 4);
            digits(&mut id, BASE36, serial, 13);
            id
        }
        Provider::Square => uuid(run, serial, "4"),
    }
}

/// A UUID: 58 bits of `run`, all 64 of `serial`.
fn uuid(run: [u64; 2], serial: u64, version: &str) -> String {
    let mut id = String::with_capacity(36);
    digits(&mut id, HEX, run[0], 8);
    id.push('-');
    digits(&mut id, HEX, run[0] >> 32, 4);
    id.push('-');
    id.push_str(version);
    digits(&mut id, HEX, run[1], 2);
    digits(&mut id, HEX, serial >> 60, 1);
    id.push('-');
    digits(&mut id, HEX, 8 | (run[1] >> 8 & 3), 1);
    digits(&mut id, HEX, serial >> 48, 3);
    id.push('-');
    digits(&mut id, HEX, serial, 12);
    id
}

/// A PayPal transmission's id: a UUID marked as version 1, as the real ones are.
pub(crate) fn transmission_id(dice: &mut Dice) -> String {
    uuid([dice.bits(), dice.bits()], dice.bits(), "1")
}

/// A PayPal transaction's id, 17 characters of base 36, 13 of which hold the serial part: two transactions of one run
/// cannot share it.
pub(crate) fn paypal_transaction(run: u64, serial: u64) -> String {
    let mut id = String::with_capacity(17);
    digits(&mut id, BASE36, serial, 13);
    digits(&mut id, BASE36, run, 4);
    id
}

/// `len` random hexadecimal digits.
pub(crate) fn hex(dice: &mut Dice, len: usize) -> String {
    random(dice, HEX, "", len)
}

/// A prefix and `len` random characters of base 62, e.g. `pi_…`.
pub(crate) fn base62(dice: &mut Dice, prefix: &str, len: usize) -> String {
    random(dice, BASE62, prefix, len)
}

/// A prefix and `len` random characters of base 36, e.g. a PayPal capture's id.
pub(crate) fn base36(dice: &mut Dice, prefix: &str, len: usize) -> String {
    random(dice, BASE36, prefix, len)
}

fn random(dice: &mut Dice, alphabet: &[u8], prefix: &str, len: usize) -> String {
    let mut id = String::with_capacity(prefix.len() + len);
    id.push_str(prefix);
    let mut left = len;
    while left > 0 {
        // 64 bits give 10 characters of base 62 without a visible bias.
        let now = left.min(10);
        digits(&mut id, alphabet, dice.bits(), now);
        left -= now;
    }
    id
}

/// Appends the `len` lowest digits of `value`, lowest first.
fn digits(out: &mut String, alphabet: &[u8], value: u64, len: usize) {
    let base = alphabet.len() as u64;
    let mut left = value;
    for _ in 0..len {
        out.push(char::from(alphabet[(left % base) as usize]));
        left /= base;
    }
}

#[cfg(test)]
mod tests;

//! Another body with a given CRC-32. A CRC is linear: flipping a bit of a body of fixed length always changes the
//! CRC by the same pattern, wherever the other bits stand. So which bits to flip is a system of 32 linear
//! equations, solved here over bits that turn one harmless letter into another.

use rand::Rng;

/// Length of the field whose letters are chosen: 72 free bits for 32 equations.
pub(super) const FIELD_LEN: usize = 24;

/// Each letter is one of `h` to `o`: these share all bits but the lowest three.
const FIRST_LETTER: u8 = b'h';
const FREE_BITS: usize = 3;

/// A field of random letters, to be adjusted by [`force`].
pub(super) fn random_field(rng: &mut impl Rng) -> [u8; FIELD_LEN] {
    std::array::from_fn(|_| FIRST_LETTER | rng.random_range(0..1 << FREE_BITS))
}

/// Changes letters of the field at `start` until the CRC-32 of `body` is `target`. False if no choice of letters
/// gives it, which 72 independent enough bits rule out in practice.
pub(super) fn force(body: &mut [u8], start: usize, target: u32) -> bool {
    let now = crc32fast::hash(body);
    // Row-reduced patterns by their highest bit, each with the set of flips that makes it.
    let mut basis: [Option<(u32, u128)>; 32] = [None; 32];
    for bit in 0..FIELD_LEN * FREE_BITS {
        flip(body, start, bit);
        let pattern = crc32fast::hash(body) ^ now;
        flip(body, start, bit);
        let (rest, flips) = reduce(&basis, pattern, 1 << bit);
        if rest != 0 {
            basis[rest.ilog2() as usize] = Some((rest, flips));
        }
    }
    let (rest, flips) = reduce(&basis, now ^ target, 0);
    if rest == 0 {
        (0..FIELD_LEN * FREE_BITS).filter(|bit| flips >> bit & 1 == 1).for_each(|bit| flip(body, start, bit));
    }
    rest == 0
}

/// What is left of `pattern` after taking away what the basis can make, and the flips used.
fn reduce(basis: &[Option<(u32, u128)>; 32], mut pattern: u32, mut flips: u128) -> (u32, u128) {
    for (value, made_by) in basis.iter().rev().flatten() {
        if pattern != 0 && pattern.ilog2() == value.ilog2() {
            pattern ^= value;
            flips ^= made_by;
        }
    }
    (pattern, flips)
}

fn flip(body: &mut [u8], start: usize, bit: usize) {
    body[start + bit / FREE_BITS] ^= 1 << (bit % FREE_BITS);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    proptest! {
        #[test]
        fn any_crc_can_be_forced_at_any_place(
            seed: u64,
            target: u32,
            before in proptest::collection::vec(any::<u8>(), 0..600),
            after in proptest::collection::vec(any::<u8>(), 0..3000),
        ) {
            let field = random_field(&mut StdRng::seed_from_u64(seed));
            let original = [before.as_slice(), &field, after.as_slice()].concat();
            let mut body = original.clone();
            prop_assert!(force(&mut body, before.len(), target));
            prop_assert_eq!(crc32fast::hash(&body), target);
            let end = before.len() + FIELD_LEN;
            prop_assert_eq!(&body[..before.len()], &before[..]);
            prop_assert_eq!(&body[end..], &after[..]);
            prop_assert!(body[before.len()..end].iter().all(|b| (b'h'..=b'o').contains(b)));
        }
    }
}

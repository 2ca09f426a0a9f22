//! The crate's own random numbers: SplitMix64, chosen because its output for a seed stays the same for ever
//! (a general-purpose generator may change with its library's version, and a seed in an old report must keep
//! its meaning). For variety only, never for secrets.

/// A stream of pseudo-random numbers.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// A stream that depends on the seed alone.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream that depends on a text (FNV-1a).
    pub(crate) fn of_text(text: &str) -> Self {
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    /// The next 64 bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`; 0 where `bound` is 0.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        // Multiply and keep the high half: no division, and the bias is far below what anybody could see.
        ((self.bits() as u128 * bound as u128) >> 64) as u64
    }

    /// True `percent` times in a hundred.
    pub(crate) const fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

/// SplitMix64's finalizer: a bijection of 64-bit numbers, so different counters never meet.
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! What kind each delivery is: cards drawn from a shuffled deck, so that every share is exact over any longer stretch
//! while the order stays unpredictable; all from the seed.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::plan::Shares;

/// Cards in one deck.
const CARDS: usize = 50;

/// What a delivery is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// A genuine event, for the first time.
    Valid,
    /// An event that was sent before.
    Duplicate,
    /// Forged in the way of this number.
    Forged(usize),
    /// Malformed in the way of this number.
    Malformed(usize),
}

/// An endless sequence of cards for one provider.
#[derive(Debug)]
pub struct Deck {
    /// Shares of duplicates, forgeries and malformed deliveries.
    shares: [f64; 3],
    /// Fractions of a card that earlier decks still owe.
    owed: [f64; 3],
    cards: Vec<Card>,
    rng: StdRng,
    /// Ways of forging and of malforming that apply to the provider, and the next of each.
    ways: [Rotation; 2],
}

#[derive(Debug, Clone, Copy)]
struct Rotation {
    count: usize,
    next: usize,
}

impl Rotation {
    fn draw(&mut self) -> usize {
        let drawn = self.next % self.count.max(1);
        self.next = drawn + 1;
        drawn
    }
}

impl Deck {
    /// A deck that goes through all `forgeries` and `malformations` in turn. A provider without any gets none.
    #[must_use]
    pub fn new(shares: Shares, forgeries: usize, malformations: usize, seed: u64) -> Self {
        let mut deck = Self {
            shares: [0.0; 3],
            owed: [0.0; 3],
            cards: Vec::with_capacity(CARDS),
            rng: StdRng::seed_from_u64(seed),
            ways: [forgeries, malformations].map(|count| Rotation { count, next: 0 }),
        };
        deck.set_shares(shares);
        deck
    }

    /// Other shares from now on. A provider without any forgeries or malformations goes on getting none.
    pub fn set_shares(&mut self, shares: Shares) {
        let [forgeries, malformations] = self.ways.map(|ways| ways.count > 0);
        let forged = if forgeries { shares.forged } else { 0.0 };
        let malformed = if malformations { shares.malformed } else { 0.0 };
        self.shares = [shares.duplicates, forged, malformed];
        self.cards.clear();
    }

    /// The next card.
    pub fn draw(&mut self) -> Card {
        loop {
            match self.cards.pop() {
                None => self.shuffle(),
                Some(Card::Forged(_)) => return Card::Forged(self.ways[0].draw()),
                Some(Card::Malformed(_)) => return Card::Malformed(self.ways[1].draw()),
                Some(card) => return card,
            }
        }
    }

    fn shuffle(&mut self) {
        let kinds = [Card::Duplicate, Card::Forged(0), Card::Malformed(0)];
        for ((card, share), owed) in kinds.into_iter().zip(self.shares).zip(&mut self.owed) {
            *owed += share * 50.0;
            while *owed >= 1.0 - 1e-9 {
                *owed -= 1.0;
                self.cards.push(card);
            }
        }
        self.cards.resize(CARDS.max(self.cards.len()), Card::Valid);
        self.cards.shuffle(&mut self.rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(shares: Shares, count: usize, seed: u64) -> Vec<Card> {
        let mut deck = Deck::new(shares, 12, 5, seed);
        (0..count).map(|_| deck.draw()).collect()
    }

    #[test]
    fn shares_are_exact_and_every_way_comes_up() {
        let shares = Shares { forged: 0.05, duplicates: 0.02, malformed: 0.01 };
        let cards = draw(shares, 10_000, 1);
        let count = |wanted: fn(&Card) -> bool| cards.iter().filter(|card| wanted(card)).count();
        assert_eq!(count(|c| matches!(c, Card::Forged(_))), 500);
        assert_eq!(count(|c| matches!(c, Card::Duplicate)), 200);
        assert_eq!(count(|c| matches!(c, Card::Malformed(_))), 100);
        for way in 0..12 {
            let times = cards.iter().filter(|card| **card == Card::Forged(way)).count();
            assert!((41..=42).contains(&times), "way {way} came up {times} times");
        }
        for way in 0..5 {
            assert_eq!(cards.iter().filter(|card| **card == Card::Malformed(way)).count(), 20);
        }
    }

    #[test]
    fn shares_change_when_they_are_told_to() {
        let mut deck = Deck::new(Shares { forged: 0.1, ..Shares::default() }, 12, 0, 1);
        let mut forged = |share: f64| {
            deck.set_shares(Shares { forged: share, malformed: 0.2, ..Shares::default() });
            let drawn: Vec<_> = (0..1_000).map(|_| deck.draw()).collect();
            assert!(!drawn.iter().any(|card| matches!(card, Card::Malformed(_))), "there is no way to");
            drawn.iter().filter(|card| matches!(card, Card::Forged(_))).count()
        };
        assert_eq!([forged(0.5), forged(0.0), forged(0.9)], [500, 0, 900]);
    }

    #[test]
    fn the_seed_decides_the_order() {
        let shares = Shares { forged: 0.1, duplicates: 0.1, malformed: 0.1 };
        assert_eq!(draw(shares, 500, 3), draw(shares, 500, 3));
        assert_ne!(draw(shares, 500, 3), draw(shares, 500, 4));
    }

    #[test]
    fn no_shares_mean_valid_only() {
        assert!(draw(Shares::default(), 200, 1).iter().all(|card| *card == Card::Valid));
    }
}

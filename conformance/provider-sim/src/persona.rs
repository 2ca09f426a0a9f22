//! People who do not exist: the personal fields that real events carry, so that a test can tell whether a
//! receiver leaks them. Addresses are at example.com (RFC 2606), cards are known by four digits only.

use crate::dice::Dice;

const FIRST: [&str; 16] = [
    "Amara",
    "Bjarne",
    "Chioma",
    "Dmitri",
    "Esperanza",
    "Farid",
    "Greta",
    "Hiroko",
    "Ines",
    "Jomo",
    "Katarzyna",
    "Liam",
    "Ngozi",
    "Oscar",
    "Priya",
    "Søren",
];
const LAST: [&str; 16] = [
    "Abara",
    "Brandt",
    "Castellanos",
    "Dufour",
    "Eriksen",
    "Fujita",
    "Goldmann",
    "Hassan",
    "Ibarra",
    "Jansen",
    "Kowalska",
    "Lindqvist",
    "Mbeki",
    "Novak",
    "O'Rourke",
    "Papadakis",
];
const STREET: [&str; 8] = [
    "Elm Street",
    "Harbour Road",
    "Kirkegata",
    "Lindenallee",
    "Mill Lane",
    "Orchard Close",
    "Rue du Lac",
    "Station Road",
];
const CITY: [(&str, &str, &str); 6] = [
    ("Portland", "97205", "US"),
    ("Bergen", "5003", "NO"),
    ("Leeds", "LS1 4AP", "GB"),
    ("Lyon", "69002", "FR"),
    ("Toronto", "M5V 2T6", "CA"),
    ("Osaka", "530-0001", "JP"),
];
const BRAND: [(&str, &str); 4] =
    [("visa", "VISA"), ("mastercard", "MASTERCARD"), ("amex", "AMERICAN_EXPRESS"), ("discover", "DISCOVER")];

/// A made-up buyer.
#[derive(Clone, Copy)]
pub(crate) struct Persona {
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) street: &'static str,
    pub(crate) city: &'static str,
    pub(crate) postal_code: &'static str,
    pub(crate) country: &'static str,
    /// The card's brand in lower and in upper case.
    pub(crate) brand: (&'static str, &'static str),
    /// Drawn once: house number, last four digits of the card and the rest come from it.
    number: u64,
}

impl Persona {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let &(city, postal_code, country) = dice.pick(&CITY);
        Self {
            first: *dice.pick(&FIRST),
            last: *dice.pick(&LAST),
            street: *dice.pick(&STREET),
            city,
            postal_code,
            country,
            brand: *dice.pick(&BRAND),
            number: dice.bits(),
        }
    }

    pub(crate) const fn house(&self) -> u64 {
        1 + self.number % 240
    }

    /// The last four digits of the card, as a number below 10,000.
    pub(crate) const fn last4(&self) -> u64 {
        (self.number >> 10) % 10_000
    }

    pub(crate) const fn exp_month(&self) -> u64 {
        1 + (self.number >> 24) % 12
    }

    pub(crate) const fn exp_year(&self) -> u64 {
        2027 + (self.number >> 28) % 8
    }

    /// Appends the e-mail address.
    pub(crate) fn push_email(&self, out: &mut Vec<u8>) {
        let letters = |name: &str, out: &mut Vec<u8>| {
            out.extend(name.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_lowercase()));
        };
        letters(self.first, out);
        out.push(b'.');
        letters(self.last, out);
        out.extend_from_slice(b"@example.com");
    }
}

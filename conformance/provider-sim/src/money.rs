//! Amounts in the currencies the providers know, with their own number of decimals.

use crate::dice::Dice;
use crate::provider::Provider;

/// A currency at one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    /// ISO 4217, upper case.
    pub(crate) code: &'static str,
    /// The same in lower case, as Stripe writes it.
    pub(crate) lower: &'static str,
    /// Decimals of the major unit at this provider.
    pub(crate) decimals: u32,
    /// Amounts are multiples of this many minor units: 10 for Stripe's three-decimal currencies.
    step: u64,
}

const fn currency(code: &'static str, lower: &'static str, decimals: u32) -> Currency {
    Currency { code, lower, decimals, step: if decimals == 3 { 10 } else { 1 } }
}

/// No such currency exists: what makes an event poison.
pub(crate) const NOT_A_CURRENCY: Currency = currency("XXQ", "xxq", 2);

const USD: Currency = currency("USD", "usd", 2);
const EUR: Currency = currency("EUR", "eur", 2);
const GBP: Currency = currency("GBP", "gbp", 2);
const CAD: Currency = currency("CAD", "cad", 2);
const AUD: Currency = currency("AUD", "aud", 2);
const JPY: Currency = currency("JPY", "jpy", 0);

/// Stripe: with currencies of no and of three decimals.
const STRIPE: [Currency; 10] = [
    USD,
    EUR,
    GBP,
    CAD,
    JPY,
    currency("KRW", "krw", 0),
    currency("CLP", "clp", 0),
    currency("BHD", "bhd", 3),
    currency("KWD", "kwd", 3),
    currency("TND", "tnd", 3),
];
/// PayPal: HUF, JPY and TWD have no decimals there.
const PAYPAL: [Currency; 7] = [USD, EUR, GBP, AUD, JPY, currency("HUF", "huf", 0), currency("TWD", "twd", 0)];
/// Square's countries.
const SQUARE: [Currency; 6] = [USD, CAD, GBP, AUD, EUR, JPY];

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    /// In the currency's minor unit at this provider.
    pub(crate) minor: u64,
    pub(crate) currency: Currency,
}

impl Money {
    /// A price: mostly dollars, mostly small, now and then large.
    pub(crate) fn price(dice: &mut Dice, provider: Provider) -> Self {
        let currencies: &[Currency] = match provider {
            Provider::Stripe => &STRIPE,
            Provider::Paypal => &PAYPAL,
            Provider::Square => &SQUARE,
        };
        let currency = if dice.percent(55) { USD } else { *dice.pick(currencies) };
        let major = if dice.percent(5) { 1 + dice.below(20_000) } else { 1 + dice.below(300) };
        // Some yen or won buy little: prices there have more digits.
        let scale = if currency.decimals == 0 { 100 } else { 10_u64.pow(currency.decimals) };
        let minor = major * scale + dice.below(scale) / currency.step * currency.step;
        Self { minor, currency }
    }

    /// A part of this amount, for a refund: everything, or some of it.
    pub(crate) fn part(self, dice: &mut Dice) -> Self {
        if dice.percent(60) || self.minor <= self.currency.step {
            return self;
        }
        let steps = self.minor / self.currency.step;
        Self { minor: (1 + dice.below(steps - 1)) * self.currency.step, ..self }
    }

    /// Appends the amount in the major unit with all its decimals, e.g. `12.30`.
    pub(crate) fn push_decimal(self, out: &mut Vec<u8>) {
        let scale = 10_u64.pow(self.currency.decimals);
        push_number(out, self.minor / scale);
        if self.currency.decimals > 0 {
            out.push(b'.');
            let mut place = scale / 10;
            while place > 0 {
                out.push(b'0' + (self.minor / place % 10) as u8);
                place /= 10;
            }
        }
    }
}

/// Appends a number in decimal digits.
pub(crate) fn push_number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut left = value;
    loop {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(minor: u64, currency: Currency) -> String {
        let mut out = Vec::new();
        Money { minor, currency }.push_decimal(&mut out);
        String::from_utf8(out).expect("digits")
    }

    #[test]
    fn decimals_follow_the_currency() {
        assert_eq!(decimal(1230, USD), "12.30");
        assert_eq!(decimal(5, USD), "0.05");
        assert_eq!(decimal(0, JPY), "0");
        assert_eq!(decimal(1200, JPY), "1200");
        assert_eq!(decimal(12_340, STRIPE[7]), "12.340");
    }

    proptest! {
        #[test]
        fn numbers_print_as_the_standard_library_does(value: u64) {
            let mut out = Vec::new();
            push_number(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).expect("digits"), value.to_string());
        }

        #[test]
        fn a_part_is_no_more_than_the_whole_and_keeps_the_last_digit_rule(seed: u64) {
            let mut dice = Dice::new(seed);
            for provider in Provider::ALL {
                let whole = Money::price(&mut dice, provider);
                let part = whole.part(&mut dice);
                prop_assert!(part.minor >= 1 && part.minor <= whole.minor);
                if whole.currency.decimals == 3 {
                    prop_assert_eq!((whole.minor % 10, part.minor % 10), (0, 0));
                }
            }
        }
    }
}

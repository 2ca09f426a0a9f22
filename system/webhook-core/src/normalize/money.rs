//! Exact money. Providers write an amount as an integer of some unit or as a decimal string; records hold a decimal in the
//! currency's major unit. No floating point anywhere.

use rust_decimal::Decimal;

use crate::event::{RawAmount, RawMoney};
use crate::mutant::{self, Mutant};
use crate::normalize::currency::{self, Currency};
use crate::provider::Provider;

/// An amount in the major unit, with the currency's own number of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Exact amount.
    pub amount: Decimal,
    /// ISO 4217 code, upper case.
    pub currency: &'static str,
}

/// Why an amount cannot be what is written. Messages do not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// ISO 4217 has no such code.
    #[error("the currency does not exist")]
    UnknownCurrency,
    /// The provider writes amounts in another form.
    #[error("the amount is not written as the provider writes amounts")]
    MalformedAmount,
    /// The amount has more digits after the point than the currency.
    #[error("the amount is finer than the currency's smallest unit")]
    TooFine,
}

/// Stripe's zero-decimal currencies: an amount of 500 is 500 units. Differs from ISO 4217 (MGA has 2 digits there).
const STRIPE_ZERO_DECIMAL: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];

/// Stripe's three-decimal currencies: an amount of 5120 is 5.12.
const STRIPE_THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Currencies PayPal takes without decimals. Differs from ISO 4217 (HUF and TWD have 2 digits there).
const PAYPAL_ZERO_DECIMAL: [&str; 3] = ["HUF", "JPY", "TWD"];

/// Most digits of an amount before the point: far above any payment, far below the decimal type's limit.
const MAX_INTEGER_DIGITS: usize = 14;

/// Most digits after the point, trailing zeros included.
const MAX_FRACTION_DIGITS: usize = 8;

/// Reads `raw` by the rules of `provider`.
pub fn money(provider: Provider, raw: &RawMoney<'_>) -> Result<Money, MoneyError> {
    let currency = currency::find(&raw.currency).ok_or(MoneyError::UnknownCurrency)?;
    let digits = digits(provider, currency);
    let amount = match (provider, &raw.amount) {
        (Provider::Stripe | Provider::Square, RawAmount::Units(units)) => Decimal::new(*units, digits),
        (Provider::Paypal, RawAmount::Decimal(text)) => exact(text, digits)?,
        (Provider::Stripe | Provider::Square, RawAmount::Decimal(_))
        | (Provider::Paypal, RawAmount::Units(_)) => return Err(MoneyError::MalformedAmount),
    };
    Ok(Money { amount, currency: currency.code })
}

/// `amount` with all digits of its currency (`12.3` US dollars are `12.30`): a store may keep the number without its trailing
/// zeros, and the same amount must read the same wherever it is shown. Never takes a digit away.
#[must_use]
pub fn with_all_digits(provider: Provider, currency: &str, mut amount: Decimal) -> Decimal {
    let digits = currency::find(currency).map_or(0, |currency| digits(provider, currency));
    amount.rescale(digits.max(amount.normalize().scale()));
    amount
}

/// Digits after the point as the provider counts them.
fn digits(provider: Provider, currency: &Currency) -> u32 {
    match provider {
        Provider::Stripe if mutant::active(Mutant::StripeAlwaysTwoDigits) => 2,
        Provider::Stripe if mutant::active(Mutant::StripeDigitsByIso) => currency.digits,
        Provider::Square if mutant::active(Mutant::SquareAlwaysTwoDigits) => 2,
        Provider::Paypal if mutant::active(Mutant::PaypalAlwaysTwoDigits) => 2,
        Provider::Stripe if STRIPE_ZERO_DECIMAL.contains(&currency.code) => 0,
        Provider::Stripe if mutant::active(Mutant::StripeThreeDigitsAsTwo) => 2,
        Provider::Stripe if STRIPE_THREE_DECIMAL.contains(&currency.code) => 3,
        Provider::Stripe => 2,
        Provider::Paypal if PAYPAL_ZERO_DECIMAL.contains(&currency.code) => 0,
        Provider::Paypal | Provider::Square => currency.digits,
    }
}

/// `-?digits[.digits]`, at most as fine as the currency apart from trailing zeros.
fn exact(text: &str, digits: u32) -> Result<Decimal, MoneyError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(MoneyError::MalformedAmount),
        None => (unsigned, ""),
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sized = (1..=MAX_INTEGER_DIGITS).contains(&whole.len()) && fraction.len() <= MAX_FRACTION_DIGITS;
    if !sized || !plain(whole) || !plain(fraction) {
        return Err(MoneyError::MalformedAmount);
    }
    let mut significant = fraction.trim_end_matches('0');
    if mutant::active(Mutant::PaypalAmountsCutOff) {
        significant = significant.get(..digits as usize).unwrap_or(significant);
    }
    let missing = (digits as usize).checked_sub(significant.len()).ok_or(MoneyError::TooFine)?;
    let units = whole
        .bytes()
        .chain(significant.bytes())
        .chain(std::iter::repeat_n(b'0', missing))
        .fold(0_i64, |units, digit| units * 10 + i64::from(digit - b'0'));
    Ok(Decimal::new(if negative { -units } else { units }, digits))
}

#[cfg(test)]
mod tests;

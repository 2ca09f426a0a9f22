use proptest::prelude::*;

use super::*;

fn read(
    provider: Provider,
    amount: RawAmount<'_>,
    currency: &str,
) -> Result<(String, &'static str), MoneyError> {
    let raw = RawMoney { amount, currency: currency.into() };
    money(provider, &raw).map(|money| (money.amount.to_string(), money.currency))
}

#[track_caller]
fn check_units(
    provider: Provider,
    units: i64,
    currency: &str,
    expected: Result<(&str, &'static str), MoneyError>,
) {
    let expected = expected.map(|(amount, currency)| (amount.to_owned(), currency));
    assert_eq!(read(provider, RawAmount::Units(units), currency), expected);
}

#[track_caller]
fn check_decimal(text: &str, currency: &str, expected: Result<&str, MoneyError>) {
    let found = read(Provider::Paypal, RawAmount::Decimal(text.into()), currency).map(|(amount, _)| amount);
    assert_eq!(found, expected.map(str::to_owned), "{text} {currency}");
}

#[test]
fn stripe_counts_in_its_own_units() {
    check_units(Provider::Stripe, 1099, "usd", Ok(("10.99", "USD")));
    check_units(Provider::Stripe, 5, "EUR", Ok(("0.05", "EUR")));
    check_units(Provider::Stripe, 0, "gbp", Ok(("0.00", "GBP")));
    check_units(Provider::Stripe, -1099, "usd", Ok(("-10.99", "USD")));
    for currency in STRIPE_ZERO_DECIMAL {
        check_units(Provider::Stripe, 500, currency, Ok(("500", currency)));
    }
    for currency in STRIPE_THREE_DECIMAL {
        check_units(Provider::Stripe, 5120, currency, Ok(("5.120", currency)));
    }
    // Two digits at Stripe, whatever ISO 4217 says.
    check_units(Provider::Stripe, 500, "isk", Ok(("5.00", "ISK")));
    check_units(Provider::Stripe, 500, "huf", Ok(("5.00", "HUF")));
    check_units(Provider::Stripe, 500, "twd", Ok(("5.00", "TWD")));
    check_units(Provider::Stripe, i64::MAX, "jpy", Ok(("9223372036854775807", "JPY")));
    check_units(Provider::Stripe, i64::MIN, "usd", Ok(("-92233720368547758.08", "USD")));
}

#[test]
fn square_counts_in_the_currencys_smallest_unit() {
    check_units(Provider::Square, 100, "JPY", Ok(("100", "JPY")));
    check_units(Provider::Square, 1050, "USD", Ok(("10.50", "USD")));
    check_units(Provider::Square, 1050, "KWD", Ok(("1.050", "KWD")));
}

#[test]
fn paypal_writes_decimals() {
    check_decimal("12.34", "USD", Ok("12.34"));
    check_decimal("12.3", "USD", Ok("12.30"));
    check_decimal("12", "USD", Ok("12.00"));
    check_decimal("0.01", "USD", Ok("0.01"));
    check_decimal("007.50", "USD", Ok("7.50"));
    check_decimal("-10.00", "USD", Ok("-10.00"));
    check_decimal("12.340000", "USD", Ok("12.34"));
    check_decimal("99999999999999.99", "USD", Ok("99999999999999.99"));
    check_decimal("1.234", "KWD", Ok("1.234"));
    for currency in PAYPAL_ZERO_DECIMAL {
        check_decimal("1500", currency, Ok("1500"));
        check_decimal("1500.00", currency, Ok("1500"));
        check_decimal("1500.50", currency, Err(MoneyError::TooFine));
    }
    check_decimal("12.345", "USD", Err(MoneyError::TooFine));
    for text in [
        "",
        "-",
        ".",
        ".5",
        "5.",
        "1,000.00",
        "1.2.3",
        "1e3",
        "0x10",
        "NaN",
        "Infinity",
        "+5",
        "--5",
        " 5",
        "5 ",
        "５",
        "100000000000000",
        "1.000000000",
        "$5",
    ] {
        check_decimal(text, "USD", Err(MoneyError::MalformedAmount));
    }
}

#[test]
fn a_currency_must_exist() {
    for currency in ["XXQ", "xxq", "", "US", "USDT", "U$D", "ÜSD", "XXX", "XTS"] {
        check_units(Provider::Stripe, 1, currency, Err(MoneyError::UnknownCurrency));
        check_units(Provider::Square, 1, currency, Err(MoneyError::UnknownCurrency));
        check_decimal("1.00", currency, Err(MoneyError::UnknownCurrency));
    }
}

#[test]
fn each_provider_has_one_way_of_writing() {
    let text = || RawAmount::Decimal("1.00".into());
    assert_eq!(read(Provider::Stripe, text(), "usd"), Err(MoneyError::MalformedAmount));
    assert_eq!(read(Provider::Square, text(), "USD"), Err(MoneyError::MalformedAmount));
    assert_eq!(read(Provider::Paypal, RawAmount::Units(1), "USD"), Err(MoneyError::MalformedAmount));
}

proptest! {
    #[test]
    fn units_survive(units in any::<i64>(), provider in prop_oneof![Just(Provider::Stripe), Just(Provider::Square)]) {
        let raw = RawMoney { amount: RawAmount::Units(units), currency: "USD".into() };
        let found = money(provider, &raw).unwrap().amount;
        prop_assert_eq!(found * Decimal::from(100), Decimal::from(units));
    }

    #[test]
    fn decimals_survive(units in -9_999_999_999_999_999_i64..=9_999_999_999_999_999, zeros in 0_usize..=6) {
        let written = format!("{}{}", Decimal::new(units, 2), "0".repeat(zeros));
        let raw = RawMoney { amount: RawAmount::Decimal(written.into()), currency: "eur".into() };
        prop_assert_eq!(money(Provider::Paypal, &raw).unwrap().amount, Decimal::new(units, 2));
    }

    #[test]
    fn no_text_makes_it_panic(amount in "\\PC{0,40}", currency in "\\PC{0,5}") {
        let raw = RawMoney { amount: RawAmount::Decimal(amount.into()), currency: currency.into() };
        for provider in Provider::ALL {
            let _ = money(provider, &raw);
        }
    }
}

use super::*;

#[test]
fn the_list_can_be_searched() {
    assert!(CURRENCIES.is_sorted_by(|a, b| a.code < b.code), "sorted and without duplicates");
    for currency in &CURRENCIES {
        assert_eq!(find(currency.code), Some(currency));
        assert_eq!(find(&currency.code.to_lowercase()), Some(currency));
        assert!(currency.code.bytes().all(|byte| byte.is_ascii_uppercase()) && currency.digits <= 3);
    }
}

#[test]
fn digits_follow_the_standard() {
    for (code, digits) in
        [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("MGA", 2), ("HUF", 2), ("TWD", 2)]
    {
        assert_eq!(find(code).map(|currency| currency.digits), Some(digits), "{code}");
    }
    assert_eq!(find("XXQ"), None);
}

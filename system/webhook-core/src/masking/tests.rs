use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(mask(input), expected);
}

#[test]
fn cards_are_masked_in_every_common_spelling() {
    check("card 4242424242424242 declined", "card [card] declined");
    check("4242 4242 4242 4242", "[card]");
    check("4242-4242-4242-4242.", "[card].");
    check("378282246310005", "[card]");
    check("6304000000000000000", "[card]");
    check("4222222222222", "[card]");
    check("x4242424242424242y", "x[card]y");
    check("code 7: 4242 4242 4242 4242", "code 7: [card]");
}

#[test]
fn other_numbers_stay() {
    check("4242424242424241", "4242424242424241");
    check("424242424242", "424242424242");
    check("42424242424242424242", "42424242424242424242");
    check("4242  424242424242", "4242  424242424242");
    check("evt_1 at 1763750000", "evt_1 at 1763750000");
}

#[test]
fn addresses_are_masked() {
    check("no user jane.doe+x@example.com here", "no user [email] here");
    check("<jörg@exämple.de>", "<[email]>");
    check("a@b", "[email]");
    check("@ alone, x@ and @y", "@ alone, x@ and @y");
    check("4242424242424242@example.com", "[email]");
}

#[test]
fn secrets_are_masked() {
    check("bad secret whsec_abcDEF123", "bad secret [secret]");
    check("sk_live_51H8x, rk_test_1", "[secret], [secret]");
    check("authorization: Bearer A21AAF.x-y_z", "authorization: [secret]");
    check("pi_3Abc_secret_Xyz9 failed", "pi_3Abc[secret] failed");
    check("task_test_1 whsec_", "task_test_1 whsec_");
    check("Bearer Bearer A21AAF", "[secret]");
}

/// The text of a `Debug` has its line ends as escapes, whose letter stands right before the next word.
#[test]
fn a_letter_before_it_does_not_hide_a_secret() {
    check("keywhsec_abcDEF123", "key[secret]");
    check(r#""first line\nsk_live_51H8x\tEAAAl2""#, r#""first line\n[secret]\t[secret]""#);
    check(r"C:\task_test_1", r"C:\task_test_1");
}

/// A number before a card, which with half of its groups passes the check as well, must not leave the other half to be read.
#[test]
fn numbers_that_share_groups_are_all_masked() {
    let before = (0..1_000_000_u32)
        .map(|n| format!("{n:07}"))
        .find(|n| passes_luhn(format!("{n}42424242").as_bytes()));
    let text = format!("{} 4242 4242 4242 4242", before.expect("every tenth does"));
    check(&text, "[card]");
}

/// Work is in proportion to the text: what was found again and again in one long word used to cost its square.
#[test]
fn a_long_word_of_beginnings_is_one_secret() {
    for prefix in ["_secret_", "-EAAA", "-whsec_", "-A21AA"] {
        let text = prefix.repeat(256 * 1024 / prefix.len());
        assert_eq!(mask(&text).trim_start_matches('-'), "[secret]", "{prefix}");
    }
}

#[test]
fn credentials_are_masked_in_any_case() {
    check("got bearer A21AAF.x-y_z back", "got [secret] back");
    check("BEARER abc", "[secret]");
    check("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "[secret]");
    check("basic authentication failed", "basic authentication failed");
    check("forbearer abc", "forbearer abc");
}

#[test]
fn headers_are_masked_to_the_end_of_their_line() {
    check("Authorization: Digest a=1, b=2\r\nHost: x", "Authorization: [secret]\r\nHost: x");
    check("stripe-signature: t=1,v1=00ff,v0=aa", "stripe-signature: [secret]");
    check(
        r#"{"PAYPAL-TRANSMISSION-SIG": "ab+/==", "x": 1}"#,
        r#"{"PAYPAL-TRANSMISSION-SIG": "[secret]", "x": 1}"#,
    );
    check("x-square-hmacsha256-signature=4Zk=", "x-square-hmacsha256-signature=[secret]");
    check("the header stripe-signature is missing", "the header stripe-signature is missing");
}

#[test]
fn values_are_masked_by_their_name() {
    let arn = "arn:aws:secretsmanager:us-east-1:1:secret:webhook-processor/stripe/secret-AbCdEf";
    check(arn, arn);
    check(
        "grant failed: client_id=AX12&client_secret=EGnHDxD_q&x=1",
        "grant failed: client_id=[secret]&client_secret=[secret]&x=1",
    );
    check(r#"{"access_token":"abc","expires_in":9}"#, r#"{"access_token":"[secret]","expires_in":9}"#);
    check(r#"{"client_secret": "a \"b\" c", "n": 1}"#, r#"{"client_secret": "[secret]", "n": 1}"#);
    check(r#""{\"memo\":\"two words\",\"n\":1}""#, r#""{\"memo\":\"[secret]\",\"n\":1}""#);
    check(r#"cut off: "password":"hun"#, r#"cut off: "password":"[secret]"#);
    check(
        "verify_sign=AFcWxV21C7fd0v3bYYYRCpSSRl31A.x&first_name=Jane",
        "verify_sign=[secret]&first_name=[secret]",
    );
    check("t=1,v1=00ff,v0=aa", "t=1,v1=[secret],v0=aa");
    check("payer_email=jane%40example.com&custom=order+7", "payer_email=[secret]&custom=[secret]");
    check("the field custom is missing, customer: cus_1", "the field custom is missing, customer: cus_1");
    check("https://api.example.com/v1/payments", "https://api.example.com/v1/payments");
    check("client_secret=", "client_secret=");
}

#[test]
fn addresses_in_forms_are_masked() {
    check("x=jane.doe%40example.com&y=1", "x=[email]&y=1");
    check("%40 alone", "%40 alone");
}

#[test]
fn clean_text_is_borrowed() {
    assert!(matches!(mask("s3:PutObject is unavailable: SlowDown"), Cow::Borrowed(_)));
}

/// A number with its check digit.
fn card(digits: &[u8]) -> String {
    let mut number: Vec<u8> = digits.iter().map(|digit| digit + b'0').collect();
    for check in b'0'..=b'9' {
        number.push(check);
        if passes_luhn(&number) {
            break;
        }
        number.pop();
    }
    number.into_iter().map(char::from).collect()
}

proptest! {
    #[test]
    fn any_text_is_masked_once_and_for_all(text in "\\PC{0,80}") {
        let once = mask(&text).into_owned();
        prop_assert_eq!(mask(&once), once.as_str());
    }

    #[test]
    fn made_of_what_is_looked_for_it_is_masked_once_and_for_all(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "client_secret", "custom", "memo", "v1", "authorization", "Bearer ", "basic ", "whsec_a", "_secret_b", "=", ":", ": ",
                "\"", "'", "\\", "@", "%40", "&", ",", "a", "4242424242424242", "4242 ", " ", "\n", "[", "]", "é",
            ]),
            0..14,
        ),
    ) {
        let once = mask(&parts.concat()).into_owned();
        prop_assert_eq!(mask(&once), once.as_str());
    }

    #[test]
    fn no_named_value_survives(name in prop::sample::select(vec!["client_secret", "verify_sign", "first_name", "Password"]), value in "[a-zA-Z0-9]{5,40}") {
        for text in [format!("{name}={value}&z=1"), format!("\"{name}\": \"{value}\""), format!("{name}: {value}")] {
            prop_assert!(!mask(&text).contains(&value), "{}", text);
        }
    }

    #[test]
    fn no_card_survives(before in "[a-zü ,:]{0,9}", digits in prop::collection::vec(0_u8..10, 12..=18), after in "[a-zü ,:]{0,9}") {
        let number = card(&digits);
        let text = format!("{before}{number}{after}");
        prop_assert!(!mask(&text).contains(&number));
    }

    #[test]
    fn no_address_survives(local in "[a-z0-9._+]{1,12}", domain in "[a-z0-9-]{1,9}\\.(com|org)") {
        let address = format!("{local}@{domain}");
        let text = format!("from {address} to");
        prop_assert_eq!(mask(&text), "from [email] to");
    }

    #[test]
    fn no_secret_survives(tail in "[A-Za-z0-9]{1,40}") {
        let secret = format!("whsec_{tail}");
        let text = format!("key={secret};");
        prop_assert!(!mask(&text).contains(&secret));
    }
}

#[test]
fn what_was_masked_before_is_left_alone() {
    let masked = r#"{"webhook_secret": "[secret]"}"#;
    assert!(matches!(mask(masked), Cow::Borrowed(text) if text == masked));
}

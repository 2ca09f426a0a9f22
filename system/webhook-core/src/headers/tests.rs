use proptest::prelude::*;

use super::*;

const NAME: &str = "stripe-signature";

#[track_caller]
fn check(pairs: &[(&str, &[u8])], expected: Result<&str, Reject>) {
    let headers = Headers::new(pairs.iter().copied());
    assert_eq!(headers.one(NAME), expected);
}

#[test]
fn a_name_is_found_in_any_case() {
    for name in ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"] {
        check(&[("host", b"x"), (name, b"t=1")], Ok("t=1"));
    }
}

#[test]
fn anything_but_one_readable_value_is_refused() {
    check(&[], Err(Reject::MissingHeader { name: NAME }));
    check(&[("stripe-signature2", b"a")], Err(Reject::MissingHeader { name: NAME }));
    check(&[(NAME, b"a"), ("Stripe-Signature", b"a")], Err(Reject::RepeatedHeader { name: NAME }));
    check(&[(NAME, b"t=\xFF")], Err(Reject::UnreadableHeader { name: NAME }));
    check(&[(NAME, "t=ü".as_bytes())], Err(Reject::UnreadableHeader { name: NAME }));
    check(&[(NAME, b"t=1\n")], Err(Reject::UnreadableHeader { name: NAME }));
    check(&[(NAME, b"")], Ok(""));
}

#[test]
fn strings_serve_as_well_as_bytes() {
    let owned = [("A".to_owned(), "1".to_owned())];
    let headers = Headers::new(owned.iter().map(|(name, value)| (name, value)));
    assert_eq!(headers.one("a"), Ok("1"));
    assert!(headers.contains("A") && !headers.contains("b"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(name in "\\PC{0,20}", value in prop::collection::vec(any::<u8>(), 0..200)) {
        let headers = Headers::new([(name.as_str(), value.as_slice()), (NAME, value.as_slice())]);
        let _ = headers.one(NAME);
    }
}

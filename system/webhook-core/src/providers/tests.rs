use bytes::Bytes;

use super::*;
use crate::envelope::{Content, Envelope};
use crate::providers::verified::MAX_BODY_BYTES;

#[test]
fn another_providers_keys_prove_nothing() {
    let headers =
        Headers::new([("x-square-hmacsha256-signature", "qnR8UCqJggD55PohusaBNviGoOJ67HC6Btry4qXLVZc=")]);
    let claim = claim(Provider::Square, &headers).unwrap();
    let endpoint = Endpoint::Stripe(Arc::new(stripe::Secrets::new(["whsec_1"])));
    let body = RawBody::new(Bytes::new()).unwrap();
    assert_eq!(
        verify(&claim, body, &endpoint, UnixTime::from_secs(0)).map(drop),
        Err(Reject::SignatureMismatch)
    );
    assert_eq!(claim.transmission_id(), None);
}

#[test]
fn each_provider_reads_its_own_headers_only() {
    let headers = Headers::new([("stripe-signature", format!("t=1,v1={}", "0".repeat(64)).leak() as &str)]);
    assert!(claim(Provider::Stripe, &headers).is_ok());
    assert!(claim(Provider::Square, &headers).is_err());
    assert!(claim(Provider::Paypal, &headers).is_err());
}

#[test]
fn a_body_is_bounded() {
    assert!(RawBody::new(Bytes::from(vec![0; MAX_BODY_BYTES])).is_ok());
    assert_eq!(RawBody::new(Bytes::from(vec![0; MAX_BODY_BYTES + 1])).map(drop), Err(Reject::TooLarge));
}

#[test]
fn an_envelope_keeps_its_provider_and_bytes() {
    let envelope = Envelope {
        provider: Provider::Paypal,
        event_id: "WH-1".to_owned(),
        received_at: UnixTime::from_secs(0),
        raw_key: String::new(),
        body: "{\"ü\":1}\r\n".to_owned(),
        content: Content::Json,
    };
    let unproven = Envelope { content: Content::IpnUnproven, ..envelope.clone() };
    assert!(unproven.into_verified().is_none(), "nobody has proven it");
    let verified = envelope.into_verified().unwrap();
    assert_eq!((verified.provider(), &verified.bytes()[..]), (Provider::Paypal, "{\"ü\":1}\r\n".as_bytes()));
}

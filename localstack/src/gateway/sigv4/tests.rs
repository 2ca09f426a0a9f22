//! Requests of independent signers are let in, and whatever is changed of them is not.

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;
use serde::Deserialize;

use super::super::event::query_decoded;
use super::*;

/// Made by `tests/vectors/make_sigv4.py`.
const VECTORS: &str = include_str!("../../../tests/vectors/sigv4.json");

/// A request as it went over the wire, and when it was signed.
#[derive(Debug, Clone, Deserialize)]
struct Wire {
    name: String,
    signer: String,
    signed_at: u64,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Wire {
    fn presigned(&self) -> bool {
        self.signer.contains("presigned")
    }

    /// Replaces text in the target and in every header; at least one place has it.
    fn replace(&mut self, old: &str, new: &str) {
        let before = format!("{self:?}");
        self.target = self.target.replace(old, new);
        for (_, value) in &mut self.headers {
            *value = value.replace(old, new);
        }
        assert_ne!(before, format!("{self:?}"), "{old:?} is nowhere");
    }

    fn header(&mut self, name: &str) -> &mut String {
        let found = self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        &mut found.unwrap_or_else(|| panic!("no header {name}")).1
    }
}

fn vectors() -> Vec<Wire> {
    let vectors: Vec<Wire> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() > 50, "only {} vectors", vectors.len());
    vectors
}

/// The first vector of a signer.
fn vector(signer: &str) -> Wire {
    vectors().into_iter().find(|wire| wire.signer == signer).unwrap()
}

fn verifier() -> Verifier {
    let key = |id: &str, secret: &str| AccessKey {
        id: id.to_owned(),
        secret: secret.to_owned(),
        user_name: id.to_owned(),
        user_id: "AIDATEST".to_owned(),
    };
    Verifier::new(&[key("test", "test"), key("other", "other")], "us-east-1", "000000000000")
}

/// What the verifier says `later_s` after the request was signed: the caller's ARN and what is left of the query.
fn said(wire: &Wire, later_s: i64) -> Result<(String, Option<String>), Denial> {
    let mut headers = HeaderMap::new();
    for (name, value) in &wire.headers {
        let name: HeaderName = name.parse().unwrap();
        // As hyper reads it: blanks around the value are not part of it.
        headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let (path, query) = match wire.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (wire.target.as_str(), None),
    };
    let method: Method = wire.method.parse().unwrap();
    let received = Received { method: &method, path, query, headers: &headers, body: wire.body.as_bytes() };
    let now_ms = wire.signed_at.strict_add_signed(later_s) * 1000;
    verifier().verify(received, now_ms).map(|signer| (signer.identity.user_arn.clone(), signer.query))
}

#[track_caller]
fn check_denied(wire: &Wire, expected: Denial) {
    assert_eq!(said(wire, 0), Err(expected), "{}: {}", wire.signer, wire.name);
}

#[test]
fn what_independent_signers_send_is_let_in() {
    for wire in vectors() {
        let said =
            said(&wire, 0).unwrap_or_else(|denial| panic!("{}: {}: {denial:?}", wire.signer, wire.name));
        assert_eq!(said.0, "arn:aws:iam::000000000000:user/test");
        assert_eq!(said.1.is_some(), wire.presigned(), "{}", wire.name);
    }
}

#[test]
fn every_change_of_a_signed_request_is_noticed() {
    for wire in vectors() {
        let check = |change: &dyn Fn(&mut Wire)| {
            let mut changed = wire.clone();
            change(&mut changed);
            check_denied(&changed, Denial::WrongSignature);
        };
        check(&|wire| wire.method = "DELETE".to_owned());
        check(&|wire| wire.body.push('x'));
        check(&|wire| wire.target = wire.target.replace("/dev/", "/prod/"));
        check(&|wire| wire.target = wire.target.replace("transactions", "transactions2"));
        check(&|wire| wire.target = wire.target.replace("transactions", "%74ransactions"));
        check(&|wire| wire.target = format!("{}{}provider=square", wire.target, and(&wire.target)));
        check(&|wire| *wire.header("host") = "elsewhere:8080".to_owned());
        let (own, other) = match wire.presigned() {
            true => ("Credential=test%2F", "Credential=other%2F"),
            false => ("Credential=test/", "Credential=other/"),
        };
        check(&|wire| wire.replace(own, other));
    }
}

/// What stands before a further parameter.
fn and(target: &str) -> char {
    if target.contains('?') { '&' } else { '?' }
}

#[test]
fn every_part_of_a_signature_counts() {
    let wire = vector("botocore");
    let check = |old: &str, new: &str, expected: Denial| {
        let mut changed = wire.clone();
        changed.replace(old, new);
        check_denied(&changed, expected);
    };
    check("Signature=4", "Signature=5", Denial::WrongSignature);
    check("Signature=4", "Signature=", Denial::WrongSignature);
    check("Credential=test/", "Credential=other/", Denial::WrongSignature);
    check("Credential=test/", "Credential=nobody/", Denial::UnknownAccessKey);
    let scoped = |what| Denial::InvalidScope(what);
    check("/us-east-1/", "/eu-west-1/", scoped("Credential should be scoped to a valid region. "));
    check(
        "/execute-api/",
        "/lambda/",
        scoped("Credential should be scoped to correct service: 'execute-api'. "),
    );
    check(
        "/aws4_request",
        "/aws5_request",
        scoped("Credential should be scoped with a valid terminator: 'aws4_request'. "),
    );
    let other_day =
        scoped("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.");
    check("test/20251121/", "test/20251120/", other_day);
    check("test/20251121/", "test/2025/", other_day);
    // Another date, credential's and header's alike, is another signature.
    let mut later = wire.clone();
    *later.header("x-amz-date") = "20251121T183321Z".to_owned();
    check_denied(&later, Denial::WrongSignature);
}

#[test]
fn what_must_be_signed_is() {
    let mut wire = vector("botocore");
    wire.replace("SignedHeaders=host;x-amz-date", "SignedHeaders=x-amz-date");
    let host =
        Denial::InvalidScope("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    check_denied(&wire, host);
    let mut wire = vector("botocore");
    wire.replace("SignedHeaders=host;x-amz-date", "SignedHeaders=host");
    let date = Denial::InvalidScope("'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.");
    check_denied(&wire, date);
    for signer in ["botocore", "botocore, presigned"] {
        let mut wire = vector(signer);
        wire.headers.push(("X-Amz-Meta-Added".to_owned(), "later".to_owned()));
        let all =
            Denial::InvalidScope("Every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization.");
        check_denied(&wire, all);
        let mut wire = vector(signer);
        wire.headers.push(("X-Amzn-Trace-Id".to_owned(), "Root=1-6920a2b0-0".to_owned()));
        assert!(said(&wire, 0).is_ok(), "a load balancer adds this on the way");
    }
    let mut wire = vector("botocore");
    wire.replace("SignedHeaders=host;x-amz-date", "SignedHeaders=host;x-amz-date;x-missing");
    check_denied(&wire, Denial::WrongSignature);
    let mut wire = vectors().into_iter().find(|wire| wire.name == "more headers").unwrap();
    *wire.header("x-custom") = "b".to_owned();
    check_denied(&wire, Denial::WrongSignature);
}

#[test]
fn a_signature_is_good_for_five_minutes_and_a_url_for_as_long_as_it_says() {
    let at = |wire: &Wire, later_s| said(wire, later_s).err();
    let wire = vector("botocore");
    let signed_at = 1_763_750_000;
    assert_eq!((at(&wire, 300), at(&wire, -300)), (None, None));
    let expired = Denial::Expired { signed_at, now: signed_at + 301, window_s: 300 };
    assert_eq!(at(&wire, 301), Some(expired));
    let early = Denial::NotYetCurrent { signed_at, now: signed_at - 301, window_s: 300 };
    assert_eq!(at(&wire, -301), Some(early));
    let body = |denial: Denial| denial.parts().2.into_owned();
    assert_eq!(
        body(expired),
        r#"{"message":"Signature expired: 20251121T183320Z is now earlier than 20251121T183321Z (20251121T183821Z - 5 min.)"}"#
    );
    assert_eq!(
        body(early),
        r#"{"message":"Signature not yet current: 20251121T183320Z is still later than 20251121T183319Z (20251121T182819Z + 5 min.)"}"#
    );
    let mut url = vector("botocore, presigned");
    assert_eq!((at(&url, 300), at(&url, 301)), (None, Some(expired)));
    url.replace("X-Amz-Expires=300", "X-Amz-Expires=301");
    assert_eq!(at(&url, 0), Some(Denial::WrongSignature), "nobody lengthens its life");
    for bad in ["0", "-1", "604801", "soon", ""] {
        let mut url = vector("botocore, presigned");
        url.replace("X-Amz-Expires=300", &format!("X-Amz-Expires={bad}"));
        assert!(matches!(at(&url, 0), Some(Denial::Incomplete(_))), "{bad}");
    }
}

#[test]
fn a_presigned_url_leaves_only_its_own_parameters_behind() {
    let url = vector("botocore, presigned");
    let (_, rest) = said(&url, 0).unwrap();
    assert_eq!(rest.as_deref(), Some("provider=stripe&start=1763750000&end=1763753600"));
    // Where its parameters stand does not matter, and a name may be escaped.
    let (path, query) = url.target.split_once('?').unwrap();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.rotate_left(4);
    let target = format!("{path}?{}", pairs.join("&")).replace("X-Amz-Date", "X%2DAmz-Date");
    assert!(said(&Wire { target, ..url.clone() }, 0).is_ok());
    for pair in query.split('&').filter(|pair| pair.starts_with("X-Amz-")) {
        let mut twice = vector("botocore, presigned");
        twice.target = format!("{}&{pair}", twice.target);
        check_denied(&twice, Denial::Incomplete("AWS query-string parameters must not be repeated."));
        let mut missing = vector("botocore, presigned");
        missing.target = missing.target.replace(&format!("&{pair}"), "");
        assert!(matches!(said(&missing, 0), Err(Denial::Incomplete(_))), "{pair}");
    }
}

#[test]
fn what_is_no_signature_is_said_to_be_none() {
    let mut wire = vector("botocore");
    wire.headers.retain(|(name, _)| name != "Authorization");
    check_denied(&wire, Denial::NotSigned);
    wire.target = "/dev/api/v1/transactions?X-Amz-Meta=1".to_owned();
    check_denied(&wire, Denial::NotSigned);
    for malformed in [
        "",
        "AWS4-HMAC-SHA256",
        "Bearer abc",
        "Basic dGVzdDp0ZXN0",
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 Credential=test/20251121/us-east-1/execute-api/aws4_request",
        "AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host;x-amz-date, Signature=00",
        "AWS4-HMAC-SHA256 Credential=test/20251121/us-east-1/execute-api/aws4_request/x, SignedHeaders=host;x-amz-date, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Credential=a/b/c/d/e, SignedHeaders=host, Signature=00",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=00",
    ] {
        let mut wire = vector("botocore");
        malformed.clone_into(wire.header("authorization"));
        assert!(matches!(said(&wire, 0), Err(Denial::Incomplete(_))), "{malformed}");
    }
    for date in ["", "20251121", "2025-11-21T18:33:20Z", "Fri, 21 Nov 2025 18:33:20 GMT"] {
        let mut wire = vector("botocore");
        date.clone_into(wire.header("x-amz-date"));
        check_denied(&wire, Denial::Incomplete("Date must be in ISO-8601 'basic format'."));
    }
    let mut twice = vector("botocore");
    twice.headers.push(("authorization".to_owned(), "AWS4-HMAC-SHA256 x".to_owned()));
    assert!(matches!(said(&twice, 0), Err(Denial::Incomplete(_))));
}

#[test]
fn no_session_token_is_known() {
    let mut wire = vector("botocore");
    wire.headers.push(("X-Amz-Security-Token".to_owned(), "token".to_owned()));
    check_denied(&wire, Denial::UnknownAccessKey);
    let mut url = vector("botocore, presigned");
    url.target.push_str("&X-Amz-Security-Token=token");
    check_denied(&url, Denial::UnknownAccessKey);
}

#[test]
fn whatever_comes_is_answered() {
    let long = "%".repeat(20_000);
    for target in [format!("/dev/{long}"), format!("/dev?{long}"), format!("/dev?X-Amz-Signature={long}")] {
        let wire = Wire { target, ..vector("botocore") };
        assert!(said(&wire, 0).is_err());
    }
    // The longest target there may be, in what takes the most room once encoded.
    let wire = Wire { target: format!("/dev?{}", "?".repeat(10_000)), ..vector("botocore") };
    check_denied(&wire, Denial::WrongSignature);
    let mut wire = vector("botocore");
    wire.replace("SignedHeaders=host;x-amz-date", "SignedHeaders=;host;x-amz-date; ;Ö");
    assert!(said(&wire, 0).is_err());
}

proptest! {
    // Each case signs once or twice.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_anybody_sends_is_refused_and_breaks_nothing(
        path in "/[!-~&&[^?#]]{0,60}",
        query in "[!-~&&[^#]]{0,200}",
        authorization in "(AWS4-HMAC-SHA256 )?[ -~]{0,200}",
        date in "([0-9]{8}T[0-9]{6}Z|[ -~]{0,20})",
    ) {
        let wire = Wire {
            target: format!("{path}?{query}"),
            headers: vec![
                ("host".to_owned(), "localhost".to_owned()),
                ("x-amz-date".to_owned(), date),
                ("authorization".to_owned(), authorization),
            ],
            ..vector("botocore")
        };
        prop_assert!(said(&wire, 0).is_err());
        let unsigned = Wire { headers: vec![("host".to_owned(), "localhost".to_owned())], ..wire };
        prop_assert!(said(&unsigned, 0).is_err());
    }

    #[test]
    fn a_presigned_url_with_anything_in_its_parameters_breaks_nothing(
        values in proptest::collection::vec("[!-~&&[^&#]]{0,40}", 6),
        scope in "test/[0-9]{8}/us-east-1/execute-api/aws4_request",
    ) {
        let names = ["Algorithm", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"];
        let pairs: Vec<String> =
            names.iter().zip(&values).map(|(name, value)| format!("X-Amz-{name}={value}")).collect();
        let target = format!("/dev/x?X-Amz-Credential={scope}&{}", pairs.join("&"));
        let wire = Wire { target, headers: vec![("host".to_owned(), "h".to_owned())], ..vector("botocore") };
        prop_assert!(said(&wire, 0).is_err());
    }

    #[test]
    fn whatever_is_signed_is_let_in_and_no_other_query_is(
        id in "[0-9A-Za-z%!$'()*+,;:=@._~-]{1,30}",
        name in "[a-z_]{1,10}",
        value in "[0-9A-Za-z%!$'()*+,;:=@._~/?-]{0,60}",
        other in "[0-9A-Za-z%!$'()*+,;:=@._~/?-]{0,60}",
    ) {
        let path = format!("/dev/api/v1/transactions/{id}");
        // A segment of dots is a step in the path, and is signed as where it leads.
        prop_assume!(!id.chars().all(|c| c == '.'));
        let signed = by_aws_signer(&path, &format!("{name}={value}"));
        prop_assert!(said(&signed, 0).is_ok(), "{signed:?}");
        prop_assume!(query_decoded(&value) != query_decoded(&other));
        let changed = Wire { target: format!("{path}?{name}={other}"), ..signed };
        prop_assert_eq!(said(&changed, 0), Err(Denial::WrongSignature));
    }
}

/// A GET as AWS's signer for Rust signs it.
fn by_aws_signer(path: &str, query: &str) -> Wire {
    let identity = Credentials::new("test", "test", None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(SERVICE)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_750_000))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let url = format!("http://127.0.0.1:8080{path}?{query}");
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(b"")).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let own = [("host".to_owned(), "127.0.0.1:8080".to_owned())].into_iter();
    let added = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Wire { target: format!("{path}?{query}"), headers: own.chain(added).collect(), ..vector("botocore") }
}

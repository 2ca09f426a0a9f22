use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::certificate::test_pki::{Leaf, NOW, PKI};

const ID: &str = "69cd13f0-d67a-11e5-baa3-778b53f4ae55";
const TIME: &str = "2025-11-21T18:33:20Z";
const WEBHOOK_ID: &str = "1JE4291016473214C";
const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";
const BODY: &str = r#"{"id":"WH-1"}"#;

fn endpoint(webhook_ids: &[&str]) -> Endpoint {
    let chain = PKI.chain(&Leaf::default());
    let certificate = TrustedCertificate::from_pem(chain.as_bytes(), &PKI.roots(), NOW).unwrap();
    Endpoint {
        secrets: Arc::new(Secrets::new(webhook_ids.iter().copied())),
        certificate: Arc::new(certificate),
    }
}

fn signed(id: &str, time: &str, webhook_id: &str, body: &str) -> String {
    PKI.sign(&format!("{id}|{time}|{webhook_id}|{}", crc32fast::hash(body.as_bytes())))
}

/// Headers of a delivery; each test changes what it is about.
#[derive(Clone)]
struct Delivery {
    id: String,
    time: String,
    signature: String,
    url: String,
    algorithm: String,
    body: String,
}

impl Delivery {
    fn genuine() -> Self {
        Self {
            id: ID.to_owned(),
            time: TIME.to_owned(),
            signature: signed(ID, TIME, WEBHOOK_ID, BODY),
            url: URL.to_owned(),
            algorithm: "SHA256withRSA".to_owned(),
            body: BODY.to_owned(),
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut delivery = Self::genuine();
        change(&mut delivery);
        delivery
    }

    fn headers(&self) -> Headers<'_> {
        Headers::new([
            ("PAYPAL-TRANSMISSION-ID", self.id.as_str()),
            ("PAYPAL-TRANSMISSION-TIME", self.time.as_str()),
            ("PAYPAL-TRANSMISSION-SIG", self.signature.as_str()),
            ("PAYPAL-CERT-URL", self.url.as_str()),
            ("PAYPAL-AUTH-ALGO", self.algorithm.as_str()),
        ])
    }

    fn decide(&self, endpoint: &Endpoint, now: UnixTime) -> Result<(), Reject> {
        let headers = self.headers();
        let claim = claim(&headers)?;
        key_wanted(&claim)?;
        verify(&claim, RawBody::new(Bytes::from(self.body.clone()))?, endpoint, now).map(drop)
    }
}

#[track_caller]
fn check(delivery: &Delivery, expected: Result<(), Reject>) {
    assert_eq!(delivery.decide(&endpoint(&[WEBHOOK_ID]), NOW), expected);
}

#[test]
fn genuine_deliveries_are_accepted() {
    check(&Delivery::genuine(), Ok(()));
    check(
        &Delivery::with(|d| (d.body, d.signature) = (String::new(), signed(ID, TIME, WEBHOOK_ID, ""))),
        Ok(()),
    );
    for time in ["2025-11-21T18:33:20.123Z", "2025-11-21T19:33:20+01:00", "2025-11-21T10:33:20-08:00"] {
        check(
            &Delivery::with(|d| {
                (d.time, d.signature) = (time.to_owned(), signed(ID, time, WEBHOOK_ID, BODY))
            }),
            Ok(()),
        );
    }
    let both = endpoint(&["NEW", WEBHOOK_ID]);
    assert_eq!(Delivery::genuine().decide(&both, NOW), Ok(()), "during a change both ids count");
    assert_eq!(claim(&Delivery::genuine().headers()).unwrap().transmission_id(), ID);
}

#[test]
fn anything_changed_is_a_mismatch() {
    let mismatch = Err(Reject::SignatureMismatch);
    check(&Delivery::with(|d| d.body.push(' ')), mismatch);
    check(&Delivery::with(|d| d.id = ID.replace("69cd", "69ce")), mismatch);
    check(&Delivery::with(|d| d.time = "2025-11-21T18:33:21Z".to_owned()), mismatch);
    check(&Delivery::with(|d| d.signature = signed(ID, TIME, "ANOTHER", BODY)), mismatch);
    check(&Delivery::with(|d| d.signature = "AAAA".to_owned()), mismatch);
    let padded = format!("{ID}|{TIME}|{WEBHOOK_ID}|{:010}", crc32fast::hash(BODY.as_bytes()));
    let hexadecimal = format!("{ID}|{TIME}|{WEBHOOK_ID}|{:x}", crc32fast::hash(BODY.as_bytes()));
    for message in [hexadecimal, format!("{padded} ")] {
        check(&Delivery::with(|d| d.signature = PKI.sign(&message)), mismatch);
    }
    assert_eq!(Delivery::genuine().decide(&endpoint(&[]), NOW), mismatch);
}

#[test]
fn the_simulators_webhook_id_is_never_accepted() {
    let simulated = Delivery::with(|d| d.signature = signed(ID, TIME, SIMULATOR_WEBHOOK_ID, BODY));
    assert_eq!(simulated.decide(&endpoint(&[SIMULATOR_WEBHOOK_ID, ""]), NOW), Err(Reject::SignatureMismatch));
}

#[test]
fn the_id_and_the_time_have_one_form() {
    let shifted_id = format!("{ID}|{TIME}");
    for id in
        ["", "x", &ID[1..], &format!("{ID}0"), &ID.replace('-', "|"), &ID.replace('6', "g"), &shifted_id]
    {
        check(
            &Delivery::with(|d| d.id = id.to_owned()),
            Err(Reject::MalformedTransmission { name: ID_HEADER }),
        );
    }
    let shifted_time = format!("{TIME}|{WEBHOOK_ID}");
    for time in [
        "",
        "1763750000",
        "2025-11-21",
        "2025-11-21 18:33:20Z",
        "2025-11-21|18:33:20Z",
        "2025-11-21T18:33:20",
        "2025-13-21T18:33:20Z",
        "2025-11-21T18:33:20Z ",
        &shifted_time,
        &format!("2025-11-21T18:33:20.{}Z", "0".repeat(60)),
    ] {
        check(
            &Delivery::with(|d| d.time = time.to_owned()),
            Err(Reject::MalformedTransmission { name: TIME_HEADER }),
        );
    }
}

#[test]
fn retries_of_three_days_are_fresh() {
    let endpoint = endpoint(&[WEBHOOK_ID]);
    let sent_at = NOW.secs();
    let decide = |secs: i64| Delivery::genuine().decide(&endpoint, UnixTime::from_secs(sent_at + secs));
    assert_eq!(decide(78 * 3600), Ok(()));
    assert_eq!(decide(78 * 3600 + 1), Err(Reject::StaleTimestamp));
    assert_eq!(decide(-300), Ok(()));
    assert_eq!(decide(-301), Err(Reject::FutureTimestamp));
}

#[test]
fn an_expired_certificate_proves_nothing_even_if_it_was_kept() {
    let leaf = Leaf { not_after: (2025, 11, 22), ..Leaf::default() };
    let certificate = TrustedCertificate::from_pem(PKI.chain(&leaf).as_bytes(), &PKI.roots(), NOW).unwrap();
    let kept = Endpoint { certificate: Arc::new(certificate), ..endpoint(&[WEBHOOK_ID]) };
    assert_eq!(Delivery::genuine().decide(&kept, NOW), Ok(()));
    let next_day = UnixTime::from_secs(NOW.secs() + 86_400);
    assert_eq!(Delivery::genuine().decide(&kept, next_day), Err(Reject::CertificateExpired));
}

#[test]
fn only_one_algorithm_and_one_encoding_are_read() {
    for algorithm in ["", "SHA1withRSA", "sha256withrsa", "SHA256withRSA ", "SHA512withRSA", "none"] {
        check(&Delivery::with(|d| d.algorithm = algorithm.to_owned()), Err(Reject::UnsupportedAlgorithm));
    }
    let good = Delivery::genuine().signature;
    let long = "A".repeat(MAX_SIGNATURE_CHARS + 4);
    for signature in
        ["", "!", &good[..good.len() - 1], &good.replace(['+', '/'], "-"), &format!("{good},{good}"), &long]
    {
        if signature == good {
            continue;
        }
        check(&Delivery::with(|d| d.signature = signature.to_owned()), Err(Reject::MalformedSignature));
    }
}

#[test]
fn every_header_is_needed_once() {
    let delivery = Delivery::genuine();
    let all = [
        (ID_HEADER, delivery.id.as_str()),
        (TIME_HEADER, &delivery.time),
        (SIGNATURE_HEADER, &delivery.signature),
        (CERT_URL_HEADER, &delivery.url),
        (ALGORITHM_HEADER, &delivery.algorithm),
    ];
    for (name, value) in all {
        let others = all.into_iter().filter(|(other, _)| *other != name);
        assert_eq!(claim(&Headers::new(others)).err(), Some(Reject::MissingHeader { name }));
        let twice = all.into_iter().chain([(name, value)]);
        assert_eq!(claim(&Headers::new(twice)).err(), Some(Reject::RepeatedHeader { name }));
    }
}

#[test]
fn the_certificates_address_is_one_of_paypals() {
    let name = "/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";
    for host in CERT_HOSTS {
        let url = format!("https://{host}{name}");
        let expected = KeyRef::SecretAndCertificate(CertificateRef { host, path: name });
        let delivery = Delivery::with(|d| d.url.clone_from(&url));
        assert_eq!(key_wanted(&claim(&delivery.headers()).unwrap()), Ok(expected));
    }
    let long = format!("https://api.paypal.com/v1/notifications/certs/CERT-{}", "a".repeat(124));
    for url in [
        "",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "HTTPS://api.paypal.com/v1/notifications/certs/CERT-1",
        "//api.paypal.com/v1/notifications/certs/CERT-1",
        "https:/api.paypal.com/v1/notifications/certs/CERT-1",
        "https://API.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com./v1/notifications/certs/CERT-1",
        "https://api.paypal.com:443/v1/notifications/certs/CERT-1",
        "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/https://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://www.paypal.com/v1/notifications/certs/CERT-1",
        "https://169.254.169.254/v1/notifications/certs/CERT-1",
        "https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com/v1/notifications/certs/CERT-",
        "https://api.paypal.com/v1/notifications/certs/cert-1",
        "https://api.paypal.com/v1/notifications/certs/OTHER-1",
        "https://api.paypal.com/v1/notifications/certs/../certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1/..",
        "https://api.paypal.com/v1/notifications/certs/CERT-1/x",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.paypal.com/v1/notifications/certs/CERT-%31",
        "https://api.paypal.com/v1/notifications/certs/CERT-1 ",
        " https://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications//certs/CERT-1",
        "https://api.paypal.com/redirect?to=/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v2/notifications/certs/CERT-1",
        &long,
    ] {
        check(&Delivery::with(|d| d.url = url.to_owned()), Err(Reject::CertificateUrl));
    }
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 5)) {
        let names = [ID_HEADER, TIME_HEADER, SIGNATURE_HEADER, CERT_URL_HEADER, ALGORITHM_HEADER];
        let headers = Headers::new(names.into_iter().zip(values.iter().map(Vec::as_slice)));
        let _ = claim(&headers).map(drop);
    }

    #[test]
    fn no_address_leads_elsewhere(url in "(https?://)?([a-z@.:/]{0,8})?(api\\.paypal\\.com)?[a-z@:.]{0,4}(/v1/notifications/certs/)?(CERT-)?[ -~]{0,12}") {
        if let Some(reference) = certificate_ref(&url) {
            prop_assert!(CERT_HOSTS.contains(&reference.host));
            prop_assert_eq!(format!("https://{}{}", reference.host, reference.path), url.as_str());
            prop_assert!(!reference.path[1..].contains(['@', ':', '?', '#', '%', '.', '\\']));
        }
    }

    #[test]
    fn no_time_makes_the_reader_panic(time in "\\PC{0,45}") {
        let _ = rfc3339_secs(&time);
    }

    #[test]
    fn every_certificate_of_paypals_is_named(host in 0_usize..4, name in "[A-Za-z0-9-]{1,123}") {
        let host = CERT_HOSTS[host];
        let path = format!("/v1/notifications/certs/CERT-{name}");
        let url = format!("https://{host}{path}");
        prop_assert_eq!(certificate_ref(&url), Some(CertificateRef { host, path: &path }));
        for other in [format!("{url}/"), format!("{url}?"), format!("{url}#x"), url.replace("https", "http"), url.to_uppercase()] {
            prop_assert_eq!(certificate_ref(&other), None, "{}", other);
        }
    }

    #[test]
    fn an_id_is_a_uuid(bytes in any::<[u8; 16]>(), at in 0_usize..36, other in "[^0-9a-fA-F-]") {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        prop_assert!(is_uuid(&id) && is_uuid(&id.to_uppercase()));
        let longer = format!("{id}0");
        prop_assert!(!is_uuid(&id[1..]) && !is_uuid(&longer) && !is_uuid(&hex));
        let mut changed = id;
        changed.replace_range(at..=at, &other);
        prop_assert!(!is_uuid(&changed), "{}", changed);
    }

    /// Whole seconds, fractions, and any offset name the same moment.
    #[test]
    fn a_time_is_read_to_the_second(secs in 0_i64..=253_402_214_400, nanos in 0_u32..1_000_000_000, hours in -12_i8..=12, minutes in 0_i8..60) {
        let moment = OffsetDateTime::from_unix_timestamp(secs).unwrap();
        let offset = time::UtcOffset::from_hms(hours, if hours < 0 { -minutes } else { minutes }, 0).unwrap();
        let local = moment.replace_nanosecond(nanos).unwrap().to_offset(offset);
        prop_assume!((0..=9999).contains(&local.year()));
        let text = local.format(&Rfc3339).unwrap();
        prop_assert_eq!(rfc3339_secs(&text), Some(secs), "{}", text);
        for other in [text.replace('T', " "), text.replace('T', "|"), text.replace('T', "t"), text[..text.len() - 1].to_owned()] {
            prop_assert_eq!(rfc3339_secs(&other), None, "{}", other);
        }
    }
}

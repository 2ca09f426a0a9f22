use super::*;
use crate::certificate::test_pki::{Leaf, NOW, PKI};
use crate::twins::{MemoryCertificates, unavailable};

const HOST: &str = "api.paypal.com";
const PATH: &str = "/v1/notifications/certs/CERT-known";

fn at(secs: i64) -> UnixTime {
    UnixTime::from_secs(NOW.secs() + secs)
}

fn reference(path: &str) -> CertificateRef<'_> {
    CertificateRef { host: HOST, path }
}

fn source(paths: &[&str]) -> MemoryCertificates {
    let source = MemoryCertificates::default();
    let chain = PKI.chain(&Leaf::default());
    for path in paths {
        source.set(HOST, path, chain.clone());
    }
    source
}

fn certificates(source: &MemoryCertificates) -> Certificates<&MemoryCertificates> {
    Certificates::new(source, PKI.roots())
}

#[tokio::test]
async fn a_certificate_is_fetched_once_a_day() {
    let source = source(&[PATH]);
    let certificates = certificates(&source);
    for secs in [0, 1, 86_399] {
        assert!(certificates.get(reference(PATH), at(secs)).await.is_ok());
    }
    assert_eq!(source.calls(), 1);
    assert!(certificates.get(reference(PATH), at(86_400)).await.is_ok());
    assert_eq!(source.calls(), 2);
}

#[tokio::test]
async fn many_waiting_deliveries_cause_one_fetch() {
    let source = source(&[PATH]);
    let certificates = certificates(&source);
    let get = || certificates.get(reference(PATH), at(0));
    let (a, b, c) = tokio::join!(get(), get(), get());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(source.calls(), 1);
}

#[tokio::test]
async fn failures_are_remembered_for_a_short_while() {
    let source = source(&[]);
    source.set(HOST, "/untrusted", "<html>");
    let certificates = certificates(&source);
    for path in [PATH, "/untrusted"] {
        for secs in [0, 29] {
            let found = certificates.get(reference(path), at(secs)).await.map(drop);
            assert_eq!(found, Err(KeyError::Reject(Reject::CertificateUntrusted)));
        }
    }
    assert_eq!(source.calls(), 2);
    source.set(HOST, PATH, PKI.chain(&Leaf::default()));
    assert!(certificates.get(reference(PATH), at(30)).await.is_ok());
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_not_the_senders_fault() {
    let source = source(&[PATH]);
    let failure = unavailable("https:GET");
    source.fail_with(Some(failure.clone()));
    let certificates = certificates(&source);
    let found = certificates.get(reference(PATH), at(0)).await.map(drop);
    assert_eq!(found, Err(KeyError::Port(failure)));
}

#[tokio::test]
async fn unknown_addresses_cause_a_bounded_number_of_fetches() {
    let paths: Vec<_> = (0..1000).map(|number| format!("/v1/notifications/certs/CERT-{number}")).collect();
    let source = source(&[PATH]);
    let certificates = certificates(&source);
    certificates.get(reference(PATH), at(0)).await.unwrap();
    for path in &paths {
        assert!(certificates.get(reference(path), at(1)).await.is_err());
    }
    assert_eq!(source.calls(), MAX_FETCHES, "a flood of made-up addresses is no flood of requests");
    let flooded = certificates.get(reference("/v1/notifications/certs/CERT-new"), at(1)).await.map(drop);
    assert_eq!(flooded, Err(KeyError::TooManyCertificates));
    assert!(certificates.get(reference(PATH), at(1)).await.is_ok(), "what is known goes on serving");
    let later = certificates.get(reference("/v1/notifications/certs/CERT-new"), at(31)).await.map(drop);
    assert_eq!(later, Err(KeyError::Reject(Reject::CertificateUntrusted)), "the pause ends");
}

#[tokio::test]
async fn room_is_made_of_failures_first() {
    let source = source(&[PATH]);
    let certificates = certificates(&source);
    certificates.get(reference(PATH), at(0)).await.unwrap();
    for round in 0..10 {
        for number in 0..MAX_FETCHES {
            let path = format!("/v1/notifications/certs/CERT-{round}-{number}");
            let _ = certificates.get(reference(&path), at(31 * (round + 1))).await;
        }
    }
    let calls = source.calls();
    assert!(certificates.known.lock().unwrap().by_path.len() <= MAX_ENTRIES);
    assert!(certificates.get(reference(PATH), at(400)).await.is_ok());
    assert_eq!(source.calls(), calls, "the good certificate is still there");
}

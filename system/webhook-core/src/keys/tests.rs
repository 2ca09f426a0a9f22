use super::*;
use crate::certificate::test_pki::NOW;
use crate::twins::{MemoryCertificates, MemorySecrets, unavailable};

const STRIPE: Provider = Provider::Stripe;

fn at(secs: i64) -> UnixTime {
    UnixTime::from_secs(NOW.secs() + secs)
}

type TestKeyring<'a> = Keyring<&'a MemorySecrets, MemoryCertificates>;

fn keyring(secrets: &MemorySecrets) -> TestKeyring<'_> {
    Keyring::new(secrets, MemoryCertificates::default(), KeyringOptions::default())
}

fn source(secrets: &[&str]) -> MemorySecrets {
    let source = MemorySecrets::default();
    source.set(STRIPE, secrets);
    source
}

async fn endpoint(keyring: &TestKeyring<'_>, secs: i64) -> Result<Endpoint, KeyError> {
    keyring.endpoint(STRIPE, KeyRef::Secret, at(secs)).await
}

async fn refetched(keyring: &TestKeyring<'_>, used: &Endpoint, secs: i64) -> bool {
    keyring.endpoint_after_mismatch(STRIPE, KeyRef::Secret, used, at(secs)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_secret_is_fetched_once_in_five_minutes() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    keyring.warm(STRIPE, at(0)).await.unwrap();
    for secs in [0, 1, 299] {
        endpoint(&keyring, secs).await.unwrap();
    }
    assert_eq!(source.calls(), 1);
    endpoint(&keyring, 300).await.unwrap();
    assert_eq!(source.calls(), 2);
}

#[tokio::test]
async fn many_waiting_deliveries_cause_one_fetch() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    let (a, b, c, d) = tokio::join!(
        endpoint(&keyring, 0),
        endpoint(&keyring, 0),
        endpoint(&keyring, 0),
        endpoint(&keyring, 0)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    assert_eq!(source.calls(), 1);
}

#[tokio::test]
async fn an_old_secret_serves_while_the_source_is_down() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    keyring.warm(STRIPE, at(0)).await.unwrap();
    source.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
    for secs in [300, 301, 329] {
        assert!(endpoint(&keyring, secs).await.is_ok(), "stale is better than nothing");
    }
    assert_eq!(source.calls(), 2, "one try in 30 s");
    assert!(endpoint(&keyring, 331).await.is_ok());
    assert_eq!(source.calls(), 3);
    source.fail_with(None);
    assert!(endpoint(&keyring, 362).await.is_ok());
    assert!(endpoint(&keyring, 363).await.is_ok());
    assert_eq!(source.calls(), 4, "fresh again");
}

#[tokio::test]
async fn without_any_secret_the_error_is_told_and_tried_again_soon() {
    let source = source(&["whsec_1"]);
    let failure = unavailable("secretsmanager:GetSecretValue");
    source.fail_with(Some(failure.clone()));
    let keyring = keyring(&source);
    for _ in 0..3 {
        assert_eq!(endpoint(&keyring, 0).await.err(), Some(KeyError::Port(failure.clone())));
    }
    assert_eq!(source.calls(), 1, "not once for each delivery");
    source.fail_with(None);
    assert!(endpoint(&keyring, 1).await.is_ok());
}

#[tokio::test]
async fn an_unusable_or_missing_secret_is_an_error() {
    let source = source(&["{}"]);
    let keyring = keyring(&source);
    assert!(matches!(endpoint(&keyring, 0).await, Err(KeyError::UnusableSecret(_))));
    let missing = keyring.warm(Provider::Square, at(0)).await;
    assert!(matches!(missing, Err(KeyError::Port(PortError::Refused { .. }))));
}

#[tokio::test]
async fn a_mismatch_fetches_at_most_every_30_seconds() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    let used = endpoint(&keyring, 0).await.unwrap();
    for _ in 0..100 {
        assert!(!refetched(&keyring, &used, 1).await, "nothing new: the mismatch stands");
    }
    assert_eq!(source.calls(), 2, "a flood of forgeries is no flood of secret reads");
    source.set(STRIPE, &["whsec_2", "whsec_1"]);
    assert!(!refetched(&keyring, &used, 30).await);
    assert_eq!(source.calls(), 2);
    assert!(refetched(&keyring, &used, 31).await, "the rotation is noticed before the five minutes are over");
    assert_eq!(source.calls(), 3);
    assert!(
        refetched(&keyring, &used, 32).await,
        "whoever still used the old one gets the new one from the cache"
    );
    assert_eq!(source.calls(), 3);
}

#[tokio::test]
async fn a_failing_refetch_counts_as_one() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    let used = endpoint(&keyring, 0).await.unwrap();
    source.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
    let after = async |secs| keyring.endpoint_after_mismatch(STRIPE, KeyRef::Secret, &used, at(secs)).await;
    assert!(after(1).await.is_err());
    assert!(matches!(after(2).await, Ok(None)));
    assert_eq!(source.calls(), 2);
    assert!(endpoint(&keyring, 3).await.is_ok(), "the old secret still serves");
}

#[tokio::test]
async fn concurrent_mismatches_share_one_fetch() {
    let source = source(&["whsec_1"]);
    let keyring = keyring(&source);
    let used = endpoint(&keyring, 0).await.unwrap();
    source.set(STRIPE, &["whsec_2"]);
    let (a, b, c) = tokio::join!(
        refetched(&keyring, &used, 1),
        refetched(&keyring, &used, 1),
        refetched(&keyring, &used, 1)
    );
    assert!(a && b && c, "all see the new secret");
    assert_eq!(source.calls(), 2);
}

#[tokio::test]
async fn providers_do_not_share_secrets() {
    let source = source(&["whsec_1"]);
    source.set(Provider::Square, &[r#"{"key":"k","notification_url":"https://a.example"}"#]);
    let keyring = keyring(&source);
    let square = keyring.endpoint(Provider::Square, KeyRef::Secret, at(0)).await;
    assert!(matches!(square, Ok(Endpoint::Square(_))));
    assert!(matches!(endpoint(&keyring, 0).await, Ok(Endpoint::Stripe(_))));
}

#[test]
fn a_clock_that_was_set_back_keeps_nothing_for_ever() {
    assert!(within(at(0), at(-5), 300), "side by side");
    assert!(!within(at(0), at(-60), 300));
    assert!(within(at(0), at(299), 300) && !within(at(0), at(300), 300));
}

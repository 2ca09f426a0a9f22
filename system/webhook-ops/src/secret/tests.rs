//! Putting and rotating, repeated, broken off, and by two people at once.

use webhook_core::twins::ops::MemorySecretVault;
use webhook_core::twins::unavailable;

use super::*;

const OLD: &str = r#"{"secret":"whsec_old_0123456789"}"#;
const NEW: &str = r#"{"secret":"whsec_new_0123456789"}"#;
const DAY: Duration = Duration::from_secs(24 * 3600);
const NOW_S: i64 = 1_763_750_000;

fn now() -> UnixTime {
    UnixTime::from_secs(NOW_S)
}

fn change<'a>(vault: &'a MemorySecretVault, new: &'a SecretString) -> Change<'a, MemorySecretVault> {
    Change {
        vault,
        provider: Provider::Stripe,
        name: "webhook-processor/stripe/secret",
        new,
        dry_run: false,
        now,
    }
}

/// A vault whose current value is `value`, for `age_s` seconds.
fn holding(value: &str, age_s: i64) -> MemorySecretVault {
    MemorySecretVault::holding("v-1", value, UnixTime::from_secs(NOW_S - age_s))
}

async fn values(vault: &MemorySecretVault) -> (Option<String>, Option<String>) {
    let versions = vault.versions().await.unwrap().unwrap();
    let value = |version: Option<SecretVersion>| version.map(|version| version.value.expose().to_owned());
    (value(versions.current), value(versions.previous))
}

fn both(current: &str, previous: &str) -> (Option<String>, Option<String>) {
    (Some(current.to_owned()), Some(previous.to_owned()))
}

#[tokio::test]
async fn a_rotation_keeps_the_old_value_accepted() {
    let (vault, new) = (holding(OLD, 10), SecretString::new(NEW));
    let outcome = change(&vault, &new).rotate(DAY, false).await.unwrap();
    assert_eq!(values(&vault).await, both(NEW, OLD));
    assert_eq!(outcome.what, What::Rotated);
    assert_eq!(outcome.switch_provider_after.as_deref(), Some("2025-11-21T18:33:50Z"), "30 s later");
    let again = change(&vault, &new).rotate(DAY, false).await.unwrap();
    assert_eq!((again.what, values(&vault).await), (What::Unchanged, both(NEW, OLD)), "twice is once");
}

#[tokio::test]
async fn a_second_rotation_within_the_grace_period_is_declined() {
    let vault = holding("whsec_older_0123456789", 100);
    change(&vault, &SecretString::new(OLD)).rotate(DAY, false).await.unwrap();
    let new = SecretString::new(NEW);
    // The twin tells no time of a version that was added: unknown counts as recent.
    let failure = change(&vault, &new).rotate(DAY, false).await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Declined(text) if text.contains("--force") && text.contains("24 h")),
        "{failure}"
    );
    assert_eq!(values(&vault).await, both(OLD, "whsec_older_0123456789"));
    change(&vault, &new).rotate(DAY, true).await.unwrap();
    assert_eq!(values(&vault).await, both(NEW, OLD));
    // Back to the value before: nothing is dropped that is in use.
    change(&vault, &SecretString::new(OLD)).rotate(DAY, false).await.unwrap();
    assert_eq!(values(&vault).await, both(OLD, NEW));
}

#[test]
fn the_grace_period_counts_from_the_last_rotation() {
    let vault = MemorySecretVault::default();
    let new = SecretString::new(NEW);
    let check = |age_s: i64, declined: bool| {
        let version = |id: &str, value: &str| SecretVersion {
            id: id.to_owned(),
            created_at: Some(UnixTime::from_secs(NOW_S - age_s)),
            value: SecretString::new(value),
        };
        let decided = change(&vault, &new).decline_within(DAY, &version("v-2", "b"), &version("v-1", "a"));
        assert_eq!(decided.is_err(), declined, "{age_s} s");
        if let Err(failure) = decided {
            let text = failure.to_string();
            assert!(text.contains("2025-11-21T17:33:20Z (1 h 0 min ago)"), "{text}");
        }
    };
    check(3600, true);
    check(24 * 3600, false);
}

#[tokio::test]
async fn a_first_value_is_put_once() {
    let (vault, new) = (MemorySecretVault::default(), SecretString::new(NEW));
    assert_eq!(change(&vault, &new).put().await.unwrap().what, What::Put);
    assert_eq!(change(&vault, &new).put().await.unwrap().what, What::Unchanged);
    let failure = change(&vault, &SecretString::new(OLD)).put().await.unwrap_err();
    assert!(matches!(&failure, Failure::Declined(text) if text.contains("secret rotate")), "{failure}");
    assert_eq!(values(&vault).await, (Some(NEW.to_owned()), None));
}

#[tokio::test]
async fn a_placeholder_does_not_become_an_accepted_secret() {
    let (vault, new) = (holding("REPLACE_ME", 10), SecretString::new(NEW));
    assert_eq!(change(&vault, &new).put().await.unwrap().what, What::Replaced);
    assert_eq!(values(&vault).await, (Some(NEW.to_owned()), None));
}

#[tokio::test]
async fn the_same_value_in_another_form_is_the_same() {
    let (vault, new) = (holding("whsec_new_0123456789", 10), SecretString::new(NEW));
    assert_eq!(change(&vault, &new).rotate(DAY, false).await.unwrap().what, What::Unchanged);
}

#[tokio::test]
async fn a_previous_value_is_retired_once() {
    let (vault, new) = (holding(OLD, 10), SecretString::new(NEW));
    assert_eq!(change(&vault, &new).retire().await.unwrap().what, What::Unchanged);
    change(&vault, &new).rotate(DAY, false).await.unwrap();
    let dry = Change { dry_run: true, ..change(&vault, &new) };
    assert_eq!((dry.retire().await.unwrap().what, values(&vault).await), (What::Retired, both(NEW, OLD)));
    assert_eq!(change(&vault, &new).retire().await.unwrap().what, What::Retired);
    assert_eq!(values(&vault).await, (Some(NEW.to_owned()), None));
    assert_eq!(change(&vault, &new).retire().await.unwrap().what, What::Unchanged);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (vault, new) = (holding(OLD, 10), SecretString::new(NEW));
    let dry = Change { dry_run: true, ..change(&vault, &new) };
    let outcome = dry.rotate(DAY, false).await.unwrap();
    assert_eq!((outcome.what, outcome.switch_provider_after), (What::Rotated, None));
    assert_eq!(values(&vault).await, (Some(OLD.to_owned()), None));
}

#[tokio::test]
async fn a_missing_secret_is_no_first_one() {
    let (vault, new) = (MemorySecretVault::absent(), SecretString::new(NEW));
    for failure in [
        change(&vault, &new).put().await.unwrap_err(),
        change(&vault, &new).rotate(DAY, false).await.unwrap_err(),
    ] {
        assert_eq!(failure.exit(), Exit::Unavailable);
        assert!(failure.to_string().contains("there is no secret"), "{failure}");
    }
}

#[tokio::test]
async fn broken_off_in_the_middle_the_same_command_finishes_it() {
    let (vault, new) = (holding(OLD, 10), SecretString::new(NEW));
    let current = vault.versions().await.unwrap().unwrap().current.unwrap();
    // The first step only.
    vault.add(&token::of(&current, &new), &new).await.unwrap();
    assert_eq!(values(&vault).await, (Some(OLD.to_owned()), None));
    assert_eq!(change(&vault, &new).rotate(DAY, false).await.unwrap().what, What::Rotated);
    assert_eq!(values(&vault).await, both(NEW, OLD));
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_refused() {
    let vault = holding(OLD, 10);
    let (ours, theirs) = (SecretString::new(NEW), SecretString::new("whsec_theirs_0123456789"));
    let seen = vault.versions().await.unwrap().unwrap().current.unwrap();
    change(&vault, &theirs).rotate(DAY, false).await.unwrap();
    let failure = change(&vault, &ours).replace(&seen).await.unwrap_err();
    assert!(failure.to_string().contains("not in force"), "{failure}");
    assert_eq!(values(&vault).await, both("whsec_theirs_0123456789", OLD));
}

#[tokio::test]
async fn no_value_is_told() {
    let (vault, new) = (holding(OLD, 10), SecretString::new(NEW));
    vault.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
    let failure = change(&vault, &new).rotate(DAY, false).await.unwrap_err();
    vault.fail_with(None);
    let outcome = change(&vault, &new).rotate(DAY, false).await.unwrap();
    for text in [format!("{failure:?} {outcome:?}"), outcome.text(), serde_json::to_string(&outcome).unwrap()]
    {
        assert!(!text.contains("whsec_"), "{text}");
    }
}

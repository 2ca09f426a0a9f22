//! The suites of the operator's ports.

use std::time::Duration;

use bytes::Bytes;

use crate::ports::SecretString;
use crate::ports::ops::{
    DeadLetterQueue, LETTERS_MAX, ProcessorQueue, RawArchive, RawObject, SecretVault, SecretVersions,
};

/// Hidden for longer than a suite runs.
const HIDDEN: Duration = Duration::from_secs(120);

/// Every rule of [`DeadLetterQueue`], for an empty queue into which `count` letters are put by `send(count)` beforehand by the caller:
/// at least 12, with different bodies, each with the three attributes of a dead letter.
pub async fn dead_letter_queue(queue: &impl DeadLetterQueue, count: usize) {
    assert!(count > LETTERS_MAX, "the suite needs more letters than one receive hands out");
    let total = queue.depth().await.expect("depth").total();
    assert_eq!(total, count as u64, "every letter counts");

    let mut held = Vec::new();
    while held.len() < count {
        let letters = queue.receive(HIDDEN).await.expect("receive");
        assert!(
            (1..=LETTERS_MAX).contains(&letters.len()),
            "one receive hands out 1 to {LETTERS_MAX} letters"
        );
        held.extend(letters);
    }
    let mut ids: Vec<_> = held.iter().map(|letter| letter.message_id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "a hidden letter is not handed out again");
    for letter in &held {
        assert!(letter.sent_at.is_some() && letter.receive_count == Some(1), "time and count are told");
        assert!(letter.request_id.is_some() && letter.error_message.is_some(), "attributes are told");
        assert_eq!(letter.error_code.as_deref(), Some("200"));
    }
    assert!(queue.receive(HIDDEN).await.expect("receive").is_empty(), "nothing is left to be had");
    assert_eq!(queue.depth().await.expect("depth").in_flight, count as u64, "what is held is in flight");

    let given_back = held.remove(0);
    queue.hide(&given_back.receipt, Duration::ZERO).await.expect("give back");
    let again = queue.receive(HIDDEN).await.expect("receive");
    let [again] = again.as_slice() else { panic!("what is given back can be had at once") };
    assert!(again.message_id == given_back.message_id && again.body == given_back.body, "and is the same");
    assert_eq!(again.receive_count, Some(2));

    queue.delete(&given_back.receipt).await.expect("an old receipt is no error");
    assert_eq!(queue.depth().await.expect("depth").total(), count as u64, "and removes nothing");
    queue.delete(&again.receipt).await.expect("delete");
    queue.delete(&again.receipt).await.expect("removing twice succeeds");
    for letter in &held {
        queue.delete(&letter.receipt).await.expect("delete");
    }
    assert_eq!(queue.depth().await.expect("depth").total(), 0, "what is removed is gone");
}

/// Every rule of [`ProcessorQueue`].
pub async fn processor_queue(processor: &impl ProcessorQueue) {
    let event = || Bytes::from_static(br#"{"contract":"suite"}"#);
    let first = processor.invoke(event()).await.expect("invoke");
    let second = processor.invoke(event()).await.expect("invoke");
    assert!(!first.is_empty() && first != second, "every invocation has an id of its own");
}

/// Every rule of [`RawArchive`], for an archive that holds exactly `keys` (sorted, at least three) under `prefix`, each with the body
/// `body of {key}`, and one more object beside the prefix.
pub async fn raw_archive(archive: &impl RawArchive, prefix: &str, keys: &[String]) {
    let mut found = Vec::new();
    loop {
        let after = found.last().map(|head: &crate::ports::ops::ObjectHead| head.key.clone());
        let page = archive.list(prefix, after.as_deref()).await.expect("list");
        let more = page.more;
        assert!(!more || !page.objects.is_empty(), "a page that is not the last holds something");
        found.extend(page.objects);
        if !more {
            break;
        }
    }
    let told: Vec<_> = found.iter().map(|head| head.key.clone()).collect();
    assert_eq!(told, keys, "every key once, in order, and none beside the prefix");
    let rest = archive.list(prefix, Some(&keys[0])).await.expect("list");
    assert_eq!(rest.objects[0].key, keys[1], "`after` is exclusive");
    for head in &found {
        let expected = Bytes::from(format!("body of {}", head.key));
        assert_eq!(head.size_bytes, expected.len() as u64, "sizes are bytes");
        let body = archive.read(&head.key, expected.len()).await.expect("read");
        assert!(body == RawObject::Body(expected.clone()), "bytes come back as they were");
        let cut = archive.read(&head.key, expected.len() - 1).await.expect("read");
        assert!(cut == RawObject::TooLarge, "nothing is cut off silently");
    }
    let missing = archive.read(&format!("{prefix}no-such-object"), 10).await.expect("read");
    assert!(missing == RawObject::Missing, "a missing object is no failure");
}

/// Every rule of [`SecretVault`], for a secret whose only version has the value `first`.
pub async fn secret_vault(vault: &impl SecretVault, first: &str) {
    let versions = async || vault.versions().await.expect("versions").expect("the secret is there");
    let values = |versions: &SecretVersions| {
        let value =
            |v: &Option<crate::ports::ops::SecretVersion>| v.as_ref().map(|v| v.value.expose().to_owned());
        (value(&versions.current), value(&versions.previous))
    };
    let before = versions().await;
    assert_eq!(values(&before), (Some(first.to_owned()), None));
    let old = before.current.expect("a current version").id;

    let token = "contract-0123456789abcdef0123456789abcdef";
    let new = SecretString::new("second value");
    vault.add(token, &new).await.expect("add");
    vault.add(token, &new).await.expect("adding the same again changes nothing");
    vault.add(token, &SecretString::new("other")).await.expect_err("a token stands for one value");
    assert_eq!(values(&versions().await), (Some(first.to_owned()), None), "nobody uses it yet");

    vault.promote(token, "00000000-0000-0000-0000-000000000000").await.expect_err("somebody else was faster");
    assert_eq!(values(&versions().await), (Some(first.to_owned()), None));
    vault.promote(token, &old).await.expect("promote");
    let after = versions().await;
    assert_eq!(values(&after), (Some("second value".to_owned()), Some(first.to_owned())));
    assert_eq!(after.current.expect("a current version").id, token, "the token is the version's id");

    vault.retire(&old).await.expect("retire");
    assert_eq!(values(&versions().await), (Some("second value".to_owned()), None));
}

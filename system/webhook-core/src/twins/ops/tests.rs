//! The operator's twins pass the suites the adapters pass.

use super::*;
use crate::contract::ops as contract;

#[tokio::test]
async fn dead_letters() {
    let queue = MemoryDeadLetterQueue::default();
    for number in 0..13 {
        queue.send(&format!("letter {number}"), "request", "error");
    }
    contract::dead_letter_queue(&queue, 13).await;
}

#[tokio::test]
async fn processor() {
    contract::processor_queue(&MemoryProcessorQueue::default()).await;
}

#[tokio::test]
async fn archive() {
    let keys = ["stripe/a", "stripe/b", "stripe/c", "stripe/d", "stripe/e"].map(str::to_owned);
    for archive in [MemoryRawArchive::default(), MemoryRawArchive::with_pages_of(2)] {
        for key in keys.iter().map(String::as_str).chain(["square/a"]) {
            archive.put(key, format!("body of {key}").as_bytes(), UnixTime::from_secs(1));
        }
        contract::raw_archive(&archive, "stripe/", &keys).await;
    }
}

#[tokio::test]
async fn vault() {
    contract::secret_vault(&MemorySecretVault::holding("v-1", "first", UnixTime::from_secs(1)), "first")
        .await;
    assert_eq!(MemorySecretVault::absent().versions().await, Ok(None));
}

#[tokio::test]
async fn hidden_letters_come_back_by_themselves() {
    let queue = MemoryDeadLetterQueue::default();
    queue.send("letter", "request", "error");
    let held = queue.receive(Duration::from_secs(30)).await.unwrap();
    assert_eq!((held.len(), queue.hidden()), (1, 1));
    queue.pass(Duration::from_secs(30));
    assert_eq!(queue.receive(Duration::from_secs(30)).await.unwrap().len(), 1);
}

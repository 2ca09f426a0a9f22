//! Goes through a queue letter by letter, each once, and gives back what was not removed.
//!
//! A queue cannot be listed: letters are received, which hides them, so that the next receive brings others. A letter whose hiding ran
//! out comes again; it is taken up again, but not told twice.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{DeadLetter, DeadLetterQueue, LETTERS_MAX, Receipt};

/// Calls at the same time when letters are given back.
const GIVING_BACK: usize = 8;

/// A way through a queue.
pub(super) struct Sweep<'q, Q> {
    queue: &'q Q,
    hidden: Duration,
    /// Letters met, with the latest receipt of those that are held.
    met: BTreeMap<String, Option<Receipt>>,
    /// Receives in a row that brought nothing new.
    fruitless: usize,
}

impl<'q, Q: DeadLetterQueue> Sweep<'q, Q> {
    pub(super) fn new(queue: &'q Q, hidden: Duration) -> Self {
        Self { queue, hidden, met: BTreeMap::new(), fruitless: 0 }
    }

    /// The next letters that were not met before; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<DeadLetter>>, PortError> {
        loop {
            let received = self.queue.receive(self.hidden).await?;
            if received.is_empty() {
                return Ok(None);
            }
            let mut new = Vec::with_capacity(received.len());
            for letter in received {
                let held = Some(letter.receipt.clone());
                if self.met.insert(letter.message_id.clone(), held).is_none() {
                    new.push(letter);
                }
            }
            if !new.is_empty() {
                self.fruitless = 0;
                return Ok(Some(new));
            }
            // Twice around with nothing new: whatever comes now has been met.
            self.fruitless += 1;
            if self.fruitless > 2 * self.met.len() / LETTERS_MAX + 2 {
                return Ok(None);
            }
        }
    }

    /// How many letters were met.
    pub(super) fn met(&self) -> usize {
        self.met.len()
    }

    /// The letter is gone from the queue, so there is nothing to give back.
    pub(super) fn forget(&mut self, message_id: &str) {
        self.met.insert(message_id.to_owned(), None);
    }

    /// Makes every letter that is still held visible again. If that fails, they come back by themselves.
    pub(super) async fn give_back(&mut self) {
        let queue = self.queue;
        let held: Vec<Receipt> = self.met.values_mut().filter_map(Option::take).collect();
        stream::iter(held)
            .map(|receipt| async move { drop(queue.hide(&receipt, Duration::ZERO).await) })
            .buffer_unordered(GIVING_BACK)
            .for_each(|()| async {})
            .await;
    }
}

#[cfg(test)]
mod tests {
    use webhook_core::twins::ops::MemoryDeadLetterQueue;

    use super::*;

    const HIDDEN: Duration = Duration::from_secs(30);

    fn queue(letters: usize) -> MemoryDeadLetterQueue {
        let queue = MemoryDeadLetterQueue::default();
        for number in 0..letters {
            queue.send(&number.to_string(), "request", "error");
        }
        queue
    }

    #[tokio::test]
    async fn every_letter_is_met_once_and_given_back() {
        let queue = queue(25);
        let mut sweep = Sweep::new(&queue, HIDDEN);
        let mut sizes = Vec::new();
        while let Some(letters) = sweep.next().await.unwrap() {
            sizes.push(letters.len());
        }
        assert_eq!((sizes, sweep.met(), queue.hidden()), (vec![10, 10, 5], 25, 25));
        sweep.give_back().await;
        assert_eq!((queue.hidden(), queue.bodies().len()), (0, 25));
    }

    #[tokio::test]
    async fn letters_that_come_back_meanwhile_are_met_once() {
        let queue = queue(25);
        let mut sweep = Sweep::new(&queue, HIDDEN);
        let mut met = 0;
        while let Some(letters) = sweep.next().await.unwrap() {
            met += letters.len();
            // So slow that everything is visible again before the next look.
            queue.pass(HIDDEN);
        }
        assert_eq!(met, 25);
    }

    #[tokio::test]
    async fn letters_that_cannot_be_hidden_do_not_keep_it_going() {
        let queue = queue(25);
        let mut sweep = Sweep::new(&queue, Duration::ZERO);
        let mut met = 0;
        while let Some(letters) = sweep.next().await.unwrap() {
            met += letters.len();
        }
        assert_eq!(met, 10, "this queue hands out its first ten again and again");
    }

    #[tokio::test]
    async fn a_removed_letter_is_not_given_back() {
        let queue = queue(2);
        let mut sweep = Sweep::new(&queue, HIDDEN);
        let letters = sweep.next().await.unwrap().unwrap();
        queue.delete(&letters[0].receipt).await.unwrap();
        sweep.forget(&letters[0].message_id);
        let calls = queue.calls();
        sweep.give_back().await;
        assert_eq!((queue.calls() - calls, queue.bodies().len(), queue.hidden()), (1, 1, 0));
    }
}

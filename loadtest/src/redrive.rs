//! The redrive, as an operator does it by AWS's own APIs: every dead letter is read, its event given to the processor, and the letter
//! removed once the event was taken. Poison comes back; everything else must come home.
//!
//! Invariant: a letter is removed only after its event was taken. Letters that come in meanwhile are left for the next time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use futures::stream::{self, StreamExt};
use ledger::entry::EventId;
use ledger::observed::Observed;
use reports::record::{Redrive, RedriveRound};
use target_clients::Clients;

use crate::load::{Load, lock};
use crate::stores::{Letter, letter, receive_all};

/// The function that dead letters come from.
const PROCESSOR: &str = "webhook-processor";
/// How long a letter stays hidden from others while it is redriven, seconds.
const HOLD_S: i32 = 120;
/// Events that are given to the processor at the same time.
const AT_ONCE: usize = 8;

/// The redrives of one run.
#[derive(Debug, Default)]
pub struct Redriver {
    done: Mutex<Redriven>,
}

#[derive(Debug, Default)]
struct Redriven {
    rounds: Vec<RedriveRound>,
    events: BTreeSet<EventId>,
    trouble: Option<String>,
}

impl Redriver {
    /// Redrives once, so long into the measured part.
    pub async fn run(self: Arc<Self>, load: Arc<Load>, clients: Clients, at: Duration) {
        let start = loop {
            match load.started() {
                Some(start) => break start,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        tokio::time::sleep_until((start.instant + load.warmup() + at).into()).await;
        self.round(&clients, true).await;
    }

    /// Empties the queue into the processor.
    pub async fn round(&self, clients: &Clients, under_load: bool) {
        let letters = match Box::pin(receive_all(clients, HOLD_S)).await {
            Ok(messages) => messages.iter().filter_map(letter).collect::<Vec<_>>(),
            Err(reason) => {
                lock(&self.done).trouble =
                    Some(format!("the dead-letter queue could not be redriven: {reason}"));
                return;
            }
        };
        let all = u64::try_from(letters.len()).unwrap_or(u64::MAX);
        let each = letters.into_iter().map(|letter| async move {
            let event = letter.event;
            Box::pin(resend(clients, letter)).await.map(|()| event)
        });
        let results: Vec<_> = stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
        let mut done = lock(&self.done);
        let mut round = RedriveRound { under_load, letters: all, taken: 0, refused: 0 };
        for result in results {
            match result {
                Ok(event) => {
                    round.taken += 1;
                    done.events.extend(event);
                }
                Err(reason) => {
                    round.refused += 1;
                    done.trouble = Some(format!("a dead letter could not be redriven: {reason}"));
                }
            }
        }
        done.rounds.push(round);
    }

    /// What became of the events, by what the stores hold in the end.
    #[must_use]
    pub fn outcome(&self, observed: &Observed<'_>) -> Option<Redrive> {
        let done = lock(&self.done);
        if done.rounds.is_empty() {
            return None;
        }
        let letters: BTreeSet<EventId> =
            observed.letters().keys().filter_map(|letter| letter.event).collect();
        let count = |is: &dyn Fn(&EventId) -> bool| {
            u64::try_from(done.events.iter().filter(|event| is(event)).count()).unwrap_or(u64::MAX)
        };
        Some(Redrive {
            rounds: done.rounds.clone(),
            home: count(&|event| observed.of(event).table > 0),
            came_back: count(&|event| letters.contains(event)),
        })
    }

    /// Why something could not be redriven.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        lock(&self.done).trouble.clone()
    }
}

/// A sentence if a redrive was asked for and there was none, or nothing to redrive.
#[must_use]
pub fn undone(asked: bool, redrive: Option<&Redrive>) -> Option<String> {
    let taken: u64 = redrive.iter().flat_map(|redrive| &redrive.rounds).map(|round| round.taken).sum();
    match redrive {
        _ if !asked || taken > 0 => None,
        Some(redrive) if redrive.rounds.iter().any(|round| round.refused > 0) => {
            Some("The dead-letter queue was to be redriven, and no letter was taken.".to_owned())
        }
        Some(_) => Some("The dead-letter queue was to be redriven, and was empty.".to_owned()),
        None => Some("The dead-letter queue was to be redriven and was not.".to_owned()),
    }
}

async fn resend(clients: &Clients, letter: Letter) -> Result<(), String> {
    let queue = &clients.ready.dlq_url;
    if let Err(reason) = clients.invoke(PROCESSOR, letter.payload).await {
        let back = clients.sqs.change_message_visibility().queue_url(queue).visibility_timeout(0);
        // If that fails, it comes back by itself after [`HOLD_S`].
        drop(back.receipt_handle(letter.receipt).send().await);
        return Err(reason);
    }
    let delete = clients.sqs.delete_message().queue_url(queue).receipt_handle(letter.receipt);
    delete.send().await.map(drop).map_err(|error| DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use ledger::entry::{Entry, Times, What};
    use ledger::index::Index;
    use ledger::observed::{DeadLetter, Foreign};
    use provider_sim::Provider;

    use super::*;

    fn redriver(rounds: &[(u64, u64, u64)], events: &[&str]) -> Redriver {
        let round = |(letters, taken, refused): &(u64, u64, u64)| RedriveRound {
            under_load: false,
            letters: *letters,
            taken: *taken,
            refused: *refused,
        };
        let events = events.iter().map(|event| EventId::new(event)).collect();
        let done = Redriven { rounds: rounds.iter().map(round).collect(), events, trouble: None };
        Redriver { done: Mutex::new(done) }
    }

    #[test]
    fn home_is_who_is_stored_and_back_is_who_lies_in_the_queue_again() {
        let zero = Duration::ZERO;
        let times = Times { measured: true, intended: zero, lag: zero, service: zero };
        let sent = |id| Entry::new(Provider::Stripe, What::Valid, id, times, Some(200));
        let entries = ["a", "b", "lost", "poison"].map(sent);
        let index = Index::new(&entries);
        let mut observed = Observed::new(&index, Foreign::Count);
        ["a", "b", "x"].iter().for_each(|id| observed.record(&EventId::new(id), None));
        observed.raw(&EventId::new("lost"));
        observed.letter(DeadLetter { event: Some(EventId::new("poison")), error: String::new() });
        let outcome =
            redriver(&[(4, 4, 0)], &["a", "b", "lost", "poison"]).outcome(&observed).expect("a redrive");
        assert_eq!((outcome.home, outcome.came_back), (2, 1));
        assert_eq!(redriver(&[], &[]).outcome(&observed), None);
    }

    #[test]
    fn a_redrive_without_a_letter_shows_nothing() {
        let index = Index::new(&[]);
        let nothing = Observed::new(&index, Foreign::Count);
        let told =
            |rounds: &[(u64, u64, u64)]| undone(true, redriver(rounds, &[]).outcome(&nothing).as_ref());
        assert!(told(&[]).is_some_and(|text| text.contains("was not")));
        assert!(told(&[(0, 0, 0)]).is_some_and(|text| text.contains("was empty")));
        assert!(told(&[(2, 0, 2)]).is_some_and(|text| text.contains("no letter was taken")));
        assert_eq!(told(&[(0, 0, 0), (2, 1, 1)]), None);
        assert_eq!(undone(false, None), None);
    }
}

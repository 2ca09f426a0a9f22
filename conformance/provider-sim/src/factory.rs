//! The stream of events of one provider in one run: new payments, and what becomes of them. Refunds, disputes and
//! later states of a payment come as events of their own that share its id.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::dice::{Dice, mix};
use crate::event::Event;
use crate::ids::{self, EventIds};
use crate::money::{Money, NOT_A_CURRENCY};
use crate::payload::{Catalogue, Payment, Scene, Stage};
use crate::provider::Provider;

/// So many payments are remembered for later events.
const REMEMBERED: usize = 64;

/// Makes events. The n-th event of a factory depends on provider, seed, run, lane and the calls before it alone
/// (and on the time given), and its event id is like no other's in the run.
pub struct EventFactory {
    catalogue: Catalogue,
    ids: EventIds,
    run: [u64; 2],
    dice: Dice,
    merchant_id: String,
    location_id: String,
    payments: VecDeque<Payment>,
    stages: Stages,
}

/// The types of each stage, as places in the catalogue.
struct Stages {
    payment: Vec<usize>,
    refund: Vec<usize>,
    dispute: Vec<usize>,
    alone: Vec<usize>,
    unknown: Vec<usize>,
}

impl EventFactory {
    /// A factory for one provider. Two factories with the same three arguments make the same ids: tell them apart
    /// by [`lane`](Self::lane).
    #[must_use]
    pub fn new(provider: Provider, seed: u64, run_id: &str) -> Self {
        let mut of_run = Dice::of_text(&format!("{provider}/{seed}/{run_id}"));
        let run = [of_run.bits(), of_run.bits()];
        // The merchant is the same in every lane.
        let (merchant_id, location_id) = match provider {
            Provider::Stripe => (ids::base62(&mut of_run, "acct_1", 15), String::new()),
            Provider::Paypal => (ids::base36(&mut of_run, "", 13), String::new()),
            Provider::Square => (ids::base36(&mut of_run, "ML", 11), ids::base36(&mut of_run, "L", 12)),
        };
        let catalogue = Catalogue::new(provider);
        let stages = Stages {
            payment: catalogue.of_stage(Stage::Payment),
            refund: catalogue.of_stage(Stage::Refund),
            dispute: catalogue.of_stage(Stage::Dispute),
            alone: catalogue.of_stage(Stage::Alone),
            unknown: catalogue.of_stage(Stage::Unknown),
        };
        Self {
            ids: EventIds::new(provider, run, 0),
            dice: Dice::new(mix(run[0] ^ run[1])),
            run,
            catalogue,
            merchant_id,
            location_id,
            payments: VecDeque::with_capacity(REMEMBERED),
            stages,
        }
    }

    /// The factory of another lane of the same run, from its beginning: for several senders at once, each with its
    /// own factory. The event ids of two lanes never meet.
    #[must_use]
    pub fn lane(mut self, lane: u16) -> Self {
        self.ids = EventIds::new(self.catalogue.provider, self.run, lane);
        self.dice = Dice::new(mix(self.run[0] ^ self.run[1]).wrapping_add(mix(u64::from(lane))));
        self.payments.clear();
        self
    }

    /// The next event, as it happens at `now_ms` (milliseconds since the Unix epoch).
    pub fn event(&mut self, now_ms: i64) -> Event {
        let stage = match self.dice.below(100) {
            0..70 => &self.stages.payment,
            70..83 => &self.stages.refund,
            83..88 => &self.stages.dispute,
            88..96 => &self.stages.alone,
            _ => &self.stages.unknown,
        };
        let index = *self.dice.pick(stage);
        self.make(index, now_ms)
    }

    /// The next event of this type; `None` if this crate makes no such type, see
    /// [`event_types`](crate::event_types).
    pub fn event_of_type(&mut self, event_type: &str, now_ms: i64) -> Option<Event> {
        let named = self.catalogue.named(event_type);
        if named.is_empty() {
            return None;
        }
        let index = *self.dice.pick(&named);
        Some(self.make(index, now_ms))
    }

    /// A poison event: a payment that is right in every way but for its currency, `XXQ`, which does not exist. A
    /// receiver takes it in, fails to process it, and must keep it in its dead-letter queue.
    pub fn poison(&mut self, now_ms: i64) -> Event {
        let index = *self.dice.pick(&self.stages.payment);
        let mut payment = self.new_payment(index);
        payment.money = Money { currency: NOT_A_CURRENCY, ..payment.money };
        // Never remembered: no later event may belong to it.
        self.render(index, &payment, now_ms)
    }

    fn make(&mut self, index: usize, now_ms: i64) -> Event {
        let payment = match self.catalogue.kind(index).stage {
            Stage::Payment if self.dice.percent(70) => self.opened(index),
            Stage::Payment | Stage::Refund | Stage::Dispute => match self.remembered(index) {
                Some(payment) => payment,
                None => self.opened(index),
            },
            Stage::Alone | Stage::Unknown => self.new_payment(index),
        };
        self.render(index, &payment, now_ms)
    }

    /// A new payment that later events may belong to.
    fn opened(&mut self, index: usize) -> Payment {
        let payment = self.new_payment(index);
        if self.payments.len() == REMEMBERED {
            self.payments.pop_front();
        }
        self.payments.push_back(payment.clone());
        payment
    }

    fn new_payment(&mut self, index: usize) -> Payment {
        let kind = self.catalogue.kind(index);
        loop {
            let payment = Payment::draw(&mut self.dice, self.catalogue.provider);
            if kind.fits(&payment) {
                return payment;
            }
        }
    }

    fn remembered(&mut self, index: usize) -> Option<Payment> {
        let place = self.dice.below(self.payments.len() as u64) as usize;
        self.payments.get(place).filter(|payment| self.catalogue.kind(index).fits(payment)).cloned()
    }

    fn render(&mut self, index: usize, payment: &Payment, now_ms: i64) -> Event {
        let kind = self.catalogue.kind(index);
        let event_id = self.ids.next_id();
        let object_id = self.catalogue.object_id(index, &mut self.dice);
        let token = ids::base62(&mut self.dice, "", 30);
        let upper_token = token.to_ascii_uppercase();
        let created_ms = now_ms - self.dice.below(800) as i64;
        let part = payment.money.part(&mut self.dice);
        let scene = Scene {
            provider: self.catalogue.provider,
            payment,
            event_id: &event_id,
            object_id: &object_id,
            merchant_id: &self.merchant_id,
            location_id: &self.location_id,
            part,
            created_ms,
            flags: self.dice.bits() >> 1,
            token: &token,
            upper_token: &upper_token,
        };
        let body = Bytes::from(self.catalogue.render(index, &scene));
        let transaction_id = match kind.stage {
            Stage::Payment | Stage::Refund | Stage::Dispute => payment.id.clone(),
            Stage::Alone | Stage::Unknown => object_id,
        };
        let provider = self.catalogue.provider;
        Event { provider, event_id, transaction_id, event_type: kind.event_type, created_ms, body }
    }
}

#[cfg(test)]
mod tests;

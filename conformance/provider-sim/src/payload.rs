//! What the providers send: for each type of event a template, a place in a payment's life, and the values that
//! change from event to event. One file a provider lists its types; the values are the same for all.

mod paypal;
mod slot;
mod square;
mod stripe;

use crate::dice::Dice;
use crate::ids;
use crate::money::Money;
use crate::persona::Persona;
use crate::provider::Provider;
use crate::template::{Style, Template};

pub(crate) use slot::Slot;

/// Where an event stands in the life of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The payment itself: the first event of a payment, or a later one.
    Payment,
    /// A refund of a payment: has its own id, and names the payment.
    Refund,
    /// A dispute of a payment: likewise.
    Dispute,
    /// An object that no other event belongs to: an order, a payout.
    Alone,
    /// A type that a receiver of payments need not know.
    Unknown,
}

/// One type of event (and status, where one type reports several).
pub(crate) struct Kind {
    /// The provider's name of the type.
    pub(crate) event_type: &'static str,
    pub(crate) stage: Stage,
    /// Prefix and number of random characters of the object's own id.
    object_id: (&'static str, usize),
    /// The body, see [`crate::template`].
    source: &'static str,
    /// Constants of this type that go into the template.
    set: &'static [(&'static str, &'static str)],
}

impl Kind {
    const fn new(
        event_type: &'static str,
        stage: Stage,
        object_id: (&'static str, usize),
        source: &'static str,
        set: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { event_type, stage, object_id, source, set }
    }

    /// Whether this event can be about that payment: Stripe's payment-intent events need a payment intent.
    pub(crate) fn fits(&self, payment: &Payment) -> bool {
        !self.event_type.starts_with("payment_intent.") || payment.has_intent()
    }
}

/// What stays the same over all events of one payment.
#[derive(Clone)]
pub(crate) struct Payment {
    /// The id by which its events are known as one history.
    pub(crate) id: String,
    /// Stripe: the charge; elsewhere the order.
    pub(crate) second_id: String,
    pub(crate) customer_id: String,
    pub(crate) money: Money,
    pub(crate) persona: Persona,
    /// Decides, once for the payment, how optional fields come.
    pub(crate) flags: u64,
    /// Number of the order in the shop.
    pub(crate) number: u64,
}

impl Payment {
    /// A new payment of a made-up customer.
    pub(crate) fn draw(dice: &mut Dice, provider: Provider) -> Self {
        let flags = dice.bits();
        let (id, second_id, customer_id) = match provider {
            Provider::Stripe => stripe::payment_ids(dice, flags),
            Provider::Paypal => paypal::payment_ids(dice),
            Provider::Square => square::payment_ids(dice),
        };
        let number = dice.below(1_000_000);
        Self {
            id,
            second_id,
            customer_id,
            money: Money::price(dice, provider),
            persona: Persona::draw(dice),
            flags,
            number,
        }
    }

    /// False for a Stripe charge that was made without a payment intent: the charge then is the payment.
    pub(crate) fn has_intent(&self) -> bool {
        self.id != self.second_id
    }
}

/// Everything that the holes of one event's template ask for.
pub(crate) struct Scene<'a> {
    pub(crate) provider: Provider,
    pub(crate) payment: &'a Payment,
    pub(crate) event_id: &'a str,
    pub(crate) object_id: &'a str,
    pub(crate) merchant_id: &'a str,
    pub(crate) location_id: &'a str,
    /// Refunded or disputed part of the amount.
    pub(crate) part: Money,
    pub(crate) created_ms: i64,
    /// Decides how this event's own optional fields come.
    pub(crate) flags: u64,
    /// Random characters, of base 62 and of base 36.
    pub(crate) token: &'a str,
    pub(crate) upper_token: &'a str,
}

/// A provider's types with their templates parsed.
pub(crate) struct Catalogue {
    pub(crate) provider: Provider,
    entries: Vec<(&'static Kind, Template<Slot>)>,
}

impl Catalogue {
    pub(crate) fn new(provider: Provider) -> Self {
        let entries = kinds(provider).iter().map(|kind| (kind, parse(provider, kind))).collect();
        Self { provider, entries }
    }

    /// The type at this place of the list.
    pub(crate) fn kind(&self, index: usize) -> &'static Kind {
        self.entries[index].0
    }

    /// Places in the list of the types of this stage.
    pub(crate) fn of_stage(&self, stage: Stage) -> Vec<usize> {
        (0..self.entries.len()).filter(|index| self.kind(*index).stage == stage).collect()
    }

    /// Places in the list of the types of this name.
    pub(crate) fn named(&self, event_type: &str) -> Vec<usize> {
        (0..self.entries.len()).filter(|index| self.kind(*index).event_type == event_type).collect()
    }

    /// A new id for the object of the type at `index`.
    pub(crate) fn object_id(&self, index: usize, dice: &mut Dice) -> String {
        let (prefix, len) = self.kind(index).object_id;
        match self.provider {
            Provider::Stripe | Provider::Square => ids::base62(dice, prefix, len),
            Provider::Paypal => ids::base36(dice, prefix, len),
        }
    }

    /// The body of one event of the type at `index`.
    pub(crate) fn render(&self, index: usize, scene: &Scene<'_>) -> Vec<u8> {
        self.entries[index].1.render(|slot, out| slot.fill(scene, out))
    }
}

fn parse(provider: Provider, kind: &Kind) -> Template<Slot> {
    let style = match provider {
        Provider::Stripe => Style::Pretty,
        Provider::Paypal | Provider::Square => Style::Compact,
    };
    let mut set: Vec<(&str, &str)> = kind.set.to_vec();
    set.push(("event_type", kind.event_type));
    set.extend_from_slice(match provider {
        Provider::Stripe => stripe::DEFAULTS,
        Provider::Paypal => paypal::DEFAULTS,
        Provider::Square => square::DEFAULTS,
    });
    Template::parse(kind.source, style, &set, Slot::named)
}

const fn kinds(provider: Provider) -> &'static [Kind] {
    match provider {
        Provider::Stripe => stripe::KINDS,
        Provider::Paypal => paypal::KINDS,
        Provider::Square => square::KINDS,
    }
}

/// The types of events this crate can make for a provider, each name once: every row of the table of normalized
/// types, and some that a receiver stores as `other`.
pub fn event_types(provider: Provider) -> impl Iterator<Item = &'static str> {
    let kinds = kinds(provider);
    kinds.iter().enumerate().filter_map(move |(index, kind)| {
        let first = kinds.iter().position(|other| other.event_type == kind.event_type) == Some(index);
        first.then_some(kind.event_type)
    })
}

#[cfg(test)]
mod tests;

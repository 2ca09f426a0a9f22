//! The stream of notifications of one merchant in one run: new payments, and what becomes of them.

use std::collections::VecDeque;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::charset::Charset;
use super::content::{self, Scene};
use super::people::Person;
use super::{Kind, Notification};
use crate::dice::{Dice, mix};
use crate::ids;
use crate::money::{Money, NOT_A_CURRENCY};
use crate::provider::Provider;
use crate::sign::stripe::hex;

/// The merchant whose notifications a factory makes unless told otherwise; also the embedded cloud's.
pub const MERCHANT: &str = "merchant@example.com";

/// So many payments are remembered for later notifications.
const REMEMBERED: usize = 64;

/// What stays the same over all notifications of one payment.
#[derive(Clone)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) payer_id: String,
    pub(super) person: Person,
    pub(super) charset: Charset,
    pub(super) money: Money,
    /// Decides how optional fields come.
    pub(super) flags: u64,
    /// Number of the order in the shop.
    pub(super) number: u64,
}

/// Makes notifications. The n-th of a factory depends on seed, run, lane and the calls before it alone (and on the time
/// given), and its transaction id is like no other payment's in the run.
pub struct Factory {
    run: u64,
    key: u64,
    /// 16 bits of lane, then 40 bits of counter.
    next: u64,
    dice: Dice,
    merchant_email: String,
    merchant_id: String,
    payments: VecDeque<Payment>,
}

impl Factory {
    /// A factory for [`MERCHANT`]. Two factories with the same two arguments make the same ids: tell them apart by
    /// [`lane`](Self::lane).
    #[must_use]
    pub fn new(seed: u64, run_id: &str) -> Self {
        let mut of_run = Dice::of_text(&format!("ipn/{seed}/{run_id}"));
        let (run, key) = (of_run.bits(), of_run.bits());
        Self {
            run,
            key,
            next: 0,
            dice: Dice::new(mix(run ^ key)),
            merchant_email: MERCHANT.to_owned(),
            merchant_id: ids::base36(&mut of_run, "", 13),
            payments: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// The factory of another lane of the same run, from its beginning: for several senders at once.
    #[must_use]
    pub fn lane(mut self, lane: u16) -> Self {
        self.next = u64::from(lane) << 40;
        self.dice = Dice::new(mix(self.run ^ self.key).wrapping_add(mix(u64::from(lane))));
        self.payments.clear();
        self
    }

    /// For another merchant than [`MERCHANT`].
    #[must_use]
    pub fn merchant(mut self, email: &str) -> Self {
        self.set_merchant(email);
        self
    }

    pub(crate) fn set_merchant(&mut self, email: &str) {
        email.clone_into(&mut self.merchant_email);
    }

    /// The merchant's account id, the `receiver_id` of payments.
    #[must_use]
    pub fn merchant_id(&self) -> &str {
        &self.merchant_id
    }

    /// The next notification, as it happens at `now_ms` (milliseconds since the Unix epoch).
    pub fn notification(&mut self, now_ms: i64) -> Notification {
        let kind = match self.dice.below(100) {
            0..60 => Kind::Completed,
            60..72 => Kind::Refunded,
            _ => *self.dice.pick(&Kind::ALL),
        };
        let earlier = self.dice.below(self.payments.len() as u64) as usize;
        match self.payments.get(earlier).filter(|_| kind.is_child() || kind == Kind::NewCase) {
            Some(payment) => {
                let payment = payment.clone();
                self.render(kind, &payment, now_ms)
            }
            None => self.of_kind(kind, now_ms),
        }
    }

    /// The next notification of this kind, of a payment of its own in any charset.
    pub fn of_kind(&mut self, kind: Kind, now_ms: i64) -> Notification {
        let charset = match self.dice.below(100) {
            0..75 => Charset::Windows1252,
            75..92 => Charset::Utf8,
            _ => Charset::Gb2312,
        };
        self.in_charset(kind, charset, now_ms)
    }

    /// The next notification of this kind, of a payment of its own in this charset.
    pub fn in_charset(&mut self, kind: Kind, charset: Charset, now_ms: i64) -> Notification {
        let payment = self.new_payment(charset);
        if kind.of_a_payment() {
            if self.payments.len() == REMEMBERED {
                self.payments.pop_front();
            }
            self.payments.push_back(payment.clone());
        }
        self.render(kind, &payment, now_ms)
    }

    /// A later notification about the payment of an earlier one of this factory. `None` if the payment is forgotten (64
    /// are remembered) or the earlier one was about no payment.
    pub fn about(&mut self, earlier: &Notification, kind: Kind, now_ms: i64) -> Option<Notification> {
        let payment = self.payments.iter().find(|payment| payment.id == earlier.transaction_id)?.clone();
        kind.of_a_payment().then(|| self.render(kind, &payment, now_ms))
    }

    /// A poison notification: a payment that is right in every way but for its currency, `XXQ`, which does not exist.
    pub fn poison(&mut self, now_ms: i64) -> Notification {
        let mut payment = self.new_payment(Charset::Windows1252);
        payment.money = Money { currency: NOT_A_CURRENCY, ..payment.money };
        self.render(Kind::Completed, &payment, now_ms)
    }

    fn new_payment(&mut self, charset: Charset) -> Payment {
        Payment {
            id: self.transaction_id(),
            payer_id: ids::base36(&mut self.dice, "", 13),
            person: Person::draw(&mut self.dice, charset),
            charset,
            money: Money::price(&mut self.dice, Provider::Paypal),
            flags: self.dice.bits(),
            number: self.dice.below(1_000_000),
        }
    }

    /// Never returned before.
    fn transaction_id(&mut self) -> String {
        let serial = mix(self.next ^ self.key);
        self.next += 1;
        ids::paypal_transaction(self.run, serial)
    }

    fn render(&mut self, kind: Kind, payment: &Payment, now_ms: i64) -> Notification {
        let own_id = if kind.is_child() { self.transaction_id() } else { payment.id.clone() };
        let case_id = format!("PP-D-{}", 10_000_000 + self.dice.below(90_000_000));
        let created_ms = now_ms - self.dice.below(800) as i64;
        let part = payment.money.part(&mut self.dice);
        let scene = Scene {
            kind,
            payment,
            own_id: &own_id,
            case_id: &case_id,
            merchant_email: &self.merchant_email,
            merchant_id: &self.merchant_id,
            part,
            created_ms,
            verify_sign: &ids::base62(&mut self.dice, "AFcWxV21C7fd0v3bYYYRCpSSRl31A-", 26),
            track_id: &ids::hex(&mut self.dice, 13),
        };
        let body = content::body(&scene);
        let event_id = match (kind, kind.payment_status()) {
            (Kind::NewCase, _) => format!("ipn_{case_id}_new_case"),
            (kind, Some(status)) if kind.of_a_payment() => format!("ipn_{own_id}_{status}"),
            _ => format!("ipn_{}", &hex(&Sha256::digest(&body))[..32]),
        };
        let transaction_id = match kind {
            Kind::SubscriptionSignup | Kind::RecurringProfileCreated => scene.subscription_id(),
            _ => payment.id.clone(),
        };
        Notification {
            kind,
            event_id,
            transaction_id,
            charset: payment.charset,
            created_ms,
            body: Bytes::from(body),
        }
    }
}

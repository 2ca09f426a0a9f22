//! The providers' side of the wire: realistic events of Stripe, PayPal and Square, genuine signatures over
//! them, and every named way in which somebody may tamper with them. PayPal's older notifications, forms without a
//! signature, are in [`ipn`].
//!
//! Invariant: this crate shares no code with the system under test. Payloads, signing, keys and the names of
//! types are written again from the providers' rules, so that a mistake on one side is not repeated on the other.
//!
//! Everything is deterministic from a seed except PayPal's RSA pair, which is generated anew for every
//! [`Keys`]; nothing here reads a clock: times are arguments, in milliseconds since the Unix epoch. The
//! only I/O is the [`PaypalStandIn`], which listens on 127.0.0.1.
//!
//! ```
//! use provider_sim::{EventFactory, Keys, Provider, sign};
//!
//! let now_ms = 1_795_000_000_000;
//! let keys = Keys::generate(1, "https://example.com/api/v1/webhooks/square")?;
//! let mut stripe = EventFactory::new(Provider::Stripe, 1, "run-1");
//! let event = stripe.event(now_ms);
//! let delivery = sign(&keys, &event, now_ms);
//! assert!(delivery.headers.iter().any(|(name, _)| *name == "stripe-signature"));
//! # Ok::<(), provider_sim::KeyError>(())
//! ```

pub mod craft;
mod delivery;
mod dice;
mod event;
mod factory;
mod ids;
pub mod ipn;
mod keys;
mod malformed;
mod money;
mod payload;
mod persona;
mod provider;
mod rfc3339;
mod sign;
mod stand_in;
mod tamper;
mod template;
#[cfg(test)]
mod unprintable;
#[cfg(test)]
mod witness;

pub use delivery::{Delivery, retry, sign};
pub use event::Event;
pub use factory::EventFactory;
pub use keys::{KeyError, Keys};
pub use malformed::{Malformation, RefusedBy, malformed};
pub use payload::event_types;
pub use provider::{Provider, UnknownProvider};
pub use stand_in::{
    Admin, ApiCounts, Behaviour, PaypalStandIn, PostbackCounts, StandInOptions, paypal_stand_in,
};
pub use tamper::{Tampering, forge, forge_from};

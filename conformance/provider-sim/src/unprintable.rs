//! Made-up secrets and persons are treated as real ones: runs are recorded and reports are shown around. Deriving `Debug` on one of
//! these breaks the compilation of this list; those that need one show names and sizes.

use std::fmt::{Debug, Display};

use serde::Serialize;
use static_assertions::assert_not_impl_any;

use crate::delivery::Delivery;
use crate::event::Event;
use crate::keys::{Keys, PaypalKey, SquareKey, StripeKey};
use crate::persona::Persona;
use crate::stand_in::PaypalStandIn;
use crate::{EventFactory, Provider, sign};

assert_not_impl_any!(StripeKey: Debug, Display, Serialize);
assert_not_impl_any!(SquareKey: Debug, Display, Serialize);
assert_not_impl_any!(PaypalKey: Debug, Display, Serialize);
assert_not_impl_any!(Persona: Debug, Display, Serialize);
assert_not_impl_any!(PaypalStandIn: Debug, Display, Serialize);
assert_not_impl_any!(Keys: Display, Serialize);
assert_not_impl_any!(Event: Display, Serialize);
assert_not_impl_any!(Delivery: Display, Serialize);

#[test]
fn what_has_debug_shows_no_body_signature_or_secret() {
    let now_ms = 1_795_000_000_000;
    let keys = Keys::generate(1, "https://example.com/hook").unwrap();
    assert_eq!(format!("{keys:?}"), "Keys(secret)");
    for provider in Provider::ALL {
        let event = EventFactory::new(provider, 1, "run-1").event(now_ms);
        let delivery = sign(&keys, &event, now_ms);
        let shown = format!("{event:?} {delivery:?}");
        assert!(
            delivery.headers.iter().all(|(_, value)| value.len() < 30 || !shown.contains(value)),
            "{shown}"
        );
        assert!(!shown.contains('@') && !shown.contains("\\\""), "part of a body: {shown}");
    }
}

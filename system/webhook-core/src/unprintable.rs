//! Types that hold bodies, headers, signatures, secrets or personal data, and what none of them may learn. Deriving `Debug` on one
//! of them breaks the compilation of this list, not a log somewhere.
//!
//! A type that must have `Debug` (a test compares it, or a struct around it derives it) writes one that shows nothing; those are
//! tried with a canary below. `Serialize` is allowed where the wire needs it.

use std::fmt::{Debug, Display};

use rust_decimal::Decimal;
use serde::Serialize;
use static_assertions::assert_not_impl_any;

use crate::answer::Answer;
use crate::contract;
use crate::envelope::Envelope;
use crate::event::PaymentEvent;
use crate::headers::Headers;
use crate::keys::Keyring;
use crate::keys::secrets::ProviderSecrets;
use crate::ports::SecretString;
use crate::providers::verified::{RawBody, Verified};
use crate::providers::{Claim, Endpoint, paypal, square, stripe};
use crate::record::Transaction;
use crate::render::Rendered;
use crate::shape::{Items, Loose, Reference, Scalar, Text};
use crate::twins::{MemoryCertificates, MemorySecrets};

// Bodies, and what is read out of them.
assert_not_impl_any!(RawBody: Debug, Display, Serialize);
assert_not_impl_any!(Verified: Debug, Display, Serialize);
assert_not_impl_any!(Envelope: Debug, Display);
assert_not_impl_any!(PaymentEvent<'static>: Debug, Display, Serialize);
assert_not_impl_any!(Text<'static>: Debug, Display, Serialize);
assert_not_impl_any!(Scalar<'static>: Debug, Display, Serialize);
assert_not_impl_any!(Reference<'static>: Debug, Display, Serialize);
assert_not_impl_any!(Loose<u8>: Debug, Display, Serialize);
assert_not_impl_any!(Items<u8>: Debug, Display, Serialize);

// Headers and signatures.
assert_not_impl_any!(Headers<'static>: Debug, Display, Serialize);
assert_not_impl_any!(Claim<'static>: Debug, Display, Serialize);
assert_not_impl_any!(stripe::Claim<'static>: Debug, Display, Serialize);
assert_not_impl_any!(paypal::Claim<'static>: Debug, Display, Serialize);
assert_not_impl_any!(square::Claim: Debug, Display, Serialize);

// Secrets.
assert_not_impl_any!(SecretString: Display, Serialize);
assert_not_impl_any!(ProviderSecrets: Debug, Display, Serialize);
assert_not_impl_any!(stripe::Secrets: Debug, Display, Serialize);
assert_not_impl_any!(paypal::Secrets: Debug, Display, Serialize);
assert_not_impl_any!(square::Secrets: Debug, Display, Serialize);
assert_not_impl_any!(Endpoint: Debug, Display, Serialize);
assert_not_impl_any!(paypal::Endpoint: Debug, Display, Serialize);
assert_not_impl_any!(Keyring<MemorySecrets, MemoryCertificates>: Debug, Display, Serialize);

// Records, and answers that hold some.
assert_not_impl_any!(Transaction: Display);
assert_not_impl_any!(Rendered<'static>: Debug, Display);
assert_not_impl_any!(Answer: Debug, Display, Serialize);

#[test]
fn what_has_debug_shows_nothing_that_matters() {
    let secret = SecretString::new("whsec_canary");
    assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "SecretString(…) Some(SecretString(…))");
    let mut record = contract::sample("pi_1", "evt_1", Decimal::ONE);
    record.customer_id = Some("canary-customer".to_owned());
    record.metadata.insert("note".to_owned(), "canary-metadata".to_owned());
    let shown = format!("{record:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        shown.contains("pi_1") && shown.contains("evt_1"),
        "ids are safe, and a failed test needs them: {shown}"
    );
}

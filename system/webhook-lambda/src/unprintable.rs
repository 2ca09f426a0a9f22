//! Types that hold requests, answers, secrets, or what can read them: none may be printable. Deriving `Debug` on one of them
//! breaks the compilation of this list.

use std::fmt::{Debug, Display};

use serde::Serialize;
use static_assertions::assert_not_impl_any;
use webhook_core::direct::Direct;
use webhook_core::intake::Intake;
use webhook_core::twins::{MemoryProcessedLog, MemoryTransactions};

use crate::direct::DirectFunction;
use crate::processor::Processor;
use crate::proxy::{ProxyRequest, ProxyResponse};
use crate::query::Query;
use crate::settings::{DirectSettings, ValidatorSettings};
use crate::validator::Validator;
use crate::wiring::Real;

assert_not_impl_any!(ProxyRequest<'static>: Debug, Display, Serialize);
// Serialized for Lambda.
assert_not_impl_any!(ProxyResponse: Debug, Display);
// Its `Debug` is tried with a canary in `settings::tests`.
assert_not_impl_any!(ValidatorSettings: Display, Serialize);
assert_not_impl_any!(DirectSettings: Display, Serialize);
assert_not_impl_any!(Validator<Intake<Real>>: Debug, Display, Serialize);
assert_not_impl_any!(Validator<Direct<Real>>: Debug, Display, Serialize);
assert_not_impl_any!(DirectFunction: Debug, Display, Serialize);
assert_not_impl_any!(Processor<MemoryTransactions, MemoryProcessedLog, Real>: Debug, Display, Serialize);
assert_not_impl_any!(Query<MemoryTransactions>: Debug, Display, Serialize);

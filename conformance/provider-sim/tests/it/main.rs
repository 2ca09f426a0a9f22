//! The crate as its users see it: a run's worth of deliveries, and the stand-in over real sockets.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

mod http;
mod paypal_services;
mod run;
mod schemas;
mod stand_in;

//! The crate as its users see it: a run's worth of deliveries, and the stand-in over real sockets.

mod run;
mod stand_in;

//! How a service of the stand-in behaves: as it should, or as in a drill.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// How requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// As PayPal answers.
    #[default]
    Normal,
    /// 503 to everything.
    Unavailable,
    /// 200 with a page for people, in which the words that a receiver looks for happen to stand.
    Garbage,
    /// As PayPal answers, after this time.
    Slow(Duration),
}

impl Behaviour {
    /// The behaviour of this name: `normal`, `unavailable`, `garbage`, or `slow` with a number of milliseconds.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "normal" => Some(Self::Normal),
            "unavailable" => Some(Self::Unavailable),
            "garbage" => Some(Self::Garbage),
            _ => name.strip_prefix("slow")?.parse().ok().map(|ms| Self::Slow(Duration::from_millis(ms))),
        }
    }
}

/// The behaviour that is switched on.
#[derive(Default)]
pub(super) struct Switch(Mutex<Behaviour>);

impl Switch {
    pub(super) fn set(&self, behaviour: Behaviour) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    fn get(&self) -> Behaviour {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of a service that is out of order; `None`, perhaps after a while, if it works.
    pub(super) async fn out_of_order(&self) -> Option<Response> {
        match self.get() {
            Behaviour::Normal => None,
            Behaviour::Unavailable => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
            Behaviour::Garbage => {
                // Short: a receiver must not be saved by its limit on the length of an answer.
                let page = "<html>VERIFIED sellers: back soon. \"SUCCESS\"</html>\n";
                Some(([(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response())
            }
            Behaviour::Slow(time) => {
                tokio::time::sleep(time).await;
                None
            }
        }
    }
}

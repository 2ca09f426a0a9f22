//! The stand-in from a shell: genuine notifications to send, and switches for drills. Not there unless asked for, so that
//! nothing but PayPal's own routes stands between a receiver under test and its verdict.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::Paypal;
use super::behaviour::Behaviour;
use crate::ipn::{Factory, Kind};

/// What the routes need that this crate does not have.
#[derive(Debug, Clone, Copy)]
pub struct Admin {
    /// The clock, milliseconds since the Unix epoch: when the notifications asked for happen.
    pub now_ms: fn() -> i64,
    /// Seed of the notifications asked for.
    pub seed: u64,
}

impl Admin {
    /// - `GET /stand-in`: what was asked so far.
    /// - `GET /stand-in/ipn/{kind}?receiver=EMAIL`: a new notification, which PayPal remembers from now on.
    /// - `POST /stand-in/sent`: PayPal remembers this body.
    /// - `POST /stand-in/postback/{behaviour}`, `POST /stand-in/api/{behaviour}`: `normal`, `unavailable`, `garbage`,
    ///   `slow2000` (milliseconds).
    pub(super) fn routes(self) -> Router<Arc<Paypal>> {
        let factory = Arc::new(Mutex::new(Factory::new(self.seed, "shell")));
        let notification = move |State(paypal): State<Arc<Paypal>>, Path(kind): Path<String>, query| {
            let Query(query): Query<Vec<(String, String)>> = query;
            let mut factory = factory.lock().unwrap_or_else(PoisonError::into_inner);
            std::future::ready(genuine(&paypal, &mut factory, &kind, &query, (self.now_ms)()))
        };
        Router::new()
            .route("/stand-in", get(counts))
            .route("/stand-in/ipn/{kind}", get(notification))
            .route("/stand-in/sent", post(remember))
            .route("/stand-in/postback/{behaviour}", post(postback))
            .route("/stand-in/api/{behaviour}", post(api))
    }
}

fn genuine(
    paypal: &Paypal,
    factory: &mut Factory,
    kind: &str,
    query: &[(String, String)],
    now_ms: i64,
) -> Response {
    let Some(kind) = Kind::named(kind) else {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        return (StatusCode::NOT_FOUND, format!("kinds are {}\n", known.join(", "))).into_response();
    };
    if let Some((_, receiver)) = query.iter().find(|(name, _)| name == "receiver") {
        factory.set_merchant(receiver);
    }
    let notification = factory.of_kind(kind, now_ms);
    paypal.postback.sent.remember(&notification.body);
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], notification.body).into_response()
}

async fn remember(State(paypal): State<Arc<Paypal>>, body: Bytes) -> StatusCode {
    paypal.postback.sent.remember(&body);
    StatusCode::NO_CONTENT
}

async fn postback(State(paypal): State<Arc<Paypal>>, Path(name): Path<String>) -> StatusCode {
    let Some(behaviour) = Behaviour::named(&name) else { return StatusCode::NOT_FOUND };
    paypal.postback.switch.set(behaviour);
    StatusCode::NO_CONTENT
}

async fn api(State(paypal): State<Arc<Paypal>>, Path(name): Path<String>) -> StatusCode {
    let Some(behaviour) = Behaviour::named(&name) else { return StatusCode::NOT_FOUND };
    paypal.api.switch.set(behaviour);
    StatusCode::NO_CONTENT
}

async fn counts(State(paypal): State<Arc<Paypal>>) -> Response {
    let (postbacks, api) = (paypal.postback.counts(), paypal.api.counts());
    Json(json!({
        "certificates": paypal.certificates.served.load(std::sync::atomic::Ordering::Relaxed),
        "postbacks": {
            "verified": postbacks.verified,
            "invalid": postbacks.invalid,
            "refused": postbacks.refused,
            "out_of_order": postbacks.out_of_order,
        },
        "api": {
            "tokens": api.tokens,
            "success": api.success,
            "failure": api.failure,
            "refused": api.refused,
            "out_of_order": api.out_of_order,
        },
    }))
    .into_response()
}

//! `POST /cgi-bin/webscr`: whether PayPal sent these bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Paypal;
use super::behaviour::Switch;
use crate::ipn::Sent;

/// What a postback begins with; the notification's own bytes follow.
const COMMAND: &[u8] = b"cmd=_notify-validate&";

/// How postbacks were answered so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostbackCounts {
    /// `VERIFIED`.
    pub verified: u64,
    /// `INVALID`.
    pub invalid: u64,
    /// 403: without a User-Agent.
    pub refused: u64,
    /// Not at all, or with nonsense: a drill.
    pub out_of_order: u64,
}

impl PostbackCounts {
    /// All postbacks.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.verified + self.invalid + self.refused + self.out_of_order
    }
}

#[derive(Default)]
pub(super) struct Postback {
    pub(super) sent: Sent,
    pub(super) switch: Switch,
    verified: AtomicU64,
    invalid: AtomicU64,
    refused: AtomicU64,
    out_of_order: AtomicU64,
}

impl Postback {
    pub(super) fn counts(&self) -> PostbackCounts {
        PostbackCounts {
            verified: self.verified.load(Ordering::Relaxed),
            invalid: self.invalid.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            out_of_order: self.out_of_order.load(Ordering::Relaxed),
        }
    }
}

/// PayPal asks for a User-Agent before it reads anything; what is no postback, and what it never sent, is INVALID.
pub(super) async fn answer(State(paypal): State<Arc<Paypal>>, headers: HeaderMap, body: Bytes) -> Response {
    let postback = &paypal.postback;
    if let Some(failure) = postback.switch.out_of_order().await {
        postback.out_of_order.fetch_add(1, Ordering::Relaxed);
        return failure;
    }
    if headers.get(header::USER_AGENT).is_none_or(header::HeaderValue::is_empty) {
        postback.refused.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::FORBIDDEN, "Access Denied").into_response();
    }
    let genuine = body.strip_prefix(COMMAND).is_some_and(|bytes| postback.sent.holds(bytes));
    let (count, word) =
        if genuine { (&postback.verified, "VERIFIED") } else { (&postback.invalid, "INVALID") };
    count.fetch_add(1, Ordering::Relaxed);
    ([(header::CONTENT_TYPE, "text/html; charset=UTF-8")], word).into_response()
}

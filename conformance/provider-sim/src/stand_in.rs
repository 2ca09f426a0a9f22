//! PayPal on this machine: the certificates of one [`Keys`], the postback that vouches for IPN, and the API that verifies
//! the signatures of JSON webhooks. Each does for real what PayPal does, and can be told to fail as PayPal may.

mod admin;
mod api;
mod behaviour;
mod postback;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::ipn::Sent;
use crate::keys::Keys;

pub use admin::Admin;
pub use api::ApiCounts;
pub use behaviour::Behaviour;
pub use postback::PostbackCounts;

/// The running stand-in. It stops when this is dropped.
pub struct PaypalStandIn {
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// The root certificate a receiver must trust, PEM.
    pub trust_root_pem: String,
    paypal: Arc<Paypal>,
    /// Dropping it lets the server finish what it is answering, and end.
    _stop: oneshot::Sender<()>,
}

/// How a stand-in is started.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandInOptions {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Routes by which a shell does what the methods of [`PaypalStandIn`] do; none by default.
    pub admin: Option<Admin>,
}

/// Everything that answers.
struct Paypal {
    certificates: Certificates,
    postback: postback::Postback,
    api: api::Api,
    /// Requests for what PayPal does not have.
    refused: AtomicU64,
}

/// What is served, and how often it was asked for.
struct Certificates {
    name: String,
    pem: String,
    /// Those that a receiver must not believe, by name.
    false_ones: HashMap<String, String>,
    served: AtomicU64,
}

impl PaypalStandIn {
    /// Starts the stand-in within the running Tokio runtime.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn start(keys: &Keys, options: StandInOptions) -> io::Result<Self> {
        let paypal = Arc::new(Paypal {
            certificates: Certificates {
                name: keys.paypal.cert_name.clone(),
                pem: keys.paypal.chain_pem.clone(),
                false_ones: keys
                    .paypal
                    .false_certificates
                    .iter()
                    .map(|one| (one.name.clone(), one.pem.clone()))
                    .collect(),
                served: AtomicU64::new(0),
            },
            postback: postback::Postback::default(),
            api: api::Api::new(keys),
            refused: AtomicU64::new(0),
        });
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let mut router = Router::new()
            .route("/v1/notifications/certs/{name}", get(certificate))
            .route("/cgi-bin/webscr", post(postback::answer))
            .route("/v1/oauth2/token", post(api::token))
            .route("/v1/notifications/verify-webhook-signature", post(api::verify));
        if let Some(admin) = options.admin {
            router = router.merge(admin.routes());
        }
        let router = router.fallback(not_found).with_state(Arc::clone(&paypal));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, router).with_graceful_shutdown(async {
            // Ends when the sender is dropped.
            let _ = stopped.await;
        });
        tokio::spawn(server.into_future());
        let trust_root_pem = keys.paypal.trust_root_pem.clone();
        Ok(Self { endpoint, trust_root_pem, paypal, _stop: stop })
    }

    /// How often the certificate was fetched.
    #[must_use]
    pub fn fetches(&self) -> u64 {
        self.paypal.certificates.served.load(Ordering::Relaxed)
    }

    /// How often something else was asked for and answered 404.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.paypal.refused.load(Ordering::Relaxed)
    }

    /// What PayPal remembers of having sent: for [`ipn::send`](crate::ipn::send) and its like.
    #[must_use]
    pub fn sent(&self) -> &Sent {
        &self.paypal.postback.sent
    }

    /// How the postbacks were answered.
    #[must_use]
    pub fn postbacks(&self) -> PostbackCounts {
        self.paypal.postback.counts()
    }

    /// How the requests to the API (tokens and verifications) were answered.
    #[must_use]
    pub fn api_calls(&self) -> ApiCounts {
        self.paypal.api.counts()
    }

    /// How postbacks are answered from now on.
    pub fn set_postback(&self, behaviour: Behaviour) {
        self.paypal.postback.switch.set(behaviour);
    }

    /// How the API answers from now on. Certificates are served in any case.
    pub fn set_api(&self, behaviour: Behaviour) {
        self.paypal.api.switch.set(behaviour);
    }

    /// Makes every access token that was given out invalid, as PayPal does when a secret is changed.
    pub fn revoke_tokens(&self) {
        self.paypal.api.revoke_tokens();
    }
}

/// Starts the stand-in on a free port of 127.0.0.1, within the running Tokio runtime.
///
/// # Errors
/// If no port can be had.
pub async fn paypal_stand_in(keys: &Keys) -> io::Result<PaypalStandIn> {
    PaypalStandIn::start(keys, StandInOptions::default()).await
}

async fn certificate(State(paypal): State<Arc<Paypal>>, Path(name): Path<String>) -> Response {
    let certificates = &paypal.certificates;
    let pem = match certificates.false_ones.get(&name) {
        Some(pem) => pem,
        None if name == certificates.name => &certificates.pem,
        None => return not_found(State(paypal)).await,
    };
    certificates.served.fetch_add(1, Ordering::Relaxed);
    ([(header::CONTENT_TYPE, "application/x-pem-file")], pem.clone()).into_response()
}

async fn not_found(State(paypal): State<Arc<Paypal>>) -> Response {
    paypal.refused.fetch_add(1, Ordering::Relaxed);
    StatusCode::NOT_FOUND.into_response()
}

//! PayPal's certificate endpoint, on this machine: serves the chain of one [`Keys`] and nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::keys::Keys;

/// The running stand-in. It stops when this is dropped.
pub struct PaypalStandIn {
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// The root certificate a receiver must trust, PEM.
    pub trust_root_pem: String,
    chain: Arc<Chain>,
    /// Dropping it lets the server finish what it is answering, and end.
    _stop: oneshot::Sender<()>,
}

/// What is served, and how often it was asked for.
struct Chain {
    name: String,
    pem: String,
    served: AtomicU64,
    refused: AtomicU64,
}

impl PaypalStandIn {
    /// How often the certificate was fetched.
    #[must_use]
    pub fn fetches(&self) -> u64 {
        self.chain.served.load(Ordering::Relaxed)
    }

    /// How often something else was asked for and answered 404.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.chain.refused.load(Ordering::Relaxed)
    }
}

/// Starts the stand-in on a free port of 127.0.0.1, within the running Tokio runtime.
///
/// # Errors
/// If no port can be had.
pub async fn paypal_stand_in(keys: &Keys) -> io::Result<PaypalStandIn> {
    let chain = Arc::new(Chain {
        name: keys.paypal.cert_name.clone(),
        pem: keys.paypal.chain_pem.clone(),
        served: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let router = Router::new()
        .route("/v1/notifications/certs/{name}", get(certificate))
        .fallback(not_found)
        .with_state(Arc::clone(&chain));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        // Ends when the sender is dropped.
        let _ = stopped.await;
    });
    tokio::spawn(server.into_future());
    let trust_root_pem = keys.paypal.trust_root_pem.clone();
    Ok(PaypalStandIn { endpoint, trust_root_pem, chain, _stop: stop })
}

async fn certificate(State(chain): State<Arc<Chain>>, Path(name): Path<String>) -> Response {
    if name != chain.name {
        return not_found(State(chain)).await;
    }
    chain.served.fetch_add(1, Ordering::Relaxed);
    ([(header::CONTENT_TYPE, "application/x-pem-file")], chain.pem.clone()).into_response()
}

async fn not_found(State(chain): State<Arc<Chain>>) -> Response {
    chain.refused.fetch_add(1, Ordering::Relaxed);
    StatusCode::NOT_FOUND.into_response()
}

//! The listener, and a request's way: route, size, caller, throttle, model, function, answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderName};
use http::{HeaderValue, Request};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::clock;
use crate::lambda::{Lambda, LogFile, Logs};

use super::access_log::{self, Access};
use super::answer::{self, Answer, Refusal};
use super::config::GatewayConfig;
use super::event;
use super::gatekeeper::Gatekeeper;
use super::routes::{Endpoint, Match, Routes};
use super::throttle::Bucket;
use super::tracing::{Facts, Traced};
use super::usage::{KeyUsage, Keys};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
/// How long open requests may go on after [`Gateway::shutdown`].
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);
/// A body over the limit is read on to here, so that the sender gets its answer rather than a reset connection.
const DRAIN_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The gateway could not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A route names a function that the Lambda service does not have.
    #[error("{resource}: no function {name}")]
    Function {
        /// The route's resource.
        resource: String,
        /// The function named.
        name: String,
    },
    /// A route names an authorizer that the stage does not have.
    #[error("{resource}: no authorizer {name}")]
    Authorizer {
        /// The route's resource.
        resource: String,
        /// The authorizer named.
        name: String,
    },
    /// A route's model is no JSON Schema.
    #[error("{resource}: its model is no draft-04 schema: {reason}")]
    Model {
        /// The route's resource.
        resource: String,
        /// What is wrong.
        reason: String,
    },
    /// The access log, or the listener.
    #[error("gateway: {0}")]
    Io(#[from] io::Error),
}

/// The running gateway. Dropped without [`Gateway::shutdown`], it ends in the background.
pub struct Gateway {
    address: SocketAddr,
    stage: String,
    stop: watch::Sender<bool>,
    accepting: tokio::task::JoinHandle<()>,
    keys: Arc<Keys>,
    logs: Logs,
}

impl Gateway {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// URL of the stage, without a slash at its end: `http://127.0.0.1:PORT/dev`.
    pub fn base_url(&self) -> String {
        format!("http://{}/{}", self.address, self.stage)
    }

    /// What each API key has used today, by the key's id.
    pub fn usage(&self) -> BTreeMap<String, KeyUsage> {
        self.keys.usage(clock::unix_millis())
    }

    /// Writes out what the access log holds in memory.
    pub fn flush_logs(&self) {
        self.logs.flush();
    }

    /// Takes no further connection, lets open requests end (two seconds at most), and writes out the access log.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        // An error is a panic of the accept loop, which has nothing left to end.
        let _ = self.accepting.await;
        self.logs.flush();
    }
}

/// Serves a stage on the listener, with the Lambda service behind it. To be called inside a tokio runtime.
///
/// # Errors
/// A route names an unknown function or authorizer or has a broken model, or the access log cannot be written.
pub fn serve(listener: TcpListener, config: GatewayConfig, lambda: &Lambda) -> Result<Gateway, GatewayError> {
    let logs = Logs::start(&config.log_dir)?;
    let gatekeeper = Gatekeeper::compile(&config, lambda)?;
    let keys = Arc::clone(gatekeeper.keys());
    let stage = Arc::new(Stage {
        routes: Routes::compile(&config, lambda, &gatekeeper)?,
        gatekeeper,
        bucket: config.throttle.map(|throttle| Bucket::new(throttle, Instant::now())),
        log: logs.file("api-gateway.log")?,
        config,
    });
    let stop = watch::Sender::new(false);
    let address = listener.local_addr()?;
    let name = stage.config.stage.clone();
    let accepting = tokio::spawn(accept(listener, stage, stop.subscribe()));
    Ok(Gateway { address, stage: name, stop, accepting, keys, logs })
}

async fn accept(listener: TcpListener, stage: Arc<Stage>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection(stream, peer.ip(), Arc::clone(&stage), stop.clone()));
                }
                // Out of file descriptors, most likely: existing connections must end before it gets better.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            // An error means that the handle is gone, which ends the gateway too.
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(SHUTDOWN_MAX, ended).await;
}

async fn connection(stream: TcpStream, peer: IpAddr, stage: Arc<Stage>, mut stop: watch::Receiver<bool>) {
    let service = service_fn(move |request| {
        let stage = Arc::clone(&stage);
        async move { Ok::<_, Infallible>(stage.handle(request, peer).await) }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        // An error is the sender's connection breaking; nobody is left to be told.
        _ = served.as_mut() => return,
        _ = stop.changed() => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

struct Stage {
    config: GatewayConfig,
    routes: Routes,
    gatekeeper: Gatekeeper,
    bucket: Option<Bucket>,
    log: LogFile,
}

/// What the access log says of a request beyond its answer.
#[derive(Default)]
struct Trace<'a> {
    endpoint: Option<&'a Endpoint>,
    invoked: Option<(Instant, Duration)>,
    refusal: Option<Refusal>,
    /// The body, where a [`Misbehaviour`](super::Misbehaviour) wants it.
    body: Option<Bytes>,
}

struct Ids<'a> {
    request: &'a str,
    extended: &'a str,
    trace: &'a Traced,
}

impl Stage {
    async fn handle(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let started = Instant::now();
        let now_ms = clock::unix_millis();
        let id = Uuid::new_v4();
        let mut id_text = Uuid::encode_buffer();
        let id_text = &*id.as_hyphenated().encode_lower(&mut id_text);
        let mut extended = [0; 16];
        // 11 bytes make 16 characters with one `=`, the look of API Gateway's.
        let extended = match BASE64_STANDARD.encode_slice(&id.as_bytes()[..11], &mut extended) {
            Ok(length) => std::str::from_utf8(&extended[..length]).unwrap_or_default(),
            Err(_) => "",
        };
        let (parts, body) = request.into_parts();
        let traced = Traced::begin(&self.config, &parts.headers, id, now_ms);
        let ids = Ids { request: id_text, extended, trace: &traced };
        let mut trace = Trace::default();
        let mut answer = match self.answer(&parts, body, peer, &ids, now_ms, &mut trace).await {
            Ok(answer) => answer,
            Err(refusal) => {
                trace.refusal = Some(refusal);
                self.config.misbehaviour.answer(refusal, trace.body.as_ref())
            }
        };
        for (name, value) in [(REQUEST_ID, ids.request), (EXTENDED_ID, ids.extended)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.headers_mut().insert(name, value);
            }
        }
        let facts = Facts {
            config: &self.config,
            endpoint: trace.endpoint,
            method: &parts.method,
            ip: peer,
            request_id: ids.request,
            status: answer.status().as_u16(),
            invoked: trace.invoked,
        };
        traced.end(&mut answer, &facts);
        let head = self.config.misbehaviour.head_of(&parts);
        let access = Access {
            request_id: ids.request,
            extended_id: ids.extended,
            ip: peer,
            now_ms,
            method: parts.method.as_str(),
            resource: trace.endpoint.map(|endpoint| endpoint.resource.as_str()),
            status: answer.status().as_u16(),
            response_bytes: answer.body().size_hint().exact().unwrap_or_default(),
            latency: started.elapsed(),
            integration_latency: trace.invoked.map(|(_, took)| took),
            error_type: trace.refusal.map(Refusal::error_type),
            head: head.as_deref(),
            body: trace.body.as_deref().filter(|_| self.config.misbehaviour.bodies_logged),
        };
        if !self.config.misbehaviour.nothing_logged {
            self.log.append(|out| access_log::write(out, &access));
        }
        answer
    }

    async fn answer<'a>(
        &'a self,
        parts: &http::request::Parts,
        body: Incoming,
        peer: IpAddr,
        ids: &Ids<'_>,
        now_ms: u64,
        trace: &mut Trace<'a>,
    ) -> Result<Answer, Refusal> {
        let path = self.without_stage(parts.uri.path()).ok_or(Refusal::NoStage)?;
        let Match { endpoint, parameters } =
            self.routes.find(&parts.method, path).ok_or(Refusal::NoMethod)?;
        trace.endpoint = Some(endpoint);
        if endpoint.validator.is_some() && self.config.misbehaviour.refuses(parts) {
            return Err(Refusal::InvalidBody);
        }
        let body = read(body, self.config.max_body_bytes).await?;
        trace.body = self.config.misbehaviour.keeps_bodies().then(|| body.clone());
        let now = Instant::now();
        let request = event::Request {
            path,
            query: parts.uri.query(),
            headers: &parts.headers,
            parameters: &parameters,
            body: &body,
            source_ip: peer,
            request_id: ids.request,
            extended_id: ids.extended,
            now_ms,
            trace: ids.trace.header(),
        };
        let Endpoint { guard, template, .. } = endpoint;
        let (method, full_path) = (&parts.method, parts.uri.path());
        let caller = self.gatekeeper.admit(guard, template, method, full_path, &request, now).await?;
        let buckets = [endpoint.bucket.as_ref(), self.bucket.as_ref()];
        if buckets.into_iter().flatten().any(|bucket| !bucket.take(now)) {
            return Err(Refusal::Throttled);
        }
        if let Some(validator) = &endpoint.validator
            && !validator.accepts(parts.headers.get(header::CONTENT_TYPE), &body)
        {
            return Err(Refusal::InvalidBody);
        }
        let event = template.event(&request, &caller);
        drop(body);
        let invoked = Instant::now();
        let invocation = endpoint.function.invoke_in(event, ids.trace.below_integration());
        let result = tokio::time::timeout(self.config.integration_timeout, invocation).await;
        trace.invoked = Some((invoked, invoked.elapsed()));
        match result {
            Err(_) => Err(Refusal::TimedOut),
            Ok(Err(error)) => Err(Refusal::from_invoke(&error)),
            Ok(Ok(invocation)) => {
                let payload = invocation.result.map_err(|_| Refusal::FunctionFailed)?;
                answer::from_function(&payload).ok_or(Refusal::FunctionFailed)
            }
        }
    }

    fn without_stage<'a>(&self, path: &'a str) -> Option<&'a str> {
        let path = path.strip_prefix('/')?.strip_prefix(self.config.stage.as_str())?;
        if path.is_empty() { Some("/") } else { path.starts_with('/').then_some(path) }
    }
}

/// The whole body. One that is too large is read on for a while and thrown away.
async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut length = 0_u64;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::BrokenBody)?.into_data() else { continue };
        length += data.len() as u64;
        if length > DRAIN_MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        if length > limit as u64 {
            first = Bytes::new();
            rest = BytesMut::new();
        } else if first.is_empty() {
            // Nearly always all of it: no copy.
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    match length > limit as u64 {
        true => Err(Refusal::TooLarge),
        false if rest.is_empty() => Ok(first),
        false => Ok(rest.freeze()),
    }
}

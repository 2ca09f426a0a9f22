//! Does what a step says. What is seen after it is the business of [`crate::look`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::join_all;
use localstack::Fault;
use provider_sim::{Behaviour, Delivery, Provider, ipn};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::case::{Action, Drill, Ipn, PostbackMode, Query, Request, Send};
use crate::compose::{Composed, Impossible, KeyPairs, compose, headers, named};
use crate::scene::{Answered, Scene, Sent};
use crate::signing;
use crate::stores::DeadLetter;
use crate::target::Target;
use crate::template::{fill, moment_ms, quoted};

/// PayPal's stand-in does not answer within what the product waits, and then does.
const SILENCE: Duration = Duration::from_secs(20);

/// By which a request is put into a trace.
const TRACE_HEADER: &str = "x-amzn-trace-id";

/// What temporary credentials send along.
const SESSION_TOKEN: &str = "x-amz-security-token";

/// A request as it went out, for whoever wants to send it again.
#[derive(Debug, Clone)]
pub struct Shown {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// What a step's action left behind, beside what the scene remembers.
#[derive(Debug, Default)]
pub struct Done {
    /// The answers, one for each request.
    pub answers: Vec<Answered>,
    /// The request.
    pub shown: Option<Shown>,
}

/// Does it.
///
/// # Errors
/// It cannot be done as it is written, or something between here and the target is broken.
pub async fn perform(
    action: Action<'_>,
    scene: &mut Scene,
    target: &Target,
    seed: u64,
) -> Result<Done, Impossible> {
    scene.steps_begun += 1;
    scene.settled = None;
    match action {
        Action::Send(step) => send(step, scene, target, seed).await,
        Action::Ipn(step) => message(step, scene, target, seed).await,
        Action::Query(step) => query(step, scene, target).await,
        Action::Request(step) => request(step, scene, target).await,
        Action::Drill(step) => drill(step, scene, target).await.map(|()| Done::default()),
    }
}

async fn send(step: &Send, scene: &mut Scene, target: &Target, seed: u64) -> Result<Done, Impossible> {
    let ring = target.keys();
    let keys = KeyPairs { current: &ring.current, previous: ring.previous.as_deref() };
    let Composed { delivery, headers, created_ms } = compose(step, scene, keys, seed)?;
    let path = match &step.path {
        Some(path) => fill(path, scene).map_err(Impossible::from_error)?,
        None => path_of(target, step.provider)?,
    };
    let how_often = HowOften { repeat: step.repeat, at_once: step.at_once };
    let done = deliver(target, &path, headers, &delivery, scene, how_often).await?;
    remember(scene, &step.name, delivery, created_ms, None, &done);
    Ok(done)
}

fn path_of(target: &Target, provider: Provider) -> Result<String, Impossible> {
    target.webhook_paths.get(&provider).cloned().ok_or_else(|| Impossible(format!("no path for {provider}")))
}

async fn message(step: &Ipn, scene: &mut Scene, target: &Target, seed: u64) -> Result<Done, Impossible> {
    let paypal =
        target.paypal.as_ref().ok_or_else(|| Impossible("nothing stands in for PayPal".to_owned()))?;
    let (delivery, notification) = match &step.again {
        Some(name) => {
            let earlier = scene.sent.get(name);
            let again = earlier.and_then(|sent| Some((sent.delivery.clone()?, sent.notification.clone()?)));
            again.ok_or_else(|| Impossible(format!("there is no earlier message `{name}`")))?
        }
        None => {
            let mut notification = notification(step, scene, seed)?;
            for (name, value) in &step.fields {
                let value = fill(value, scene).map_err(Impossible::from_error)?;
                notification = notification.with_field(name, &value);
            }
            for name in &step.drop {
                notification = notification.without_field(name);
            }
            let delivery = match (&step.forge, &step.malformed) {
                (Some(name), _) => {
                    let forgery = named(ipn::Forgery::ALL, |one| one.name(), name)?;
                    ipn::forge(paypal.sent(), &notification, forgery)
                }
                (None, Some(name)) => {
                    let malformation = named(ipn::Malformation::ALL, |one| one.name(), name)?;
                    ipn::malformed(paypal.sent(), &notification, malformation)
                }
                (None, None) if step.unknown => {
                    ipn::forge(paypal.sent(), &notification, ipn::Forgery::NotSent)
                }
                (None, None) => ipn::send(paypal.sent(), &notification),
            };
            (delivery, notification)
        }
    };
    let wire = headers(&delivery, &step.headers, &[], scene)?;
    let path = path_of(target, Provider::Paypal)?;
    let how_often = HowOften { repeat: step.repeat, at_once: step.at_once };
    let done = deliver(target, &path, wire, &delivery, scene, how_often).await?;
    let created_ms = notification.created_ms;
    remember(scene, &step.name, delivery, created_ms, Some(notification), &done);
    Ok(done)
}

fn notification(step: &Ipn, scene: &mut Scene, seed: u64) -> Result<ipn::Notification, Impossible> {
    let created_ms = moment_ms(&step.created, scene.now_ms)
        .ok_or_else(|| Impossible(format!("`{}` is no time such as now-1d", step.created)))?;
    let kind = ipn::Kind::named(&step.kind)
        .ok_or_else(|| Impossible(format!("provider-sim makes no IPN of the kind `{}`", step.kind)))?;
    let charset = charset(step)?;
    let earlier = match &step.of {
        Some(name) => {
            let earlier = scene.sent.get(name).and_then(|sent| sent.notification.clone());
            Some((name, earlier.ok_or_else(|| Impossible(format!("there is no earlier message `{name}`")))?))
        }
        None => None,
    };
    // One factory for the whole case: it knows the payments of its earlier messages.
    let factory = scene.ipn.get_or_insert_with(|| ipn::Factory::new(seed, &scene.nonce));
    match (earlier, charset) {
        (Some((name, earlier)), _) => {
            let later = factory.about(&earlier, kind, created_ms);
            later.ok_or_else(|| Impossible(format!("`{name}` is about no payment")))
        }
        (None, Some(charset)) => Ok(factory.in_charset(kind, charset, created_ms)),
        (None, None) => Ok(factory.of_kind(kind, created_ms)),
    }
}

fn charset(step: &Ipn) -> Result<Option<ipn::Charset>, Impossible> {
    step.charset.as_ref().map(|name| named(ipn::Charset::ALL, |one| one.name(), name)).transpose()
}

#[derive(Clone, Copy)]
struct HowOften {
    repeat: u32,
    at_once: bool,
}

async fn deliver(
    target: &Target,
    path: &str,
    mut headers: Vec<(String, String)>,
    delivery: &Delivery,
    scene: &mut Scene,
    how_often: HowOften,
) -> Result<Done, Impossible> {
    headers.extend(target.extra_headers.get(&delivery.provider).into_iter().flatten().cloned());
    let own =
        headers.iter().find(|(name, _)| name == TRACE_HEADER).map(|(_, value)| root_of(value).to_owned());
    let root = own.unwrap_or_else(|| {
        let root = scene.trace_id();
        headers.push((TRACE_HEADER.to_owned(), format!("Root={root};Sampled=1")));
        root
    });
    scene.local.insert("trace".to_owned(), root);
    let url = format!("{}{path}", target.base_url);
    let shown = Shown { method: "POST".to_owned(), url, headers, body: delivery.body.clone() };
    let answers = exchange_all(target, &shown, how_often).await?;
    Ok(Done { answers, shown: Some(shown) })
}

/// The trace's id in a header `Root=…;Sampled=…`.
fn root_of(header: &str) -> &str {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root=")).unwrap_or_default()
}

fn remember(
    scene: &mut Scene,
    name: &str,
    delivery: Delivery,
    created_ms: i64,
    notification: Option<ipn::Notification>,
    done: &Done,
) {
    let event_id = delivery.id_in_body.clone().unwrap_or_else(|| delivery.event_id.clone());
    let sent_before = scene.sent.get(name).map(|sent| sent.sent_ms);
    let sent = Sent {
        event_id,
        transaction_id: delivery.transaction_id.clone(),
        created_ms,
        sent_ms: sent_before.unwrap_or(scene.now_ms),
        notification,
        trace_id: scene.local.remove("trace").unwrap_or_default(),
        answers: done.answers.clone(),
        delivery: Some(delivery),
    };
    scene.sent.insert(name.to_owned(), sent);
}

async fn query(step: &Query, scene: &mut Scene, target: &Target) -> Result<Done, Impossible> {
    let path = fill(&step.path, scene).map_err(Impossible::from_error)?;
    let url = format!("{}{}{path}", target.base_url, target.transactions_path);
    let auth = target.ready.as_ref().and_then(|ready| ready.query_auth.as_ref());
    let signed = signing::headers(auth, step.credentials, &url, scene.now_ms)?;
    let mut headers: Vec<(String, String)> = signed
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let root = scene.trace_id();
    headers.push((TRACE_HEADER.to_owned(), format!("Root={root};Sampled=1")));
    let shown = Shown { method: step.method.clone(), url, headers, body: Bytes::new() };
    let answers = exchange_all(target, &shown, HowOften { repeat: 1, at_once: false }).await?;
    if let Some(answer) = answers.first() {
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        for (name, pointer) in &step.keep {
            let value = json.pointer(pointer).cloned().unwrap_or_default();
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            scene.kept.insert(name.clone(), text);
        }
    }
    let sent = Sent {
        delivery: None,
        event_id: String::new(),
        transaction_id: String::new(),
        created_ms: scene.now_ms,
        sent_ms: scene.now_ms,
        notification: None,
        trace_id: root,
        answers: answers.clone(),
    };
    scene.sent.insert("query".to_owned(), sent);
    Ok(Done { answers, shown: Some(shown) })
}

async fn request(step: &Request, scene: &Scene, target: &Target) -> Result<Done, Impossible> {
    let path = fill(&step.path, scene).map_err(Impossible::from_error)?;
    let body = fill(&step.body, scene).map_err(Impossible::from_error)?;
    let headers = step.headers.iter().map(|(name, value)| {
        fill(value, scene).map(|value| (name.clone(), value)).map_err(Impossible::from_error)
    });
    let shown = Shown {
        method: step.method.clone(),
        url: format!("{}{path}", target.base_url),
        headers: headers.collect::<Result<_, _>>()?,
        body: body.into(),
    };
    let how_often = HowOften { repeat: step.repeat, at_once: step.at_once };
    let answers = exchange_all(target, &shown, how_often).await?;
    Ok(Done { answers, shown: Some(shown) })
}

async fn exchange_all(
    target: &Target,
    shown: &Shown,
    how_often: HowOften,
) -> Result<Vec<Answered>, Impossible> {
    if how_often.at_once {
        let all = join_all((0..how_often.repeat).map(|_| exchange(target, shown))).await;
        return all.into_iter().collect();
    }
    let mut answers = Vec::new();
    for _ in 0..how_often.repeat {
        answers.push(exchange(target, shown).await?);
    }
    Ok(answers)
}

/// Sends a request and reads the whole answer. A connection that breaks is an answer of its own: it is the target's.
async fn exchange(target: &Target, shown: &Shown) -> Result<Answered, Impossible> {
    let mut headers = HeaderMap::new();
    for (name, value) in &shown.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(Impossible::from_error)?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(Impossible::from_error)?);
    }
    let method = reqwest::Method::from_bytes(shown.method.as_bytes()).map_err(Impossible::from_error)?;
    let request = target.http.request(method, &shown.url).headers(headers).body(shown.body.clone());
    let began = Instant::now();
    let answer = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers: BTreeMap<_, _> = headers.collect();
        Ok::<_, reqwest::Error>((status, headers, response.text().await?))
    };
    Ok(match answer.await {
        Ok((status, headers, body)) => Answered { status, headers, body, took: began.elapsed() },
        Err(error) => Answered {
            status: 0,
            headers: BTreeMap::new(),
            body: format!("no answer: {}", error.without_url()),
            took: began.elapsed(),
        },
    })
}

async fn drill(step: &Drill, scene: &Scene, target: &Target) -> Result<(), Impossible> {
    match step {
        Drill::Rotate(providers) => rotate(providers.as_slice(), target).await,
        Drill::Faults(texts) => {
            let faults: Result<Vec<Fault>, _> = texts.iter().map(|text| text.parse()).collect();
            let embedded =
                target.embedded().ok_or_else(|| Impossible("no faults can be put in here".to_owned()))?;
            embedded.set_faults(faults.map_err(Impossible::from_error)?);
            Ok(())
        }
        Drill::Postback(mode) => {
            let paypal = target.paypal.as_ref();
            let paypal = paypal.ok_or_else(|| Impossible("nothing stands in for PayPal".to_owned()))?;
            let behaviour = match mode {
                PostbackMode::Right => Behaviour::Normal,
                PostbackMode::Unavailable => Behaviour::Unavailable,
                PostbackMode::Nonsense => Behaviour::Garbage,
                PostbackMode::Silent => Behaviour::Slow(SILENCE),
            };
            paypal.set_postback(behaviour);
            paypal.set_api(behaviour);
            Ok(())
        }
        Drill::Redrive(name) => {
            for letter in letters_of(name, scene, target).await? {
                invoke(target, "webhook-processor", letter.body.clone()).await?;
                let stores = stores(target)?;
                stores.delete_letter(&letter).await.map_err(Impossible::from_error)?;
            }
            Ok(())
        }
        Drill::InvokeAgain(name) => {
            for letter in letters_of(name, scene, target).await? {
                invoke(target, "webhook-processor", letter.body).await?;
            }
            Ok(())
        }
        Drill::Compact(name) => {
            let sent =
                scene.sent.get(name).ok_or_else(|| Impossible(format!("there is no delivery `{name}`")))?;
            let provider = sent.delivery.as_ref().map(|delivery| delivery.provider);
            let provider = provider.ok_or_else(|| Impossible(format!("`{name}` is no delivery")))?;
            let date = crate::template::date(sent.created_ms).replace('/', "-");
            let event = serde_json::json!({ "date": date, "provider": provider.as_str() });
            invoke(target, "transaction-log-compactor", event.to_string()).await
        }
        Drill::WaitMs(ms) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Ok(())
        }
    }
}

fn stores(target: &Target) -> Result<&crate::stores::Stores, Impossible> {
    target.stores.as_ref().ok_or_else(|| Impossible("the target's stores cannot be read".to_owned()))
}

/// The dead letters of a delivery; at least one, or there is nothing to try.
async fn letters_of(name: &str, scene: &Scene, target: &Target) -> Result<Vec<DeadLetter>, Impossible> {
    let sent = scene.sent.get(name).ok_or_else(|| Impossible(format!("there is no delivery `{name}`")))?;
    let began = Instant::now();
    loop {
        let picture = target.settled(stores(target)?).await.map_err(Impossible::from_error)?;
        let own = picture.dead_letters.iter().filter(|letter| letter.body.contains(&sent.event_id));
        let letters: Vec<DeadLetter> = own.cloned().collect();
        if !letters.is_empty() {
            return Ok(letters);
        }
        if began.elapsed() >= target.patience() {
            return Err(Impossible(format!("`{name}` has no dead letter to be driven again")));
        }
    }
}

/// An asynchronous invocation, as an operator makes it.
async fn invoke(target: &Target, function: &str, payload: String) -> Result<(), Impossible> {
    let stores = target.stores.as_ref();
    let stores = stores.ok_or_else(|| Impossible("the target's functions cannot be invoked".to_owned()))?;
    let function = format!("{function}{}", target.function_suffix);
    let taken = stores.invoke(&function, payload).await;
    taken.map_err(|error| Impossible(format!("the invocation of {function} was refused: {error}")))
}

async fn rotate(providers: &[String], target: &Target) -> Result<(), Impossible> {
    let ready =
        target.ready.as_ref().ok_or_else(|| Impossible("the target's secrets are not known".to_owned()))?;
    let named: Result<Vec<Provider>, _> = providers.iter().map(|name| name.parse()).collect();
    let named = named.map_err(Impossible::from_error)?;
    let new = target.keys().current.rotated_for(&named).map_err(Impossible::from_error)?;
    let secrets = new.secrets_json();
    for provider in providers {
        let name = ready.secrets.get(provider);
        let name = name.ok_or_else(|| Impossible(format!("there is no provider `{provider}`")))?;
        let put = stores(target)?.replace_secret(name, &secrets[provider.as_str()]).await;
        put.map_err(Impossible::from_error)?;
    }
    target.rotate(Arc::new(new));
    Ok(())
}

impl Shown {
    /// As a shell command. What is no text goes through base64.
    #[must_use]
    pub fn curl(&self) -> String {
        let mut words = vec!["curl -isS -X".to_owned(), self.method.clone(), quoted(&self.url)];
        for (name, value) in &self.headers {
            // Part of a person's credentials, which no report may hold.
            let value = if name == SESSION_TOKEN { "…" } else { value };
            words.push(format!("\\\n  -H {}", quoted(&format!("{name}: {value}"))));
        }
        match std::str::from_utf8(&self.body) {
            Ok("") => {}
            Ok(text) if text.len() <= 16_384 => words.push(format!("\\\n  --data-binary {}", quoted(text))),
            _ => words.push(format!("# and a body of {} bytes, made again by the seed", self.body.len())),
        }
        words.join(" ")
    }
}

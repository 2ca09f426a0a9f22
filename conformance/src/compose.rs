//! From a step's words to a request: makes the event, signs it with the parts the case chose, and spoils what it wants
//! spoilt.

use std::collections::BTreeMap;

use bytes::Bytes;
use provider_sim::{
    Delivery, Event, EventFactory, Keys, Malformation, Provider, Tampering, craft, forge, malformed, sign,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::bytes::spoilt;
use crate::case::{Edit, KeyChoice, Send, Sign};
use crate::scene::Scene;
use crate::template::{fill, fill_value, moment_ms};

/// A case that cannot be carried out as it is written, or at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Impossible(pub String);

impl Impossible {
    /// For whatever says what is wrong.
    pub fn from_error(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Tries at an event in a wanted state before giving up: a factory makes each of a handful of states at random.
const TRIES: u16 = 200;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Composed {
    /// What is sent, without header names in `headers`.
    pub delivery: Delivery,
    /// The headers as they go over the wire, names in lower case.
    pub headers: Vec<(String, String)>,
    /// When the event happened, Unix milliseconds.
    pub created_ms: i64,
}

/// The two sides' keys.
#[derive(Debug, Clone, Copy)]
pub struct KeyPairs<'a> {
    /// Those in force.
    pub current: &'a Keys,
    /// Those before the last rotation.
    pub previous: Option<&'a Keys>,
}

impl<'a> KeyPairs<'a> {
    fn of(self, choice: KeyChoice) -> Result<(&'a Keys, craft::Key), Impossible> {
        Ok(match choice {
            KeyChoice::Current => (self.current, craft::Key::Genuine),
            KeyChoice::Previous => {
                let previous =
                    self.previous.ok_or_else(|| Impossible("nothing was rotated before".to_owned()));
                (previous?, craft::Key::Genuine)
            }
            KeyChoice::Wrong => (self.current, craft::Key::Wrong),
            KeyChoice::OtherProvider => (self.current, craft::Key::OtherProvider),
            KeyChoice::WithoutPrefix => (self.current, craft::Key::WithoutPrefix),
            KeyChoice::Empty => (self.current, craft::Key::Empty),
        })
    }
}

/// The request of a step.
///
/// # Errors
/// The step cannot be carried out as it is written.
pub fn compose(
    send: &Send,
    scene: &mut Scene,
    keys: KeyPairs<'_>,
    seed: u64,
) -> Result<Composed, Impossible> {
    let (event, signed_before) = event(send, scene, seed)?;
    let created_ms = event.created_ms;
    let mut rng = StdRng::seed_from_u64(seed ^ u64::from(scene.events_made));
    let now_ms = scene.now_ms;
    let mut delivery = match (&send.forge, &send.malformed, signed_before) {
        (Some(name), ..) => {
            let tampering = named(Tampering::ALL, |one| one.name(), name)?;
            forge(keys.current, &event, tampering, now_ms, &mut rng)
        }
        (None, Some(name), _) => {
            let malformation = named(Malformation::ALL, |one| one.name(), name)?;
            malformed(keys.current, &event, malformation, now_ms)
        }
        (None, None, Some(delivery)) if send.sign.is_none() => {
            Delivery { body: event.body.clone(), ..delivery }
        }
        (None, None, _) => {
            let choice = send.sign.as_ref().map_or(KeyChoice::Current, |sign| sign.key);
            let mut delivery = sign(keys.of(choice)?.0, &event, now_ms);
            if let Some(own) = &send.sign {
                signed(own, &mut delivery, scene, keys)?;
            }
            delivery
        }
    };
    for spoil in &send.spoil {
        delivery.body = spoilt(&delivery.body, spoil).map_err(Impossible::from_error)?.into();
    }
    if let Some(id) = &send.event_id {
        delivery.event_id = fill(id, scene).map_err(Impossible::from_error)?;
        delivery.id_in_body = Some(delivery.event_id.clone());
    }
    if let Some(id) = &send.transaction_id {
        delivery.transaction_id = fill(id, scene).map_err(Impossible::from_error)?;
    }
    let headers = headers(&delivery, &send.headers, &send.without, scene)?;
    Ok(Composed { delivery, headers, created_ms })
}

/// The headers as they go over the wire.
pub(crate) fn headers(
    delivery: &Delivery,
    set: &BTreeMap<String, String>,
    without: &[String],
    scene: &Scene,
) -> Result<Vec<(String, String)>, Impossible> {
    let mut headers: Vec<(String, String)> =
        delivery.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    headers.retain(|(name, _)| !without.contains(name) && !set.contains_key(name));
    for (name, value) in set {
        headers.push((name.clone(), fill(value, scene).map_err(Impossible::from_error)?));
    }
    Ok(headers)
}

/// The one of this name.
pub(crate) fn named<T: Copy, const N: usize>(
    all: [T; N],
    name_of: impl Fn(T) -> &'static str,
    name: &str,
) -> Result<T, Impossible> {
    all.into_iter().find(|one| name_of(*one) == name).ok_or_else(|| {
        let known = all.map(&name_of).join(", ");
        Impossible(format!("`{name}` is none of {known}"))
    })
}

/// The event with the bytes that are signed; and the earlier delivery, where that is sent again.
fn event(send: &Send, scene: &mut Scene, seed: u64) -> Result<(Event, Option<Delivery>), Impossible> {
    let created_ms = moment_ms(&send.created, scene.now_ms)
        .ok_or_else(|| Impossible(format!("`{}` is no time such as now-1d", send.created)))?;
    let (mut event, again) = match &send.again {
        Some(name) => {
            let earlier =
                scene.sent.get(name).and_then(|sent| Some((sent.delivery.clone()?, sent.created_ms)));
            let (delivery, created_ms) =
                earlier.ok_or_else(|| Impossible(format!("there is no earlier delivery `{name}`")))?;
            let event = Event {
                provider: delivery.provider,
                event_id: delivery.event_id.clone(),
                transaction_id: delivery.transaction_id.clone(),
                event_type: "",
                created_ms,
                body: delivery.body.clone(),
            };
            (event, Some(delivery))
        }
        None => (fresh(send, scene, seed, created_ms)?, None),
    };
    if !send.edit.is_empty() {
        let mut json: Value = serde_json::from_slice(&event.body)
            .map_err(|error| Impossible(format!("the event is not JSON: {error}")))?;
        for one in &send.edit {
            edit(&mut json, one, scene)?;
        }
        event.body = Bytes::from(json.to_string());
    }
    if let Some(body) = &send.body {
        event.body = Bytes::from(fill(body, scene).map_err(Impossible::from_error)?);
    }
    for spoil in &send.shape {
        event.body = spoilt(&event.body, spoil).map_err(Impossible::from_error)?.into();
    }
    Ok((event, again))
}

/// A new event, of the wanted type and, behind a slash, in the wanted state.
fn fresh(send: &Send, scene: &mut Scene, seed: u64, created_ms: i64) -> Result<Event, Impossible> {
    let wanted = send.event.as_deref().unwrap_or(match send.provider {
        Provider::Stripe => "payment_intent.succeeded",
        Provider::Paypal => "PAYMENT.CAPTURE.COMPLETED",
        Provider::Square => "payment.updated/COMPLETED",
    });
    let (event_type, state) =
        wanted.split_once('/').map_or((wanted, None), |(kind, state)| (kind, Some(state)));
    let lane = scene.events_made;
    scene.events_made += 1;
    let mut factory = EventFactory::new(send.provider, seed, &scene.nonce).lane(lane);
    if send.poison {
        return Ok(factory.poison(created_ms));
    }
    for _ in 0..TRIES {
        let event = factory.event_of_type(event_type, created_ms).ok_or_else(|| {
            Impossible(format!("provider-sim makes no {} event `{event_type}`", send.provider))
        })?;
        if state.is_none_or(|state| state_of(&event).as_deref() == Some(state)) {
            return Ok(event);
        }
    }
    Err(Impossible(format!("provider-sim makes no {} event `{wanted}`", send.provider)))
}

/// A Square object's `status` or `state`.
fn state_of(event: &Event) -> Option<String> {
    let json: Value = serde_json::from_slice(&event.body).ok()?;
    let object = json.pointer("/data/object")?.as_object()?.values().next()?;
    ["status", "state"].iter().find_map(|name| object.get(*name)?.as_str()).map(str::to_owned)
}

fn edit(json: &mut Value, edit: &Edit, scene: &Scene) -> Result<(), Impossible> {
    let (parent, member) = edit
        .at
        .rsplit_once('/')
        .ok_or_else(|| Impossible(format!("`{}` is no JSON pointer to a member", edit.at)))?;
    let member = member.replace("~1", "/").replace("~0", "~");
    let value = match (&edit.set, &edit.time, edit.null) {
        (Some(value), ..) => Some(fill_value(value, scene).map_err(Impossible::from_error)?),
        (None, Some(time), _) => {
            let seconds = fill(&format!("{{{time}}}"), scene).map_err(Impossible::from_error)?;
            Some(seconds.parse::<i64>().map_err(Impossible::from_error)?.into())
        }
        (None, None, true) => Some(Value::Null),
        (None, None, false) => None,
    };
    let missing = || Impossible(format!("the event has no `{}`", edit.at));
    let mut place = json;
    for name in parent.split('/').skip(1) {
        if value.is_some() && place.get(name).is_none() && place.is_object() {
            place[name] = Value::Object(serde_json::Map::new());
        }
        place = match place {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
            other => other.get_mut(name),
        }
        .ok_or_else(missing)?;
    }
    match (place, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(member, value)),
        (Value::Object(members), None) => drop(members.remove(&member).ok_or_else(missing)?),
        (Value::Array(items), Some(value)) => {
            let at = member.parse::<usize>().ok().and_then(|at| items.get_mut(at)).ok_or_else(missing)?;
            *at = value;
        }
        _ => return Err(missing()),
    }
    Ok(())
}

/// What a provider's headers are made of.
struct Parts {
    /// What the header with the signature may name.
    local: Vec<(&'static str, String)>,
    /// That header, and its text where the case has none.
    signature: (&'static str, &'static str),
    /// The headers beside it.
    beside: Vec<(&'static str, String)>,
}

/// Replaces what the case chose in the provider's headers.
fn signed(
    own: &Sign,
    delivery: &mut Delivery,
    scene: &mut Scene,
    keys: KeyPairs<'_>,
) -> Result<(), Impossible> {
    let with = keys.of(own.key)?;
    scene.local.clear();
    let parts = match delivery.provider {
        Provider::Stripe => stripe(own, delivery, scene, with),
        Provider::Square => square(own, delivery, scene, with),
        Provider::Paypal => paypal(own, delivery, scene, with),
    }?;
    local(scene, parts.local);
    let (header, template) = parts.signature;
    let value = fill(own.header.as_deref().unwrap_or(template), scene).map_err(Impossible::from_error)?;
    scene.local.clear();
    for (name, value) in parts.beside.into_iter().chain([(header, value)]) {
        set(delivery, name, value);
    }
    Ok(())
}

/// Gives texts names that the case's own may use.
fn local<'a>(scene: &mut Scene, texts: impl IntoIterator<Item = (&'a str, String)>) {
    scene.local.extend(texts.into_iter().map(|(name, text)| (name.to_owned(), text)));
}

fn filled(
    text: Option<&String>,
    default: impl FnOnce() -> String,
    scene: &Scene,
) -> Result<String, Impossible> {
    text.map_or_else(|| Ok(default()), |text| fill(text, scene).map_err(Impossible::from_error))
}

fn set(delivery: &mut Delivery, name: &str, value: String) {
    if let Some((_, old)) = delivery.headers.iter_mut().find(|(known, _)| *known == name) {
        *old = value;
    }
}

fn stripe(
    own: &Sign,
    delivery: &Delivery,
    scene: &Scene,
    (ring, key): (&Keys, craft::Key),
) -> Result<Parts, Impossible> {
    let now_s = scene.now_ms.div_euclid(1000);
    let time = filled(own.time.as_ref(), || now_s.to_string(), scene)?;
    let mac = |key| craft::stripe_mac(ring, key, &time, &delivery.body);
    Ok(Parts {
        local: vec![("mac", mac(key)), ("wrong", mac(craft::Key::Wrong)), ("t", time.clone())],
        signature: ("stripe-signature", "t={t},v1={mac}"),
        beside: Vec::new(),
    })
}

fn square(
    own: &Sign,
    delivery: &Delivery,
    scene: &mut Scene,
    (ring, key): (&Keys, craft::Key),
) -> Result<Parts, Impossible> {
    local(scene, [("url", craft::square_url(ring).to_owned())]);
    let url = filled(own.url.as_ref(), || craft::square_url(ring).to_owned(), scene)?;
    let mac = |key, body: &[u8]| craft::square_mac(ring, key, &url, body);
    Ok(Parts {
        local: vec![
            ("sig-of-url", mac(key, b"")),
            ("sig", mac(key, &delivery.body)),
            ("wrong", mac(craft::Key::Wrong, &delivery.body)),
            ("sha1", craft::square_sha1(ring, &url, &delivery.body)),
        ],
        signature: ("x-square-hmacsha256-signature", "{sig}"),
        beside: Vec::new(),
    })
}

fn paypal(
    own: &Sign,
    delivery: &Delivery,
    scene: &mut Scene,
    (ring, key): (&Keys, craft::Key),
) -> Result<Parts, Impossible> {
    let crc32 = || craft::crc32(&delivery.body);
    let flawed = craft::paypal_false_certificates(ring);
    scene.local.extend(flawed.map(|(flaw, name)| (format!("cert-{flaw}"), name.to_owned())));
    local(scene, [("cert", craft::paypal_cert_name(ring).to_owned()), ("crc", crc32())]);
    let genuine = |name: &str| delivery.header(name).unwrap_or_default().to_owned();
    let id = filled(own.id.as_ref(), || genuine("paypal-transmission-id"), scene)?;
    let time = filled(own.time.as_ref(), || genuine("paypal-transmission-time"), scene)?;
    let webhook_id = filled(own.webhook_id.as_ref(), || craft::paypal_webhook_id(ring).to_owned(), scene)?;
    let crc = filled(own.crc.as_ref(), crc32, scene)?;
    let cert_url = filled(own.cert_url.as_ref(), || genuine("paypal-cert-url"), scene)?;
    let algorithm = filled(own.algorithm.as_ref(), || genuine("paypal-auth-algo"), scene)?;
    let message = craft::paypal_message(&id, &time, &webhook_id, &crc);
    let signature = |key| craft::paypal_signature(ring, key, &message);
    Ok(Parts {
        local: vec![("sig", signature(key)), ("wrong", signature(craft::Key::Wrong))],
        signature: ("paypal-transmission-sig", "{sig}"),
        beside: vec![
            ("paypal-transmission-id", id),
            ("paypal-transmission-time", time),
            ("paypal-cert-url", cert_url),
            ("paypal-auth-algo", algorithm),
        ],
    })
}

#[cfg(test)]
mod tests;

//! What a step does.

use std::collections::BTreeMap;

use provider_sim::Provider;
use serde::Deserialize;
use serde_json::Value;

use crate::capability::{Capabilities, Capability};
use crate::case::OneOrMany;

/// What a step does, whichever it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action<'a> {
    /// See [`Send`].
    Send(&'a Send),
    /// See [`Ipn`].
    Ipn(&'a Ipn),
    /// See [`Query`].
    Query(&'a Query),
    /// See [`Request`].
    Request(&'a Request),
    /// See [`Drill`].
    Drill(&'a Drill),
}

impl Action<'_> {
    /// What a target must offer for it.
    pub(super) fn needs(self) -> Capabilities {
        let mut needs = Capabilities::none();
        match self {
            Self::Send(send) => needs.insert(of_provider(send.provider)),
            Self::Ipn(_) => needs.insert(Capability::Ipn),
            Self::Query(_) => needs.insert(Capability::Query),
            Self::Request(_) => {}
            Self::Drill(drill) => drill.needs(&mut needs),
        }
        needs
    }
}

const fn of_provider(provider: Provider) -> Capability {
    match provider {
        Provider::Stripe => Capability::Stripe,
        Provider::Paypal => Capability::Paypal,
        Provider::Square => Capability::Square,
    }
}

/// A webhook, made in this order: an event (or an earlier delivery again), edited; its bytes shaped; signed; spoiled; its
/// headers changed; sent.
///
/// Texts are templates, see [`crate::template`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Send {
    /// Whose webhook it is, and to whose endpoint it goes.
    #[serde(deserialize_with = "provider")]
    pub provider: Provider,
    /// Type of the event in the provider's own words; by default a payment that succeeded.
    #[serde(default)]
    pub event: Option<String>,
    /// An earlier delivery of the case is sent again, byte for byte, instead of a new event.
    #[serde(default)]
    pub again: Option<String>,
    /// Later steps name the delivery so.
    #[serde(default = "it", rename = "as")]
    pub name: String,
    /// When the event happened: `now`, `now-1d`.
    #[serde(default = "now")]
    pub created: String,
    /// The event is poison: right in every way but for its currency, which does not exist.
    #[serde(default)]
    pub poison: bool,
    /// Changes of the event's JSON, in this order. Whitespace between its values is lost.
    #[serde(default)]
    pub edit: Vec<Edit>,
    /// The body, in place of the event's.
    #[serde(default)]
    pub body: Option<String>,
    /// Id of the event, where edits change it.
    #[serde(default)]
    pub event_id: Option<String>,
    /// Id of the payment, where edits change it.
    #[serde(default)]
    pub transaction_id: Option<String>,
    /// Changes of the bytes before they are signed.
    #[serde(default)]
    pub shape: Vec<Spoil>,
    /// How it is signed; by default as the provider signs.
    #[serde(default)]
    pub sign: Option<Sign>,
    /// A named forgery of `provider-sim` in place of `sign`.
    #[serde(default)]
    pub forge: Option<String>,
    /// A named malformation of `provider-sim`, correctly signed, in place of `edit` and `shape`.
    #[serde(default)]
    pub malformed: Option<String>,
    /// Changes of the bytes after they were signed.
    #[serde(default)]
    pub spoil: Vec<Spoil>,
    /// Headers that are set, or added where they are missing.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Headers that are left out.
    #[serde(default)]
    pub without: Vec<String>,
    /// Path, in place of the provider's endpoint.
    #[serde(default)]
    pub path: Option<String>,
    /// How often it is sent.
    #[serde(default = "once")]
    pub repeat: u32,
    /// All of them at the same time.
    #[serde(default)]
    pub at_once: bool,
}

/// How a delivery is signed, where that differs from the provider's way.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Sign {
    /// With which key.
    pub key: KeyChoice,
    /// Time in the signed message. Stripe: Unix seconds; PayPal: RFC 3339.
    pub time: Option<String>,
    /// The value of the header with the signature. Stripe: `{t}`, `{mac}`, `{wrong}`; Square: `{sig}`, `{sha1}`, `{wrong}`;
    /// PayPal: `{sig}`, `{wrong}`; each in hex or base64 as the provider writes it, and in pieces: `{mac:upper}`, `{mac:head}`,
    /// `{mac:tail}`, `{mac:first-8}`, `{sig:unpadded}`. Square has `{sig-of-url}` too, made without the body.
    pub header: Option<String>,
    /// Square: the URL in the signed message. `{url}` is the right one.
    pub url: Option<String>,
    /// PayPal: the transmission id, in the message and in its header.
    pub id: Option<String>,
    /// PayPal: the webhook id in the message.
    pub webhook_id: Option<String>,
    /// PayPal: the CRC-32 in the message, in place of the body's, which is `{crc}`.
    pub crc: Option<String>,
    /// PayPal: the header with the certificate's URL. `{cert}` is the genuine one's last segment; `{cert-untrusted}`,
    /// `{cert-other-name}`, `{cert-expired}` and `{cert-not-yet-valid}` are those of certificates that nobody must believe.
    pub cert_url: Option<String>,
    /// PayPal: the header with the algorithm.
    pub algorithm: Option<String>,
}

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChoice {
    /// The endpoint's.
    #[default]
    Current,
    /// The endpoint's before the last rotation of this case.
    Previous,
    /// Nobody's.
    Wrong,
    /// The endpoint's key of another provider.
    OtherProvider,
    /// Stripe: the secret without `whsec_`.
    WithoutPrefix,
    /// No key at all: the HMAC with an empty one.
    Empty,
}

/// A change of a JSON document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// JSON pointer of what is changed. Objects on the way are made where they are missing.
    pub at: String,
    /// The new value; texts in it are templates. Left out: the member is taken away.
    #[serde(default)]
    pub set: Option<Value>,
    /// Set to a time in whole Unix seconds, as a number: `now-3600`, `past+2`.
    #[serde(default)]
    pub time: Option<String>,
    /// Set to null, which TOML cannot say.
    #[serde(default)]
    pub null: bool,
}

/// A change of a body's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoil {
    /// A byte-order mark in front.
    Bom,
    /// The JSON written again with line feeds and indents.
    Pretty,
    /// The JSON written again without whitespace.
    Compact,
    /// Each line feed becomes carriage return and line feed.
    Crlf,
    /// Each carriage return before a line feed goes.
    Lf,
    /// One bit of the last letter or digit in a text is flipped.
    FlipBit,
    /// The second half is missing.
    Truncate,
    /// A space at the end.
    TrailingSpace,
    /// A line feed at the end.
    TrailingNewline,
    /// Bytes that are no UTF-8 in a member of their own.
    InvalidUtf8,
    /// What is no UTF-8 becomes U+FFFD, as a lossy conversion does.
    Lossy,
    /// Each U+FFFD becomes a byte that is no UTF-8: what a lossy conversion would make equal again.
    Unreplace,
    /// No bytes.
    Empty,
    /// The document as the only element of an array.
    Array,
    /// So many spaces in front that the body has this many bytes.
    PadTo(usize),
    /// A member of its own so that the body has this many bytes.
    GrowTo(usize),
    /// Objects in a member of their own, so many one within the other.
    Nest(usize),
}

/// A PayPal IPN message.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ipn {
    /// Kind of the message, as `provider-sim` names it.
    #[serde(default = "completed")]
    pub kind: String,
    /// An earlier message of the case is sent again, byte for byte.
    #[serde(default)]
    pub again: Option<String>,
    /// It is about the payment of this earlier message.
    #[serde(default)]
    pub of: Option<String>,
    /// Later steps name it so.
    #[serde(default = "it", rename = "as")]
    pub name: String,
    /// When the event happened.
    #[serde(default = "now")]
    pub created: String,
    /// Charset of its text: `utf-8`, `windows-1252`, …; by default as chance has it.
    #[serde(default)]
    pub charset: Option<String>,
    /// Fields that are set before PayPal remembers the message; values are UTF-8 templates.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Fields that are left out before PayPal remembers it.
    #[serde(default)]
    pub drop: Vec<String>,
    /// PayPal never sent it: the postback says INVALID.
    #[serde(default)]
    pub unknown: bool,
    /// A named forgery of `provider-sim`.
    #[serde(default)]
    pub forge: Option<String>,
    /// A named malformation of `provider-sim`.
    #[serde(default)]
    pub malformed: Option<String>,
    /// Headers that are set.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How often it is sent.
    #[serde(default = "once")]
    pub repeat: u32,
    /// All of them at the same time.
    #[serde(default)]
    pub at_once: bool,
}

/// A question to the transactions API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Query {
    /// What follows `/api/v1/transactions`: `/{it.transaction_id}`, `?provider=stripe&start=…`.
    pub path: String,
    /// How it is signed.
    #[serde(default)]
    pub credentials: Credentials,
    /// HTTP method.
    #[serde(default = "get")]
    pub method: String,
    /// Keeps a member of the answer for later steps, by JSON pointer: `{"page" = "/next_token"}` gives `{page}`.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Whoever may.
    #[default]
    Right,
    /// Nobody: the request is not signed.
    None,
    /// Somebody with the right key id and a wrong secret.
    WrongSecret,
    /// Somebody who signed the request a quarter of an hour and a minute ago.
    Stale,
    /// Somebody whose signature is for another path.
    OtherPath,
}

/// Any HTTP request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// HTTP method.
    #[serde(default = "get")]
    pub method: String,
    /// Path behind the base URL.
    pub path: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body.
    #[serde(default)]
    pub body: String,
    /// How often it is sent.
    #[serde(default = "once")]
    pub repeat: u32,
    /// All of them at the same time.
    #[serde(default)]
    pub at_once: bool,
}

/// Something that happens to the receiver or around it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drill {
    /// The secrets of these providers are replaced; the old ones become the previous ones.
    Rotate(OneOrMany<String>),
    /// These faults are in force from now on, as `localstack --fault` writes them; none at the end of the case.
    Faults(Vec<String>),
    /// How PayPal answers postbacks and API calls from now on; as it should at the end of the case.
    Postback(PostbackMode),
    /// The dead letters of this delivery are given to the processor again, and removed from the queue when it took them.
    Redrive(String),
    /// The day of this delivery is compacted.
    Compact(String),
    /// The processor is invoked with the event of this delivery's dead letter once more, without removing it.
    InvokeAgain(String),
    /// Time passes, in milliseconds: only where a rule is about time itself.
    WaitMs(u64),
}

/// How the stand-in for PayPal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PostbackMode {
    /// As it should.
    Right,
    /// 503.
    Unavailable,
    /// 200 with a page that says neither VERIFIED nor INVALID.
    Nonsense,
    /// It does not answer in time.
    Silent,
}

impl Drill {
    fn needs(&self, needs: &mut Capabilities) {
        needs.insert(match self {
            Self::Rotate(_) => Capability::Secrets,
            Self::Faults(_) => Capability::Faults,
            Self::Postback(_) => Capability::Ipn,
            Self::Redrive(_) | Self::Compact(_) | Self::InvokeAgain(_) => Capability::Operate,
            Self::WaitMs(_) => return,
        });
    }
}

fn provider<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Provider, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn it() -> String {
    "it".to_owned()
}

fn now() -> String {
    "now".to_owned()
}

fn completed() -> String {
    "completed".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

const fn once() -> u32 {
    1
}

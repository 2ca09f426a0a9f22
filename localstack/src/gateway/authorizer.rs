//! Lambda authorizers of type REQUEST: asked once for many requests.
//!
//! Invariants: while a decision stands, the function is not asked for the same identity again, whatever the decision was; however
//! many requests wait for a first decision, the function is asked once. A failure is told to everybody who waits for it and then
//! forgotten. As on AWS, a cached policy is the authorizer's, not the method's: it is evaluated for each request's own method.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use serde::Deserialize;
use serde_json::Value;

use crate::lambda::Function;

use super::authorization::{AuthorizerConfig, IdentitySource};
use super::denial::Denial;
use super::event::{Request, query_decoded};
use super::usage::{Key, Keys};
use policy::{Policy, Verdict};

mod policy;

/// Decisions kept. Where a header is an identity source, senders choose how many there are.
const DECISIONS_MAX: usize = 10_000;

/// Asks the function: its answer, or why there is none.
type Ask = Box<dyn Fn(Bytes) -> BoxFuture<'static, Result<Bytes, Denial>> + Send + Sync>;
/// A question under way, with everybody who waits for it.
type Asked = Shared<BoxFuture<'static, Result<Arc<Decision>, Denial>>>;

/// One authorizer.
pub(super) struct Authorizer {
    ask: Ask,
    ttl: Duration,
    identity: Identity,
    keys: Arc<Keys>,
    entries: Mutex<HashMap<String, Entry>>,
}

/// What distinguishes one caller from another.
enum Identity {
    /// The same for every request of the stage; none if the stage lacks a variable.
    Constant(Option<String>),
    /// To be looked up: what stage variables give already, and the rest.
    OfRequest(Vec<Source>),
}

enum Source {
    Fixed(Option<String>),
    Header(String),
    QueryString(String),
}

enum Entry {
    Decided(Arc<Decision>, Instant),
    Deciding(Asked),
}

/// What the function decided.
pub(super) struct Decision {
    policy: Policy,
    /// The API key it named, if there is such a key.
    pub(super) key: Option<Arc<Key>>,
    /// `requestContext.authorizer`, as JSON.
    pub(super) context: Vec<u8>,
}

impl Authorizer {
    /// An authorizer over a function.
    pub(super) fn new(
        config: &AuthorizerConfig,
        function: Arc<Function>,
        stage_variables: &BTreeMap<String, String>,
        keys: Arc<Keys>,
    ) -> Self {
        let ask = move |event| {
            let function = Arc::clone(&function);
            async move { ask(&function, event).await }.boxed()
        };
        Self::asking(config, Box::new(ask), stage_variables, keys)
    }

    fn asking(
        config: &AuthorizerConfig,
        ask: Ask,
        stage_variables: &BTreeMap<String, String>,
        keys: Arc<Keys>,
    ) -> Self {
        Authorizer {
            ask,
            ttl: config.ttl,
            identity: Identity::of(&config.identity_sources, stage_variables),
            keys,
            entries: Mutex::new(HashMap::new()),
        }
    }

    /// The decision for this request, if it allows the method: a cached one, or the function's. `event` makes the function's
    /// event, should it be asked.
    pub(super) async fn allow(
        &self,
        request: &Request<'_>,
        method_arn: &str,
        now: Instant,
        event: impl FnOnce() -> Bytes,
    ) -> Result<Arc<Decision>, Denial> {
        let identity = self.identity.of_request(request).ok_or(Denial::Unauthorized)?;
        let decision = match self.look_up(&identity, now, event) {
            Ok(decision) => decision,
            Err(asked) => {
                let decision = asked.clone().await;
                self.keep(&identity, &asked, decision.as_ref().ok(), now);
                decision?
            }
        };
        match decision.policy.verdict(method_arn) {
            Verdict::Allowed => Ok(decision),
            Verdict::NotAllowed => Err(Denial::NotAllowed),
            Verdict::Denied => Err(Denial::ExplicitlyDenied),
        }
    }

    /// A decision that stands, or the question that will bring one; asked now if nobody asked before.
    fn look_up(
        &self,
        identity: &str,
        now: Instant,
        event: impl FnOnce() -> Bytes,
    ) -> Result<Arc<Decision>, Asked> {
        if self.ttl.is_zero() {
            return Err(self.question(event()));
        }
        let mut entries = self.entries();
        match entries.get(identity) {
            Some(Entry::Decided(decision, until)) if now < *until => return Ok(Arc::clone(decision)),
            Some(Entry::Deciding(asked)) => return Err(asked.clone()),
            _ => {}
        }
        if entries.len() >= DECISIONS_MAX {
            entries.retain(|_, entry| matches!(entry, Entry::Decided(_, until) if now < *until));
            if entries.len() >= DECISIONS_MAX {
                entries.clear();
            }
        }
        let asked = self.question(event());
        entries.insert(identity.to_owned(), Entry::Deciding(asked.clone()));
        Err(asked)
    }

    fn question(&self, event: Bytes) -> Asked {
        let (answer, keys) = ((self.ask)(event), Arc::clone(&self.keys));
        async move { Decision::read(&answer.await?, &keys).map(Arc::new) }.boxed().shared()
    }

    /// Keeps a decision, and forgets a question that failed; whoever waited for it first does.
    fn keep(&self, identity: &str, asked: &Asked, decision: Option<&Arc<Decision>>, now: Instant) {
        let mut entries = self.entries();
        let current = matches!(entries.get(identity), Some(Entry::Deciding(other)) if other.ptr_eq(asked));
        match decision {
            _ if !current => {}
            Some(decision) => {
                entries.insert(identity.to_owned(), Entry::Decided(Arc::clone(decision), now + self.ttl));
            }
            None => {
                entries.remove(identity);
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Identity {
    fn of(sources: &[IdentitySource], stage_variables: &BTreeMap<String, String>) -> Self {
        let source = |source: &IdentitySource| match source {
            IdentitySource::StageVariable(name) => {
                Source::Fixed(stage_variables.get(name).filter(|value| !value.is_empty()).cloned())
            }
            IdentitySource::Header(name) => Source::Header(name.to_ascii_lowercase()),
            IdentitySource::QueryString(name) => Source::QueryString(name.clone()),
        };
        let sources: Vec<Source> = sources.iter().map(source).collect();
        let fixed = sources.iter().map(|source| match source {
            Source::Fixed(value) => Some(value.as_deref()),
            _ => None,
        });
        match fixed.collect::<Option<Vec<Option<&str>>>>() {
            Some(values) => Identity::Constant(values.into_iter().collect::<Option<Vec<_>>>().map(joined)),
            None => Identity::OfRequest(sources),
        }
    }

    /// The values of all sources; `None` if one is missing or empty.
    fn of_request(&self, request: &Request<'_>) -> Option<Cow<'_, str>> {
        let sources = match self {
            Identity::Constant(value) => return value.as_deref().map(Cow::Borrowed),
            Identity::OfRequest(sources) => sources,
        };
        let value = |source: &Source| match source {
            Source::Fixed(value) => value.clone(),
            Source::Header(name) => {
                request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
            }
            Source::QueryString(name) => parameter(request.query.unwrap_or_default(), name),
        };
        let values: Option<Vec<String>> =
            sources.iter().map(|source| value(source).filter(|value| !value.is_empty())).collect();
        Some(Cow::Owned(joined(values?.iter().map(String::as_str))))
    }
}

/// Values one after the other, so that no two lists of values look the same.
fn joined<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().fold(String::new(), |all, value| format!("{all}{}:{value}", value.len()))
}

/// The first value of a query parameter.
fn parameter(query: &str, wanted: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (query_decoded(name) == wanted).then(|| query_decoded(value))
    })
}

/// An authorizer's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: String,
    policy_document: Policy,
    #[serde(default)]
    usage_identifier_key: Option<String>,
    #[serde(default)]
    context: Option<BTreeMap<String, Value>>,
}

impl Decision {
    fn read(answer: &[u8], keys: &Keys) -> Result<Self, Denial> {
        let answer: Answer = serde_json::from_slice(answer).map_err(|_| Denial::AuthorizerFailed)?;
        let mut context = serde_json::Map::new();
        for (name, value) in answer.context.unwrap_or_default() {
            // Strings, numbers and booleans arrive as strings; nothing else may be there.
            let text = match value {
                Value::String(text) => text,
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return Err(Denial::AuthorizerFailed),
            };
            context.insert(name, Value::String(text));
        }
        context.insert("principalId".to_owned(), Value::String(answer.principal_id));
        Ok(Decision {
            policy: answer.policy_document,
            key: answer.usage_identifier_key.and_then(|value| keys.by_value(&value)),
            context: Value::Object(context).to_string().into_bytes(),
        })
    }
}

/// Asks a function. One that fails with exactly the message `Unauthorized` does not know the caller.
async fn ask(function: &Arc<Function>, event: Bytes) -> Result<Bytes, Denial> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        error_message: String,
    }
    let invocation = function.invoke(event).await.map_err(|_| Denial::AuthorizerFailed)?;
    invocation.result.map_err(|error| match serde_json::from_slice::<Failure>(&error.payload) {
        Ok(failure) if failure.error_message == "Unauthorized" => Denial::Unauthorized,
        _ => Denial::AuthorizerFailed,
    })
}

#[cfg(test)]
mod tests;

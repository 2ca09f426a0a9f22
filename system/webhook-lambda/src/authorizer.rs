//! The REQUEST authorizer behind the webhook methods: tells API Gateway whose usage plan a request counts against.
//!
//! Providers cannot send an API key, so the gateway takes the key from this answer (`api_key_source = AUTHORIZER`). It says nothing
//! about who sent the request: a webhook is proven by its signature, in the validator, and by nothing else.
//!
//! Invariants: the answer follows from the method's ARN alone, so that it may be cached for an hour whatever the next request
//! carries; headers, query and body are not looked at. It allows exactly the method that was asked about. No key gets into a log
//! line or an error.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use webhook_core::mutant::{self, Mutant};
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::invocation::{Failure, Handler, Invocation};
use crate::log::{Level, Line, Log, Message};
use crate::settings::{UsageKey, UsageKeys};

/// Path of a webhook method, behind stage and HTTP method, without the provider.
const WEBHOOKS: &str = "api/v1/webhooks/";

/// The authorizer.
pub struct UsageKeyAuthorizer {
    keys: UsageKeys,
    log: Log,
    now: fn() -> UnixTime,
}

/// What API Gateway does with a request. Deliberately without `Debug`: it holds the key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    principal_id: Provider,
    policy_document: Policy,
    usage_identifier_key: UsageKey,
}

/// An IAM policy that allows one method.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: &'static str,
    resource: String,
}

/// The part of a REQUEST event that counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    method_arn: Cow<'a, str>,
    #[serde(default, borrow)]
    request_context: RequestContext<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestContext<'a> {
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
}

/// Why a request gets no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The method is none that takes webhooks.
    OtherMethod,
    /// The provider is unknown, or has no key in this deployment.
    NoKey,
}

impl Refusal {
    const fn code(self) -> &'static str {
        match self {
            Self::OtherMethod => "other_method",
            Self::NoKey => "no_usage_key",
        }
    }
}

impl UsageKeyAuthorizer {
    /// An authorizer by the machine's clock, which it needs for its log alone.
    #[must_use]
    pub const fn new(keys: UsageKeys, log: Log) -> Self {
        Self { keys, log, now: clock::now }
    }

    /// Answers one event and logs one line about it.
    ///
    /// A request that gets no key is failed with `Unauthorized`, which API Gateway answers with 401, rather than denied by a
    /// policy: only policies are cached. A method that this authorizer was attached to by mistake would otherwise put a policy into
    /// the cache that turns away genuine webhooks for an hour, and the mistake would show in no error count.
    ///
    /// # Errors
    /// There is no key for the method, or something else than API Gateway invoked the function.
    pub fn grant(&self, event: &str, invocation: Invocation<'_>) -> Result<Grant, Failure> {
        let Some(event) = Event::parse(event) else {
            self.log.write(&Line {
                outcome: Some("invalid_event"),
                ..self.line(Level::Error, Message::InvalidEvent, invocation)
            });
            let message = "the event is not of API Gateway's REQUEST authorizers".to_owned();
            return Err(Failure { code: "invalid_event", message });
        };
        let api_request_id = event.request_context.request_id.as_deref();
        match self.decide(&event.method_arn) {
            Ok((provider, grant)) => {
                self.log.write(&Line {
                    api_request_id,
                    provider: Some(provider),
                    outcome: Some("granted"),
                    ..self.line(Level::Info, Message::UsageKeyGiven, invocation)
                });
                Ok(grant)
            }
            Err(refusal) => {
                self.log.write(&Line {
                    api_request_id,
                    outcome: Some(refusal.code()),
                    ..self.line(Level::Warn, Message::Rejected, invocation)
                });
                // API Gateway compares the message, letter by letter.
                Err(Failure { code: refusal.code(), message: "Unauthorized".to_owned() })
            }
        }
    }

    fn decide(&self, method_arn: &str) -> Result<(Provider, Grant), Refusal> {
        let provider = webhook_of(method_arn).ok_or(Refusal::OtherMethod)?;
        let provider: Provider = provider.parse().map_err(|_| Refusal::NoKey)?;
        let whose = if mutant::active(Mutant::OneKeyForAll) { Provider::Stripe } else { provider };
        let key = self.keys.of(whose).ok_or(Refusal::NoKey)?;
        let statement =
            Statement { effect: "Allow", action: "execute-api:Invoke", resource: method_arn.to_owned() };
        let grant = Grant {
            principal_id: provider,
            policy_document: Policy { version: "2012-10-17", statement: [statement] },
            usage_identifier_key: key.clone(),
        };
        Ok((provider, grant))
    }

    fn line<'a>(&self, level: Level, message: Message, invocation: Invocation<'a>) -> Line<'a> {
        Line {
            request_id: Some(invocation.request_id),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(level, message, (self.now)())
        }
    }
}

impl Handler for UsageKeyAuthorizer {
    type Answer = Grant;

    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<Grant, Failure> {
        self.grant(event, invocation)
    }
}

impl<'a> Event<'a> {
    fn parse(event: &'a str) -> Option<Self> {
        // A derived reader would take an array for the fields in order.
        let object = event.trim_start().starts_with('{');
        serde_json::from_str::<Self>(event).ok().filter(|event| object && event.kind == "REQUEST")
    }
}

/// The provider's name in the ARN of a webhook method:
/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/POST/api/v1/webhooks/PROVIDER`. Every part is checked, because the ARN becomes a
/// policy's resource, where `*` would stand for anything.
fn webhook_of(method_arn: &str) -> Option<&str> {
    let mut parts = method_arn.splitn(6, ':');
    let mut next = || parts.next();
    let (arn, partition, service, region, account, resource) =
        (next()?, next()?, next()?, next()?, next()?, next()?);
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let named =
        arn == "arn" && service == "execute-api" && [partition, region, account].into_iter().all(plain);
    let (api, rest) = resource.split_once('/')?;
    let (stage, rest) = rest.split_once('/')?;
    let provider = rest.strip_prefix("POST/")?.strip_prefix(WEBHOOKS)?;
    (named && [api, stage, provider].into_iter().all(plain)).then_some(provider)
}

#[cfg(test)]
mod tests;

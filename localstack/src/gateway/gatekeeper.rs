//! Who may call which method: puts a method's authorization together, and asks it for each request.
//!
//! Order, as on AWS: signature or authorizer, then API key and usage plan; the method's and the stage's own limits come after.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use http::Method;

use crate::lambda::Lambda;

use super::authorization::{ApiKeySource, Authorization};
use super::authorizer::{Authorizer, Decision};
use super::config::{GatewayConfig, Route};
use super::denial::Denial;
use super::event::{Request, Template};
use super::server::GatewayError;
use super::sigv4::{IamIdentity, Received, Verifier};
use super::usage::{Key, Keys};

/// Everything a stage knows about callers.
pub(super) struct Gatekeeper {
    verifier: Arc<Verifier>,
    authorizers: BTreeMap<String, Arc<Authorizer>>,
    key_source: ApiKeySource,
    keys: Arc<Keys>,
}

/// What guards one method.
pub(super) struct Guard {
    lock: Lock,
    api_key_required: bool,
    /// ARN of the method up to its path: `arn:aws:execute-api:us-east-1:000000000000:API/dev/POST`.
    arn: String,
}

enum Lock {
    None,
    Iam(Arc<Verifier>),
    Authorizer(Arc<Authorizer>),
}

/// A caller that was let in.
#[derive(Default)]
pub(super) struct Caller {
    /// Who signed the request.
    pub(super) identity: Option<Arc<IamIdentity>>,
    /// The query without what signed it, if that is a part of the query.
    pub(super) query: Option<String>,
    /// What the authorizer said.
    pub(super) decision: Option<Arc<Decision>>,
    /// The API key it came with.
    pub(super) key: Option<Arc<Key>>,
}

impl Gatekeeper {
    pub(super) fn compile(config: &GatewayConfig, lambda: &Lambda) -> Result<Self, GatewayError> {
        let access = &config.access;
        let keys = Arc::new(Keys::new(access, Instant::now()));
        let authorizer = |authorizer: &super::authorization::AuthorizerConfig| {
            let function = lambda.function(&authorizer.function).map_err(|_| GatewayError::Function {
                resource: format!("authorizer {}", authorizer.name),
                name: authorizer.function.clone(),
            })?;
            let compiled =
                Authorizer::new(authorizer, Arc::clone(function), &config.stage_variables, Arc::clone(&keys));
            Ok((authorizer.name.clone(), Arc::new(compiled)))
        };
        Ok(Gatekeeper {
            verifier: Arc::new(Verifier::new(&access.access_keys, &config.region, &config.account_id)),
            authorizers: access.authorizers.iter().map(authorizer).collect::<Result<_, GatewayError>>()?,
            key_source: access.api_key_source,
            keys,
        })
    }

    /// What guards this route.
    pub(super) fn guard(&self, config: &GatewayConfig, route: &Route) -> Result<Guard, GatewayError> {
        let lock = match &route.authorization {
            Authorization::None => Lock::None,
            Authorization::Iam => Lock::Iam(Arc::clone(&self.verifier)),
            Authorization::Authorizer(name) => {
                let authorizer = self.authorizers.get(name).ok_or_else(|| GatewayError::Authorizer {
                    resource: route.resource.clone(),
                    name: name.clone(),
                })?;
                Lock::Authorizer(Arc::clone(authorizer))
            }
        };
        let GatewayConfig { region, account_id, api_id, stage, .. } = config;
        Ok(Guard {
            lock,
            api_key_required: route.api_key_required,
            arn: format!("arn:aws:execute-api:{region}:{account_id}:{api_id}/{stage}/{}", route.method),
        })
    }

    /// The keys, to be asked for what they have used.
    pub(super) fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Lets the caller in, or says why not. `full_path` is the request's with its stage.
    pub(super) async fn admit(
        &self,
        guard: &Guard,
        template: &Template,
        method: &Method,
        full_path: &str,
        request: &Request<'_>,
        now: Instant,
    ) -> Result<Caller, Denial> {
        let mut caller = Caller::default();
        match &guard.lock {
            Lock::None => {}
            Lock::Iam(verifier) => {
                let Request { query, headers, body, .. } = *request;
                let received = Received { method, path: full_path, query, headers, body };
                let signer = verifier.verify(received, request.now_ms)?;
                caller.identity = Some(signer.identity);
                caller.query = signer.query;
            }
            Lock::Authorizer(authorizer) => {
                let arn = format!("{}{}", guard.arn, request.path);
                let event = || template.authorizer_event(request, &arn);
                caller.decision = Some(authorizer.allow(request, &arn, now, event).await?);
            }
        }
        if guard.api_key_required {
            let key = match self.key_source {
                ApiKeySource::Authorizer => {
                    caller.decision.as_ref().and_then(|decision| decision.key.clone())
                }
                ApiKeySource::Header => {
                    let value = request.headers.get("x-api-key").and_then(|value| value.to_str().ok());
                    value.and_then(|value| self.keys.by_value(value))
                }
            };
            let key = key.ok_or(Denial::InvalidApiKey)?;
            key.take(now, request.now_ms)?;
            caller.key = Some(key);
        }
        Ok(caller)
    }
}

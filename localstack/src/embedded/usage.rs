//! The providers' API keys and usage plans, and what authorizes the methods: what counts, slows down or switches off one provider
//! without touching the others.
//!
//! Providers cannot send an API key: the gateway takes it from an authorizer, one a provider over one function, whose decision
//! depends on nothing but the stage.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Defect, Options, StartError};
use crate::gateway::{
    Access, AccessKey, ApiKey, ApiKeySource, Authorization, AuthorizerConfig, GatewayConfig, IdentitySource,
    Route, Throttle, UsagePlan,
};
use crate::ready::QueryAuth;
use crate::stores::REGION;

use super::resources::{Names, PROVIDERS, TRANSACTIONS_TABLE};

/// The function behind the authorizers.
pub(super) const AUTHORIZER: &str = "usage-key-authorizer";
/// The stage variable that authorizers' decisions depend on.
const STAGE_VARIABLE: &str = "env";
/// As long as API Gateway can keep a decision.
const DECISION_TTL: Duration = Duration::from_secs(3600);
/// Requests a provider may send at once.
const BURST: u32 = 5_000;
/// The one user of the embedded account, whose credentials are everywhere the same.
const USER: &str = "test";

/// What a provider may send a second.
fn rate_per_s(provider: &str) -> f64 {
    match provider {
        "stripe" => 2_000.0,
        "paypal" => 1_500.0,
        _ => 1_000.0,
    }
}

/// A provider's limit, of its plan as well as of its method: plans are best effort on AWS.
pub(super) fn throttle(provider: &str, options: &Options) -> Option<Throttle> {
    if options.has(Defect::NoThrottles) {
        return None;
    }
    if options.has(Defect::TightThrottles) {
        return Some(Throttle { rate_per_s: 1.0, burst: 1 });
    }
    let specified = Throttle { rate_per_s: rate_per_s(provider), burst: BURST };
    Some(options.throttles.get(provider).copied().unwrap_or(specified))
}

/// Every provider's API key, made up for this run. Deliberately without `Debug`.
pub(super) struct ProviderKeys {
    values: BTreeMap<&'static str, String>,
}

impl ProviderKeys {
    pub(super) fn generate() -> Self {
        let key = |provider: &&'static str| (*provider, Uuid::new_v4().simple().to_string());
        ProviderKeys { values: PROVIDERS.iter().map(key).collect() }
    }

    /// What the authorizer function is told: `USAGE_KEYS`.
    pub(super) fn to_json(&self) -> String {
        let pair = |(provider, key): (&&str, &String)| ((*provider).to_owned(), Value::from(key.as_str()));
        Value::Object(self.values.iter().map(pair).collect::<Map<_, _>>()).to_string()
    }

    /// Puts callers, keys and plans into the stage's configuration.
    pub(super) fn configure(&self, config: &mut GatewayConfig, options: &Options) {
        config.stage_variables = stage_variables(options);
        REGION.clone_into(&mut config.region);
        let api_key = |(provider, value): (&&str, &String)| ApiKey {
            id: (*provider).to_owned(),
            value: value.clone(),
            enabled: options.has(Defect::DisabledKeysServe)
                || !options.disabled_providers.iter().any(|disabled| disabled == provider),
        };
        config.access = Access {
            access_keys: vec![AccessKey {
                id: USER.to_owned(),
                secret: USER.to_owned(),
                user_name: USER.to_owned(),
                user_id: "AIDAPEAKPROOF00000000".to_owned(),
            }],
            authorizers: PROVIDERS.iter().map(|provider| authorizer(provider)).collect(),
            api_key_source: ApiKeySource::Authorizer,
            api_keys: self.values.iter().map(api_key).collect(),
            usage_plans: PROVIDERS.iter().map(|provider| plan(provider, options)).collect(),
        };
    }
}

/// What the stage says of itself: the names that functions compare with those they were deployed with.
fn stage_variables(options: &Options) -> BTreeMap<String, String> {
    let environment = if options.has(Defect::OtherEnvironment) { "other" } else { &options.environment };
    let names = Names::new(environment);
    let own = [
        (STAGE_VARIABLE, environment.to_owned()),
        ("table", TRANSACTIONS_TABLE.to_owned()),
        ("raw_bucket", names.raw_bucket),
        ("processed_bucket", names.processed_bucket),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    own.into_iter().chain(options.stage_variables.clone()).collect()
}

fn authorizer(provider: &str) -> AuthorizerConfig {
    AuthorizerConfig {
        name: provider.to_owned(),
        function: AUTHORIZER.to_owned(),
        identity_sources: vec![IdentitySource::StageVariable(STAGE_VARIABLE.to_owned())],
        ttl: DECISION_TTL,
    }
}

fn plan(provider: &str, options: &Options) -> UsagePlan {
    UsagePlan {
        name: provider.to_owned(),
        keys: vec![provider.to_owned()],
        throttle: throttle(provider, options),
        quota_per_day: options.usage_quotas.get(provider).copied().filter(|_| !options.has(Defect::NoQuotas)),
    }
}

/// A provider's method: counted and limited.
pub(super) fn webhook(provider: &str, options: &Options, route: Route) -> Route {
    let throttle = throttle(provider, options);
    if options.has(Defect::KeysNotRequired) {
        return Route { throttle, ..route };
    }
    Route {
        throttle,
        authorization: Authorization::Authorizer(provider.to_owned()),
        api_key_required: true,
        ..route
    }
}

/// A method of the query API: signed, unless queries are open.
pub(super) fn query(options: &Options, route: Route) -> Route {
    let meant = options.open_queries && !options.has(Defect::QueriesNeverOpen);
    let open = meant || options.has(Defect::QueriesOpen);
    let authorization = if open { Authorization::None } else { Authorization::Iam };
    Route { authorization, ..route }
}

/// How queries are to be signed, if they are.
pub(super) fn query_auth(options: &Options) -> Option<QueryAuth> {
    (!options.open_queries).then(|| QueryAuth::aws_iam(USER, USER, REGION))
}

/// Options must name providers that there are.
pub(super) fn check(options: &Options) -> Result<(), StartError> {
    let limited = options.usage_quotas.keys().chain(options.throttles.keys());
    let mut named = options.disabled_providers.iter().chain(limited);
    match named.find(|name| !PROVIDERS.contains(&name.as_str())) {
        Some(name) => Err(StartError::UnknownProvider { name: name.clone(), known: PROVIDERS.to_vec() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_names_what_its_environment_works_with() {
        let told = |options: &Options| stage_variables(options).into_values().collect::<Vec<_>>();
        let staging = Options { environment: "staging".to_owned(), ..Options::default() };
        let buckets = ["000000000000-transaction-logs-staging", "000000000000-webhook-payloads-staging"];
        assert_eq!(told(&staging), ["staging", buckets[0], buckets[1], "webhook-transactions"]);
        let other = BTreeMap::from([("table".to_owned(), "another".to_owned())]);
        let other = Options { stage_variables: other, ..staging };
        assert_eq!(told(&other), ["staging", buckets[0], buckets[1], "another"]);
    }
}

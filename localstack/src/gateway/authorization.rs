//! Who may call a method: AWS's own signatures, authorizer functions, and API keys with their usage plans.
//!
//! What is wanted stands here; how it is carried out is in `gatekeeper` and below it.

use std::fmt;
use std::time::Duration;

use super::config::Throttle;

/// How a method is authorized.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authorization {
    /// Everybody may call it.
    #[default]
    None,
    /// `AWS_IAM`: requests signed with Signature Version 4 by a known access key.
    Iam,
    /// `CUSTOM`: the authorizer of this name says.
    Authorizer(String),
}

/// Everything a stage knows about callers. `Default` knows nobody.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Access keys that may sign requests to methods with [`Authorization::Iam`].
    pub access_keys: Vec<AccessKey>,
    /// Authorizers that methods name.
    pub authorizers: Vec<AuthorizerConfig>,
    /// Where a request's API key comes from.
    pub api_key_source: ApiKeySource,
    /// API keys.
    pub api_keys: Vec<ApiKey>,
    /// Usage plans of this stage; a key that is in none of them opens nothing.
    pub usage_plans: Vec<UsagePlan>,
}

/// An IAM user's access key. Every user may call every method: there are no policies here.
#[derive(Clone)]
pub struct AccessKey {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Name of the user it belongs to.
    pub user_name: String,
    /// Unique id of that user, as AWS has it: `AIDA…`.
    pub user_id: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A Lambda authorizer of type REQUEST.
#[derive(Debug, Clone)]
pub struct AuthorizerConfig {
    /// Its name, unique in the stage.
    pub name: String,
    /// The function that decides.
    pub function: String,
    /// What a decision depends on. A request without one of these is 401 without a question to the function; requests
    /// with the same values share a cached decision.
    pub identity_sources: Vec<IdentitySource>,
    /// How long a decision stands; at most 3,600 s on AWS. Zero asks the function for every request.
    pub ttl: Duration,
}

/// A part of a request that an authorizer's decision depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `stageVariables.NAME`.
    StageVariable(String),
    /// `method.request.header.NAME`.
    Header(String),
    /// `method.request.querystring.NAME`.
    QueryString(String),
}

/// Where the API key of a request comes from, for the whole API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// The header `x-api-key`.
    #[default]
    Header,
    /// `usageIdentifierKey` of the authorizer's answer.
    Authorizer,
}

/// An API key.
#[derive(Clone)]
pub struct ApiKey {
    /// Its id, which may be shown.
    pub id: String,
    /// Its value, which may not.
    pub value: String,
    /// A disabled key opens nothing.
    pub enabled: bool,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// A usage plan. Its limits hold for each of its keys by itself.
#[derive(Debug, Clone)]
pub struct UsagePlan {
    /// Its name.
    pub name: String,
    /// Ids of its keys; on AWS, too, a key is in one plan of a stage at most.
    pub keys: Vec<String>,
    /// Requests a key may send at once and in the long run.
    pub throttle: Option<Throttle>,
    /// Requests a key may send in a day (UTC).
    pub quota_per_day: Option<u64>,
}

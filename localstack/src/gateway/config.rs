//! What a stage of the REST API looks like: routes, models, limits.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::authorization::{Access, Authorization};
use super::misbehaviour::Misbehaviour;
use crate::xray::Tracer;

/// A deployed stage of a REST API.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// First path segment of every URL, e.g. `dev`.
    pub stage: String,
    /// The API's id; ten letters and digits on AWS.
    pub api_id: String,
    /// Account named in the request context.
    pub account_id: String,
    /// Region named in ARNs, for which requests are signed.
    pub region: String,
    /// Stage variables handed to functions.
    pub stage_variables: BTreeMap<String, String>,
    /// Methods on resources.
    pub routes: Vec<Route>,
    /// Limit for all methods together.
    pub throttle: Option<Throttle>,
    /// A function that has not answered by then gives 504; AWS's default and usual maximum is 29 s.
    pub integration_timeout: Duration,
    /// Larger request bodies give 413; 10 MB on AWS.
    pub max_body_bytes: usize,
    /// `api-gateway.log` is written here.
    pub log_dir: PathBuf,
    /// Who may call methods that ask who calls.
    pub access: Access,
    /// Takes segments; without one no trace is sampled.
    pub tracer: Option<Tracer>,
    /// What is wrong with this gateway, for tests of the harness.
    pub misbehaviour: Misbehaviour,
}

impl GatewayConfig {
    /// A stage without routes, with AWS's limits: 10,000 requests/s with bursts of 5,000, 29 s, 10 MB.
    pub fn new(stage: impl Into<String>, log_dir: impl Into<PathBuf>) -> Self {
        GatewayConfig {
            stage: stage.into(),
            api_id: "peakproof0".to_owned(),
            account_id: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            stage_variables: BTreeMap::new(),
            routes: Vec::new(),
            throttle: Some(Throttle { rate_per_s: 10_000.0, burst: 5_000 }),
            integration_timeout: Duration::from_secs(29),
            max_body_bytes: 10 * 1024 * 1024,
            log_dir: log_dir.into(),
            access: Access::default(),
            tracer: None,
            misbehaviour: Misbehaviour::default(),
        }
    }
}

/// One method on one resource, integrated with a function (`AWS_PROXY`).
#[derive(Debug, Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// Resource path, parameters in braces: `/api/v1/transactions/{id}`.
    pub resource: String,
    /// The function's name.
    pub function: String,
    /// Body validation; `None` passes every body.
    pub validation: Option<BodyValidation>,
    /// Limit of this method.
    pub throttle: Option<Throttle>,
    /// Who may call it.
    pub authorization: Authorization,
    /// Whether a caller needs an API key that is in a usage plan.
    pub api_key_required: bool,
}

impl Route {
    /// A method for everybody, without validation and without a limit of its own.
    pub fn new(method: Method, resource: impl Into<String>, function: impl Into<String>) -> Self {
        Route {
            method,
            resource: resource.into(),
            function: function.into(),
            validation: None,
            throttle: None,
            authorization: Authorization::None,
            api_key_required: false,
        }
    }
}

/// A request validator for the body, with its model.
#[derive(Debug, Clone)]
pub struct BodyValidation {
    /// JSON Schema, draft-04.
    pub schema: Value,
    /// Content types the model stands for. `application/json` is also what a request without the header counts
    /// as; `$default` matches every type that no other entry matches. A body of an unmatched type passes.
    pub content_types: Vec<String>,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Tokens added each second.
    pub rate_per_s: f64,
    /// Tokens the bucket holds.
    pub burst: u32,
}

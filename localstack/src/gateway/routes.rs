//! Resources and methods of the stage, found by path.

use std::sync::Arc;
use std::time::Instant;

use http::Method;

use crate::lambda::{Function, Lambda};

use super::config::{GatewayConfig, Route};
use super::event::Template;
use super::gatekeeper::{Gatekeeper, Guard};
use super::server::GatewayError;
use super::throttle::Bucket;
use super::validation::BodyValidator;

/// A method with everything that a request to it needs.
pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) resource: String,
    pub(super) function: Arc<Function>,
    pub(super) validator: Option<BodyValidator>,
    pub(super) bucket: Option<Bucket>,
    pub(super) guard: Guard,
    pub(super) template: Template,
    segments: Vec<Segment>,
}

enum Segment {
    Literal(String),
    Parameter(String),
}

/// All endpoints of a stage.
pub(super) struct Routes {
    endpoints: Vec<Endpoint>,
}

/// A request's endpoint and the values of its path parameters, still percent-encoded.
pub(super) struct Match<'r, 'p> {
    pub(super) endpoint: &'r Endpoint,
    pub(super) parameters: Vec<(&'r str, &'p str)>,
}

impl Routes {
    pub(super) fn compile(
        config: &GatewayConfig,
        lambda: &Lambda,
        gatekeeper: &Gatekeeper,
    ) -> Result<Self, GatewayError> {
        let mut endpoints = config
            .routes
            .iter()
            .map(|route| Endpoint::compile(config, route, lambda, gatekeeper))
            .collect::<Result<Vec<_>, _>>()?;
        // A literal segment wins over a parameter.
        endpoints.sort_by_key(Endpoint::parameters);
        Ok(Routes { endpoints })
    }

    /// `path` is without the stage and begins with `/`.
    pub(super) fn find<'r, 'p>(&'r self, method: &Method, path: &'p str) -> Option<Match<'r, 'p>> {
        self.endpoints.iter().filter(|endpoint| endpoint.method == *method).find_map(|endpoint| {
            let parameters = endpoint.match_path(path)?;
            Some(Match { endpoint, parameters })
        })
    }
}

impl Endpoint {
    fn compile(
        config: &GatewayConfig,
        route: &Route,
        lambda: &Lambda,
        gatekeeper: &Gatekeeper,
    ) -> Result<Self, GatewayError> {
        let function = lambda.function(&route.function).map_err(|_| GatewayError::Function {
            resource: route.resource.clone(),
            name: route.function.clone(),
        })?;
        let validator = match &route.validation {
            None => None,
            Some(validation) => Some(
                BodyValidator::compile(validation)
                    .map_err(|reason| GatewayError::Model { resource: route.resource.clone(), reason })?,
            ),
        };
        Ok(Endpoint {
            method: route.method.clone(),
            resource: route.resource.clone(),
            function: Arc::clone(function),
            validator,
            bucket: route.throttle.map(|throttle| Bucket::new(throttle, Instant::now())),
            guard: gatekeeper.guard(config, route)?,
            template: Template::new(config, route),
            segments: segments(&route.resource),
        })
    }

    fn parameters(&self) -> usize {
        self.segments.iter().filter(|s| matches!(s, Segment::Parameter(_))).count()
    }

    fn match_path<'r, 'p>(&'r self, path: &'p str) -> Option<Vec<(&'r str, &'p str)>> {
        let mut parameters = Vec::new();
        let mut parts = path.strip_prefix('/')?.split('/');
        for segment in &self.segments {
            match (segment, parts.next()?) {
                (Segment::Literal(literal), part) if literal == part => {}
                (Segment::Parameter(name), part) if !part.is_empty() => {
                    parameters.push((name.as_str(), part))
                }
                _ => return None,
            }
        }
        parts.next().is_none().then_some(parameters)
    }
}

fn segments(resource: &str) -> Vec<Segment> {
    let segment = |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
        Some(name) => Segment::Parameter(name.to_owned()),
        None => Segment::Literal(part.to_owned()),
    };
    resource.trim_start_matches('/').split('/').map(segment).collect()
}

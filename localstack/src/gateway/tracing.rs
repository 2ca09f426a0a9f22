//! A request's place in its trace, and the stage's segment with the integration inside.
//!
//! As API Gateway does: a caller's `X-Amzn-Trace-Id` is followed, anything else is sampled by the rule; the trace's id goes to the
//! function and back to the caller. Only requests to a method of the API are told of, and of those only sampled ones.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use uuid::Uuid;

use super::answer::Answer;
use super::config::GatewayConfig;
use super::routes::Endpoint;
use crate::xray::{Outcome, SegmentId, Span, TraceContext, TraceHeader, TraceId};

const TRACE_HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// One request.
pub(super) struct Traced {
    context: TraceContext,
    header: String,
    stage: SegmentId,
    integration: SegmentId,
    began: Instant,
}

/// What the stage's segment says.
pub(super) struct Facts<'a> {
    pub(super) config: &'a GatewayConfig,
    /// The method that was asked for; without one there is nothing to tell.
    pub(super) endpoint: Option<&'a Endpoint>,
    pub(super) method: &'a http::Method,
    pub(super) ip: IpAddr,
    pub(super) request_id: &'a str,
    pub(super) status: u16,
    /// When the function was invoked, and how long that took.
    pub(super) invoked: Option<(Instant, Duration)>,
}

impl Traced {
    /// `request` and `now_ms` make the id of a trace that nobody takes part in.
    pub(super) fn begin(config: &GatewayConfig, headers: &HeaderMap, request: Uuid, now_ms: u64) -> Self {
        let sent = headers.get(TRACE_HEADER).and_then(|value| value.to_str().ok());
        let context = match &config.tracer {
            Some(tracer) => tracer.follow(sent),
            None => {
                let root = sent.and_then(|text| TraceHeader::read(text).root);
                let root = root.unwrap_or_else(|| TraceId::new(now_ms / 1000, request.as_u128()));
                TraceContext { root, parent: None, sampled: false }
            }
        };
        Self {
            context,
            header: TraceContext { parent: None, ..context }.to_string(),
            stage: SegmentId::fresh(),
            integration: SegmentId::fresh(),
            began: Instant::now(),
        }
    }

    /// What the function sees among the request's headers.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// The invocation's place.
    pub(super) const fn below_integration(&self) -> TraceContext {
        self.context.below(self.integration)
    }

    /// Gives the trace's id back to the caller, and tells the segment.
    pub(super) fn end(&self, answer: &mut Answer, facts: &Facts<'_>) {
        if let Ok(value) = HeaderValue::from_str(&self.header) {
            answer.headers_mut().insert(TRACE_HEADER, value);
        }
        if let (true, Some(tracer), Some(endpoint)) =
            (self.context.sampled, &facts.config.tracer, facts.endpoint)
        {
            tracer.tell(self.segment(facts, endpoint));
        }
    }

    fn segment(&self, facts: &Facts<'_>, endpoint: &Endpoint) -> Span {
        let Facts { config, method, ip, request_id, status, .. } = facts;
        let integration = facts.invoked.map(|(began, took)| {
            Span::new("Lambda", self.integration, began)
                .with("namespace", "aws")
                .with("aws", json!({ "operation": "Invoke", "function_name": endpoint.function.name() }))
                .ended(began + took, Outcome::of_status(*status))
        });
        // The resource and not the path: what a sender writes into an address is not for a trace.
        let url = format!("/{}{}", config.stage, endpoint.resource);
        let request = json!({ "method": method.as_str(), "url": url, "client_ip": ip.to_string() });
        Span::new(&format!("webhook-api/{}", config.stage), self.stage, self.began)
            .of(self.context.root, self.context.parent, "AWS::ApiGateway::Stage")
            .with("http", json!({ "request": request, "response": { "status": status } }))
            .with(
                "aws",
                json!({
                    "api_gateway": {
                        "account_id": config.account_id,
                        "rest_api_id": config.api_id,
                        "stage": config.stage,
                        "resource_path": endpoint.resource,
                        "request_id": request_id,
                    },
                }),
            )
            .with("annotations", json!({ "aws:api_id": config.api_id, "aws:api_stage": config.stage }))
            .holding(integration)
            .ended(Instant::now(), Outcome::of_status(*status))
    }
}

//! The reading half of X-Ray's API (REST-JSON), and `PutTraceSegments`.

use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::assembly::assembled;
use super::context::TraceId;
use super::filter::{Filter, NotUnderstood};
use super::summary::Summary;
use super::tracer::Tracer;
use crate::server::Reply;
use crate::stores::wire::{Endpoint, REQUEST_ID, request_id};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// Summaries in a page.
const PAGE: usize = 100;
/// X-Ray's own bounds.
const TRACES_MAX: usize = 5;
const SEGMENTS_MAX: usize = 50;

/// The API's endpoint.
pub(crate) struct Api {
    tracer: Tracer,
}

impl Api {
    pub(crate) const fn new(tracer: Tracer) -> Self {
        Self { tracer }
    }
}

impl Endpoint for Api {
    const BODY_MAX: usize = 4 * 1024 * 1024;

    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let body = request.body();
        let answer = match (request.method(), request.uri().path()) {
            (&Method::POST, "/TraceSummaries") => self.summaries(body),
            (&Method::POST, "/Traces") => self.traces(body),
            (&Method::POST, "/TraceSegments") => self.put_segments(body),
            _ => return reply(StatusCode::NOT_FOUND, Some("UnknownOperationException"), &unknown()),
        };
        match answer {
            Ok(members) => reply(StatusCode::OK, None, &members),
            Err(Invalid(message)) => reply(
                StatusCode::BAD_REQUEST,
                Some("InvalidRequestException"),
                &json!({ "Message": message }),
            ),
        }
    }
}

/// `InvalidRequestException`, with a sentence.
struct Invalid(String);

impl From<NotUnderstood> for Invalid {
    fn from(_: NotUnderstood) -> Self {
        Self(
            "The filter expression is not one that the embedded cloud knows: annotation.KEY = VALUE (or !=), \
             service(\"NAME\"), http.status with =, !=, <, <=, >, >=, and error, fault, throttle, ok, joined by AND."
                .to_owned(),
        )
    }
}

impl Api {
    fn summaries(&self, body: &[u8]) -> Result<Value, Invalid> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Asked {
            start_time: f64,
            end_time: f64,
            filter_expression: Option<String>,
            next_token: Option<String>,
        }
        let asked: Asked = read(body)?;
        if asked.start_time > asked.end_time {
            return Err(Invalid("StartTime is after EndTime.".to_owned()));
        }
        let filter = asked.filter_expression.filter(|text| !text.trim().is_empty());
        let filter = filter.map(|text| Filter::parse(&text)).transpose()?;
        let skip = match asked.next_token {
            Some(token) => {
                token.parse().map_err(|_| Invalid("NextToken is not one of this API's.".to_owned()))?
            }
            None => 0_usize,
        };
        // Clients send whole seconds, so a trace counts by the second it began in.
        let seconds = asked.start_time.floor()..=asked.end_time.floor();
        // Only what is needed under the lock: requests being served wait for it too.
        let within: Vec<_> = {
            let store = self.tracer.store();
            let within = store.iter().filter(|(_, trace)| seconds.contains(&trace.began().floor()));
            within.map(|(id, trace)| (id, trace.documents())).collect()
        };
        let processed = within.len();
        let mut found = within
            .into_iter()
            .map(|(id, documents)| Summary::of(id, &assembled(&documents)))
            .filter(|summary| filter.as_ref().is_none_or(|filter| filter.matches(summary)))
            .skip(skip);
        let page: Vec<Value> = found.by_ref().take(PAGE).map(|summary| summary.json()).collect();
        let mut answer = json!({
            "TraceSummaries": page,
            "ApproximateTime": asked.end_time,
            "TracesProcessedCount": processed,
        });
        if found.next().is_some() {
            answer["NextToken"] = json!((skip + PAGE).to_string());
        }
        Ok(answer)
    }

    fn traces(&self, body: &[u8]) -> Result<Value, Invalid> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Asked {
            trace_ids: Vec<String>,
        }
        let Asked { trace_ids } = read(body)?;
        if trace_ids.len() > TRACES_MAX {
            return Err(Invalid(format!("TraceIds names more than {TRACES_MAX} traces.")));
        }
        let (mut traces, mut unknown) = (Vec::new(), Vec::new());
        for text in trace_ids {
            let known = TraceId::read(&text).and_then(|id| {
                let store = self.tracer.store();
                let trace = store.get(id)?;
                Some((id, trace.documents(), trace.limit_exceeded))
            });
            match known {
                Some((id, documents, limit_exceeded)) => {
                    let segments = assembled(&documents);
                    let document =
                        |segment: &Value| json!({ "Id": segment["id"], "Document": segment.to_string() });
                    traces.push(json!({
                        "Id": text,
                        "Duration": Summary::of(id, &segments).duration_s(),
                        "LimitExceeded": limit_exceeded,
                        "Segments": segments.iter().map(document).collect::<Vec<_>>(),
                    }));
                }
                None => unknown.push(text),
            }
        }
        Ok(json!({ "Traces": traces, "UnprocessedTraceIds": unknown }))
    }

    fn put_segments(&self, body: &[u8]) -> Result<Value, Invalid> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Sent {
            trace_segment_documents: Vec<String>,
        }
        let Sent { trace_segment_documents: documents } = read(body)?;
        if documents.len() > SEGMENTS_MAX {
            return Err(Invalid(format!("More than {SEGMENTS_MAX} documents in a request.")));
        }
        let refused = documents.iter().filter_map(|document| self.tracer.take(document).err());
        let refused: Vec<Value> = refused
            .map(|refused| json!({ "Id": refused.id, "ErrorCode": refused.code, "Message": refused.message }))
            .collect();
        Ok(json!({ "UnprocessedTraceSegments": refused }))
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Invalid> {
    serde_json::from_slice(body).map_err(|error| {
        // Only the place: serde's own sentence may quote what was sent.
        let place = format!("line {}, column {}", error.line(), error.column());
        Invalid(format!("The request is not what the operation takes ({place})."))
    })
}

fn unknown() -> Value {
    json!({ "Message": "The embedded cloud knows GetTraceSummaries, BatchGetTraces and PutTraceSegments." })
}

fn reply(status: StatusCode, error: Option<&'static str>, members: &Value) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(members.to_string())));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REQUEST_ID, request_id());
    if let Some(error) = error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error));
    }
    reply
}

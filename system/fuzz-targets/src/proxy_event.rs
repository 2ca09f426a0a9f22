//! The functions' own inputs: API Gateway's proxy events, and the envelopes that the processor is invoked with.
//!
//! Input: a byte that chooses: an event's text as it is; a request (header lines, an empty line, the body) that is put into
//! an event and must come out of it byte for byte; an envelope's text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::executor::block_on;
use serde_json::{Map, Value, json};
use webhook_core::envelope::Envelope;
use webhook_core::process::{Outcome, process};
use webhook_core::twins::{MemoryProcessedLog, MemoryTransactions};
use webhook_lambda::proxy::{BadRequest, ProxyRequest};
use webhook_lambda::stage::StageVariable;

use crate::certificates::NOW;
use crate::input;

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input::choice(input) else { return };
    match (how % 3, std::str::from_utf8(rest)) {
        (1, _) => arrives_as_sent(how, rest),
        (0, Ok(text)) => reads(text),
        (2, Ok(text)) => processes(text),
        _ => {}
    }
}

/// Any text is refused, or is the event that a plain reader of JSON sees.
fn reads(text: &str) {
    let Ok(mut request) = ProxyRequest::parse(text) else { return };
    drop(request.headers());
    let _ = request.api_request_id();
    let Ok(event) = serde_json::from_str::<Value>(text) else { return };
    let multi = &event["multiValueQueryStringParameters"];
    if multi.as_object().is_none_or(Map::is_empty) {
        let single = event["queryStringParameters"].as_object();
        assert!(request.query().count() >= single.map_or(0, Map::len), "a parameter is lost");
    }
    if let Some(id) = event["pathParameters"]["id"].as_str().filter(|id| !id.contains('%')) {
        assert_eq!(request.path_parameter("id").as_deref(), Some(id));
    }
    for variable in StageVariable::ALL {
        let named = event["stageVariables"][variable.name()].as_str().filter(|value| !value.is_empty());
        assert_eq!(request.stage_variable(variable), named, "{}", variable.name());
    }
    let body = event["body"].as_str().unwrap_or_default();
    match (event["isBase64Encoded"] == true, request.take_body()) {
        (false, found) => assert_eq!(found.as_deref(), Ok(body.as_bytes())),
        (true, Ok(found)) => assert_eq!(STANDARD.encode(found), body),
        (true, Err(error)) => assert_eq!(error, BadRequest::NotBase64),
    }
}

/// A request goes into an event as API Gateway writes it, and comes out as it was.
fn arrives_as_sent(how: u8, request: &[u8]) {
    let (head, body) = input::halves(request);
    let pairs: Vec<(&str, &str)> = input::pairs(head, b':')
        .into_iter()
        .filter_map(|(name, value)| Some((name, std::str::from_utf8(value).ok()?)))
        .take(64)
        .collect();
    let mut many = Map::new();
    for (name, value) in &pairs {
        match many.entry((*name).to_owned()).or_insert_with(|| json!([])) {
            Value::Array(values) => values.push(json!(value)),
            _ => unreachable!("only lists are put there"),
        }
    }
    let base64 = how >= 128 || std::str::from_utf8(body).is_err();
    let sent = if base64 { STANDARD.encode(body) } else { String::from_utf8_lossy(body).into_owned() };
    let escaped: String = body.iter().map(|byte| format!("%{byte:02X}")).collect();
    let event = json!({
        "headers": pairs.last().map(|(name, value)| json!({*name: value})), "multiValueHeaders": many,
        "multiValueQueryStringParameters": many, "pathParameters": {"id": escaped},
        "requestContext": {"requestId": "r-1"}, "body": sent, "isBase64Encoded": base64,
    });
    let text = event.to_string();
    let Ok(mut parsed) = ProxyRequest::parse(&text) else { panic!("refused: {text}") };
    for (name, _) in &pairs {
        assert!(parsed.headers().contains(name), "a header is lost");
    }
    let count = |name: &str| pairs.iter().filter(|(known, _)| known == &name).count();
    for (name, _) in &pairs {
        assert_eq!(parsed.query().filter(|(known, _)| known == name).count(), count(name), "{name}");
    }
    if let Ok(plain) = std::str::from_utf8(body) {
        assert_eq!(parsed.path_parameter("id").as_deref(), Some(plain), "decoded once");
    }
    assert_eq!(parsed.take_body().as_deref(), Ok(body), "byte for byte");
}

/// An envelope survives its own writing; its event is recorded once, or not at all.
fn processes(text: &str) {
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else { return };
    let Ok(written) = serde_json::to_string(&envelope) else { panic!("an envelope cannot be written") };
    let again = serde_json::from_str::<Envelope>(&written);
    assert!(again.is_ok_and(|again| again == envelope), "an envelope changes on its way");
    let (store, log) = (MemoryTransactions::default(), MemoryProcessedLog::default());
    let once = block_on(process(&store, &log, envelope.clone(), NOW));
    let twice = block_on(process(&store, &log, envelope.clone(), NOW));
    match (once, twice) {
        (Ok(first), Ok(second)) => {
            assert_eq!((first.outcome, second.outcome), (Outcome::Stored, Outcome::Duplicate));
            assert_eq!(first.event_id, envelope.event_id);
            assert_eq!((store.records().len(), log.objects().len()), (1, 1));
            assert!(log.objects().contains_key(&envelope.raw_key), "under the key of its raw body");
        }
        (Err(first), Err(second)) => {
            assert_eq!(first, second);
            assert!(store.records().is_empty() && log.objects().is_empty(), "a refused event left a trace");
        }
        _ => panic!("the second try of an event ends otherwise than the first"),
    }
}

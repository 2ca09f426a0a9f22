//! What the traces hold.

use std::time::Duration;

use localstack::signing::QuerySigner;
use serde_json::{Value, json};

use super::{Seen, unmet};
use crate::capability::Capability;
use crate::case::{Span, Step};
use crate::clock::unix_ms;
use crate::compose::Impossible;
use crate::scene::Scene;
use crate::target::Target;
use crate::template::fill;

/// How long X-Ray may take until it shows what was sent to it.
const TRACE_MAX: Duration = Duration::from_secs(60);

/// Everything the step expects of the traces.
pub(super) async fn look(
    step: &Step,
    scene: &Scene,
    target: &Target,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    if step.trace.is_none() && step.nowhere.is_empty() {
        return Ok(());
    }
    let api = target.ready.as_ref().and_then(|ready| ready.endpoints.xray.clone());
    let Some(api) = api.filter(|_| target.offers.has(Capability::Traces)) else {
        seen.not_observed.push("what the traces hold".to_owned());
        return Ok(());
    };
    if let Some(stores) = target.stores.as_ref().filter(|_| scene.settled.is_none()) {
        target.settled(stores).await.map_err(Impossible::from_error)?;
    }
    if let Some(wanted) = &step.trace {
        let sent =
            scene.sent.get(&wanted.of).ok_or_else(|| Impossible(format!("there is no `{}`", wanted.of)))?;
        // Segments are sent and never waited for, so the last of them may come after the answer.
        let mut spans = Vec::new();
        let mut missing = None;
        let (looks, every) = match target.patience() {
            Duration::ZERO => (50, Duration::from_millis(10)),
            patience => (patience.min(TRACE_MAX).as_secs(), Duration::from_secs(1)),
        };
        for _ in 0..looks {
            spans = spans_of(target, &api, &sent.trace_id).await?;
            missing = first_missing(&wanted.has, &spans, scene)?;
            if missing.is_none() {
                break;
            }
            tokio::time::sleep(every).await; // poll
        }
        if let Some(missing) = missing {
            let names: Vec<String> = spans.iter().map(|span| span.path.join(" > ")).collect();
            let alike: Vec<String> = spans
                .iter()
                .filter(|span| span.name() == missing.0)
                .map(|span| span.document.to_string())
                .collect();
            seen.differs("trace", missing.1, format!("{}; {}", names.join(", "), alike.join(" ")));
        }
        for name in &wanted.lacks {
            if spans.iter().any(|span| span.name() == name) {
                seen.differs("trace", format!("no `{name}`"), format!("`{name}`"));
            }
        }
    }
    for canary in &step.nowhere {
        let canary = fill(canary, scene).map_err(Impossible::from_error)?;
        for sent in scene.sent.values() {
            let spans = spans_of(target, &api, &sent.trace_id).await?;
            if let Some(span) = spans.iter().find(|span| span.document.to_string().contains(&canary)) {
                seen.differs("trace", format!("nowhere `{canary}`"), span.document.to_string());
            }
        }
    }
    Ok(())
}

/// A segment or subsegment, with the names on the way to it.
struct Seg {
    path: Vec<String>,
    document: Value,
}

impl Seg {
    fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

async fn spans_of(target: &Target, api: &str, trace_id: &str) -> Result<Vec<Seg>, Impossible> {
    let (url, body) = (format!("{api}/Traces"), json!({ "TraceIds": [trace_id] }).to_string());
    let auth = target.ready.as_ref().and_then(|ready| ready.query_auth.as_ref());
    let signer = auth.map(QuerySigner::new).transpose().map_err(Impossible::from_error)?;
    let signed = signer
        .map(|signer| signer.for_service("xray").headers_of("POST", &url, body.as_bytes(), unix_ms()))
        .transpose()
        .map_err(Impossible::from_error)?;
    let request = target.http.post(url).headers(signed.unwrap_or_default()).body(body);
    let answer = request.send().await.map_err(Impossible::from_error)?;
    let text = answer.text().await.map_err(Impossible::from_error)?;
    let traces: Value = serde_json::from_str(&text).map_err(Impossible::from_error)?;
    let segments =
        traces.pointer("/Traces/0/Segments").and_then(Value::as_array).cloned().unwrap_or_default();
    let documents: Vec<Value> = segments
        .iter()
        .filter_map(|segment| serde_json::from_str(segment.get("Document")?.as_str()?).ok())
        .collect();
    let mut spans = Vec::new();
    for document in &documents {
        walk(document, &ancestors(document, &documents), &mut spans);
    }
    Ok(spans)
}

/// Names of the segments above one: the parent of a segment is a segment or subsegment of another document.
fn ancestors(document: &Value, documents: &[Value]) -> Vec<String> {
    let mut path = Vec::new();
    let mut parent = document.get("parent_id").and_then(Value::as_str);
    // Bounded, in case documents name each other.
    for _ in 0..16 {
        let Some(id) = parent else { break };
        let Some((owner, inner)) =
            documents.iter().find_map(|one| names_to(one, id).map(|names| (one, names)))
        else {
            break;
        };
        path.splice(0..0, inner);
        parent = owner.get("parent_id").and_then(Value::as_str);
    }
    path
}

/// Names from a document down to the part of this id.
fn names_to(document: &Value, id: &str) -> Option<Vec<String>> {
    let name = document.get("name")?.as_str()?.to_owned();
    if document.get("id").and_then(Value::as_str) == Some(id) {
        return Some(vec![name]);
    }
    let below = document.get("subsegments")?.as_array()?.iter().find_map(|one| names_to(one, id))?;
    Some([vec![name], below].concat())
}

fn walk(document: &Value, above: &[String], spans: &mut Vec<Seg>) {
    let name = document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = [above, &[name]].concat();
    for below in document.get("subsegments").and_then(Value::as_array).into_iter().flatten() {
        walk(below, &path, spans);
    }
    spans.push(Seg { path, document: document.clone() });
}

/// Name and description of the first expected span that is not there.
fn first_missing(
    wanted: &[Span],
    spans: &[Seg],
    scene: &Scene,
) -> Result<Option<(String, String)>, Impossible> {
    for one in wanted {
        let mut found = false;
        for span in spans.iter().filter(|span| span.name() == one.name) {
            let above = &span.path[..span.path.len() - 1];
            let mut met = one.under.as_ref().is_none_or(|under| above.contains(under));
            for (name, expected) in &one.annotations {
                let value = span.document.get("annotations").and_then(|all| all.get(name));
                met &= unmet(expected, value, scene)?.is_none();
            }
            for (pointer, expected) in &one.json {
                met &= unmet(expected, span.document.pointer(pointer), scene)?.is_none();
            }
            found |= met;
        }
        if !found {
            return Ok(Some((one.name.clone(), format!("{one:?}"))));
        }
    }
    Ok(None)
}

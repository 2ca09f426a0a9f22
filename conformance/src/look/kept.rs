//! What the stores hold of a delivery.

use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::Seen;
use crate::capability::Capability;
use crate::case::{DayFile, Step, Stored};
use crate::compose::Impossible;
use crate::scene::{Scene, Sent};
use crate::stores::{DeadLetter, Item, Object, Snapshot, Stores, bytes_of, json, text, type_of};
use crate::target::{Target, Unsettled};
use crate::template::fill;

/// Everything the step expects of the stores.
pub(super) async fn look(
    step: &Step,
    scene: &mut Scene,
    target: &Target,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    if step.stored.is_none() && step.absent.is_empty() && step.file.is_none() {
        return Ok(());
    }
    let Some(stores) = target.stores.as_ref().filter(|_| target.offers.has(Capability::Stores)) else {
        seen.not_observed.push("what is kept of the delivery".to_owned());
        return Ok(());
    };
    let began = Instant::now();
    // What was answered otherwise than it should be is a finding already: nothing is waited for.
    let patience = if seen.findings.is_empty() { target.patience() } else { Duration::ZERO };
    loop {
        let picture = match scene.settled.take() {
            // Nothing was done since: one look shows what several steps expect.
            Some(picture) => picture,
            None => match target.settled(stores).await {
                Ok(picture) => picture,
                Err(error @ Unsettled::Busy) => {
                    let wanted = "at rest, so that what it keeps can be looked at";
                    seen.differs("the receiver", wanted, error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(Impossible::from_error(error)),
            },
        };
        let mut now = Seen::default();
        compared(step, scene, &picture, stores, &mut now).await?;
        if now.findings.is_empty() || began.elapsed() >= patience {
            scene.settled = Some(picture);
            seen.findings.append(&mut now.findings);
            return Ok(());
        }
    }
}

async fn compared(
    step: &Step,
    scene: &Scene,
    picture: &Snapshot,
    stores: &Stores,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    for name in &step.absent {
        absent(name, sent(name, scene)?, picture, seen);
    }
    if let Some(wanted) = &step.stored {
        stored(wanted, sent(&wanted.of, scene)?, picture, stores, scene, seen).await?;
    }
    if let Some(wanted) = &step.file {
        day_file(wanted, picture, stores, scene, seen).await?;
    }
    Ok(())
}

fn sent<'a>(name: &str, scene: &'a Scene) -> Result<&'a Sent, Impossible> {
    scene.sent.get(name).ok_or_else(|| Impossible(format!("there is no delivery `{name}`")))
}

/// Whatever holds one of the delivery's ids: a forgery's event id is in no other delivery.
fn absent(name: &str, sent: &Sent, picture: &Snapshot, seen: &mut Seen) {
    let of_event = Of(sent);
    let mut traces = Vec::new();
    traces.extend(of_event.records(picture).iter().map(|item| format!("record {}", key_of(item))));
    for (store, objects) in [
        ("raw", of_event.objects(&picture.raw)),
        ("quarantined", of_event.unproven(&picture.quarantine)),
        ("processed", of_event.objects(&picture.processed)),
    ] {
        traces.extend(objects.iter().map(|object| format!("{store} object {}", object.key)));
    }
    traces.extend(of_event.letters(picture).iter().map(|_| "a dead letter".to_owned()));
    if !traces.is_empty() {
        seen.differs(format!("what is kept of `{name}`"), "nothing", traces.join(", "));
    }
}

async fn day_file(
    wanted: &DayFile,
    picture: &Snapshot,
    stores: &Stores,
    scene: &Scene,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    let key = fill(&wanted.key, scene).map_err(Impossible::from_error)?;
    if !picture.processed.iter().any(|object| object.key == key) {
        seen.differs("the day's file", key, "no such object");
        return Ok(());
    }
    let text = stores.processed_text(&key).await.map_err(Impossible::from_error)?;
    if let Some(line) =
        text.lines().find(|line| !serde_json::from_str::<Value>(line).is_ok_and(|json| json.is_object()))
    {
        seen.differs("the day's file", "a JSON object a line", line.to_owned());
    }
    for (part, count) in &wanted.lines {
        let part = fill(part, scene).map_err(Impossible::from_error)?;
        let with: Vec<String> = text.lines().filter(|line| line.contains(&part)).map(str::to_owned).collect();
        seen.count(&format!("lines with `{part}` in {key}"), *count, &with);
    }
    Ok(())
}

async fn stored(
    wanted: &Stored,
    sent: &Sent,
    picture: &Snapshot,
    stores: &Stores,
    scene: &Scene,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    let of_event = Of(sent);
    let records = of_event.records(picture);
    let raw = of_event.objects(&picture.raw);
    let processed = of_event.objects(&picture.processed);
    let letters = of_event.letters(picture);
    seen.count(
        "records of the event",
        wanted.records,
        &records.iter().map(|item| key_of(item)).collect::<Vec<_>>(),
    );
    seen.count("raw objects of the event", wanted.raw, &keys(&raw));
    seen.count("processed objects of the event", wanted.processed, &keys(&processed));
    seen.count("objects in quarantine", wanted.quarantine, &keys(&of_event.unproven(&picture.quarantine)));
    let letter_words =
        letters.iter().map(|letter| letter.attributes.get("ErrorMessage").cloned().unwrap_or_default());
    seen.count("dead letters of the event", wanted.dead_letters, &letter_words.collect::<Vec<_>>());
    if let Some(count) = wanted.transaction_records {
        let of_payment: Vec<String> = picture
            .records
            .iter()
            .filter(|item| text(item, "transaction_id") == Some(&sent.transaction_id))
            .map(key_of)
            .collect();
        seen.count("records of the payment", count, &of_payment);
    }
    if let [record] = records[..] {
        of_record(wanted, record, scene, seen)?;
    } else if !(wanted.record.is_empty() && wanted.types.is_empty()) && records.is_empty() {
        seen.differs("record", "one whose attributes can be looked at", "none");
    }
    if let Some(wanted) = &wanted.expires_by {
        let observed = stores.expires_by().await.map_err(Impossible::from_error)?;
        if observed.as_ref() != Some(wanted) {
            seen.differs(
                "how the table's records expire",
                format!("by {wanted}"),
                observed.unwrap_or_else(|| "not at all".to_owned()),
            );
        }
    }
    if let [object] = raw[..] {
        of_raw(wanted, object, sent, stores, scene, seen).await?;
    }
    if let [object] = processed[..] {
        key_is("processed key", wanted.processed_key.as_ref(), object, scene, seen)?;
        class_is("processed object", wanted, object, seen);
        if !wanted.processed_json.is_empty() {
            let json = stores.processed_json(&object.key).await.map_err(Impossible::from_error)?;
            seen.members("processed object", &wanted.processed_json, &json, scene)?;
        }
    }
    if let [letter] = letters[..] {
        for (name, wanted) in &wanted.letter_attributes {
            let value = letter.attributes.get(name).map(|value| Value::String(value.clone()));
            seen.value(&format!("dead letter's {name}"), wanted, value.as_ref(), scene)?;
        }
        let json: Value = serde_json::from_str(&letter.body).unwrap_or_default();
        seen.members("dead letter's body", &wanted.letter_json, &json, scene)?;
    }
    Ok(())
}

fn of_record(wanted: &Stored, record: &Item, scene: &Scene, seen: &mut Seen) -> Result<(), Impossible> {
    for (name, wanted) in &wanted.record {
        let (attribute, pointer) =
            name.split_once('/').map_or((name.as_str(), None), |(a, rest)| (a, Some(rest)));
        let value = record.get(attribute).map(json);
        let value = match (&value, pointer) {
            (Some(value), Some(rest)) => value.pointer(&format!("/{rest}")).cloned(),
            _ => value,
        };
        seen.value(&format!("record.{name}"), wanted, value.as_ref(), scene)?;
    }
    if let Some(count) = wanted.record_bytes {
        let bytes = record.iter().map(|(name, value)| (name.len() + bytes_of(value)) as u64).sum();
        if !count.holds(bytes) {
            seen.differs("size of the record", format!("{count} bytes"), format!("{bytes} bytes"));
        }
    }
    for (name, wanted) in &wanted.types {
        let observed = record.get(name).map_or("nothing", type_of);
        if observed != wanted {
            seen.differs(format!("type of record.{name}"), wanted, observed);
        }
    }
    Ok(())
}

async fn of_raw(
    wanted: &Stored,
    object: &Object,
    sent: &Sent,
    stores: &Stores,
    scene: &Scene,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    key_is("raw key", wanted.raw_key.as_ref(), object, scene, seen)?;
    class_is("raw object", wanted, object, seen);
    let Some(delivery) = sent.delivery.as_ref().filter(|_| wanted.raw_bytes) else { return Ok(()) };
    let bytes = stores.raw_bytes(&object.key).await.map_err(Impossible::from_error)?;
    if bytes != delivery.body {
        seen.differs(
            "raw object",
            format!("the {} bytes that were sent", delivery.body.len()),
            format!("{} other bytes: {}", bytes.len(), String::from_utf8_lossy(&bytes)),
        );
    }
    Ok(())
}

fn key_is(
    what: &str,
    wanted: Option<&String>,
    object: &Object,
    scene: &Scene,
    seen: &mut Seen,
) -> Result<(), Impossible> {
    if let Some(wanted) = wanted {
        let wanted = fill(wanted, scene).map_err(Impossible::from_error)?;
        if object.key != wanted {
            seen.differs(what, wanted, object.key.clone());
        }
    }
    Ok(())
}

fn class_is(what: &str, wanted: &Stored, object: &Object, seen: &mut Seen) {
    if let Some(wanted) = wanted.storage_class.as_ref().filter(|wanted| **wanted != object.class) {
        seen.differs(format!("storage class of the {what}"), wanted, object.class.clone());
    }
}

fn keys(objects: &[&Object]) -> Vec<String> {
    objects.iter().map(|object| object.key.clone()).collect()
}

fn key_of(item: &Item) -> String {
    let part = |name| text(item, name).unwrap_or("?");
    format!("{} at {}", part("transaction_id"), part("timestamp"))
}

/// What belongs to one delivery's event.
struct Of<'a>(&'a Sent);

impl Of<'_> {
    fn records<'p>(&self, picture: &'p Snapshot) -> Vec<&'p Item> {
        let wanted = &self.0.event_id;
        picture.records.iter().filter(|item| text(item, "event_id") == Some(wanted)).collect()
    }

    /// Ids are made safe for keys; provider-sim's are safe already.
    fn objects<'p>(&self, objects: &'p [Object]) -> Vec<&'p Object> {
        objects.iter().filter(|object| object.key.contains(&self.0.event_id)).collect()
    }

    /// Nobody's event lies in quarantine: a key there holds the body's SHA-256.
    fn unproven<'p>(&self, objects: &'p [Object]) -> Vec<&'p Object> {
        let Some(delivery) = &self.0.delivery else { return Vec::new() };
        let hash: String = Sha256::digest(&delivery.body).iter().map(|byte| format!("{byte:02x}")).collect();
        objects.iter().filter(|object| object.key.contains(&hash)).collect()
    }

    fn letters<'p>(&self, picture: &'p Snapshot) -> Vec<&'p DeadLetter> {
        picture.dead_letters.iter().filter(|letter| letter.body.contains(&self.0.event_id)).collect()
    }
}

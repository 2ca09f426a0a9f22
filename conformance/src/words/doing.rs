//! What is done.

use provider_sim::Provider;

use super::{code, length, listed, moment, plural};
use crate::case::{
    Credentials, Drill, Edit, Ipn, KeyChoice, PostbackMode, Query, Request, Send, Sign, Spoil,
};

/// The name that a delivery has when a case gives it none.
const DEFAULT_NAME: &str = "it";

pub(super) fn send(send: &Send) -> String {
    let path = send.path.clone().unwrap_or_else(|| endpoint(send.provider));
    let mut said = vec![what(send)];
    said.extend(happened(&send.created));
    said.extend(send.edit.iter().map(edit));
    said.extend(send.shape.iter().map(|shape| format!("{} before it is signed", spoil(shape))));
    if let Some(sign) = &send.sign {
        said.extend(signed(sign));
    }
    said.extend(send.spoil.iter().map(|one| format!("{} after it was signed", spoil(one))));
    said.extend(headers(send.headers.iter()));
    if !send.without.is_empty() {
        said.push(format!("without the header {}", listed(send.without.iter().map(code), "and")));
    }
    said.extend(times(send.repeat, send.at_once));
    said.extend(called(&send.name));
    format!("POST {path}: {}", said.join(", "))
}

fn endpoint(provider: Provider) -> String {
    format!("/api/v1/webhooks/{provider}")
}

fn what(send: &Send) -> String {
    if let Some(again) = &send.again {
        return format!("the delivery {} again, byte for byte", code(again));
    }
    if let Some(body) = &send.body {
        return format!("the body {}", code(body));
    }
    let event = send.event.as_deref().unwrap_or(match send.provider {
        Provider::Stripe => "payment_intent.succeeded",
        Provider::Paypal => "PAYMENT.CAPTURE.COMPLETED",
        Provider::Square => "payment.updated",
    });
    let article = if event.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
    let mut said = format!("{article} {event} event");
    if send.poison {
        said.push_str(" in a currency that does not exist");
    }
    if let Some(malformed) = &send.malformed {
        said.push_str(&format!(", malformed as {} and then signed as it should be", code(malformed)));
    }
    if let Some(forge) = &send.forge {
        said.push_str(&format!(", forged as {}", code(forge)));
    }
    said
}

fn happened(created: &str) -> Option<String> {
    match moment(created) {
        Some(now) if now == "now" => None,
        Some(when) => Some(format!("that happened {when}")),
        None => Some(format!("that happened at {}", code(created))),
    }
}

fn edit(edit: &Edit) -> String {
    match (&edit.set, edit.null) {
        (Some(value), _) => format!("with {} = {}", edit.at, super::expecting::value(value)),
        (None, true) => format!("with {} = null", edit.at),
        (None, false) => format!("without {}", edit.at),
    }
}

fn spoil(spoil: &Spoil) -> String {
    match spoil {
        Spoil::Bom => "a byte-order mark put in front".to_owned(),
        Spoil::Pretty => "written again with line feeds and indents".to_owned(),
        Spoil::Compact => "written again without whitespace".to_owned(),
        Spoil::Crlf => "its line feeds made CR LF".to_owned(),
        Spoil::Lf => "its CR LF made line feeds".to_owned(),
        Spoil::FlipBit => "one bit flipped".to_owned(),
        Spoil::Truncate => "its second half cut off".to_owned(),
        Spoil::TrailingSpace => "a space added at the end".to_owned(),
        Spoil::TrailingNewline => "a line feed added at the end".to_owned(),
        Spoil::InvalidUtf8 => "bytes put in that are no UTF-8".to_owned(),
        Spoil::Lossy => "what is no UTF-8 made U+FFFD".to_owned(),
        Spoil::Unreplace => "each U+FFFD made a byte that is no UTF-8".to_owned(),
        Spoil::Empty => "emptied".to_owned(),
        Spoil::Array => "wrapped in an array".to_owned(),
        Spoil::PadTo(bytes) => format!("padded with spaces to {bytes} bytes"),
        Spoil::GrowTo(bytes) => format!("grown to {bytes} bytes"),
        Spoil::Nest(depth) => format!("objects put in, nested {depth} deep"),
    }
}

fn signed(sign: &Sign) -> Vec<String> {
    let mut said = Vec::new();
    let key = match sign.key {
        KeyChoice::Current => None,
        KeyChoice::Previous => Some("the key before the last rotation"),
        KeyChoice::Wrong => Some("a wrong key"),
        KeyChoice::OtherProvider => Some("another provider's key"),
        KeyChoice::WithoutPrefix => Some("the secret without `whsec_`"),
        KeyChoice::Empty => Some("an empty key"),
    };
    let when = sign.time.as_deref().map(|time| moment(time).unwrap_or_else(|| format!("at {}", code(time))));
    match (when, key) {
        (Some(when), Some(key)) => said.push(format!("signed {when} with {key}")),
        (Some(when), None) => said.push(format!("signed {when}")),
        (None, Some(key)) => said.push(format!("signed with {key}")),
        (None, None) => {}
    }
    for (text, what) in [
        (&sign.url, "signed for the URL"),
        (&sign.id, "with the transmission id"),
        (&sign.webhook_id, "signed for the webhook id"),
        (&sign.crc, "signed over the CRC-32"),
        (&sign.cert_url, "with the certificate URL"),
        (&sign.algorithm, "with the algorithm"),
        (&sign.header, "with the signature header"),
    ] {
        said.extend(text.as_ref().map(|text| format!("{what} {}", code(text))));
    }
    said
}

fn headers<'a>(headers: impl Iterator<Item = (&'a String, &'a String)>) -> Option<String> {
    let said: Vec<String> = headers.map(|(name, value)| code(format!("{name}: {value}"))).collect();
    (!said.is_empty()).then(|| format!("with the header {}", listed(said.into_iter(), "and")))
}

fn times(repeat: u32, at_once: bool) -> Option<String> {
    match (repeat, at_once) {
        (1, _) => None,
        (n, true) => Some(format!("{n} times at once")),
        (n, false) => Some(format!("{n} times, one after another")),
    }
}

fn called(name: &str) -> Option<String> {
    (name != DEFAULT_NAME).then(|| format!("called {}", code(name)))
}

pub(super) fn ipn(ipn: &Ipn) -> String {
    let mut said = Vec::new();
    said.push(match &ipn.again {
        Some(again) => format!("the IPN message {} again, byte for byte", code(again)),
        None => format!("an IPN message of the kind {}", code(&ipn.kind)),
    });
    said.extend(ipn.of.as_ref().map(|of| format!("about the payment of {}", code(of))));
    said.extend(happened(&ipn.created));
    said.extend(ipn.charset.as_ref().map(|charset| format!("in {charset}")));
    said.extend(ipn.fields.iter().map(|(name, value)| format!("with {}", code(format!("{name}={value}")))));
    if !ipn.drop.is_empty() {
        said.push(format!("without {}", listed(ipn.drop.iter().map(code), "and")));
    }
    if ipn.unknown {
        said.push("which PayPal never sent".to_owned());
    }
    said.extend(ipn.malformed.as_ref().map(|name| format!("malformed as {}", code(name))));
    said.extend(ipn.forge.as_ref().map(|name| format!("forged as {}", code(name))));
    said.extend(headers(ipn.headers.iter()));
    said.extend(times(ipn.repeat, ipn.at_once));
    said.extend(called(&ipn.name));
    format!("POST {}: {}", endpoint(Provider::Paypal), said.join(", "))
}

pub(super) fn query(query: &Query) -> String {
    let who = match query.credentials {
        Credentials::Right => "",
        Credentials::None => ", not signed",
        Credentials::WrongSecret => ", signed with a wrong secret",
        Credentials::Stale => ", signed 16 min ago",
        Credentials::OtherPath => ", signed for another path",
    };
    let keep: Vec<String> =
        query.keep.iter().map(|(name, at)| format!("{at} kept as {}", code(name))).collect();
    let keep = if keep.is_empty() { String::new() } else { format!(", {}", keep.join(", ")) };
    format!("{} /api/v1/transactions{}{who}{keep}", query.method, query.path)
}

pub(super) fn request(request: &Request) -> String {
    let mut said = Vec::new();
    if !request.body.is_empty() {
        said.push(format!("the body {}", code(&request.body)));
    }
    said.extend(headers(request.headers.iter()));
    said.extend(times(request.repeat, request.at_once));
    let said = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
    format!("{} {}{said}", request.method, request.path)
}

pub(super) fn drill(drill: &Drill) -> String {
    match drill {
        Drill::Rotate(whose) => {
            format!("the secrets of {} are rotated", listed(whose.as_slice().iter().cloned(), "and"))
        }
        Drill::Faults(faults) if faults.is_empty() => "no fault is in force any more".to_owned(),
        Drill::Faults(faults) => {
            let kind = plural(faults.len() as u64, "fault is put in", "faults are put in");
            format!("{kind}: {}", listed(faults.iter().map(code), "and"))
        }
        Drill::Postback(mode) => match mode {
            PostbackMode::Right => "PayPal answers again as it should",
            PostbackMode::Unavailable => "PayPal answers 503 from now on",
            PostbackMode::Nonsense => "PayPal answers neither VERIFIED nor INVALID from now on",
            PostbackMode::Silent => "PayPal does not answer in time from now on",
        }
        .to_owned(),
        Drill::Redrive(of) => format!("the dead letters of {} are redriven", code(of)),
        Drill::Compact(of) => format!("the day of {} is compacted", code(of)),
        Drill::InvokeAgain(of) => {
            format!("the processor is invoked once more with the dead letter of {}", code(of))
        }
        Drill::WaitMs(ms) => format!("{} pass", length(*ms)),
    }
}

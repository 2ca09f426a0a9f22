//! Wrong ways to check Square's signature, for the build with deliberate defects.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::{Claim, OLD_SIGNATURE_HEADER, SIGNATURE_HEADER, Secrets};
use crate::headers::Headers;
use crate::mutant::{self, Mutant};

/// What a wrong check looks at: headers as they are written.
#[derive(Clone, Default)]
pub(super) struct Said {
    host: String,
    signature: String,
    old_signature: String,
}

/// The claim that a wrong check is made on; `None` where none was asked for.
pub(super) fn claim(headers: &Headers<'_>) -> Option<Claim> {
    let wanted = [
        Mutant::SquareUrlFromHost,
        Mutant::SquareSha1Accepted,
        Mutant::SquareUrlNotSigned,
        Mutant::SquarePrefixCompared,
        Mutant::SquareShortSignatureAccepted,
        Mutant::SquareBase64ReadLoosely,
    ];
    if !wanted.into_iter().any(mutant::active) {
        return None;
    }
    let value = |name| headers.one(name).unwrap_or_default().to_owned();
    let there = headers.contains(SIGNATURE_HEADER)
        || (headers.contains(OLD_SIGNATURE_HEADER) && mutant::active(Mutant::SquareSha1Accepted));
    there.then(|| Claim {
        signature: [0; 32],
        said: Said {
            host: value("host"),
            signature: value(SIGNATURE_HEADER),
            old_signature: value(OLD_SIGNATURE_HEADER),
        },
    })
}

/// What a wrong check says; `None` where the right one is to be made.
pub(super) fn proven(claim: &Claim, body: &[u8], secrets: &Secrets) -> Option<bool> {
    let Said { host, signature, old_signature } = &claim.said;
    if signature.is_empty() && old_signature.is_empty() && host.is_empty() {
        return None;
    }
    Some(secrets.pairs.iter().any(|(key, url)| {
        let mac = |url: &str| sign(hmac::HMAC_SHA256, key, url, body);
        let standard = STANDARD.encode(mac(url));
        if mutant::active(Mutant::SquareUrlFromHost) {
            return *signature == STANDARD.encode(mac(&at_host(url, host)));
        }
        if mutant::active(Mutant::SquareUrlNotSigned) {
            return *signature == STANDARD.encode(mac(""));
        }
        if mutant::active(Mutant::SquareSha1Accepted) && !old_signature.is_empty() {
            let old = STANDARD.encode(sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key, url, body));
            return *old_signature == old || *signature == standard;
        }
        if mutant::active(Mutant::SquarePrefixCompared) {
            return signature.get(..8) == standard.get(..8);
        }
        if mutant::active(Mutant::SquareShortSignatureAccepted) {
            return standard.starts_with(signature.as_str());
        }
        if mutant::active(Mutant::SquareBase64ReadLoosely) {
            let given = signature.trim();
            let engines = [&STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
            return given == standard || engines.iter().any(|engine| given == engine.encode(mac(url)));
        }
        *signature == standard
    }))
}

fn sign(algorithm: hmac::Algorithm, key: &str, url: &str, body: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(algorithm, key.as_bytes());
    hmac::sign(&key, &[url.as_bytes(), body].concat()).as_ref().to_vec()
}

/// `url` at another host.
fn at_host(url: &str, host: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    format!("{scheme}://{host}{path}")
}

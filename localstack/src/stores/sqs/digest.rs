//! The MD5 digests by which SDKs check that a message arrived as it was sent.

use std::collections::BTreeMap;

use base64::Engine as _;
use s3s::crypto::{Checksum as _, Md5};

use super::messages::AttributeValue;
use crate::stores::hex;

/// MD5 of a body's UTF-8 bytes, in hex.
pub(super) fn of_body(body: &str) -> String {
    hex(Md5::checksum(body.as_bytes()).as_ref())
}

/// MD5 of attributes in hex, `None` without any: by name in order, each as length and bytes of name, of type, then
/// 1 (text) or 2 (binary) and length and bytes of the value; lengths are four bytes, big-endian. (SQS developer
/// guide, "Calculating the MD5 message digest for message attributes".)
pub(super) fn of_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, value) in attributes {
        sized(&mut digest, name.as_bytes());
        sized(&mut digest, value.data_type.as_bytes());
        if value.is_binary() {
            digest.update(&[2]);
            let encoded = value.binary_value.as_deref().unwrap_or_default();
            sized(
                &mut digest,
                &base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default(),
            );
        } else {
            digest.update(&[1]);
            sized(&mut digest, value.string_value.as_deref().unwrap_or_default().as_bytes());
        }
    }
    Some(hex(digest.finalize().as_ref()))
}

fn sized(digest: &mut Md5, bytes: &[u8]) {
    digest.update(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

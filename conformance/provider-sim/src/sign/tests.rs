//! Every vector file says where its numbers come from; none of them was made by this crate.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use super::mac::MacKey;
use super::{paypal, square, stripe};

fn vectors(name: &str) -> Value {
    let path = format!("{}/../vectors/provider-sim/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("vector file")).expect("JSON")
}

fn cases(file: &Value) -> &[Value] {
    let cases = file["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().expect("a text")
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

#[test]
fn hmac_sha256_agrees_with_rfc_4231() {
    for case in cases(&vectors("hmac-sha256")) {
        let (key, data) = (bytes(text(case, "key")), bytes(text(case, "data")));
        assert_eq!(stripe::hex(&MacKey::new(&key).sign(&[&data])), text(case, "mac"));
        let (head, tail) = data.split_at(data.len() / 3);
        assert_eq!(stripe::hex(&MacKey::new(&key).sign(&[head, b"", tail])), text(case, "mac"));
    }
}

#[test]
fn stripe_signatures_agree_with_pythons() {
    for case in cases(&vectors("stripe")) {
        let key = MacKey::new(text(case, "secret").as_bytes());
        let t = case["t"].as_i64().expect("seconds");
        assert_eq!(stripe::signature(&key, t, text(case, "body").as_bytes()), text(case, "v1"));
    }
}

#[test]
fn square_signatures_agree_with_pythons() {
    for case in cases(&vectors("square")) {
        let (key, url, body) =
            (text(case, "key"), text(case, "notification_url"), text(case, "body").as_bytes());
        assert_eq!(square::signature(&MacKey::new(key.as_bytes()), url, body), text(case, "sha256"));
        assert_eq!(square::old_signature(key, url, body), text(case, "sha1"));
    }
}

#[test]
fn paypal_messages_are_what_openssl_signed() {
    let file = vectors("paypal");
    let certificate = Certificate::from_pem(text(&file, "certificate")).expect("certificate");
    let key = certificate.tbs_certificate.subject_public_key_info.to_der().expect("DER");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    for case in cases(&file) {
        let message = paypal::message(
            text(case, "transmission_id"),
            text(case, "time"),
            text(case, "webhook_id"),
            text(case, "body").as_bytes(),
        );
        assert_eq!(message, text(case, "message"));
        let signature = STANDARD.decode(text(case, "signature")).expect("base64");
        key.verify(message.as_bytes(), &signature).expect("openssl's signature fits our message");
    }
}

fn official(name: &str) -> Value {
    let path = format!("{}/../vectors/official/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("vector file")).expect("JSON")
}

#[test]
fn stripe_headers_are_those_of_its_sdk() {
    let file = official("stripe");
    let (now, genuine) = (file["now"].as_i64().expect("seconds"), &file["vectors"][0]);
    let mac = stripe::signature(
        &MacKey::new(text(&file, "secret").as_bytes()),
        now,
        text(genuine, "body").as_bytes(),
    );
    assert_eq!(stripe::header(now, &mac), text(&file, "genuine_header"));
}

#[test]
fn square_signatures_are_those_that_its_sdk_accepts() {
    let file = official("square");
    for vector in file["vectors"].as_array().expect("vectors") {
        let key = MacKey::new(text(vector, "key").as_bytes());
        let made = square::signature(&key, text(vector, "notification_url"), text(vector, "body").as_bytes());
        let accepted = text(vector, "sdk") == "accept" || vector["body"] == "";
        assert_eq!(made == text(vector, "signature"), accepted, "{}", text(vector, "name"));
    }
}

#[test]
fn paypal_messages_are_those_of_its_sdk() {
    let file = official("paypal");
    for vector in file["vectors"].as_array().expect("vectors") {
        let [id, time, webhook_id, body] =
            ["transmission_id", "time", "webhook_id", "body"].map(|name| text(vector, name));
        assert_eq!(paypal::message(id, time, webhook_id, body.as_bytes()), text(vector, "message"));
    }
}

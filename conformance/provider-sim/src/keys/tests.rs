use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::*;
use crate::provider::Provider;
use crate::witness::{KEYS, NOW_MS, SQUARE_URL};

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().expect("PEM")
}

#[test]
fn the_chain_leads_from_the_leaf_to_the_root() {
    let chain = certificates(&KEYS.paypal.chain_pem);
    let root = certificates(KEYS.paypal_trust_root_pem());
    assert_eq!((chain.len(), root.len()), (2, 1));
    let anchors = [anchor_from_trusted_cert(&root[0]).expect("anchor")];
    let leaf = EndEntityCert::try_from(&chain[0]).expect("leaf");
    let verify = |intermediates: &[CertificateDer<'_>], now_ms: i64| {
        let now = UnixTime::since_unix_epoch(Duration::from_millis(now_ms.unsigned_abs()));
        let usage = KeyUsage::server_auth();
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, intermediates, now, usage, None, None).is_ok()
    };
    assert!(verify(&chain[1..], NOW_MS));
    assert!(!verify(&[], NOW_MS), "the intermediate is needed");
    assert!(!verify(&chain[1..], 2_600_000_000_000), "not valid for ever");
    leaf.verify_is_valid_for_subject_name(&"messageverificationcerts.paypal.com".try_into().expect("name"))
        .expect("the SAN names PayPal's signer");
}

#[test]
fn the_leaf_certifies_the_pair_that_signs_under_paypals_name() {
    let chain = certificates(&KEYS.paypal.chain_pem);
    let leaf = Certificate::from_der(&chain[0]).expect("certificate").tbs_certificate;
    assert!(leaf.subject.to_string().contains("CN=messageverificationcerts.paypal.com"), "{}", leaf.subject);
    let key = leaf.subject_public_key_info.subject_public_key.raw_bytes();
    assert_eq!(key, KEYS.paypal.leaf.public_key_raw());
    // A modulus of 2048 bits, the exponent 65537 and their DER frame.
    assert_eq!(key.len(), 270);
    assert!(KEYS.paypal.cert_url.ends_with(&KEYS.paypal.cert_name));
}

#[test]
fn secrets_follow_the_seed_and_the_rsa_pair_does_not() {
    let again = Keys::generate(7, SQUARE_URL).expect("keys");
    assert_eq!(again.secrets_json(), KEYS.secrets_json());
    assert_ne!(again.paypal.cert_url, KEYS.paypal.cert_url);
    let other = Keys::generate(8, SQUARE_URL).expect("keys");
    assert_ne!(other.stripe.secret, again.stripe.secret);
    assert_ne!(other.square.key, again.square.key);
    assert_ne!(other.paypal.webhook_id, again.paypal.webhook_id);
    assert!(again.stripe.secret.starts_with("whsec_") && again.stripe.secret.len() == 38);
}

#[test]
fn a_secrets_file_is_taken_over_as_it_is_written() {
    let secrets = json!({
        "stripe": { "secret": "whsec_of_the_file" },
        "square": { "key": "k", "notification_url": "https://example.com/hook" },
        "paypal": { "webhook_id": "0EH40505U7160970P", "client_id": "AX", "client_secret": "EX" },
    });
    let keys = Keys::from_secrets_json(&secrets, 1, SQUARE_URL).expect("keys");
    assert_eq!(keys.secrets_json(), secrets);

    // A receiver that verifies offline has no client of PayPal's API.
    let offline = json!({ "paypal": { "webhook_id": "0EH40505U7160970P" } });
    let keys = Keys::from_secrets_json(&offline, 7, SQUARE_URL).expect("keys").secrets_json();
    assert_eq!(keys["paypal"]["webhook_id"], "0EH40505U7160970P");
    assert_eq!(keys["paypal"]["client_id"], KEYS.secrets_json()["paypal"]["client_id"]);

    let partly = json!({ "stripe": { "secret": "whsec_of_the_file" } });
    let keys = Keys::from_secrets_json(&partly, 7, SQUARE_URL).expect("keys").secrets_json();
    assert_eq!(keys["stripe"], partly["stripe"]);
    assert_eq!(
        (&keys["square"], &keys["paypal"]),
        (&KEYS.secrets_json()["square"], &KEYS.secrets_json()["paypal"])
    );
}

#[test]
fn secrets_of_another_form_are_an_error_that_names_the_field() {
    for (secrets, message) in [
        (json!({ "stripe": {} }), "secrets: stripe.secret must be a non-empty string"),
        (json!({ "stripe": "whsec_hidden" }), "secrets: stripe.secret must be a non-empty string"),
        (
            json!({ "square": { "key": "hidden" } }),
            "secrets: square.notification_url must be a non-empty string",
        ),
        (json!({ "paypal": { "webhook_id": "" } }), "secrets: paypal.webhook_id must be a non-empty string"),
        (json!({ "paypal": {} }), "secrets: paypal.webhook_id must be a non-empty string"),
        (
            json!({ "paypal": { "webhook_id": "W", "client_secret": 7 } }),
            "secrets: paypal.client_secret must be a non-empty string",
        ),
    ] {
        assert_eq!(
            Keys::from_secrets_json(&secrets, 1, SQUARE_URL).expect_err("refused").to_string(),
            message
        );
    }
}

#[test]
fn a_rotation_changes_every_secret_and_no_certificate() {
    let rotated = KEYS.rotated().expect("keys");
    let (old, new) = (KEYS.secrets_json(), rotated.secrets_json());
    for changed in ["/stripe/secret", "/square/key", "/paypal/webhook_id"] {
        assert_ne!(old.pointer(changed), new.pointer(changed), "{changed}");
        let length = |of: &Value| of.pointer(changed).and_then(Value::as_str).map(str::len);
        assert_eq!(length(&old), length(&new), "{changed}");
    }
    assert_eq!(old["square"]["notification_url"], new["square"]["notification_url"]);
    assert_eq!(rotated.paypal.cert_url, KEYS.paypal.cert_url);
    assert_eq!(rotated.paypal.chain_pem, KEYS.paypal.chain_pem);
    assert_eq!(rotated.paypal.leaf.public_key_raw(), KEYS.paypal.leaf.public_key_raw());
    assert_eq!(KEYS.rotated().expect("keys").secrets_json(), new, "a run can be repeated");
    assert_ne!(rotated.rotated().expect("keys").secrets_json(), old, "no rotation leads back");
}

#[test]
fn one_provider_is_rotated_alone_and_never_back() {
    let (mut seen, mut keys) = (Vec::new(), KEYS.rotated_for(&[Provider::Square]).expect("keys"));
    for _ in 0..3 {
        let secrets = keys.secrets_json();
        assert_eq!(secrets["stripe"], KEYS.secrets_json()["stripe"]);
        assert_eq!(secrets["paypal"], KEYS.secrets_json()["paypal"]);
        assert!(!seen.contains(&secrets["square"]));
        seen.push(secrets["square"].clone());
        keys = keys.rotated_for(&[Provider::Square]).expect("keys");
    }
}

#[test]
fn false_certificates_are_of_the_signing_pair_and_each_another() {
    let genuine = certificates(&KEYS.paypal.chain_pem);
    let mut names = Vec::new();
    for one in &KEYS.paypal.false_certificates {
        let chain = certificates(&one.pem);
        assert_eq!(chain.len(), genuine.len(), "{}", one.flaw);
        assert_ne!(chain[0], genuine[0], "{}", one.flaw);
        names.push(one.name.as_str());
    }
    names.dedup();
    assert_eq!(names.len(), 4);
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", *KEYS), "Keys(secret)");
}

//! PayPal's certificate chains: only PayPal's own key is ever trusted, and reading a chain costs no more than its size.
//!
//! Input: a byte that says how to read the rest (PEM text, or the DER of a leaf that is put before the intermediate), a byte
//! that chooses the time, the rest.
//!
//! The chain in `fixtures/` was made for this purpose; its private keys were thrown away.

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use webhook_core::certificate::{MAX_CHAIN_BYTES, TrustRoots, TrustedCertificate};
use webhook_core::reject::Reject;
use webhook_core::unix_time::UnixTime;

use crate::input;

/// A time at which the chain in `fixtures/` is valid: 2025-11-21T18:33:20Z.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);

/// Before the chain was valid (2020), while it is, and after (2065).
const TIMES: [UnixTime; 3] = [UnixTime::from_secs(1_577_836_800), NOW, UnixTime::from_secs(2_997_993_600)];

const ROOT: &str = include_str!("../fixtures/root.pem");
const CHAIN: &str = include_str!("../fixtures/chain.pem");

static ROOTS: LazyLock<TrustRoots> = LazyLock::new(|| match TrustRoots::from_pem(ROOT.as_bytes()) {
    Ok(roots) => roots,
    Err(error) => panic!("fixtures/root.pem: {error}"),
});

static TRUSTED: LazyLock<Arc<TrustedCertificate>> =
    LazyLock::new(|| match TrustedCertificate::from_pem(CHAIN.as_bytes(), &ROOTS, NOW) {
        Ok(certificate) => Arc::new(certificate),
        Err(reject) => panic!("fixtures/chain.pem: {reject}"),
    });

/// A certificate that is trusted, and whose private key nobody has.
pub(crate) fn trusted() -> Arc<TrustedCertificate> {
    Arc::clone(&TRUSTED)
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input::choice(input) else { return };
    let Some((when, rest)) = input::choice(rest) else { return };
    let now = TIMES[usize::from(when) % TIMES.len()];
    let pem = if how % 2 == 0 { rest.to_vec() } else { leaf_before_intermediate(rest) };
    match TrustedCertificate::from_pem(&pem, &ROOTS, now) {
        Ok(certificate) => trusts_paypal_only(&pem, &certificate, now),
        Err(Reject::CertificateUntrusted | Reject::CertificateExpired) => {}
        Err(other) => panic!("a chain cannot be refused as {other:?}"),
    }
    // An operator's file: it may be refused, and it must not be more than it says.
    drop(TrustRoots::from_pem(&pem[..pem.len().min(MAX_CHAIN_BYTES)]));
    assert!(!TRUSTED.signed(&pem, rest), "a signature was made without the key");
}

/// The DER as a PEM block, followed by the real intermediate.
fn leaf_before_intermediate(der: &[u8]) -> Vec<u8> {
    let mark = "-----END CERTIFICATE-----";
    let intermediate = CHAIN.find(mark).map_or("", |at| CHAIN[at + mark.len()..].trim_start());
    format!("-----BEGIN CERTIFICATE-----\n{}\n{mark}\n{intermediate}", STANDARD.encode(der)).into_bytes()
}

fn trusts_paypal_only(pem: &[u8], certificate: &TrustedCertificate, now: UnixTime) {
    assert!(pem.len() <= MAX_CHAIN_BYTES, "{} bytes were read", pem.len());
    assert_eq!(now, NOW, "the chain is valid then and only then");
    let first = |text: &[u8]| CertificateDer::pem_slice_iter(text).next().and_then(Result::ok);
    assert!(first(pem).is_some() && first(pem) == first(CHAIN.as_bytes()), "another leaf is trusted");
    assert_eq!(certificate.check_validity(NOW), Ok(()));
    for time in [TIMES[0], TIMES[2]] {
        assert_eq!(certificate.check_validity(time), Err(Reject::CertificateExpired));
    }
}

use rcgen::{DnValue, ExtendedKeyUsagePurpose, KeyPair};

use super::test_pki::{LIVE_NAME, Leaf, NOW, PKI, Pki, SANDBOX_NAME};
use super::*;

#[track_caller]
fn check(pem: &str, expected: Result<(), Reject>) {
    assert_eq!(TrustedCertificate::from_pem(pem.as_bytes(), &PKI.roots(), NOW).map(drop), expected);
}

#[track_caller]
fn check_leaf(leaf: Leaf, expected: Result<(), Reject>) {
    check(&PKI.chain(&leaf), expected);
}

fn named(name: &str) -> Vec<DnValue> {
    vec![DnValue::Utf8String(name.to_owned())]
}

#[test]
fn a_chain_to_the_root_under_paypals_names_is_trusted() {
    check_leaf(Leaf::default(), Ok(()));
    check_leaf(Leaf { names: named(SANDBOX_NAME), ..Leaf::default() }, Ok(()));
    let printable = vec![DnValue::PrintableString(LIVE_NAME.try_into().unwrap())];
    check_leaf(Leaf { names: printable, ..Leaf::default() }, Ok(()));
    check_leaf(Leaf { usage: vec![], ..Leaf::default() }, Ok(()));
}

#[test]
fn other_names_are_not_paypals() {
    for name in [
        "paypal.com",
        "messageverificationcerts.paypal.com.evil.example",
        "xmessageverificationcerts.paypal.com",
        "",
    ] {
        check_leaf(Leaf { names: named(name), ..Leaf::default() }, Err(Reject::CertificateUntrusted));
    }
    check_leaf(Leaf { names: vec![], ..Leaf::default() }, Err(Reject::CertificateUntrusted));
    let wide = vec![DnValue::BmpString(LIVE_NAME.try_into().unwrap())];
    check_leaf(Leaf { names: wide, ..Leaf::default() }, Err(Reject::CertificateUntrusted));
}

#[test]
fn a_chain_that_does_not_lead_to_the_root_is_refused() {
    let (leaf, intermediate) = PKI.parts(&Leaf::default());
    check(&leaf, Err(Reject::CertificateUntrusted));
    check(&format!("{intermediate}{leaf}"), Err(Reject::CertificateUntrusted));
    let (_, other_intermediate) = PKI.parts(&Leaf::default());
    check(&format!("{leaf}{other_intermediate}"), Err(Reject::CertificateUntrusted));
    check(&Pki::new().chain(&Leaf::default()), Err(Reject::CertificateUntrusted));
    check(&PKI.root_pem, Err(Reject::CertificateUntrusted));
    let web = TrustedCertificate::from_pem(PKI.chain(&Leaf::default()).as_bytes(), &TrustRoots::web(), NOW);
    assert_eq!(web.map(drop), Err(Reject::CertificateUntrusted));
}

#[test]
fn certificates_for_another_purpose_or_key_are_refused() {
    let client_only = vec![ExtendedKeyUsagePurpose::ClientAuth];
    check_leaf(Leaf { usage: client_only, ..Leaf::default() }, Err(Reject::CertificateUntrusted));
    check_leaf(Leaf { critical_extension: true, ..Leaf::default() }, Err(Reject::CertificateUntrusted));
    let elliptic = KeyPair::generate().unwrap();
    let (leaf, intermediate) = PKI.parts_for(&Leaf::default(), &elliptic);
    check(&format!("{leaf}{intermediate}"), Err(Reject::CertificateUntrusted));
}

#[test]
fn every_certificate_of_the_chain_must_be_valid_now() {
    check_leaf(Leaf { not_after: (2025, 11, 21), ..Leaf::default() }, Err(Reject::CertificateExpired));
    check_leaf(Leaf { not_before: (2025, 11, 22), ..Leaf::default() }, Err(Reject::CertificateExpired));
    let chain = PKI.chain(&Leaf { intermediate_not_after: (2025, 11, 21), ..Leaf::default() });
    assert!(TrustedCertificate::from_pem(chain.as_bytes(), &PKI.roots(), NOW).is_err());
    let before_1970 = UnixTime::from_secs(-5);
    let chain = PKI.chain(&Leaf::default());
    let found = TrustedCertificate::from_pem(chain.as_bytes(), &PKI.roots(), before_1970).map(drop);
    assert_eq!(found, Err(Reject::CertificateExpired));
}

#[test]
fn a_kept_certificate_runs_out_with_the_first_of_its_chain() {
    const DAY: i64 = 86_400;
    let leaf = Leaf { not_after: (2025, 11, 23), intermediate_not_after: (2025, 11, 22), ..Leaf::default() };
    let trusted = TrustedCertificate::from_pem(PKI.chain(&leaf).as_bytes(), &PKI.roots(), NOW).unwrap();
    let midnight = 1_763_769_600; // 2025-11-22T00:00:00Z
    assert_eq!(trusted.check_validity(UnixTime::from_secs(midnight)), Ok(()));
    assert_eq!(trusted.check_validity(UnixTime::from_secs(midnight + 1)), Err(Reject::CertificateExpired));
    assert_eq!(
        trusted.check_validity(UnixTime::from_secs(midnight - 400 * DAY)),
        Err(Reject::CertificateExpired)
    );
}

#[test]
fn the_key_proves_what_it_signed_and_nothing_else() {
    use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let chain = PKI.chain(&Leaf::default());
    let trusted = TrustedCertificate::from_pem(chain.as_bytes(), &PKI.roots(), NOW).unwrap();
    let signature = STANDARD.decode(PKI.sign("message")).unwrap();
    assert!(trusted.signed(b"message", &signature));
    assert!(!trusted.signed(b"massage", &signature));
    assert!(!trusted.signed(b"message", &signature[1..]));
    assert!(!trusted.signed(b"message", &[]));

    let pair = RsaKeyPair::from_pkcs8(&PKI.key.serialize_der()).unwrap();
    let mut other_padding = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &aws_lc_rs::rand::SystemRandom::new(), b"message", &mut other_padding)
        .unwrap();
    assert!(!trusted.signed(b"message", &other_padding), "PSS is not what PayPal signs with");
}

#[test]
fn what_is_no_chain_is_refused() {
    check("", Err(Reject::CertificateUntrusted));
    check("<html>404</html>", Err(Reject::CertificateUntrusted));
    check(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        Err(Reject::CertificateUntrusted),
    );
    let chain = PKI.chain(&Leaf::default());
    check(&chain[..chain.len() / 2], Err(Reject::CertificateUntrusted));
    check(&chain.repeat(5), Err(Reject::CertificateUntrusted));
    check(&format!("{chain}{}", " ".repeat(MAX_CHAIN_BYTES)), Err(Reject::CertificateUntrusted));
}

#[test]
fn roots_must_be_certificates() {
    assert!(TrustRoots::from_pem(b"").is_err());
    assert!(TrustRoots::from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
    assert!(TrustRoots::from_pem(PKI.root_pem.as_bytes()).is_ok());
    assert!(!TrustRoots::web().0.is_empty());
}

#[test]
fn the_further_roots_are_what_their_readme_says() {
    let readme = include_str!("../../roots/README.md");
    for pem in FURTHER_PAYPAL_ROOTS {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect();
        let [root] = certificates.as_slice() else {
            panic!("{} certificates in one file", certificates.len())
        };
        let fingerprint = crate::sha256::hex(&crate::sha256::of(root));
        assert!(readme.contains(&fingerprint), "{fingerprint}");
        let parsed = x509_cert::Certificate::from_der(root).unwrap();
        assert_eq!(parsed.tbs_certificate.issuer, parsed.tbs_certificate.subject, "a root signs itself");
        let anchor = TrustRoots::from_pem(pem).unwrap().0.remove(0);
        let known = |roots: TrustRoots| roots.0.iter().any(|root| root.subject == anchor.subject);
        assert!(known(TrustRoots::paypal()));
        assert!(!known(TrustRoots::web()), "Mozilla's set has it again: then it need not be here");
    }
    assert_eq!(TrustRoots::paypal().0.len(), TrustRoots::web().0.len() + FURTHER_PAYPAL_ROOTS.len());
}

#[test]
fn roots_can_be_added() {
    let chain = PKI.chain(&Leaf::default());
    let trusted = |roots: &TrustRoots| TrustedCertificate::from_pem(chain.as_bytes(), roots, NOW).map(drop);
    assert_eq!(trusted(&TrustRoots::paypal()), Err(Reject::CertificateUntrusted));
    assert_eq!(trusted(&TrustRoots::paypal().and(PKI.roots())), Ok(()));
}

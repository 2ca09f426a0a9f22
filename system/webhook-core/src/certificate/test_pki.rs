//! A small certificate authority for tests: root → intermediate → PayPal's (or anybody's) signing certificate.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SigningKey, date_time_ymd,
};

use super::TrustRoots;
use crate::unix_time::UnixTime;

pub(crate) const LIVE_NAME: &str = "messageverificationcerts.paypal.com";
pub(crate) const SANDBOX_NAME: &str = "messageverificationcerts.sandbox.paypal.com";

/// 2025-11-21T18:33:20Z: every certificate is valid at this time unless a test says otherwise.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);

/// One for all tests: RSA keys take a while to make.
pub(crate) static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

pub(crate) struct Pki {
    pub(crate) root_pem: String,
    root: Issuer<'static, KeyPair>,
    pub(crate) key: KeyPair,
}

/// What to make.
pub(crate) struct Leaf {
    pub(crate) names: Vec<DnValue>,
    pub(crate) not_before: (i32, u8, u8),
    pub(crate) not_after: (i32, u8, u8),
    pub(crate) intermediate_not_after: (i32, u8, u8),
    pub(crate) usage: Vec<ExtendedKeyUsagePurpose>,
    pub(crate) critical_extension: bool,
}

impl Default for Leaf {
    fn default() -> Self {
        Self {
            names: vec![DnValue::Utf8String(LIVE_NAME.to_owned())],
            not_before: (2025, 1, 1),
            not_after: (2026, 1, 1),
            intermediate_not_after: (2030, 1, 1),
            usage: vec![ExtendedKeyUsagePurpose::ServerAuth],
            critical_extension: false,
        }
    }
}

fn authority(name: &str, not_after: (i32, u8, u8)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(not_after.0, not_after.1, not_after.2);
    params
}

impl Pki {
    pub(crate) fn new() -> Self {
        let params = authority("Test Root", (2040, 1, 1));
        let key = KeyPair::generate().unwrap();
        let root_pem = params.self_signed(&key).unwrap().pem();
        let root = Issuer::new(params, key);
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        Self { root_pem, root, key }
    }

    pub(crate) fn roots(&self) -> TrustRoots {
        TrustRoots::from_pem(self.root_pem.as_bytes()).unwrap()
    }

    /// (PEM of the leaf, PEM of its intermediate).
    pub(crate) fn parts(&self, leaf: &Leaf) -> (String, String) {
        self.parts_for(leaf, &self.key)
    }

    pub(crate) fn parts_for(&self, leaf: &Leaf, key: &KeyPair) -> (String, String) {
        let intermediate_params = authority("Test Intermediate", leaf.intermediate_not_after);
        let intermediate_key = KeyPair::generate().unwrap();
        let intermediate_pem = intermediate_params.signed_by(&intermediate_key, &self.root).unwrap().pem();
        let intermediate = Issuer::new(intermediate_params, intermediate_key);

        let mut params = CertificateParams::default();
        for name in &leaf.names {
            params.distinguished_name.push(DnType::OrganizationName, "Somebody, Inc.");
            params.distinguished_name.push(DnType::CommonName, name.clone());
        }
        params.extended_key_usages = leaf.usage.clone();
        let (year, month, day) = leaf.not_before;
        params.not_before = date_time_ymd(year, month, day);
        let (year, month, day) = leaf.not_after;
        params.not_after = date_time_ymd(year, month, day);
        if leaf.critical_extension {
            let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
            extension.set_criticality(true);
            params.custom_extensions.push(extension);
        }
        (params.signed_by(key, &intermediate).unwrap().pem(), intermediate_pem)
    }

    /// Leaf and intermediate in one text, as PayPal serves them.
    pub(crate) fn chain(&self, leaf: &Leaf) -> String {
        let (leaf, intermediate) = self.parts(leaf);
        format!("{leaf}{intermediate}")
    }

    /// Base64 of the RSA PKCS#1 v1.5 signature with SHA-256.
    pub(crate) fn sign(&self, message: &str) -> String {
        STANDARD.encode(self.key.sign(message.as_bytes()).unwrap())
    }
}

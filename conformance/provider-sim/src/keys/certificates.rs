//! A certificate authority of our own in PayPal's place: root, intermediate, and the leaf that certifies the RSA
//! pair which signs the webhooks. The two authorities use P-256, since generating RSA pairs is what takes time.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use sha2::{Digest as _, Sha256};

use crate::sign::stripe::hex;

/// The name PayPal's live certificate carries.
const COMMON_NAME: &str = "messageverificationcerts.paypal.com";

/// A chain and the key at its end.
pub(super) struct Issued {
    pub(super) leaf: KeyPair,
    pub(super) chain_pem: String,
    pub(super) trust_root_pem: String,
    /// `CERT-…`, from the leaf's own bytes: another pair is served under another URL, so that a receiver's cache
    /// can never mix up two runs.
    pub(super) name: String,
}

/// A new RSA pair of 2048 bits.
pub(super) fn rsa_pair() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
}

/// Issues a chain, valid from 2020 to 2049.
pub(super) fn issue() -> Result<Issued, rcgen::Error> {
    let root_key = KeyPair::generate()?;
    let root_params = authority("Peakproof Test Root", 1);
    let root = root_params.self_signed(&root_key)?;
    let root_issuer = Issuer::new(root_params, root_key);

    let intermediate_key = KeyPair::generate()?;
    let intermediate_params = authority("Peakproof Test Intermediate", 0);
    let intermediate = intermediate_params.signed_by(&intermediate_key, &root_issuer)?;
    let intermediate_issuer = Issuer::new(intermediate_params, intermediate_key);

    let leaf_key = rsa_pair()?;
    let mut leaf_params = CertificateParams::new(vec![COMMON_NAME.to_owned()])?;
    plain_until_2049(&mut leaf_params);
    leaf_params.distinguished_name.push(DnType::CommonName, COMMON_NAME);
    leaf_params.distinguished_name.push(DnType::OrganizationName, "Peakproof tests, not PayPal");
    leaf_params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    leaf_params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = leaf_params.signed_by(&leaf_key, &intermediate_issuer)?;

    let print = hex(&Sha256::digest(leaf.der()));
    Ok(Issued {
        leaf: leaf_key,
        chain_pem: leaf.pem() + &intermediate.pem(),
        trust_root_pem: root.pem(),
        name: format!("CERT-{}-{}-{}", &print[..8], &print[8..16], &print[16..24]),
    })
}

fn authority(name: &str, intermediates: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    plain_until_2049(&mut params);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(intermediates));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Without rcgen's default name, and valid at any time a test may choose.
fn plain_until_2049(params: &mut CertificateParams) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
}

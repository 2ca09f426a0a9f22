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
    pub(super) false_certificates: Vec<FalseCertificate>,
}

/// A certificate of the signing pair that a receiver must not believe.
#[derive(Clone)]
pub(crate) struct FalseCertificate {
    /// What is wrong with it.
    pub(crate) flaw: &'static str,
    /// `CERT-…`, under which it is served.
    pub(crate) name: String,
    /// The chain, PEM.
    pub(crate) pem: String,
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
    let leaf = signer(COMMON_NAME, (2020, 2049))?.signed_by(&leaf_key, &intermediate_issuer)?;

    let print = hex(&Sha256::digest(leaf.der()));
    let name = format!("CERT-{}-{}-{}", &print[..8], &print[8..16], &print[16..24]);
    let false_certificates = false_certificates(&name, &leaf_key, &intermediate_issuer, &intermediate.pem())?;
    Ok(Issued {
        leaf: leaf_key,
        chain_pem: leaf.pem() + &intermediate.pem(),
        trust_root_pem: root.pem(),
        name,
        false_certificates,
    })
}

/// Certificates of the same pair, each wrong in one way, so that nothing but that way speaks against a signature.
fn false_certificates(
    name: &str,
    leaf_key: &KeyPair,
    issuer: &Issuer<'_, KeyPair>,
    issuer_pem: &str,
) -> Result<Vec<FalseCertificate>, rcgen::Error> {
    let stranger_key = KeyPair::generate()?;
    let stranger_params = authority("Nobody's Root", 0);
    let stranger_pem = stranger_params.self_signed(&stranger_key)?.pem();
    let stranger = Issuer::new(stranger_params, stranger_key);
    let untrusted = signer(COMMON_NAME, (2020, 2049))?.signed_by(leaf_key, &stranger)?.pem() + &stranger_pem;
    let issued = |common_name, years| -> Result<String, rcgen::Error> {
        Ok(signer(common_name, years)?.signed_by(leaf_key, issuer)?.pem() + issuer_pem)
    };
    let chains = [
        ("untrusted", untrusted),
        ("other-name", issued("shop.example.com", (2020, 2049))?),
        ("expired", issued(COMMON_NAME, (2020, 2021))?),
        ("not-yet-valid", issued(COMMON_NAME, (2048, 2049))?),
    ];
    let chains = chains.into_iter();
    Ok(chains.map(|(flaw, pem)| FalseCertificate { flaw, name: format!("{name}-{flaw}"), pem }).collect())
}

/// A certificate for signing, valid from the beginning of the first year to the end of the last.
fn signer(common_name: &str, (first_year, last_year): (i32, i32)) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(vec![common_name.to_owned()])?;
    plain_until_2049(&mut params);
    params.not_before = date_time_ymd(first_year, 1, 1);
    params.not_after = date_time_ymd(last_year, 12, 31);
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.distinguished_name.push(DnType::OrganizationName, "Peakproof tests, not PayPal");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
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

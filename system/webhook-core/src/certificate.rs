//! PayPal's signing certificates: a PEM chain becomes a public key once it is proven to lead to a trusted root, to
//! carry PayPal's name and to be valid at a given time. The key is kept; the chain is not walked for each delivery.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime as PkiTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Tag, Tagged};

use crate::mutant::{self, Mutant};
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// Names PayPal signs webhooks under, live and sandbox.
const COMMON_NAMES: [&[u8]; 2] =
    [b"messageverificationcerts.paypal.com", b"messageverificationcerts.sandbox.paypal.com"];

/// The attribute type `commonName` (X.520).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Most certificates looked at in one chain; real ones have two or three.
const MAX_CHAIN: usize = 8;

/// Largest chain looked at, in bytes of PEM text.
pub const MAX_CHAIN_BYTES: usize = 32 * 1024;

/// Roots that PayPal's certificates may lead to although Mozilla's TLS set has them no more. Where they are from, and why they are
/// here, is in `roots/README.md`.
const FURTHER_PAYPAL_ROOTS: [&[u8]; 2] = [
    include_bytes!("../roots/DigiCert_High_Assurance_EV_Root_CA.pem"),
    include_bytes!("../roots/DigiCert_Global_Root_CA.pem"),
];

/// Where certificates must come from.
pub struct TrustRoots(Vec<TrustAnchor<'static>>);

/// A text holds no usable root certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no usable root certificate in the given PEM text")]
pub struct NoTrustRoot;

impl TrustRoots {
    /// Mozilla's root programme, as compiled in.
    #[must_use]
    pub fn web() -> Self {
        Self(webpki_roots::TLS_SERVER_ROOTS.to_vec())
    }

    /// What PayPal's signing certificates may lead to: Mozilla's root programme, and DigiCert's first generation of roots.
    #[must_use]
    pub fn paypal() -> Self {
        // A test makes sure that each of them can be read.
        let further = FURTHER_PAYPAL_ROOTS.into_iter().filter_map(|pem| Self::from_pem(pem).ok());
        further.fold(Self::web(), Self::and)
    }

    /// These, and `more`.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Only the given root certificates (PEM), for tests and the embedded cloud.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoTrustRoot> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.map_err(|_| NoTrustRoot)?;
        let anchors: Result<Vec<_>, _> =
            certificates.iter().map(|c| webpki::anchor_from_trusted_cert(c).map(|a| a.to_owned())).collect();
        match anchors {
            Ok(anchors) if !anchors.is_empty() => Ok(Self(anchors)),
            Ok(_) | Err(_) => Err(NoTrustRoot),
        }
    }
}

/// The public key of a certificate that was proven to be PayPal's.
pub struct TrustedCertificate {
    key: ParsedPublicKey,
    /// The time in which every certificate of the chain is valid.
    validity: Validity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Validity {
    not_before_secs: i64,
    not_after_secs: i64,
}

impl TrustedCertificate {
    /// Takes a PEM chain, end entity first. It must lead through its intermediates to one of `roots`, carry one of PayPal's
    /// common names, be valid at `now`, and hold an RSA key of 2048 to 8192 bits.
    pub fn from_pem(pem: &[u8], roots: &TrustRoots, now: UnixTime) -> Result<Self, Reject> {
        let chain = read_chain(pem)?;
        let (leaf, intermediates) = chain.split_first().ok_or(Reject::CertificateUntrusted)?;
        let end_entity = EndEntityCert::try_from(leaf).map_err(|_| Reject::CertificateUntrusted)?;
        let parsed = x509_cert::Certificate::from_der(leaf).map_err(|_| Reject::CertificateUntrusted)?;
        let key = || {
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, end_entity.subject_public_key_info())
                .map_err(|_| Reject::CertificateUntrusted)
        };
        if mutant::active(Mutant::PaypalCertificateChainNotChecked) && is_named_for_paypal(&parsed) {
            return Ok(Self { key: key()?, validity: validity_of(&parsed) });
        }
        let validity_ignored = mutant::active(Mutant::PaypalCertificateValidityNotChecked);
        let at_secs = if validity_ignored { validity_of(&parsed).not_before_secs } else { now.secs() };
        let seconds = u64::try_from(at_secs).map_err(|_| Reject::CertificateExpired)?;
        let path = end_entity
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &roots.0,
                intermediates,
                PkiTime::since_unix_epoch(std::time::Duration::from_secs(seconds)),
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(|error| why_not(&error))?;

        if !is_named_for_paypal(&parsed) && !mutant::active(Mutant::PaypalCertificateNameNotChecked) {
            return Err(Reject::CertificateUntrusted);
        }
        let mut validity = validity_of(&parsed);
        for intermediate in path.intermediate_certificates() {
            let der = intermediate.der();
            let parsed = x509_cert::Certificate::from_der(&der).map_err(|_| Reject::CertificateUntrusted)?;
            validity = validity.intersect(validity_of(&parsed));
        }
        Ok(Self { key: key()?, validity })
    }

    /// Checks the validity again: a cached certificate may have run out.
    pub fn check_validity(&self, now: UnixTime) -> Result<(), Reject> {
        let Validity { not_before_secs, not_after_secs } = self.validity;
        let ignored = mutant::active(Mutant::PaypalCertificateValidityNotChecked);
        if (not_before_secs..=not_after_secs).contains(&now.secs()) || ignored {
            Ok(())
        } else {
            Err(Reject::CertificateExpired)
        }
    }

    /// Whether `signature` (RSA PKCS#1 v1.5 with SHA-256) of `message` was made with the certificate's key.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl Validity {
    fn intersect(self, other: Self) -> Self {
        Self {
            not_before_secs: self.not_before_secs.max(other.not_before_secs),
            not_after_secs: self.not_after_secs.min(other.not_after_secs),
        }
    }
}

fn read_chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Reject> {
    if pem.len() > MAX_CHAIN_BYTES {
        return Err(Reject::CertificateUntrusted);
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(MAX_CHAIN + 1).collect();
    match chain {
        Ok(chain) if chain.len() <= MAX_CHAIN => Ok(chain),
        Ok(_) | Err(_) => Err(Reject::CertificateUntrusted),
    }
}

fn why_not(error: &webpki::Error) -> Reject {
    match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            Reject::CertificateExpired
        }
        _ => Reject::CertificateUntrusted,
    }
}

/// Exactly one common name, and it is one of PayPal's.
fn is_named_for_paypal(certificate: &x509_cert::Certificate) -> bool {
    let attributes = certificate.tbs_certificate.subject.0.iter().flat_map(|name| name.0.iter());
    let mut names = attributes.filter(|attribute| attribute.oid == COMMON_NAME);
    match (names.next(), names.next()) {
        (Some(name), None) => COMMON_NAMES.iter().any(|expected| is_text(name, expected)),
        _ => false,
    }
}

/// Compared as bytes, and only in string types whose bytes are ASCII for these names.
fn is_text(attribute: &AttributeTypeAndValue, expected: &[u8]) -> bool {
    let readable = matches!(attribute.value.tag(), Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
    readable && attribute.value.value() == expected
}

fn validity_of(certificate: &x509_cert::Certificate) -> Validity {
    let validity = &certificate.tbs_certificate.validity;
    let secs =
        |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Validity { not_before_secs: secs(&validity.not_before), not_after_secs: secs(&validity.not_after) }
}

#[cfg(test)]
pub(crate) mod test_pki;
#[cfg(test)]
mod tests;

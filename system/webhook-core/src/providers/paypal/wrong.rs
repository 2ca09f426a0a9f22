//! Wrong ways to read what PayPal's headers say, for the build with deliberate defects.

use super::{CERT_HOSTS, CERT_PATH, CertificateRef, rfc3339_secs};
use crate::mutant::{self, Mutant};

/// The time that a forgiving parser reads: what stands before a bar, whatever comes after it.
pub(super) fn time_secs(text: &str) -> Option<i64> {
    let loosely = mutant::active(Mutant::PaypalTimeNotPinned);
    let time = if loosely { text.split('|').next().unwrap_or_default().trim() } else { text };
    rfc3339_secs(time)
}

/// The address of a certificate that is not PayPal's; `None` where the right check is to be made. Whichever host is named, the
/// certificate is fetched from where this system was told that PayPal is, so that a test needs no host of its own.
pub(super) fn certificate_ref(url: &str) -> Option<CertificateRef<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let known = |test: fn(&str, &str) -> bool| CERT_HOSTS.into_iter().any(|known| test(host, known));
    let in_folder = path.starts_with(CERT_PATH);
    let believed = if mutant::active(Mutant::PaypalCertFromAnyHost) {
        scheme == "https" && in_folder
    } else if mutant::active(Mutant::PaypalCertOverHttp) {
        scheme.starts_with("http") && in_folder && known(str::eq)
    } else if mutant::active(Mutant::PaypalCertHostBySuffix) {
        scheme == "https" && in_folder && host.ends_with("paypal.com")
    } else if mutant::active(Mutant::PaypalCertHostByPrefix) {
        scheme == "https" && in_folder && known(|host, known| host.starts_with(known))
    } else if mutant::active(Mutant::PaypalCertPathFree) {
        scheme == "https" && known(str::eq)
    } else {
        return None;
    };
    let start = path.find(CERT_PATH).unwrap_or(0);
    let path = path[start..].split(['?', '#']).next().unwrap_or_default();
    believed.then_some(CertificateRef { host: CERT_HOSTS[0], path })
}

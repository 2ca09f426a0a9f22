//! Certificate URLs that only look as if they were PayPal's. Nothing can be fetched from any of them: the hosts end
//! in `.invalid` (RFC 2606), lie in a block for documentation (RFC 5737), or are PayPal's with a certificate name
//! that does not exist there. The path is the genuine one wherever the trick allows, so that a receiver that
//! overlooks the trick would find the genuine certificate, and accept.

use rand::Rng;

/// What each URL is made of; `{}` stands for the certificate's name, `CERT-…`.
pub(super) const EVIL: [&str; 22] = [
    // Another host altogether.
    "https://certs.attacker.invalid/v1/notifications/certs/{}",
    "https://192.0.2.7/v1/notifications/certs/{}",
    // PayPal's name as userinfo, and userinfo before PayPal's name.
    "https://api.paypal.com@attacker.invalid/v1/notifications/certs/{}",
    "https://api.paypal.com:443@attacker.invalid/v1/notifications/certs/{}",
    "https://attacker:secret@api.paypal.com/v1/notifications/certs/{}",
    "https://api.paypal.com\\@attacker.invalid/v1/notifications/certs/{}",
    // Names that begin, end or look like PayPal's.
    "https://api.paypal.com.attacker.invalid/v1/notifications/certs/{}",
    "https://attacker-api.paypal.com.invalid/v1/notifications/certs/{}",
    "https://no-such-host.api.paypal.com/v1/notifications/certs/{}",
    "https://api.paypa1.invalid/v1/notifications/certs/{}",
    "https://api.paypal.com./v1/notifications/certs/{}",
    // Another scheme or port.
    "http://api.paypal.com/v1/notifications/certs/{}",
    "ftp://api.paypal.com/v1/notifications/certs/{}",
    "https://api.paypal.com:8443/v1/notifications/certs/{}",
    "//api.paypal.com/v1/notifications/certs/{}",
    // The path leaves the certificates' folder, or says more than a name.
    "https://api.paypal.com/v1/notifications/certs/../certs/{}",
    "https://api.paypal.com/v1/notifications/certs/%2e%2e/certs/{}",
    "https://api.paypal.com/v1/oauth2/../notifications/certs/{}",
    "https://api.paypal.com/redirect?to=/v1/notifications/certs/{}",
    "https://api.paypal.com/v1/notifications/certs/{}?from=https://attacker.invalid",
    "https://api.paypal.com/v1/notifications/certs/{}#https://attacker.invalid",
    "https://api.paypal.com/v1/notifications/certs/{}/../../../uploads/attacker.pem",
];

/// One of the URLs.
pub(super) fn evil(cert_name: &str, rng: &mut impl Rng) -> String {
    EVIL[rng.random_range(0..EVIL.len())].replace("{}", cert_name)
}

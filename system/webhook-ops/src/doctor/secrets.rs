//! The secrets: are they there, and can the validators read them? Their values stay where they are.

use webhook_core::ports::PortError;
use webhook_core::ports::ops::SecretVersions;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use super::check::Findings;
use crate::secret::{is_placeholder, validate};
use crate::text::{age, rfc3339};

/// Judges a provider's secret.
pub(super) fn judge(
    provider: Provider,
    name: &str,
    fact: &Result<Option<SecretVersions>, PortError>,
    square_url: Option<&str>,
    now: UnixTime,
    findings: &mut Findings,
) {
    let what = format!("secret {name}");
    let put = format!("webhookctl secret put --provider {provider} --file FILE");
    let Some(versions) = findings.read(&what, fact, "apply the infrastructure (terraform apply)") else {
        return;
    };
    let Some(versions) = versions else {
        let fix = format!(
            "apply the infrastructure (terraform apply), which creates it without a value; then: {put}"
        );
        return findings.wrong(what, "it is not there", fix);
    };
    let Some(current) = &versions.current else {
        return findings.wrong(what, "it has no value: every webhook is answered 503", put);
    };
    if is_placeholder(&current.value) {
        return findings.wrong(
            what,
            "it is a placeholder: anybody can sign with it, and the provider does not",
            put,
        );
    }
    match validate(provider, &current.value, square_url) {
        Err(reason) => {
            let fix = format!("webhookctl secret rotate --provider {provider} --file FILE");
            findings.wrong(
                what.as_str(),
                format!("its current value is no secret of {provider}: {reason}"),
                fix,
            );
        }
        Ok(_) => {
            let since = current
                .created_at
                .map_or_else(String::new, |at| format!(" since {} ({})", rfc3339(at), age(at, now)));
            let previous = if versions.previous.is_some() {
                "the previous one is accepted too"
            } else {
                "no previous one"
            };
            findings.ok(what.as_str(), format!("well-formed, current{since}; {previous}"));
        }
    }
    if versions.previous.as_ref().is_some_and(|previous| is_placeholder(&previous.value)) {
        let fix = format!("webhookctl secret retire --provider {provider}");
        findings.wrong(what, "its previous value is a placeholder, and is accepted", fix);
    }
}

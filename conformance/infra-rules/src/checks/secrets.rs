//! Nothing in the infrastructure is a secret: not in a variable of a function, not in a resource, not in a variable of the stack.

use super::Findings;
use crate::judge::Finding;
use crate::stack::Stack;
use crate::value::Value;

/// What secrets of the providers and of AWS begin with.
const LOOKS: [&str; 8] = ["whsec_", "sk_live_", "sk_test_", "rk_live_", "sq0csp-", "sq0atp-", "EAAA", "AKIA"];
/// Characters that a secret has behind that, at least: a description may say how one begins.
const LENGTH_MIN: usize = 12;
/// What stands in the first line of a key that is nobody else's business. Certificates begin alike, and are public: the roots in
/// `PAYPAL_EXTRA_ROOTS` are.
const KEY: &str = "PRIVATE KEY-----";
/// Names of variables whose values would be secrets. Names and ARNs of secrets are none.
const NAMED: [&str; 8] = [
    "PASSWORD",
    "API_KEY",
    "SIGNING_KEY",
    "SIGNATURE_KEY",
    "WEBHOOK_SECRET",
    "CLIENT_SECRET",
    "ACCESS_TOKEN",
    "PRIVATE_KEY",
];

/// What a text in it looks like.
fn look_of(text: &str) -> Option<&'static str> {
    let token = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let secret = |look: &&&str| {
        text.match_indices(**look).any(|(at, _)| {
            let rest = &text[at + look.len()..];
            let whole = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            whole && rest.chars().take_while(|c| token(*c)).count() >= LENGTH_MIN
        })
    };
    LOOKS.iter().find(secret).copied().or_else(|| text.contains(KEY).then_some(KEY))
}

/// Every text of every resource, and the names of functions' variables.
pub(super) fn no_secrets(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for resource in &stack.resources {
        resource.values.texts(&mut |text| {
            if let Some(look) = look_of(text) {
                // The finding goes to reports: it must not be the place where the secret gets out.
                findings.push(Finding::new(
                    &resource.address,
                    "no secret",
                    format!("a text with “{look}” in it"),
                ));
            }
        });
    }
    for function in stack.of("aws_lambda_function") {
        let variables =
            function.values.member("environment").items().first().map(|one| one.member("variables"));
        let Some(Value::Map(variables)) = variables else { continue };
        for (name, value) in variables {
            let upper = name.to_ascii_uppercase();
            let named = NAMED.iter().any(|word| upper.contains(word)) || upper.ends_with("_SECRET");
            let arn = value.text().is_some_and(|text| text.starts_with("arn:"));
            if named && !arn && !upper.ends_with("_ARN") && upper != "USAGE_KEYS" {
                findings.push(Finding::new(
                    format!("{}: environment", function.address),
                    "no variable that holds a secret",
                    format!("a variable {name}"),
                ));
            }
        }
    }
    if stack.of("aws_lambda_function").next().is_none() {
        findings.push(Finding::new("functions", "at least one", "none"));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_how_it_looks_and_how_long_it_is() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(look_of(text), expected, "{text}");
        check("whsec_0123456789abcdef", Some("whsec_"));
        check("{\"secret\":\"whsec_0123456789abcdef\"}", Some("whsec_"));
        check("Stripe's signing secret (whsec_…).", None);
        check("AKIAIOSFODNN7EXAMPLE", Some("AKIA"));
        check("hznHbmgfEAAAjuQDJ3w73XPQh05yrt", None);
        check("-----BEGIN PRIVATE KEY-----\nMC4C", Some("PRIVATE KEY-----"));
        check("-----BEGIN RSA PRIVATE KEY-----\nMIIE", Some("PRIVATE KEY-----"));
        check("-----BEGIN CERTIFICATE-----\nMIIB", None);
        check("arn:aws:secretsmanager:us-east-1:123456789012:secret:webhook-processor/stripe/secret", None);
    }
}

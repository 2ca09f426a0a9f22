//! What strangers get: unsigned webhooks, unsigned queries, and the time of day.

use webhook_aws::ops::probe::ProbeAnswer;
use webhook_core::ports::PortError;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use super::check::Findings;

/// AWS refuses signatures that are 5 minutes off; this leaves time to act.
const SKEW_MAX_S: i64 = 60;

/// A body that passes the gateway's model, so that the request gets as far as the validator and is refused there.
pub(super) const fn unsigned_body(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => {
            r#"{"id":"evt_webhookctl_probe","object":"event","type":"webhookctl.probe","created":0,"data":{"object":{}}}"#
        }
        Provider::Paypal => {
            r#"{"id":"WH-webhookctl-probe","create_time":"2000-01-01T00:00:00Z","event_type":"WEBHOOKCTL.PROBE","resource":{}}"#
        }
        Provider::Square => {
            r#"{"merchant_id":"webhookctl","type":"webhookctl.probe","event_id":"webhookctl-probe","created_at":"2000-01-01T00:00:00Z","data":{"type":"probe","id":"probe"}}"#
        }
    }
}

/// Judges what an unsigned webhook got.
pub(super) fn judge_webhook(
    provider: Provider,
    answer: &Result<ProbeAnswer, PortError>,
    findings: &mut Findings,
) {
    let what = format!("gateway: unsigned webhook of {provider}");
    let status = match answer {
        Ok(answer) => answer.status,
        Err(error) => return not_reached(&what, error, findings),
    };
    let told = format!("answered {status}");
    match status {
        400 | 401 => findings.ok(what, told),
        403 => findings.unclear(
            what,
            "answered 403: an address list or a firewall keeps this machine out, or the authorizer refuses every webhook \
             (see usage-key-authorizer's log)",
        ),
        429 => findings.unclear(what, "answered 429: throttled; try again"),
        200..300 => findings.wrong(what, format!("{told}: IT WAS ACCEPTED"), "take the endpoint down and see what is deployed"),
        404 => findings.wrong(what, told, "check the stage in --api-base-url; deploy the API to the stage"),
        _ => {
            let fix = format!("the validator fails: see the log of {provider}-webhook-validator and its secret");
            findings.wrong(what, told, fix);
        }
    }
}

/// Judges what an unsigned query got.
pub(super) fn judge_query(answer: &Result<ProbeAnswer, PortError>, findings: &mut Findings) {
    let what = "gateway: unsigned query";
    match answer {
        Ok(ProbeAnswer { status: 401 | 403, .. }) => findings.ok(what, "refused"),
        Ok(ProbeAnswer { status: 429, .. }) => findings.unclear(what, "answered 429: throttled; try again"),
        Ok(ProbeAnswer { status, .. }) if *status >= 500 => {
            findings.wrong(what, format!("answered {status}"), "see the gateway's log");
        }
        Ok(ProbeAnswer { status, .. }) => findings.wrong(
            what,
            format!("answered {status}: anybody can ask for transactions"),
            "set the method's authorization to AWS_IAM and deploy the stage",
        ),
        Err(error) => not_reached(what, error, findings),
    }
}

fn not_reached(what: &str, error: &PortError, findings: &mut Findings) {
    let fix = "see whether the address is right and reachable from here (--api-base-url, VPN, DNS); providers cannot reach it either \
               if it is not";
    findings.wrong(what, format!("no answer ({error})"), fix);
}

/// Judges this machine's clock by a service's.
pub(super) fn judge_clock(answer: &Result<ProbeAnswer, PortError>, now: UnixTime, findings: &mut Findings) {
    let what = "clock of this machine";
    match answer.as_ref().map(|answer| answer.date) {
        Ok(Some(date)) => {
            let skew_s = now.secs() - date.secs();
            let told = match skew_s {
                -2..=2 => "right".to_owned(),
                3.. => format!("{skew_s} s ahead of the service's"),
                _ => format!("{} s behind the service's", -skew_s),
            };
            let fix = "set it by NTP: signed requests are refused when it is 5 minutes off";
            findings.judge(skew_s.abs() <= SKEW_MAX_S, what, told, fix);
        }
        Ok(None) => findings.unclear(what, "the service tells no time"),
        Err(error) => findings.unclear(what, error),
    }
}

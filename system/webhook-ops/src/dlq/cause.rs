//! Why an event could not be processed, as one stable word. A dead letter carries the error's sentence but not its code, so the word is
//! found again from the sentence; a test holds it against every error that the processor has.

/// The cause of an error's sentence.
pub(super) fn cause(message: Option<&str>) -> &'static str {
    let Some(message) = message else { return "unknown" };
    let begins = |start: &str| message.starts_with(start);
    if begins("the event cannot be read: ") {
        "unreadable_event"
    } else if begins("the event cannot be normalized: ") {
        "cannot_normalize"
    } else if begins("nobody has proven the event") {
        "unproven_event"
    } else if begins("notifications are not taken: ") {
        "ipn_off"
    } else if begins("the notification is for another receiver") {
        "ipn_receiver"
    } else if begins("the envelope does not fit its body") {
        "envelope_mismatch"
    } else if begins("no free timestamp for the event") {
        "crowded_timestamp"
    } else if begins("the event is not an envelope of a validator") {
        "invalid_event"
    } else if begins("the function failed by a defect") {
        "panic"
    } else if begins("the event exceeded its maximum age") {
        "too_old"
    } else if message.contains("Task timed out after") {
        "timeout"
    } else if message.contains("Runtime exited") || message.contains("Runtime.ExitError") {
        "crash"
    } else if is_of_a_call(message, " is unavailable: ") {
        if begins("paypal:") { "postback_unavailable" } else { "store_unavailable" }
    } else if is_of_a_call(message, " was refused: ") {
        if begins("paypal:") { "postback_refused" } else { "store_refused" }
    } else {
        "unknown"
    }
}

/// `dynamodb:PutItem is unavailable: …`
fn is_of_a_call(message: &str, middle: &str) -> bool {
    message.split_once(middle).is_some_and(|(operation, _)| {
        operation.split_once(':').is_some_and(|(service, action)| {
            [service, action].iter().all(|part| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
        })
    })
}

/// What to do about a cause, and whether sending the event back is any use yet.
pub(super) fn advice(cause: &str) -> &'static str {
    match cause {
        "store_unavailable" => {
            "A store was down or throttled. See that it is well again (`webhookctl doctor`), then redrive."
        }
        "store_refused" => {
            "A store refused the processor: a missing permission, table or bucket. `webhookctl doctor` says which; redrive once it is \
             mended."
        }
        "cannot_normalize" | "unreadable_event" => {
            "The event is genuine, but the system cannot make sense of it; redriving it brings it back. Take it to the developers: \
             its body lies under the raw key. Redrive once a version that understands it is deployed."
        }
        "timeout" | "crash" | "panic" => {
            "The processor broke while it worked on the event; its log has the invocation's id. Redrive once: if it comes back, take it \
             to the developers."
        }
        "too_old" => {
            "The event waited for the processor too long (throttling, or concurrency 0). Mend that, then redrive."
        }
        "envelope_mismatch" | "invalid_event" => {
            "This is not what a validator sends. Find out who invoked the processor (CloudTrail, lambda:Invoke); do not redrive."
        }
        "postback_unavailable" | "postback_refused" => {
            "PayPal did not say whether it sent the notification; without that it is not processed. See that PayPal can be reached \
             from the processor (its status page, egress, PAYPAL_ENVIRONMENT), then redrive: PayPal is asked again."
        }
        "ipn_off" => {
            "The processor is not set up for PayPal's form-encoded notifications: set PAYPAL_RECEIVERS and S3_BUCKET, then redrive."
        }
        "ipn_receiver" => {
            "The notification is for another merchant. If that one is yours, add it to PAYPAL_RECEIVERS and redrive; if not, leave it."
        }
        "unproven_event" => {
            "An event that nobody has proven reached the processor. Find out who invoked it (CloudTrail, lambda:Invoke); do not redrive."
        }
        "crowded_timestamp" => {
            "More events of one payment in one second than have room. Take it to the developers."
        }
        _ => "An unknown cause. Look for the invocation's id in the processor's log.",
    }
}

#[cfg(test)]
mod tests {
    use webhook_core::normalize::{MoneyError, NormalizeError};
    use webhook_core::ports::PortError;
    use webhook_core::process::ProcessError;
    use webhook_core::reject::Reject;

    use super::*;

    #[test]
    fn every_error_of_the_processor_is_found_again_from_its_sentence() {
        let port = |unavailable: bool| {
            let (operation, reason) = ("dynamodb:PutItem", "AccessDeniedException".to_owned());
            ProcessError::Port(if unavailable {
                PortError::Unavailable { operation, reason }
            } else {
                PortError::Refused { operation, reason }
            })
        };
        let postback = |unavailable: bool| {
            let (operation, reason) = ("paypal:Postback", "timeout".to_owned());
            ProcessError::Postback(if unavailable {
                PortError::Unavailable { operation, reason }
            } else {
                PortError::Refused { operation, reason }
            })
        };
        let errors = [
            ProcessError::Reject(Reject::MalformedField { name: "created" }),
            ProcessError::Normalize(NormalizeError::Money(MoneyError::UnknownCurrency)),
            port(true),
            port(false),
            postback(true),
            postback(false),
            ProcessError::Unproven,
            ProcessError::IpnOff,
            ProcessError::IpnReceiver,
            ProcessError::EnvelopeMismatch,
            ProcessError::Crowded,
        ];
        for error in errors {
            // A new kind of error does not compile here: add it above, and find its cause.
            match &error {
                ProcessError::Reject(_)
                | ProcessError::Normalize(_)
                | ProcessError::Port(_)
                | ProcessError::Unproven
                | ProcessError::IpnOff
                | ProcessError::Postback(_)
                | ProcessError::IpnReceiver
                | ProcessError::EnvelopeMismatch
                | ProcessError::Crowded => {}
            }
            assert_eq!(cause(Some(&error.to_string())), error.code(), "{error}");
            assert!(!advice(error.code()).starts_with("An unknown"), "{error}");
        }
    }

    #[test]
    fn lambdas_own_failures_have_causes_too() {
        let check = |message: &str, expected: &str| assert_eq!(cause(Some(message)), expected, "{message}");
        check("2025-11-21T18:00:00.000Z 0b6f Task timed out after 30.03 seconds", "timeout");
        check("RequestId: 0b6f Error: Runtime exited with error: signal: killed", "crash");
        check("the function failed by a defect; see its log", "panic");
        check("the event exceeded its maximum age", "too_old");
        check("something was refused: or so they say", "unknown");
        check("Injected by a fault rule", "unknown");
        assert_eq!(cause(None), "unknown");
    }
}

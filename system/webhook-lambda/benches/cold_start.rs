//! From the start of the process to its first answer, for each function, and the memory of a warm validator.
//!
//! Prints figures and judges none: aims are 50 ms and 40 MB, and what a run measures depends on the machine. The
//! services around the function are stand-ins on this machine, so what is measured is the function itself.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot run says so by panicking")]
#![expect(clippy::print_stdout, reason = "the figures are the bench's output")]

#[path = "../tests/it/aws_stand_in.rs"]
mod aws_stand_in;
#[path = "../tests/it/child.rs"]
mod child;
#[path = "../tests/it/deliveries.rs"]
mod deliveries;
#[path = "../tests/it/runtime_api.rs"]
mod runtime_api;

use std::time::{Duration, Instant};

use aws_stand_in::AwsStandIn;
use child::{BUILT, Bootstrap, environment};
use deliveries::{SECRET, SECRET_JSON};
use runtime_api::RuntimeApi;
use serde_json::json;

const STARTS: usize = 30;
const WARM_DELIVERIES: usize = 2000;

fn main() {
    // Cargo adds flags of its own; a path measures another artifact, such as the packaged one.
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let program = path.as_deref().unwrap_or(BUILT);
    let stripe = |number| deliveries::stripe(number, SECRET);
    let unsigned = |_| json!({"multiValueHeaders": {}, "body": "{}"}).to_string();
    let by_id = |_| json!({"pathParameters": {"id": "pi_1"}}).to_string();
    let no_envelope = |_| "{}".to_owned();
    let arn = "arn:aws:execute-api:us-east-1:000000000000:api/dev/POST/api/v1/webhooks/stripe";
    let request = |_| json!({"type": "REQUEST", "methodArn": arn}).to_string();
    println!("start of the process to its first answer, {STARTS} starts each:");
    start(program, "stripe-webhook-validator", "accepts a delivery", Some("stripe"), &stripe);
    start(program, "paypal-webhook-validator", "refuses a delivery", Some("paypal"), &unsigned);
    start(program, "square-webhook-validator", "refuses a delivery", Some("square"), &unsigned);
    start(program, "webhook-processor", "refuses an event", None, &no_envelope);
    start(program, "transaction-log-compactor", "refuses an event", None, &|_| "[]".to_owned());
    start(program, "transaction-query", "asks an empty table", None, &by_id);
    start(program, "usage-key-authorizer", "gives a key", None, &request);
    println!("warm stripe-webhook-validator, {WARM_DELIVERIES} deliveries:");
    warm(program, "accepts: verify, S3 and Lambda", &stripe, 200);
    warm(program, "refuses: the runtime alone", &unsigned, 401);
}

/// One function's starts: the first answer's time after the process was started.
fn start(program: &str, handler: &str, what: &str, provider: Option<&str>, event: &dyn Fn(usize) -> String) {
    let aws = AwsStandIn::start(secret(provider));
    let mut took: Vec<Duration> = (0..STARTS)
        .map(|number| {
            let api = RuntimeApi::start();
            api.queue("r", &event(number));
            let began = Instant::now();
            let _bootstrap =
                Bootstrap::start(program, &environment(handler, &api.address, &aws.function(provider)));
            api.answer().at - began
        })
        .collect();
    took.sort_unstable();
    let millis = |at: usize| took[at].as_secs_f64() * 1000.0;
    println!(
        "  {handler:26} {what:20} median {:6.1} ms, slowest {:6.1} ms",
        millis(STARTS / 2),
        millis(STARTS - 1)
    );
}

/// A validator that has answered many deliveries: what one takes, and what the process holds.
fn warm(program: &str, what: &str, event: &dyn Fn(usize) -> String, status: u16) {
    let aws = AwsStandIn::start(SECRET_JSON);
    let mut api = RuntimeApi::start();
    let environment = environment("stripe-webhook-validator", &api.address, &aws.function(Some("stripe")));
    let bootstrap = Bootstrap::start(program, &environment);
    let events: Vec<String> = (0..WARM_DELIVERIES).map(event).collect();
    let unmeasured = WARM_DELIVERIES / 10;
    let mut began = (Instant::now(), Duration::ZERO);
    for (number, event) in events.iter().enumerate() {
        if number == unmeasured {
            began = (Instant::now(), bootstrap.cpu_time());
        }
        api.queue("r", event);
        assert_eq!(api.answer().body["statusCode"], status);
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / (WARM_DELIVERIES - unmeasured) as f64;
    println!(
        "  {what:32} {:6.0} us each, {:6.0} us of CPU in the function, {:5.1} MB resident",
        each(began.0.elapsed()),
        each(bootstrap.cpu_time() - began.1),
        bootstrap.resident_mb(),
    );
    api.stop();
    let (_, lines) = bootstrap.ended();
    assert_eq!(lines.iter().filter(|line| line["status"] == status).count(), WARM_DELIVERIES);
}

fn secret(provider: Option<&str>) -> &'static str {
    match provider {
        Some("paypal") => r#"{"webhook_id":"8PT597110X687430LKGECATA"}"#,
        Some("square") => r#"{"key":"square-key","notification_url":"https://example.com/webhooks/square"}"#,
        _ => SECRET_JSON,
    }
}

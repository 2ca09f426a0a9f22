//! Sample runs: of the size and kind that real ones have.

use conformance::capability::{Capabilities, Capability};
use conformance::case::Level;
use conformance::results::{CaseResult, Finding, Outcome, Results, SCHEMA_VERSION, StepResult};
use conformance::verdict;

/// Every sample by name.
pub(crate) fn all() -> Vec<(&'static str, Results)> {
    vec![
        ("passing", passing()),
        ("failing", failing()),
        ("each", each()),
        ("black_box", black_box()),
        ("empty", results("embedded", Vec::new())),
        ("hostile", hostile()),
    ]
}

/// A run of these cases.
pub(crate) fn results(target: &str, cases: Vec<CaseResult>) -> Results {
    let judgement = verdict::judge(&cases, false);
    Results {
        schema_version: SCHEMA_VERSION,
        tool_version: "0.1.0".into(),
        build_profile: "dev".into(),
        started_at: "2026-11-22T01:02:03Z".into(),
        duration_s: 41.3,
        target: target.into(),
        base_url: "http://127.0.0.1:39123/prod".into(),
        seed: 20_261_122,
        capabilities: Capabilities::all(),
        filter: None,
        strict: false,
        verdict: judgement.verdict,
        exit_code: judgement.exit().code(),
        reasons: judgement.reasons,
        counts: Results::count(&cases),
        cases,
    }
}

/// One case.
pub(crate) fn case(id: &str, subject: &str, title: &str, outcome: Outcome) -> CaseResult {
    CaseResult {
        id: id.parse().unwrap(),
        subject: subject.into(),
        title: title.into(),
        level: Level::Must,
        why: "Whoever captured a webhook could otherwise send it again for ever, and a shop would ship goods that nobody paid for.".into(),
        source: "Stripe, Receive Stripe events in your webhook endpoint: Prevent replay attacks".into(),
        outcome,
        reason: None,
        duration_ms: 12.5,
        steps: vec![step("POST /api/v1/webhooks/stripe: a payment_intent.succeeded event, signed 301 s ago")],
    }
}

fn step(what: &str) -> StepResult {
    StepResult { what: what.into(), findings: Vec::new(), not_observed: Vec::new(), replay: None }
}

fn finding(what: &str, expected: &str, observed: &str) -> Finding {
    Finding { what: what.into(), expected: expected.into(), observed: observed.into() }
}

const CURL: &str = "curl -sS -i -X POST 'http://127.0.0.1:39123/prod/api/v1/webhooks/stripe' \\\n  -H 'Content-Type: application/json; charset=utf-8' \\\n  -H 'Stripe-Signature: t=1763773022,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd' \\\n  --data-binary '{\"id\":\"evt_1QK3fT2eZvKYlo2C0qWm8T4x\",\"object\":\"event\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{\"id\":\"pi_3QK3fT2eZvKYlo2C1hQhZ8Wb\",\"amount\":1999,\"currency\":\"eur\"}}}'";

/// A case that failed: a stale signature was accepted and left its traces.
fn accepted(id: &str, subject: &str, title: &str) -> CaseResult {
    let mut failed = case(id, subject, title, Outcome::Failed);
    failed.steps[0].findings = vec![
        finding("status", "401", "200"),
        finding(
            "raw object",
            "none",
            "1: s3://payment-webhooks-raw/stripe/2026/11/22/evt_1QK3fT2eZvKYlo2C0qWm8T4x.json",
        ),
    ];
    failed.steps[0].replay = Some(CURL.into());
    failed
}

/// One case of every outcome, and one SHOULD that failed.
pub(crate) fn each() -> Results {
    let mut cases: Vec<CaseResult> = Vec::new();
    cases.push(case("STRIPE-SIG-001", "stripe-signatures", "A genuine webhook is accepted", Outcome::Passed));
    cases.push(accepted(
        "STRIPE-SIG-004",
        "stripe-signatures",
        "A signature that is 301 seconds old is refused",
    ));
    let mut should = case(
        "STRIPE-SIG-009",
        "stripe-signatures",
        "A webhook is acknowledged within 250 ms",
        Outcome::Failed,
    );
    should.level = Level::Should;
    should.steps[0].findings = vec![finding("time", "at most 250 ms", "612 ms")];
    cases.push(should);
    let mut partly = case("LOG-001", "masking", "No log line holds the body", Outcome::Partly);
    partly.steps[0].not_observed = vec!["the target's traces cannot be read".into()];
    cases.push(partly);
    let mut known = accepted("LOG-002", "masking", "No answer names the reason of a refusal");
    known.outcome = Outcome::KnownFailure;
    known.reason = Some("the old gateway answers so until it is replaced in January".into());
    cases.push(known);
    let mut pass = case("LOG-003", "masking", "A card number is masked", Outcome::UnexpectedPass);
    pass.reason = Some("listed as a known failure (“ticket 12”), and nothing is wrong".into());
    cases.push(pass);
    let mut skipped = case("DLQ-001", "dead-letters", "Poison ends in the queue", Outcome::Skipped);
    skipped.reason = Some(Capability::Stores.lack().into());
    skipped.steps.clear();
    skipped.duration_ms = 0.0;
    cases.push(skipped);
    let mut broken = case("DLQ-002", "dead-letters", "A dead letter can be redriven", Outcome::Broken);
    broken.reason = Some("the queue did not answer within 30 s".into());
    broken.duration_ms = 30_012.0;
    cases.push(broken);
    results("embedded", cases)
}

const SUBJECTS: [(&str, &str, [&str; 5]); 11] = [
    (
        "STRIPE-SIG",
        "stripe-signatures",
        [
            "A genuine webhook is accepted",
            "A signature made with a wrong key is refused",
            "A header with several v1 signatures is accepted when any one of them is right",
            "A signature that is 301 seconds old is refused",
            "A v0 signature alone is refused",
        ],
    ),
    (
        "PAYPAL-SIG",
        "paypal-signatures",
        [
            "A genuine webhook is accepted",
            "A certificate URL that is not PayPal's is never fetched",
            "A body whose CRC-32 collides with the signed one's is refused where the parsed content differs from it",
            "A signature over another webhook id is refused",
            "An algorithm other than SHA256withRSA is refused",
        ],
    ),
    (
        "SQUARE-SIG",
        "square-signatures",
        [
            "A genuine webhook is accepted",
            "The URL in the signed message is the configured one, and never the Host header's",
            "A body that was written again by a JSON library is refused",
            "A SHA-1 signature alone is refused",
            "An empty signature is refused",
        ],
    ),
    (
        "GATE",
        "gateway",
        [
            "A body that is no JSON is answered 400",
            "A body of more than 256 KiB is answered 413",
            "A method other than POST is answered 403 or 405",
            "A webhook without its event id is answered 400 and leaves nothing behind",
            "Unknown members of a webhook are accepted",
        ],
    ),
    (
        "ASYNC",
        "asynchronous-path",
        [
            "A webhook is acknowledged before it is processed",
            "A webhook that cannot be stored is answered 503",
            "The processor is tried three times",
            "A webhook is acknowledged within 1 s",
            "The raw object is there before the acknowledgement",
        ],
    ),
    (
        "ONCE",
        "idempotency",
        [
            "The same event delivered five times at once gives one record",
            "Two events of one payment in the same second are both kept",
            "A late event does not overwrite a newer one",
            "A redelivery a day later gives no second record",
            "The same event from another provider is another event",
        ],
    ),
    (
        "STORE",
        "storage-layout",
        [
            "The raw object is the body, byte for byte",
            "The amount is a DynamoDB number in the major unit of its currency",
            "Yen have no decimals, and Kuwaiti dinars three",
            "The key of the raw object starts with provider and date",
            "An unknown event type is stored as `other`",
        ],
    ),
    (
        "QUERY",
        "query-api",
        [
            "A payment, its refund and its dispute read as one history",
            "A range of time is given in pages, and every record is in exactly one",
            "Nobody may ask without a signature",
            "A page token of another query is refused",
            "A payment that is not there is answered 404",
        ],
    ),
    (
        "DLQ",
        "dead-letters",
        [
            "Poison ends in the queue after two retries",
            "A dead letter holds the original event and the error's code and message",
            "A redriven dead letter is stored once and leaves the queue",
            "Nothing but poison ends in the queue",
            "A dead letter's message holds no card number",
        ],
    ),
    (
        "ROTATE",
        "rotation",
        [
            "A webhook signed with the previous secret is accepted after a rotation",
            "A webhook signed with the new secret is accepted at once",
            "A flood of forgeries causes no flood of secret reads",
            "The secret before the previous one is refused",
            "A rotation of one provider's secret changes nothing for the others",
        ],
    ),
    (
        "MASK",
        "masking-and-tracing",
        [
            "No log line holds the body, a signature, a secret or a personal field",
            "A refusal does not say why",
            "Every webhook has one trace from the gateway to the table",
            "Each log line names the request it belongs to",
            "An error in the processor is an error in its trace",
        ],
    ),
];

/// 165 cases, all right.
pub(crate) fn passing() -> Results {
    let mut cases = Vec::new();
    for (series, subject, titles) in SUBJECTS {
        for number in 0..15 {
            let mut one = case(
                &format!("{series}-{:03}", number + 1),
                subject,
                titles[number % titles.len()],
                Outcome::Passed,
            );
            one.duration_ms = 8.0 + 37.0 * number as f64;
            if number % 7 == 6 {
                one.level = Level::Should;
            }
            if number % 4 == 3 {
                one.steps.push(step("the transactions API is asked for the payment"));
            }
            cases.push(one);
        }
    }
    results("embedded", cases)
}

/// Six failures of different kinds among 165 cases, with long texts; two known, one that could not be run, some skipped.
pub(crate) fn failing() -> Results {
    let mut cases = passing().cases;
    let at = |id: &str| {
        SUBJECTS.iter().position(|one| id.starts_with(one.0)).unwrap() * 15
            + id[id.len() - 3..].parse::<usize>().unwrap()
            - 1
    };
    let keep = |cases: &mut Vec<CaseResult>, id: &str| {
        let (subject, title) = (cases[at(id)].subject.clone(), cases[at(id)].title.clone());
        cases[at(id)] = accepted(id, &subject, &title);
    };
    for id in ["STRIPE-SIG-004", "PAYPAL-SIG-002", "ONCE-006", "STORE-003"] {
        keep(&mut cases, id);
    }
    let once = &mut cases[at("ONCE-006")];
    once.steps = vec![
        step("POST /api/v1/webhooks/square: a payment.updated event"),
        step(
            "POST /api/v1/webhooks/square: the delivery `it` again, byte for byte, 5 times at once, called `second`",
        ),
    ];
    once.steps[1].findings = vec![
        finding("records", "1", "3"),
        finding(
            "answers",
            "5 × 200",
            "4 × 200, 1 × 500 after 30,012 ms with the body\n{\n  \"message\": \"Internal server error\",\n  \"requestId\": \"6f1c9a3e-2f4e-4a44-9d1a-0f6f1d0d9c55\"\n}",
        ),
        finding(
            "log of webhook-processor",
            "no line with level ERROR",
            "3: {\"timestamp\":\"2026-11-22T01:02:09.113Z\",\"level\":\"ERROR\",\"fields\":{\"message\":\"the table refused the record\",\"error\":\"ProvisionedThroughputExceededException\",\"attempt\":3},\"target\":\"webhook_lambda::processor\",\"span\":{\"name\":\"process\",\"request_id\":\"6f1c9a3e-2f4e-4a44-9d1a-0f6f1d0d9c55\"}}",
        ),
    ];
    once.steps[1].replay = Some(CURL.replace("stripe", "square"));
    let store = &mut cases[at("STORE-003")];
    store.steps[0].findings = vec![finding("record.amount", "1999 (N)", "19.99 (S)")];
    for (id, what) in [("ASYNC-007", "612 ms"), ("MASK-007", "1,204 ms")] {
        keep(&mut cases, id);
        let slow = &mut cases[at(id)];
        slow.level = Level::Should;
        slow.steps[0].findings = vec![finding("time", "at most 250 ms", what)];
    }
    for id in ["DLQ-003", "DLQ-004"] {
        keep(&mut cases, id);
        cases[at(id)].outcome = Outcome::KnownFailure;
        cases[at(id)].reason =
            Some("LocalStack 4 keeps the message's attributes apart; reported there".into());
    }
    let broken = &mut cases[at("ROTATE-002")];
    broken.outcome = Outcome::Broken;
    broken.reason = Some("the secret could not be replaced: the service answered 500 three times".into());
    for number in 1..=12 {
        let one = &mut cases[at(&format!("QUERY-{number:03}"))];
        one.outcome = Outcome::Skipped;
        one.reason = Some(Capability::Query.lack().into());
        one.steps.clear();
    }
    for number in [1, 3, 5, 8, 9, 10] {
        let one = &mut cases[at(&format!("MASK-{number:03}"))];
        one.outcome = Outcome::Partly;
        one.steps[0].not_observed =
            vec!["the trace: the target's traces cannot be read".into(), "the processor's log".into()];
    }
    results("localstack", cases)
}

/// Somebody's receiver: what cannot be observed there is skipped or judged in part.
pub(crate) fn black_box() -> Results {
    let mut cases = passing().cases;
    for one in &mut cases {
        if ["dead-letters", "rotation", "query-api", "masking-and-tracing"].contains(&one.subject.as_str()) {
            one.outcome = Outcome::Skipped;
            one.reason = Some(Capability::Stores.lack().into());
            one.steps.clear();
        } else if one.subject != "gateway" {
            one.outcome = Outcome::Partly;
            one.steps[0].not_observed = vec![Capability::Stores.lack().into()];
        }
    }
    let mut results = results("url", cases);
    results.base_url = "https://shop.example/hooks".into();
    results.capabilities = Capabilities::none();
    results.filter = Some("level MUST".into());
    results
}

/// Texts of a receiver that wants to be more than text.
pub(crate) fn hostile() -> Results {
    let evil = "<script>alert('x')</script>\u{1b}[2J\u{0}\"'><img src=x onerror=alert(1)>]]></failure>&amp;";
    let mut failed = accepted("EVIL-001", "evil", evil);
    failed.why = evil.into();
    failed.source = evil.into();
    failed.steps[0].what = evil.into();
    failed.steps[0].findings = vec![finding(evil, evil, &format!("{evil}{}", "x".repeat(5_000)))];
    failed.steps[0].not_observed = vec![evil.into()];
    failed.steps[0].replay = Some(evil.into());
    let mut skipped = case("EVIL-002", "\"><script>", evil, Outcome::Skipped);
    skipped.reason = Some(evil.into());
    let mut partly = case("EVIL-003", "evil", evil, Outcome::Partly);
    partly.steps[0].not_observed = vec![evil.into()];
    let mut results = results("url", vec![failed, skipped, partly]);
    results.base_url = "https://x.example/'; rm -rf ~ #".into();
    results.filter = Some(evil.into());
    results.reasons.push(evil.into());
    results
}

use super::*;
use crate::output::explain::{self, Explained};
use crate::suite::Coverage;

const SUBJECT: &str = r#"
subject = "stripe-signatures"
title = "Stripe: signatures"
about = "How a receiver tells Stripe's webhooks from others."

[[case]]
id = "STRIPE-SIG-004"
title = "A signature that is 301 seconds old is refused"
level = "MUST"
why = "Whoever captured a webhook could otherwise send it again for ever."
source = "Stripe, Prevent replay attacks"
covers = ["testing-signatures"]
[[case.step]]
send.provider = "stripe"
send.sign.time = "{now-301}"
answer.status = 401
absent = ["it"]

[[case]]
id = "STRIPE-SIG-005"
title = "A webhook is acknowledged within a quarter of a second, also while the secret is being read for the first time"
level = "SHOULD"
why = "w"
source = "s"
alone = true
settings.unsampled = true
[[case.step]]
request.path = "/api/v1/nothing"
answer.status = 404
"#;

fn subject() -> Subject {
    toml::from_str(SUBJECT).expect("a subject")
}

#[test]
fn a_table_of_cases() {
    let subject = subject();
    let cases: Vec<Listed> = subject.cases.iter().map(|case| Listed::of(&subject, case)).collect();
    let shown = table(&cases, Look { colour: false, width: 90 });
    let expected = "\
ID              LEVEL   SUBJECT            TITLE
STRIPE-SIG-004  MUST    stripe-signatures  A signature that is 301 seconds old is refused
STRIPE-SIG-005  SHOULD  stripe-signatures  A webhook is acknowledged within a quarter of a
                                           second, also while the secret is being read for
                                           the first time

2 cases: 1 MUST, 1 SHOULD
";
    assert_eq!(shown, expected);
    let json = serde_json::to_value(&cases[0]).expect("JSON");
    assert_eq!(json["level"], "MUST");
    assert_eq!(json["needs"], serde_json::json!(["stripe"]));
}

#[test]
fn a_case_is_explained_without_its_file() {
    let subject = subject();
    let coverage: Coverage = toml::from_str(
        "[sentence.testing-signatures]\nsection = \"Testing Requirements\"\ntext = \"Signatures are tested.\"",
    )
    .expect("a coverage");
    let look = Look { colour: false, width: 90 };
    let explained = Explained::of(&subject, &subject.cases[0], &coverage);
    let expected = "\
STRIPE-SIG-004  MUST  stripe-signatures
A signature that is 301 seconds old is refused

why     Whoever captured a webhook could otherwise send it again for ever.
source  Stripe, Prevent replay attacks
covers  testing-signatures: Signatures are tested.
needs   stripe
sees    stores

 1. POST /api/v1/webhooks/stripe: a payment_intent.succeeded event, signed 301 s ago
    → it is answered 401
    → no store holds anything of `it`

run it  cargo run -p conformance -- run --id STRIPE-SIG-004
";
    assert_eq!(explain::text(&explained, look), expected);
    let json = serde_json::to_value(&explained).expect("JSON");
    assert_eq!(json["steps"][0]["expects"][0], "it is answered 401");
    let other = explain::text(&Explained::of(&subject, &subject.cases[1], &coverage), look);
    assert!(
        other.contains("needs   settings\n") && other.contains("set up  ") && other.contains("alone   "),
        "{other}"
    );
    assert!(other.contains(" 1. GET /api/v1/nothing\n    → it is answered 404\n"), "{other}");
}

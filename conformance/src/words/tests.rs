use super::*;
use crate::case::Case;

/// A case of one step, in TOML.
fn parsed(toml: &str) -> Step {
    let whole = format!(
        "id = \"X-001\"\ntitle = \"t\"\nlevel = \"MUST\"\nwhy = \"w\"\nsource = \"s\"\n[[step]]\n{toml}\n"
    );
    toml::from_str::<Case>(&whole).expect("a case").steps.remove(0)
}

#[track_caller]
fn check(toml: &str, does: &str, expects: &[&str]) {
    let parsed = parsed(toml);
    assert_eq!(step(&parsed), does);
    assert_eq!(expectations(&parsed), expects);
}

#[test]
fn deliveries() {
    check(
        "send.provider = \"stripe\"\nsend.sign.time = \"{now-301}\"\nanswer.status = 401\nabsent = [\"it\"]",
        "POST /api/v1/webhooks/stripe: a payment_intent.succeeded event, signed 301 s ago",
        &["it is answered 401", "no store holds anything of `it`"],
    );
    check(
        "send.provider = \"square\"\nsend.again = \"it\"\nsend.as = \"second\"\nsend.repeat = 5\nsend.at-once = true\nanswer.counts = { 200 = 5 }\nstored.of = \"second\"",
        "POST /api/v1/webhooks/square: the delivery `it` again, byte for byte, 5 times at once, called `second`",
        &[
            "5 of the answers are 200",
            "`second` is stored once: one record, one raw object with the bytes that were sent, one processed object, no dead letter",
        ],
    );
    check(
        "send.provider = \"paypal\"\nsend.event = \"INVOICING.INVOICE.PAID\"\nsend.created = \"now-1d\"\nsend.edit = [{ at = \"/id\" }, { at = \"/a\", null = true }, { at = \"/b\", set = [1] }]\nsend.spoil = [\"flip-bit\", { pad-to = 9 }]\nsend.sign.key = \"wrong\"\nanswer.status = [400, 401]\nanswer.within-ms = 250",
        "POST /api/v1/webhooks/paypal: an INVOICING.INVOICE.PAID event, that happened 1 day ago, without /id, with /a = null, with /b = `[1]`, signed with a wrong key, one bit flipped after it was signed, padded with spaces to 9 bytes after it was signed",
        &["it is answered 400 or 401", "the answer is there within 250 ms"],
    );
    check(
        "ipn.kind = \"refunded\"\nipn.of = \"it\"\nipn.as = \"refund\"\nipn.unknown = true\nstored = { of = \"refund\", records = 0, raw = { min = 1 } }",
        "POST /api/v1/webhooks/paypal: an IPN message of the kind `refunded`, about the payment of `it`, which PayPal never sent, called `refund`",
        &[
            "of `refund` there are: no record, at least one raw object, 1 processed object, no dead letter and no object in quarantine",
        ],
    );
}

#[test]
fn what_else_is_done_and_seen() {
    check(
        "query.path = \"/{it.transaction_id}\"\nquery.credentials = \"stale\"\nanswer.status = 403\nanswer.lacks = [\"amount\"]",
        "GET /api/v1/transactions/{it.transaction_id}, signed 16 min ago",
        &["it is answered 403", "the answer does not hold `amount`"],
    );
    check(
        "drill.rotate = [\"stripe\", \"square\"]\nnowhere = [\"{it.event_id}\"]",
        "the secrets of stripe and square are rotated",
        &["no log, no trace and no answer holds `{it.event_id}`"],
    );
    check("drill.wait-ms = 1500", "1500 ms pass", &[]);
    check(
        "log = [{ function = \"webhook-processor\", line = { \"/level\" = \"ERROR\" }, count = 0 }]\ntrace.has = [{ name = \"verify\", under = \"validator\" }]",
        "nothing is sent; what is there of `it` is looked at",
        &[
            "the log of webhook-processor has no line about `it` in which /level is `\"ERROR\"`",
            "the trace of `it` has `verify` below `validator`",
        ],
    );
}

#[test]
fn moments_are_said_as_people_say_them() {
    for (text, said) in [
        ("now", Some("now")),
        ("{now-301}", Some("301 s ago")),
        ("{now+10}", Some("10 s ahead")),
        ("{now-15m:rfc3339}", Some("15 min ago")),
        ("{now-250ms}", Some("250 ms ago")),
        ("now-2d", Some("2 days ago")),
        ("12", None),
        ("{it.created}", None),
    ] {
        assert_eq!(moment(text).as_deref(), said, "{text}");
    }
}

#[test]
fn long_texts_are_cut_at_a_character() {
    assert_eq!(code("é".repeat(80)), format!("`{}…`", "é".repeat(72)));
}

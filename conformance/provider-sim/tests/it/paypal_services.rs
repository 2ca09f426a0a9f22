//! The postback and the API of the stand-in, asked as a receiver would ask them.

use provider_sim::ipn::{self, Kind};
use provider_sim::{
    Admin, Behaviour, EventFactory, Keys, PaypalStandIn, Provider, StandInOptions, Tampering, forge, sign,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::http::{Answer, send};

const NOW_MS: i64 = 1_795_285_369_123;
const AGENT: (&str, &str) = ("user-agent", "tests/1.0");
const VERIFY: &str = "/v1/notifications/verify-webhook-signature";

fn keys() -> Keys {
    Keys::generate(1, "https://example.com/hook").expect("keys")
}

async fn started(keys: &Keys) -> PaypalStandIn {
    provider_sim::paypal_stand_in(keys).await.expect("a port")
}

async fn post(stand_in: &PaypalStandIn, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    send(&stand_in.endpoint, "POST", path, headers, body).await.expect("an answer")
}

async fn postback(stand_in: &PaypalStandIn, body: &[u8]) -> Answer {
    post(stand_in, "/cgi-bin/webscr", &[AGENT], &[b"cmd=_notify-validate&", body].concat()).await
}

#[tokio::test]
async fn the_postback_vouches_for_exactly_the_bytes_that_were_sent() {
    let stand_in = started(&keys()).await;
    let notification = ipn::Factory::new(1, "it").of_kind(Kind::Completed, NOW_MS);
    assert_eq!(postback(&stand_in, &notification.body).await.body, "INVALID", "not sent yet");
    let delivery = ipn::send(stand_in.sent(), &notification);
    for _ in 0..2 {
        let answer = postback(&stand_in, &delivery.body).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "VERIFIED"));
    }
    for altered in [&delivery.body[1..], &[&delivery.body[..], b"\n"].concat(), b""] {
        assert_eq!(postback(&stand_in, altered).await.body, "INVALID");
    }
    // Not in front, or not at all: no question that PayPal knows.
    let behind = [&delivery.body[..], b"&cmd=_notify-validate"].concat();
    for other in [&behind, &delivery.body.to_vec()] {
        assert_eq!(post(&stand_in, "/cgi-bin/webscr", &[AGENT], other).await.body, "INVALID");
    }
    let counts = stand_in.postbacks();
    assert_eq!((counts.verified, counts.invalid, counts.total()), (2, 6, 8));
}

#[tokio::test]
async fn the_postback_is_refused_without_a_user_agent() {
    let stand_in = started(&keys()).await;
    let notification = ipn::Factory::new(1, "it").of_kind(Kind::Completed, NOW_MS);
    let body = [b"cmd=_notify-validate&", &ipn::send(stand_in.sent(), &notification).body[..]].concat();
    for headers in [&[][..], &[("user-agent", "")]] {
        let answer = post(&stand_in, "/cgi-bin/webscr", headers, &body).await;
        assert_eq!((answer.status, stand_in.postbacks().verified), (403, 0));
    }
    assert_eq!(stand_in.postbacks().refused, 2);
}

#[tokio::test]
async fn drills_begin_and_end() {
    let keys = keys();
    let stand_in = started(&keys).await;
    let delivery = ipn::send(stand_in.sent(), &ipn::Factory::new(1, "it").of_kind(Kind::Completed, NOW_MS));
    stand_in.set_postback(Behaviour::Unavailable);
    stand_in.set_api(Behaviour::Unavailable);
    assert_eq!(postback(&stand_in, &delivery.body).await.status, 503);
    assert_eq!(post(&stand_in, "/v1/oauth2/token", &[], b"").await.status, 503);
    assert_eq!(post(&stand_in, VERIFY, &[], b"{}").await.status, 503);
    stand_in.set_postback(Behaviour::Garbage);
    let garbage = postback(&stand_in, &delivery.body).await;
    assert_eq!(garbage.status, 200);
    assert!(
        garbage.body.contains("VERIFIED") && garbage.body.starts_with("<html>"),
        "a page with the word in it"
    );
    for normal in [Behaviour::Slow(std::time::Duration::from_millis(1)), Behaviour::Normal] {
        stand_in.set_postback(normal);
        assert_eq!(postback(&stand_in, &delivery.body).await.body, "VERIFIED");
    }
    assert_eq!((stand_in.postbacks().out_of_order, stand_in.api_calls().out_of_order), (2, 2));
    assert_eq!(Behaviour::named("slow1500"), Some(Behaviour::Slow(std::time::Duration::from_millis(1500))));
    assert_eq!((Behaviour::named("slow"), Behaviour::named("fast")), (None, None));
}

fn basic(keys: &Keys) -> String {
    use base64::Engine as _;
    let secrets = keys.secrets_json();
    let text = |field: &str| secrets["paypal"][field].as_str().expect("a text").to_owned();
    let pair = format!("{}:{}", text("client_id"), text("client_secret"));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

async fn token(stand_in: &PaypalStandIn, keys: &Keys) -> String {
    let authorization = [("authorization", &*basic(keys))];
    let answer = post(stand_in, "/v1/oauth2/token", &authorization, b"grant_type=client_credentials").await;
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((&answer["token_type"], answer["expires_in"].as_u64()), (&json!("Bearer"), Some(32_400)));
    answer["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn tokens_are_for_who_knows_the_secret() {
    let keys = keys();
    let stand_in = started(&keys).await;
    let grant = b"grant_type=client_credentials";
    for headers in [
        &[][..],
        &[("authorization", "Basic")],
        &[("authorization", "Basic QTpC")],
        &[("authorization", basic(&keys).trim_start_matches("Basic "))],
    ] {
        assert_eq!(post(&stand_in, "/v1/oauth2/token", headers, grant).await.status, 401);
    }
    let no_grant = post(&stand_in, "/v1/oauth2/token", &[("authorization", &basic(&keys))], b"").await;
    assert_eq!(no_grant.status, 400);
    assert_ne!(token(&stand_in, &keys).await, token(&stand_in, &keys).await);
    let counts = stand_in.api_calls();
    assert_eq!((counts.tokens, counts.refused), (2, 5));
}

/// The request of the API for a delivery, the body as it is.
fn question(keys: &Keys, delivery: &provider_sim::Delivery) -> Vec<u8> {
    let header = |name: &str| json!(delivery.header(name).unwrap_or_default());
    let head = format!(
        r#"{{"transmission_id":{},"transmission_time":{},"cert_url":{},"auth_algo":{},"transmission_sig":{},"webhook_id":{},"webhook_event":"#,
        header("paypal-transmission-id"),
        header("paypal-transmission-time"),
        header("paypal-cert-url"),
        header("paypal-auth-algo"),
        header("paypal-transmission-sig"),
        keys.secrets_json()["paypal"]["webhook_id"],
    );
    [head.as_bytes(), &delivery.body, b"}"].concat()
}

#[tokio::test]
async fn the_api_verifies_the_signature_over_the_event_as_it_stands_in_the_request() {
    let keys = keys();
    let stand_in = started(&keys).await;
    let bearer = format!("Bearer {}", token(&stand_in, &keys).await);
    let ask = async |body: &[u8]| post(&stand_in, VERIFY, &[("authorization", &bearer)], body).await;
    let mut factory = EventFactory::new(Provider::Paypal, 1, "it");
    let event = factory.event(NOW_MS);
    let genuine = question(&keys, &sign(&keys, &event, NOW_MS));
    let answer = ask(&genuine).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"verification_status":"SUCCESS"}"#));

    let mut rng = StdRng::seed_from_u64(1);
    for tampering in [
        Tampering::WrongKey,
        Tampering::BodyBitFlip,
        Tampering::ReserializedJson,
        Tampering::V0Downgrade,
        Tampering::TruncatedSignature,
        Tampering::EmptySignature,
        Tampering::CertificateUrlSwap,
        Tampering::Replay,
    ] {
        let forged = question(&keys, &forge(&keys, &event, tampering, NOW_MS, &mut rng));
        let answer = ask(&forged).await;
        assert_eq!(answer.body, r#"{"verification_status":"FAILURE"}"#, "{}", tampering.name());
    }
    let other_webhook =
        String::from_utf8(genuine.clone()).expect("UTF-8").replace("\"webhook_id\":\"", "\"webhook_id\":\"X");
    assert!(ask(other_webhook.as_bytes()).await.body.contains("FAILURE"));
    for broken in [&b""[..], b"{}", b"[]", &genuine[..genuine.len() - 1]] {
        assert_eq!(ask(broken).await.status, 400);
    }

    stand_in.revoke_tokens();
    assert_eq!(ask(&genuine).await.status, 401);
    assert_eq!(post(&stand_in, VERIFY, &[], &genuine).await.status, 401);
    let counts = stand_in.api_calls();
    assert_eq!((counts.success, counts.failure), (1, 9));
}

#[tokio::test]
async fn a_shell_can_do_all_that_only_where_it_is_allowed() {
    let keys = keys();
    let closed = started(&keys).await;
    let get =
        async |endpoint: &str, path: &str| send(endpoint, "GET", path, &[], b"").await.expect("an answer");
    for path in ["/stand-in", "/stand-in/ipn/completed"] {
        assert_eq!(get(&closed.endpoint, path).await.status, 404);
    }
    assert_eq!(post(&closed, "/stand-in/sent", &[], b"x=1").await.status, 404);
    assert_eq!(postback(&closed, b"x=1").await.body, "INVALID");

    let options = StandInOptions { port: 0, admin: Some(Admin { now_ms: || NOW_MS, seed: 1 }) };
    let open = PaypalStandIn::start(&keys, options).await.expect("a port");
    for kind in Kind::ALL {
        let answer =
            get(&open.endpoint, &format!("/stand-in/ipn/{}?receiver=shop%40example.org", kind.name())).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("=shop%40example.org"), "{}", answer.body);
        assert_eq!(postback(&open, answer.body.as_bytes()).await.body, "VERIFIED");
    }
    let unknown = get(&open.endpoint, "/stand-in/ipn/Completed").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("completed"), "{}", unknown.body);

    assert_eq!(post(&open, "/stand-in/sent", &[], b"x=1").await.status, 204);
    assert_eq!(postback(&open, b"x=1").await.body, "VERIFIED");
    assert_eq!(post(&open, "/stand-in/postback/unavailable", &[], b"").await.status, 204);
    assert_eq!(postback(&open, b"x=1").await.status, 503);
    assert_eq!(post(&open, "/stand-in/postback/none", &[], b"").await.status, 404);
    assert_eq!(post(&open, "/stand-in/api/garbage", &[], b"").await.status, 204);
    assert!(post(&open, "/v1/oauth2/token", &[], b"").await.body.starts_with("<html>"));
    let told: Value = serde_json::from_str(&get(&open.endpoint, "/stand-in").await.body).expect("JSON");
    assert_eq!(told["postbacks"], json!({ "verified": 17, "invalid": 0, "refused": 0, "out_of_order": 1 }));
}

//! PayPal's JSON webhooks where PayPal's API is asked about each: no certificate is fetched or trusted.

use localstack::embedded::{Options, PaypalVerification};
use provider_sim::{Behaviour, EventFactory, Provider, Tampering, forge, sign};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::system::Kept;
use super::{now_ms, with};

fn by_api(options: &mut Options) {
    options.paypal_verification = PaypalVerification::Api;
    // The root of trust is for certificates only.
    if let Some(paypal) = &mut options.paypal {
        paypal.trust_root_pem = None;
    }
}

#[test]
fn api_mode_a_genuine_webhook_is_accepted_and_stored_once() {
    with(by_api, async |system| {
        let mut factory = EventFactory::new(Provider::Paypal, 1, "api");
        let mut ids = Vec::new();
        for _ in 0..20 {
            let event = factory.event(now_ms());
            let delivery = sign(&system.keys, &event, now_ms());
            system.accept(&delivery).await;
            system.accept(&delivery).await;
            ids.push(event.event_id);
        }
        system.kept().await.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let counts = system.paypal.api_calls();
        assert_eq!((counts.success, counts.failure), (40, 0));
        assert!(counts.tokens <= 4, "a token is kept while it lives: {counts:?}");
        assert_eq!(system.paypal.fetches(), 0, "no certificate is needed");
    });
}

#[test]
fn api_mode_invariant_2_a_forged_webhook_is_refused_and_leaves_no_trace() {
    with(by_api, async |system| {
        let mut rng = StdRng::seed_from_u64(2);
        let mut factory = EventFactory::new(Provider::Paypal, 2, "api");
        for tampering in Tampering::ALL {
            if !tampering.applies_to(Provider::Paypal) || tampering.needs_captured() {
                continue;
            }
            let event = factory.event(now_ms());
            let answer = system.deliver(&forge(&system.keys, &event, tampering, now_ms(), &mut rng)).await;
            let allowed = tampering.allowed_statuses(Provider::Paypal);
            assert!(allowed.contains(&answer.status), "{}: {answer:?}", tampering.name());
        }
        assert_eq!(system.kept().await, Kept::default());
        assert_eq!(system.paypal.api_calls().success, 0);
    });
}

#[test]
fn api_mode_invariant_2_a_body_with_the_same_crc_is_refused() {
    with(by_api, async |system| {
        let event = EventFactory::new(Provider::Paypal, 3, "api").event(now_ms());
        let captured = sign(&system.keys, &event, now_ms());
        system.accept(&captured).await;
        let mut rng = StdRng::seed_from_u64(3);
        let forged =
            provider_sim::forge_from(&system.keys, &captured, Tampering::CrcCollision, now_ms(), &mut rng);
        assert_eq!(system.deliver(&forged).await.status, 401, "PayPal's own API says SUCCESS to that");
        system.kept().await.exactly(&[&event.event_id]);
    });
}

#[test]
fn api_mode_without_paypals_answer_the_webhook_is_to_be_sent_again() {
    with(by_api, async |system| {
        let event = EventFactory::new(Provider::Paypal, 4, "api").event(now_ms());
        let delivery = sign(&system.keys, &event, now_ms());
        for behaviour in [Behaviour::Unavailable, Behaviour::Garbage] {
            system.paypal.set_api(behaviour);
            let answer = system.deliver(&delivery).await;
            assert_eq!(answer.status, 503, "{behaviour:?}: {answer:?}");
        }
        assert_eq!(system.kept().await, Kept::default(), "neither believed nor refused");
        system.paypal.set_api(Behaviour::Normal);
        // A failure is remembered for a second, so that an API that is down is not flooded.
        system.accept_in_the_end(&delivery).await;
        system.kept().await.exactly(&[&event.event_id]);
    });
}

#[test]
fn api_mode_a_token_that_was_revoked_is_replaced() {
    with(by_api, async |system| {
        let mut factory = EventFactory::new(Provider::Paypal, 5, "api");
        let mut ids = Vec::new();
        for _ in 0..3 {
            let event = factory.event(now_ms());
            let delivery = sign(&system.keys, &event, now_ms());
            system.accept(&delivery).await;
            ids.push(event.event_id);
            system.paypal.revoke_tokens();
        }
        system.kept().await.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(system.paypal.api_calls().tokens >= 3);
    });
}

//! Rotation, as a theorem: [`REFETCH_PAUSE_SECS`] after a secret was put with the old one as previous, no delivery signed with
//! either is refused, whatever arrived before. The clock is the test's.

use proptest::prelude::*;

use super::tests::{PAYPAL_BODY, TRANSMISSION, TestIntake, intake, sign_at};
use super::*;
use crate::certificate::test_pki::NOW;
use crate::keys::{REFETCH_PAUSE_SECS, SECRET_TTL_SECS};
use crate::twins::{MemorySecrets, MemorySignatureApi, unavailable};

/// An endpoint to rotate.
#[derive(Debug, Clone, Copy)]
struct Endpoint {
    provider: Provider,
    /// Whether PayPal is asked.
    remote: bool,
}

const ENDPOINTS: [Endpoint; 4] = [
    Endpoint { provider: Provider::Stripe, remote: false },
    Endpoint { provider: Provider::Paypal, remote: false },
    Endpoint { provider: Provider::Paypal, remote: true },
    Endpoint { provider: Provider::Square, remote: false },
];

const OLD: &str = "old-key";
const NEW: &str = "new-key";
const FORGED: &str = "forged-key";

/// What arrives before the rotation's pause is over.
#[derive(Debug, Clone, Copy)]
enum Arrival {
    Forgery,
    Old,
    New,
    /// From here on the source answers, or does not.
    Source {
        up: bool,
    },
}

impl Endpoint {
    /// What the secret store holds for `key`.
    fn stored(self, key: &str) -> String {
        match self.provider {
            Provider::Stripe => format!(r#"{{"secret":"{key}"}}"#),
            Provider::Paypal => format!(r#"{{"webhook_id":"{key}","client_id":"app","client_secret":"s"}}"#),
            Provider::Square => {
                format!(r#"{{"key":"{key}","notification_url":"https://api.example/square"}}"#)
            }
        }
    }

    fn intake(self, secrets: &MemorySecrets) -> TestIntake<'_> {
        let mut intake = intake(self.provider, secrets);
        if self.remote {
            let api = MemorySignatureApi::default();
            api.know("app", "s");
            intake.signature_api = Some(RemoteProof::new(api));
        }
        intake
    }

    const fn body(self) -> &'static str {
        match self.provider {
            Provider::Stripe => super::tests::STRIPE_BODY,
            Provider::Paypal => PAYPAL_BODY,
            Provider::Square => super::tests::SQUARE_BODY,
        }
    }

    /// The answer to a delivery made with `key` that arrives at `now`.
    async fn deliver(self, intake: &TestIntake<'_>, key: &str, now: UnixTime) -> (u16, &'static str) {
        if let Some(remote) = &intake.signature_api {
            // In this mode the twin knows by the webhook id what PayPal has signed.
            if key != FORGED {
                remote.api().signed(key, TRANSMISSION, self.body());
            }
        }
        let headers = sign_at(self.provider, key, self.body(), now);
        let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = intake.handle(&headers, Bytes::from_static(self.body().as_bytes()), now).await;
        if let Some(remote) = &intake.signature_api {
            remote.api().unsigned();
        }
        (answer.status, answer.outcome)
    }
}

fn at(millis: i64) -> UnixTime {
    UnixTime::from_millis(NOW.millis() + millis)
}

const PAUSE_MILLIS: i64 = REFETCH_PAUSE_SECS * 1000;

/// Plays `arrivals` (each so many milliseconds after the one before), puts the new secret at `put_at`, and then checks every
/// delivery from `put_at` plus the pause on.
async fn play(endpoint: Endpoint, arrivals: &[(i64, Arrival)], put_at: i64, checks: &[(i64, bool)]) {
    let secrets = MemorySecrets::default();
    secrets.set(endpoint.provider, &[&endpoint.stored(OLD)]);
    let intake = endpoint.intake(&secrets);
    assert_eq!(endpoint.deliver(&intake, OLD, at(0)).await.0, 200);
    let mut now = 0;
    let mut put = false;
    let put_now = |put: &mut bool| {
        // The theorem is about a source that answers once the secret is put.
        secrets.fail_with(None);
        secrets.set(endpoint.provider, &[&endpoint.stored(NEW), &endpoint.stored(OLD)]);
        *put = true;
    };
    for (after, arrival) in arrivals {
        now += after;
        if now >= put_at && !put {
            put_now(&mut put);
        }
        if now >= put_at + PAUSE_MILLIS {
            break;
        }
        match arrival {
            Arrival::Forgery => {
                let answer = endpoint.deliver(&intake, FORGED, at(now)).await;
                assert_ne!(answer.0, 200, "{endpoint:?}: a forgery never passes");
            }
            Arrival::Old => {
                let answer = endpoint.deliver(&intake, OLD, at(now)).await;
                assert_ne!(answer.0, 401, "{endpoint:?} at {now}: the old secret is good throughout");
            }
            Arrival::New => drop(endpoint.deliver(&intake, NEW, at(now)).await),
            Arrival::Source { up } if !put => secrets.fail_with((!up).then(|| unavailable("source"))),
            Arrival::Source { .. } => {}
        }
    }
    if !put {
        put_now(&mut put);
    }
    let mut now = put_at + PAUSE_MILLIS;
    for (after, new) in checks {
        now += after;
        let key = if *new { NEW } else { OLD };
        let answer = endpoint.deliver(&intake, key, at(now)).await;
        assert_eq!(answer, (200, "accepted"), "{endpoint:?}: signed with {key} {now} ms after the beginning");
    }
}

fn arrival() -> impl Strategy<Value = (i64, Arrival)> {
    let what = prop_oneof![
        6 => Just(Arrival::Forgery),
        1 => Just(Arrival::Old),
        1 => Just(Arrival::New),
        1 => any::<bool>().prop_map(|up| Arrival::Source { up }),
    ];
    // Mostly close together, sometimes past a pause or the secret's life.
    let after = prop_oneof![
        8 => 200..3_000_i64,
        3 => 25_000..35_000_i64,
        1 => (SECRET_TTL_SECS - 5) * 1000..(SECRET_TTL_SECS + 5) * 1000,
    ];
    (after, what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn after_the_pause_nothing_signed_with_either_secret_is_refused(
        arrivals in prop::collection::vec(arrival(), 0..60),
        put_at in 0..400_000_i64,
        checks in prop::collection::vec((0..400_000_i64, any::<bool>()), 1..6),
        endpoint in 0..ENDPOINTS.len(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(ENDPOINTS[endpoint], &arrivals, put_at, &checks));
    }
}

/// The worst that can happen, for each endpoint: a forgery makes the system look a moment before the secret is put.
#[tokio::test]
async fn a_look_just_before_the_rotation_costs_the_pause_and_no_more() {
    for endpoint in ENDPOINTS {
        let secrets = MemorySecrets::default();
        secrets.set(endpoint.provider, &[&endpoint.stored(OLD)]);
        let intake = endpoint.intake(&secrets);
        assert_eq!(endpoint.deliver(&intake, OLD, at(0)).await.0, 200);
        assert_eq!(endpoint.deliver(&intake, FORGED, at(999)).await.0, 401);
        secrets.set(endpoint.provider, &[&endpoint.stored(NEW), &endpoint.stored(OLD)]);
        assert_eq!(secrets.calls(), 2);
        for millis in [1000, 10_000, 30_998] {
            assert_eq!(endpoint.deliver(&intake, FORGED, at(millis)).await.0, 401);
            assert_eq!(
                endpoint.deliver(&intake, NEW, at(millis)).await.0,
                401,
                "{endpoint:?}: the pause holds"
            );
            assert_eq!(endpoint.deliver(&intake, OLD, at(millis)).await.0, 200);
        }
        assert_eq!(secrets.calls(), 2, "{endpoint:?}");
        for key in [NEW, OLD, NEW] {
            assert_eq!(endpoint.deliver(&intake, key, at(31_000)).await, (200, "accepted"), "{endpoint:?}");
        }
        assert_eq!(secrets.calls(), 3, "{endpoint:?}: one read found both");
    }
}

/// A source that is down is asked no more often than one that has nothing new.
#[tokio::test]
async fn a_failed_look_is_followed_by_the_same_pause() {
    for endpoint in ENDPOINTS {
        let secrets = MemorySecrets::default();
        secrets.set(endpoint.provider, &[&endpoint.stored(OLD)]);
        let intake = endpoint.intake(&secrets);
        assert_eq!(endpoint.deliver(&intake, OLD, at(0)).await.0, 200);
        secrets.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
        for millis in (1000..31_000).step_by(250) {
            let answer = endpoint.deliver(&intake, FORGED, at(millis)).await;
            assert_eq!(answer, (401, "signature_mismatch"), "{endpoint:?}");
        }
        assert_eq!(secrets.calls(), 2, "{endpoint:?}: once in the pause");
        endpoint.deliver(&intake, FORGED, at(31_000)).await;
        assert_eq!(secrets.calls(), 3, "{endpoint:?}");
    }
}

/// Once the secret is replaced without a trace of the old one, the old one is worth nothing.
#[tokio::test]
async fn a_secret_that_is_gone_proves_nothing() {
    for endpoint in ENDPOINTS {
        let secrets = MemorySecrets::default();
        secrets.set(endpoint.provider, &[&endpoint.stored(OLD)]);
        let intake = endpoint.intake(&secrets);
        assert_eq!(endpoint.deliver(&intake, OLD, at(0)).await.0, 200);
        secrets.set(endpoint.provider, &[&endpoint.stored(NEW)]);
        assert_eq!(endpoint.deliver(&intake, NEW, at(1000)).await.0, 200);
        assert_eq!(endpoint.deliver(&intake, OLD, at(2000)).await.0, 401, "{endpoint:?}");
    }
}

use super::*;
use crate::certificate::test_pki::{Leaf, NOW, PKI};
use crate::intake::tests::{CERT_PATH, PAYPAL_BODY, STRIPE_BODY, genuine, secrets, sign};
use crate::keys::KeyringOptions;
use crate::twins::{
    MemoryCertificates, MemoryPayments, MemorySecrets, MemoryTransmissions, refused, unavailable,
};

struct Twins<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> DirectPorts for Twins<'a> {
    type Secrets = &'a MemorySecrets;
    type Certificates = MemoryCertificates;
    type Transmissions = MemoryTransmissions;
    type Payments = &'a MemoryPayments;
}

struct World {
    secrets: MemorySecrets,
    payments: MemoryPayments,
}

impl World {
    fn new() -> Self {
        Self { secrets: secrets(), payments: MemoryPayments::default() }
    }

    fn direct(&self, provider: Provider) -> Direct<Twins<'_>> {
        let certificates = MemoryCertificates::default();
        certificates.set("api.paypal.com", CERT_PATH, PKI.chain(&Leaf::default()));
        let options = KeyringOptions { paypal_roots: PKI.roots(), square_notification_url: None };
        Direct {
            provider,
            keyring: Keyring::new(&self.secrets, certificates, options),
            transmissions: MemoryTransmissions::default(),
            payments: &self.payments,
        }
    }

    /// The ids of each payment's events, oldest first.
    fn events(&self) -> Vec<Vec<String>> {
        let ids = |payment: &Payment| payment.events().iter().map(|event| event.event_id.clone()).collect();
        self.payments.payments().iter().map(ids).collect()
    }
}

async fn send(direct: &Direct<Twins<'_>>, headers: &[(&'static str, String)], body: &str) -> Answer {
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
    direct.decide(&headers, Bytes::copy_from_slice(body.as_bytes()), NOW).await
}

async fn deliver(direct: &Direct<Twins<'_>>, body: &str) -> (u16, &'static str) {
    let (key, _) = genuine(direct.provider);
    let answer = send(direct, &sign(direct.provider, key, body), body).await;
    (answer.status, answer.outcome)
}

/// Stripe's event of this id and second, of the sample's payment.
fn stripe(id: &str, created: &str) -> String {
    STRIPE_BODY.replace("evt_1", id).replace("1763750000", created)
}

#[tokio::test]
async fn a_genuine_delivery_is_stored_and_then_acknowledged() {
    for provider in [Provider::Stripe, Provider::Paypal] {
        let world = World::new();
        let direct = world.direct(provider);
        let (_, body) = genuine(provider);
        assert_eq!(deliver(&direct, body).await, (200, "stored"), "{provider}");
        assert_eq!(deliver(&direct, body).await, (200, "duplicate"), "{provider}");
        let payments = world.payments.payments();
        let [payment] = &payments[..] else { panic!("{provider}: one payment") };
        assert_eq!(payment.revision().number(), 1, "{provider}: a duplicate changes nothing");
        assert_eq!(payment.events()[0].raw_payload_s3_key, "", "{provider}: there is no bucket");
    }
}

#[tokio::test]
async fn the_answer_is_the_validators() {
    let world = World::new();
    let direct = world.direct(Provider::Stripe);
    let answer = send(&direct, &sign(Provider::Stripe, "whsec_1", STRIPE_BODY), STRIPE_BODY).await;
    assert_eq!(answer.body, r#"{"status":"accepted","event_id":"evt_1"}"#);
    assert_eq!((answer.event_id.as_deref(), answer.transaction_id.as_deref()), (Some("evt_1"), Some("pi_1")));
}

#[tokio::test]
async fn a_late_event_is_kept_and_does_not_become_the_latest() {
    let world = World::new();
    let direct = world.direct(Provider::Stripe);
    assert_eq!(deliver(&direct, &stripe("evt_new", "1763750009")).await, (200, "stored"));
    assert_eq!(deliver(&direct, &stripe("evt_old", "1763750000")).await, (200, "stored_late"));
    assert_eq!(deliver(&direct, &stripe("evt_old", "1763750000")).await, (200, "duplicate"));
    assert_eq!(world.events(), [["evt_old", "evt_new"]]);
}

#[tokio::test]
async fn concurrent_deliveries_of_events_of_one_payment_are_each_stored_once() {
    let world = World::new();
    let direct = world.direct(Provider::Stripe);
    let bodies: Vec<_> = (0..6).map(|number| stripe(&format!("evt_{number}"), "1763750000")).collect();
    let deliveries = bodies.iter().cycle().take(24).map(|body| deliver(&direct, body));
    let answers = futures::future::join_all(deliveries).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, outcome)| *outcome == "duplicate").count(), 18, "{answers:?}");
    let payments = world.payments.payments();
    assert_eq!((payments.len(), payments[0].events().len()), (1, 6));
}

#[tokio::test]
async fn a_forgery_leaves_nothing() {
    for provider in [Provider::Stripe, Provider::Paypal] {
        let world = World::new();
        let direct = world.direct(provider);
        let (_, body) = genuine(provider);
        let answer = send(&direct, &sign(provider, "guessed", body), body).await;
        assert_eq!((answer.status, answer.outcome), (401, "signature_mismatch"), "{provider}");
        assert_eq!(world.payments.calls(), 0, "{provider}: the table is not even asked");
    }
}

#[tokio::test]
async fn a_captured_transmission_does_not_carry_another_body() {
    let world = World::new();
    let direct = world.direct(Provider::Paypal);
    assert_eq!(deliver(&direct, PAYPAL_BODY).await, (200, "stored"));
    // The same transmission id, signed again by the same key: what a forged CRC-32 amounts to.
    let other = PAYPAL_BODY.replace("CAP1", "CAP2");
    assert_eq!(deliver(&direct, &other).await, (401, "transmission_reused"));
    assert_eq!(world.events(), [["WH-1"]]);
}

#[tokio::test]
async fn a_form_is_refused_unread() {
    let world = World::new();
    let direct = world.direct(Provider::Paypal);
    let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let answer = send(&direct, &form, "payment_status=Completed").await;
    assert_eq!((answer.status, answer.outcome), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn an_event_without_sense_is_left_with_the_provider() {
    let world = World::new();
    let direct = world.direct(Provider::Stripe);
    let poison = STRIPE_BODY.replace("usd", "zzz");
    assert_eq!(deliver(&direct, &poison).await, (503, "cannot_normalize"));
    assert_eq!(world.payments.calls(), 0, "and it is not stored without its money");
    let unknown = STRIPE_BODY.replace("charge.succeeded", "charge.imagined");
    assert_eq!(deliver(&direct, &unknown).await, (200, "stored"), "an unknown type is not poison");
    assert_eq!(world.payments.payments()[0].events()[0].event_type, "other");
}

#[tokio::test]
async fn a_malformed_body_is_refused_once_it_is_proven() {
    let world = World::new();
    let direct = world.direct(Provider::Stripe);
    assert_eq!(deliver(&direct, "{").await, (400, "not_json"));
    assert_eq!(deliver(&direct, r#"{"id":"evt_1"}"#).await, (400, "wrong_shape"));
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged() {
    for failure in [unavailable("dynamodb:PutItem"), refused("dynamodb:PutItem")] {
        let world = World::new();
        let direct = world.direct(Provider::Stripe);
        world.payments.fail_with(Some(failure));
        assert_eq!(deliver(&direct, STRIPE_BODY).await, (503, "store_unavailable"));
    }
    let world = World::new();
    world.secrets.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
    assert_eq!(deliver(&world.direct(Provider::Stripe), STRIPE_BODY).await, (503, "key_unavailable"));
}

/// A store in which somebody else is always faster.
struct Overtaking(MemoryPayments);

impl PaymentStore for Overtaking {
    async fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<crate::payment::Revision>,
    ) -> Result<PaymentPut, PortError> {
        let other = |number: u64| {
            let mut event = payment.events()[0].clone();
            event.event_id = format!("evt_other_{number}");
            event
        };
        let faster = match made_from {
            None => Payment::begun(other(0)),
            Some(revision) => {
                let number = revision.number();
                Payment::stored(crate::payment::Revision::numbered(number + 1), vec![other(number)]).unwrap()
            }
        };
        self.0.put_payment(&faster, made_from).await?;
        self.0.put_payment(payment, made_from).await
    }
}

struct Crowded;

impl DirectPorts for Crowded {
    type Secrets = MemorySecrets;
    type Certificates = MemoryCertificates;
    type Transmissions = MemoryTransmissions;
    type Payments = Overtaking;
}

#[tokio::test]
async fn a_delivery_that_is_always_overtaken_comes_again() {
    let direct = Direct::<Crowded> {
        provider: Provider::Stripe,
        keyring: Keyring::new(secrets(), MemoryCertificates::default(), KeyringOptions::default()),
        transmissions: MemoryTransmissions::default(),
        payments: Overtaking(MemoryPayments::default()),
    };
    let headers = sign(Provider::Stripe, "whsec_1", STRIPE_BODY);
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = direct.decide(&headers, Bytes::from_static(STRIPE_BODY.as_bytes()), NOW).await;
    assert_eq!((answer.status, answer.outcome), (503, "store_unavailable"));
    assert_eq!(direct.payments.0.calls(), 2 * MAX_TRIES);
}

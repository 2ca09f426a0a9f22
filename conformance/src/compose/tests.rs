use super::*;
use crate::template::Names as _;

const NOW_MS: i64 = 1_795_000_000_000;

fn keys() -> Keys {
    Keys::generate(1, "https://example.com/api/v1/webhooks/square").expect("keys")
}

fn scene() -> Scene {
    let mut scene = Scene::new("n1".to_owned());
    scene.now_ms = NOW_MS;
    scene
}

fn made(step: &str, scene: &mut Scene, keys: &Keys) -> Result<Composed, Impossible> {
    let send: Send = toml::from_str(step).expect("a step");
    compose(&send, scene, KeyPairs { current: keys, previous: None }, 1)
}

#[test]
fn a_plain_step_is_what_the_provider_sends() {
    let keys = keys();
    for provider in Provider::ALL {
        let composed = made(&format!("provider = \"{provider}\""), &mut scene(), &keys).expect("a delivery");
        let event = Event {
            provider,
            event_id: composed.delivery.event_id.clone(),
            transaction_id: composed.delivery.transaction_id.clone(),
            event_type: "",
            created_ms: composed.created_ms,
            body: composed.delivery.body.clone(),
        };
        assert_eq!(composed.delivery.headers, sign(&keys, &event, NOW_MS).headers, "{provider}");
    }
}

#[test]
fn the_same_step_gives_the_same_bytes_and_another_case_other_ids() {
    let keys = keys();
    let step = "provider = \"stripe\"";
    let one = made(step, &mut scene(), &keys).expect("a delivery");
    assert_eq!(one.delivery.body, made(step, &mut scene(), &keys).expect("a delivery").delivery.body);
    let mut elsewhere = scene();
    elsewhere.nonce = "n2".to_owned();
    let other = made(step, &mut elsewhere, &keys).expect("a delivery");
    assert_ne!(one.delivery.event_id, other.delivery.event_id);
    let mut twice = scene();
    let first = made(step, &mut twice, &keys).expect("a delivery");
    let second = made(step, &mut twice, &keys).expect("a delivery");
    assert_ne!(first.delivery.event_id, second.delivery.event_id);
}

#[test]
fn parts_of_a_signature_are_chosen_one_by_one() {
    let keys = keys();
    let header = |step: &str, name: &str| {
        let composed = made(step, &mut scene(), &keys).expect("a delivery");
        composed
            .headers
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .expect("a header")
    };
    let stripe =
        |sign: &str| header(&format!("provider = \"stripe\"\nsign = {{ {sign} }}"), "stripe-signature");
    let genuine = stripe("");
    assert!(genuine.starts_with("t=1795000000,v1="), "{genuine}");
    assert_ne!(stripe("key = \"wrong\""), genuine);
    assert!(stripe("time = \"{now-301}\"").starts_with("t=1794999699,v1="));
    assert_eq!(stripe("header = \"v0={mac}\""), genuine.replace("t=1795000000,v1=", "v0="));
    assert_eq!(stripe("header = \"{mac:upper}\""), genuine[16..].to_uppercase());

    let paypal =
        |sign: &str, name: &str| header(&format!("provider = \"paypal\"\nsign = {{ {sign} }}"), name);
    assert_eq!(paypal("algorithm = \"SHA1withRSA\"", "paypal-auth-algo"), "SHA1withRSA");
    assert_eq!(
        paypal("cert-url = \"http://x/{cert}\"", "paypal-cert-url"),
        format!("http://x/{}", craft::paypal_cert_name(&keys))
    );
    assert_ne!(paypal("crc = \"1\"", "paypal-transmission-sig"), paypal("", "paypal-transmission-sig"));
}

#[test]
fn edits_reach_into_the_event_before_it_is_signed() {
    let keys = keys();
    let step = r#"
        provider = "stripe"
        edit = [
            { at = "/data/object/amount", set = 1999 },
            { at = "/data/object/new/deep", set = "{nonce}" },
            { at = "/data/object/customer", null = true },
            { at = "/livemode" },
        ]
    "#;
    let composed = made(step, &mut scene(), &keys).expect("a delivery");
    let json: Value = serde_json::from_slice(&composed.delivery.body).expect("JSON");
    assert_eq!(json.pointer("/data/object/amount"), Some(&Value::from(1999)));
    assert_eq!(json.pointer("/data/object/new/deep"), Some(&Value::from("n1")));
    assert_eq!(json.pointer("/data/object/customer"), Some(&Value::Null));
    assert_eq!(json.get("livemode"), None);
    let mac = craft::stripe_mac(&keys, craft::Key::Genuine, "1795000000", &composed.delivery.body);
    assert_eq!(composed.delivery.header("stripe-signature"), Some(format!("t=1795000000,v1={mac}").as_str()));
}

#[test]
fn what_cannot_be_done_is_said() {
    let keys = keys();
    for (step, words) in [
        ("provider = \"stripe\"\nevent = \"no.such\"", "no.such"),
        ("provider = \"stripe\"\nagain = \"first\"", "`first`"),
        ("provider = \"stripe\"\ncreated = \"yesterday\"", "yesterday"),
        ("provider = \"stripe\"\nforge = \"magic\"", "crc-collision"),
        ("provider = \"stripe\"\nedit = [{ at = \"/no/such\" }]", "/no/such"),
        ("provider = \"stripe\"\nsign = { key = \"previous\" }", "rotated"),
        ("provider = \"square\"\nevent = \"payment.updated/MELTED\"", "MELTED"),
        ("provider = \"stripe\"\nsign = { header = \"{sig}\" }", "{sig}"),
    ] {
        let error = made(step, &mut scene(), &keys).expect_err(step);
        assert!(error.to_string().contains(words), "{step}: {error}");
    }
    assert_eq!(scene().value("mac"), None);
}

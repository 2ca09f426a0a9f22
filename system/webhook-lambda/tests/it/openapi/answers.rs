//! Real answers of the functions, over in-memory ports, against the document.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::Sha256;
use webhook_core::contract::sample;
use webhook_core::intake::{Intake, IntakePorts};
use webhook_core::keys::{Keyring, KeyringOptions};
use webhook_core::ports::{PortError, Put, TransactionStore};
use webhook_core::provider::Provider;
use webhook_core::twins::{
    MemoryCertificates, MemoryDispatch, MemoryQuarantine, MemoryRawStore, MemorySecrets, MemorySignatureApi,
    MemoryTransactions, MemoryTransmissions, unavailable,
};
use webhook_core::unix_time::UnixTime;
use webhook_lambda::invocation::Invocation;
use webhook_lambda::log::{Level, Log};
use webhook_lambda::proxy::ProxyResponse;
use webhook_lambda::query::Query;
use webhook_lambda::stage::Deployment;
use webhook_lambda::validator::Validator;

use super::document::Document;

const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);
const STRIPE_SECRET: &str = "whsec_document";
const SQUARE_KEY: &str = "square_document";
const SQUARE_URL: &str = "https://webhooks.example.com/api/v1/webhooks/square";
const LIST: &str = "/api/v1/transactions";
const BY_ID: &str = "/api/v1/transactions/{id}";

/// The statuses that answers had: a test that met none of them has tested nothing.
#[derive(Default)]
struct Met(BTreeSet<u16>);

impl Met {
    /// Status, headers and body must be described.
    fn check(&mut self, document: &Document, path: &str, method: &str, response: &ProxyResponse) -> Value {
        let status = response.status_code;
        let answer = document.response(path, method, status);
        let answer = answer.unwrap_or_else(|| panic!("{method} {path}: {status} is not described"));
        let headers = serde_json::to_value(&response.headers).unwrap();
        for (name, header) in answer["headers"].as_object().unwrap() {
            let header = document.resolve(header);
            // The gateway adds its own.
            let own = !name.to_ascii_lowercase().starts_with("x-am");
            match headers.get(name) {
                Some(value) => {
                    assert!(document.validator(&header["schema"]).is_valid(value), "{name}: {value}")
                }
                None => assert!(!own || header["required"] != true, "{status}: the header {name} is missing"),
            }
        }
        let media_type = headers["content-type"].as_str().unwrap();
        let schema = &answer["content"][media_type]["schema"];
        let body: Value = serde_json::from_str(&response.body).unwrap();
        let errors: Vec<_> =
            document.validator(schema).iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{method} {path} {status}: {errors:?} in {body}");
        self.0.insert(status);
        body
    }
}

async fn queries() -> (Query<MemoryTransactions>, Query<MemoryTransactions>) {
    let store = MemoryTransactions::default();
    for number in 0..1_005_i64 {
        let payment = if number < 3 { format!("pi_{number}") } else { "pi_long".to_owned() };
        let at = Decimal::new((1_763_750_000 + number) * 1_000_000 + 7, 6);
        let mut record = sample(&payment, &format!("evt_{number}"), at);
        if number % 2 == 1 {
            (record.amount, record.currency, record.customer_id) = (None, None, None);
            record.metadata.clear();
        }
        assert_eq!(store.put_once(&record).await, Ok(Put::Stored));
    }
    let broken = MemoryTransactions::default();
    broken.fail_with(Some(unavailable("dynamodb:Query")));
    let log = || Log::new(Level::Error);
    (Query::new(store, deployed(), log()), Query::new(broken, deployed(), log()))
}

fn deployed() -> Deployment {
    Deployment { environment: Some("dev".to_owned()), ..Deployment::default() }
}

async fn ask(query: &Query<MemoryTransactions>, event: Value) -> ProxyResponse {
    query.answer(&event.to_string(), Invocation::begin("r-1")).await.unwrap()
}

#[tokio::test]
async fn answers_to_queries_are_described() {
    let document = Document::read();
    let (query, broken) = queries().await;
    let mut met = Met::default();
    let mut by_id = Met::default();
    for id in ["pi_0", "pi_1", "pi_long", "pi_unknown", "two%20words", "%", "%FF"] {
        let response = ask(&query, json!({"pathParameters": {"id": id}})).await;
        let body = by_id.check(&document, BY_ID, "get", &response);
        assert_eq!(body.get("truncated").is_some(), id == "pi_long");
    }
    let beside = json!({"pathParameters": {"id": "pi_1"}, "queryStringParameters": {"limit": "1"}});
    by_id.check(&document, BY_ID, "get", &ask(&query, beside).await);
    by_id.check(&document, BY_ID, "get", &ask(&broken, json!({"pathParameters": {"id": "pi_1"}})).await);
    let elsewhere = json!({"pathParameters": {"id": "pi_1"}, "stageVariables": {"env": "staging"}});
    let body = by_id.check(&document, BY_ID, "get", &ask(&query, elsewhere).await);
    assert_eq!(body["error"], "stage_mismatch");
    assert_eq!(by_id.0, [200, 400, 404, 503].into());

    for parameters in [
        json!({"provider": "stripe"}),
        json!({"provider": "stripe", "limit": "3", "status": "processed"}),
        json!({"provider": "square"}),
        json!({"customer_id": "cus_contract", "start": "2025-11-21T18:33:20Z", "end": "1763750009"}),
        json!({}),
        json!({"provider": "adyen"}),
        json!({"provider": ""}),
        json!({"customer_id": "two words"}),
        json!({"provider": "stripe", "status": "done"}),
        json!({"provider": "stripe", "start": "yesterday"}),
        json!({"provider": "stripe", "start": "9", "end": "8"}),
        json!({"provider": "stripe", "limit": "0"}),
        json!({"provider": "stripe", "next_token": "x"}),
        json!({"providers": "stripe"}),
    ] {
        let event = json!({"pathParameters": null, "queryStringParameters": parameters});
        met.check(&document, LIST, "get", &ask(&query, event).await);
    }
    let twice = json!({"multiValueQueryStringParameters": {"provider": ["stripe", "stripe"]}});
    met.check(&document, LIST, "get", &ask(&query, twice).await);
    let stripe = json!({"queryStringParameters": {"provider": "stripe"}});
    met.check(&document, LIST, "get", &ask(&broken, stripe).await);
    assert_eq!(met.0, [200, 400, 503].into());
}

struct Twins;

impl IntakePorts for Twins {
    type Secrets = MemorySecrets;
    type Certificates = MemoryCertificates;
    type Raw = MemoryRawStore;
    type Dispatch = MemoryDispatch;
    type Transmissions = MemoryTransmissions;
    type Quarantine = MemoryQuarantine;
    type SignatureApi = MemorySignatureApi;
}

fn validator(provider: Provider, raw_fails: Option<PortError>) -> Validator<Intake<Twins>> {
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Stripe, &[&json!({"secret": STRIPE_SECRET}).to_string()]);
    secrets.set(Provider::Square, &[&json!({"key": SQUARE_KEY, "notification_url": SQUARE_URL}).to_string()]);
    secrets.set(Provider::Paypal, &[&json!({"webhook_id": "8PT597110X687430LKGECATA"}).to_string()]);
    let raw = MemoryRawStore::default();
    raw.fail_with(raw_fails);
    let intake = Intake::<Twins> {
        provider,
        keyring: Keyring::new(secrets, MemoryCertificates::default(), KeyringOptions::default()),
        raw,
        dispatch: MemoryDispatch::default(),
        transmissions: MemoryTransmissions::default(),
        ipn: None,
        signature_api: None,
    };
    Validator::new(intake, deployed(), Log::new(Level::Error)).with_clock(|| NOW)
}

fn mac(key: &str, message: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    message.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// The delivery of `body`, signed where a test can: PayPal's certificates are not at hand.
fn signed(provider: Provider, body: &[u8]) -> Value {
    match provider {
        Provider::Stripe => {
            let hex: String = mac(STRIPE_SECRET, &[format!("{}.", NOW.secs()).as_bytes(), body])
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            json!({"Stripe-Signature": [format!("t={},v1={hex}", NOW.secs())]})
        }
        Provider::Square => {
            let signature = STANDARD.encode(mac(SQUARE_KEY, &[SQUARE_URL.as_bytes(), body]));
            json!({"x-square-hmacsha256-signature": [signature]})
        }
        Provider::Paypal => json!({
            "PAYPAL-TRANSMISSION-ID": ["69cd13f0-d67a-11e5-baa3-778b53f4ae55"],
            "PAYPAL-TRANSMISSION-TIME": ["2025-11-21T18:33:20Z"],
            "PAYPAL-TRANSMISSION-SIG": [STANDARD.encode([7; 256])],
            "PAYPAL-CERT-URL": ["https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"],
            "PAYPAL-AUTH-ALGO": ["SHA256withRSA"],
        }),
    }
}

async fn deliver(validator: &Validator<Intake<Twins>>, headers: &Value, body: &[u8]) -> ProxyResponse {
    let event = json!({
        "multiValueHeaders": headers, "body": STANDARD.encode(body), "isBase64Encoded": true,
        "requestContext": {"requestId": "api-1"},
    });
    validator.answer(&event.to_string(), Invocation::begin("r-1")).await.unwrap()
}

/// A delivery by another environment's stage.
async fn deliver_elsewhere(validator: &Validator<Intake<Twins>>) -> ProxyResponse {
    let event = json!({"stageVariables": {"env": "staging"}, "body": "{}"}).to_string();
    validator.answer(&event, Invocation::begin("r-1")).await.unwrap()
}

#[tokio::test]
async fn answers_to_webhooks_are_described() {
    let document = Document::read();
    for provider in Provider::ALL {
        let path = format!("/api/v1/webhooks/{provider}");
        let mut met = Met::default();
        let content = &document.operation(&path, "post")["requestBody"]["content"]["application/json"];
        let mut bodies: Vec<Vec<u8>> =
            ["", "{", "[]", "{}", "\u{feff}{}"].map(|text| text.as_bytes().to_vec()).into();
        bodies.extend([b"{\"id\":\"\xff\"}".to_vec(), vec![b' '; 256 * 1024 + 1]]);
        let mut accepted = 0;
        for example in content["examples"].as_object().unwrap().values() {
            let body = example["value"].to_string().into_bytes();
            let fine = deliver(&validator(provider, None), &signed(provider, &body), &body).await;
            let answer = met.check(&document, &path, "post", &fine);
            accepted += u32::from(fine.status_code == 200 && answer["event_id"].is_string());
            let down = validator(provider, Some(unavailable("s3:PutObject")));
            met.check(&document, &path, "post", &deliver(&down, &signed(provider, &body), &body).await);
            bodies.push(body);
        }
        for body in &bodies {
            let genuine = signed(provider, body);
            met.check(&document, &path, "post", &deliver(&validator(provider, None), &genuine, body).await);
            if body.len() > 10_000 {
                continue;
            }
            for name in genuine.as_object().unwrap().keys() {
                let value = &genuine[name][0];
                for forged in
                    [json!([]), json!([value, value]), json!([""]), json!(["x"]), json!(["caf\u{e9}"])]
                {
                    let mut headers = genuine.clone();
                    headers[name] = forged;
                    met.check(
                        &document,
                        &path,
                        "post",
                        &deliver(&validator(provider, None), &headers, body).await,
                    );
                }
            }
            met.check(&document, &path, "post", &deliver(&validator(provider, None), &json!({}), body).await);
        }
        let elsewhere = deliver_elsewhere(&validator(provider, None)).await;
        assert_eq!(met.check(&document, &path, "post", &elsewhere)["error"], "stage_mismatch");
        // PayPal's certificates cannot be had here, which is 401; its own tests go further.
        let (examples, statuses): (_, &[u16]) = match provider {
            Provider::Stripe => (2, &[200, 400, 401, 413, 503]),
            Provider::Square => (1, &[200, 400, 401, 413, 503]),
            Provider::Paypal => (0, &[401, 413, 503]),
        };
        assert_eq!(accepted, examples, "{provider}: the document's examples are taken");
        assert!(statuses.iter().all(|status| met.0.contains(status)), "{provider}: {:?}", met.0);
    }
}

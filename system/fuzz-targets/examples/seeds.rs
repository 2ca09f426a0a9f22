//! Writes the seeds of the corpora: what the providers really send (as `provider-sim` makes it), genuine, forged and
//! malformed, in each target's own framing.
//!
//! `cargo run -p fuzz-targets --example seeds -- system/fuzz/corpus`; with `--fixtures system/fuzz-targets/fixtures` it
//! makes the certificate chain anew as well, whose private keys it does not keep.

#![expect(clippy::expect_used, reason = "a tool that cannot write should say where")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use provider_sim::{
    Delivery, EventFactory, Keys, Malformation, Provider, Tampering, event_types, forge, malformed, sign,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use serde_json::json;

/// 2025-11-21T18:33:20Z, when the targets' clock stands.
const NOW_MS: i64 = 1_763_750_000_000;
const SQUARE_URL: &str = "https://api.example/dev/api/v1/webhooks/square";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [flag, folder] if flag == "--fixtures" => fixtures(Path::new(folder)),
        [folder] => Seeds { folder: PathBuf::from(folder), written: 0 }.write_all(),
        _ => panic!("seeds FOLDER, or seeds --fixtures FOLDER"),
    }
}

struct Seeds {
    folder: PathBuf,
    written: usize,
}

impl Seeds {
    fn write_all(mut self) {
        let keys = Keys::generate(1, SQUARE_URL).expect("keys");
        for (index, provider) in Provider::ALL.into_iter().enumerate() {
            let byte = b'0' + u8::try_from(index).expect("three providers");
            let mut factory = EventFactory::new(provider, 1, "seeds");
            for event_type in event_types(provider) {
                let event = factory.event_of_type(event_type, NOW_MS).expect("a known type");
                self.delivery(byte, &sign(&keys, &event, NOW_MS));
            }
            let poison = factory.poison(NOW_MS);
            self.delivery(byte, &sign(&keys, &poison, NOW_MS));
            let mut rng = StdRng::seed_from_u64(1);
            for way in Tampering::ALL.into_iter().filter(|way| way.applies_to(provider)) {
                let event = factory.event(NOW_MS);
                self.headers(byte, &forge(&keys, &event, way, NOW_MS, &mut rng));
            }
            for way in Malformation::ALL.into_iter().filter(|way| *way != Malformation::TooLarge) {
                let event = factory.event(NOW_MS);
                self.body(byte, &malformed(&keys, &event, way, NOW_MS).body);
            }
        }
        self.notifications();
        self.queries();
        self.certificates();
        self.texts();
    }

    fn seed(&mut self, target: &str, content: &[u8]) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("seed-{:03}", self.written)), content).expect("a seed");
        self.written += 1;
    }

    fn delivery(&mut self, byte: u8, delivery: &Delivery) {
        self.headers(byte, delivery);
        self.body(byte, &delivery.body);
        let text = String::from_utf8_lossy(&delivery.body).into_owned();
        let headers: serde_json::Map<_, _> =
            delivery.headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
        let event = json!({
            "resource": "/x", "httpMethod": "POST", "headers": null, "multiValueHeaders": headers,
            "queryStringParameters": {"provider": "stripe"}, "pathParameters": {"id": "pi_1"},
            "requestContext": {"requestId": "r-1"}, "body": text, "isBase64Encoded": false,
        });
        self.seed("proxy_event", format!("0{event}").as_bytes());
        let envelope = json!({
            "provider": delivery.provider.as_str(), "event_id": delivery.event_id, "received_at": NOW_MS,
            "raw_key": raw_key(delivery), "body": text,
        });
        self.seed("proxy_event", format!("2{envelope}").as_bytes());
    }

    fn headers(&mut self, byte: u8, delivery: &Delivery) {
        let lines: Vec<String> =
            delivery.headers.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let head = lines.join("\n");
        let short = &delivery.body[..delivery.body.len().min(40)];
        self.seed("headers", &[&[byte], head.as_bytes(), b"\n\n", short].concat());
        self.seed("proxy_event", &[b"1", head.as_bytes(), b"\n\n", short].concat());
    }

    fn body(&mut self, byte: u8, body: &[u8]) {
        self.seed("events", &[&[byte], body].concat());
    }

    /// After PayPal's own samples.
    fn notifications(&mut self) {
        let purchase = "mc_gross=19.95&protection_eligibility=Eligible&payer_id=LPLWNMTBWMFAY&payment_date=20%3A12%3A59+Jan+13%2C+2009+PST&payment_status=Completed&charset=windows-1252&first_name=J%F6rg&mc_fee=0.88&notify_version=2.6&payer_email=gpmac_1231902590_per%40example.com&txn_id=61E67681CH3238416&payment_type=instant&receiver_email=merchant%40example.com&receiver_id=S8XGHLYDW9T3S&txn_type=express_checkout&item_name=&mc_currency=USD&custom=";
        for text in [
            purchase,
            &purchase.replace("windows-1252", "UTF-8").replace("%F6", "%C3%B6"),
            &purchase.replace("19.95", "1995").replace("USD", "JPY"),
            "payment_status=Refunded&mc_gross=-19.95&mc_currency=USD&txn_id=1V7480894K788501G&parent_txn_id=61E67681CH3238416&payment_date=20%3A12%3A59+Feb+13%2C+2009+PST&receiver_email=merchant%40example.com&reason_code=refund&charset=windows-1252",
            "txn_type=subscr_signup&subscr_id=I-DHSN440FBJ0P&subscr_date=10%3A00%3A00+Mar+1%2C+2025+PST&mc_currency=USD&mc_amount3=9.99&business=merchant%40example.com&payer_id=LPLWNMTBWMFAY",
            "txn_type=subscr_eot&subscr_id=I-DHSN440FBJ0P&mc_currency=USD&business=merchant%40example.com",
            "txn_type=masspay&payment_status=Completed&payer_email=merchant%40example.com&payer_id=S8XGHLYDW9T3S&masspay_txn_id_1=2WD33218KP6783044&mc_gross_1=1.00&mc_currency_1=USD&status_1=Completed&payment_date=07%3A00%3A00+Apr+2%2C+2025+PDT",
            "txn_type=new_case&case_id=PP-D-12345678&case_type=dispute&case_creation_date=06%3A05%3A04+Dec+1%2C+2025+PST&txn_id=61E67681CH3238416&receiver_id=S8XGHLYDW9T3S&reason_code=not_as_described",
            "txn_type=recurring_payment&recurring_payment_id=I-1AB2C3D4E5F6&payment_status=Pending&pending_reason=echeck&txn_id=8K12345678901234A&mc_gross=10.00&mc_currency=EUR&payment_date=2025-11-21T18%3A33%3A20Z&receiver_email=merchant%40example.com",
        ] {
            self.seed("ipn", format!("0{text}").as_bytes());
        }
    }

    fn queries(&mut self) {
        for text in [
            "provider=stripe",
            "provider=paypal\nlimit=1",
            "provider=square\nstart=1763750000\nend=1763750003\nlimit=5",
            "provider=stripe\nstart=2025-11-21T18:33:20Z\nend=2025-11-21T19:33:21.5+01:00\nlimit=3",
            "provider=stripe\nnext_token=AQAAAAAAAAAAAAAAAAAAAAAAc3RyaXBlXzE",
            "customer_id=cus_0\nlimit=2",
            "customer_id=cus_2\nprovider=paypal\nstatus=processed",
            "provider=stripe\nstatus=failed\nlimit=1",
            "provider=stripe\nprovider=square",
            "id=stripe_1",
            "start=5\nend=4",
        ] {
            self.seed("query", text.as_bytes());
        }
    }

    fn certificates(&mut self) {
        let chain = include_str!("../fixtures/chain.pem");
        let root = include_str!("../fixtures/root.pem");
        for (index, text) in
            [chain, root, &format!("{chain}{root}"), &chain.replace('\n', "\r\n")].iter().enumerate()
        {
            self.seed("certificates", format!("0{}{text}", index % 3 + 1).as_bytes());
        }
        for block in chain.split("-----BEGIN CERTIFICATE-----").skip(1) {
            let body: String = block.lines().take_while(|line| !line.starts_with('-')).collect();
            let der = STANDARD.decode(body).expect("base64");
            self.seed("certificates", &[b"11", &der[..]].concat());
            self.seed("certificates", format!("01{block}{chain}").as_bytes());
        }
    }

    fn texts(&mut self) {
        for (index, text) in [
            "whsec_secret\n\nwhsec_older",
            r#"{"secret":"whsec_secret"}"#,
            r#"{"webhook_id":"1JE4291016473214C","client_id":"A","client_secret":"B"}"#,
            r#"{"key":"a key","notification_url":"https://api.example/dev/api/v1/webhooks/square"}"#,
            "WEBHOOK_ID",
            " padded \n\n{}",
            "card 4242 4242 4242 4242 of jane@example.com, key=sk_live_abc; Bearer A21AAxyz",
            "pi_1_secret_2 EAAAEAAA sq0csp-1 3782-822463-10005 \u{fc}@\u{fc}.de",
        ]
        .into_iter()
        .enumerate()
        {
            for provider in ["0", "1", "2"] {
                self.seed("secrets_and_masking", format!("{provider}{index}{text}").as_bytes());
            }
        }
    }
}

/// `{provider}/2025/11/21/{transaction_id}.{event_id}.json`; the ids of `provider-sim` need no escapes but for `/` and `.`.
fn raw_key(delivery: &Delivery) -> String {
    format!("{}/2025/11/21/{}.{}.json", delivery.provider, delivery.transaction_id, delivery.event_id)
}

/// Root → intermediate → a leaf with PayPal's name, valid from 2025 to 2060. The keys are dropped.
fn fixtures(folder: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(2060, 1, 1);
        params
    };
    let root = authority("Fuzzing Root");
    let root_key = KeyPair::generate().expect("a key");
    let root_pem = root.self_signed(&root_key).expect("a root").pem();
    let root = Issuer::new(root, root_key);

    let intermediate = authority("Fuzzing Intermediate");
    let intermediate_key = KeyPair::generate().expect("a key");
    let intermediate_pem = intermediate.signed_by(&intermediate_key, &root).expect("an intermediate").pem();
    let intermediate = Issuer::new(intermediate, intermediate_key);

    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "messageverificationcerts.paypal.com");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.not_before = date_time_ymd(2025, 1, 1);
    leaf.not_after = date_time_ymd(2060, 1, 1);
    let leaf_key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let leaf_pem = leaf.signed_by(&leaf_key, &intermediate).expect("a leaf").pem();

    fs::write(folder.join("root.pem"), root_pem).expect("root.pem");
    fs::write(folder.join("chain.pem"), format!("{leaf_pem}{intermediate_pem}")).expect("chain.pem");
}

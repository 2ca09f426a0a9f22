//! Canaries: card numbers, e-mail addresses, secrets and names in every field of every provider's events, in headers,
//! paths and queries. They must come out nowhere that a person or a log system reads: not in logs, traces, error
//! answers, dead-letter attributes.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use localstack::embedded::{self, Bootstrap, Embedded, Options};
use provider_sim::{Delivery, Event, EventFactory, Keys, Provider, ipn, sign};
use serde_json::{Value, json};

/// What is planted, and by which part of it a leak is found. A name is personal and has no shape that could be masked: it
/// must not get near a log at all.
const CANARIES: [&str; 6] = [
    "4242424242424242",
    "5555 5555 5555 4444",
    "378282246310005",
    "canary.person@leak.example",
    "whsec_canaryCanaryCANARYcanary",
    "Zanzibara Quuxcanary",
];
const TRACES_OF: [&str; 6] = [
    "4242424242424242",
    "5555 5555 5555 4444",
    "378282246310005",
    "leak.example",
    "canaryCanaryCANARY",
    "Quuxcanary",
];

/// Everything sent is sent and answered within this time, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "signatures are made for the clock of the functions")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_millis()).expect("a time in this era")
}

/// The places of all scalars in a JSON value, as pointers.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// One event a leaf: the leaf holds a canary, everything else is as the provider sends it.
fn planted(factory: &mut EventFactory, event_type: &str, round: usize) -> Vec<Event> {
    let sample = factory.event_of_type(event_type, now_ms()).expect("a known type");
    let mut places = Vec::new();
    leaves(&serde_json::from_slice(&sample.body).expect("JSON"), "", &mut places);
    assert!(places.len() > 5, "{event_type} has fields");
    let mut events = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let mut event = factory.event_of_type(event_type, now_ms()).expect("a known type");
        let mut body: Value = serde_json::from_slice(&event.body).expect("JSON");
        // Optional fields come and go between two events of a type.
        let Some(leaf) = body.pointer_mut(place) else { continue };
        let canary = CANARIES[(index + round) % CANARIES.len()];
        *leaf = match canary.parse::<u64>() {
            Ok(digits) if leaf.is_number() => json!(digits),
            _ => json!(canary),
        };
        event.body = serde_json::to_vec(&body).expect("JSON").into();
        events.push(event);
    }
    events
}

/// One notification a field, likewise. Other bytes than letters and digits are escaped, as forms do.
fn notified(factory: &mut ipn::Factory, kind: ipn::Kind, round: usize) -> Vec<String> {
    let encode = |value: &[u8]| -> String {
        let one = |byte: &u8| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        value.iter().map(one).collect()
    };
    let count = ipn::fields(&factory.of_kind(kind, now_ms()).body).len();
    assert!(count > 5, "{kind:?} has fields");
    let form = |planted: usize| {
        let fields = ipn::fields(&factory.of_kind(kind, now_ms()).body);
        let canary = CANARIES[(planted + round) % CANARIES.len()].as_bytes();
        let pairs = fields.iter().enumerate().map(|(index, (name, value))| {
            format!("{name}={}", encode(if index == planted { canary } else { value }))
        });
        pairs.collect::<Vec<_>>().join("&")
    };
    (0..count).map(form).collect()
}

/// A delivery whose headers hold canaries: unsigned nonsense, and a genuine one with additions.
fn with_headers(delivery: &Delivery, canary: &str) -> Vec<Vec<(String, String)>> {
    let genuine: Vec<_> = delivery.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    let mut variants = Vec::new();
    for place in 0..genuine.len() {
        let mut headers = genuine.clone();
        canary.clone_into(&mut headers[place].1);
        variants.push(headers);
    }
    let mut headers = genuine;
    for name in ["user-agent", "x-forwarded-for", "x-amzn-trace-id", "authorization", "cookie", "referer"] {
        headers.push((name.to_owned(), canary.to_owned()));
    }
    variants.push(headers);
    variants
}

struct Cloud {
    cloud: Embedded,
    client: reqwest::Client,
    /// Answers that are not a 200, and a few that are.
    answers: Vec<String>,
    statuses: BTreeSet<u16>,
}

impl Cloud {
    async fn send(&mut self, requests: Vec<reqwest::RequestBuilder>) {
        let mut answers = futures::stream::iter(requests)
            .map(|request| async move {
                let answer = request.send().await.expect("an answer");
                let status = answer.status().as_u16();
                let headers = format!("{:?}", answer.headers());
                (status, headers, answer.text().await.expect("text"))
            })
            .buffer_unordered(8);
        while let Some((status, headers, text)) = answers.next().await {
            self.statuses.insert(status);
            // An accepted event's id is said back to the provider that chose it.
            if status != 200 {
                self.answers.push(format!("{status} {headers} {text}"));
            }
        }
    }

    fn post(&self, provider: Provider, headers: &[(String, String)], body: &[u8]) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1/webhooks/{provider}", self.cloud.ready().api_base_url);
        let request = self.client.post(url).header("content-type", "application/json").body(body.to_vec());
        headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    async fn drained(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.cloud.idle() {
            assert!(Instant::now() < deadline, "the functions do not come to rest");
            tokio::time::sleep(Duration::from_millis(20)).await; // poll
        }
    }
}

#[test]
fn canaries_in_every_field_come_out_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(Box::pin(watch(folder.path())));
}

async fn watch(folder: &Path) {
    let bootstrap = folder.join("bootstrap");
    symlink(env!("CARGO_BIN_EXE_loadtest"), &bootstrap).expect("a link");
    let keys = Keys::generate(7, "https://example.com/square").expect("keys");
    let stand_in = provider_sim::paypal_stand_in(&keys).await.expect("a stand-in");
    let options = Options {
        bootstrap: Bootstrap::Path(bootstrap),
        secrets: serde_json::from_value(keys.secrets_json()).expect("secrets"),
        paypal: Some(embedded::PaypalOverride {
            endpoint: stand_in.endpoint.clone(),
            trust_root_pem: Some(stand_in.trust_root_pem.clone()),
        }),
        log_dir: folder.join("logs"),
        // So that failures are logged, traced and dead-lettered too.
        retry_delays: [Duration::from_millis(10); 2],
        faults: vec!["dynamodb.PutItem=AccessDeniedException@0.2".parse().expect("a fault")],
        trace_sampling: 1.0,
        open_queries: true,
        ..Options::default()
    };
    let cloud = Box::pin(embedded::start(options)).await.expect("the cloud starts");
    let mut cloud =
        Cloud { cloud, client: reqwest::Client::new(), answers: Vec::new(), statuses: BTreeSet::new() };

    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 7, "canary");
        let types: Vec<_> = provider_sim::event_types(provider).collect();
        let mut requests = Vec::new();
        for (round, event_type) in types.iter().enumerate() {
            for event in planted(&mut factory, event_type, round) {
                let delivery = sign(&keys, &event, now_ms());
                let headers: Vec<_> =
                    delivery.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
                requests.push(cloud.post(provider, &headers, &delivery.body));
            }
        }
        let genuine = sign(&keys, &factory.event(now_ms()), now_ms());
        for canary in CANARIES {
            for headers in with_headers(&genuine, canary) {
                requests.push(cloud.post(provider, &headers, &genuine.body));
            }
        }
        assert!(requests.len() > 100, "{provider}: only {} requests", requests.len());
        cloud.send(requests).await;
    }
    let mut factory = ipn::Factory::new(7, "canary");
    let mut notifications = Vec::new();
    for (round, kind) in ipn::Kind::ALL.into_iter().enumerate() {
        for body in notified(&mut factory, kind, round) {
            // Every other one is PayPal's; the rest are forgeries.
            if notifications.len() % 2 == 0 {
                stand_in.sent().remember(body.as_bytes());
            }
            let url = format!("{}/api/v1/webhooks/paypal", cloud.cloud.ready().api_base_url);
            let request = cloud.client.post(url).body(body);
            notifications.push(request.header("content-type", "application/x-www-form-urlencoded"));
        }
    }
    assert!(notifications.len() > 100, "only {} notifications", notifications.len());
    cloud.send(notifications).await;
    let base = format!("{}/api/v1/transactions", cloud.cloud.ready().api_base_url);
    let mut queries = Vec::new();
    for canary in CANARIES {
        queries.push(cloud.client.get(format!("{base}/{}", canary.replace(' ', "%20"))));
        queries.push(cloud.client.get(format!("{base}/{}/more", canary.replace(' ', "%20"))));
        for name in ["provider", "start", "end", "limit", "next_token", "status", "customer_id", "unknown"] {
            queries.push(cloud.client.get(format!("{base}?{name}={}", canary.replace(' ', "%20"))));
        }
    }
    cloud.send(queries).await;
    cloud.drained().await;
    cloud.cloud.flush_logs();

    for status in [200, 400, 401] {
        assert!(cloud.statuses.contains(&status), "nothing was answered {status}: {:?}", cloud.statuses);
    }
    assert!(cloud.statuses.iter().all(|status| *status < 500), "{:?}", cloud.statuses);
    let mut texts = vec![("answers".to_owned(), cloud.answers.join("\n"))];
    texts.extend(logs(folder));
    texts.push(("traces".to_owned(), traces(&cloud.cloud).await));
    texts.push(("dead-letter attributes".to_owned(), dead_letters(&cloud.cloud).await));
    for (name, text) in &texts {
        assert!(text.len() > 200, "{name} is nearly empty, so nothing was watched");
        for trace in TRACES_OF {
            for form in [trace.to_owned(), trace.replace(' ', ""), trace.replace(' ', "%20")] {
                if let Some(at) = text.find(&form) {
                    let (from, to) = (text.floor_char_boundary(at.saturating_sub(300)), at + form.len());
                    panic!("{name} holds `{trace}`: …{}…", &text[from..text.ceil_char_boundary(to + 100)]);
                }
            }
        }
        for secret in secrets(&keys) {
            assert!(!text.contains(&secret), "{name} holds a signing secret");
        }
    }
    cloud.cloud.shutdown().await;
}

/// What a run writes down is made of figures and ids: no signing secret, and nobody's address.
#[test]
fn a_report_holds_no_secret_and_no_person() {
    let ended = super::run(&["--users", "10", "--rate", "1200", "--duration", "3s", "--warmup", "1s"]);
    let keys = Keys::generate(1, "https://example.com/square").expect("keys");
    let mut files = 0;
    let mut left = vec![ended.dir()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).expect("a folder").map(|file| file.expect("a file").path()));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a readable file")).into_owned();
        for secret in secrets(&keys) {
            assert!(!text.contains(&secret), "{} holds a signing secret", path.display());
        }
        for personal in ["whsec_", "@example.", "payer_email", "cardholder_name"] {
            assert!(!text.contains(personal), "{} holds `{personal}`", path.display());
        }
        files += 1;
    }
    assert!(files >= 5, "only {files} files were looked at");
}

fn secrets(keys: &Keys) -> Vec<String> {
    let secrets = keys.secrets_json();
    let text = |pointer: &str| secrets.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
    vec![text("/stripe/secret"), text("/square/key"), text("/paypal/webhook_id")]
}

/// Every log file: the functions' and the gateway's.
fn logs(folder: &Path) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder.join("logs")).expect("logs");
    files
        .map(|file| file.expect("a file").path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a text")))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// Every trace that the daemon holds, as its API shows it.
async fn traces(cloud: &Embedded) -> String {
    let endpoint = cloud.ready().endpoints.xray.clone().expect("an X-Ray endpoint");
    let client = reqwest::Client::new();
    let ask = async |path: &str, body: Value| -> Value {
        let answer = client.post(format!("{endpoint}/{path}")).body(body.to_string()).send().await;
        let answer = answer.expect("an answer").error_for_status().expect("a good answer");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    };
    let now_s = now_ms() / 1000;
    let mut ids: Vec<String> = Vec::new();
    let mut page = json!({ "StartTime": now_s - 3600, "EndTime": now_s + 60 });
    loop {
        let summaries = ask("TraceSummaries", page.clone()).await;
        let found = summaries["TraceSummaries"].as_array().expect("summaries");
        ids.extend(found.iter().map(|summary| summary["Id"].as_str().expect("an id").to_owned()));
        match summaries["NextToken"].as_str() {
            Some(token) => page["NextToken"] = json!(token),
            None => break,
        }
    }
    assert!(ids.len() > 10, "only {} traces", ids.len());
    let mut text = String::new();
    for some in ids.chunks(5) {
        text.push_str(&ask("Traces", json!({ "TraceIds": some })).await.to_string().replace("\\\"", "\""));
        text.push('\n');
    }
    assert!(text.contains("PutItem") && text.contains("\"fault\":true"), "failures are among the traces");
    text
}

/// What the dead-letter queue says beside the events themselves, which it must hold whole.
async fn dead_letters(cloud: &Embedded) -> String {
    let client = reqwest::Client::new();
    let mut text = String::new();
    loop {
        let request = json!({
            "QueueUrl": cloud.ready().dlq_url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
        });
        let answer = client
            .post(&cloud.ready().endpoints.sqs)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.ReceiveMessage")
            .body(request.to_string())
            .send()
            .await
            .expect("an answer");
        let answer: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
            break;
        };
        for message in messages {
            text.push_str(&message["MessageAttributes"].to_string());
            text.push('\n');
        }
    }
    assert!(text.contains("ErrorMessage"), "something was dead-lettered");
    text
}

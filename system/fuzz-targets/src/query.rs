//! The query API's parameters and tokens: any question gets 200, 400 or 404, and the pages of an answer, put together, are
//! the answer: nothing twice, nothing left out.
//!
//! Input: lines `name=value`, percent-decoded as the gateway hands them on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use futures::executor::block_on;
use rust_decimal::Decimal;
use serde_json::Value;
use webhook_core::answer::Answer;
use webhook_core::ports::TransactionStore;
use webhook_core::provider::Provider;
use webhook_core::query::{by_id, list};
use webhook_core::record::{Status, Transaction};
use webhook_core::twins::MemoryTransactions;
use webhook_core::unix_time::UnixTime;

use crate::input;

/// Records of each provider in the store.
const EACH: u32 = 12;

/// Pages that an answer can have at most: a page of one record each, and the last, empty one, with room for pages that a
/// filter leaves empty.
const PAGES_MAX: usize = 3 * EACH as usize + 8;

type Parameters<'a> = Vec<(&'a str, &'a str)>;

/// Some events of each provider, several in one second, some of one payment, some of one customer.
static STORE: LazyLock<MemoryTransactions> = LazyLock::new(|| {
    let store = MemoryTransactions::default();
    for provider in Provider::ALL {
        for number in 0..EACH {
            let stored = block_on(store.put_once(&record(provider, number)));
            assert!(stored.is_ok(), "the twin takes every record");
        }
    }
    store
});

fn record(provider: Provider, number: u32) -> Transaction {
    let second = 1_763_750_000 + i64::from(number / 3);
    Transaction {
        transaction_id: format!("{provider}_{}", number / 2),
        timestamp: Decimal::new(second * 1_000_000 + i64::from(number), 6),
        provider,
        event_type: "payment.success".to_owned(),
        provider_event_type: "payment_intent.succeeded".to_owned(),
        event_id: format!("evt_{provider}_{number}"),
        amount: Some(Decimal::new(1234, 2)),
        currency: Some("EUR".to_owned()),
        customer_id: number.is_multiple_of(2).then(|| format!("cus_{}", number % 4)),
        status: [Status::Pending, Status::Processed, Status::Failed][number as usize % 3],
        raw_payload_s3_key: format!("{provider}/2025/11/21/{number}.json"),
        received_at: UnixTime::from_secs(second),
        processed_at: UnixTime::from_secs(second),
        metadata: BTreeMap::new(),
    }
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let Some((_, _)) = input::choice(input) else { return };
    let parameters: Parameters<'_> = input::pairs(input, b'=')
        .into_iter()
        .filter_map(|(name, value)| Some((name, std::str::from_utf8(value).ok()?)))
        .take(64)
        .collect();
    for (_, value) in &parameters {
        let status = checked(&block_on(by_id(&*STORE, value, []))).0;
        assert!([200, 400, 404].contains(&status), "{status}");
        let status = checked(&block_on(by_id(&*STORE, value, parameters.iter().copied()))).0;
        assert_eq!(status, 400, "a payment takes no parameters");
    }
    let answer = block_on(list(&*STORE, parameters.iter().copied()));
    let (status, body) = checked(&answer);
    assert!([200, 400].contains(&status), "{status}");
    if status == 200 {
        let page = in_order(&body, &parameters);
        let first_page: Parameters<'_> =
            parameters.iter().copied().filter(|(name, _)| *name != "next_token").collect();
        let whole = pages_make_the_whole(&first_page);
        assert!(page.is_subset(&whole), "a token leads out of its query");
    }
}

/// The status and the body, which is JSON, and of an error short, stable and without what was asked.
fn checked(answer: &Answer) -> (u16, Value) {
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else { panic!("no JSON: {}", answer.body) };
    if answer.status != 200 {
        assert!(body["error"].is_string() && body["message"].is_string(), "{}", answer.body);
        let plain = answer.body.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'<');
        assert!(plain && answer.body.len() <= 400, "an error repeats what was sent: {}", answer.body);
    }
    (answer.status, body)
}

fn asked<'a>(parameters: &Parameters<'a>, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// The events of a page, which are oldest first, as many as asked for at most, and of whom and when they were asked for.
fn in_order(body: &Value, parameters: &Parameters<'_>) -> BTreeSet<String> {
    let Some(shown) = body["transactions"].as_array() else { panic!("no transactions") };
    let limit = asked(parameters, "limit").map_or(Ok(100), str::parse);
    assert!(limit.is_ok_and(|limit| (1..=1000).contains(&limit) && shown.len() <= limit), "more than asked");
    let seconds = |name| asked(parameters, name).and_then(|text| text.parse::<f64>().ok());
    let (start, end) = (seconds("start").unwrap_or(0.0), seconds("end").unwrap_or(1e12));
    let mut last = 0.0;
    for one in shown {
        let at = one["timestamp"].as_f64().unwrap_or(-1.0);
        assert!(at >= last, "newest first");
        assert!(at >= start && at < end + 1.0, "out of range");
        last = at;
        if let Some(provider) = asked(parameters, "provider") {
            assert_eq!(one["provider"], provider);
        }
    }
    let ids = shown.iter().map(|one| one["event_id"].as_str().unwrap_or_default().to_owned());
    let ids: BTreeSet<String> = ids.collect();
    assert_eq!(ids.len(), shown.len(), "an event twice on a page");
    ids
}

/// Follows the tokens from the first page to the last, and compares with one large page.
fn pages_make_the_whole(parameters: &Parameters<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut token: Option<String> = None;
    let mut pages = 0;
    loop {
        let mut next = parameters.clone();
        next.extend(token.as_deref().map(|token| ("next_token", token)));
        let (status, body) = checked(&block_on(list(&*STORE, next)));
        assert_eq!(status, 200, "a token of ours is refused: {body}");
        let page = in_order(&body, parameters);
        assert!(all.is_disjoint(&page), "an event on two pages");
        all.extend(page);
        pages += 1;
        assert!(pages <= PAGES_MAX, "the pages never end");
        match body["next_token"].as_str() {
            Some(given) => token = Some(given.to_owned()),
            None => break,
        }
    }
    let mut at_once: Parameters<'_> = parameters.clone();
    at_once.retain(|(name, _)| *name != "limit");
    at_once.push(("limit", "1000"));
    let (_, body) = checked(&block_on(list(&*STORE, at_once.iter().copied())));
    assert_eq!(in_order(&body, &at_once), all, "the pages are not the whole");
    all
}

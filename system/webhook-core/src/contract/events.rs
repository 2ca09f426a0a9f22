//! The rules of [`TransactionStore::events`]: pages, filters, and the bound on the work behind a page.

use rust_decimal::Decimal;

use super::{at, put, sample};
use crate::ports::{EVALUATED_MAX, EventQuery, Put, Scope, TransactionStore};
use crate::provider::Provider;
use crate::record::{Status, Transaction};

fn query(scope: Scope, start: Decimal, end: Decimal) -> EventQuery {
    EventQuery { scope, start, end, status: None, limit: 3, after: None }
}

fn customer(id: &str, provider: Option<Provider>) -> Scope {
    Scope::Customer { id: id.to_owned(), provider }
}

pub(super) async fn pages(store: &impl TransactionStore, run: &str, base_secs: i64) {
    let mut expected = Vec::new();
    for number in 0..7_i64 {
        // Two payments share each timestamp: the cursor needs both parts.
        let record = sample(
            &format!("pi_page_{number}_{run}"),
            &format!("evt_page_{number}_{run}"),
            at(base_secs, 50 + number / 2, 7),
        );
        assert_eq!(put(store, &record).await, Put::Stored);
        expected.push(record);
    }
    let mut foreign = sample(&format!("pay_page_{run}"), &format!("evt_page_sq_{run}"), at(base_secs, 51, 8));
    foreign.provider = Provider::Square;
    assert_eq!(put(store, &foreign).await, Put::Stored);

    let provider = Scope::Provider(Provider::Stripe);
    let whole = query(provider, at(base_secs, 50, 0), at(base_secs, 53, 999_999));
    check(store, whole.clone(), &expected, "pages hold every event of the provider and the time, once").await;
    for limit in [1, 2, 7, 8] {
        check(store, EventQuery { limit, ..whole.clone() }, &expected, "whatever the page's size").await;
    }

    let inclusive = EventQuery { start: at(base_secs, 51, 7), end: at(base_secs, 52, 7), ..whole };
    check(store, inclusive.clone(), &expected[2..6], "both ends of the range belong to it").await;
    let none = EventQuery { start: at(base_secs, 90, 0), end: at(base_secs, 91, 0), ..inclusive };
    check(store, none, &[], "a quiet time has no events").await;
}

pub(super) async fn filters(store: &impl TransactionStore, run: &str, base_secs: i64) {
    let (mine, other) = (format!("cus_mine_{run}"), format!("cus_other_{run}"));
    let mut stored = Vec::new();
    for number in 0..24_i64 {
        // Four events share each second and fraction, so that filters and pages meet within one.
        let id = format!("pi_filter_{number:02}_{run}");
        let mut record =
            sample(&id, &format!("evt_filter_{number}_{run}"), at(base_secs, 60 + number / 4, 5));
        record.customer_id = (number % 5 != 0).then(|| if number % 3 == 0 { &other } else { &mine }.clone());
        record.provider = if number % 2 == 0 { Provider::Stripe } else { Provider::Paypal };
        record.status = Status::ALL[usize::try_from(number % 7 % 3).unwrap_or(0)];
        assert_eq!(put(store, &record).await, Put::Stored);
        stored.push(record);
    }
    let (start, end) = (at(base_secs, 60, 0), at(base_secs, 65, 999_999));
    let scopes = [
        Scope::Provider(Provider::Stripe),
        customer(&mine, None),
        customer(&mine, Some(Provider::Paypal)),
        customer(&other, Some(Provider::Stripe)),
        customer(&mine, Some(Provider::Square)),
        customer(&format!("cus_nobody_{run}"), None),
    ];
    for scope in scopes {
        for status in [None, Some(Status::Pending), Some(Status::Processed), Some(Status::Failed)] {
            for limit in [1, 2, 5, 1000] {
                let query = EventQuery { status, limit, ..query(scope.clone(), start, end) };
                let wanted = stored.iter().filter(|record| matches(record, &query));
                let wanted: Vec<_> = wanted.cloned().collect();
                check(store, query, &wanted, "exactly the events that pass the filters").await;
            }
        }
    }
}

/// The bound on the work behind one page, over `EVALUATED_MAX` + 500 events of one second, of which one in a thousand passes the
/// filter. `reads` tells how many events the store has looked at so far, if it can be told. The events lie in the second
/// `base_secs`, which must hold no other event of Square.
pub async fn bounded_work(
    store: &impl TransactionStore,
    run: &str,
    base_secs: i64,
    reads: Option<impl Fn() -> u64>,
) {
    let count = i64::from(EVALUATED_MAX) + 500;
    let id = format!("cus_crowd_{run}");
    let mut rare = Vec::new();
    for number in 0..count {
        // Ten events share each fraction of the second.
        let payment = format!("pay_crowd_{number:05}_{run}");
        let event = format!("evt_crowd_{number}_{run}");
        let mut record = sample(&payment, &event, at(base_secs, 0, number / 10));
        (record.provider, record.customer_id) = (Provider::Square, Some(id.clone()));
        record.status = if number % 1000 == 999 { Status::Failed } else { Status::Processed };
        assert_eq!(put(store, &record).await, Put::Stored);
        if record.status == Status::Failed {
            rare.push(record);
        }
    }
    let (start, end) = (at(base_secs, 0, 0), at(base_secs, 0, 999_999));
    for scope in
        [Scope::Provider(Provider::Square), customer(&id, None), customer(&id, Some(Provider::Square))]
    {
        for (status, wanted) in [(Some(Status::Failed), &rare[..]), (Some(Status::Pending), &[])] {
            for limit in [1, 100, 1000] {
                let mut query = EventQuery { status, limit, ..query(scope.clone(), start, end) };
                let mut found = Vec::new();
                let mut pages = 0;
                loop {
                    let before = reads.as_ref().map(|reads| reads());
                    let page = store.events(&query).await.expect("events answers");
                    if let Some((before, reads)) = before.zip(reads.as_ref()) {
                        let read = reads() - before;
                        assert!(read <= u64::from(EVALUATED_MAX), "one page looked at {read} events");
                    }
                    found.extend(page.transactions);
                    pages += 1;
                    assert!(pages <= 10, "{pages} pages for {} events", wanted.len());
                    match page.next {
                        Some(next) => query.after = Some(next),
                        None => break,
                    }
                }
                assert_eq!(sorted(found), wanted, "a rare event is neither lost nor repeated");
                assert!(pages >= 2, "a page over {count} events must end early");
            }
        }
    }
}

fn matches(record: &Transaction, query: &EventQuery) -> bool {
    let in_scope = match &query.scope {
        Scope::Provider(provider) => record.provider == *provider,
        Scope::Customer { id, provider } => {
            record.customer_id.as_ref() == Some(id) && provider.is_none_or(|wanted| record.provider == wanted)
        }
    };
    in_scope && query.status.is_none_or(|status| record.status == status)
}

/// Follows a query to its end: no page too long, oldest first over all pages, and together exactly `expected`.
async fn check(store: &impl TransactionStore, query: EventQuery, expected: &[Transaction], rule: &str) {
    let asked = query.clone();
    let pages = read_pages(store, query).await;
    assert!(
        pages.iter().all(|page| page.len() <= asked.limit as usize),
        "no page exceeds the limit: {asked:?}"
    );
    let all = pages.concat();
    assert!(all.is_sorted_by_key(|record| record.timestamp), "oldest first, over all pages: {asked:?}");
    assert_eq!(sorted(all), expected, "{rule}: {asked:?}");
}

/// By time and payment; within one timestamp the order is the store's own.
fn sorted(mut records: Vec<Transaction>) -> Vec<Transaction> {
    records.sort_by(|a, b| (a.timestamp, &a.transaction_id).cmp(&(b.timestamp, &b.transaction_id)));
    records
}

async fn read_pages(store: &impl TransactionStore, mut query: EventQuery) -> Vec<Vec<Transaction>> {
    let mut pages = Vec::new();
    for _ in 0..30 {
        let page = store.events(&query).await.expect("events answers");
        pages.push(page.transactions);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return pages,
        }
    }
    panic!("30 pages without an end");
}

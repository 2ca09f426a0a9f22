//! The suites of the compactor's ports.

use bytes::Bytes;

use crate::compact::{Date, Task};
use crate::ports::compact::{DayLog, Entry, Handover, Part, Stamp, Upload, Write};
use crate::ports::{PortError, ProcessedLog};
use crate::provider::Provider;

/// Smallest part but the last, as S3 has it.
pub const PART_BYTES_MIN: usize = 5 * 1024 * 1024;

/// Every rule of [`DayLog`]. `records` writes into the same bucket; `read` gives what is stored under a key.
pub async fn day_log<R>(log: &impl DayLog, records: &impl ProcessedLog, run: &str, read: impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    lists_in_key_order(log, records, run).await;
    reads_what_is_there(log, records, run).await;
    writes_over_what_it_knows(log, run, &read).await;
    uploads_appear_at_once(log, run, &read).await;
    uploads_end(log, run, &read).await;
}

async fn listing(log: &impl DayLog, prefix: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map(|entry| entry.key.clone());
        let page = log.list(prefix, after.as_deref()).await.expect("list answers");
        assert!(!page.entries.is_empty() || !page.more, "a page before the last is not empty");
        entries.extend(page.entries);
        if !page.more {
            return entries;
        }
    }
}

async fn lists_in_key_order(log: &impl DayLog, records: &impl ProcessedLog, run: &str) {
    let prefix = format!("stripe/2025/11/21/{run}-");
    assert_eq!(listing(log, &prefix).await, [], "an empty day has no objects");
    let mut keys: Vec<String> =
        ["B", "a", "a-", "a!20", "_", "0", "z", "Z"].map(|id| format!("{prefix}{id}.e.json")).into();
    keys.extend((0..30).map(|number| format!("{prefix}{number:03}.e.json")));
    for key in &keys {
        records.put_processed(key, Bytes::from_static(b"{}")).await.expect("put_processed answers");
    }
    records
        .put_processed(&format!("stripe/2025/11/22/{run}-a.e.json"), Bytes::new())
        .await
        .expect("the next day");
    keys.sort_unstable();
    let before = listing(log, &prefix).await;
    let listed: Vec<&str> = before.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(listed, keys, "every object of the day and no other, in the order of bytes");
    assert!(before.iter().all(|entry| entry.bytes == 2), "with its size");

    let changed = &keys[3];
    records.put_processed(changed, Bytes::from_static(b"{ }")).await.expect("put_processed answers");
    for (old, new) in before.iter().zip(listing(log, &prefix).await) {
        assert_eq!(old.etag != new.etag, new.key == *changed, "an ETag changes when its object does");
    }
    let after = log.list(&prefix, keys.last().map(String::as_str)).await.expect("list answers");
    assert!(after.entries.is_empty() && !after.more, "nothing comes after the last key");
}

async fn reads_what_is_there(log: &impl DayLog, records: &impl ProcessedLog, run: &str) {
    let key = format!("square/2025/11/21/read-{run}.e.json");
    let body = Bytes::from_static(b"{\"a\":\"\xc3\xbc\"} \r\n");
    records.put_processed(&key, body.clone()).await.expect("put_processed answers");
    assert_eq!(log.read(&key).await, Ok(body), "an object comes back byte for byte");
    let missing = log.read(&format!("{key}-missing")).await;
    assert!(
        matches!(missing, Err(PortError::Refused { .. })),
        "waiting brings no missing object: {missing:?}"
    );
}

fn stamp(run: &str) -> Stamp {
    Stamp { manifest: format!("manifest-{run}"), records: 4_800_000 }
}

async fn writes_over_what_it_knows<R>(log: &impl DayLog, run: &str, read: &impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("square/2025/11/21/put-{run}/transactions.json");
    let (first, second) = (Bytes::from_static(b"first\n"), Bytes::from_static(b"second\n"));
    assert_eq!(log.find_file(&key).await, Ok(None), "nothing is there before");
    let put = async |body: &Bytes, over: Option<&str>| {
        log.put_file(&key, body.clone(), &stamp(run), over).await.expect("put_file answers")
    };
    assert_eq!(put(&first, Some("\"another\"")).await, Write::Overtaken, "nothing is not another file");
    assert_eq!(read(key.clone()).await, None, "and stays nothing");
    assert_eq!(put(&first, None).await, Write::Done, "a free key takes the file");
    let found = log.find_file(&key).await.expect("find_file answers").expect("the file is there");
    assert_eq!(found.stamp, Some(stamp(run)), "the stamp comes back");
    assert_eq!(put(&second, None).await, Write::Overtaken, "a file that one does not know is not replaced");
    assert_eq!(read(key.clone()).await, Some(first), "and stays as it is");
    assert_eq!(put(&second, Some(&found.etag)).await, Write::Done, "one that one knows is");
    assert_eq!(read(key.clone()).await, Some(second.clone()));
    assert_eq!(put(&second, Some(&found.etag)).await, Write::Overtaken, "its ETag has changed");
}

async fn uploads_appear_at_once<R>(log: &impl DayLog, run: &str, read: &impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("square/2025/11/21/upload-{run}/transactions.json");
    let id = log.begin_upload(&key, &stamp(run)).await.expect("begin_upload answers");
    let upload = Upload { key: &key, id: &id };
    let large = Bytes::from(vec![b'a'; PART_BYTES_MIN]);
    let replaced = part(log, upload, 1, Bytes::from(vec![b'x'; PART_BYTES_MIN])).await;
    let parts = [
        part(log, upload, 1, large.clone()).await,
        part(log, upload, 2, large.clone()).await,
        part(log, upload, 3, Bytes::from_static(b"end\n")).await,
    ];
    assert_eq!(read(key.clone()).await, None, "nobody sees an upload before it is complete");
    assert_eq!(log.find_file(&key).await, Ok(None));
    let stale = [replaced, parts[1].clone(), parts[2].clone()];
    let completed = log.complete(upload, &stale, None).await;
    assert_eq!(completed, Ok(Write::Gone), "a part that was replaced by another run is not taken for it");
    assert_eq!(log.complete(upload, &parts, None).await, Ok(Write::Done));
    let whole = [&large[..], &large[..], b"end\n"].concat();
    assert!(read(key.clone()).await == Some(Bytes::from(whole)), "the parts make the file, in their order");
    let found = log.find_file(&key).await.expect("find_file answers").expect("the file is there");
    assert_eq!(found.stamp, Some(stamp(run)), "the stamp comes back");
    assert_eq!(log.complete(upload, &parts, None).await, Ok(Write::Gone), "an upload is completed once");
}

async fn part(log: &impl DayLog, upload: Upload<'_>, number: u32, body: Bytes) -> String {
    match log.add_part(upload, number, body).await.expect("add_part answers") {
        Part::Added(etag) => etag,
        Part::Gone => panic!("the upload is gone"),
    }
}

async fn uploads_end<R>(log: &impl DayLog, run: &str, read: &impl Fn(String) -> R)
where
    R: Future<Output = Option<Bytes>>,
{
    let key = format!("square/2025/11/21/end-{run}/transactions.json");
    let begin = async || log.begin_upload(&key, &stamp(run)).await.expect("begin_upload answers");
    let (overtaken, given_up) = (begin().await, begin().await);
    let upload = Upload { key: &key, id: &overtaken };
    let parts = [part(log, upload, 1, Bytes::from_static(b"late\n")).await];
    let other = Bytes::from_static(b"other\n");
    assert_eq!(log.put_file(&key, other.clone(), &stamp(run), None).await, Ok(Write::Done));
    assert_eq!(log.complete(upload, &parts, None).await, Ok(Write::Overtaken), "somebody was faster");
    assert_eq!(log.abandon(upload).await, Ok(()));
    assert_eq!(read(key.clone()).await, Some(other), "their file stays");

    let upload = Upload { key: &key, id: &given_up };
    assert_eq!(log.abandon(upload).await, Ok(()), "an upload can be given up");
    assert_eq!(log.abandon(upload).await, Ok(()), "as often as one likes");
    assert_eq!(log.add_part(upload, 1, Bytes::from_static(b"x")).await, Ok(Part::Gone));
    assert_eq!(log.complete(upload, &parts, None).await, Ok(Write::Gone));
}

/// Every rule of [`Handover`]. `next` takes the next task from the other end, as JSON text.
pub async fn handover<R>(handover: &impl Handover, next: impl Fn() -> R)
where
    R: Future<Output = String>,
{
    let date: Date = "2025-11-21".parse().expect("a date");
    for provider in Provider::ALL {
        let task = Task::new(provider, date);
        handover.hand_over(&task).await.expect("hand_over answers");
        let arrived = next().await;
        let arrived = crate::compact::tasks(&arrived, crate::unix_time::UnixTime::from_secs(0), 1);
        assert_eq!(arrived, Ok(vec![task]), "the task arrives as it was handed over");
    }
}

use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use s3s::dto::{Checksum, ETag, StorageClass};

use super::chunked;
use super::listing::{Wanted, list};
use super::objects::{Attributes, Condition, Keys, Object, Objects, now};
use super::without_signing_parameters;

static_assertions::assert_not_impl_any!(Object: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(chunked::Decoded: std::fmt::Debug, std::fmt::Display, serde::Serialize);

fn object(body: &str) -> Object {
    Object {
        body: Bytes::copy_from_slice(body.as_bytes()),
        etag: ETag::Strong(body.to_owned()),
        modified: now(),
        storage_class: StorageClass::from_static(StorageClass::STANDARD),
        attributes: Attributes::default(),
        checksum: Checksum::default(),
    }
}

#[test]
fn chunked_bodies() {
    let check = |framed: &'static str, expected: Option<(&str, &[(&str, &str)])>| match (
        chunked::decode(&Bytes::from_static(framed.as_bytes())),
        expected,
    ) {
        (Ok(decoded), Some((body, trailers))) => {
            assert_eq!(decoded.body, body, "{framed:?}");
            assert_eq!(decoded.trailers.len(), trailers.len(), "{framed:?}");
            for (name, value) in trailers {
                assert_eq!(decoded.trailers[*name], *value, "{framed:?}");
            }
        }
        (Err(_), None) => {}
        (Ok(_), None) => panic!("{framed:?} should be refused"),
        (Err(_), Some(_)) => panic!("{framed:?} should be taken"),
    };
    check("5\r\nhello\r\n0\r\n\r\n", Some(("hello", &[])));
    check("0\r\n\r\n", Some(("", &[])));
    check(
        "5;chunk-signature=ab\r\nhello\r\n1;chunk-signature=cd\r\n!\r\n0;chunk-signature=ef\r\n\r\n",
        Some(("hello!", &[])),
    );
    check("A\r\n0123456789\r\n0\r\n\r\n", Some(("0123456789", &[])));
    check(
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
        Some(("hello", &[("x-amz-checksum-crc32", "NhCmhg==")])),
    );
    check(
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:ab\r\n\r\n",
        Some(("hello", &[("x-amz-checksum-crc32", "NhCmhg==")])),
    );
    check("", None);
    check("5\r\nhel", None);
    check("5\r\nhelloXX0\r\n\r\n", None);
    check("zz\r\nhello\r\n0\r\n\r\n", None);
    check("5\r\nhello\r\n0\r\nno colon here\r\n\r\n", None);
}

#[test]
fn presigned_urls_lose_their_signature_only() {
    let check = |uri: &str, expected: Option<&str>| {
        let uri: Uri = uri.parse().unwrap();
        assert_eq!(without_signing_parameters(&uri).map(|uri| uri.to_string()).as_deref(), expected);
    };
    check("/bucket/key", None);
    check("/bucket?list-type=2&prefix=a%2Fb", None);
    check("/bucket/key?X-Amz-Algorithm=A&X-Amz-Signature=B&X-Amz-Expires=60", Some("/bucket/key"));
    check(
        "/b/k?AWSAccessKeyId=A&Signature=B&Expires=9&response-content-type=x",
        Some("/b/k?response-content-type=x"),
    );
}

fn keys(names: &[&str]) -> Keys {
    names.iter().map(|name| ((*name).to_owned(), Arc::new(object("x")))).collect()
}

/// All entries of a listing, page after page, objects and prefixes in the order of the pages.
fn pages(keys: &Keys, prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<String> {
    let mut told = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = list(keys, &Wanted { prefix, delimiter, after: after.as_deref(), limit });
        assert!(page.objects.len() + page.prefixes.len() <= limit);
        let mut entries: Vec<String> =
            page.objects.into_iter().map(|(key, _)| key).chain(page.prefixes).collect();
        entries.sort();
        told.extend(entries);
        match page.next {
            Some(next) => after = Some(next),
            None => return told,
        }
    }
}

#[test]
fn listings_are_the_same_whatever_the_page_size() {
    let keys = keys(&["a", "b/1", "b/2", "b/c/1", "c/1", "c/2", "d", "ä/ö", "ä/ü"]);
    let check = |prefix: &str, delimiter: Option<&str>, expected: &[&str]| {
        for limit in 1..=10 {
            assert_eq!(
                pages(&keys, prefix, delimiter, limit),
                expected,
                "{prefix:?} {delimiter:?} by {limit}"
            );
        }
    };
    check("", None, &["a", "b/1", "b/2", "b/c/1", "c/1", "c/2", "d", "ä/ö", "ä/ü"]);
    check("", Some("/"), &["a", "b/", "c/", "d", "ä/"]);
    check("b/", None, &["b/1", "b/2", "b/c/1"]);
    check("b/", Some("/"), &["b/1", "b/2", "b/c/"]);
    check("b", Some("/"), &["b/"]);
    check("ä/", Some("/"), &["ä/ö", "ä/ü"]);
    check("x", None, &[]);
    check("", Some(""), &["a", "b/1", "b/2", "b/c/1", "c/1", "c/2", "d", "ä/ö", "ä/ü"]);
}

#[test]
fn listing_after_a_key() {
    let keys = keys(&["a/1", "a/2", "b/1", "c"]);
    let check = |after: &str, delimiter: Option<&str>, expected: &[&str]| {
        let page = list(&keys, &Wanted { prefix: "", delimiter, after: Some(after), limit: 1000 });
        let told: Vec<String> =
            page.prefixes.into_iter().chain(page.objects.into_iter().map(|(key, _)| key)).collect();
        assert_eq!(told, expected, "after {after}");
        assert_eq!(page.next, None);
    };
    check("a/1", None, &["a/2", "b/1", "c"]);
    check("a/", Some("/"), &["b/", "c"]);
    check("b/1", Some("/"), &["c"]);
    check("zz", None, &[]);
}

#[test]
fn an_exact_page_is_not_truncated() {
    let page = list(&keys(&["a", "b"]), &Wanted { prefix: "", delimiter: None, after: None, limit: 2 });
    assert_eq!((page.objects.len(), page.next), (2, None));
}

#[test]
fn conditional_writes() {
    let objects = Objects::default();
    assert!(objects.create_bucket("b"));
    assert!(!objects.create_bucket("b"));
    let put = |body: &str, condition: Option<Condition>| {
        objects
            .put("b", "k".to_owned(), object(body), condition.as_ref())
            .map_err(|e| e.code().as_str().to_owned())
    };
    let has = |etag: &str| Some(Condition::Has(ETag::Strong(etag.to_owned())));
    assert_eq!(put("one", has("one")), Err("NoSuchKey".to_owned()));
    assert_eq!(put("one", Some(Condition::Absent)), Ok(()));
    assert_eq!(put("two", Some(Condition::Absent)), Err("PreconditionFailed".to_owned()));
    assert_eq!(put("two", has("other")), Err("PreconditionFailed".to_owned()));
    assert_eq!(objects.get("b", "k").unwrap().body, "one");
    assert_eq!(put("two", has("one")), Ok(()));
    assert_eq!(put("three", None), Ok(()));
    assert_eq!(objects.get("b", "k").unwrap().body, "three");
    let missing = objects.put("nowhere", "k".to_owned(), object("x"), None).unwrap_err();
    assert_eq!(missing.code().as_str(), "NoSuchBucket");
}

#[test]
fn only_empty_buckets_go() {
    let objects = Objects::default();
    objects.create_bucket("b");
    objects.put("b", "k".to_owned(), object("x"), None).unwrap();
    assert_eq!(objects.delete_bucket("b").unwrap_err().code().as_str(), "BucketNotEmpty");
    objects.delete("b", "k").unwrap();
    objects.delete("b", "k").unwrap();
    objects.delete_bucket("b").unwrap();
    assert_eq!(objects.delete_bucket("b").unwrap_err().code().as_str(), "NoSuchBucket");
}

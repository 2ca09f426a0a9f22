use std::time::Duration;

use provider_sim::Provider;

use super::*;
use crate::entry::{Kind, Times, What};
use crate::index::Index;
use crate::observed::{Foreign, Store};

fn part() -> Part {
    Part {
        tool_version: "0.1.0".to_owned(),
        group: "night".to_owned(),
        shard: 2,
        of: 3,
        seed: u64::MAX,
        schedule: "00ff".to_owned(),
        started_ms: 1_795_000_000_000,
        unsent: 1,
        quiet: true,
        mistakes: vec!["one".to_owned()],
    }
}

fn entries() -> Vec<Entry> {
    let times = |n: u64| Times {
        measured: n > 1,
        intended: Duration::from_millis(n),
        lag: Duration::from_micros(n),
        service: Duration::from_secs(n),
    };
    vec![
        Entry::new(Provider::Stripe, What::Valid, "evt_1", times(1), Some(200)),
        Entry::new(Provider::Paypal, What::Forged(Tampering::Replay), "WH-2", times(2), Some(401)),
        Entry::new(
            Provider::Square,
            What::Malformed(Malformation::TooLarge),
            &"x".repeat(50),
            times(3),
            None,
        ),
        Entry::new(Provider::Square, What::Poison, "p", times(4), Some(503)),
        Entry::new(Provider::Square, What::Retry, "p", times(5), Some(200)),
    ]
}

fn seen<'a>(index: &'a Index<'a>) -> Observed<'a> {
    let mut observed = Observed::new(index, Foreign::Keep);
    observed.record(&EventId::new("evt_1"), Some(1.5));
    observed.raw(&EventId::new("evt_1"));
    observed.raw(&EventId::new("other's"));
    observed.letter(DeadLetter { event: Some(EventId::new("p")), error: "no such currency".to_owned() });
    observed.letter(DeadLetter { event: None, error: "?".to_owned() });
    observed.looked_at(Store::Raw);
    observed.trouble.push("the table could not be read".to_owned());
    observed
}

fn file() -> Vec<u8> {
    let entries = entries();
    let index = Index::new(&entries);
    let mut file = Vec::new();
    write(&mut file, &part(), &seen(&index)).expect("written");
    file
}

#[test]
fn what_was_written_is_read() {
    let file = file();
    let mut reader = Reader::open(&file[..], file.len() as u64).expect("a ledger");
    assert_eq!(reader.part(), &part());
    let mut read = Vec::new();
    reader.entries(&mut read).expect("entries");
    let written = entries();
    assert_eq!(read, written);
    assert_eq!(read[1].variant(), "replay");
    let index = Index::new(&written);
    let expected = seen(&index);
    let mut observed = Observed::new(&index, Foreign::Keep);
    let looked = reader.sightings(&mut observed).expect("sightings");
    assert!(observed.sightings().eq(expected.sightings()), "{:?}", observed.sightings().collect::<Vec<_>>());
    assert_eq!(observed.letters(), expected.letters());
    assert_eq!((looked.stores, looked.trouble), (expected.looked(), expected.trouble));
}

#[test]
fn an_entry_takes_no_more_than_it_may() {
    let none = file();
    let mut entries = entries();
    let more = entries.len();
    entries.extend_from_within(..);
    let index = Index::new(&entries);
    let mut twice = Vec::new();
    write(&mut twice, &part(), &seen(&index)).expect("written");
    assert_eq!((twice.len() - none.len()) / more, 58, "bytes an entry");
}

/// Reads a file to its end.
fn read(file: &[u8], length: usize) -> Result<(), FileError> {
    let mut reader = Reader::open(file, length as u64)?;
    let mut entries = Vec::new();
    reader.entries(&mut entries)?;
    let index = Index::new(&entries);
    reader.sightings(&mut Observed::new(&index, Foreign::Keep)).map(drop)
}

#[test]
fn no_byte_can_change_and_no_end_be_missing_unnoticed() {
    let whole = file();
    read(&whole, whole.len()).expect("the whole file is right");
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut], cut).is_err(), "cut off at {cut}");
    }
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 0x04;
        assert!(read(&altered, altered.len()).is_err(), "altered at {at}");
    }
}

#[track_caller]
fn check(file: &[u8], expected: &str) {
    let told = read(file, file.len()).expect_err("refused").to_string();
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_refusal_says_why() {
    check(b"", "no ledger");
    check(b"{\"format\": \"peakproof.run/1\"}", "no ledger");
    let mut other = file();
    other[8] = 9;
    check(&other, "version is 9");
    let whole = file();
    check(&whole[..whole.len() - 1], "copy it again");
    let mut huge = whole.clone();
    huge[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&huge, "copy it again");
    let mut silent = whole;
    let last = silent.len() - 1;
    silent[last] ^= 1;
    check(&silent, "altered");
}

#[test]
fn ways_are_told_by_their_names_whatever_their_numbers_were() {
    let zero = Duration::ZERO;
    let times = Times { measured: true, intended: zero, lag: zero, service: zero };
    let raw = bytes::of_entry(&Entry::new(
        Provider::Square,
        What::Forged(Tampering::WrongKey),
        "e",
        times,
        Some(401),
    ));
    let mut swapped: Vec<String> = Tampering::ALL.iter().map(|way| way.name().to_owned()).collect();
    let place = |way: Tampering| Tampering::ALL.iter().position(|other| *other == way).expect("known");
    swapped.swap(place(Tampering::WrongKey), place(Tampering::HostSwap));
    let kinds = Kind::ALL.map(|kind| kind.as_str().to_owned());
    let read = bytes::to_entry(&raw, &Ways::by_name(&kinds, &swapped, &[])).expect("an entry");
    assert_eq!((read.kind, read.variant()), (Kind::Forged, "host-swap"));
    let unknown = Ways::by_name(&kinds, &["made-up".to_owned()], &[]);
    let unknown = bytes::to_entry(&raw, &unknown).expect_err("refused");
    assert!(unknown.contains("forged"), "{unknown}");
}

#[test]
fn kinds_are_told_by_their_names_whatever_their_numbers_were() {
    let zero = Duration::ZERO;
    let times = Times { measured: true, intended: zero, lag: zero, service: zero };
    let raw = bytes::of_entry(&Entry::new(Provider::Stripe, What::Retry, "e", times, Some(200)));
    let mut swapped = Kind::ALL.map(|kind| kind.as_str().to_owned());
    swapped.swap(Kind::Retry as usize, Kind::Valid as usize);
    let read = bytes::to_entry(&raw, &Ways::by_name(&swapped, &[], &[])).expect("an entry");
    assert_eq!(read.kind, Kind::Valid);
    swapped[Kind::Retry as usize] = "made-up".to_owned();
    let unknown = bytes::to_entry(&raw, &Ways::by_name(&swapped, &[], &[])).expect_err("refused");
    assert!(unknown.contains("a kind 5"), "{unknown}");
}

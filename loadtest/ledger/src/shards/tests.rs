use std::io::Write as _;
use std::time::Duration;

use proptest::prelude::*;
use provider_sim::{Malformation, Provider, Tampering};

use super::*;
use crate::entry::{EventId, Times, What};
use crate::file::write;
use crate::judge::{Facts, Judgement, judge};
use crate::measure::Measured;
use crate::observed::DeadLetter;
use crate::reconcile::{Reconciled, reconcile};
use crate::samples::Stores;

/// When the test's run starts, Unix milliseconds.
const STARTED_MS: i64 = 1_795_000_000_000;
const WARMUP: Duration = Duration::from_millis(500);
const SECONDS: u32 = 3;

fn part(shard: u32, of: u32) -> Part {
    Part {
        tool_version: "0.1.0".to_owned(),
        group: "night".to_owned(),
        shard,
        of,
        seed: 1,
        schedule: "00ff".to_owned(),
        started_ms: STARTED_MS,
        unsent: 0,
        quiet: true,
        mistakes: Vec::new(),
    }
}

/// Writes one shard's ledger with what it saw in the stores.
fn file(folder: &Path, part: &Part, entries: &[Entry], stores: &Stores) -> PathBuf {
    let path = folder.join(format!("{}-{}.bin", part.group, part.shard));
    let index = Index::new(entries);
    let mut bytes = Vec::new();
    write(&mut bytes, part, &stores.observed(&index, Foreign::Keep)).expect("written");
    File::create(&path).and_then(|mut file| file.write_all(&bytes)).expect("a file");
    path
}

/// Everything that is said of a ledger and its stores.
fn all_of(entries: &[Entry], observed: &Observed<'_>) -> (Measured, Reconciled, Judgement) {
    let measured = Measured::of(entries, WARMUP, SECONDS);
    let reconciled = reconcile(observed, STARTED_MS);
    let judgement = judge(&Facts { drained: true, ..Facts::of(&measured, reconciled.clone()) });
    (measured, reconciled, judgement)
}

fn in_order(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_unstable_by(Entry::order);
    entries
}

fn one_run(entries: &[Entry], stores: &Stores) -> (Measured, Reconciled, Judgement) {
    let entries = in_order(entries.to_vec());
    let index = Index::new(&entries);
    all_of(&entries, &stores.observed(&index, Foreign::Count))
}

fn merged(paths: &[PathBuf]) -> (Measured, Reconciled, Judgement) {
    let mut shards = Shards::open(paths).expect("shards of one run");
    let entries = shards.take_entries();
    let index = Index::new(&entries);
    let observed = shards.observe(&index).expect("sightings");
    all_of(&entries, &observed)
}

/// One of few events, so that deliveries share them; some are nobody's.
fn an_event() -> impl Strategy<Value = EventId> {
    (0_u8..24).prop_map(|number| EventId::new(&format!("evt_{number}")))
}

fn a_delivery() -> impl Strategy<Value = Entry> {
    let what = prop_oneof![
        4 => Just(What::Valid),
        2 => Just(What::Duplicate),
        2 => Just(What::Poison),
        2 => Just(What::Retry),
        1 => (0..Tampering::ALL.len()).prop_map(|way| What::Forged(Tampering::ALL[way])),
        1 => (0..Malformation::ALL.len()).prop_map(|way| What::Malformed(Malformation::ALL[way])),
    ];
    let status = prop_oneof![
        4 => Just(Some(200_u16)),
        1 => Just(None),
        2 => prop_oneof![Just(400_u16), Just(401), Just(429), Just(503), Just(302)].prop_map(Some),
    ];
    (an_event(), what, status, 0..3_usize, 0..3_000_u64, 0..3_u64, 0..5_u64).prop_map(
        |(event, what, status, provider, intended, lag, service)| {
            // Coarse times, so that deliveries tie.
            let [intended, lag, service] = [intended / 100 * 100, lag, service].map(Duration::from_millis);
            let times = Times { measured: intended >= WARMUP, intended, lag, service };
            Entry::new(Provider::ALL[provider], what, event.as_str(), times, status)
        },
    )
}

fn stores() -> impl Strategy<Value = Stores> {
    let made =
        prop_oneof![1 => Just(None), 4 => (0..4_000_u32).prop_map(|ms| Some(f64::from(ms) + 1.795e12))];
    let letter = (prop::option::weighted(0.8, an_event()), 0..2_u8)
        .prop_map(|(event, error)| DeadLetter { event, error: format!("error {error}") });
    (
        prop::option::weighted(0.9, prop::collection::vec((an_event(), made), 0..30)),
        prop::option::weighted(0.9, prop::collection::vec(an_event(), 0..30)),
        prop::option::weighted(0.9, prop::collection::vec(an_event(), 0..30)),
        prop::option::weighted(0.9, prop::collection::vec(letter, 0..12)),
    )
        .prop_map(|(table, raw, processed, dead_letters)| Stores { table, raw, processed, dead_letters })
}

/// Where each of the events goes, and how many shards there are.
fn a_split() -> impl Strategy<Value = (u32, Vec<u32>)> {
    (1_u32..6).prop_flat_map(|of| (Just(of), prop::collection::vec(1..=of, 24)))
}

fn of_shard(entries: &[Entry], shards: &[u32], shard: u32) -> Vec<Entry> {
    let number = |entry: &Entry| -> usize {
        entry.event.as_str().trim_start_matches("evt_").parse().expect("a number")
    };
    in_order(entries.iter().filter(|entry| shards[number(entry)] == shard).copied().collect())
}

proptest! {
    /// However events are spread over machines, their files give what one machine would have had.
    #[test]
    fn merged_is_one_big_run(
        entries in prop::collection::vec(a_delivery(), 0..60),
        stores in stores(),
        (of, split) in a_split(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut paths = Vec::new();
        let mut added = Measured::of(&[], WARMUP, SECONDS);
        for shard in 1..=of {
            let own = of_shard(&entries, &split, shard);
            paths.push(file(folder.path(), &part(shard, of), &own, &stores));
            let measured = Measured::of(&own, WARMUP, SECONDS);
            added.ack.merge(&measured.ack);
            added.service.merge(&measured.service);
            added.lag.merge(&measured.lag);
        }
        let whole = one_run(&entries, &stores);
        let together = merged(&paths);
        prop_assert_eq!(&together, &whole);
        prop_assert_eq!(&added.ack, &whole.0.ack, "histograms by addition");
        prop_assert_eq!(&added.service, &whole.0.service);
        prop_assert_eq!(&added.lag, &whole.0.lag);
    }

    /// Shards that looked at different times: what the last one saw counts, whoever's event it was.
    #[test]
    fn the_look_that_saw_more_counts(
        entries in prop::collection::vec(a_delivery(), 0..60),
        stores in stores(),
        (of, split) in a_split(),
        last in 1_u32..6,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let last = last.min(of);
        let early = Stores {
            table: stores.table.clone().map(|mut all| { all.truncate(all.len() / 2); all }),
            raw: stores.raw.clone().map(|mut all| { all.truncate(all.len() / 2); all }),
            processed: stores.processed.clone().map(|mut all| { all.truncate(all.len() / 2); all }),
            dead_letters: stores.dead_letters.clone().map(|mut all| { all.truncate(all.len() / 2); all }),
        };
        let paths: Vec<_> = (1..=of)
            .map(|shard| {
                let own = of_shard(&entries, &split, shard);
                let seen = if shard == last { &stores } else { &early };
                file(folder.path(), &part(shard, of), &own, seen)
            })
            .collect();
        prop_assert_eq!(merged(&paths), one_run(&entries, &stores));
    }
}

fn one(folder: &Path, change: impl Fn(&mut Part)) -> PathBuf {
    let mut part = part(1, 2);
    change(&mut part);
    let path = folder.join(format!("{}-{}-{}.bin", part.group, part.shard, part.seed));
    std::fs::rename(file(folder, &part, &[], &Stores::default()), &path).expect("renamed");
    path
}

#[track_caller]
fn check_refused(changes: &[&dyn Fn(&mut Part)], expected: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = changes.iter().map(|change| one(folder.path(), change)).collect();
    let told = Shards::open(&paths).err().expect("refused").to_string();
    assert!(told.contains(expected), "{told}");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let second = |part: &mut Part| part.shard = 2;
    check_refused(&[], "no shard");
    let other_group = |part: &mut Part| (part.shard, part.group) = (2, "day".to_owned());
    check_refused(&[&|_| {}, &other_group], "groups differ (night, day)");
    let other_seed = |part: &mut Part| (part.shard, part.seed) = (2, 7);
    check_refused(&[&|_| {}, &other_seed], "seeds differ (1, 7)");
    check_refused(&[&second, &|part| (part.of, part.shard) = (3, 3)], "numbers of shards differ");
    check_refused(&[&|_| {}, &|part| (part.shard, part.schedule) = (2, "aa".to_owned())], "plans differ");
    check_refused(&[&|_| {}, &|part| (part.shard, part.started_ms) = (2, 0)], "starts differ");
    check_refused(
        &[&|_| {}, &|part| (part.shard, part.tool_version) = (2, "9".to_owned())],
        "versions differ",
    );
    check_refused(&[&|part| part.shard = 3], "shard 3 of 2");
    check_refused(&[&|part| part.shard = 0], "shard 0 of 2");
    let folder = tempfile::tempdir().expect("a folder");
    let path = one(folder.path(), |_| {});
    let told = Shards::open(&[path.clone(), path]).err().expect("refused").to_string();
    assert!(told.contains("both shard 1"), "{told}");
    let nowhere = folder.path().join("nowhere");
    let told = Shards::open(&[nowhere]).err().expect("refused").to_string();
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn missing_shards_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = [4, 2].map(|shard| one(folder.path(), |part| (part.shard, part.of) = (shard, 4)));
    let shards = Shards::open(&paths).expect("shards");
    assert_eq!(shards.missing(), [1, 3]);
    assert_eq!(shards.parts().iter().map(|part| part.shard).collect::<Vec<_>>(), [2, 4]);
}

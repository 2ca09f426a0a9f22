//! Ten million deliveries, from the entries that users recorded to the verdict: how long, and in how much memory?
//!
//! `cargo bench -p ledger [-- NUMBER]`. The mix is the main job's, ids are as long as the providers', stores tell them in an order of their own.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use ledger::entry::{Entry, Kind, Ledger, Times, What};
use ledger::index::Index;
use ledger::judge::{Facts, judge};
use ledger::measure::Measured;
use ledger::observed::{DeadLetter, Foreign, Observed, Store};
use ledger::reconcile::reconcile;
use provider_sim::{Malformation, Provider, Tampering};

const STARTED_MS: i64 = 1_795_000_000_000;
const USERS: u64 = 200;
/// Deliveries a second.
const RATE: u64 = 16_667;

fn main() {
    let number = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(10_000_000_u64);
    let ledger = Ledger::default();
    let mut id = String::new();
    for n in 0..number {
        let user = usize::try_from(n % USERS).unwrap_or(0);
        ledger.record(user, entry(n, &mut id));
    }
    println!("{number} deliveries recorded; {} MB in use", resident_mb("VmRSS"));
    let began = Instant::now();
    let entries = timed("entries in their order", || ledger.take());
    let index = timed("events found", || Index::new(&entries));
    let observed = timed("stores read into it", || seen(&index));
    let reconciled = timed("reconciled", || reconcile(&observed, STARTED_MS));
    let seconds = u32::try_from(number / RATE + 1).unwrap_or(u32::MAX);
    let measured = timed("measured", || Measured::of(&entries, Duration::ZERO, seconds));
    let rate = measured.achieved_per_min(Duration::ZERO, f64::from(seconds));
    let send_lag = measured.lag.to_latency();
    let facts = Facts { achieved_per_min: rate, send_lag, drained: true, ..Facts::of(&measured, reconciled) };
    let judgement = timed("judged", || judge(&facts));
    let took = began.elapsed();
    println!("{:<26}{:>7.2} s", "altogether", took.as_secs_f64());
    let peak = resident_mb("VmHWM");
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let each = peak as f64 * 1024.0 * 1024.0 / number as f64;
    println!("{peak} MB at most: {each:.0} bytes a delivery, {} of them its entry", size_of::<Entry>());
    let outcome = &facts.reconciled.outcome;
    println!("verdict {:?}: {outcome:?}", judgement.verdict);
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = run();
    println!("{what:<26}{:>7.2} s  {:>6} MB in use", began.elapsed().as_secs_f64(), resident_mb("VmRSS"));
    result
}

fn entry(n: u64, id: &mut String) -> Entry {
    let provider = Provider::ALL[usize::try_from(n % 3).unwrap_or(0)];
    let (what, event, status) = match n % 100 {
        0..5 => (What::Forged(Tampering::WrongKey), n, 401),
        5..7 => (What::Malformed(Malformation::NotJson), n, 400),
        // The repetition of one that was due before, which was valid and of the same provider.
        7..9 if n > 300 => (What::Duplicate, n - 237, 200),
        50 if n % 5_000 == 50 => (What::Poison, n, 200),
        _ => (What::Valid, n, 200),
    };
    id.clear();
    name(provider, event, id);
    let intended = Duration::from_micros(n * 1_000_000 / RATE);
    let service = Duration::from_micros(2_000 + mixed(n) % 20_000);
    let times = Times { measured: true, intended, lag: Duration::from_micros(mixed(n) % 900), service };
    Entry::new(provider, what, id, times, Some(status))
}

/// An id of the provider's length.
fn name(provider: Provider, event: u64, id: &mut String) {
    let random = mixed(event);
    // Writing to a string cannot fail.
    let _ = match provider {
        Provider::Stripe => write!(id, "evt_1PkRunPart000{random:011x}"),
        Provider::Paypal => write!(id, "WH-RUNPART0000000000-0000{random:013X}"),
        Provider::Square => write!(id, "7a6b5c4d-3e2f-4a1b-8c9d-{random:012x}"),
    };
}

/// A bijection of 64 bits that looks random (the finalizer of SplitMix64).
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

/// Every accepted event once in the table and in both buckets, poison in the raw bucket and in the queue.
fn seen<'a>(index: &'a Index<'a>) -> Observed<'a> {
    let mut observed = Observed::new(index, Foreign::Count);
    let entries = index.entries();
    #[expect(clippy::cast_precision_loss, reason = "Unix milliseconds are below 2^52")]
    let started_ms = STARTED_MS as f64;
    // Primes, so that steps of that length reach all entries, in no order of theirs.
    for (store, step) in Store::ALL.into_iter().zip([7_919, 7_927, 7_933, 7_937]) {
        for n in 0..entries.len() {
            let entry = &entries[n * step % entries.len()];
            if entry.kind == Kind::Duplicate || !entry.accepted() {
                continue;
            }
            let poison = entry.kind == Kind::Poison;
            match store {
                Store::Table if !poison => {
                    let at_ms = started_ms + entry.intended().as_secs_f64() * 1_000.0 + 30.0;
                    observed.record(&entry.event, Some(at_ms));
                }
                Store::Raw => observed.raw(&entry.event),
                Store::Processed if !poison => observed.processed(&entry.event),
                Store::DeadLetters if poison => {
                    let error = "no such currency".to_owned();
                    observed.letter(DeadLetter { event: Some(entry.event), error });
                }
                Store::Table | Store::Processed | Store::DeadLetters => {}
            }
        }
        observed.looked_at(store);
    }
    observed
}

/// A line of `/proc/self/status` in megabytes; 0 where there is none.
fn resident_mb(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb = status.lines().find_map(|one| {
        one.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next()?.parse::<u64>().ok()
    });
    kb.unwrap_or(0) / 1024
}

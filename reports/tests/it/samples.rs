//! Sample runs, made delivery by delivery so that every number in them fits the others.

mod builder;

use std::collections::BTreeMap;

use builder::{Builder, Delivery, SplitMix};
use reports::record::{
    AlarmChange, Alarms, FaultOutcome, Finding, Flood, FunctionUse, Latency, Merged, OutageRecovery,
    Recovery, Redrive, RedriveRound, Rotation, Run, Second, Severity, Shard, Verdict,
};

/// Every sample by name.
pub(crate) fn all() -> Vec<(&'static str, Run)> {
    vec![
        ("passing", passing()),
        ("failing", failing()),
        ("open_door", open_door()),
        ("interrupted", interrupted()),
        ("empty", empty()),
        ("hostile", hostile()),
    ]
}

/// 60 s at 10,000 a minute, all well.
pub(crate) fn passing() -> Run {
    let mut builder = Builder::new("20261121T181500Z-embedded-peak", 1, 60);
    builder.send_all(10_003, |delivery, _| as_it_should_be(delivery));
    let mut run = builder.finish(Verdict::Pass);
    run.command = "cargo run --release -p loadtest -- --users 200".to_owned();
    run.functions = Some(functions());
    run
}

/// What three validators and a processor did at 10,000 a minute.
pub(crate) fn functions() -> BTreeMap<String, FunctionUse> {
    let of = |name: &str, invocations, mean, p99, concurrency_max| {
        let used = FunctionUse {
            invocations,
            errors: if name == "webhook-processor" { 60 } else { 0 },
            cold_starts: concurrency_max,
            duration_mean_ms: Some(mean),
            duration_p99_ms: Some(p99),
            concurrency_max,
            memory_mb: 512,
            memory_used_mb: 24,
        };
        (name.to_owned(), used)
    };
    let mut all = BTreeMap::from([
        of("stripe-webhook-validator", 4_410, 2.914, 9.8, 6),
        of("paypal-webhook-validator", 3_230, 3.302, 11.2, 5),
        of("square-webhook-validator", 2_156, 2.871, 9.6, 4),
        of("webhook-processor", 9_301, 4.18, 14.5, 9),
        of("transaction-query", 120, 2.2, 0.0, 1),
    ]);
    // Too few for a percentile.
    all.values_mut().filter(|used| used.invocations < 1_000).for_each(|used| used.duration_p99_ms = None);
    all
}

/// The table refuses writes from second 20 on: acknowledged, retried, dead-lettered; a few get 503.
pub(crate) fn failing() -> Run {
    let mut builder = Builder::new("20261121T182000Z-embedded-peak", 7, 60);
    builder.send_all(9_874, |mut delivery, random| {
        delivery = as_it_should_be(delivery);
        if delivery.second >= 20 && delivery.status == 200 {
            delivery.latency_us *= 9;
            delivery.durable = false;
            delivery.outcome = "dead_lettered";
            if random.below(40) == 0 {
                delivery.status = if random.below(3) == 0 { 0 } else { 503 };
                delivery.outcome = "unknown";
            }
        }
        delivery
    });
    let mut run = builder.finish(Verdict::Fail);
    run.build_profile = "debug".to_owned();
    run.functions = Some(functions());
    run.rotation = Some(Rotation {
        providers: ["stripe", "paypal", "square"].map(str::to_owned).into(),
        put_s: 10.03,
        signed_from_s: Some(41.04),
        deliveries_after: 2_900,
    });
    disturb(&mut run);
    // No run is both; here, so that everything a record may have is in one.
    run.shard = Some(Shard { group: "friday".to_owned(), number: 2, of: 3 });
    run.merged_from = Some(Merged {
        group: "friday".to_owned(),
        of: 3,
        runs: vec![
            "20261121T182000Z-aws-peak-shard1of3".to_owned(),
            "20261121T182001Z-aws-peak-shard3of3".to_owned(),
        ],
        missing: vec![2],
    });
    run.alarms = Some(Alarms {
        read: 41,
        expected: Some("webhook-api-4xx".to_owned()),
        waited_s: 183.2,
        changed: vec![AlarmChange {
            name: "webhook-api-4xx".to_owned(),
            before: "OK".to_owned(),
            after: "ALARM".to_owned(),
            since: Some("2026-11-21T10:17:40Z".to_owned()),
        }],
        trouble: None,
    });
    run.findings = vec![
        Finding {
            severity: Severity::Error,
            what: format!(
                "{} webhooks that were answered 200 ended in the dead-letter queue",
                run.dead_letters.unexpected
            ),
            why: "The processor could not write to webhook-transactions: every failed attempt ended in \
                  AccessDeniedException from PutItem, from second 20 on."
                .to_owned(),
            next: "Give the processor's role dynamodb:PutItem on the table, then redrive the queue."
                .to_owned(),
            examples: vec!["evt_1SVx2eKZ0001".to_owned(), "WH-58D329510W468432D".to_owned()],
        },
        Finding {
            severity: Severity::Warning,
            what: format!("{} webhooks got no answer or a 5xx", run.outcome.unknown),
            why: "Retries of the asynchronous invocations filled the function's concurrency.".to_owned(),
            next: "Look again when the table is writable.".to_owned(),
            examples: Vec::new(),
        },
    ];
    run
}

/// Faults, an outage with the retries after it, a redrive and a flood, so that every part of a record is in one sample.
fn disturb(run: &mut Run) {
    let fault = |what: &str, at_s, outage, hits, survived| FaultOutcome {
        what: what.to_owned(),
        at_s,
        for_s: 10.0,
        outage,
        hits,
        cold_starts: 3,
        deliveries: 1_512,
        unacknowledged: 41,
        ack_latency_ms: run.service_time_ms.clone(),
        survived,
    };
    run.faults = vec![
        fault("s3.PutObject=SlowDown@0.1", 5.0, false, 163, Some(true)),
        fault("kill webhook-processor", 20.0, false, 1, Some(false)),
        fault("lambda.*=ServiceException", 30.0, true, 1_634, Some(false)),
        fault("secretsmanager.GetSecretValue=InternalServiceError", 45.0, false, 0, None),
    ];
    run.recovery = Some(Recovery {
        time_compression: 3_600.0,
        delayed: 1_531,
        retries: 6_120,
        retries_max: 9,
        backlog_max: 1_498,
        unacknowledged: 2,
        delayed_ack_ms: run.ack_latency_ms.clone(),
        outages: vec![
            OutageRecovery {
                from_s: 30.0,
                to_s: 40.0,
                backlog: 1_498,
                backlog_empty_s: Some(10.4),
                p99_back_s: Some(1.0),
                recovered_s: Some(10.4),
            },
            OutageRecovery { from_s: 50.0, to_s: 55.0, backlog: 2, ..OutageRecovery::default() },
        ],
    });
    run.redrive = Some(Redrive {
        rounds: vec![
            RedriveRound { under_load: true, letters: 120, taken: 118, refused: 2 },
            RedriveRound { under_load: false, letters: 30, taken: 30, refused: 0 },
        ],
        home: 128,
        came_back: 20,
    });
    run.flood = Some(Flood {
        from_s: 20.0,
        to_s: 40.0,
        forged: 0.5,
        before: run.ack_latency_ms.clone(),
        during: run.service_time_ms.clone(),
        after: Latency::default(),
        p99_ratio: Some(1.23),
    });
}

/// A verifier that accepts everything, and a store that keeps two of some.
pub(crate) fn open_door() -> Run {
    let mut builder = Builder::new("20261121T183000Z-embedded-smoke", 3, 10);
    builder.send_all(1_667, |delivery, random| {
        let delivery = as_it_should_be(delivery);
        match delivery.kind {
            "forged" if delivery.variant != "empty_signature" => {
                Delivery { status: 200, outcome: "forged_accepted", ..delivery }
            }
            "valid" if random.below(200) == 0 => Delivery { outcome: "duplicated", ..delivery },
            "valid" if random.below(200) == 0 => Delivery { outcome: "lost", durable: false, ..delivery },
            "valid" if random.below(200) == 0 => {
                Delivery { status: 401, outcome: "valid_rejected", durable: false, ..delivery }
            }
            _ => delivery,
        }
    });
    builder.finish(Verdict::Fail)
}

/// Ctrl-C after a few seconds.
pub(crate) fn interrupted() -> Run {
    let mut builder = Builder::new("20261121T183500Z-embedded-peak", 1, 4);
    builder.send_all(612, |delivery, _| as_it_should_be(delivery));
    let mut run = builder.finish(Verdict::Unknown);
    run.interrupted = true;
    run.plan.duration_s = 60.0;
    run
}

/// Nothing was sent.
pub(crate) fn empty() -> Run {
    let mut run = Builder::new("20261121T184000Z-embedded-peak", 1, 0).finish(Verdict::Unknown);
    run.generator.cpu_cores = None;
    run.timeline.clear();
    run
}

/// Numbers as large as they get, and strings that want to be more than text.
pub(crate) fn hostile() -> Run {
    const SCRIPT: &str = "<script>alert('x')</script>";
    const BREAKOUT: &str = "\"'><img src=https://example.com/x.png onerror=alert(1)> | `a` ]]> @everyone \u{7}\u{0} --> </svg></style>";
    let long = "evt_".to_owned() + &"0123456789abcdef".repeat(32);
    let mut run = open_door();
    run.id = SCRIPT.to_owned();
    run.target = BREAKOUT.to_owned();
    run.plan.name = format!("{SCRIPT}{BREAKOUT}");
    run.command = format!("cargo run ``` {SCRIPT}\nrm -rf");
    run.host.os = BREAKOUT.to_owned();
    run.build_profile = SCRIPT.to_owned();
    run.seed = u64::MAX;
    run.users = u32::MAX;
    run.offered_per_min = 1e300;
    run.achieved_per_min = 1e15;
    run.outcome.lost = u64::MAX;
    run.outcome.stored = u64::MAX;
    run.sent.total = u64::MAX;
    run.dead_letters.by_error = BTreeMap::from([(SCRIPT.to_owned(), u64::MAX), (long.clone(), 1)]);
    for row in run.breakdown.iter_mut().take(3) {
        row.provider = SCRIPT.to_owned();
        row.kind = BREAKOUT.to_owned();
        row.variant = long.clone();
        row.sent = u64::MAX;
        row.statuses = BTreeMap::from([(65_535, u64::MAX)]);
        row.outcomes = BTreeMap::from([(SCRIPT.to_owned(), u64::MAX), ("lost".to_owned(), u64::MAX)]);
    }
    run.ack_latency_by_provider_ms.insert(SCRIPT.to_owned(), Default::default());
    for slo in &mut run.slo {
        slo.title = BREAKOUT.to_owned();
        slo.note = long.clone();
    }
    run.slo[0].measured = Some(1e308);
    run.slo[1].name = SCRIPT.to_owned();
    disturb(&mut run);
    run.faults[0].what = format!("{SCRIPT}{BREAKOUT}");
    run.faults[1].hits = u64::MAX;
    run.findings = vec![Finding {
        severity: Severity::Error,
        what: SCRIPT.to_owned(),
        why: BREAKOUT.to_owned(),
        next: long.clone(),
        examples: vec![long, SCRIPT.to_owned()],
    }];
    run
}

/// An hour at 10,000 a minute: the timeline alone is what is large.
pub(crate) fn an_hour() -> Run {
    let mut run = passing();
    let mut random = SplitMix(9);
    run.timeline = (0..3_600)
        .map(|t| {
            let p50 = 2.0 + random.below(100) as f64 / 100.0;
            let peak = if t == 1_234 { 4_321.0 } else { 30.0 + random.below(60) as f64 };
            Second {
                t,
                sent: 167,
                accepted: 157,
                rejected: 10,
                errors: 0,
                p50: Some(p50),
                p99: Some(p50 * 4.0),
                max: Some(peak),
            }
        })
        .collect();
    run.duration_s = 3_600.0;
    run.plan.duration_s = 3_600.0;
    run
}

fn as_it_should_be(delivery: Delivery) -> Delivery {
    let (status, outcome, durable) = match delivery.kind {
        "valid" => (200, "stored", true),
        "duplicate" => (200, "deduplicated", false),
        "poison" => (200, "dead_lettered", false),
        "malformed" => (if delivery.variant == "too_large" { 413 } else { 400 }, "rejected", false),
        _ => (401, "rejected", false),
    };
    Delivery { status, outcome, durable, ..delivery }
}

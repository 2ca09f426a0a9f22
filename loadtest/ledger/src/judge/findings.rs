//! What a person should read first: what happened, why as far as the evidence goes, and what to do next.

use run_record::record::{Finding, Severity, Slo};

use super::{Facts, Saturation};
use crate::reconcile::Evidence;

/// Findings, worst first. A run without any problem has at most notes.
pub(super) fn findings(facts: &Facts, slo: &[Slo]) -> Vec<Finding> {
    if let Some(finding) = not_started(facts) {
        return vec![finding];
    }
    let others = [
        forged(facts),
        lost(facts),
        dead_letters(facts),
        poison_missing(facts),
        duplicated(facts),
        rejected(facts),
        never_acknowledged(facts),
        unavailable(facts, slo),
        flooded(facts, slo),
        slow(facts, slo),
        rate(facts, slo),
        saturated(facts),
        too_few(facts),
        interrupted(facts),
        missing_shards(facts),
        unobservable(facts),
        not_drained(facts),
        attack_errors(facts),
        queries(facts),
        generator_errors(facts),
        busy_users(facts),
        foreign(facts),
    ]
    .into_iter()
    .flatten();
    let mut all: Vec<Finding> = undone(facts).chain(others).collect();
    all.sort_by_key(|finding| finding.severity);
    all
}

fn finding(severity: Severity, what: String, why: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { severity, what, why: why.into(), next: next.into(), examples: Vec::new() }
}

fn with_examples(mut finding: Finding, evidence: &Evidence) -> Finding {
    finding.examples.clone_from(&evidence.examples);
    finding
}

/// `1 event`, `12,345 events`.
fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {}", if number == 1 { one } else { many })
}

fn logs(facts: &Facts, function: &str) -> String {
    match &facts.log_dir {
        Some(dir) => format!("read {dir}/{function}.log"),
        None => format!("read the log of {function}"),
    }
}

/// Says all there is to say: nothing was sent.
fn not_started(facts: &Facts) -> Option<Finding> {
    let stopped = facts.not_started.as_ref()?;
    let what = format!("The function {} does not start, so that nothing was sent.", stopped.function);
    let next = format!("{}: its last lines say why it ended.", capitalized(&logs(facts, &stopped.function)));
    Some(finding(Severity::Error, what, capitalized(&stopped.reason) + ".", next))
}

fn forged(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.forged_accepted;
    if evidence.count == 0 {
        return None;
    }
    let what = format!(
        "{} let in.",
        count(evidence.count, "forged or malformed webhook was", "forged or malformed webhooks were")
    );
    let traces = facts.reconciled.forged_traces;
    let why = if traces == 0 {
        "They were answered 2xx: the validator does not check what these attacks change.".to_owned()
    } else {
        format!(
            "{} refused but left a trace in a store: something is written before the check.",
            count(traces, "was", "were")
        )
    };
    let next = "Do not deploy. The breakdown names the ways of tampering; run the provider's verification tests with them.";
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn lost(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.lost;
    if evidence.count == 0 {
        return None;
    }
    let what = format!("{} answered 200 and lost.", count(evidence.count, "webhook was", "webhooks were"));
    let [table, raw, processed] = facts.reconciled.lost_lacks;
    let why = format!(
        "The provider will not send them again. Without a record in the table: {table}; without a raw object: {raw}; \
         without a processed object: {processed}; and none is in the dead-letter queue."
    );
    let next = if raw > 0 {
        "The validator answered before the raw body was safe: check that 200 waits for both acknowledgements."
            .to_owned()
    } else {
        format!("The processor dropped them without an error: {}.", logs(facts, "webhook-processor"))
    };
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn dead_letters(facts: &Facts) -> Option<Finding> {
    let letters = &facts.reconciled.dead_letters;
    let evidence = &facts.reconciled.letters_unexpected;
    if evidence.count == 0 {
        return None;
    }
    let what = format!(
        "{} in the dead-letter queue that should not be there.",
        count(evidence.count, "webhook is", "webhooks are")
    );
    let mut causes: Vec<_> = letters.by_error.iter().collect();
    causes.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let named: Vec<_> =
        causes.iter().take(3).map(|(error, times)| format!("“{error}” ({times} times)")).collect();
    let why = format!("The processor gave up after its retries: {}.", named.join(", "));
    let advice = causes.iter().find_map(|(error, _)| advice(error));
    let next = match advice {
        Some(advice) => {
            format!("{advice}; then redrive the queue. Nothing is lost as long as the messages are kept.")
        }
        None => format!(
            "{}, mend the cause, then redrive the queue.",
            capitalized(&logs(facts, "webhook-processor"))
        ),
    };
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

/// What usually helps, by a word in the error.
fn advice(error: &str) -> Option<&'static str> {
    const ADVICE: [(&str, &str); 5] = [
        (
            "AccessDenied",
            "Give the processor's role the permission it lacks (table: PutItem, bucket: PutObject)",
        ),
        ("ResourceNotFound", "Check the names of table and buckets in the processor's environment"),
        ("hrottl", "Raise the table's or the bucket's limits, or spread the load"),
        ("SlowDown", "Spread the load over more prefixes, or retry later"),
        (
            "Runtime.",
            "The function's process ended by itself: read its log for the last lines before the end",
        ),
    ];
    ADVICE.into_iter().find(|(word, _)| error.contains(word)).map(|(_, advice)| advice)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn poison_missing(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.poison_missing;
    if evidence.count == 0 {
        return None;
    }
    let what = format!(
        "{} missing from the dead-letter queue.",
        count(evidence.count, "poison event is", "poison events are")
    );
    let why =
        "Events that cannot be processed were acknowledged, but did not reach the queue after their retries.";
    let next = "Check the function's dead-letter target and the permission to send to it; with slow retries, drain for longer.";
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn duplicated(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.duplicated;
    if evidence.count == 0 {
        return None;
    }
    let what = format!("{} stored more than once.", count(evidence.count, "event is", "events are"));
    let why = "Deliveries of one event were not recognized as the same.";
    let next =
        "Check the condition of the write to the table and that object keys depend on nothing but the event.";
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn rejected(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.valid_rejected;
    if evidence.count == 0 {
        return None;
    }
    let what = format!(
        "{} refused with a 4xx.",
        count(evidence.count, "genuine webhook was", "genuine webhooks were")
    );
    let why =
        "The target's secret differs from the one used here, or its schema or verification is too strict.";
    let next = "Compare the secrets (--secrets FILE) and Square's notification URL, then look at the breakdown by provider.";
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn never_acknowledged(facts: &Facts) -> Option<Finding> {
    let evidence = &facts.reconciled.unacknowledged;
    if evidence.count == 0 || !facts.retried || facts.interrupted {
        return None;
    }
    let what = format!(
        "{} never acknowledged, although the providers tried to the end.",
        count(evidence.count, "genuine event was", "genuine events were")
    );
    let why = "Their providers have given them up, or the run ended before their last attempt: the payments' news does not come again.";
    let next = "Find out why the receiver still refused after the outage; what is stored raw can be replayed, the rest must be fetched from \
                the provider.";
    Some(with_examples(finding(Severity::Error, what, why, next), evidence))
}

fn flooded(facts: &Facts, slo: &[Slo]) -> Option<Finding> {
    let during = facts.flood.as_ref()?;
    let Some(p99) = during.p99 else {
        let what = format!(
            "Only {} beside the flood of forgeries.",
            count(during.samples, "valid delivery", "valid deliveries")
        );
        let why = "A p99 of fewer than 1,000 samples is a guess.";
        return Some(finding(Severity::Warning, what, why, "Raise --duration or --rate."));
    };
    if !broken(slo, "flood_ack_p99_lt_1s") {
        return None;
    }
    let what = format!("Beside the forgeries one valid webhook in a hundred took {p99:.0} ms or longer.");
    let why = "Refusing forgeries used up what the valid traffic needs.";
    let next = "Look for what a forgery costs: a read of the secret or the certificate, a cold start, a full queue of the validator.";
    Some(finding(Severity::Error, what, why, next))
}

fn unavailable(facts: &Facts, slo: &[Slo]) -> Option<Finding> {
    let missed = facts.genuine - facts.acknowledged.min(facts.genuine);
    let named = [
        (facts.unanswered, "without an answer"),
        (facts.server_errors, "answered 5xx"),
        (facts.throttled, "answered 429 (too many requests)"),
        (facts.odd_answers, "answered 1xx or 3xx"),
    ];
    let parts: Vec<_> = named.iter().filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}")).collect();
    if parts.is_empty() {
        return None;
    }
    let home = facts.retried && facts.reconciled.unacknowledged.count == 0;
    let severity = match (broken(slo, "availability_ge_999"), home) {
        (true, _) => Severity::Error,
        (false, true) => Severity::Info,
        (false, false) => Severity::Warning,
    };
    let what = format!(
        "{} not acknowledged{}: {}.",
        count(missed, "genuine webhook was", "genuine webhooks were"),
        if home { " at first, and came in by the providers' retries" } else { "" },
        parts.join(", ")
    );
    let why = if facts.unanswered > facts.server_errors + facts.throttled {
        "The target refused connections, closed them, or was silent for longer than a request may take."
    } else if facts.throttled > facts.server_errors {
        "The target's throttle is below the offered rate."
    } else {
        "The target failed by itself. Providers send these again, so nothing is lost yet."
    };
    let next =
        format!("{} and of the gateway for that time.", capitalized(&logs(facts, "*-webhook-validator")));
    Some(finding(severity, what, why, next))
}

fn broken(slo: &[Slo], name: &str) -> bool {
    slo.iter().any(|slo| slo.name == name && slo.ok == Some(false))
}

fn slow(facts: &Facts, slo: &[Slo]) -> Option<Finding> {
    let p99 = super::judged_ack(facts).p99.filter(|_| broken(slo, "ack_p99_lt_1s"))?;
    let service = facts.service.p99.unwrap_or_default();
    let what = format!("One acknowledgement in a hundred took {p99:.0} ms or longer.");
    let why = if service < 1_000.0 {
        format!(
            "A request itself took up to {service:.0} ms (p99), but all {} users were waiting for answers when the next \
             delivery was due: providers would have had to queue as well.",
            facts.users
        )
    } else {
        format!("The target took that long: p99 of the request itself was {service:.0} ms.")
    };
    let next = "Find the rate it can hold with --rate max, then look for the first resource that is used up.";
    Some(finding(Severity::Error, what, why, next))
}

fn rate(facts: &Facts, slo: &[Slo]) -> Option<Finding> {
    broken(slo, "target_rate_reached").then(|| {
        let (reached, asked) = (facts.achieved_per_min, facts.offered_per_min);
        let rest = match facts.unsent {
            0 => "all were sent, but late".to_owned(),
            unsent => format!("{} never sent", count(unsent, "due delivery was", "due deliveries were")),
        };
        let what = format!("{reached:.0} webhooks a minute were reached instead of {asked:.0}; {rest}.");
        let why = "Every user was still waiting for an answer when further deliveries were due.";
        finding(
            Severity::Error,
            what,
            why,
            "Give more --users if answers are fast; otherwise the target is the limit.",
        )
    })
}

fn saturated(facts: &Facts) -> Option<Finding> {
    let cpu = match (facts.own_cpu_cores, facts.cpu_cores) {
        (Some(own), Some(all)) => {
            format!(" {all:.1} of {} cores were in use, {own:.1} by the generator itself.", facts.cpus)
        }
        (None, Some(all)) => {
            format!(" {all:.1} of {} cores were in use by generator and embedded target.", facts.cpus)
        }
        _ => String::new(),
    };
    let (what, why, next) = match super::saturation(facts)? {
        Saturation::SentLate(lag) => (
            format!("The generator was late: p99 of its own delay was {lag:.0} ms."),
            format!("This machine could not offer the load it promised.{cpu}"),
            "Use a release build, a lower --rate or a machine with more cores.",
        ),
        Saturation::WokenLate(lag) => (
            format!("The generator's threads were woken late: p99 was {lag:.0} ms."),
            format!("This machine is busy with something else, or gives its processors to others.{cpu}"),
            "Stop what else runs here, or use a machine of its own for the generator.",
        ),
        Saturation::Sockets(open, limit) => (
            format!("The generator ran out of sockets: {open} of {limit} were open."),
            "Further connections fail on this machine, whatever the target could do.".to_owned(),
            "Raise the limit (ulimit -n) or give fewer --users.",
        ),
        Saturation::Crowded(others) => (
            format!("Other programs used {others:.1} of this machine's {} cores.", facts.cpus),
            format!("Neither generator nor target had the machine to themselves.{cpu}"),
            "Stop what else runs here, and run it again.",
        ),
        Saturation::Cpu(own, all) => (
            format!(
                "The generator itself needed {own:.1} of the {all:.1} cores in use, and there are {}.",
                facts.cpus
            ),
            "More than that this machine cannot offer; what the target could do was not seen.".to_owned(),
            "Use a release build, or more machines.",
        ),
    };
    Some(finding(Severity::Warning, what, why, next))
}

fn too_few(facts: &Facts) -> Option<Finding> {
    let ack = super::judged_ack(facts);
    (ack.p99.is_none() && !facts.interrupted).then(|| {
        let samples = count(ack.samples, "valid delivery", "valid deliveries");
        let what = format!("Only {samples}: too few to tell a p99.");
        let why = "A p99 of fewer than 1,000 samples is a guess, and no verdict is given on a guess.";
        finding(
            Severity::Warning,
            what,
            why,
            "Raise --duration or --rate so that at least 1,000 valid deliveries are measured.",
        )
    })
}

fn interrupted(facts: &Facts) -> Option<Finding> {
    facts.interrupted.then(|| {
        let what = format!("The run was interrupted after {}.", count(facts.sent, "delivery", "deliveries"));
        finding(Severity::Warning, what, "Ctrl-C or a signal.", "Run it again to the end for a verdict.")
    })
}

fn missing_shards(facts: &Facts) -> Option<Finding> {
    let missing = &facts.missing_shards;
    (!missing.is_empty()).then(|| {
        let numbers = missing.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let what = format!("{} of {} shards are not here: {numbers}.", missing.len(), facts.shards);
        let why = "Nothing is known of what they sent, so that no more than a part of the run could be judged.";
        let next = "Fetch their folders and merge again; a machine that never wrote one has to be run again with all others.";
        finding(Severity::Warning, what, why, next)
    })
}

fn unobservable(facts: &Facts) -> Option<Finding> {
    if facts.reconciled.observable {
        return None;
    }
    let what = "The stores could not be looked at, so that losses and duplicates are unknown.".to_owned();
    let why = if facts.trouble.is_empty() {
        "A bare URL shows answers only.".to_owned()
    } else {
        facts.trouble.join("; ")
    };
    Some(finding(
        Severity::Warning,
        what,
        why,
        "Give --ready-file of a running `localstack up`, or use the embedded target.",
    ))
}

fn not_drained(facts: &Facts) -> Option<Finding> {
    (!facts.drained && facts.reconciled.observable).then(|| {
        let what = "The target was still busy when waiting for it ended.".to_owned();
        let why = "Events that were under way then may be counted as lost.";
        finding(
            Severity::Warning,
            what,
            why,
            "Look for slow retries or a growing backlog in the processor's log.",
        )
    })
}

fn attack_errors(facts: &Facts) -> Option<Finding> {
    let errors = facts.undisturbed.as_ref().map_or(facts.attack_errors, |calm| calm.attack_errors);
    (errors > 0).then(|| {
        let number = count(errors, "forged or malformed webhook was", "forged or malformed webhooks were");
        let what = format!("{number} answered 5xx or not at all.");
        let why = "An attacker can make the target fail where a clean 4xx is due.";
        finding(Severity::Warning, what, why, "The breakdown names the ways; make the validator refuse them.")
    })
}

fn queries(facts: &Facts) -> Option<Finding> {
    let (failed, sent) = facts.queries_failed;
    (failed > 0).then(|| {
        let what = format!("{failed} of {sent} queries failed.");
        let why = "The query API answered otherwise than 200, or the processor was seconds behind with what was asked for.";
        finding(Severity::Warning, what, why, format!("{}.", capitalized(&logs(facts, "transaction-query"))))
    })
}

/// One finding for everything that was asked for and did not happen.
fn undone(facts: &Facts) -> impl Iterator<Item = Finding> {
    let why = facts
        .generator_errors
        .first()
        .cloned()
        .unwrap_or_else(|| "The run ended too early for it, or what it needs did not come.".to_owned());
    let next = "Mend that, or give the run more time with --duration or more load with --rate.";
    facts.undone.iter().map(move |what| finding(Severity::Warning, what.clone(), why.clone(), next))
}

fn generator_errors(facts: &Facts) -> Option<Finding> {
    let first = facts.generator_errors.first()?;
    let what =
        format!("{} in the generator.", count(facts.generator_errors.len() as u64, "mistake", "mistakes"));
    Some(finding(Severity::Warning, what, first.clone(), "Please report it with the command line."))
}

fn busy_users(facts: &Facts) -> Option<Finding> {
    let lag = super::lag_to_judge(&facts.total_lag)?;
    (lag > super::SEND_LAG_MS && !super::saturated(facts)).then(|| {
        let what = format!("Deliveries left up to {lag:.0} ms late (p99), because all {} users were waiting.", facts.users);
        let why = "Answers are slower than the users can take turns; the delay counts in the acknowledgement latency.";
        finding(Severity::Info, what, why, "Give more --users to see the target's own latency.")
    })
}

fn foreign(facts: &Facts) -> Option<Finding> {
    (facts.reconciled.foreign > 0).then(|| {
        let number = count(
            facts.reconciled.foreign,
            "record, object or message is",
            "records, objects or messages are",
        );
        let (whose, why, next) = if facts.is_shard {
            (
                "shard",
                "Other shards or earlier runs left them; they were not judged.",
                "Merge all shards: what is then left is nobody's.",
            )
        } else {
            (
                "run",
                "Earlier runs or other senders left them; they were not judged.",
                "Nothing, unless the target should have been empty.",
            )
        };
        finding(Severity::Info, format!("{number} of no event of this {whose}."), why, next)
    })
}

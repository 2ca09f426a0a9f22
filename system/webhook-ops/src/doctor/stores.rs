//! Tables, buckets and the dead-letter queue: are they there, and do they keep what they are given?

use webhook_aws::ops::inspect::{PublicAccessBlocked, QueueFacts, TableFacts};
use webhook_core::ports::PortError;
use webhook_core::ports::ops::QueueDepth;

use super::check::Findings;

const APPLY: &str = "apply the infrastructure again (terraform apply)";
const MISSING: &str =
    "apply the infrastructure (terraform apply); check --environment, --name-suffix or the ready file";
/// 14 days, the longest that SQS keeps a message.
const RETENTION_S: u64 = 1_209_600;
const VISIBILITY_S: u64 = 30;

/// A table as specified.
#[derive(Debug)]
pub(super) struct Shape {
    keys: &'static [&'static str],
    /// Name and keys.
    indexes: &'static [(&'static str, [&'static str; 2])],
    streams: bool,
    /// Holds what cannot be had again elsewhere.
    pub(super) recoverable: bool,
}

/// The transactions.
pub(super) const TRANSACTIONS: Shape = Shape {
    keys: &["transaction_id", "timestamp"],
    indexes: &[
        ("ProviderTimestampIndex", ["provider", "timestamp"]),
        ("CustomerIndex", ["customer_id", "timestamp"]),
    ],
    streams: true,
    recoverable: true,
};

/// PayPal's transmission ids, for four days.
pub(super) const TRANSMISSIONS: Shape =
    Shape { keys: &["transmission_id"], indexes: &[], streams: false, recoverable: false };

/// Judges a table by its description.
pub(super) fn judge_table(
    shape: &Shape,
    name: &str,
    facts: &Result<TableFacts, PortError>,
    findings: &mut Findings,
) {
    let what = |aspect: &str| format!("table {name}: {aspect}");
    let Some(facts) = findings.read(&what("description"), facts, MISSING) else { return };
    findings.judge(facts.status == "ACTIVE", what("status"), &facts.status, "wait until it is active");
    let fix = "a table's keys cannot be changed: restore the backup into a table of the right shape";
    findings.judge(facts.keys == shape.keys, what("keys"), facts.keys.join(", "), fix);
    for (index, keys) in shape.indexes {
        let what = what(&format!("index {index}"));
        match facts.indexes.get(*index) {
            None => findings.wrong(what, "it is not there", APPLY),
            Some(found) => {
                let right = found.keys == *keys && found.projection == "ALL" && found.status == "ACTIVE";
                let told = format!("{} ({}), {}", found.keys.join(", "), found.projection, found.status);
                findings.judge(
                    right,
                    what,
                    told,
                    format!("{} with all attributes, active; {APPLY}", keys.join(", ")),
                );
            }
        }
    }
    let billing = if facts.on_demand { "on demand" } else { "provisioned" };
    findings.judge(facts.on_demand, what("billing"), billing, format!("set PAY_PER_REQUEST; {APPLY}"));
    if shape.streams {
        let told = facts.stream.as_deref().unwrap_or("off");
        findings.judge(
            facts.stream.is_some(),
            what("stream"),
            told,
            format!("switch the stream on; {APPLY}"),
        );
    }
}

/// Judges by which attribute a table's items expire.
pub(super) fn judge_expiry(name: &str, fact: &Result<Option<String>, PortError>, findings: &mut Findings) {
    let what = format!("table {name}: time to live");
    let Some(attribute) = findings.read(&what, fact, MISSING) else { return };
    let told = attribute.as_deref().unwrap_or("off");
    findings.judge(
        attribute.as_deref() == Some("expires_at"),
        what,
        told,
        format!("set it to expires_at; {APPLY}"),
    );
}

/// Judges whether a table can be restored.
pub(super) fn judge_recovery(name: &str, fact: &Result<bool, PortError>, findings: &mut Findings) {
    let what = format!("table {name}: point-in-time recovery");
    let Some(on) = findings.read(&what, fact, MISSING) else { return };
    findings.judge(*on, what, if *on { "on" } else { "off" }, format!("switch it on; {APPLY}"));
}

/// Judges whether a bucket is there, and where.
pub(super) fn judge_bucket(
    region: &str,
    name: &str,
    fact: &Result<String, PortError>,
    findings: &mut Findings,
) {
    let what = format!("bucket {name}");
    let Some(found) = findings.read(&what, fact, MISSING) else { return };
    findings.judge(
        found == region,
        what,
        format!("in {found}"),
        format!("it should be in {region}; check --region"),
    );
}

/// Judges a bucket's default encryption.
pub(super) fn judge_encryption(
    name: &str,
    fact: &Result<Option<String>, PortError>,
    findings: &mut Findings,
) {
    let what = format!("bucket {name}: encryption");
    let Some(algorithm) = findings.read(&what, fact, MISSING) else { return };
    let right = matches!(algorithm.as_deref(), Some("AES256" | "aws:kms" | "aws:kms:dsse"));
    findings.judge(right, what, algorithm.as_deref().unwrap_or("none"), format!("set SSE-S3; {APPLY}"));
}

/// Judges whether a bucket is closed to the public.
pub(super) fn judge_public_access(
    name: &str,
    fact: &Result<PublicAccessBlocked, PortError>,
    findings: &mut Findings,
) {
    let what = format!("bucket {name}: public access");
    let Some(blocked) = findings.read(&what, fact, MISSING) else { return };
    let number = blocked.iter().filter(|set| **set).count();
    findings.judge(
        number == 4,
        what,
        format!("{number} of 4 blocks set"),
        format!("block all public access, now; {APPLY}"),
    );
}

/// Judges whether anything limits how long a bucket keeps objects.
pub(super) fn judge_lifecycle(name: &str, fact: &Result<usize, PortError>, findings: &mut Findings) {
    let what = format!("bucket {name}: lifecycle");
    let Some(rules) = findings.read(&what, fact, MISSING) else { return };
    findings.judge(
        *rules > 0,
        what,
        format!("{rules} rules in force"),
        format!("set the lifecycle rules; {APPLY}"),
    );
}

/// Judges whether a bucket keeps versions.
pub(super) fn judge_versioning(name: &str, fact: &Result<bool, PortError>, findings: &mut Findings) {
    let what = format!("bucket {name}: versioning");
    let Some(on) = findings.read(&what, fact, MISSING) else { return };
    findings.judge(*on, what, if *on { "on" } else { "off" }, format!("switch it on; {APPLY}"));
}

/// Judges the dead-letter queue's settings.
pub(super) fn judge_queue(fact: &Result<QueueFacts, PortError>, findings: &mut Findings) {
    let missing = "create it (terraform apply): without it, events that fail three times are LOST";
    let Some(facts) = findings.read("dead-letter queue", fact, missing) else { return };
    let aspects = [
        ("retention", facts.retention_s, RETENTION_S),
        ("visibility time-out", facts.visibility_s, VISIBILITY_S),
    ];
    for (aspect, found, expected) in aspects {
        let told = found.map_or_else(|| "not told".to_owned(), |seconds| format!("{seconds} s"));
        let what = format!("dead-letter queue: {aspect}");
        findings.judge(found == Some(expected), what, told, format!("set {expected} s; {APPLY}"));
    }
}

/// Judges what lies in the queue: every letter is an event somebody paid for and nobody has recorded.
pub(super) fn judge_depth(fact: &Result<QueueDepth, PortError>, findings: &mut Findings) {
    let what = "dead-letter queue: depth";
    // A queue that is not there has been told by its settings.
    let Ok(depth) = fact else { return };
    let fix = "`webhookctl dlq list` says why; after mending that, `webhookctl dlq redrive --all --wait`";
    let held =
        if depth.in_flight > 0 { format!(", {} of them in flight", depth.in_flight) } else { String::new() };
    findings.judge(
        depth.total() == 0,
        what,
        format!(
            "{}{held}",
            crate::text::count(usize::try_from(depth.total()).unwrap_or(usize::MAX), "dead letter")
        ),
        fix,
    );
}

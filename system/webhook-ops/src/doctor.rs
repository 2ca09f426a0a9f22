//! `doctor`: looks at a deployment's access and settings, and says of each whether it is right, wrong (and how to mend it), or could not be
//! looked at (and why). Nothing is changed; each webhook endpoint gets one unsigned request, which counts as a forged one.
//!
//! Invariant: what could not be checked is never told as right. A variable's or a secret's value is never printed.

mod check;
mod functions;
mod secrets;
mod stores;
mod strangers;

use serde::Serialize;
use webhook_aws::ops::Ops;
use webhook_core::ports::ops::{DeadLetterQueue as _, SecretVault as _};
use webhook_core::provider::Provider;

use crate::clock;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::target::{Deployment, Kind};
use crate::text::count;
use check::{Check, Findings, NotApplicable, State};

/// Runs every check.
pub(crate) async fn run(deployment: &Deployment, ops: &Ops, console: Console) -> Result<Exit, Failure> {
    let progress = console.progress();
    progress.at(|| "examining the deployment".to_owned());
    // On the heap: each is a tree of calls.
    let (functions, stores, queue, secrets, strangers) = futures::join!(
        Box::pin(examine_functions(deployment, ops)),
        Box::pin(examine_stores(deployment, ops)),
        Box::pin(examine_queue(deployment, ops)),
        Box::pin(examine_secrets(deployment, ops)),
        Box::pin(examine_as_stranger(deployment, ops)),
    );
    progress.clear();
    let report = Report::new(deployment, [functions, stores, queue, secrets, strangers]);
    console.object(&report);
    console.result(&report.text());
    Ok(report.exit())
}

async fn examine_functions(deployment: &Deployment, ops: &Ops) -> Findings {
    let inspector = ops.inspector();
    let mut findings = Findings::default();
    let expected: Vec<_> =
        functions::EXPECTED.iter().filter(|one| !one.aws_only || deployment.kind == Kind::Aws).collect();
    let reads = expected.iter().map(|one| {
        let (inspector, name) = (&inspector, deployment.function(one.name));
        async move { inspector.function(&name).await }
    });
    let processor = deployment.processor();
    let (all, concurrency, retries) = futures::join!(
        futures::future::join_all(reads),
        inspector.reserved_concurrency(&processor),
        inspector.retries(&processor),
    );
    let all: Vec<_> = expected.iter().map(|one| one.role).zip(all).collect();
    for (one, (_, facts)) in expected.iter().zip(&all) {
        functions::judge(deployment, one, facts, &mut findings);
    }
    functions::judge_notifications(&all, &mut findings);
    functions::judge_concurrency(&processor, &concurrency, &mut findings);
    functions::judge_retries(&processor, &retries, &mut findings);
    findings
}

async fn examine_stores(deployment: &Deployment, ops: &Ops) -> Findings {
    let inspector = ops.inspector();
    let mut findings = Findings::default();
    let embedded = deployment.kind == Kind::Embedded;
    for (shape, name) in [
        (&stores::TRANSACTIONS, &deployment.table),
        (&stores::TRANSMISSIONS, &deployment.transmissions_table),
    ] {
        stores::judge_table(shape, name, &inspector.table(name).await, &mut findings);
        stores::judge_expiry(name, &inspector.expiry_attribute(name).await, &mut findings);
        if shape.recoverable && !embedded {
            stores::judge_recovery(name, &inspector.point_in_time_recovery(name).await, &mut findings);
        }
    }
    for (name, is_log) in [(&deployment.raw_bucket, false), (&deployment.processed_bucket, true)] {
        stores::judge_bucket(&deployment.region, name, &inspector.bucket_region(name).await, &mut findings);
        if embedded {
            continue;
        }
        stores::judge_encryption(name, &inspector.encryption(name).await, &mut findings);
        stores::judge_public_access(name, &inspector.public_access_blocked(name).await, &mut findings);
        stores::judge_lifecycle(name, &inspector.lifecycle_rules(name).await, &mut findings);
        if is_log {
            stores::judge_versioning(name, &inspector.versioned(name).await, &mut findings);
        }
    }
    if embedded {
        let why = "the embedded cloud keeps everything in memory, for as long as it runs";
        for what in
            ["tables: point-in-time recovery", "buckets: encryption, public access, lifecycle, versioning"]
        {
            findings.not_applicable(what, why);
        }
    }
    findings
}

async fn examine_queue(deployment: &Deployment, ops: &Ops) -> Findings {
    let mut findings = Findings::default();
    let (facts, depth) = (
        ops.inspector().queue(&deployment.dlq_url).await,
        ops.dead_letters(&deployment.dlq_url).depth().await,
    );
    stores::judge_queue(&facts, &mut findings);
    stores::judge_depth(&depth, &mut findings);
    findings
}

async fn examine_secrets(deployment: &Deployment, ops: &Ops) -> Findings {
    let mut findings = Findings::default();
    for provider in Provider::ALL {
        let name = deployment.secret(provider);
        let versions = ops.vault(&name).versions().await;
        let url = deployment.square_notification_url.as_deref();
        secrets::judge(provider, &name, &versions, url, clock::now(), &mut findings);
    }
    findings
}

async fn examine_as_stranger(deployment: &Deployment, ops: &Ops) -> Findings {
    let probe = ops.probe();
    let mut findings = Findings::default();
    match &deployment.api_base_url {
        None => {
            findings.unclear("gateway", "nobody said where it is; give --api-base-url URL, with the stage")
        }
        Some(base) => {
            for provider in Provider::ALL {
                let url = format!("{base}/api/v1/webhooks/{provider}");
                let answer = probe.post(&url, strangers::unsigned_body(provider)).await;
                strangers::judge_webhook(provider, &answer, &mut findings);
            }
            if deployment.queries_signed {
                let answer = probe.get(&format!("{base}/api/v1/transactions/webhookctl-probe")).await;
                strangers::judge_query(&answer, &mut findings);
            } else {
                findings.not_applicable(
                    "gateway: queries refused unsigned",
                    "this target's query API is open on purpose",
                );
            }
        }
    }
    let answer = probe.get(&deployment.clock_url).await;
    strangers::judge_clock(&answer, clock::now(), &mut findings);
    findings
}

/// Everything found.
#[derive(Debug, Serialize)]
struct Report {
    target: &'static str,
    region: String,
    /// The worst state of any check.
    verdict: State,
    ok: usize,
    wrong: usize,
    unclear: usize,
    checks: Vec<Check>,
    not_applicable: Vec<NotApplicable>,
}

impl Report {
    fn new(deployment: &Deployment, parts: impl IntoIterator<Item = Findings>) -> Self {
        let mut all = Findings::default();
        parts.into_iter().for_each(|part| all.append(part));
        let number = |state| all.checks.iter().filter(|check| check.state == state).count();
        let (ok, wrong, unclear) = (number(State::Ok), number(State::Wrong), number(State::Unclear));
        Self {
            target: deployment.kind.as_str(),
            region: deployment.region.clone(),
            verdict: match (wrong, unclear) {
                (0, 0) => State::Ok,
                (0, _) => State::Unclear,
                _ => State::Wrong,
            },
            ok,
            wrong,
            unclear,
            checks: all.checks,
            not_applicable: all.not_applicable,
        }
    }

    /// For people: what is right in a line each, what is wrong with its remedy.
    fn text(&self) -> String {
        let mut text: String = self.checks.iter().map(Check::text).collect();
        for one in &self.not_applicable {
            text += &format!("n/a      {}: {}\n", one.what, one.why);
        }
        text += &format!(
            "\n{} right, {} wrong, {} could not be checked.\n",
            count(self.ok, "check"),
            self.wrong,
            self.unclear
        );
        text
    }

    const fn exit(&self) -> Exit {
        match self.verdict {
            State::Ok => Exit::Done,
            State::Wrong => Exit::Findings,
            State::Unclear => Exit::Unclear,
        }
    }
}

#[cfg(test)]
mod tests;

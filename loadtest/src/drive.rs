//! Drives the load: goose runs the users, a watcher ends the run when everything due was sent and answered.
//!
//! goose's own clock, ramp, reports and printing are off: users start at once, slots say when to send, and the record is
//! ours. What stays goose's is its users, its scenarios with their weights, and its table of requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::metrics::GooseMetrics;
use goose::{GooseAttack, GooseError};

use crate::host;
use crate::interrupt;
use crate::load::Load;
use crate::plan::Plan;
use crate::scenarios;
use crate::target::Target;
use crate::watch::{Watch, Watched};

/// A delivery that has no answer after this time has none: a gateway answers within 29 s.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// After the last due time, users have this long to send what is late.
const LATE: Duration = Duration::from_secs(10);
/// How often the watcher looks.
const LOOK: Duration = Duration::from_millis(20);

/// What only shows while the load runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Driven {
    /// CPU in use during the measured part by this process and its children, in cores.
    pub cpu_cores: Option<f64>,
    /// The same by everything else on the machine.
    pub other_cpu_cores: Option<f64>,
    /// What was seen of the generator itself meanwhile.
    pub watched: Watched,
    /// A person or a signal ended the run before everything due was sent.
    pub interrupted: bool,
    /// Measured seconds until the end or the interruption.
    pub measured_s: f64,
}

/// Runs the load to its end.
pub async fn drive(
    plan: &Plan,
    users: usize,
    load: &Arc<Load>,
    target: &Target,
) -> Result<Driven, GooseError> {
    let mut attack = GooseAttack::initialize_with_config(configuration(users, &load.base_url))?
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies().gzip(false))?;
    for scenario in scenarios::scenarios(plan, load)? {
        attack = attack.register_scenario(scenario);
    }
    let running = Box::pin(attack.execute());
    let (metrics, driven) = end_together(running, watch(load, target)).await?;
    if metrics.total_users == 0 {
        load.mistake("goose started no user".to_owned());
    }
    Ok(driven)
}

/// Runs both until the attack ends. An attack that ends by itself, without the watcher, is an error of goose's.
async fn end_together(
    attack: impl Future<Output = Result<GooseMetrics, GooseError>>,
    watch: impl Future<Output = Driven>,
) -> Result<(GooseMetrics, Driven), GooseError> {
    let mut attack = std::pin::pin!(attack);
    let mut watch = std::pin::pin!(watch);
    tokio::select! {
        ended = &mut attack => Ok((ended?, Driven { interrupted: true, ..Driven::default() })),
        driven = &mut watch => Ok((attack.await?, driven)),
    }
}

/// goose's configuration: everything we do ourselves is off.
fn configuration(users: usize, base_url: &str) -> GooseConfiguration {
    let mut goose = GooseConfiguration::default();
    goose.host = Some(base_url.to_owned());
    goose.users = Some(users);
    // All at once: goose's default is one user a second. (Its metrics are reset once all are up; without that it would
    // print a line on standard output.)
    goose.increase_rate = Some((users * 100).to_string());
    goose.no_print_metrics = true;
    goose.no_error_summary = true;
    goose.no_transaction_metrics = true;
    goose.no_scenario_metrics = true;
    goose.no_telnet = true;
    goose.quiet = 1;
    goose
}

/// Waits until the run is over and tells goose.
async fn watch(load: &Load, target: &Target) -> Driven {
    while load.started().is_none() {
        tokio::time::sleep(LOOK).await;
    }
    let start = load.start();
    let end = load.length();
    // A retry may be answered late, and be tried again after that.
    let latest = end + LATE + load.retries_last().mul_f64(1.5);
    let mut stopped_at = None;
    let mut meter: Option<Meter> = None;
    let mut driven: Option<Driven> = None;
    loop {
        let elapsed = start.elapsed();
        if meter.is_none() && driven.is_none() && elapsed >= load.warmup() {
            meter = Some(Meter::start(target, end.saturating_sub(elapsed)));
        }
        if interrupt::asked() && stopped_at.is_none() && !load.finished() {
            stopped_at = Some(elapsed);
        }
        if elapsed >= latest {
            load.stop();
        }
        let nothing_more = load.finished() || (load.stopping() && load.under_way() == 0);
        if (nothing_more || elapsed >= end || interrupt::asked())
            && let Some(meter) = meter.take()
        {
            driven = Some(meter.end(target));
        }
        if nothing_more || elapsed >= latest + REQUEST_TIMEOUT + LATE {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    load.stop();
    goose::trigger_killswitch("everything due was sent and answered");
    let measured = stopped_at.unwrap_or(end).min(end).saturating_sub(load.warmup());
    let driven = driven.unwrap_or_default();
    Driven { interrupted: stopped_at.is_some(), measured_s: measured.as_secs_f64(), ..driven }
}

/// What is metered during the measured part.
struct Meter {
    began: Instant,
    cpu_s: Option<f64>,
    machine_s: Option<f64>,
    watch: Option<Watch>,
}

impl Meter {
    fn start(target: &Target, length: Duration) -> Self {
        let cpu_s = host::cpu_seconds(&target.child_pids());
        // Without a thread nothing is seen, and the record says so.
        let machine_s = host::machine_busy_seconds();
        Self { began: Instant::now(), cpu_s, machine_s, watch: Watch::start(length).ok() }
    }

    fn end(self, target: &Target) -> Driven {
        let wall_s = self.began.elapsed().as_secs_f64();
        let cores = |before: Option<f64>, now: Option<f64>| {
            let used_s = before.zip(now).map(|(before, now)| (now - before).max(0.0));
            used_s.filter(|_| wall_s > 0.0).map(|used_s| used_s / wall_s)
        };
        let cpu_cores = cores(self.cpu_s, host::cpu_seconds(&target.child_pids()));
        let machine_s = host::machine_busy_seconds().filter(|_| !target.runs_beside());
        let machine_cores = cores(self.machine_s, machine_s);
        Driven {
            cpu_cores,
            other_cpu_cores: machine_cores.zip(cpu_cores).map(|(all, own)| (all - own).max(0.0)),
            watched: self.watch.map(Watch::end).unwrap_or_default(),
            ..Driven::default()
        }
    }
}

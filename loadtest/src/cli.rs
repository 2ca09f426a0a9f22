//! The command line: one list of flags, from which help, parsing and the plan as it is run all follow.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use localstack::deployment::DeployFlags;
use localstack::outputs::{AwsFlags, NoOutputs};

use crate::exit::Failure;
use crate::plan::{Arrival, DEFAULT, Mix, Plan};
use crate::scenarios;
use crate::search;
use crate::shard::ShardFlags;

const EXAMPLES: &str = "\
Examples:
  loadtest --users 200                          the main job: one minute at 10,000 webhooks a minute
  loadtest --plan smoke --json                  ten seconds, summary.json on standard output
  loadtest --rate 30000 --duration 2m           three times the peak, for longer
  loadtest --rate max                           as fast as the objective holds
  loadtest search                               the highest rate that holds it, with its interval
  loadtest --fault dynamodb.PutItem=AccessDeniedException@0.1
                                                what if a tenth of the writes is refused?
  loadtest --plan outage-recovery               is everything there after an outage, once the providers sent it again?
  loadtest --profile last-year.csv --duration 10m
                                                last year's minutes once more, in ten minutes
  loadtest --rotate-secrets 10s                 are secrets rotated without refusing a webhook?
  loadtest --target localstack                  on LocalStack in a container, deployed by Terraform
  loadtest --target aws --terraform-dir infra/terraform --rate 3000
                                                on AWS: told what it costs, asked, its alarms watched
  loadtest --ready-file ready.json              against a running `localstack up --ready-file ready.json`
  loadtest --ready-file ready.json --shard 1/4 --shard-group friday-1 --start-at 2026-11-27T18:00:00Z
                                                the first of four machines that share a run; see docs/many-machines.md
  loadtest --target url --base-url http://127.0.0.1:8080/prod --secrets secrets.json
                                                anybody's receiver, judged by its answers alone

Exit codes: 0 passed, 1 failed, 2 no verdict (interrupted, too few samples, generator saturated),
64 wrong usage, 69 target unavailable, 70 a mistake of this program.";

/// Sends signed and forged webhooks of Stripe, PayPal and Square, and says whether each ended where it should.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version, after_help = EXAMPLES, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of one run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub args: Args,
}

/// What to do instead of one run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the highest rate that holds the objective
    Search(Box<search::Flags>),
}

impl Cli {
    /// The flags that every run has, whatever is done with it.
    #[must_use]
    pub const fn args(&self) -> &Args {
        match &self.command {
            None => &self.args,
            Some(Command::Search(flags)) => &flags.args,
        }
    }
}

/// What one run sends, and where.
#[derive(Debug, Clone, Parser)]
pub struct Args {
    /// Concurrent users, as goose means it; all start at once
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub users: u32,

    /// Webhooks a minute, on average over the run (phases keep their shape), or `max`: as fast as p99 holds, without a promise
    #[arg(long, value_name = "N|max", value_parser = rate)]
    pub rate: Option<Rate>,

    /// Measured time, e.g. 60s, 2m, 1h; a plan's phases are stretched in proportion
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,

    /// Time before measuring, with valid traffic only
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub warmup: Option<Duration>,

    /// Where the load goes
    #[arg(long, value_enum, default_value_t = Kind::Embedded)]
    pub target: Kind,

    /// Base URL of the API with its stage (for --target url)
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// What a running `localstack up` wrote: the load goes there, and its stores are read
    #[arg(long, value_name = "PATH", conflicts_with = "base_url")]
    pub ready_file: Option<PathBuf>,

    /// The target's secrets: {"stripe": {"secret": "whsec_…"}, "square": {"key": "…", "notification_url": "…"}, …}
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,

    /// Every random choice follows from it; it is printed with each run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Weights of the providers
    #[arg(long, value_name = "stripe=45,paypal=33,square=22", value_parser = mix)]
    pub mix: Option<Mix>,

    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT, help = crate::plan::flag_help())]
    #[expect(missing_docs, reason = "the help text says it")]
    pub plan: String,

    /// A recorded profile, webhooks in each minute (a number or `time,count` a line), instead of the plan's phases; --duration
    /// shortens its minutes, --rate scales it
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// Folder in which the run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "reports/runs")]
    pub out: PathBuf,

    /// summary.json on standard output at the end; everything else goes to standard error
    #[arg(long)]
    pub json: bool,

    /// The functions' bootstrap (embedded target); by default this program plays it
    #[arg(long, value_name = "PATH")]
    pub bootstrap: Option<PathBuf>,

    /// Fault in the embedded cloud: service.Operation=ErrorCode[@probability][*times][:latency_ms]; may be repeated
    #[arg(long, value_name = "SPEC", value_parser = fault)]
    pub fault: Vec<localstack::Fault>,

    /// Share of forged deliveries, e.g. 5% or 0.05
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub forged: Option<f64>,

    /// Share of repeated deliveries
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub duplicates: Option<f64>,

    /// Share of malformed deliveries
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub malformed: Option<f64>,

    /// Number of events that cannot be processed and must end in the dead-letter queue
    #[arg(long, value_name = "N")]
    pub poison: Option<u64>,

    /// Rotates all signing secrets so long into the measured time; deliveries are signed with the new ones 31 s later
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub rotate_secrets: Option<Duration>,

    /// Queries of the transactions API per second
    #[arg(long, value_name = "N")]
    pub queries: Option<f64>,

    /// Plain text (also with the variable NO_COLOR)
    #[arg(long)]
    pub no_color: bool,

    /// Which part of a run on many machines this is.
    #[command(flatten)]
    pub sharding: ShardFlags,

    /// How the system is deployed to an emulator.
    #[command(flatten)]
    pub deploy: DeployFlags,

    /// Where a system on AWS is.
    #[command(flatten)]
    pub aws: AwsFlags,

    /// Most webhooks that may be sent to AWS in this run, warm-up included [default: 100000]
    #[arg(long, value_name = "N", help_heading = "For --target aws")]
    pub max_total: Option<u64>,
}

/// Where the load goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The whole system in an embedded cloud, started for the run.
    Embedded,
    /// The whole system on an emulator of AWS, in a container or at --endpoint-url, deployed for the run.
    Localstack,
    /// The system on AWS, by Terraform's outputs.
    Aws,
    /// A receiver at --base-url; with --ready-file its stores are read as well.
    Url,
}

/// Value of `--rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// Webhooks per minute.
    PerMinute(f64),
    /// As fast as it goes.
    Max,
}

impl Args {
    /// The plan with the flags applied; fewer users than scenarios are refused here.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let mut plan = Plan::load(&self.plan)?;
        if let Some(path) = &self.profile {
            plan.replay(path)?;
        }
        if let Some(duration) = self.duration {
            plan.set_duration(duration);
        }
        match self.rate {
            Some(Rate::PerMinute(rate)) => plan.set_rate(rate),
            Some(Rate::Max) => plan.arrival = Arrival::Max,
            None => {}
        }
        if let Some(warmup) = self.warmup {
            plan.warmup_s = warmup.as_secs_f64();
        }
        plan.mix = self.mix.unwrap_or(plan.mix);
        plan.shares.forged = self.forged.unwrap_or(plan.shares.forged);
        plan.shares.duplicates = self.duplicates.unwrap_or(plan.shares.duplicates);
        plan.shares.malformed = self.malformed.unwrap_or(plan.shares.malformed);
        plan.poison = self.poison.unwrap_or(plan.poison);
        let rotate_at_s = self.rotate_secrets.map(|at| at.as_secs_f64());
        plan.rotate_secrets_at_s = rotate_at_s.or(plan.rotate_secrets_at_s);
        plan.queries_per_s = self.queries.unwrap_or(plan.queries_per_s);
        self.check(&plan)?;
        if plan.rotate_secrets_at_s.is_some() && self.target == Kind::Url && self.ready_file.is_none() {
            return Err(Failure::Usage(
                "--rotate-secrets needs a target whose Secrets Manager can be written to: the embedded one, or one \
                 with --ready-file"
                    .to_owned(),
            ));
        }
        let plan = plan.checked()?;
        let started_for_the_run =
            matches!(self.target, Kind::Embedded | Kind::Localstack) && self.ready_file.is_none();
        self.sharding.check(&plan, started_for_the_run)?;
        Ok(plan)
    }

    /// Whether the system is deployed for the run.
    #[must_use]
    pub fn deploys(&self) -> bool {
        self.target == Kind::Localstack && self.ready_file.is_none()
    }

    /// Flags that do not go together.
    fn check(&self, plan: &Plan) -> Result<(), Failure> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        let elsewhere = self.target != Kind::Embedded || self.ready_file.is_some();
        let deployed = self.deploys();
        if let Some(flag) = self.deploy.first().filter(|_| !deployed) {
            return usage(&format!("{flag} goes with --target localstack, which deploys the system itself"));
        }
        self.check_aws(plan)?;
        match (&self.base_url, &self.ready_file) {
            (None, None) if self.target == Kind::Url => {
                return usage(
                    "--target url needs --base-url URL, or --ready-file PATH of a running `localstack up`",
                );
            }
            (Some(_), _) if self.target != Kind::Url => return usage("--base-url goes with --target url"),
            _ => {}
        }
        if elsewhere && self.bootstrap.is_some() {
            return usage("--bootstrap goes with the embedded target, which starts the functions itself");
        }
        if elsewhere && (!self.fault.is_empty() || !plan.faults.is_empty()) {
            return usage(
                "faults (--fault, or [[faults]] of a plan) go with the embedded target; another target has its own way of failing",
            );
        }
        if elsewhere && !deployed && plan.redrive.is_some() {
            return usage(
                "a plan's [redrive] goes with a target that is started for the run: elsewhere the queue may hold others' events",
            );
        }
        if self.target == Kind::Url && self.ready_file.is_none() && self.secrets.is_none() {
            return usage(
                "--target url needs --secrets FILE: without the target's secrets every webhook would be forged",
            );
        }
        if (!elsewhere || deployed) && self.secrets.is_some() {
            return usage(
                "--secrets goes with --target url or --ready-file; a target that is started for the run gets generated ones",
            );
        }
        Ok(())
    }

    /// What must be bounded and told before it is sent to AWS.
    fn check_aws(&self, plan: &Plan) -> Result<(), Failure> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        if self.target != Kind::Aws {
            let flag = self.aws.first().or(self.max_total.map(|_| "--max-total"));
            return flag.map_or(Ok(()), |flag| usage(&format!("{flag} goes with --target aws")));
        }
        if self.rate == Some(Rate::Max) {
            return usage(
                "--rate max has no end that could be told beforehand, and AWS bills what is sent\nNext: --rate N with --duration \
                 TIME; double N while the objectives hold.",
            );
        }
        if plan.retries.is_some() {
            return usage(
                "a plan's [retries] sends more than could be told beforehand, and AWS bills what is sent",
            );
        }
        if self.aws.outputs.is_none() && self.aws.terraform_dir.is_none() && self.ready_file.is_none() {
            return usage(&NoOutputs::Unsaid.to_string());
        }
        Ok(())
    }
}

/// The command that repeats a run: the given words after the program's name, with the seed.
#[must_use]
pub fn command(words: impl Iterator<Item = OsString>, seed: u64) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=.,/:@%*".contains(c);
    let mut all = vec!["cargo run -p loadtest --".to_owned()];
    for word in words.skip(1) {
        let word = word.to_string_lossy();
        let quoted = word.is_empty() || !word.chars().all(plain);
        all.push(if quoted { format!("'{}'", word.replace('\'', r"'\''")) } else { word.into_owned() });
    }
    if !all.iter().any(|word| word == "--seed" || word.starts_with("--seed=")) {
        all.push(format!("--seed {seed}"));
    }
    all.join(" ")
}

/// Refuses a plan that has more scenarios than there are users: goose could not give each its own.
pub fn enough_users(users: u32, plan: &Plan) -> Result<(), Failure> {
    let scenarios = scenarios::count(plan);
    if usize::try_from(users).unwrap_or(usize::MAX) >= scenarios {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--users {users} is too few: the plan has {scenarios} scenarios (one for each provider with a share, one for \
         queries), and each needs a user of its own"
    )))
}

/// Whether the variable `NO_COLOR` asks for plain text.
#[must_use]
pub fn no_colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    match text.replace(['_', ','], "").parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 10_000_000.0 => Ok(Rate::PerMinute(rate)),
        _ => Err("expected webhooks per minute (up to 10,000,000) or `max`".to_owned()),
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match duration_or_zero(text) {
        Ok(duration) if duration >= Duration::from_millis(100) => Ok(duration),
        _ => Err("expected a time from 100ms to 24h, e.g. 60s, 2m, 1h".to_owned()),
    }
}

fn duration_or_zero(text: &str) -> Result<Duration, String> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_ends);
    let scale = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("the unit must be ms, s, m or h".to_owned()),
    };
    match number.parse::<f64>().map(|number| number * scale) {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected a time up to 24h, e.g. 500ms, 60s, 2m, 1h".to_owned()),
    }
}

pub(crate) fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    match number.parse::<f64>().map(|number| number * scale) {
        Ok(share) if (0.0..=0.9).contains(&share) => Ok(share),
        _ => Err("expected a share of 0 to 90 %, e.g. 5% or 0.05".to_owned()),
    }
}

fn mix(text: &str) -> Result<Mix, String> {
    let mut mix = Mix { stripe: 0.0, paypal: 0.0, square: 0.0 };
    for part in text.split(',') {
        let (name, weight) =
            part.split_once('=').ok_or("expected name=weight, e.g. stripe=45,paypal=33,square=22")?;
        let weight = weight.trim().parse::<f64>().map_err(|_| format!("`{weight}` is not a number"))?;
        match name.trim() {
            "stripe" => mix.stripe = weight,
            "paypal" => mix.paypal = weight,
            "square" => mix.square = weight,
            other => return Err(format!("`{other}` is no provider; there are stripe, paypal and square")),
        }
    }
    Ok(mix)
}

fn fault(text: &str) -> Result<localstack::Fault, String> {
    text.parse().map_err(|error: localstack::faults::FaultSyntax| error.to_string())
}

#[cfg(test)]
mod tests;

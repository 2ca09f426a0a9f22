//! The command line of `localstack`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Parser, Subcommand, ValueEnum};

use localstack::deployment::DeployFlags;
use localstack::embedded::{
    Bootstrap, Options, PaypalOverride, PaypalVerification, StartError, is_production,
};
use localstack::faults::Fault;
use localstack::seed::SeedSecrets;

/// The embedded cloud: a webhook system for Stripe, PayPal and Square, complete on this machine.
#[derive(Debug, Parser)]
#[command(name = "localstack", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything, say where it is (one JSON object on standard output), and run until Ctrl-C or SIGTERM.
    Up(Box<Up>),
}

/// Where the system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// In an embedded cloud, which is this program.
    Embedded,
    /// On an emulator of AWS, in a container or at --endpoint-url.
    Localstack,
}

/// Flags of `up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Where the system runs.
    #[arg(long, value_enum, default_value_t = Target::Embedded)]
    pub(crate) target: Target,

    /// Also write the JSON object to this file once everything runs; removed at the end.
    #[arg(long, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Signing secrets instead of generated ones: {"stripe": {"secret": …}, "square": {"key": …,
    /// "notification_url": …}, "paypal": {"webhook_id": …, "client_id": …, "client_secret": …}}.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,

    /// A stand-in for PayPal's servers: asked whether an IPN is genuine, and for certificates. JSON webhooks need
    /// --paypal-trust-root too. Not in production.
    #[arg(long, value_name = "URL")]
    paypal_endpoint: Option<String>,

    /// PEM file of the root certificate to trust for PayPal's certificates, which sign JSON webhooks. Not in production.
    #[arg(long, value_name = "PEM", requires = "paypal_endpoint")]
    paypal_trust_root: Option<PathBuf>,

    /// E-mail address or account id of the merchant whose PayPal IPN is taken. Repeatable.
    #[arg(long = "paypal-receiver", value_name = "RECEIVER", default_value = "merchant@example.com", value_parser = receiver)]
    paypal_receivers: Vec<String>,

    /// How PayPal's JSON webhooks are verified: by their signature, or by asking PayPal's API about each.
    #[arg(long, value_name = "HOW", default_value = "offline", value_parser = verification)]
    paypal_verification: PaypalVerification,

    /// Name of the environment: the stage in URLs and the end of bucket names.
    #[arg(long, value_name = "NAME", default_value = "dev")]
    environment: String,

    /// A packaged bootstrap to run as the functions, instead of this program itself.
    #[arg(long, value_name = "PATH")]
    bootstrap: Option<PathBuf>,

    /// Where logs go.
    #[arg(long, value_name = "DIR", default_value = ".localstack/logs")]
    log_dir: PathBuf,

    /// Put a fault in, e.g. dynamodb.PutItem=AccessDeniedException, s3.PutObject=SlowDown@0.1:250 (probability,
    /// milliseconds), lambda.webhook-processor=Unhandled. Repeatable.
    #[arg(long = "fault", value_name = "SERVICE.OPERATION=CODE[@P][:MS]")]
    faults: Vec<Fault>,

    /// Seed of the faults' randomness.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Waits before the two retries of a failed asynchronous invocation, e.g. 60s,120s or 200ms,400ms.
    #[arg(long, value_name = "FIRST,SECOND", default_value = "200ms,400ms", value_parser = retry_delays)]
    retry_delays: [Duration; 2],

    /// Retry after 60 s and 120 s, as AWS does.
    #[arg(long, conflicts_with = "retry_delays")]
    aws_delays: bool,

    /// Let everybody query transactions; by default queries are to be signed (AWS Signature Version 4), as on AWS.
    #[arg(long)]
    open_queries: bool,

    /// Disable a provider's API key: its webhooks are answered 403, the others' are not touched. Repeatable.
    #[arg(long = "disable-provider", value_name = "PROVIDER")]
    disabled_providers: Vec<String>,

    /// Webhooks a day that a provider's usage plan takes, e.g. stripe=1000; more are answered 429. Repeatable.
    #[arg(long = "usage-quota", value_name = "PROVIDER=N", value_parser = usage_quota)]
    usage_quotas: Vec<(String, u64)>,
    /// Share of traces that are sampled, 0 to 1, beside the first one of each second; 0 samples none.
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = share)]
    trace_sampling: f64,

    /// Port of the API on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,

    /// How the system is deployed to an emulator.
    #[command(flatten)]
    pub(crate) deploy: DeployFlags,
}

/// Flags of `up` that a deployment knows, too; the others are the embedded cloud's.
const OF_BOTH: [&str; 6] =
    ["target", "ready_file", "secrets", "paypal_endpoint", "paypal_trust_root", "paypal_receivers"];

/// The command line asks for something that cannot be.
#[derive(Debug)]
pub(crate) struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Up {
    /// Refuses flags that the target does not know.
    pub(crate) fn check(&self, matches: &ArgMatches) -> Result<(), UsageError> {
        if self.target == Target::Embedded {
            return match self.deploy.first() {
                Some(flag) => Err(UsageError(format!("{flag} goes with --target localstack"))),
                None => Ok(()),
            };
        }
        let deploys = DeployFlags::augment_args(clap::Command::new(""));
        let known = |id: &str| {
            OF_BOTH.contains(&id) || deploys.get_arguments().any(|deploys| deploys.get_id().as_str() == id)
        };
        let all = Self::augment_args(clap::Command::new(""));
        let unknown = all.get_arguments().find(|flag| {
            let id = flag.get_id().as_str();
            !known(id) && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        match unknown.and_then(clap::Arg::get_long) {
            Some(flag) => Err(UsageError(format!(
                "--{flag} goes with the embedded target, not with --target localstack"
            ))),
            None => Ok(()),
        }
    }

    /// What the program that deploys is told.
    pub(crate) fn deployer_words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["up".into()];
        words.extend(self.deploy.words());
        let paths = [
            ("--ready-file", &self.ready_file),
            ("--secrets", &self.secrets),
            ("--paypal-trust-root", &self.paypal_trust_root),
        ];
        for (name, path) in paths {
            words.extend(path.iter().flat_map(|path| [name.into(), path.into()]));
        }
        words.extend(self.paypal_endpoint.iter().flat_map(|url| ["--paypal-endpoint".into(), url.into()]));
        words.extend(self.paypal_receivers.iter().flat_map(|who| ["--paypal-receiver".into(), who.into()]));
        words
    }

    /// Reads the files that flags name, and checks what flags mean together.
    pub(crate) fn options(&self) -> Result<Options, UsageError> {
        if (self.paypal_endpoint.is_some() || self.paypal_trust_root.is_some())
            && is_production(&self.environment)
        {
            return Err(UsageError(format!(
                "--paypal-endpoint and --paypal-trust-root are for tests; they are refused with --environment {}",
                self.environment
            )));
        }
        let secrets = match &self.secrets {
            Some(path) => SeedSecrets::from_file(path).map_err(|error| UsageError(error.to_string()))?,
            None => SeedSecrets::default(),
        };
        if let Some(path) = self.bootstrap.as_ref().filter(|path| !path.is_file()) {
            return Err(UsageError(format!("--bootstrap {}: there is no such file", path.display())));
        }
        Ok(Options {
            bootstrap: self.bootstrap.clone().map_or(Bootstrap::SelfExec, Bootstrap::Path),
            secrets,
            paypal: self.paypal()?,
            paypal_receivers: self.paypal_receivers.clone(),
            paypal_verification: self.paypal_verification,
            log_dir: self.log_dir.clone(),
            retry_delays: if self.aws_delays {
                [Duration::from_secs(60), Duration::from_secs(120)]
            } else {
                self.retry_delays
            },
            faults: self.faults.clone(),
            fault_seed: self.seed,
            environment: self.environment.clone(),
            gateway_port: self.port,
            open_queries: self.open_queries,
            disabled_providers: self.disabled_providers.clone(),
            usage_quotas: self.usage_quotas.iter().cloned().collect(),
            trace_sampling: self.trace_sampling,
            ..Options::default()
        })
    }

    fn paypal(&self) -> Result<Option<PaypalOverride>, UsageError> {
        let Some(endpoint) = &self.paypal_endpoint else { return Ok(None) };
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            return Err(UsageError(format!(
                "--paypal-endpoint {endpoint}: expected a URL like http://127.0.0.1:8080"
            )));
        }
        let trust_root_pem = self.paypal_trust_root.as_deref().map(trust_root).transpose()?;
        Ok(Some(PaypalOverride { endpoint: endpoint.trim_end_matches('/').to_owned(), trust_root_pem }))
    }
}

fn usage_quota(text: &str) -> Result<(String, u64), String> {
    let quota = text.split_once('=').and_then(|(provider, count)| Some((provider, count.parse().ok()?)));
    quota
        .map(|(provider, count)| (provider.to_owned(), count))
        .ok_or_else(|| "expected a provider and a whole number, e.g. stripe=1000".to_owned())
}

fn trust_root(path: &Path) -> Result<String, UsageError> {
    let pem = std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("--paypal-trust-root {}: {error}", path.display())))?;
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(UsageError(format!("--paypal-trust-root {}: not a PEM certificate", path.display())));
    }
    Ok(pem)
}

/// One of PayPal's names for a merchant. The functions get them as a list with commas.
fn receiver(text: &str) -> Result<String, String> {
    let id = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let address = text.contains('@') && !text.contains(|c: char| c == ',' || c.is_whitespace());
    if id || address {
        Ok(text.to_owned())
    } else {
        Err("expected an e-mail address or an account id, one a flag".to_owned())
    }
}

fn verification(text: &str) -> Result<PaypalVerification, String> {
    let known = [PaypalVerification::Offline, PaypalVerification::Api];
    known.into_iter().find(|how| how.name() == text).ok_or_else(|| "expected offline or api".to_owned())
}

fn retry_delays(text: &str) -> Result<[Duration; 2], String> {
    let (first, second) = text.split_once(',').ok_or("expected two durations, e.g. 60s,120s")?;
    Ok([duration(first)?, duration(second)?])
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1, e.g. 0.1".to_owned())
}

/// `250ms`, `60s` or `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| format!("`{text}` does not begin with a number"))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number * 60)),
        _ => Err(format!("`{text}` does not end with ms, s or m")),
    }
}

/// How the program ends; the numbers are an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It ran until it was told to stop.
    Fine,
    /// The command line is wrong.
    Usage,
    /// Something it needs is not to be had: a port, a folder, a function's process.
    Unavailable,
    /// A mistake of this program.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Usage => 64,
            Exit::Unavailable => 69,
            Exit::Internal => 70,
        })
    }
}

impl From<&StartError> for Exit {
    fn from(error: &StartError) -> Self {
        match error {
            StartError::PaypalInProduction(_)
            | StartError::Environment(_)
            | StartError::UnknownFunction { .. }
            | StartError::UnknownProvider { .. } => Self::Usage,
            StartError::Listen { .. }
            | StartError::LogDir { .. }
            | StartError::Lambda(_)
            | StartError::Function { .. }
            | StartError::Gateway(_) => Self::Unavailable,
            StartError::Tables(_) | StartError::Model { .. } => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests;

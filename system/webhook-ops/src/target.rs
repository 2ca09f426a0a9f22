//! Which deployment is meant, and what everything in it is called: from a ready file, or by the names that Terraform gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;
use webhook_aws::AwsCredentials;
use webhook_aws::ops::credentials::OpsCredentials;
use webhook_aws::ops::{Ops, OpsEndpoints, OpsSettings};
use webhook_core::provider::Provider;

use crate::environment::Environment;
use crate::exit::Failure;

/// Where the system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// `localstack up`: the embedded cloud on this machine
    Embedded,
    /// A container that stands in for AWS
    Localstack,
    /// AWS
    Aws,
}

impl Kind {
    /// The name in results.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Localstack => "localstack",
            Self::Aws => "aws",
        }
    }
}

/// Flags that say which deployment.
#[derive(Debug, Clone, Args)]
pub(crate) struct TargetArgs {
    /// Where the system runs
    #[arg(long, global = true, value_enum, default_value_t = Kind::Embedded)]
    pub(crate) target: Kind,

    /// What `localstack up --ready-file` wrote; for aws the same made from Terraform's outputs, if names are not the usual ones
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Name of the environment, the end of bucket names (aws)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// What this deployment's names end with, where there are several in an account (aws)
    #[arg(long, global = true, value_name = "SUFFIX")]
    pub(crate) name_suffix: Option<String>,

    /// Account of the bucket names; by default the queue's (aws)
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) account_id: Option<String>,

    /// Region; by default AWS_REGION (aws)
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// Base URL of the API with its stage, for doctor's requests (aws)
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api_base_url: Option<String>,

    /// The AWS CLI's profile to take credentials from; by default AWS_ACCESS_KEY_ID and its like, or else AWS_PROFILE (aws)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// A deployment and its names.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) kind: Kind,
    pub(crate) region: String,
    /// Base URL of the API with its stage; `None`: nobody said.
    pub(crate) api_base_url: Option<String>,
    /// An address that answers with the service's time.
    pub(crate) clock_url: String,
    pub(crate) table: String,
    pub(crate) transmissions_table: String,
    pub(crate) raw_bucket: String,
    pub(crate) processed_bucket: String,
    pub(crate) dlq_url: String,
    pub(crate) secrets: BTreeMap<Provider, String>,
    /// What function names end with.
    pub(crate) suffix: String,
    /// Square's notification URL as configured, for secrets that are only the key.
    pub(crate) square_notification_url: Option<String>,
    /// Whether the query API wants signed requests.
    pub(crate) queries_signed: bool,
    /// Whether X-Ray is there to trace to.
    pub(crate) traced: bool,
}

impl Deployment {
    /// The name of a function in this deployment.
    pub(crate) fn function(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    /// The processor's name.
    pub(crate) fn processor(&self) -> String {
        self.function("webhook-processor")
    }

    /// A provider's secret.
    pub(crate) fn secret(&self, provider: Provider) -> String {
        self.secrets.get(&provider).cloned().unwrap_or_else(|| secret_name(provider, &self.suffix))
    }
}

/// The ready file. Everything is optional but for the stand-ins: what is missing goes by the usual names.
#[derive(Debug, Default, Deserialize)]
struct Ready {
    api_base_url: Option<String>,
    #[serde(default)]
    endpoints: ReadyEndpoints,
    region: Option<String>,
    account_id: Option<String>,
    environment: Option<String>,
    name_suffix: Option<String>,
    table: Option<String>,
    transmissions_table: Option<String>,
    raw_bucket: Option<String>,
    processed_bucket: Option<String>,
    dlq_url: Option<String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    square_notification_url: Option<String>,
    query_auth: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
struct ReadyEndpoints {
    s3: Option<String>,
    dynamodb: Option<String>,
    sqs: Option<String>,
    secretsmanager: Option<String>,
    lambda: Option<String>,
    xray: Option<String>,
}

/// Finds the deployment and the way to it.
pub(crate) async fn connect(
    args: &TargetArgs,
    environment: &Environment,
) -> Result<(Deployment, Ops), Failure> {
    let ready = match &args.ready_file {
        Some(path) => read(path)?,
        None if args.target == Kind::Aws => Ready::default(),
        None => {
            return Err(Failure::Usage(format!(
                "--target {} needs --ready-file PATH.\nNext: start the target with `localstack up --ready-file PATH`, or name \
                 another with --target aws.",
                args.target.as_str()
            )));
        }
    };
    let ops = Ops::new(OpsSettings {
        region: region(args, &ready, environment)?,
        credentials: credentials(args, environment).await?,
        endpoints: endpoints(&ready.endpoints),
    });
    let suffix = suffix(args.name_suffix.as_deref().or(ready.name_suffix.as_deref()).unwrap_or_default());
    let dlq_url = match &ready.dlq_url {
        Some(url) => url.clone(),
        None => queue_url(&ops, args, &suffix).await?,
    };
    let region = region(args, &ready, environment)?;
    Ok((named(args, ready, region, suffix, dlq_url)?, ops))
}

/// By its name. Whoever gives the account's id hears about a missing queue later, from the command itself.
async fn queue_url(ops: &Ops, args: &TargetArgs, suffix: &str) -> Result<String, Failure> {
    let name = format!("webhook-processing-dlq{suffix}");
    match (ops.queue_url(&name).await, &args.account_id) {
        (Ok(url), _) => Ok(url),
        (Err(_), Some(account)) => {
            let region = args.region.as_deref().unwrap_or("us-east-1");
            Ok(format!("https://sqs.{region}.amazonaws.com/{account}/{name}"))
        }
        (Err(error), None) => Err(Failure::Unavailable(format!(
            "the queue {name} cannot be found: {error}\nNext: check --region and --name-suffix; or give --account-id, and let \
             `webhookctl doctor` say what else is missing."
        ))),
    }
}

fn named(
    args: &TargetArgs,
    ready: Ready,
    region: String,
    suffix: String,
    dlq_url: String,
) -> Result<Deployment, Failure> {
    let bucket = |told: Option<String>, middle: &str| -> Result<String, Failure> {
        if let Some(name) = told {
            return Ok(name);
        }
        let account =
            args.account_id.clone().or_else(|| ready.account_id.clone()).or_else(|| account(&dlq_url));
        let environment = args.environment.clone().or_else(|| ready.environment.clone());
        match (account, environment) {
            (Some(account), Some(environment)) => Ok(format!("{account}-{middle}-{environment}{suffix}")),
            (None, _) => Err(Failure::Usage("give --account-id: bucket names begin with it".to_owned())),
            (_, None) => Err(Failure::Usage(
                "give --environment (e.g. prod): bucket names end with it; or a --ready-file with the names"
                    .to_owned(),
            )),
        }
    };
    let (raw_bucket, processed_bucket) = (
        bucket(ready.raw_bucket.clone(), "webhook-payloads")?,
        bucket(ready.processed_bucket.clone(), "transaction-logs")?,
    );
    let secrets = Provider::ALL
        .into_iter()
        .map(|provider| {
            let told = ready.secrets.get(provider.as_str()).cloned();
            (provider, told.unwrap_or_else(|| secret_name(provider, &suffix)))
        })
        .collect();
    let aws = args.target == Kind::Aws;
    let clock_url = ready.endpoints.dynamodb.clone();
    Ok(Deployment {
        kind: args.target,
        clock_url: clock_url.unwrap_or_else(|| format!("https://dynamodb.{region}.amazonaws.com/")),
        region,
        api_base_url: args
            .api_base_url
            .clone()
            .or(ready.api_base_url)
            .map(|url| url.trim_end_matches('/').to_owned()),
        table: ready.table.unwrap_or_else(|| format!("webhook-transactions{suffix}")),
        transmissions_table: ready
            .transmissions_table
            .unwrap_or_else(|| format!("webhook-transmissions{suffix}")),
        raw_bucket,
        processed_bucket,
        dlq_url,
        secrets,
        suffix,
        square_notification_url: ready.square_notification_url,
        queries_signed: aws || ready.query_auth.is_some(),
        traced: aws || ready.endpoints.xray.is_some(),
    })
}

fn read(path: &Path) -> Result<Ready, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Unavailable(format!(
            "cannot read the ready file {}: {error}\nNext: start the target with `localstack up --ready-file {}` and wait until \
             the file is there.",
            path.display(),
            path.display()
        ))
    })?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("{} is no ready file: {error}", path.display())))
}

fn region(args: &TargetArgs, ready: &Ready, environment: &Environment) -> Result<String, Failure> {
    let told = args.region.clone().or_else(|| ready.region.clone());
    match (told, args.target) {
        (Some(region), _) => Ok(region),
        (None, Kind::Aws) => environment.region.clone().ok_or_else(|| {
            Failure::Usage("give --region, or set AWS_REGION: it is not known where to look".to_owned())
        }),
        (None, Kind::Embedded | Kind::Localstack) => Ok("us-east-1".to_owned()),
    }
}

fn endpoints(ready: &ReadyEndpoints) -> OpsEndpoints {
    OpsEndpoints {
        s3: ready.s3.clone(),
        dynamodb: ready.dynamodb.clone(),
        sqs: ready.sqs.clone(),
        secrets_manager: ready.secretsmanager.clone(),
        lambda: ready.lambda.clone(),
    }
}

/// Stand-ins take `test`. On AWS a named profile is meant; then the keys in the environment; then what the AWS CLI would use.
async fn credentials(args: &TargetArgs, environment: &Environment) -> Result<OpsCredentials, Failure> {
    if args.target != Kind::Aws {
        return Ok(OpsCredentials::Keys(AwsCredentials {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }));
    }
    let credentials = match (&args.profile, &environment.keys) {
        (Some(profile), _) => OpsCredentials::AwsCli { profile: Some(profile.clone()) },
        (None, Some(keys)) => OpsCredentials::Keys(keys.clone()),
        (None, None) => OpsCredentials::AwsCli { profile: environment.profile.clone() },
    };
    credentials.check().await.map_err(|error| {
        Failure::Unavailable(format!(
            "no AWS credentials: AWS_ACCESS_KEY_ID is not set, and {error}\nNext: `aws sso login` (or whatever your profile needs), \
             or `eval \"$(aws configure export-credentials --format env)\"` where you have the AWS CLI, and run this again."
        ))
    })?;
    Ok(credentials)
}

fn secret_name(provider: Provider, suffix: &str) -> String {
    format!("webhook-processor{suffix}/{provider}/secret")
}

/// With exactly one hyphen before it.
fn suffix(given: &str) -> String {
    match given.trim_start_matches('-') {
        "" => String::new(),
        name => format!("-{name}"),
    }
}

/// The account in `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn account(queue_url: &str) -> Option<String> {
    let account = queue_url.rsplit('/').nth(1)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.to_owned())
}

#[cfg(test)]
mod tests;

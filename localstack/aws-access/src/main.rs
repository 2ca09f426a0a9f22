//! `aws-access`: what of AWS needs its standard credential chain. A program of its own, because the chain is made from crates that
//! the load test and the gate have no other use for; they have it built and run it when the target is AWS.
//!
//! Standard output carries one JSON object or array. Credentials are written there as AWS documents it for `credential_process`, and
//! nowhere else. Non-goals: signing, and anything that changes what is on AWS.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::tls;
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Credentials by AWS's standard chain, whose they are, and the states of alarms.
#[derive(Debug, Parser)]
#[command(name = "aws-access", version, arg_required_else_help = true)]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Credentials, as the documented output of a `credential_process`
    Credentials(Where),
    /// The account and the name that the credentials are of
    Identity(Where),
    /// The states of the alarms whose names begin so
    Alarms {
        /// How the names begin
        #[arg(long, value_name = "TEXT")]
        prefix: String,
        #[command(flatten)]
        place: Where,
    },
}

/// Where and as whom.
#[derive(Debug, Args)]
struct Where {
    /// Profile of the shared configuration [default: as the standard chain has it]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Region
    #[arg(long, value_name = "NAME")]
    region: String,
    /// An emulator in place of AWS
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
}

/// Wrong usage.
const USAGE: u8 = 64;
/// No credentials, or AWS does not answer.
const UNAVAILABLE: u8 = 69;
/// A mistake of this program.
const INTERNAL: u8 = 70;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return code.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(INTERNAL, &error.to_string()),
    };
    match runtime.block_on(Box::pin(run(cli.command))) {
        Ok(told) => {
            // A reader that went away has no use for the rest.
            let _ = writeln!(std::io::stdout().lock(), "{told}");
            ExitCode::SUCCESS
        }
        Err(text) => complain(UNAVAILABLE, &text),
    }
}

fn complain(code: u8, text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
    code.into()
}

async fn run(command: Command) -> Result<Value, String> {
    match command {
        Command::Credentials(place) => credentials(&place.config().await).await,
        Command::Identity(place) => identity(&place.config().await).await,
        Command::Alarms { prefix, place } => alarms(&place.config().await, &prefix).await,
    }
}

impl Where {
    async fn config(&self) -> SdkConfig {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let client = aws_smithy_http_client::Builder::new().tls_provider(provider).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(client.clone())
            .region(Region::new(self.region.clone()));
        if let Some(profile) = &self.profile {
            // Whoever names a profile means it, whatever keys the environment has: as the AWS CLI does.
            let shared = ProviderConfig::without_region()
                .with_http_client(client)
                .with_region(Some(Region::new(self.region.clone())));
            let named = ProfileFileCredentialsProvider::builder().configure(&shared).profile_name(profile);
            loader = loader.profile_name(profile).credentials_provider(named.build());
        }
        if let Some(endpoint) = &self.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        loader.load().await
    }
}

async fn credentials(config: &SdkConfig) -> Result<Value, String> {
    let provider = config.credentials_provider().ok_or("there is no provider of credentials")?;
    let found = provider.provide_credentials().await;
    told(&found.map_err(|error| chain(&error))?)
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
fn told(credentials: &Credentials) -> Result<Value, String> {
    let mut told = json!({
        "Version": 1,
        "AccessKeyId": credentials.access_key_id(),
        "SecretAccessKey": credentials.secret_access_key(),
    });
    if let Some(token) = credentials.session_token() {
        told["SessionToken"] = token.into();
    }
    if let Some(expiry) = credentials.expiry() {
        told["Expiration"] = moment(expiry)?.into();
    }
    Ok(told)
}

/// An error with its causes, without what the answer held.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        // Some repeat what they wrap.
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}

fn moment(time: SystemTime) -> Result<String, String> {
    OffsetDateTime::from(time).format(&Rfc3339).map_err(|error| error.to_string())
}

async fn identity(config: &SdkConfig) -> Result<Value, String> {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| chain(&error))?;
    Ok(json!({ "Account": answer.account(), "Arn": answer.arn() }))
}

async fn alarms(config: &SdkConfig, prefix: &str) -> Result<Value, String> {
    let client = aws_sdk_cloudwatch::Client::new(config);
    let mut pages = client.describe_alarms().alarm_name_prefix(prefix).into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| chain(&error))?;
        for alarm in page.metric_alarms() {
            let since = alarm.state_updated_timestamp().and_then(|time| {
                let time = OffsetDateTime::from_unix_timestamp(time.secs()).ok()?;
                time.format(&Rfc3339).ok()
            });
            let mut told = json!({
                "name": alarm.alarm_name(),
                "state": alarm.state_value().map(|state| state.as_str()),
            });
            if let Some(since) = since {
                told["since"] = since.into();
            }
            alarms.push(told);
        }
    }
    Ok(alarms.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn credentials_are_told_as_aws_documents_it() {
        let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let lasting = Credentials::new("AKIA1", "s", None, None, "test");
        assert_eq!(
            told(&lasting).expect("JSON"),
            json!({ "Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "s" })
        );
        let session = Credentials::new("ASIA1", "s", Some("t".to_owned()), Some(expiry), "test");
        let told = told(&session).expect("JSON");
        assert_eq!(told["SessionToken"], "t");
        assert_eq!(told["Expiration"], "2027-01-15T08:00:00Z");
    }
}

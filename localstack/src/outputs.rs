//! A system on AWS: what Terraform says of it, made into a [`Ready`].
//!
//! Three forms are read: everything that `terraform output -json` prints, its output `webhookctl` alone, and a ready file. Where the
//! output names no endpoints the services are AWS's own, in the region.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ready::{Endpoints, Ready};

/// The target's name.
const TARGET: &str = "aws";
/// The output that says where everything is.
const OUTPUT: &str = "webhookctl";
/// The header that gateways without an authorizer take the usage key from.
const USAGE_KEY: &str = "x-api-key";

/// Where a system on AWS is, and as whom it is looked into.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "For --target aws")]
pub struct AwsFlags {
    /// What `terraform output -json` printed where the system was applied
    #[arg(long, value_name = "FILE", conflicts_with_all = ["terraform_dir", "ready_file"])]
    pub outputs: Option<PathBuf>,

    /// Folder in which `terraform output -json` is to be asked
    #[arg(long, value_name = "DIR", conflicts_with = "ready_file")]
    pub terraform_dir: Option<PathBuf>,

    /// Profile of AWS's shared configuration [default: the standard chain of credentials]
    #[arg(long, value_name = "NAME")]
    pub aws_profile: Option<String>,

    /// Send each provider's usage key (output `usage_keys`) as x-api-key; AWS's gateway has it from its authorizer, some emulators do not
    #[arg(long)]
    pub usage_key_header: bool,

    /// Send without asking, having been told what it costs
    #[arg(long)]
    pub yes: bool,
}

impl AwsFlags {
    /// The first of these flags that is set, for a target that they do not go with.
    #[must_use]
    pub fn first(&self) -> Option<&'static str> {
        [
            (self.outputs.is_some(), "--outputs"),
            (self.terraform_dir.is_some(), "--terraform-dir"),
            (self.aws_profile.is_some(), "--aws-profile"),
            (self.usage_key_header, "--usage-key-header"),
            (self.yes, "--yes"),
        ]
        .into_iter()
        .find_map(|(set, name)| set.then_some(name))
    }
}

/// A system that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Where everything is.
    pub ready: Ready,
    /// The environment's name, if it is told.
    pub environment: Option<String>,
    /// What the names end with where several systems share an account; may be empty.
    pub name_suffix: String,
    /// Address of an emulator in place of AWS.
    pub emulator: Option<String>,
}

/// Nobody says where the system is.
#[derive(Debug, thiserror::Error)]
pub enum NoOutputs {
    /// No flag says it.
    #[error(
        "--target aws needs --outputs FILE (what `terraform output -json` printed), --terraform-dir DIR (where to ask Terraform) or \
         --ready-file PATH (the output `webhookctl` alone)"
    )]
    Unsaid,
    /// The file cannot be read.
    #[error("cannot read the outputs in {}: {source}\nNext: `terraform output -json > {}` where the system was applied.", .path.display(), .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("{origin} is not what `terraform output -json` prints: {source}")]
    NotJson {
        /// Where it came from.
        origin: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An output is missing or is something else.
    #[error(
        "{origin} has no usable output `{name}`: {reason}\nNext: apply this checkout's infra/terraform, then `terraform output -json` again."
    )]
    Missing {
        /// Where it came from.
        origin: String,
        /// The output.
        name: String,
        /// What is there instead.
        reason: String,
    },
    /// Terraform does not tell.
    #[error("`terraform output -json` in {} failed: {told}\nNext: give a folder in which the system was applied, or --outputs FILE.", .folder.display())]
    Terraform {
        /// Where it was asked.
        folder: PathBuf,
        /// What it said.
        told: String,
    },
}

impl NoOutputs {
    /// Whether what was typed is wrong, rather than Terraform in trouble.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Terraform { .. })
    }
}

/// The output `webhookctl`.
#[derive(Deserialize)]
struct Told {
    region: String,
    account_id: String,
    environment: Option<String>,
    #[serde(default)]
    name_suffix: String,
    api_base_url: String,
    table: String,
    transmissions_table: Option<String>,
    raw_bucket: String,
    processed_bucket: String,
    dlq_url: String,
    secrets: BTreeMap<String, String>,
    square_notification_url: Option<String>,
    endpoints: Option<Endpoints>,
}

impl Deployed {
    /// What the flags, or else a ready file, point at.
    ///
    /// # Errors
    /// It is not said, not there, or incomplete.
    pub async fn find(flags: &AwsFlags, ready_file: Option<&Path>) -> Result<Self, NoOutputs> {
        if let Some(folder) = &flags.terraform_dir {
            let text = terraform_output(folder).await?;
            return Self::parse(&text, &format!("Terraform in {}", folder.display()), flags.usage_key_header);
        }
        let path = flags.outputs.as_deref().or(ready_file).ok_or(NoOutputs::Unsaid)?;
        let text = std::fs::read_to_string(path)
            .map_err(|source| NoOutputs::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string(), flags.usage_key_header)
    }

    /// Reads any of the three forms; `origin` is for messages.
    ///
    /// # Errors
    /// Something is missing.
    pub fn parse(text: &str, origin: &str, usage_key_header: bool) -> Result<Self, NoOutputs> {
        let json: Value = serde_json::from_str(text)
            .map_err(|source| NoOutputs::NotJson { origin: origin.to_owned(), source })?;
        if json.get("log_dir").is_some() {
            let ready: Ready = part(&json, origin, "ready file")?;
            let endpoint = &ready.endpoints.dynamodb;
            let emulator = (*endpoint != regional(&ready.region).dynamodb).then(|| endpoint.clone());
            return Ok(Self {
                ready: Ready { target: TARGET.to_owned(), ..ready },
                environment: None,
                name_suffix: String::new(),
                emulator,
            });
        }
        let (told, keys) = match json.get(OUTPUT) {
            Some(output) => (&output["value"], json.get("usage_keys").map(|output| &output["value"])),
            None if json.get("region").is_none() => (&Value::Null, None),
            None => (&json, None),
        };
        let told: Told = part(told, origin, OUTPUT)?;
        let mut headers = BTreeMap::new();
        if usage_key_header {
            let keys: BTreeMap<String, String> = part(keys.unwrap_or(&Value::Null), origin, "usage_keys")?;
            let header = |(provider, key)| (provider, BTreeMap::from([(USAGE_KEY.to_owned(), key)]));
            headers.extend(keys.into_iter().map(header));
        }
        Ok(Self::of(told, headers))
    }

    fn of(told: Told, webhook_headers: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        let emulator = told.endpoints.as_ref().map(|endpoints| endpoints.dynamodb.clone());
        let endpoints = told.endpoints.unwrap_or_else(|| regional(&told.region));
        let ready = Ready {
            target: TARGET.to_owned(),
            api_base_url: told.api_base_url.trim_end_matches('/').to_owned(),
            endpoints,
            region: told.region,
            account_id: told.account_id,
            table: told.table,
            raw_bucket: told.raw_bucket,
            processed_bucket: told.processed_bucket,
            dlq_url: told.dlq_url,
            secrets: told.secrets,
            // The functions' logs are in CloudWatch, which nobody reads here.
            log_dir: PathBuf::from("/nonexistent"),
            transmissions_table: told.transmissions_table,
            square_notification_url: told.square_notification_url,
            xray_daemon: None,
            paypal_receivers: Vec::new(),
            webhook_headers,
            pid: None,
            query_auth: None,
        };
        Self { ready, environment: told.environment, name_suffix: suffix(&told.name_suffix), emulator }
    }
}

/// With one hyphen before it, as the stack names things.
fn suffix(told: &str) -> String {
    match told.trim_start_matches('-') {
        "" => String::new(),
        name => format!("-{name}"),
    }
}

/// AWS's own endpoints in a region.
fn regional(region: &str) -> Endpoints {
    let of = |service: &str| format!("https://{service}.{region}.amazonaws.com");
    Endpoints {
        s3: of("s3"),
        dynamodb: of("dynamodb"),
        sqs: of("sqs"),
        secretsmanager: of("secretsmanager"),
        lambda: of("lambda"),
        xray: Some(of("xray")),
    }
}

fn part<T: DeserializeOwned>(json: &Value, origin: &str, name: &str) -> Result<T, NoOutputs> {
    let missing =
        |reason: String| NoOutputs::Missing { origin: origin.to_owned(), name: name.to_owned(), reason };
    if json.is_null() {
        return Err(missing("it is not there".to_owned()));
    }
    T::deserialize(json).map_err(|error| missing(error.to_string()))
}

async fn terraform_output(folder: &Path) -> Result<String, NoOutputs> {
    let failed = |told: String| NoOutputs::Terraform { folder: folder.to_owned(), told };
    let mut command = tokio::process::Command::new("terraform");
    command.args(["output", "-json", "-no-color"]).current_dir(folder).stdin(Stdio::null());
    let output =
        command.kill_on_drop(true).output().await.map_err(|error| failed(format!("terraform: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests;

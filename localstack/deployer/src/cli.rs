//! The command line. `localstack up --target localstack` passes its flags on to here; the harness orders a deployment.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use localstack::deployment::{DeployFlags, Order};
use localstack::embedded::PaypalOverride;
use localstack::seed::SeedSecrets;
use serde_json::Value;

/// Brings the system up on an emulator of AWS: container, Terraform, secrets.
#[derive(Debug, Parser)]
#[command(name = "deployer", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring everything up, say where it is (one JSON object on standard output), and run until Ctrl-C or SIGTERM
    Up(Box<Up>),
    /// Take down what the deployer leaves that writes to this one's standard input
    #[command(hide = true)]
    Guard,
}

/// Flags of `up`.
#[derive(Debug, Args)]
pub struct Up {
    /// Where and how.
    #[command(flatten)]
    pub deploy: DeployFlags,

    /// Read secrets and stand-ins from standard input, one line of JSON, and take everything down when it ends
    #[arg(long, hide = true, conflicts_with_all = ["secrets", "paypal_endpoint", "paypal_trust_root", "paypal_receivers"])]
    pub ordered: bool,

    /// Also write the JSON object to this file once everything runs; removed at the end
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,

    /// Signing secrets instead of generated ones, as for the embedded cloud
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,

    /// A stand-in for PayPal's servers, on this machine
    #[arg(long, value_name = "URL")]
    pub paypal_endpoint: Option<String>,

    /// PEM file of the root certificate to trust for PayPal's certificates
    #[arg(long, value_name = "PEM", requires = "paypal_endpoint")]
    pub paypal_trust_root: Option<PathBuf>,

    /// E-mail address or account id of the merchant whose PayPal IPN is taken; may be repeated
    #[arg(long = "paypal-receiver", value_name = "RECEIVER")]
    pub paypal_receivers: Vec<String>,

    /// Folder in which the deployment gets its own folder: a copy of the stack, its state
    #[arg(long, value_name = "DIR", default_value = ".localstack")]
    pub work_dir: PathBuf,

    /// The checkout whose stack is applied
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../.."), hide_default_value = true)]
    pub checkout: PathBuf,
}

/// A file that a flag names is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(String);

impl Up {
    /// What the flags order.
    pub fn order(&self) -> Result<Order, Wrong> {
        let secrets = match &self.secrets {
            Some(path) => {
                // For its messages: they name the place, never the content.
                SeedSecrets::from_file(path).map_err(|error| Wrong(error.to_string()))?;
                serde_json::from_str(&text("--secrets", path)?)
                    .map_err(|error| Wrong(format!("--secrets {}: {error}", path.display())))?
            }
            None => Value::Object(serde_json::Map::new()),
        };
        let root =
            self.paypal_trust_root.as_deref().map(|path| text("--paypal-trust-root", path)).transpose()?;
        let endpoint = self.paypal_endpoint.as_ref();
        let paypal =
            endpoint.map(|endpoint| PaypalOverride { endpoint: endpoint.clone(), trust_root_pem: root });
        Ok(Order { secrets, paypal, paypal_receivers: self.paypal_receivers.clone() })
    }
}

fn text(flag: &str, path: &Path) -> Result<String, Wrong> {
    std::fs::read_to_string(path).map_err(|error| Wrong(format!("{flag} {}: {error}", path.display())))
}

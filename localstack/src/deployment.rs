//! The system on an emulator of AWS, in a container or one that runs: brought up by a program of its own (`deployer`), which
//! Terraform, containers and the like are the matter of, and taken down with whoever asked for it.
//!
//! The program gets an [`Order`] on its standard input, says on its standard output where everything is ([`Ready`]), and takes
//! everything down when its standard input ends: nothing stays behind, however its parent ends.

use std::path::PathBuf;
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::cargo::{NotBuilt, Program};
use crate::embedded::PaypalOverride;
use crate::ready::Ready;

/// The program that deploys.
pub const DEPLOYER: Program = Program { package: "deployer", name: "deployer", along: &[] };

/// The program's exit code for a second plan that wants changes which nothing explains.
pub const DIFFERS: i32 = 1;

/// Where and how the system is brought up.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "For --target localstack")]
pub struct DeployFlags {
    /// Container image of the emulator [default: LocalStack's, by the profile]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,

    /// An emulator that runs already, e.g. http://127.0.0.1:4566, in place of a container
    #[arg(long, value_name = "URL", conflicts_with = "image")]
    pub endpoint_url: Option<String>,

    /// What the emulator is like: localstack, localstack-licensed, ministack [default: by the image or by what it answers]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Packages of the functions (`just package --arch …`) [default: built here, by this build's profile]
    #[arg(long, value_name = "DIR")]
    pub package_dir: Option<PathBuf>,

    /// Leave the emulator and the system in it up at the end
    #[arg(long)]
    pub keep: bool,

    /// Plan again after applying and list what differs, and destroy by Terraform before a container is removed
    #[arg(long)]
    pub check_stack: bool,
}

impl DeployFlags {
    /// The first of these flags that is set, for a target that they do not go with.
    #[must_use]
    pub fn first(&self) -> Option<&'static str> {
        [
            (self.image.is_some(), "--image"),
            (self.endpoint_url.is_some(), "--endpoint-url"),
            (self.profile.is_some(), "--profile"),
            (self.package_dir.is_some(), "--package-dir"),
            (self.keep, "--keep"),
            (self.check_stack, "--check-stack"),
        ]
        .into_iter()
        .find_map(|(set, name)| set.then_some(name))
    }

    /// The flags again, for the program.
    #[must_use]
    pub fn words(&self) -> Vec<std::ffi::OsString> {
        let mut words = Vec::new();
        let texts =
            [("--image", &self.image), ("--endpoint-url", &self.endpoint_url), ("--profile", &self.profile)];
        for (name, value) in texts {
            words.extend(value.iter().flat_map(|value| [name.into(), value.into()]));
        }
        words.extend(self.package_dir.iter().flat_map(|path| ["--package-dir".into(), path.into()]));
        words.extend(self.keep.then(|| "--keep".into()));
        words.extend(self.check_stack.then(|| "--check-stack".into()));
        words
    }
}

/// What the one who asks knows better: the secrets to start with, and what stands in for PayPal. Never printed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Secrets as in a `--secrets` file.
    pub secrets: serde_json::Value,
    /// What stands in for PayPal's servers.
    #[serde(default)]
    pub paypal: Option<PaypalOverride>,
    /// Whose IPN is taken.
    #[serde(default)]
    pub paypal_receivers: Vec<String>,
}

/// Why there is no system.
#[derive(Debug, thiserror::Error)]
pub enum NotDeployed {
    /// The program that deploys cannot be had.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// It cannot be started or spoken with.
    #[error("the program that deploys cannot be used: {0}")]
    Broken(#[from] std::io::Error),
    /// It gave up and has said why.
    #[error("the system was not brought up; what is wrong stands above")]
    GaveUp {
        /// Its exit code.
        code: Option<i32>,
    },
    /// The run is over, and something could not be taken down.
    #[error("something stayed behind, as told above")]
    LeftBehind {
        /// The program's exit code.
        code: Option<i32>,
    },
    /// A second plan was asked for and wants changes that no profile explains.
    #[error("a second plan wants changes that no profile explains, as told above")]
    Differs,
    /// Whoever asked for it no longer wants it; nothing is left of it.
    #[error("told to stop")]
    Stopped,
}

impl NotDeployed {
    /// Whether the flags are wrong, rather than the emulator.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::GaveUp { code: Some(64) })
    }
}

/// A system that was brought up for this process. It is taken down when this is closed or dropped.
#[derive(Debug)]
pub struct Deployment {
    ready: Ready,
    child: Child,
    /// Its end is the sign to take everything down.
    lifeline: ChildStdin,
}

impl Deployment {
    /// Brings the system up; progress goes to standard error. When `stop` comes first, it returns once everything is taken down
    /// again.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn start(
        flags: &DeployFlags,
        order: &Order,
        stop: impl Future<Output = ()>,
    ) -> Result<Self, NotDeployed> {
        let mut stop = std::pin::pin!(stop);
        let program = tokio::select! {
            program = DEPLOYER.built() => program?,
            () = &mut stop => return Err(NotDeployed::Stopped),
        };
        let mut command = Command::new(program);
        command.args(["up", "--ordered"]).args(flags.words()).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for whoever asked, who takes it down in good order.
        command.process_group(0);
        let mut child = command.spawn()?;
        let gone = || std::io::Error::other("its standard streams are not there");
        let mut lifeline = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        let mut order = serde_json::to_vec(order).map_err(std::io::Error::other)?;
        order.push(b'\n');
        // One that has given up already says so by its exit code.
        let _ = lifeline.write_all(&order).await;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let stopped = tokio::select! {
            read = stdout.read_line(&mut line) => read.map(|_| false)?,
            () = stop => true,
        };
        if stopped {
            drop(lifeline);
            return match child.wait().await?.code() {
                Some(0) => Err(NotDeployed::Stopped),
                code => Err(NotDeployed::LeftBehind { code }),
            };
        }
        match serde_json::from_str(&line) {
            Ok(ready) => Ok(Self { ready, child, lifeline }),
            Err(_) => {
                drop(lifeline);
                Err(NotDeployed::GaveUp { code: child.wait().await?.code() })
            }
        }
    }

    /// Where everything is.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Takes it down, or leaves it where `--keep` says so.
    ///
    /// # Errors
    /// Something stayed behind; the program has said what.
    pub async fn close(self) -> Result<(), NotDeployed> {
        let Self { mut child, lifeline, .. } = self;
        drop(lifeline);
        match child.wait().await?.code() {
            Some(0) => Ok(()),
            Some(DIFFERS) => Err(NotDeployed::Differs),
            code => Err(NotDeployed::LeftBehind { code }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        flags: DeployFlags,
    }

    #[test]
    fn flags_survive_being_passed_on() {
        use clap::Parser as _;
        let words = [
            "_",
            "--image",
            "a/b:1",
            "--profile",
            "ministack",
            "--package-dir",
            "d",
            "--keep",
            "--check-stack",
        ];
        let first = Line::parse_from(words).flags;
        let again = Line::parse_from(std::iter::once("_".into()).chain(first.words())).flags;
        assert_eq!(first, again);
        assert_eq!(first.first(), Some("--image"));
        let running = Line::parse_from(["_", "--endpoint-url", "http://127.0.0.1:4566"]).flags;
        assert_eq!(running.words(), ["--endpoint-url", "http://127.0.0.1:4566"]);
        assert_eq!(DeployFlags::default().first(), None);
    }
}

//! Access to AWS by its standard chain of credentials, through a program of its own (`aws-access`) that is built when it is first
//! needed: what the chain is made of is nothing that other targets should wait for.
//!
//! [`Credentials`] cannot be printed.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::process::Command;

use crate::cargo::{NotBuilt, Program};
use crate::outputs::{AwsFlags, Deployed};
use crate::ready::QueryAuth;

/// The program that knows the chain.
pub const AWS_ACCESS: Program = Program { package: "aws-access", name: "aws-access", along: &[] };
/// How long a look may take: whoever signs in by a process or a browser's leftovers needs a moment.
const LONGEST: Duration = Duration::from_secs(60);
/// What a run may take beyond its plan before credentials end.
const RESERVE: Duration = Duration::from_secs(60);

/// No access.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// The program cannot be had.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// It found nothing, or AWS refuses.
    #[error("{what} cannot be had: {told}\n{next}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What it said.
        told: String,
        /// What to do.
        next: &'static str,
    },
    /// What it printed is something else. The text never has what it printed.
    #[error("{what}: what aws-access printed is not what it should print")]
    Garbled {
        /// What was asked for.
        what: &'static str,
    },
    /// Credentials of another account.
    #[error(
        "the credentials are of the account {found}, but the system is in {wanted}: nothing was sent\nNext: name the right profile \
         by --aws-profile, or give the outputs of the right system."
    )]
    OtherAccount {
        /// Whose they are.
        found: String,
        /// Whose they should be.
        wanted: String,
    },
    /// They end before the run would.
    #[error(
        "the credentials end in {left_s} s, but the run needs them for up to {needed_s} s (its own time, and that of dead letters on \
         AWS): nothing was sent\nNext: sign in again (`aws sso login`, or ask for a longer session), or plan a shorter run."
    )]
    TooShort {
        /// Seconds left.
        left_s: i64,
        /// Seconds that are needed.
        needed_s: u64,
    },
}

impl NoAccess {
    /// Whether what was typed is wrong, rather than the access missing.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::OtherAccount { .. })
    }
}

const SIGN_IN: &str = "Next: `aws sso login` or whatever your profile needs; name a profile by --aws-profile, or set AWS_ACCESS_KEY_ID \
    and its like.";
const ALLOW: &str = "Next: give these credentials the permission cloudwatch:DescribeAlarms.";

/// Credentials of AWS. No Debug, no Display, no Serialize: they cannot get into a message or a record.
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expires_at: Option<OffsetDateTime>,
}

/// The documented output of a `credential_process`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

impl Credentials {
    /// Reads the output of a `credential_process`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let told: Told = serde_json::from_str(text).ok()?;
        let expires_at = told.expiration.map(|at| OffsetDateTime::parse(&at, &Rfc3339)).transpose().ok()?;
        (told.version == 1).then_some(Self {
            access_key_id: told.access_key_id,
            secret_access_key: told.secret_access_key,
            session_token: told.session_token,
            expires_at,
        })
    }

    /// What clients sign with.
    #[must_use]
    pub fn for_clients(&self) -> aws_credential_types::Credentials {
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        aws_credential_types::Credentials::new(id, secret, self.session_token.clone(), None, "aws-access")
    }

    /// What queries are signed with.
    #[must_use]
    pub fn for_queries(&self, region: &str) -> QueryAuth {
        QueryAuth {
            session_token: self.session_token.clone(),
            ..QueryAuth::aws_iam(&self.access_key_id, &self.secret_access_key, region)
        }
    }

    /// Refuses credentials that end before something that takes so long is over. `now_ms` is Unix time.
    ///
    /// # Errors
    /// They end too early.
    pub fn outlast(&self, now_ms: i64, run: Duration) -> Result<(), NoAccess> {
        let Some(expires_at) = self.expires_at else { return Ok(()) };
        let left_s = expires_at.unix_timestamp() - now_ms.div_euclid(1000);
        let needed_s = (run + RESERVE).as_secs();
        if u64::try_from(left_s).is_ok_and(|left_s| left_s >= needed_s) {
            return Ok(());
        }
        Err(NoAccess::TooShort { left_s: left_s.max(0), needed_s })
    }
}

/// An alarm of CloudWatch's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// When it came to be in this state, RFC 3339.
    #[serde(default)]
    pub since: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    account: String,
}

/// The way to a system's account.
#[derive(Debug, Clone)]
pub struct Access {
    program: std::path::PathBuf,
    profile: Option<String>,
    region: String,
    emulator: Option<String>,
    name_suffix: String,
}

impl Access {
    /// Has the program built, where that is to be done.
    ///
    /// # Errors
    /// It cannot be had.
    pub async fn to(deployed: &Deployed, flags: &AwsFlags) -> Result<Self, NoAccess> {
        Ok(Self {
            program: AWS_ACCESS.built().await?,
            profile: flags.aws_profile.clone(),
            region: deployed.ready.region.clone(),
            emulator: deployed.emulator.clone(),
            name_suffix: deployed.name_suffix.clone(),
        })
    }

    /// Credentials of the account that the system is in.
    ///
    /// # Errors
    /// There are none, or they are another account's.
    pub async fn credentials(&self, account_id: &str) -> Result<Credentials, NoAccess> {
        let what = "credentials";
        let text = self.ask(what, SIGN_IN, &["credentials"]).await?;
        let credentials = Credentials::parse(&text).ok_or(NoAccess::Garbled { what })?;
        let found: Identity = self.told("the account of the credentials", SIGN_IN, &["identity"]).await?;
        if found.account != account_id {
            return Err(NoAccess::OtherAccount { found: found.account, wanted: account_id.to_owned() });
        }
        Ok(credentials)
    }

    /// The alarms of the system, by name.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, NoAccess> {
        let words = ["alarms", "--prefix", ALARMS];
        let mut alarms: Vec<Alarm> = self.told("the states of the alarms", ALLOW, &words).await?;
        alarms.retain(|alarm| alarm.name.ends_with(&self.name_suffix));
        alarms.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(alarms)
    }

    /// The alarm that goes off when more than [`REFUSED_SHARE`] of the requests are refused.
    #[must_use]
    pub fn refusals_alarm(&self) -> String {
        format!("webhook-api-4xx{}", self.name_suffix)
    }

    async fn told<T: DeserializeOwned>(
        &self,
        what: &'static str,
        next: &'static str,
        words: &[&str],
    ) -> Result<T, NoAccess> {
        let text = self.ask(what, next, words).await?;
        serde_json::from_str(&text).map_err(|_| NoAccess::Garbled { what })
    }

    async fn ask(&self, what: &'static str, next: &'static str, words: &[&str]) -> Result<String, NoAccess> {
        let refused = |told: String| NoAccess::Refused { what, told, next };
        let mut command = Command::new(&self.program);
        command.args(words).args(["--region", &self.region]);
        let options = [("--profile", &self.profile), ("--endpoint-url", &self.emulator)];
        command.args(
            options.into_iter().flat_map(|(name, value)| {
                value.iter().flat_map(move |value| [name.to_owned(), value.clone()])
            }),
        );
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(LONGEST, command.output())
            .await
            .map_err(|_| refused(format!("no answer within {} s", LONGEST.as_secs())))?
            .map_err(|error| refused(error.to_string()))?;
        if !output.status.success() {
            return Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        String::from_utf8(output.stdout).map_err(|_| NoAccess::Garbled { what })
    }
}

/// How the names of the stack's alarms begin (`infra/terraform/cloudwatch-alarms.tf`).
const ALARMS: &str = "webhook-";
/// Beyond this share of refused requests [`Access::refusals_alarm`] goes off (the same file).
pub const REFUSED_SHARE: f64 = 0.05;

#[cfg(test)]
mod tests;

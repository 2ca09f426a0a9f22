//! Whose permissions the operator's calls have: keys at hand, or whatever the AWS CLI would use.
//!
//! The CLI's `configure export-credentials` covers profiles, single sign-on, assumed roles and instance roles, as an operator's machine
//! has them set up already; the SDK's own chain would bring three more SDK crates into the build for the same. It is asked again when
//! the keys expire, so a long replay outlives them.

use std::fmt;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideFuture;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;

use crate::settings::AwsCredentials;

/// How long the CLI may take: a role behind a role needs a few calls.
const CLI_TIMEOUT: Duration = Duration::from_secs(30);

/// Where keys come from. `Debug` shows none.
#[derive(Debug, Clone)]
pub enum OpsCredentials {
    /// These.
    Keys(AwsCredentials),
    /// What `aws configure export-credentials` gives.
    AwsCli {
        /// `--profile`; without it the CLI's default.
        profile: Option<String>,
    },
}

/// No credentials are to be had. Safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCredentials(String);

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoCredentials {}

impl OpsCredentials {
    /// Gets the credentials once, to find out early and with a clear word whether there are any.
    ///
    /// # Errors
    /// There are none.
    pub async fn check(&self) -> Result<(), NoCredentials> {
        self.load().await.map(drop)
    }

    async fn load(&self) -> Result<Credentials, NoCredentials> {
        match self {
            Self::Keys(keys) => Ok(credentials(
                &keys.access_key_id,
                &keys.secret_access_key,
                keys.session_token.clone(),
                None,
            )),
            Self::AwsCli { profile } => export(profile.as_deref()).await,
        }
    }
}

impl ProvideCredentials for OpsCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideFuture<'a>
    where
        Self: 'a,
    {
        ProvideFuture::new(async {
            self.load().await.map_err(CredentialsError::not_loaded) as ProviderResult
        })
    }
}

/// What the CLI prints in the format `process`. Without `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

async fn export(profile: Option<&str>) -> Result<Credentials, NoCredentials> {
    let mut command = tokio::process::Command::new("aws");
    command.args(["configure", "export-credentials", "--format", "process"]);
    if let Some(profile) = profile {
        command.args(["--profile", profile]);
    }
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(CLI_TIMEOUT, command.output())
        .await
        .map_err(|_| NoCredentials(format!("the AWS CLI did not answer within {} s", CLI_TIMEOUT.as_secs())))?
        .map_err(|error| NoCredentials(format!("the AWS CLI cannot be run ({})", error.kind())))?;
    if !output.status.success() {
        return Err(NoCredentials("`aws configure export-credentials` has none to give".to_owned()));
    }
    read(&output.stdout)
}

fn read(stdout: &[u8]) -> Result<Credentials, NoCredentials> {
    let exported: Exported = serde_json::from_slice(stdout)
        .map_err(|_| NoCredentials("`aws configure export-credentials` printed no credentials".to_owned()))?;
    let expires =
        exported.expiration.and_then(|text| DateTime::from_str(&text, Format::DateTimeWithOffset).ok());
    let expires = expires.and_then(|at| SystemTime::try_from(at).ok());
    Ok(credentials(&exported.access_key_id, &exported.secret_access_key, exported.session_token, expires))
}

fn credentials(id: &str, secret: &str, token: Option<String>, expires: Option<SystemTime>) -> Credentials {
    Credentials::new(id, secret, token, expires, "webhookctl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clis_output_is_read() {
        let printed =
            br#"{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "hidden", "SessionToken": "t",
            "Expiration": "2026-11-21T22:00:00+00:00"}"#;
        let read = read(printed).unwrap();
        assert_eq!((read.access_key_id(), read.session_token()), ("AKIA", Some("t")));
        let expiry = read.expiry().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(expiry.as_secs(), 1_795_298_400);
    }

    #[test]
    fn what_is_no_credentials_is_said_without_quoting_it() {
        for printed in [&b""[..], b"{}", br#"{"AccessKeyId": "AKIA-hidden"}"#] {
            let error = read(printed).unwrap_err().to_string();
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = AwsCredentials {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: "very-secret".into(),
            session_token: None,
        };
        let shown = format!("{:?}", OpsCredentials::Keys(keys));
        assert!(!shown.contains("AKIA") && !shown.contains("very"), "{shown}");
    }
}

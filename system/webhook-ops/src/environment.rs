//! The one place of this crate that reads environment variables: the AWS CLI's own, for `--target aws`.

use std::fmt;

use webhook_aws::AwsCredentials;

/// What the environment says. `Debug` shows no key.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    /// `AWS_REGION`, or else `AWS_DEFAULT_REGION`.
    pub(crate) region: Option<String>,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    pub(crate) keys: Option<AwsCredentials>,
    /// `AWS_PROFILE`.
    pub(crate) profile: Option<String>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Environment {
    /// The process's environment.
    pub(crate) fn read() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the wiring: the one place that reads the environment")]
        Self::of(&|name| std::env::var(name).ok())
    }

    /// From any source of variables; an empty value counts as unset.
    pub(crate) fn of(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let keys = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
        Self {
            region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")),
            keys: keys.map(|(access_key_id, secret_access_key)| AwsCredentials {
                access_key_id,
                secret_access_key,
                session_token: variable("AWS_SESSION_TOKEN"),
            }),
            profile: variable("AWS_PROFILE"),
        }
    }
}

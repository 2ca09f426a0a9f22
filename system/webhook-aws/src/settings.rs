//! What the clients need to know, as plain values: whoever wires a function reads them from the environment.

use std::fmt;

/// Region, credentials and, away from AWS, the endpoints.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// Region of every service, e.g. `us-east-1`.
    pub region: String,
    /// Keys that sign the calls.
    pub credentials: AwsCredentials,
    /// Where the services are, if not at AWS.
    pub endpoints: Endpoints,
}

/// The keys of the function's role, as Lambda passes them. `Debug` shows none of them.
#[derive(Clone)]
pub struct AwsCredentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token; Lambda always passes one, an emulator may not.
    pub session_token: Option<String>,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsCredentials(…)")
    }
}

/// Base URLs that replace AWS's own, e.g. `http://127.0.0.1:4566`. Absent: the region's own endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// S3; buckets are then addressed by path.
    pub s3: Option<String>,
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// Secrets Manager.
    pub secrets_manager: Option<String>,
    /// Lambda.
    pub lambda: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let settings = AwsSettings {
            region: "us-east-1".into(),
            credentials: AwsCredentials {
                access_key_id: "AKIAEXAMPLE".into(),
                secret_access_key: "very-secret".into(),
                session_token: Some("session-token".into()),
            },
            endpoints: Endpoints::default(),
        };
        let shown = format!("{settings:?}");
        for hidden in ["AKIAEXAMPLE", "very-secret", "session-token"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

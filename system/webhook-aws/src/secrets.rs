//! A provider's signing secret in Secrets Manager, the current and the previous one.

use aws_sdk_secretsmanager::Client;
use webhook_core::ports::{PortError, SecretSource, SecretString};
use webhook_core::provider::Provider;

use crate::errors::{port_error, refused};

const OPERATION: &str = "secretsmanager:GetSecretValue";
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// One provider's secret. A validator's role may read no other.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    client: Client,
    provider: Provider,
    secret_id: String,
}

impl SecretsManager {
    pub(crate) const fn new(client: Client, provider: Provider, secret_id: String) -> Self {
        Self { client, provider, secret_id }
    }

    /// The secret's value at a stage; `None` when nothing carries the stage.
    async fn at_stage(&self, stage: &'static str) -> Result<Option<SecretString>, PortError> {
        let read =
            self.client.get_secret_value().secret_id(&self.secret_id).version_stage(stage).send().await;
        match read {
            Ok(value) => Ok(value.secret_string.map(SecretString::new)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(None)
            }
            Err(error) => Err(port_error(OPERATION, &error)),
        }
    }
}

impl SecretSource for SecretsManager {
    /// Both stages, read at once. A secret that was never rotated has no previous value, which is normal; a
    /// previous value that cannot be read is an error, because without it genuine deliveries would be rejected
    /// in the middle of a rotation.
    async fn fetch_secrets(&self, provider: Provider) -> Result<Vec<SecretString>, PortError> {
        if provider != self.provider {
            return Err(refused(OPERATION, "the function is configured for another provider"));
        }
        let (current, previous) = tokio::join!(self.at_stage(CURRENT), self.at_stage(PREVIOUS));
        let mut secrets: Vec<SecretString> = current?.into_iter().collect();
        secrets.extend(previous?.filter(|old| !secrets.contains(old)));
        if secrets.is_empty() {
            return Err(refused(OPERATION, "ResourceNotFoundException"));
        }
        Ok(secrets)
    }
}

//! The versions of a provider's secret in Secrets Manager, read and changed.
//!
//! A new value comes in as AWSPENDING, which no validator reads, and becomes AWSCURRENT by one call that names the version it replaces:
//! whoever was slower is refused, and a break between the two calls leaves the old value in force.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use webhook_core::ports::ops::{SecretVault, SecretVersion, SecretVersions};
use webhook_core::ports::{PortError, SecretString};
use webhook_core::unix_time::UnixTime;

use crate::errors::port_error;

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
const PENDING: &str = "AWSPENDING";
const MOVE: &str = "secretsmanager:UpdateSecretVersionStage";

/// One secret.
#[derive(Debug, Clone)]
pub struct ManagedSecret {
    client: Client,
    secret_id: String,
}

impl ManagedSecret {
    pub(crate) const fn new(client: Client, secret_id: String) -> Self {
        Self { client, secret_id }
    }

    async fn at_stage(&self, stage: &'static str) -> Result<Option<SecretVersion>, PortError> {
        let read =
            self.client.get_secret_value().secret_id(&self.secret_id).version_stage(stage).send().await;
        match read {
            Ok(value) => Ok(version(value)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(None)
            }
            Err(error) => Err(port_error("secretsmanager:GetSecretValue", &error)),
        }
    }

    /// Whether there is a secret of that name, with or without a value.
    async fn exists(&self) -> Result<bool, PortError> {
        match self.client.describe_secret().secret_id(&self.secret_id).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(false)
            }
            Err(error) => Err(port_error("secretsmanager:DescribeSecret", &error)),
        }
    }
}

impl SecretVault for ManagedSecret {
    async fn versions(&self) -> Result<Option<SecretVersions>, PortError> {
        let (current, previous) = tokio::try_join!(self.at_stage(CURRENT), self.at_stage(PREVIOUS))?;
        if current.is_none() && previous.is_none() && !self.exists().await? {
            return Ok(None);
        }
        Ok(Some(SecretVersions { current, previous }))
    }

    async fn add(&self, token: &str, value: &SecretString) -> Result<(), PortError> {
        let put = self
            .client
            .put_secret_value()
            .secret_id(&self.secret_id)
            .client_request_token(token)
            .secret_string(value.expose())
            .version_stages(PENDING);
        put.send().await.map(drop).map_err(|error| port_error("secretsmanager:PutSecretValue", &error))
    }

    async fn promote(&self, token: &str, current: &str) -> Result<(), PortError> {
        let stage = self
            .client
            .update_secret_version_stage()
            .secret_id(&self.secret_id)
            .version_stage(CURRENT)
            .move_to_version_id(token)
            .remove_from_version_id(current);
        stage.send().await.map(drop).map_err(|error| port_error(MOVE, &error))
    }

    async fn retire(&self, version_id: &str) -> Result<(), PortError> {
        let stage = self
            .client
            .update_secret_version_stage()
            .secret_id(&self.secret_id)
            .version_stage(PREVIOUS)
            .remove_from_version_id(version_id);
        stage.send().await.map(drop).map_err(|error| port_error(MOVE, &error))
    }
}

fn version(value: GetSecretValueOutput) -> Option<SecretVersion> {
    let created_at = value.created_date.and_then(|at| at.to_millis().ok()).map(UnixTime::from_millis);
    let text = value.secret_string?;
    Some(SecretVersion {
        id: value.version_id.unwrap_or_default(),
        created_at,
        value: SecretString::new(text),
    })
}

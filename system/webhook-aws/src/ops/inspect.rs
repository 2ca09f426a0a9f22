//! How the deployment is configured, read only, as plain facts. Whether a fact is right is the tool's to say.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_dynamodb::types::{BillingMode, KeySchemaElement, PointInTimeRecoveryStatus, TimeToLiveStatus};
use aws_sdk_s3::types::{BucketLocationConstraint, BucketVersioningStatus, ExpirationStatus};
use aws_sdk_sqs::types::QueueAttributeName;
use webhook_core::ports::PortError;

use crate::errors::{port_error, refused};

/// Reads configurations.
#[derive(Debug, Clone)]
pub struct Inspector {
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

/// A function's configuration.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FunctionFacts {
    /// `arm64` or `x86_64`.
    pub architectures: Vec<String>,
    /// Memory, MiB.
    pub memory_mb: i32,
    /// Time-out, seconds.
    pub timeout_s: i32,
    /// `_HANDLER`.
    pub handler: String,
    /// `Active`, `Pending`, `Inactive` or `Failed`; empty if not told.
    pub state: String,
    /// Environment variables. Names of tables and buckets by design, but nobody can be sure: never printed as a whole.
    pub variables: BTreeMap<String, String>,
    /// `Active` or `PassThrough`.
    pub tracing: String,
    /// ARN that failed events go to.
    pub dead_letter_arn: Option<String>,
}

/// Names of the variables only.
impl fmt::Debug for FunctionFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.keys().collect();
        f.debug_struct("FunctionFacts")
            .field("handler", &self.handler)
            .field("variables", &names)
            .finish_non_exhaustive()
    }
}

/// How failed asynchronous invocations are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryFacts {
    /// Attempts after the first.
    pub retries: i32,
    /// Longest age of an event, seconds.
    pub event_age_s: i32,
}

/// A table's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// `ACTIVE`, …
    pub status: String,
    /// Partition key, sort key.
    pub keys: Vec<String>,
    /// Billed by request.
    pub on_demand: bool,
    /// View type of the stream; `None` without one.
    pub stream: Option<String>,
    /// By name: keys, and what is projected.
    pub indexes: BTreeMap<String, IndexFacts>,
}

/// An index's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexFacts {
    /// `ACTIVE`, …
    pub status: String,
    /// Partition key, sort key.
    pub keys: Vec<String>,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
}

/// What keeps strangers out of a bucket; all four must be set.
pub type PublicAccessBlocked = [bool; 4];

/// A queue's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFacts {
    /// ARN.
    pub arn: String,
    /// How long a message is kept, seconds.
    pub retention_s: Option<u64>,
    /// How long a received message is hidden, seconds.
    pub visibility_s: Option<u64>,
}

impl Inspector {
    /// A function's configuration.
    ///
    /// # Errors
    /// There is no such function, it may not be read, or the service does not answer.
    pub async fn function(&self, name: &str) -> Result<FunctionFacts, PortError> {
        let answer = self.lambda.get_function_configuration().function_name(name).send().await;
        let told = answer.map_err(|error| port_error("lambda:GetFunctionConfiguration", &error))?;
        let variables = told.environment().and_then(|environment| environment.variables());
        Ok(FunctionFacts {
            architectures: told.architectures().iter().map(|one| one.as_str().to_owned()).collect(),
            memory_mb: told.memory_size().unwrap_or(0),
            timeout_s: told.timeout().unwrap_or(0),
            handler: told.handler().unwrap_or_default().to_owned(),
            state: told.state().map_or_else(String::new, |state| state.as_str().to_owned()),
            variables: variables.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
            tracing: told
                .tracing_config()
                .and_then(|tracing| tracing.mode())
                .map_or_else(String::new, |mode| mode.as_str().to_owned()),
            dead_letter_arn: told
                .dead_letter_config()
                .and_then(|config| config.target_arn())
                .filter(|arn| !arn.is_empty())
                .map(str::to_owned),
        })
    }

    /// A function's reserved concurrency; `None` if it has none.
    ///
    /// # Errors
    /// As for [`Inspector::function`].
    pub async fn reserved_concurrency(&self, name: &str) -> Result<Option<i32>, PortError> {
        let answer = self.lambda.get_function_concurrency().function_name(name).send().await;
        let told = answer.map_err(|error| port_error("lambda:GetFunctionConcurrency", &error))?;
        Ok(told.reserved_concurrent_executions())
    }

    /// How a function's asynchronous events are tried again. A function without a configuration has Lambda's own: 2 retries, 6 hours.
    ///
    /// # Errors
    /// As for [`Inspector::function`].
    pub async fn retries(&self, name: &str) -> Result<RetryFacts, PortError> {
        const DEFAULT: RetryFacts = RetryFacts { retries: 2, event_age_s: 21_600 };
        match self.lambda.get_function_event_invoke_config().function_name(name).send().await {
            Ok(told) => Ok(RetryFacts {
                retries: told.maximum_retry_attempts().unwrap_or(DEFAULT.retries),
                event_age_s: told.maximum_event_age_in_seconds().unwrap_or(DEFAULT.event_age_s),
            }),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(DEFAULT)
            }
            Err(error) => Err(port_error("lambda:GetFunctionEventInvokeConfig", &error)),
        }
    }

    /// A table's description.
    ///
    /// # Errors
    /// There is no such table, it may not be read, or the service does not answer.
    pub async fn table(&self, name: &str) -> Result<TableFacts, PortError> {
        const OPERATION: &str = "dynamodb:DescribeTable";
        let answer = self.dynamodb.describe_table().table_name(name).send().await;
        let told = answer.map_err(|error| port_error(OPERATION, &error))?.table;
        let told = told.ok_or_else(|| refused(OPERATION, "answer without a table"))?;
        let billing = told.billing_mode_summary().and_then(|summary| summary.billing_mode());
        let stream = told.stream_specification().filter(|stream| stream.stream_enabled());
        let indexes = told.global_secondary_indexes().iter().map(|index| {
            let facts = IndexFacts {
                status: index.index_status().map_or_else(String::new, |status| status.as_str().to_owned()),
                keys: keys(index.key_schema()),
                projection: index
                    .projection()
                    .and_then(|projection| projection.projection_type())
                    .map_or_else(String::new, |kind| kind.as_str().to_owned()),
            };
            (index.index_name().unwrap_or_default().to_owned(), facts)
        });
        Ok(TableFacts {
            status: told.table_status().map_or_else(String::new, |status| status.as_str().to_owned()),
            keys: keys(told.key_schema()),
            on_demand: billing == Some(&BillingMode::PayPerRequest),
            stream: stream
                .map(|stream| stream.stream_view_type().map_or("", |view| view.as_str()).to_owned()),
            indexes: indexes.collect(),
        })
    }

    /// Whether a table can be restored to a point in time.
    ///
    /// # Errors
    /// As for [`Inspector::table`].
    pub async fn point_in_time_recovery(&self, table: &str) -> Result<bool, PortError> {
        let answer = self.dynamodb.describe_continuous_backups().table_name(table).send().await;
        let told = answer.map_err(|error| port_error("dynamodb:DescribeContinuousBackups", &error))?;
        let recovery = told
            .continuous_backups_description()
            .and_then(|backups| backups.point_in_time_recovery_description());
        Ok(recovery.and_then(|recovery| recovery.point_in_time_recovery_status())
            == Some(&PointInTimeRecoveryStatus::Enabled))
    }

    /// The attribute by which a table's items expire; `None` if they do not.
    ///
    /// # Errors
    /// As for [`Inspector::table`].
    pub async fn expiry_attribute(&self, table: &str) -> Result<Option<String>, PortError> {
        let answer = self.dynamodb.describe_time_to_live().table_name(table).send().await;
        let told = answer.map_err(|error| port_error("dynamodb:DescribeTimeToLive", &error))?;
        let ttl = told.time_to_live_description.filter(|ttl| {
            matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        });
        Ok(ttl.and_then(|ttl| ttl.attribute_name))
    }

    /// Whether a bucket is there and may be used; the region it says it is in.
    ///
    /// # Errors
    /// There is no such bucket, it may not be read, or the service does not answer.
    pub async fn bucket_region(&self, bucket: &str) -> Result<String, PortError> {
        let answer = self.s3.get_bucket_location().bucket(bucket).send().await;
        let told = answer.map_err(|error| port_error("s3:GetBucketLocation", &error))?;
        // The oldest region is told by nothing at all.
        let region = told.location_constraint().map(BucketLocationConstraint::as_str);
        Ok(region.filter(|region| !region.is_empty()).unwrap_or("us-east-1").to_owned())
    }

    /// A bucket's default encryption, e.g. `AES256`; `None` without one.
    ///
    /// # Errors
    /// As for [`Inspector::bucket_region`].
    pub async fn encryption(&self, bucket: &str) -> Result<Option<String>, PortError> {
        let answer = self.s3.get_bucket_encryption().bucket(bucket).send().await;
        let told = absent(
            answer.map_err(|error| port_error("s3:GetEncryptionConfiguration", &error)),
            "ServerSideEncryptionConfigurationNotFoundError",
        )?;
        let rules =
            told.and_then(|told| told.server_side_encryption_configuration).map(|config| config.rules);
        Ok(rules.into_iter().flatten().find_map(|rule| {
            let default = rule.apply_server_side_encryption_by_default?;
            Some(default.sse_algorithm.as_str().to_owned())
        }))
    }

    /// Whether a bucket is closed to the public in all four ways.
    ///
    /// # Errors
    /// As for [`Inspector::bucket_region`].
    pub async fn public_access_blocked(&self, bucket: &str) -> Result<PublicAccessBlocked, PortError> {
        let answer = self.s3.get_public_access_block().bucket(bucket).send().await;
        let told = absent(
            answer.map_err(|error| port_error("s3:GetBucketPublicAccessBlock", &error)),
            "NoSuchPublicAccessBlockConfiguration",
        )?;
        let Some(block) = told.and_then(|told| told.public_access_block_configuration) else {
            return Ok([false; 4]);
        };
        let four = [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ];
        Ok(four.map(|set| set == Some(true)))
    }

    /// Whether a bucket keeps versions.
    ///
    /// # Errors
    /// As for [`Inspector::bucket_region`].
    pub async fn versioned(&self, bucket: &str) -> Result<bool, PortError> {
        let answer = self.s3.get_bucket_versioning().bucket(bucket).send().await;
        let told = answer.map_err(|error| port_error("s3:GetBucketVersioning", &error))?;
        Ok(told.status() == Some(&BucketVersioningStatus::Enabled))
    }

    /// How many lifecycle rules of a bucket are in force.
    ///
    /// # Errors
    /// As for [`Inspector::bucket_region`].
    pub async fn lifecycle_rules(&self, bucket: &str) -> Result<usize, PortError> {
        let answer = self.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
        let told = absent(
            answer.map_err(|error| port_error("s3:GetLifecycleConfiguration", &error)),
            "NoSuchLifecycleConfiguration",
        )?;
        let enabled = |told: &&aws_sdk_s3::types::LifecycleRule| told.status() == &ExpirationStatus::Enabled;
        Ok(told.map_or(0, |told| told.rules().iter().filter(enabled).count()))
    }

    /// A queue's settings.
    ///
    /// # Errors
    /// There is no such queue, it may not be read, or the service does not answer.
    pub async fn queue(&self, url: &str) -> Result<QueueFacts, PortError> {
        let request = self.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
        let told = request.send().await.map_err(|error| port_error("sqs:GetQueueAttributes", &error))?;
        let value = |name: QueueAttributeName| told.attributes().and_then(|all| all.get(&name)).cloned();
        Ok(QueueFacts {
            arn: value(QueueAttributeName::QueueArn).unwrap_or_default(),
            retention_s: value(QueueAttributeName::MessageRetentionPeriod).and_then(|text| text.parse().ok()),
            visibility_s: value(QueueAttributeName::VisibilityTimeout).and_then(|text| text.parse().ok()),
        })
    }
}

/// A setting that was never made is told as an error with a code of its own.
fn absent<T>(read: Result<T, PortError>, code: &str) -> Result<Option<T>, PortError> {
    match read {
        Ok(told) => Ok(Some(told)),
        Err(PortError::Refused { reason, .. }) if reason == code => Ok(None),
        Err(error) => Err(error),
    }
}

/// Names of the key attributes, the partition key first.
fn keys(schema: &[KeySchemaElement]) -> Vec<String> {
    let mut keys: Vec<_> = schema.iter().collect();
    keys.sort_by_key(|key| key.key_type().as_str() != "HASH");
    keys.into_iter().map(|key| key.attribute_name().to_owned()).collect()
}

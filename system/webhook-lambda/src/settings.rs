//! The one place that reads environment variables. Everything is checked before the first event is asked for, and
//! everything that is wrong is said at once.

mod paypal;

pub use paypal::{IpnSettings, PaypalSettings, Verification};

use std::fmt;
use std::path::Path;

use webhook_aws::{AwsCredentials, AwsSettings, Endpoints};
use webhook_core::provider::Provider;

use crate::function::{Function, UnknownHandler};
use crate::log::Level;
use crate::stage::Deployment;

mod compactor;
mod direct;
mod usage_keys;

pub use compactor::CompactorSettings;
pub use direct::DirectSettings;
pub use usage_keys::{UsageKey, UsageKeys};

const TRANSMISSIONS_TABLE_DEFAULT: &str = "webhook-transmissions";
/// Variables that `lambda_runtime` cannot do without; Lambda always sets them.
const RUNTIME_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// What a function needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which function this process is.
    pub function: Function,
    /// Lines below this level are not written.
    pub log_level: Level,
    /// Region, credentials, endpoints.
    pub aws: AwsSettings,
    /// Where traces go, as Lambda says it; absent where tracing is off.
    pub xray_daemon: Option<String>,
    /// What only this kind of function needs.
    pub role: Role,
}

/// Settings by kind of function.
#[derive(Debug, Clone)]
pub enum Role {
    /// A validator's.
    Validator(ValidatorSettings),
    /// The processor's.
    Processor(ProcessorSettings),
    /// The query function's.
    Query(QuerySettings),
    /// The usage-key authorizer's.
    UsageKeyAuthorizer(UsageKeys),
    /// The compactor's.
    Compactor(CompactorSettings),
}

/// What a validator needs.
#[derive(Clone)]
pub struct ValidatorSettings {
    /// Whose webhooks it takes.
    pub provider: Provider,
    /// Name or ARN of the provider's secret.
    pub secret_id: String,
    /// Bucket of the raw bodies.
    pub raw_bucket: String,
    /// Name or ARN of the processor.
    pub processor: String,
    /// Table of PayPal's transmission ids.
    pub transmissions_table: String,
    /// Square's notification URL, where the secret is only the key.
    pub square_notification_url: Option<String>,
    /// What only PayPal's validator needs.
    pub paypal: PaypalSettings,
    /// What the stage of a request must not contradict.
    pub deployment: Deployment,
}

impl fmt::Debug for ValidatorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatorSettings").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What the processor needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorSettings {
    /// Table of the records.
    pub table: String,
    /// Bucket of the processed records.
    pub processed_bucket: String,
    /// Days after which a record expires; `None` keeps it.
    pub record_ttl_days: Option<u32>,
    /// What it takes to process PayPal's form-encoded notifications; `None` where none are taken.
    pub ipn: Option<IpnSettings>,
}

/// What the query function needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySettings {
    /// Table of the records.
    pub table: String,
    /// What the stage of a request must not contradict.
    pub deployment: Deployment,
}

/// The function cannot start as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `_HANDLER` is unset or names no function.
    #[error(transparent)]
    Handler(#[from] UnknownHandler),
    /// Variables of a function that records webhooks directly are missing or wrong.
    #[error("the function cannot start: {}", .problems.join("; "))]
    Direct {
        /// One sentence a variable: what is wrong, what to set.
        problems: Vec<String>,
    },
    /// Variables are missing or wrong.
    #[error("{function} cannot start: {}", .problems.join("; "))]
    Variables {
        /// The function.
        function: Function,
        /// One sentence a variable: what is wrong, what to set.
        problems: Vec<String>,
    },
}

impl Settings {
    /// From the process's environment.
    ///
    /// # Errors
    /// Something is missing or wrong; the error lists all of it.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "the wiring: the one place that reads the environment")]
        Self::read(&|name| std::env::var(name).ok())
    }

    /// From any source of variables; an empty value counts as unset.
    ///
    /// # Errors
    /// Something is missing or wrong; the error lists all of it.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut variables = Variables { lookup, problems: Vec::new() };
        let function = Function::from_handler(&variables.optional("_HANDLER").unwrap_or_default())?;
        for name in RUNTIME_VARIABLES {
            variables.required(name, "Lambda sets it; a stand-in for Lambda must too");
        }
        let settings = Self {
            function,
            log_level: variables.log_level(),
            aws: variables.aws(),
            xray_daemon: variables.optional("AWS_XRAY_DAEMON_ADDRESS"),
            role: match function {
                Function::Validator(provider) => Role::Validator(variables.validator(provider)),
                Function::Processor => Role::Processor(variables.processor()),
                Function::Query => Role::Query(variables.query()),
                Function::UsageKeyAuthorizer => Role::UsageKeyAuthorizer(variables.usage_keys()),
                Function::Compactor => Role::Compactor(variables.compactor()),
            },
        };
        match variables.problems {
            problems if problems.is_empty() => Ok(settings),
            problems => Err(SettingsError::Variables { function, problems }),
        }
    }
}

/// Reads variables and collects what is wrong with them.
struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Variables<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// The value, or an empty one and a problem that says what to set.
    fn required(&mut self, name: &str, meaning: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set ({meaning})"));
            String::new()
        })
    }

    /// Where a service is, by the variables that AWS's SDKs go by: its own one, else the one for all services.
    fn endpoint(&self, service: &str) -> Option<String> {
        self.optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.optional("AWS_ENDPOINT_URL"))
    }

    fn aws(&mut self) -> AwsSettings {
        AwsSettings {
            region: self.required("AWS_REGION", "e.g. us-east-1"),
            credentials: AwsCredentials {
                access_key_id: self.required("AWS_ACCESS_KEY_ID", "Lambda sets it from the function's role"),
                secret_access_key: self
                    .required("AWS_SECRET_ACCESS_KEY", "Lambda sets it from the function's role"),
                session_token: self.optional("AWS_SESSION_TOKEN"),
            },
            endpoints: Endpoints {
                s3: self.endpoint("S3"),
                dynamodb: self.endpoint("DYNAMODB"),
                secrets_manager: self.endpoint("SECRETS_MANAGER"),
                lambda: self.endpoint("LAMBDA"),
            },
        }
    }

    fn validator(&mut self, provider: Provider) -> ValidatorSettings {
        let named = self.required("PROVIDER_NAME", "the provider whose webhooks the function takes");
        if !named.is_empty() && named != provider.as_str() {
            self.problems.push(format!("PROVIDER_NAME must be {provider} for this handler"));
        }
        let paypal = self.paypal();
        ValidatorSettings {
            provider,
            secret_id: self.required("PROVIDER_SECRET_ARN", "ARN or name of the provider's secret"),
            raw_bucket: self.required("S3_BUCKET", "bucket of the raw bodies"),
            processor: self.required("PROCESSOR_FUNCTION_ARN", "ARN or name of the processor function"),
            transmissions_table: self
                .optional("TRANSMISSIONS_TABLE")
                .unwrap_or_else(|| TRANSMISSIONS_TABLE_DEFAULT.to_owned()),
            square_notification_url: self.optional("SQUARE_NOTIFICATION_URL"),
            paypal,
            deployment: self.deployment(),
        }
    }

    fn query(&mut self) -> QuerySettings {
        QuerySettings { table: self.table(), deployment: self.deployment() }
    }

    fn deployment(&self) -> Deployment {
        Deployment {
            environment: self.optional("ENVIRONMENT"),
            table: self.optional("DYNAMODB_TABLE"),
            raw_bucket: self.optional("S3_BUCKET"),
        }
    }

    fn processor(&mut self) -> ProcessorSettings {
        ProcessorSettings {
            table: self.table(),
            processed_bucket: self.required("S3_PROCESSED_BUCKET", "bucket of the processed records"),
            record_ttl_days: self.days("RECORD_TTL_DAYS"),
            ipn: self.ipn(),
        }
    }

    fn table(&mut self) -> String {
        self.required("DYNAMODB_TABLE", "table of the transactions")
    }

    fn usage_keys(&mut self) -> UsageKeys {
        let value = self.required("USAGE_KEYS", "JSON object of provider and API key value");
        if value.is_empty() {
            return UsageKeys::none();
        }
        UsageKeys::parse(&value).unwrap_or_else(|problem| {
            self.problems.push(problem);
            UsageKeys::none()
        })
    }

    /// A variable that weakens where trust comes from, so production must not have it.
    fn away_from_production(&mut self, name: &str) -> Option<String> {
        let value = self.optional(name)?;
        let environment = self.optional("ENVIRONMENT").unwrap_or_default();
        if ["prod", "production"].iter().any(|production| environment.eq_ignore_ascii_case(production)) {
            self.problems.push(format!("{name} must not be set when ENVIRONMENT is {environment}"));
            return None;
        }
        Some(value)
    }

    /// PEM text, given as such or as the path of a file.
    fn pem(&mut self, name: &str, value: String) -> Option<String> {
        if value.trim_start().starts_with("-----BEGIN") {
            return Some(value);
        }
        let read = std::fs::read_to_string(Path::new(&value));
        if let Err(error) = &read {
            self.problems.push(format!("{name} is neither PEM text nor a readable file ({})", error.kind()));
        }
        read.ok()
    }

    fn days(&mut self, name: &str) -> Option<u32> {
        let value = self.optional(name)?;
        let days = value.parse().ok().filter(|days| *days > 0);
        if days.is_none() {
            self.problems.push(format!("{name} must be a positive number of days"));
        }
        days
    }

    fn log_level(&mut self) -> Level {
        let Some(value) = self.optional("LOG_LEVEL") else { return Level::Info };
        Level::named(&value).unwrap_or_else(|| {
            self.problems.push("LOG_LEVEL must be one of: INFO, WARN, ERROR".to_owned());
            Level::Info
        })
    }
}

#[cfg(test)]
mod tests;

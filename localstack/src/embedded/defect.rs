//! Deliberate defects of the deployment, for the tests that prove the conformance gate: a setting that somebody forgot, or
//! got wrong. Each is applied where the cloud is put together; a cloud without any is as it should be.

use std::fmt;
use std::str::FromStr;

macro_rules! defects {
    ($($(#[doc = $sentence:literal])+ $variant:ident = $name:literal,)*) => {
        /// A way in which the deployment is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Defect {
            $($(#[doc = $sentence])+ $variant,)*
        }

        impl Defect {
            /// Every defect there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What it is asked for by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What is wrong, in a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($sentence),+).trim_ascii(),)*
                }
            }
        }
    };
}

defects! {
    // Schemas.
    /// No webhook is checked against its schema.
    NoSchemas = "no-schemas",
    /// Stripe's webhooks are not checked against their schema.
    NoStripeSchema = "no-stripe-schema",
    /// PayPal's webhooks are not checked against their schema.
    NoPaypalSchema = "no-paypal-schema",
    /// Square's webhooks are not checked against their schema.
    NoSquareSchema = "no-square-schema",
    /// The schemas refuse a field that they do not name.
    SchemasClosed = "schemas-closed",
    /// The schemas refuse an event type that this system has no word for.
    SchemasKnowTypes = "schemas-know-types",
    /// The schemas require no field.
    SchemasRequireNothing = "schemas-require-nothing",
    /// The schemas do not say of what type a field is.
    SchemasWithoutTypes = "schemas-without-types",
    /// The schemas refuse null, also where a field may be null.
    SchemasWithoutNull = "schemas-without-null",
    /// Only bodies that are labelled as JSON are checked against their schema.
    SchemasForJsonOnly = "schemas-for-json-only",

    // Who may call what.
    /// Everybody may query transactions.
    QueriesOpen = "queries-open",
    /// Queries must be signed, also where they are configured to be open.
    QueriesNeverOpen = "queries-never-open",
    /// The webhook methods need no API key, so no usage plan counts.
    KeysNotRequired = "keys-not-required",
    /// A disabled API key opens its provider's method all the same.
    DisabledKeysServe = "disabled-keys-serve",
    /// The webhook methods answer GET too.
    WebhooksByGet = "webhooks-by-get",

    // Limits.
    /// Neither the methods nor the usage plans have a limit.
    NoThrottles = "no-throttles",
    /// Methods and plans let one webhook through a second.
    TightThrottles = "tight-throttles",
    /// The usage plans have no quota.
    NoQuotas = "no-quotas",
    /// The gateway refuses bodies above 64 KiB.
    SmallBodies = "small-bodies",

    // The gateway's answers and its log.
    /// The gateway serves another stage.
    OtherStage = "other-stage",
    /// The stage leads to another environment's functions.
    OtherEnvironment = "other-environment",
    /// Stripe's method leads to Square's validator.
    RoutesCrossed = "routes-crossed",
    /// An unknown path is answered 500.
    UnknownRoutes500 = "unknown-routes-500",
    /// An unknown path is answered 404, by something that is not API Gateway.
    UnknownRoutes404 = "unknown-routes-404",
    /// A body that does not match its schema is answered 500.
    BadBodies500 = "bad-bodies-500",
    /// The gateway's errors have words of their own.
    ErrorsReworded = "errors-reworded",
    /// The gateway's errors quote the body that was refused.
    ErrorsQuoteBodies = "errors-quote-bodies",
    /// The gateway refuses every body that is not labelled as `application/json` and nothing else.
    LabelsTakenLiterally = "labels-taken-literally",
    /// The gateway refuses webhooks with parameters behind their path.
    ParametersRefused = "parameters-refused",
    /// The gateway refuses webhooks that came through a proxy.
    ProxiesRefused = "proxies-refused",
    /// The access log holds addresses and headers as they were sent.
    AccessLogWithHeads = "access-log-with-heads",
    /// The access log holds bodies.
    AccessLogWithBodies = "access-log-with-bodies",
    /// There is no access log.
    NoAccessLog = "no-access-log",

    // The asynchronous path.
    /// A failed event is not tried again.
    NoRetries = "no-retries",
    /// A failed event is tried ten times more.
    TenRetries = "ten-retries",
    /// Events that cannot be processed go nowhere.
    NoDeadLetterQueue = "no-dead-letter-queue",
    /// A dead letter does not say which event failed, nor why.
    DeadLettersWithoutAttributes = "dead-letters-without-attributes",
    /// A dead letter does not hold its event.
    DeadLettersWithoutEvent = "dead-letters-without-event",
    /// The processor may not run: its reserved concurrency is 0.
    ProcessorOff = "processor-off",

    // What the functions are told.
    /// The functions log failures only.
    LogFailuresOnly = "log-failures-only",
    /// The functions know of no X-Ray daemon.
    FunctionsUntraced = "functions-untraced",
    /// Tracing is off at the gateway.
    GatewayUntraced = "gateway-untraced",
    /// No receiver of PayPal's form-encoded notifications is configured.
    IpnOff = "ipn-off",

    // Stores.
    /// A rotation leaves no previous secret behind.
    PreviousSecretDropped = "previous-secret-dropped",
    /// The table has no index by customer.
    NoCustomerIndex = "no-customer-index",
    /// Records do not expire: the table's time to live is off.
    NoExpiry = "no-expiry",
}

/// There is no defect of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no defect of the deployment named {0:?}")]
pub struct UnknownDefect(String);

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, UnknownDefect> {
        let found = Self::ALL.iter().find(|defect| defect.name() == name);
        found.copied().ok_or_else(|| UnknownDefect(name.to_owned()))
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for defect in Defect::ALL {
            assert_eq!(defect.to_string().parse(), Ok(*defect));
            assert!(defect.sentence().ends_with('.'), "{defect}: {}", defect.sentence());
        }
        assert_eq!("no-such".parse::<Defect>(), Err(UnknownDefect("no-such".to_owned())));
    }
}

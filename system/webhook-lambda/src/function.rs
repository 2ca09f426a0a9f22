//! The functions that this bootstrap can be.

use std::fmt;

use webhook_core::provider::Provider;

/// One of the system's functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Takes a provider's webhooks.
    Validator(Provider),
    /// Makes and stores records.
    Processor,
    /// Answers questions about transactions.
    Query,
    /// Tells API Gateway which usage plan a webhook counts against.
    UsageKeyAuthorizer,
    /// Makes one file of a day's records.
    Compactor,
}

impl Function {
    /// Every function, in the order messages list them.
    pub const ALL: [Self; 7] = [
        Self::Validator(Provider::Stripe),
        Self::Validator(Provider::Paypal),
        Self::Validator(Provider::Square),
        Self::Processor,
        Self::Query,
        Self::UsageKeyAuthorizer,
        Self::Compactor,
    ];

    /// The function's name, also its handler's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validator(Provider::Stripe) => "stripe-webhook-validator",
            Self::Validator(Provider::Paypal) => "paypal-webhook-validator",
            Self::Validator(Provider::Square) => "square-webhook-validator",
            Self::Processor => "webhook-processor",
            Self::Query => "transaction-query",
            Self::UsageKeyAuthorizer => "usage-key-authorizer",
            Self::Compactor => "transaction-log-compactor",
        }
    }

    /// The function that `_HANDLER` names: exactly, or with a deployment's suffix after a hyphen
    /// (`webhook-processor-eu2`).
    ///
    /// # Errors
    /// No function has this name.
    pub fn from_handler(handler: &str) -> Result<Self, UnknownHandler> {
        let named = |function: &Self| {
            let rest = handler.strip_prefix(function.name());
            rest.is_some_and(|suffix| suffix.is_empty() || (suffix.starts_with('-') && suffix.len() > 1))
        };
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownHandler(handler.to_owned()))
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `_HANDLER` names no function of this bootstrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownHandler(String);

impl fmt::Display for UnknownHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown handler {:?}; set the function's handler to one of: ", self.0)?;
        for (index, function) in Function::ALL.iter().enumerate() {
            write!(f, "{}{function}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownHandler {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(handler: &str, expected: Option<Function>) {
        assert_eq!(Function::from_handler(handler).ok(), expected, "{handler}");
    }

    #[test]
    fn handlers() {
        for function in Function::ALL {
            check(function.name(), Some(function));
            check(&format!("{function}-eu2"), Some(function));
        }
        check("", None);
        check("webhook-processor-", None);
        check("webhook-processors", None);
        check("my-webhook-processor", None);
        check("Webhook-Processor", None);
    }

    #[test]
    fn an_unknown_handler_is_told_the_known_ones() {
        let message = Function::from_handler("index.handler").unwrap_err().to_string();
        assert!(message.starts_with("unknown handler \"index.handler\""), "{message}");
        for function in Function::ALL {
            assert!(message.contains(function.name()), "{message}");
        }
    }
}

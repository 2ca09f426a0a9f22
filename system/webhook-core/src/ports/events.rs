//! A question for the table of events, and what comes back: one page at a time, with a bound on the work behind each page.

use rust_decimal::Decimal;

use crate::provider::Provider;
use crate::record::{Status, Transaction};

/// Most events an implementation looks at for one page, those that a filter leaves out included: about 2 MB of the table, two
/// answers of DynamoDB. A page that ends here may hold fewer events than asked for, or none, and still says where to go on.
pub const EVALUATED_MAX: u32 = 2_000;

/// A question for [`TransactionStore::events`](crate::ports::TransactionStore::events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// Whose events.
    pub scope: Scope,
    /// First second, inclusive.
    pub start: Decimal,
    /// Last second, inclusive.
    pub end: Decimal,
    /// Only events of this status.
    pub status: Option<Status>,
    /// Largest number of events in the page (1 to 1000).
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<Cursor>,
}

/// Whose events are asked for; each scope has an index of its own.
#[derive(Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every event of a provider.
    Provider(Provider),
    /// Every event of a customer.
    Customer {
        /// The provider's id of the customer, exactly.
        id: String,
        /// Only this provider's events: two providers may use one id.
        provider: Option<Provider>,
    },
}

/// Without the customer's id, which is personal enough.
impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Provider(provider) => f.debug_tuple("Provider").field(provider).finish(),
            Self::Customer { provider, .. } => {
                f.debug_struct("Customer").field("provider", provider).finish_non_exhaustive()
            }
        }
    }
}

impl EventQuery {
    /// Whether events within scope and time can be left out.
    #[must_use]
    pub const fn filters(&self) -> bool {
        self.status.is_some() || matches!(self.scope, Scope::Customer { provider: Some(_), .. })
    }
}

/// A position in the events of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the last event that was looked at.
    pub timestamp: Decimal,
    /// Its payment.
    pub transaction_id: String,
}

/// One page of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The events, oldest first.
    pub transactions: Vec<Transaction>,
    /// Present when there may be more.
    pub next: Option<Cursor>,
}

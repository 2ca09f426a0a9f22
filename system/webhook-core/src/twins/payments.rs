//! The table of payments in memory.

use std::collections::BTreeMap;

use super::Twin;
use crate::payment::{Payment, Revision};
use crate::ports::PortError;
use crate::ports::payments::{PaymentPut, PaymentStore};

/// Payments by id.
#[derive(Default)]
pub struct MemoryPayments {
    twin: Twin<BTreeMap<String, Payment>>,
}
switches!(MemoryPayments);

impl MemoryPayments {
    /// Every payment, by its id.
    #[must_use]
    pub fn payments(&self) -> Vec<Payment> {
        self.twin.lock().state.values().cloned().collect()
    }
}

impl PaymentStore for MemoryPayments {
    async fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<Revision>,
    ) -> Result<PaymentPut, PortError> {
        // Let others run, as a real call would: tests of concurrent deliveries depend on it.
        tokio::task::yield_now().await;
        self.twin.call(|payments| {
            let there = payments.get(payment.transaction_id());
            if there.map(Payment::revision) != made_from {
                return PaymentPut::Changed(there.cloned());
            }
            payments.insert(payment.transaction_id().to_owned(), payment.clone());
            PaymentPut::Stored
        })
    }
}

/// So that a test can keep hold of what it gave away.
impl PaymentStore for &MemoryPayments {
    async fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<Revision>,
    ) -> Result<PaymentPut, PortError> {
        (**self).put_payment(payment, made_from).await
    }
}

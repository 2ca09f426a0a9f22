//! Where payments are kept whole, one item each, by a store that can only compare and put.

use crate::payment::{Payment, Revision};
use crate::ports::PortError;

/// A table with one item a payment. The item is replaced as a whole or not at all, so what is written was decided on what stood
/// there.
pub trait PaymentStore: Send + Sync {
    /// Puts `payment`, if what stands there is still of the revision that it was made from; `None`: if nothing stands there.
    fn put_payment(
        &self,
        payment: &Payment,
        made_from: Option<Revision>,
    ) -> impl Future<Output = Result<PaymentPut, PortError>> + Send;
}

/// What came of [`PaymentStore::put_payment`].
#[derive(Debug, Clone, PartialEq)]
pub enum PaymentPut {
    /// Stored now.
    Stored,
    /// Nothing was stored: this is there instead of what the payment was made from.
    Changed(Option<Payment>),
}

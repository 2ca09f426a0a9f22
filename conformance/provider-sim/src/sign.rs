//! Signing as each provider does it, written from its documentation and nothing else.

pub(crate) mod mac;
pub(crate) mod paypal;
pub(crate) mod square;
pub(crate) mod stripe;

#[cfg(test)]
mod tests;

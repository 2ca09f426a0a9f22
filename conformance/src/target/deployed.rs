//! The system on an emulator of AWS, deployed for one run; what stands in for PayPal runs here.

use std::time::Duration;

use localstack::deployment::{DeployFlags, Deployment, Order};
use localstack::embedded::{Options, PaypalOverride};

use super::embedded::keys;
use super::remote::offered;
use super::{Rest, Target};
use crate::exit::Failure;
use crate::interrupt;
use crate::stores::Stores;

/// This long after a delivery what becomes of it is usually there; what is expected and missing is waited for longer.
const QUIET: Duration = Duration::from_millis(1500);

/// Deploys the system.
///
/// # Errors
/// It does not come up.
pub async fn start(flags: &DeployFlags, seed: u64) -> Result<Target, Failure> {
    let keys = keys(seed)?;
    let paypal = provider_sim::paypal_stand_in(&keys).await;
    let paypal = paypal
        .map_err(|error| Failure::Unavailable(format!("the stand-in for PayPal cannot listen: {error}")))?;
    let order = Order {
        secrets: keys.secrets_json(),
        paypal: Some(PaypalOverride {
            endpoint: paypal.endpoint.clone(),
            trust_root_pem: Some(paypal.trust_root_pem.clone()),
        }),
        paypal_receivers: Options::default().paypal_receivers,
    };
    let deployment = Deployment::start(flags, &order, interrupt::asked()).await?;
    let ready = deployment.ready().clone();
    let (offers, stores) = (offered(&ready), Stores::new(&ready));
    let target = Target::of(ready, offers, stores, keys, Rest::Deployed(QUIET, Box::new(deployment)))?;
    Ok(Target { paypal: Some(paypal), ..target })
}

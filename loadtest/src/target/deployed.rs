//! The system on an emulator of AWS, deployed for one run and taken down with it; what stands in for PayPal runs here.

use std::sync::Arc;

use localstack::deployment::{Deployment, NotDeployed, Order};
use localstack::embedded::{Options, PaypalOverride};
use provider_sim::{Keys, PaypalStandIn};
use target_clients::Clients;

use super::{SQUARE_URL, Target, Up, headers, internal, query_signer, vault};
use crate::cli::Args;
use crate::exit::Failure;
use crate::interrupt;

/// The deployment with what it asks.
pub(super) struct Deployed {
    deployment: Deployment,
    _stand_in: PaypalStandIn,
}

/// Deploys the system.
pub(super) async fn start(args: &Args) -> Result<Target, Failure> {
    let keys = Keys::generate(args.seed, SQUARE_URL).map_err(|error| internal("cannot make keys", &error))?;
    let stand_in = provider_sim::paypal_stand_in(&keys)
        .await
        .map_err(|error| Failure::Unavailable(format!("the stand-in for PayPal cannot listen: {error}")))?;
    let order = Order {
        secrets: keys.secrets_json(),
        paypal: Some(PaypalOverride {
            endpoint: stand_in.endpoint.clone(),
            trust_root_pem: Some(stand_in.trust_root_pem.clone()),
        }),
        paypal_receivers: Options::default().paypal_receivers,
    };
    let deployment = Deployment::start(&args.deploy, &order, interrupt::wait()).await?;
    let ready = deployment.ready().clone();
    let clients = Clients::new(&ready);
    Ok(Target {
        name: ready.target.clone(),
        base_url: ready.api_base_url.clone(),
        keys: Arc::new(keys),
        vault: Some(vault(&clients)),
        clients: Some(clients),
        query_signer: query_signer(&ready)?,
        headers: headers(&ready)?,
        log_dir: None,
        trusts_paypal: true,
        alarms: None,
        up: Up::Deployed(Box::new(Deployed { deployment, _stand_in: stand_in })),
    })
}

impl Deployed {
    /// Takes it down.
    pub(super) async fn close(self) -> Result<(), NotDeployed> {
        self.deployment.close().await
    }
}

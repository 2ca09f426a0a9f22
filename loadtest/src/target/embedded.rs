//! The embedded cloud, started for one run in this process, with the stand-in for PayPal's certificate server.
//!
//! It has a runtime of its own: what the stores do must not delay the generator's users more than the machine's
//! processors do anyway.

use std::path::Path;
use std::sync::Arc;

use localstack::Fault;
use localstack::embedded::{Bootstrap, Embedded, Options, PaypalOverride, StartError};
use localstack::faults::InForce;
use localstack::seed::SeedSecrets;
use provider_sim::{Keys, PaypalStandIn};
use target_clients::Clients;
use tokio::runtime::{Builder, Runtime};

use super::{SQUARE_URL, Target, Up, headers, internal, query_signer, vault};
use crate::cli::Args;
use crate::exit::{Failure, NotStarted};

/// The cloud with what it runs on.
pub struct Cloud {
    embedded: Embedded,
    // Fields drop in this order: the stand-in lives on the runtime.
    _stand_in: PaypalStandIn,
    runtime: Option<Runtime>,
}

/// Starts everything.
pub(super) async fn start(args: &Args, log_dir: &Path) -> Result<Target, Failure> {
    let keys = Keys::generate(args.seed, SQUARE_URL).map_err(|error| internal("cannot make keys", &error))?;
    let keys = Arc::new(keys);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(crate::host::TARGET_THREADS)
        .enable_all()
        .build()
        .map_err(|error| internal("cannot start a runtime", &error))?;
    let secrets: SeedSecrets = serde_json::from_value(keys.secrets_json()).map_err(|_| {
        Failure::Internal("the generated secrets are not of the embedded cloud's form".to_owned())
    })?;
    let own_keys = Arc::clone(&keys);
    let (bootstrap, faults, log_dir) = (args.bootstrap.clone(), args.fault.clone(), log_dir.to_owned());
    let own_log_dir = log_dir.clone();
    let starting = runtime.spawn(async move {
        let stand_in = provider_sim::paypal_stand_in(&own_keys).await.map_err(|error| {
            Failure::Unavailable(format!("the stand-in for PayPal cannot listen: {error}"))
        })?;
        let paypal = PaypalOverride {
            endpoint: stand_in.endpoint.clone(),
            trust_root_pem: Some(stand_in.trust_root_pem.clone()),
        };
        let options = Options {
            bootstrap: bootstrap.map_or(Bootstrap::SelfExec, Bootstrap::Path),
            secrets,
            paypal: Some(paypal),
            log_dir: own_log_dir,
            faults,
            ..Options::default()
        };
        let embedded = Box::pin(localstack::embedded::start(options)).await.map_err(not_up)?;
        Ok::<_, Failure>((embedded, stand_in))
    });
    let started = starting.await.map_err(|error| internal("starting the embedded cloud", &error))?;
    let (embedded, stand_in) = match started {
        Ok(started) => started,
        Err(failure) => {
            runtime.shutdown_background();
            return Err(failure);
        }
    };
    let ready = embedded.ready().clone();
    let clients = Clients::new(&ready);
    Ok(Target {
        name: "embedded".to_owned(),
        base_url: ready.api_base_url.clone(),
        keys,
        vault: Some(vault(&clients)),
        clients: Some(clients),
        query_signer: query_signer(&ready)?,
        log_dir: Some(log_dir),
        trusts_paypal: true,
        alarms: None,
        headers: headers(&ready)?,
        up: Up::Embedded(Box::new(Cloud { embedded, _stand_in: stand_in, runtime: Some(runtime) })),
    })
}

/// A function that does not start is the system's failure; anything else is the machine's or the command line's.
fn not_up(error: StartError) -> Failure {
    match error {
        StartError::Function { name, source, .. } => {
            Failure::NotStarted(NotStarted { function: name.to_owned(), reason: source.to_string() })
        }
        other => Failure::Unavailable(format!(
            "the embedded cloud does not start: {other}\nNext: mend that, or give another --bootstrap."
        )),
    }
}

impl Cloud {
    pub(super) fn idle(&self) -> bool {
        self.embedded.idle()
    }

    pub(super) fn child_pids(&self) -> Vec<u32> {
        self.embedded.child_pids()
    }

    /// Puts a fault in force, until [`Cloud::lift_fault`].
    pub fn add_fault(&self, fault: Fault) -> InForce {
        self.embedded.add_fault(fault)
    }

    /// Lifts a fault.
    pub fn lift_fault(&self, fault: &InForce) {
        self.embedded.lift_fault(fault);
    }

    /// Kills a function's processes, or with `*` those of all functions; how many.
    pub fn kill(&self, function: &str) -> usize {
        self.embedded.kill(function)
    }

    /// Functions' processes that have come up so far.
    pub fn cold_starts(&self) -> u64 {
        self.embedded.function_stats().values().map(|stats| stats.cold_starts).sum()
    }

    /// Ends the functions and the stores.
    pub(super) async fn shutdown(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // Whatever happens in there, the run is over and its report written.
        drop(runtime.spawn(self.embedded.shutdown()).await);
        runtime.shutdown_background();
    }
}

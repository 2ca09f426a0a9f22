//! A provider's webhooks straight into the table, for a host that is no `bootstrap`: another language's Lambda runtime asks for
//! events and hands them to [`DirectFunction::invoke`]. Settings, log, traces and answers are the validators'.

use std::time::Instant;

use tokio::runtime::Runtime;
use webhook_aws::{Aws, Target};
use webhook_core::certificate::TrustRoots;
use webhook_core::direct::Direct;
use webhook_core::keys::{Keyring, KeyringOptions};
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::function::Function;
use crate::invocation::{Failure, Invocation, guarded};
use crate::log::{Level, Line, Log, Message, Reason};
use crate::runtime::{RunError, log_panic, paypal_roots};
use crate::settings::DirectSettings;
use crate::stage::Deployment;
use crate::validator::Validator;
use crate::wiring::Real;
use crate::xray::{Daemon, Recorder, Traced};

/// One function, ready for events. A process has one, for as long as it lives, and Lambda asks it one thing at a time; calls side by
/// side are answered as well, and only their traces would be mixed.
pub struct DirectFunction {
    /// One thread, which is the caller's: it waits for the network most of the time.
    runtime: Runtime,
    validator: Validator<Direct<Real>>,
    trace: &'static Recorder,
}

impl DirectFunction {
    /// Reads the settings, connects, fetches the secret. What cannot be reached now costs the first event time, nothing else.
    /// `now_ms` (Unix milliseconds) replaces the machine's clock, for tests.
    ///
    /// # Errors
    /// The function is not configured; the error says all that is wrong, and is in the log.
    pub fn start(lookup: &dyn Fn(&str) -> Option<String>, now_ms: Option<i64>) -> Result<Self, RunError> {
        let began = Instant::now();
        let now = now_ms.map(UnixTime::from_millis);
        std::panic::set_hook(Box::new(log_panic));
        let started =
            DirectSettings::read(lookup).map_err(RunError::from).and_then(|it| Self::with(it, now, began));
        if let Err(error) = &started {
            let sentence = error.to_string();
            let reason = Some(Reason::masked(&sentence));
            let line = Line::new(Level::Error, Message::InvalidSettings, clock::now());
            Log::new(Level::Error).write(&Line { reason, ..line });
        }
        started
    }

    fn with(settings: DirectSettings, now: Option<UnixTime>, began: Instant) -> Result<Self, RunError> {
        let DirectSettings { provider, table, secret_id, paypal, log_level, aws, xray_daemon } = settings;
        let function = Function::Validator(provider);
        let daemon = xray_daemon.as_deref().map(Daemon::at).transpose();
        let no_daemon = daemon.as_ref().err().map(ToString::to_string);
        let trace = Recorder::new(function, daemon.unwrap_or_default()).forever();
        let log = Log::new(log_level).with_trace(trace);
        log.start_lacks(function, Message::TracingOff, no_daemon);
        let aws = Aws::new(aws);
        let paypal_roots = match provider {
            Provider::Paypal => paypal_roots(&paypal)?,
            Provider::Stripe | Provider::Square => TrustRoots::web(),
        };
        let transmissions = aws.transmissions_beside_payments(&table, clock::now);
        let direct = Direct::<Real> {
            provider,
            keyring: Keyring::new(
                Traced::new(aws.secrets(provider, &secret_id), trace, ""),
                Traced::new(aws.certificates(paypal.hosts.endpoint), trace, ""),
                KeyringOptions { paypal_roots, square_notification_url: None },
            ),
            transmissions: Traced::new(transmissions, trace, &table),
            payments: Traced::new(aws.payments(&table), trace, &table),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let targets = [Target::Tables];
            let warm = direct.keyring.warm(provider, now.unwrap_or_else(clock::now));
            let (secret, connections) = tokio::join!(warm, aws.warm(&targets));
            log.start_lacks(function, Message::WarmUpFailed, secret.err().map(|error| error.to_string()));
            log.start_lacks(
                function,
                Message::WarmUpFailed,
                connections.err().map(|error| error.to_string()),
            );
        });
        let validator = Validator::new(direct, Deployment::default(), log);
        let validator = match now {
            Some(now) => validator.with_clock(move || now),
            None => validator,
        };
        log.started(function, began);
        Ok(Self { runtime, validator, trace })
    }

    /// Answers one event, a proxy event's JSON text, with the JSON text of a proxy response. Blocks, a few seconds at most.
    /// `trace_header` is Lambda's of this invocation.
    ///
    /// # Errors
    /// The event is no proxy event, or the function is broken: the invocation is to fail.
    pub fn invoke(
        &self,
        event: &str,
        request_id: &str,
        trace_header: Option<String>,
    ) -> Result<String, Failure> {
        self.trace.begin(trace_header);
        let invocation = Invocation::begin(request_id);
        let done = self.runtime.block_on(guarded(&self.validator, event, invocation));
        self.trace.end(request_id, done.as_ref().err());
        done.map(|answer| serde_json::to_string(&answer).unwrap_or_default())
    }
}

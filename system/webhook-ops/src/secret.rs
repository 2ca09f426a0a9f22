//! `secret put` and `secret rotate`: a provider's signing secret, without a moment in which a genuine webhook is refused.
//!
//! Validators accept the current and the previous value. A rotation makes the new value current and so the old one previous, then the
//! provider is switched, and everything that was signed with either is accepted all along. What would break this is a second rotation
//! while the provider still signs with the first value: it pushes that one out. So it is declined for a while.
//!
//! Invariant: a value comes from standard input or a file, never from the command line; it is never printed, nor anything from which it
//! could be guessed.

mod form;
mod token;

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use webhook_aws::ops::Ops;
use webhook_core::keys::{REFETCH_PAUSE_SECS, SECRET_TTL_SECS};
use webhook_core::ports::SecretString;
use webhook_core::ports::ops::{SecretVault, SecretVersion, SecretVersions};
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::cli::{Common, duration};
use crate::clock;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::target::Deployment;
use crate::text::{age, rfc3339};
pub(crate) use form::{is_placeholder, validate};

/// Largest value read: Secrets Manager takes 64 KiB.
const VALUE_BYTES_MAX: u64 = 64 * 1024;

/// What to do with a secret.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a provider's first secret, or replace a placeholder
    Put(PutArgs),
    /// Replace a secret that is in use; the old value is accepted on until the next rotation
    Rotate(RotateArgs),
    /// Stop accepting the previous value: it leaked, or the provider was switched over long ago
    Retire(RetireArgs),
}

/// Flags of `secret retire`.
#[derive(Debug, Args)]
pub(crate) struct RetireArgs {
    /// Whose secret
    #[arg(long)]
    provider: Provider,
}

/// Flags of `secret put`.
#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    #[command(flatten)]
    value: ValueArgs,
}

/// Flags of `secret rotate`.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    value: ValueArgs,

    /// Then wait until the provider may be switched
    #[arg(long)]
    wait: bool,

    /// How long the provider may sign with the value before the last rotation; a rotation within it is declined
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    grace: Duration,

    /// Rotate within the grace period all the same: webhooks signed with the older value will be refused
    #[arg(long)]
    force: bool,
}

/// Where the value comes from.
#[derive(Debug, Args)]
struct ValueArgs {
    /// Whose secret
    #[arg(long)]
    provider: Provider,

    /// Read the value from this file instead of standard input. JSON: {"secret": "whsec_…"} (Stripe), {"webhook_id": "…"}
    /// (PayPal), {"key": "…", "notification_url": "…"} (Square)
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

impl SecretCommand {
    const fn provider(&self) -> Provider {
        match self {
            Self::Put(args) => args.value.provider,
            Self::Rotate(args) => args.value.provider,
            Self::Retire(args) => args.provider,
        }
    }

    /// Reads the value, if the command takes one. It is judged later, when the deployment's notification URL is known.
    pub(crate) fn given(&self) -> Result<Option<SecretString>, Failure> {
        match self {
            Self::Put(args) => args.value.read().map(Some),
            Self::Rotate(args) => args.value.read().map(Some),
            Self::Retire(_) => Ok(None),
        }
    }
}

impl ValueArgs {
    fn read(&self) -> Result<SecretString, Failure> {
        let mut bytes = Vec::new();
        let read = match &self.file {
            Some(path) => std::fs::File::open(path)
                .and_then(|file| file.take(VALUE_BYTES_MAX + 1).read_to_end(&mut bytes))
                .map_err(|error| Failure::Usage(format!("--file {}: {error}", path.display()))),
            None => std::io::stdin()
                .take(VALUE_BYTES_MAX + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::Usage(format!("standard input: {error}"))),
        };
        read?;
        if bytes.len() as u64 > VALUE_BYTES_MAX {
            return Err(Failure::Usage("the value is larger than 64 KiB".to_owned()));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(SecretString::new(text.trim())),
            // The bytes are dropped, not shown.
            Err(_) => Err(Failure::Usage("the value is not text in UTF-8".to_owned())),
        }
    }
}

/// Runs a command.
pub(crate) async fn run(
    command: &SecretCommand,
    given: Option<SecretString>,
    common: &Common,
    deployment: &Deployment,
    ops: &Ops,
    console: Console,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let provider = command.provider();
    let url = deployment.square_notification_url.as_deref();
    let new = given.map(|given| validate(provider, &given, url)).transpose().map_err(|reason| {
        Failure::Usage(format!("the value given is no secret of {provider}: {reason}\nNothing was changed."))
    })?;
    let name = deployment.secret(provider);
    let vault = ops.vault(&name);
    let new = new.unwrap_or_else(|| SecretString::new(""));
    let change =
        Change { vault: &vault, provider, name: &name, new: &new, dry_run: common.dry_run, now: clock::now };
    let (outcome, wait) = match command {
        SecretCommand::Put(_) => (change.put().await?, false),
        SecretCommand::Rotate(args) => (change.rotate(args.grace, args.force).await?, args.wait),
        SecretCommand::Retire(_) => (change.retire().await?, false),
    };
    console.object(&outcome);
    console.result(&outcome.text());
    match outcome.ready_at.filter(|_| wait && !common.dry_run) {
        Some(ready_at) => wait_until(ready_at, provider, console, interrupt).await,
        None => Ok(Exit::Done),
    }
}

async fn wait_until(
    ready_at: UnixTime,
    provider: Provider,
    console: Console,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let left = u64::try_from(ready_at.millis() - clock::now().millis()).unwrap_or(0);
    interrupt.pause(Duration::from_millis(left)).await;
    if interrupt.asked() {
        return Ok(Exit::Unclear);
    }
    console.note(&format!("Every validator accepts the new value now: switch {provider} over."));
    Ok(Exit::Done)
}

/// A change that is about to be made.
struct Change<'a, V> {
    vault: &'a V,
    provider: Provider,
    name: &'a str,
    new: &'a SecretString,
    dry_run: bool,
    now: fn() -> UnixTime,
}

/// What came of it. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Outcome {
    provider: Provider,
    secret: String,
    what: What,
    dry_run: bool,
    /// The version that is current now.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    /// From when on every validator accepts the new value, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    switch_provider_after: Option<String>,
    #[serde(skip)]
    ready_at: Option<UnixTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// There was none.
    Put,
    /// There was a placeholder.
    Replaced,
    /// The old value is the previous one now.
    Rotated,
    /// It is the current one already; or there is no previous one to retire.
    Unchanged,
    /// The previous value is accepted no more.
    Retired,
}

impl<V: SecretVault> Change<'_, V> {
    async fn put(&self) -> Result<Outcome, Failure> {
        let versions = self.versions().await?;
        let Some(current) = versions.current else {
            if !self.dry_run {
                let token = token::random()?;
                self.vault.add(&token, self.new).await?;
                return Ok(self.outcome(What::Put, Some(token)));
            }
            return Ok(self.outcome(What::Put, None));
        };
        if self.is_new(&current) {
            return Ok(self.outcome(What::Unchanged, Some(current.id)));
        }
        if !is_placeholder(&current.value) {
            return Err(Failure::Declined(format!(
                "{} has a value already, in force since {}; nothing was changed.\nNext: `webhookctl secret rotate --provider {}` \
                 replaces it and keeps it accepted meanwhile.",
                self.name,
                told(current.created_at),
                self.provider
            )));
        }
        let id = self.replace(&current).await?;
        if !self.dry_run {
            // The placeholder would be accepted as the previous secret, and it is public.
            self.vault.retire(&current.id).await?;
        }
        Ok(self.outcome(What::Replaced, id))
    }

    async fn rotate(&self, grace: Duration, force: bool) -> Result<Outcome, Failure> {
        let versions = self.versions().await?;
        let Some(current) = versions.current else {
            return Err(Failure::Declined(format!(
                "{} has no value yet, so there is nothing to rotate.\nNext: `webhookctl secret put --provider {}`.",
                self.name, self.provider
            )));
        };
        if self.is_new(&current) {
            return Ok(self.outcome(What::Unchanged, Some(current.id)));
        }
        if let Some(previous) = versions.previous.as_ref().filter(|_| !force) {
            self.decline_within(grace, &current, previous)?;
        }
        let id = self.replace(&current).await?;
        Ok(self.outcome(What::Rotated, id))
    }

    async fn retire(&self) -> Result<Outcome, Failure> {
        let versions = self.versions().await?;
        let Some(previous) = versions.previous else {
            return Ok(self.outcome(What::Unchanged, versions.current.map(|current| current.id)));
        };
        if !self.dry_run {
            self.vault.retire(&previous.id).await?;
        }
        Ok(self.outcome(What::Retired, versions.current.map(|current| current.id)))
    }

    async fn versions(&self) -> Result<SecretVersions, Failure> {
        self.vault.versions().await?.ok_or_else(|| {
            Failure::Unavailable(format!(
                "there is no secret {}.\nNext: apply the infrastructure first, which creates it without a value; or check \
                 --name-suffix.",
                self.name
            ))
        })
    }

    /// The previous value loses its place by this rotation. Was it in use a short while ago?
    fn decline_within(
        &self,
        grace: Duration,
        current: &SecretVersion,
        previous: &SecretVersion,
    ) -> Result<(), Failure> {
        let now = (self.now)();
        let rotated_at = current.created_at;
        let grace_ms = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        let recent = rotated_at.is_none_or(|at| now.millis().saturating_sub(at.millis()) < grace_ms);
        // Going back to the value before: it is not lost but becomes current.
        let comes_back = self.same(&previous.value);
        if !recent || comes_back {
            return Ok(());
        }
        Err(Failure::Declined(format!(
            "{} was last rotated {}. Only two values are accepted at a time: another rotation within {} h drops the one before, and \
             {} may still sign with it; its webhooks would be refused. Nothing was changed.\nNext: wait, or, if {} was switched over and \
             no older delivery is outstanding, add --force.",
            self.name,
            rotated_at.map_or_else(
                || "at an unknown time".to_owned(),
                |at| format!("at {} ({} ago)", rfc3339(at), age(at, now))
            ),
            grace.as_secs() / 3600,
            self.provider,
            self.provider
        )))
    }

    /// Adds the value and makes it current. Both steps can be repeated: the token depends on what they start from.
    async fn replace(&self, current: &SecretVersion) -> Result<Option<String>, Failure> {
        if self.dry_run {
            return Ok(None);
        }
        let token = token::of(current, self.new);
        self.vault.add(&token, self.new).await?;
        self.vault.promote(&token, &current.id).await.map_err(|error| {
            Failure::Unavailable(format!(
                "the new value was stored but is not in force: {error}\nNext: if somebody else rotates this secret at the same time, \
                 see what they did; otherwise run the same command again."
            ))
        })?;
        Ok(Some(token))
    }

    fn is_new(&self, current: &SecretVersion) -> bool {
        self.same(&current.value)
    }

    /// Whether a stored value says the same as the new one, in whatever form it was stored.
    fn same(&self, stored: &SecretString) -> bool {
        let stored = validate(self.provider, stored, None).unwrap_or_else(|_| stored.clone());
        let (one, other) = (stored.expose().as_bytes(), self.new.expose().as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
    }

    fn outcome(&self, what: What, version_id: Option<String>) -> Outcome {
        let ready_at = (what == What::Rotated)
            .then(|| UnixTime::from_millis((self.now)().millis() + REFETCH_PAUSE_SECS * 1000));
        Outcome {
            provider: self.provider,
            secret: self.name.to_owned(),
            what,
            dry_run: self.dry_run,
            version_id: version_id.map(|id| crate::text::shown(&id, 64)),
            switch_provider_after: ready_at.filter(|_| !self.dry_run).map(rfc3339),
            ready_at,
        }
    }
}

fn told(time: Option<UnixTime>) -> String {
    time.map_or_else(|| "an unknown time".to_owned(), rfc3339)
}

impl Outcome {
    /// For people.
    fn text(&self) -> String {
        let (provider, secret) = (self.provider, &self.secret);
        let mut text = match (self.what, self.dry_run) {
            (What::Put, false) => format!(
                "{secret} has its first value. Validators that were asked before have cached that there is none: they see it within a \
                 second.\n"
            ),
            (What::Replaced, false) => format!(
                "{secret} has a value in the place of its placeholder, which is accepted no more once caches have run out ({} s).\n",
                SECRET_TTL_SECS
            ),
            (What::Rotated, false) => format!(
                "{secret} is rotated. The old value is accepted on, until the next rotation.\n\
                 Switch {provider} over to the new value at {} or later: a validator that meets a signature it does not know asks \
                 for fresh secrets at most every {REFETCH_PAUSE_SECS} s; without such a signature it asks every {SECRET_TTL_SECS} s.\n",
                self.switch_provider_after.as_deref().unwrap_or("once")
            ),
            (What::Unchanged, _) => format!("{secret} is so already; nothing to do.\n"),
            (What::Retired, false) => format!(
                "The previous value of {secret} is retired: validators stop accepting it within {SECRET_TTL_SECS} s, as their caches \
                 run out.\n"
            ),
            (What::Retired, true) => format!("Would retire the previous value of {secret}.\n"),
            (What::Put, true) => format!("Would store the first value of {secret}.\n"),
            (What::Replaced, true) => format!("Would replace the placeholder in {secret}.\n"),
            (What::Rotated, true) => {
                format!("Would rotate {secret}: the new value becomes current, today's the previous one.\n")
            }
        };
        if self.dry_run {
            text.push_str("Nothing was changed.\n");
        }
        text
    }
}

#[cfg(test)]
mod tests;

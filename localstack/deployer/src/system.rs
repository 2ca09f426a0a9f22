//! The system on an emulator, from nothing to ready and back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use localstack::Ready;
use localstack::deployment::{DeployFlags, Order};
use localstack::ready::{Endpoints, QueryAuth};
use localstack::seed::SeedSecrets;
use serde_json::{Value, json};
use target_clients::Clients;

use crate::container::{Container, NotStarted};
use crate::emulator::{self, NoEmulator};
use crate::engine::{self, Mark, NoEngine, Published};
use crate::forward::Forward;
use crate::guard::Guard;
use crate::packages::{self, NoPackages};
use crate::profile::{NoProfile, Profile, UsageKey};
use crate::steps::Steps;
use crate::stop::{Stop, Stopped};
use crate::terraform::{self, Change, Failed, Stack};

/// Emulators have one account.
const ACCOUNT_ID: &str = "000000000000";
const REGION: &str = "us-east-1";
/// The environment that is deployed, and its stage.
const ENVIRONMENT: &str = "dev";
/// How long the functions may take until they answer for the first time.
const ANSWERING: Duration = Duration::from_secs(120);

/// The system does not come up.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] NoProfile),
    /// The container.
    #[error(transparent)]
    Container(#[from] NotStarted),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] NoEngine),
    /// The emulator.
    #[error(transparent)]
    Emulator(#[from] NoEmulator),
    /// The packages.
    #[error(transparent)]
    Packages(#[from] NoPackages),
    /// Terraform.
    #[error(transparent)]
    Terraform(#[from] Failed),
    /// Secrets that are not of the form.
    #[error("the secrets are not of the expected form: {}", localstack::seed::SECRETS_SHAPE)]
    Secrets,
    /// A secret is not taken.
    #[error("the secret {name} cannot be given its value: {reason}")]
    Seed {
        /// Which.
        name: String,
        /// What Secrets Manager says.
        reason: String,
    },
    /// An output of the stack is missing.
    #[error("the stack has no output `{0}`")]
    Output(&'static str),
    /// The stand-in for PayPal cannot be reached from functions.
    #[error("the stand-in for PayPal cannot be made known to the functions: {0}")]
    Paypal(std::io::Error),
    /// The functions do not answer.
    #[error(
        "the system was applied, but {path} answers {last} after {} s\nNext: once more with --keep, and look at the emulator's logs.",
        ANSWERING.as_secs()
    )]
    Silent {
        /// What was asked.
        path: String,
        /// What happened last.
        last: String,
    },
    /// The folder of the deployment.
    #[error("{}: {source}", .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Told to stop.
    #[error("told to stop")]
    Stopped(#[from] Stopped),
}

impl Trouble {
    /// Whether it was told to stop.
    pub const fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped(_) | Self::Terraform(Failed::Stopped))
    }

    /// Whether another attempt may succeed.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Terraform(Failed::Ended { command, .. }) if command == "apply")
    }

    /// Whether what was typed is wrong.
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Profile(_)
                | Self::Secrets
                | Self::Packages(NoPackages::Missing { .. } | NoPackages::Architecture { .. })
                | Self::Emulator(NoEmulator::Stranger(_))
        )
    }
}

/// How the deployment goes, whatever it has come to.
#[derive(Default)]
pub struct System {
    container: Option<Container>,
    stack: Option<Stack>,
    forward: Option<Forward>,
    folder: Option<PathBuf>,
    /// Of the containers that there may be.
    mark: Option<Mark>,
    /// Whether anything was applied to it.
    applied: bool,
    /// What a second plan wants to change and no profile explains.
    pub unexplained: Vec<Change>,
}

/// Where things are and what was asked for.
pub struct Wanted<'a> {
    /// Flags.
    pub flags: &'a DeployFlags,
    /// Secrets and stand-ins.
    pub order: &'a Order,
    /// The checkout whose stack is applied.
    pub checkout: &'a Path,
    /// Where folders of deployments are made.
    pub work_dir: &'a Path,
    /// A folder to take the provider from.
    pub mirror: Option<PathBuf>,
    /// Whether there is a token for LocalStack.
    pub licensed: bool,
    /// Takes everything down if this process cannot.
    pub guard: &'a Guard,
}

impl System {
    /// Brings everything up. What exists when it fails is still to be taken down.
    pub async fn up(&mut self, wanted: &Wanted<'_>, steps: &Steps, stop: &Stop) -> Result<Ready, Trouble> {
        let secrets: SeedSecrets =
            serde_json::from_value(wanted.order.secrets.clone()).map_err(|_| Trouble::Secrets)?;
        let http = emulator::client()?;
        // What costs nothing to find out comes first.
        let profile = profile(wanted, &http, stop).await?;
        stop.or(terraform::there()).await??;
        if wanted.flags.endpoint_url.is_none() {
            stop.or(engine::answers()).await??;
        }
        let folder = self.folder.insert(folder(wanted.work_dir)?).clone();
        wanted.guard.update(|charge| charge.folder = Some(folder.clone()));
        let given = wanted.flags.package_dir.as_deref().map(packages::given).transpose()?;
        // Whether there is such an image is known sooner than the functions are built.
        let endpoint = self.emulator(wanted, &folder, &profile, &http, steps, stop).await?;
        let packages = match given {
            Some(packages) => packages,
            None => {
                steps.say("building and packing the functions");
                stop.or(packages::made(&folder.join("packages"))).await??
            }
        };
        let values = self.values(wanted, &profile, &endpoint, &packages).await?;
        let stack = Stack::copy(wanted.checkout, &folder, &values, wanted.mirror.clone(), wanted.guard)?;
        let stack = self.stack.insert(stack);
        steps.say("terraform init");
        stack.init(stop).await?;
        steps.say("terraform apply");
        self.applied = true;
        wanted.guard.update(|charge| {
            charge.mirror.clone_from(&wanted.mirror);
            charge.stack = (!charge.containers).then(|| stack.folder().to_owned());
        });
        let outputs = stack.apply(steps, stop).await?;
        let ready = ready(&profile, &endpoint, &outputs, &folder, wanted.order)?;
        let ready = seed(ready, secrets).await?;
        steps.say("waiting for the functions");
        stop.or(answering(&http, &ready)).await??;
        if wanted.flags.check_stack {
            steps.say("planning again");
            self.unexplained = explained(stack.changes(stop).await?, &profile, steps);
        }
        steps.say("up");
        Ok(ready)
    }

    async fn emulator(
        &mut self,
        wanted: &Wanted<'_>,
        folder: &Path,
        profile: &Profile,
        http: &reqwest::Client,
        steps: &Steps,
        stop: &Stop,
    ) -> Result<String, Trouble> {
        if let Some(endpoint) = &wanted.flags.endpoint_url {
            let endpoint = endpoint.trim_end_matches('/').to_owned();
            steps.say(&format!("{} at {endpoint}", profile.name));
            return Ok(endpoint);
        }
        let image = wanted.flags.image.as_deref().unwrap_or(&profile.image);
        steps.say(&format!("starting a container of {image}"));
        let mark = self.mark.insert(Mark::of(folder));
        wanted.guard.update(|charge| charge.containers = true);
        let container = self.container.insert(stop.or(Container::start(profile, image, mark)).await??);
        let up = async {
            tokio::select! {
                up = emulator::up(http, &container.endpoint, profile) => up,
                () = container.ended() => Err(NoEmulator::Ended),
            }
        };
        if let Err(error) = stop.or(up).await? {
            steps.say(&format!("the container's last words:\n{}", container.last_words().await));
            return Err(error.into());
        }
        steps.say(&format!("{} at {}, container {}", profile.name, container.endpoint, container.id()));
        Ok(container.endpoint.clone())
    }

    /// The stack's variables.
    async fn values(
        &mut self,
        wanted: &Wanted<'_>,
        profile: &Profile,
        endpoint: &str,
        packages: &Path,
    ) -> Result<Value, Trouble> {
        let published = match &self.container {
            Some(container) => Some(container.published()),
            None => engine::published(endpoint).await,
        };
        let of_functions = profile.endpoint_of_functions(endpoint, published.map(|published| published.port));
        let mut environment = BTreeMap::new();
        environment.extend(of_functions.map(|endpoint| ("AWS_ENDPOINT_URL", endpoint)));
        if let Some(paypal) = &wanted.order.paypal {
            let endpoint = match published {
                Some(Published { address, .. }) => {
                    let forward = Forward::start(&paypal.endpoint, address).await;
                    self.forward.insert(forward.map_err(Trouble::Paypal)?).url.clone()
                }
                None => paypal.endpoint.clone(),
            };
            environment.insert("PAYPAL_ENDPOINT", endpoint);
            environment.extend(paypal.trust_root_pem.clone().map(|root| ("PAYPAL_TRUST_ROOT", root)));
        }
        Ok(json!({
            "account_id": ACCOUNT_ID,
            "endpoint_url": endpoint,
            "emulator_lacks": profile.stack.lacks,
            "package_dir": packages,
            "fat_packages": true,
            "lambda_architecture": packages::architecture(),
            "extra_environment": environment,
            "paypal_environment": "live",
            "paypal_receivers": wanted.order.paypal_receivers,
        }))
    }

    /// Takes everything down that there is, or leaves it and says how to go on. Gives what could not be removed.
    pub async fn down(mut self, flags: &DeployFlags, steps: &Steps) -> Vec<String> {
        self.forward = None;
        if flags.keep && self.applied {
            self.leave(steps);
            return Vec::new();
        }
        let mut left = Vec::new();
        // With its container everything goes.
        let destroy = self.applied && (self.container.is_none() || flags.check_stack);
        if let (true, Some(stack)) = (destroy, &self.stack) {
            steps.say("terraform destroy");
            if let Err(error) = stack.destroy(steps, &Stop::never()).await {
                left.push(stack.still_there(&error));
            }
        }
        if let Some(container) = self.container {
            steps.say("removing the container");
            // The engine is asked again below.
            let _ = container.remove().await;
        }
        if let Some(mark) = &self.mark
            && let Err(reason) = engine::remove(mark).await
        {
            left.push(format!(
                "containers are still there: {reason}\nNext: docker rm --force $(docker ps --all --quiet --filter label={})",
                mark.label()
            ));
        }
        if let (true, Some(folder)) = (left.is_empty(), &self.folder) {
            // Nobody misses what is still there.
            let _ = std::fs::remove_dir_all(folder);
        }
        left
    }

    fn leave(self, steps: &Steps) {
        let mut text = "left up (--keep).".to_owned();
        if let Some(stack) = &self.stack {
            let folder = stack.folder().display();
            text.push_str(&format!(
                "\n  Again with other values:   edit {folder}/deployment.tfvars.json and terraform apply there, with\n    \
                 -var-file=environments/dev.tfvars -var-file=deployment.tfvars.json"
            ));
        }
        if let Some(container) = self.container {
            let label = self.mark.as_ref().map(Mark::label).unwrap_or_default();
            text.push_str(&format!(
                "\n  To remove all of it:       docker rm --force $(docker ps --all --quiet --filter label={label})"
            ));
            container.leave();
        }
        steps.say(&text);
    }
}

/// A folder whose name no other deployment has or had.
fn folder(work_dir: &Path) -> Result<PathBuf, Trouble> {
    let wrong = |source| Trouble::Folder { path: work_dir.to_owned(), source };
    std::fs::create_dir_all(work_dir).map_err(wrong)?;
    let folder = tempfile::Builder::new().prefix("deployment-").tempdir_in(work_dir).map_err(wrong)?;
    std::path::absolute(folder.keep()).map_err(wrong)
}

/// What the emulator is like, which may run already.
async fn profile(wanted: &Wanted<'_>, http: &reqwest::Client, stop: &Stop) -> Result<Profile, Trouble> {
    let flags = wanted.flags;
    match (&flags.profile, &flags.endpoint_url) {
        (Some(name), _) => Ok(Profile::named(name)?),
        (None, Some(endpoint)) => {
            Ok(stop.or(emulator::recognize(http, endpoint.trim_end_matches('/'))).await??)
        }
        (None, None) => Ok(Profile::of_image(flags.image.as_deref(), wanted.licensed)?),
    }
}

/// Says what a second plan wants to change, and gives what no profile explains.
fn explained(changes: Vec<Change>, profile: &Profile, steps: &Steps) -> Vec<Change> {
    if changes.is_empty() {
        steps.say("a second plan changes nothing");
        return changes;
    }
    let (known, unexplained): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| {
        let explains =
            |attribute: &String| profile.drift.iter().any(|drift| drift.explains(change, attribute));
        !change.attributes.is_empty() && change.attributes.iter().all(explains)
    });
    for drift in &profile.drift {
        let of_it: Vec<&Change> = known.iter().filter(|change| drift.is_about(&change.address)).collect();
        let mut attributes: Vec<&str> =
            of_it.iter().flat_map(|change| change.attributes.iter().map(String::as_str)).collect();
        attributes.sort_unstable();
        attributes.dedup();
        if !of_it.is_empty() {
            let (count, what) = (of_it.len(), &drift.resource);
            steps.say(&format!(
                "drift, expected: {count} of {what}: {}\n    {}",
                attributes.join(", "),
                drift.reason
            ));
        }
    }
    for change in &unexplained {
        steps.say(&format!("drift, NOT EXPLAINED: {}: {}", change.address, change.attributes.join(", ")));
    }
    unexplained
}

/// Where everything is, from the stack's outputs.
fn ready(
    profile: &Profile,
    endpoint: &str,
    outputs: &Value,
    folder: &Path,
    order: &Order,
) -> Result<Ready, Trouble> {
    let stack = &outputs["webhookctl"]["value"];
    let text = |name: &'static str| stack[name].as_str().map(str::to_owned).ok_or(Trouble::Output(name));
    let map = |value: &Value| serde_json::from_value::<BTreeMap<String, String>>(value.clone());
    let api_id = outputs["api_id"]["value"].as_str().ok_or(Trouble::Output("api_id"))?;
    let keys = map(&outputs["usage_keys"]["value"]).map_err(|_| Trouble::Output("usage_keys"))?;
    let header = |(provider, key)| (provider, BTreeMap::from([("x-api-key".to_owned(), key)]));
    let here = || endpoint.to_owned();
    let api_base_url = profile.api_url(endpoint, api_id, ENVIRONMENT);
    Ok(Ready {
        target: profile.name.clone(),
        endpoints: Endpoints {
            s3: here(),
            dynamodb: here(),
            sqs: here(),
            secretsmanager: here(),
            lambda: here(),
            xray: (!profile.lacks("tracing")).then(here),
        },
        region: REGION.to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        table: text("table")?,
        raw_bucket: text("raw_bucket")?,
        processed_bucket: text("processed_bucket")?,
        dlq_url: text("dlq_url")?,
        secrets: map(&stack["secrets"]).map_err(|_| Trouble::Output("secrets"))?,
        // The functions' logs are in the emulator.
        log_dir: folder.join("logs"),
        transmissions_table: Some(text("transmissions_table")?),
        square_notification_url: None,
        xray_daemon: None,
        paypal_receivers: order.paypal_receivers.clone(),
        webhook_headers: match profile.api.usage_key {
            UsageKey::Header => keys.into_iter().map(header).collect(),
            UsageKey::Authorizer => BTreeMap::new(),
        },
        pid: Some(std::process::id()),
        query_auth: Some(QueryAuth::aws_iam("test", "test", REGION)),
        api_base_url,
    })
}

/// Gives the secrets their values.
async fn seed(mut ready: Ready, secrets: SeedSecrets) -> Result<Ready, Trouble> {
    let clients = Clients::new(&ready);
    let secrets = secrets.complete(&format!("{}/api/v1/webhooks/square", ready.api_base_url));
    for (provider, value) in &secrets.values {
        let name = ready.secrets.get(*provider).ok_or(Trouble::Output("secrets"))?;
        clients
            .put_secret(name, value)
            .await
            .map_err(|error| Trouble::Seed { name: name.clone(), reason: error.to_string() })?;
    }
    ready.square_notification_url = Some(secrets.square_notification_url);
    Ok(ready)
}

/// Waits until every function answers: cold starts are the emulator's matter, not the load test's.
async fn answering(http: &reqwest::Client, ready: &Ready) -> Result<(), Trouble> {
    for (provider, body) in PROBES {
        let path = format!("/api/v1/webhooks/{provider}");
        let url = format!("{}{path}", ready.api_base_url);
        let probe = || {
            let request = http.post(&url).header("content-type", "application/json").body(body);
            let headers = ready.webhook_headers.get(provider).into_iter().flatten();
            headers.fold(request, |request, (name, value)| request.header(name, value))
        };
        patiently(&path, 401, probe).await?;
    }
    Ok(())
}

/// Events without a signature: every validator has to refuse them, and has to run for that.
const PROBES: [(&str, &str); 3] = [
    (
        "stripe",
        r#"{"id":"evt_probe","object":"event","type":"payment_intent.succeeded","created":1767225600,"livemode":false,"pending_webhooks":1,"api_version":null,"request":null,"data":{"object":{"id":"pi_probe","object":"payment_intent","amount":1,"currency":"eur","status":"succeeded","created":1767225600}}}"#,
    ),
    (
        "paypal",
        r#"{"id":"WH-PROBE","event_version":"1.0","create_time":"2026-01-01T00:00:00Z","resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"probe","resource":{"id":"PROBE","amount":{"value":"1.00","currency_code":"EUR"},"status":"COMPLETED"},"links":[]}"#,
    ),
    (
        "square",
        r#"{"merchant_id":"PROBE","type":"payment.updated","event_id":"00000000-0000-0000-0000-000000000000","created_at":"2026-01-01T00:00:00Z","data":{"type":"payment","id":"PROBE","object":{"payment":{"id":"PROBE","amount_money":{"amount":1,"currency":"EUR"},"status":"COMPLETED"}}}}"#,
    ),
];

async fn patiently(
    path: &str,
    wanted: u16,
    request: impl Fn() -> reqwest::RequestBuilder,
) -> Result<(), Trouble> {
    let began = Instant::now();
    loop {
        let last = match request().send().await {
            Ok(answer) if answer.status().as_u16() == wanted => return Ok(()),
            Ok(answer) => {
                let status = answer.status();
                let body: String = answer.text().await.unwrap_or_default().chars().take(200).collect();
                format!("{status} {body}")
            }
            Err(error) => error.to_string(),
        };
        if began.elapsed() > ANSWERING {
            return Err(Trouble::Silent { path: path.to_owned(), last });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[cfg(test)]
mod tests;

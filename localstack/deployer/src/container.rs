//! The emulator in a container, bound to this machine's loopback alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use testcontainers::bollard::models::PortBinding;
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _, TestcontainersError};

use crate::engine::{DEPLOYMENT, Mark, Published, causes};
use crate::profile::Profile;

/// The port that emulators of AWS listen on.
pub const PORT: u16 = 4566;
/// Pulling an image may take minutes.
const START: Duration = Duration::from_secs(600);
/// Between two looks whether a container still runs.
const LOOK: Duration = Duration::from_millis(500);
/// Containers of this program, for whoever looks for one that was left behind.
const LABEL: (&str, &str) = ("peakproof", "emulator");
/// The default network by its own name: by no other the address of a container in it is told.
const NETWORK: &str = "bridge";
const SOCKET: &str = "/var/run/docker.sock";

/// A running container; it is removed when this is dropped.
pub struct Container {
    inner: ContainerAsync<GenericImage>,
    /// Where the emulator answers.
    pub endpoint: String,
    /// The container's own address, where the engine shares this machine's network.
    address: Option<IpAddr>,
}

/// The image is not here and cannot be got, or its container does not start.
#[derive(Debug, thiserror::Error)]
#[error(
    "the container of {image} does not start: {reason}\nNext: look at `docker pull {image}`; where nothing can be pulled, \
     localstack/image/build makes peakproof/ministack, to be given with --image."
)]
pub struct NotStarted {
    image: String,
    reason: String,
}

impl Container {
    /// Starts the image. Broken off in the middle, it may leave a container that has the mark.
    #[expect(clippy::disallowed_methods, reason = "variables that a profile passes on")]
    pub async fn start(profile: &Profile, image: &str, mark: &Mark) -> Result<Self, NotStarted> {
        let failed =
            |error: TestcontainersError| NotStarted { image: image.to_owned(), reason: causes(&error) };
        let (name, tag) = split(image);
        let request = GenericImage::new(name, tag).with_exposed_port(PORT.tcp()).with_startup_timeout(START);
        let request = request.with_label(LABEL.0, LABEL.1).with_label(DEPLOYMENT, mark.value());
        let request = request.with_network(NETWORK);
        let mut request = request.with_host_config_modifier(|config| {
            // By default every interface of this machine would be bound.
            config.publish_all_ports = Some(false);
            let loopback = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: None };
            config.port_bindings = Some(HashMap::from([(format!("{PORT}/tcp"), Some(vec![loopback]))]));
        });
        for (name, value) in &profile.container.environment {
            request = request.with_env_var(name, value.replace("{label}", &mark.label()));
        }
        for name in &profile.container.pass_on {
            if let Ok(value) = std::env::var(name) {
                request = request.with_env_var(name, value);
            }
        }
        if profile.container.docker_socket {
            request = request.with_mount(Mount::bind_mount(SOCKET, SOCKET));
        }
        let inner = request.start().await.map_err(failed)?;
        let port = inner.get_host_port_ipv4(PORT.tcp()).await.map_err(failed)?;
        let address = inner.get_bridge_ip_address().await.ok().filter(|_| cfg!(target_os = "linux"));
        Ok(Self { endpoint: format!("http://127.0.0.1:{port}"), address, inner })
    }

    /// Its id, for `docker logs` and the like.
    pub fn id(&self) -> String {
        self.inner.id().chars().take(12).collect()
    }

    /// As this machine sees it.
    pub const fn published(&self) -> Published {
        Published { address: self.address, port: PORT }
    }

    /// The last lines that it printed.
    pub async fn last_words(&self) -> String {
        let mut text = self.inner.stdout_to_vec().await.unwrap_or_default();
        text.extend(self.inner.stderr_to_vec().await.unwrap_or_default());
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Returns when it has ended by itself.
    pub async fn ended(&self) {
        // An engine that does not answer is told by what comes next.
        while self.inner.is_running().await.unwrap_or(true) {
            tokio::time::sleep(LOOK).await; // poll
        }
    }

    /// Removes it.
    pub async fn remove(self) -> Result<(), String> {
        self.inner.rm().await.map_err(|error| error.to_string())
    }

    /// Leaves it running after this program.
    pub fn leave(self) {
        std::mem::forget(self.inner);
    }
}

/// Name and tag of an image; a registry's port is no tag.
fn split(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_behind_the_last_colon_unless_that_is_a_registrys_port() {
        assert_eq!(split("localstack/localstack:4.14.0"), ("localstack/localstack", "4.14.0"));
        assert_eq!(split("registry.example:5000/a/b"), ("registry.example:5000/a/b", "latest"));
        assert_eq!(split("registry.example:5000/a/b:1"), ("registry.example:5000/a/b", "1"));
    }
}

//! The Docker engine: whether it answers, and what a deployment has in it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;

use testcontainers::bollard::Docker;
use testcontainers::bollard::models::ContainerSummary;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;

/// The label that tells whose a container is.
pub const DEPLOYMENT: &str = "peakproof.deployment";

/// No engine answers.
#[derive(Debug, thiserror::Error)]
#[error(
    "no Docker engine answers: {0}\nNext: start one, give a running emulator with --endpoint-url, or use the embedded target, which needs \
     nothing."
)]
pub struct NoEngine(String);

/// A deployment's containers: the emulator's, and those that it starts for functions where it is told to label them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// By the deployment's own folder, whose name is like no other's.
    pub fn of(folder: &Path) -> Self {
        Self(folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// The label's value.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The label as Docker's command line takes it.
    pub fn label(&self) -> String {
        format!("{DEPLOYMENT}={}", self.0)
    }
}

/// Whether an engine answers.
pub async fn answers() -> Result<(), NoEngine> {
    client().await?.ping().await.map(drop).map_err(|error| NoEngine(causes(&error)))
}

/// A container as this machine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Its own address, where the engine shares this machine's network.
    pub address: Option<IpAddr>,
    /// The port that the emulator has within.
    pub port: u16,
}

/// The container that answers at an address of this machine, if it is one and not a process; without an engine it cannot be one.
pub async fn published(endpoint: &str) -> Option<Published> {
    let url = reqwest::Url::parse(endpoint).ok()?;
    let here = url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127."));
    let port = url.port_or_known_default().filter(|_| here)?;
    publishing(&client().await.ok()?.list_containers(None).await.ok()?, port)
}

fn publishing(containers: &[ContainerSummary], port: u16) -> Option<Published> {
    containers.iter().find_map(|container| {
        let mut ports = container.ports.iter().flatten();
        let inner = ports.find(|of_it| of_it.public_port == Some(port))?.private_port;
        let networks = container.network_settings.iter().filter_map(|settings| settings.networks.as_ref());
        let mut addresses =
            networks.flatten().filter_map(|(_, network)| network.ip_address.as_deref()?.parse().ok());
        Some(Published { address: addresses.next().filter(|_| cfg!(target_os = "linux")), port: inner })
    })
}

/// Removes every container of a deployment, also one whose start was broken off.
pub async fn remove(mark: &Mark) -> Result<(), String> {
    let docker = client().await.map_err(|error| error.to_string())?;
    let filters = HashMap::from([("label", vec![mark.label()])]);
    let all = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let found = docker.list_containers(Some(all)).await.map_err(|error| causes(&error))?;
    let force = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    for id in found.into_iter().filter_map(|container| container.id) {
        docker.remove_container(&id, Some(force.clone())).await.map_err(|error| causes(&error))?;
    }
    Ok(())
}

async fn client() -> Result<Docker, NoEngine> {
    docker_client_instance().await.map_err(|error| NoEngine(causes(&error)))
}

/// An error with what caused it, once each.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use testcontainers::bollard::models::{ContainerSummaryNetworkSettings, EndpointSettings, PortSummary};

    use super::*;

    #[test]
    fn a_container_is_found_by_the_port_that_it_has_here() {
        let port =
            |public_port, private_port| PortSummary { private_port, public_port, ..PortSummary::default() };
        let network =
            EndpointSettings { ip_address: Some("172.18.0.2".to_owned()), ..EndpointSettings::default() };
        let networks = Some(HashMap::from([("compose_default".to_owned(), network)]));
        let emulator = ContainerSummary {
            ports: Some(vec![port(None, 4510), port(Some(14566), 4566)]),
            network_settings: Some(ContainerSummaryNetworkSettings { networks }),
            ..ContainerSummary::default()
        };
        let all = [ContainerSummary::default(), emulator];
        let address = cfg!(target_os = "linux").then(|| "172.18.0.2".parse().expect("an address"));
        assert_eq!(publishing(&all, 14566), Some(Published { address, port: 4566 }));
        assert_eq!(publishing(&all, 4566), None, "that is the port within");
    }

    #[test]
    fn a_deployment_is_known_by_the_name_of_its_folder() {
        let mark = Mark::of(Path::new("/somewhere/.localstack/deployment-Ab3"));
        assert_eq!(mark.label(), "peakproof.deployment=deployment-Ab3");
    }
}

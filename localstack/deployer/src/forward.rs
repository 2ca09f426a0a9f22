//! Lets functions in a container reach the stand-in for PayPal, which listens on this machine's loopback: a port on the address
//! by which containers know this machine, for the emulator's containers alone.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// By this name a container reaches its host where the engine runs in a virtual machine.
const HOST: &str = "host.docker.internal";

/// Forwards until it is dropped.
#[derive(Debug)]
pub struct Forward {
    /// The stand-in's URL as functions have to say it.
    pub url: String,
    task: Option<JoinHandle<()>>,
}

impl Drop for Forward {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Forward {
    /// To a URL on loopback, from containers of the network that `container` is in; without such an address the engine's own
    /// name for this machine has to do.
    pub async fn start(to: &str, container: Option<IpAddr>) -> std::io::Result<Self> {
        let bad = || std::io::Error::other(format!("{to} is not http://HOST:PORT"));
        let authority = to.strip_prefix("http://").ok_or_else(bad)?.trim_end_matches('/');
        let target = tokio::net::lookup_host(authority).await?.next().ok_or_else(bad)?;
        if !target.ip().is_loopback() {
            return Ok(Self { url: to.to_owned(), task: None });
        }
        let Some(container) = container else {
            return Ok(Self { url: format!("http://{HOST}:{}", target.port()), task: None });
        };
        let own = towards(container)?;
        let listener = TcpListener::bind(SocketAddr::new(own, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((mut from, peer)) = listener.accept().await {
                if !same_network(peer.ip(), container) {
                    continue;
                }
                tokio::spawn(async move {
                    if let Ok(mut there) = TcpStream::connect(target).await {
                        // Either side may hang up.
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut there).await;
                    }
                });
            }
        });
        Ok(Self { url, task: Some(task) })
    }
}

/// The address of this machine that packets to another one leave from. Nothing is sent.
fn towards(other: IpAddr) -> std::io::Result<IpAddr> {
    let any: SocketAddr = if other.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect((other, 9))?;
    Ok(socket.local_addr()?.ip())
}

/// Whether two addresses are of one bridge network, which is a /16 unless somebody made it smaller.
fn same_network(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..2] == other.octets()[..2],
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn bytes_go_through_for_neighbours_only() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"paypal").await;
            }
        });
        let read = async |url: &str| {
            let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.expect("it listens");
            let mut text = String::new();
            // One that is not let in is hung up on.
            let _ = stream.read_to_string(&mut text).await;
            text
        };
        let neighbour = Forward::start(&to, Some([127, 0, 0, 7].into())).await.expect("it starts");
        assert_eq!(read(&neighbour.url).await, "paypal");
        assert!(!same_network([10, 0, 0, 1].into(), [172, 17, 0, 2].into()));
        assert!(same_network([172, 17, 0, 3].into(), [172, 17, 0, 2].into()));
    }

    #[tokio::test]
    async fn what_is_not_on_loopback_needs_no_help() {
        let elsewhere =
            Forward::start("http://192.0.2.1:80", Some([127, 0, 0, 7].into())).await.expect("a URL");
        assert_eq!(elsewhere.url, "http://192.0.2.1:80");
        let virtual_machine = Forward::start("http://127.0.0.1:8080", None).await.expect("a URL");
        assert_eq!(virtual_machine.url, "http://host.docker.internal:8080");
        assert!(Forward::start("ftp://x", None).await.is_err());
    }
}

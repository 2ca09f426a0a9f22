//! The daemon's UDP port: one document a datagram, after a line that names the format. What cannot be read is dropped, as
//! nobody waits for an answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::tracer::Tracer;

/// Longest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_536;

/// The listening daemon; ends when dropped.
pub(crate) struct Daemon {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Daemon {
    /// Listens on any free port of loopback.
    pub(crate) async fn start(tracer: Tracer) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        Ok(Self { address, task: tokio::spawn(listen(socket, tracer)) })
    }

    /// Host and port, as `AWS_XRAY_DAEMON_ADDRESS` has them.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(socket: UdpSocket, tracer: Tracer) {
    let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        match socket.recv(&mut datagram).await {
            Ok(length) => {
                let taken = document(&datagram[..length]).is_some_and(|text| tracer.take(text).is_ok());
                if !taken {
                    tracing::debug!(length, "a datagram is not a segment document");
                }
            }
            Err(error) => tracing::debug!(%error, "a datagram could not be received"),
        }
    }
}

/// What follows the format line.
pub(super) fn document(datagram: &[u8]) -> Option<&str> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
        version: u32,
    }
    let text = std::str::from_utf8(datagram).ok()?;
    let (format, document) = text.split_once('\n')?;
    let format: Format = serde_json::from_str(format).ok()?;
    (format.format == "json" && format.version == 1).then_some(document)
}

//! The way to the X-Ray daemon: one UDP datagram a document, never waited for.
//!
//! Whether a datagram arrives nobody learns. That is the point: a trace must never hold up or fail a webhook.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// What every datagram begins with.
const FORMAT: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// Longest document in bytes. A datagram carries 65,507 at most, [`FORMAT`] included.
pub(super) const DOCUMENT_BYTES_MAX: usize = 64_000;

/// The daemon that runs beside the function.
#[derive(Debug)]
pub struct Daemon {
    socket: UdpSocket,
}

/// No trace can be sent, which is no reason not to serve.
#[derive(Debug, thiserror::Error)]
pub enum NoDaemon {
    /// Not an address.
    #[error("AWS_XRAY_DAEMON_ADDRESS is neither IP:PORT nor `tcp:IP:PORT udp:IP:PORT`")]
    Address,
    /// The operating system gives no socket for it.
    #[error("no socket for traces: {0}")]
    Socket(#[from] io::Error),
}

impl Daemon {
    /// A way to the daemon at `address`, in the form of `AWS_XRAY_DAEMON_ADDRESS`. Nothing is sent yet, and nobody needs to
    /// listen.
    ///
    /// # Errors
    /// The address cannot be read, or there is no socket.
    pub fn at(address: &str) -> Result<Self, NoDaemon> {
        let address = udp_address(address).ok_or(NoDaemon::Address)?;
        let any: IpAddr = match address {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0))?;
        socket.set_nonblocking(true)?;
        socket.connect(address)?;
        Ok(Self { socket })
    }

    /// Sends a document, or loses it.
    pub(super) fn send(&self, document: &[u8]) {
        let mut datagram = Vec::with_capacity(FORMAT.len() + document.len());
        datagram.extend_from_slice(FORMAT);
        datagram.extend_from_slice(document);
        // A full buffer, or nobody listening (told by the answer to an earlier one): the trace is lost, nothing else.
        let _ = self.socket.send(&datagram);
    }
}

/// `IP:PORT`, or the one after `udp:` in `tcp:IP:PORT udp:IP:PORT`. Lambda gives an IP address; a name would have to be
/// looked up, which can block.
fn udp_address(text: &str) -> Option<SocketAddr> {
    let mut words = text.split_whitespace();
    if let Some(udp) = text.split_whitespace().find_map(|word| word.strip_prefix("udp:")) {
        return udp.parse().ok();
    }
    let only = words.next()?;
    if words.next().is_some() { None } else { only.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(udp_address(text), expected.map(|address| address.parse().unwrap()), "{text}");
    }

    #[test]
    fn addresses() {
        check("169.254.79.129:2000", Some("169.254.79.129:2000"));
        check("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", Some("127.0.0.2:2001"));
        check("udp:127.0.0.2:2001  tcp:127.0.0.1:2000", Some("127.0.0.2:2001"));
        check("udp:127.0.0.2:2001", Some("127.0.0.2:2001"));
        check("[::1]:2000", Some("[::1]:2000"));
        check("", None);
        check("tcp:127.0.0.1:2000", None);
        check("127.0.0.1", None);
        check("localhost:2000", None);
        check("127.0.0.1:2000 127.0.0.1:2001", None);
    }

    #[test]
    fn a_daemon_that_nobody_is_costs_nothing_but_the_trace() {
        let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let daemon = Daemon::at(&gone.to_string()).unwrap();
        for _ in 0..1000 {
            daemon.send(b"{}");
        }
        assert!(matches!(Daemon::at("nowhere"), Err(NoDaemon::Address)));
    }

    #[test]
    fn a_datagram_is_the_format_line_and_the_document() {
        let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
        Daemon::at(&listener.local_addr().unwrap().to_string()).unwrap().send(b"{\"id\":1}");
        let mut datagram = [0; 64];
        let length = listener.recv(&mut datagram).unwrap();
        assert_eq!(&datagram[..length], b"{\"format\":\"json\",\"version\":1}\n{\"id\":1}");
    }
}

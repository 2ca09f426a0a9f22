//! A target that somebody else started: what it says of itself is read, and its address tried, before anything is sent there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;
use url::Url;

use crate::ready::Ready;

/// How long the first connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// Why a target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// There is no ready file.
    #[error(
        "cannot read the ready file {0}: {source}\nNext: start the target with `localstack up --ready-file {0}` and wait until the \
         file is there.",
        .path.display()
    )]
    NoReadyFile {
        /// Where it was looked for.
        path: PathBuf,
        /// What the file system says.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{} is no ready file of `localstack up`: {source}", .path.display())]
    NotReady {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The address is none.
    #[error("`{url}` is not a URL: {source}; e.g. http://127.0.0.1:8080/dev")]
    NotAUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
    /// The address is one of another protocol.
    #[error("`{0}` is not an http:// or https:// URL")]
    NotHttp(String),
    /// Nobody listens there.
    #[error(
        "the target does not answer: connecting to {host}:{port} (from {url}): {reason}\nNothing was sent.\nNext: start the target, or \
         leave out --target and --ready-file to use the embedded one, which needs nothing."
    )]
    Silent {
        /// The host that was tried.
        host: String,
        /// The port.
        port: u16,
        /// The address that named them.
        url: String,
        /// What happened instead of an answer.
        reason: String,
    },
}

impl Unreachable {
    /// Whether what was typed is wrong, rather than the target down.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::NotReady { .. } | Self::NotAUrl { .. } | Self::NotHttp(_))
    }
}

/// What a ready file says, once the target that wrote it has taken a connection.
///
/// # Errors
/// The file is none, or nobody listens where it points.
pub async fn ready(path: &Path) -> Result<Ready, Unreachable> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Unreachable::NoReadyFile { path: path.to_owned(), source })?;
    let ready: Ready = serde_json::from_str(&text)
        .map_err(|source| Unreachable::NotReady { path: path.to_owned(), source })?;
    reach(&ready.api_base_url).await?;
    Ok(ready)
}

/// Fails fast where nobody listens: better now than after a minute of refused connections.
///
/// # Errors
/// The address is none, or nobody listens there.
pub async fn reach(base_url: &str) -> Result<(), Unreachable> {
    let parsed =
        Url::parse(base_url).map_err(|source| Unreachable::NotAUrl { url: base_url.to_owned(), source })?;
    let port = parsed.port_or_known_default();
    let (Some(host), Some(port), "http" | "https") = (parsed.host_str(), port, parsed.scheme()) else {
        return Err(Unreachable::NotHttp(base_url.to_owned()));
    };
    let silent = |reason: String| {
        Err(Unreachable::Silent { host: host.to_owned(), port, url: base_url.to_owned(), reason })
    };
    let address = (host.trim_matches(['[', ']']).to_owned(), port);
    match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => silent(error.to_string()),
        Err(_) => silent(format!("no connection within {} s", CONNECT.as_secs())),
    }
}

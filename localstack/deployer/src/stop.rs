//! When to stop: Ctrl-C, SIGTERM, or, for whoever ordered a deployment, the end of standard input.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Told to everything that can stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// What was done was broken off, because it was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("told to stop")]
pub struct Stopped;

impl Stop {
    /// Listens for signals; with `input`, also for its end. A second signal ends the process at once.
    pub fn listen(input: Option<impl AsyncRead + Send + Unpin + 'static>) -> std::io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let by_input = tell.clone();
        tokio::spawn(async move {
            let mut signals = 0;
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                signals += 1;
                if signals > 1 {
                    std::process::exit(130);
                }
                tell.send_replace(true);
            }
        });
        if let Some(mut input) = input {
            tokio::spawn(async move {
                let mut rest = [0; 64];
                while matches!(input.read(&mut rest).await, Ok(bytes) if bytes > 0) {}
                by_input.send_replace(true);
            });
        }
        Ok(Self(told))
    }

    /// Waits until it is told.
    pub async fn wait(&self) {
        let mut told = self.0.clone();
        if told.wait_for(|told| *told).await.is_err() {
            // Nobody is left who could tell it.
            std::future::pending::<()>().await;
        }
    }

    /// Does something that may be dropped half done.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            done = work => Ok(done),
            () = self.wait() => Err(Stopped),
        }
    }

    /// For what must not be broken off.
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_the_input_is_a_sign_to_stop() {
        let (held, input) = tokio::io::duplex(8);
        let stop = Stop::listen(Some(input)).expect("signals can be caught");
        assert_eq!(stop.or(async { 1 }).await, Ok(1));
        drop(held);
        assert_eq!(stop.or(std::future::pending::<()>()).await, Err(Stopped));
    }
}

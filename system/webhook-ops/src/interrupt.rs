//! Ctrl-C and SIGTERM: the first asks to finish what is under way, give back what is held and say how far it came; the second ends the
//! process at once, which is safe too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::exit::{Exit, Failure};

/// Whether somebody has asked to stop. Clones share the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    asked: AtomicBool,
    notify: Notify,
}

impl Interrupt {
    /// Whether somebody has asked.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Asks.
    pub(crate) fn ask(&self) -> bool {
        let before = self.0.asked.swap(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
        before
    }

    /// Returns when somebody asks.
    pub(crate) async fn wait(&self) {
        let notified = self.0.notify.notified();
        if !self.asked() {
            notified.await;
        }
    }

    /// Waits for `time`, or less if somebody asks.
    pub(crate) async fn pause(&self, time: std::time::Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.wait() => {}
        }
    }
}

/// Listens from now on.
pub(crate) fn listen() -> Result<Interrupt, Failure> {
    let caught =
        |kind| signal(kind).map_err(|error| Failure::Internal(format!("signals cannot be caught: {error}")));
    let (mut interrupt, mut terminate) = (caught(SignalKind::interrupt())?, caught(SignalKind::terminate())?);
    let asked = Interrupt::default();
    let flag = asked.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if flag.ask() {
                std::process::exit(i32::from(Exit::Unclear.code()));
            }
        }
    });
    Ok(asked)
}

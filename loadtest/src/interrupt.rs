//! Ctrl-C and SIGTERM: the first asks the run to stop, drain and write what it has; the second ends it at once.
//!
//! Installed before goose, whose own handler would end the second Ctrl-C with exit code 1, which here means "judged and
//! failed".

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::exit::Exit;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. To be called once, before anything else starts.
pub fn install() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Exit::Unjudged.code()));
        }
    })
}

/// Whether somebody has asked the run to stop.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Returns when somebody asks the run to stop.
pub async fn wait() {
    while !asked() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

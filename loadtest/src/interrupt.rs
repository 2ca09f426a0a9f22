//! Ctrl-C and SIGTERM: the first asks the run to stop, drain and write what it has; a later one ends it at once.
//!
//! One wish may come as two signals: `timeout` sends its child one, and then one to the whole group. What comes within a second of the
//! first therefore belongs to it.
//!
//! Installed before goose, whose own handler would end the second Ctrl-C with exit code 1, which here means "judged and
//! failed".

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::exit::Exit;

/// Signals so soon after the first are the same wish.
const ONE_WISH: Duration = Duration::from_secs(1);

static ASKED: OnceLock<Instant> = OnceLock::new();

/// Installs the handler. To be called once, before anything else starts.
pub fn install() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if ASKED.get_or_init(Instant::now).elapsed() > ONE_WISH {
            std::process::exit(i32::from(Exit::Unjudged.code()));
        }
    })
}

/// Whether somebody has asked the run to stop.
#[must_use]
pub fn asked() -> bool {
    ASKED.get().is_some()
}

/// Returns when somebody asks the run to stop.
pub async fn wait() {
    while !asked() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

//! Ctrl-C and SIGTERM: what was started is taken down, then the program ends without a verdict.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when somebody asks the program to stop.
pub async fn asked() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Ctrl-C alone, then; what cannot be listened for ends the process as it always does.
        drop(tokio::signal::ctrl_c().await);
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

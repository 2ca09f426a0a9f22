//! Live progress: one line that is redrawn on a terminal, a plain line every five seconds otherwise. On standard error
//! only, so that `--json` leaves standard output to the result.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reports::latency::Live as LivePercentile;
use target_clients::Clients;

use crate::live::Snapshot;
use crate::load::Load;
use crate::stores::dead_letter_count;
use crate::terminal::Terminal;

/// Between two pictures on a terminal.
const REDRAW: Duration = Duration::from_millis(500);
/// Between two plain lines.
const LINE: Duration = Duration::from_secs(5);
/// Between two looks at the dead-letter queue.
const QUEUE: Duration = Duration::from_secs(1);

/// Shows progress until the task is aborted or the run's time is over.
pub async fn show(load: Arc<Load>, clients: Option<Clients>, terminal: Terminal) {
    let bar = terminal.is_live().then(|| bar(&load));
    let every = if bar.is_some() { REDRAW } else { LINE };
    let mut before = (Duration::ZERO, 0);
    let mut looked = Duration::ZERO;
    loop {
        tokio::time::sleep(every).await;
        let Some(start) = load.started() else { continue };
        let elapsed = start.elapsed();
        if let Some(clients) = clients.as_ref().filter(|_| elapsed >= looked + QUEUE) {
            looked = elapsed;
            if let Some(count) = dead_letter_count(clients).await {
                load.live.set_dead_letters(count);
            }
        }
        let now = load.live.snapshot(elapsed);
        let text = line(&now, rate(before, (elapsed, now.sent)));
        before = (elapsed, now.sent);
        match &bar {
            Some(bar) => {
                bar.set_position(
                    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).min(bar.length().unwrap_or(0)),
                );
                bar.set_message(text);
                bar.set_prefix(clock(elapsed, &load));
            }
            None => terminal.note(&format!("{}  {text}", clock(elapsed, &load))),
        }
    }
}

fn bar(load: &Load) -> ProgressBar {
    let length = u64::try_from(load.length().as_millis()).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    // Two lines, so that the counts fit beside nothing on 80 columns: a wrapped line cannot be redrawn in place.
    // The template is constant; the plain style is the fallback that the type asks for.
    let style = ProgressStyle::with_template("{prefix} {wide_bar}\n{msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("━╸ "));
    bar
}

/// Deliveries a minute between two looks.
fn rate(before: (Duration, u64), now: (Duration, u64)) -> f64 {
    let seconds = now.0.saturating_sub(before.0).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let count = now.1.saturating_sub(before.1) as f64;
    if seconds > 0.0 { count * 60.0 / seconds } else { 0.0 }
}

fn clock(elapsed: Duration, load: &Load) -> String {
    let left = load.length().saturating_sub(elapsed).as_secs();
    let part = if elapsed < load.warmup() { "warm-up" } else { "running" };
    format!("{part} {:>3} s, {left:>3} s left", elapsed.as_secs())
}

fn line(now: &Snapshot, rate_per_min: f64) -> String {
    let latency = now.latency.map_or_else(
        || "p99 –".to_owned(),
        |LivePercentile { percentile, ms }| format!("{} {ms:.0} ms", percentile.name()),
    );
    format!(
        "{rate_per_min:>6.0}/min  {latency}  accepted {}  rejected {}  dead-lettered {}  errors {}",
        now.accepted, now.rejected, now.dead_letters, now.errors
    )
}

#[cfg(test)]
mod tests {
    use reports::latency::Percentile;

    use super::*;

    #[test]
    fn a_line_tells_the_state_of_the_run() {
        let latency = Some(LivePercentile { percentile: Percentile::P99, ms: 12.34 });
        let now = Snapshot { sent: 9, accepted: 5, rejected: 3, errors: 1, dead_letters: 2, latency };
        let rate = rate((Duration::from_secs(5), 100), (Duration::from_secs(10), 850));
        assert_eq!(
            line(&now, rate),
            "  9000/min  p99 12 ms  accepted 5  rejected 3  dead-lettered 2  errors 1"
        );
        assert!(line(&Snapshot::default(), 0.0).contains("p99 –"));
    }
}

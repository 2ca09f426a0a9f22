//! The machine, and how much of it the run uses. Read from `/proc`; elsewhere the figures are absent.

use std::fs;

use reports::record::Host;

/// Clock ticks a second in `/proc/*/stat`: the kernel's interface has had this value on every common platform.
const TICKS_PER_S: f64 = 100.0;

/// The machine.
#[must_use]
pub fn host() -> Host {
    Host { cpus: cpus(), os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH) }
}

/// Logical processors that this process may use.
#[must_use]
pub fn cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1))
}

/// CPU seconds used so far by this process, its children that have ended, and the given ones that still run.
#[must_use]
pub fn cpu_seconds(children: &[u32]) -> Option<f64> {
    let own = ticks(&fs::read_to_string("/proc/self/stat").ok()?)?;
    let running =
        children.iter().filter_map(|pid| ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?));
    let total: u64 = own + running.sum::<u64>();
    #[expect(clippy::cast_precision_loss, reason = "ticks of a run are far below 2^52")]
    Some(total as f64 / TICKS_PER_S)
}

/// `utime + stime + cutime + cstime` of a stat line. The command's name may hold spaces and parentheses, so that fields are
/// counted from the last parenthesis.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).take(4).map(str::parse::<u64>);
    let mut total = 0;
    for _ in 0..4 {
        total += times.next()?.ok()?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_counted_from_the_last_parenthesis() {
        let stat = "42 (odd) name)) S 1 42 42 0 -1 4194304 100 200 0 0 7 5 3 2 20 0 1 0 100 1000 50";
        assert_eq!(ticks(stat), Some(17));
        assert_eq!(ticks("42 (short) S 1"), None);
        assert_eq!(ticks(""), None);
    }
}

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
    let own = ticks(&fs::read_to_string("/proc/self/stat").ok()?, 4)?;
    let running =
        children.iter().filter_map(|pid| ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?, 4));
    let total: u64 = own + running.sum::<u64>();
    #[expect(clippy::cast_precision_loss, reason = "ticks of a run are far below 2^52")]
    Some(total as f64 / TICKS_PER_S)
}

/// Name of the threads on which the embedded target runs, in this process: they are not the generator's.
pub const TARGET_THREADS: &str = "cloud";

/// CPU seconds used so far by this process's own threads but the embedded target's: users, pacer, signing.
#[must_use]
pub fn generator_cpu_seconds() -> Option<f64> {
    let threads = fs::read_dir("/proc/self/task").ok()?.flatten();
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    let total: u64 = stats.filter(|stat| !is_target(stat)).filter_map(|stat| ticks(&stat, 2)).sum();
    #[expect(clippy::cast_precision_loss, reason = "ticks of a run are far below 2^52")]
    Some(total as f64 / TICKS_PER_S)
}

fn is_target(stat: &str) -> bool {
    let name = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(name, _)| name);
    name == Some(TARGET_THREADS)
}

/// CPU seconds that this machine's processors have been busy, or taken away by what it runs on. `None` also where it shows other
/// processors than this process may use: then they are not its own.
#[must_use]
pub fn machine_busy_seconds() -> Option<f64> {
    busy_seconds(&fs::read_to_string("/proc/stat").ok()?, cpus())
}

/// `user`, `nice`, `system`, `irq`, `softirq` and `steal` of the first line (proc(5)); `idle` and `iowait` are not busy.
fn busy_seconds(stat: &str, cpus: u32) -> Option<f64> {
    let shown = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
    let times: Vec<f64> = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .map_while(|time| time.parse().ok())
        .collect();
    let known = shown == usize::try_from(cpus).unwrap_or(0) && times.len() >= 8;
    known.then(|| [0, 1, 2, 5, 6, 7].iter().map(|place| times[*place]).sum::<f64>() / TICKS_PER_S)
}

/// Sockets that this process has open now.
#[must_use]
pub fn open_sockets() -> Option<u64> {
    let files = fs::read_dir("/proc/self/fd").ok()?.flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    let sockets = targets.filter(|target| target.to_str().is_some_and(|name| name.starts_with("socket:")));
    u64::try_from(sockets.count()).ok()
}

/// Files that this process may have open at once; `None` also where there is no limit.
#[must_use]
pub fn open_files_limit() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Memory of this process that is resident, MiB.
#[must_use]
pub fn rss_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The first `parts` of `utime`, `stime`, `cutime` and `cstime` of a stat line, together. The last two are of children that have
/// ended, and stand in every thread's line as in its process's. The command's name may hold spaces and parentheses, so that fields are
/// counted from the last parenthesis.
fn ticks(stat: &str, parts: usize) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut total = 0;
    for _ in 0..parts {
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
        assert_eq!(ticks(stat, 4), Some(17));
        assert_eq!(ticks(stat, 2), Some(12));
        assert_eq!(ticks("42 (short) S 1", 4), None);
        assert_eq!(ticks("", 2), None);
    }

    #[test]
    fn what_is_idle_or_waits_for_disks_is_not_busy() {
        let stat = "cpu  100 200 300 9999 888 40 50 60 0 0\ncpu0 1 1\ncpu1 1 1\nintr 7\n";
        assert_eq!(busy_seconds(stat, 2), Some(7.5));
        assert_eq!(busy_seconds(stat, 4), None, "another machine's processors");
        assert_eq!(busy_seconds("cpu  1 2 3\ncpu0 1\n", 1), None);
        assert_eq!(busy_seconds("", 0), None);
    }

    #[test]
    fn the_targets_threads_are_told_from_the_generators() {
        assert!(is_target("42 (cloud) S 1 42"));
        assert!(!is_target("42 (loadtest) S 1 42") && !is_target("42 (cloudy) S") && !is_target(""));
    }
}

//! Log files written in batches by one thread, so that a line on the hot path costs a copy into memory.
//!
//! What is appended reaches the file within [`FLUSH_EVERY`], at [`Logs::flush`], or when [`Logs`] is dropped.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest time a line stays in memory.
const FLUSH_EVERY: Duration = Duration::from_millis(200);
/// A buffer of this size is written at once.
const FLUSH_AT_BYTES: usize = 1 << 20;
/// Beyond this, lines are dropped: a full disk must not fill memory too.
const DROP_ABOVE_BYTES: usize = 64 << 20;

#[derive(Default)]
struct State {
    dirty: bool,
    urgent: bool,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    files: Mutex<Vec<Arc<Open>>>,
}

struct Open {
    /// Appended, not written yet.
    buffer: Mutex<Vec<u8>>,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// Swapped with the buffer at each write, so that neither is allocated anew.
    spare: Vec<u8>,
}

/// A folder of log files and the thread that writes them.
pub(crate) struct Logs {
    dir: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// One file. Clones write to the same one.
#[derive(Clone)]
pub(crate) struct LogFile {
    open: Arc<Open>,
    shared: Arc<Shared>,
}

impl Logs {
    /// Creates the folder where it is absent.
    pub(crate) fn start(dir: &Path) -> io::Result<Logs> {
        std::fs::create_dir_all(dir)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            files: Mutex::new(Vec::new()),
        });
        let writer = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("logs".to_owned()).spawn(move || writer.run())?;
        Ok(Logs { dir: dir.to_owned(), shared, thread: Some(thread) })
    }

    /// Opens a file for appending.
    pub(crate) fn file(&self, name: &str) -> io::Result<LogFile> {
        let file = File::options().create(true).append(true).open(self.dir.join(name))?;
        let open = Arc::new(Open {
            buffer: Mutex::new(Vec::new()),
            out: Mutex::new(Out { file, spare: Vec::new() }),
        });
        lock(&self.shared.files).push(Arc::clone(&open));
        Ok(LogFile { open, shared: Arc::clone(&self.shared) })
    }

    /// Writes everything appended so far.
    pub(crate) fn flush(&self) {
        self.shared.write_all();
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        lock(&self.shared.state).stop = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has nothing left to tell.
            let _ = thread.join();
        }
        self.shared.write_all();
    }
}

impl LogFile {
    /// Lets `write` append whole lines to the buffer. Keep it short: others wait.
    pub(crate) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let (was_empty, len) = {
            let mut buffer = lock(&self.open.buffer);
            if buffer.len() > DROP_ABOVE_BYTES {
                return;
            }
            let was_empty = buffer.is_empty();
            write(&mut buffer);
            (was_empty, buffer.len())
        };
        let urgent = len >= FLUSH_AT_BYTES;
        if was_empty || urgent {
            let mut state = lock(&self.shared.state);
            state.dirty = true;
            state.urgent |= urgent;
            drop(state);
            self.shared.wake.notify_one();
        }
    }
}

impl Shared {
    fn run(&self) {
        loop {
            let mut state = lock(&self.state);
            while !state.dirty && !state.stop {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stop {
                return;
            }
            // Something was appended: let more come together, unless there is a lot already.
            let (mut state, _) = self
                .wake
                .wait_timeout_while(state, FLUSH_EVERY, |s| !s.urgent && !s.stop)
                .unwrap_or_else(PoisonError::into_inner);
            state.dirty = false;
            state.urgent = false;
            drop(state);
            self.write_all();
        }
    }

    fn write_all(&self) {
        let files = lock(&self.files).clone();
        for open in files {
            // The file is locked first, so that two flushes keep the order of lines.
            let out = &mut *lock(&open.out);
            std::mem::swap(&mut out.spare, &mut *lock(&open.buffer));
            if out.spare.is_empty() {
                continue;
            }
            if let Err(error) = out.file.write_all(&out.spare) {
                tracing::warn!(%error, "a log file could not be written");
            }
            out.spare.clear();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_in_the_file_after_flush_and_after_drop_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let logs = Logs::start(dir.path()).unwrap();
        let file = logs.file("a.log").unwrap();
        file.append(|b| b.extend_from_slice(b"one\n"));
        logs.flush();
        assert_eq!(std::fs::read(dir.path().join("a.log")).unwrap(), b"one\n");
        file.append(|b| b.extend_from_slice(b"two\n"));
        drop(logs);
        assert_eq!(std::fs::read(dir.path().join("a.log")).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn lines_reach_the_file_without_being_asked() {
        let dir = tempfile::tempdir().unwrap();
        let logs = Logs::start(dir.path()).unwrap();
        let file = logs.file("a.log").unwrap();
        for round in 1..=3 {
            file.append(|b| b.extend_from_slice(b"line\n"));
            let deadline = std::time::Instant::now() + Duration::from_secs(10);
            while std::fs::read(dir.path().join("a.log")).unwrap().len() < 5 * round {
                assert!(std::time::Instant::now() < deadline, "round {round}: not written");
                std::thread::yield_now();
            }
        }
    }
}
